"""What networks of prototypes share: how they are trained, and what can be asked."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    clone,
)
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from sklkd.estimators import BaseRegularizedClassifier, Encoded, Lesson, Request
from sklkd.training import EstimatorStudent, Student, StudentNet, Trained, as_student

SMALL = 500  # rows up to which a batch is all of them, in float64


class BasePrototypeClassifier(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseRegularizedClassifier
):
    """Train a network of prototypes on standardised columns.

    Subclasses say which module is built, and what its outputs and loss mean. The
    module has `prototypes`, and `distances` to them.
    """

    _default_net: ClassVar[StudentNet] = StudentNet()

    @abstractmethod
    def _module(self) -> tuple[type[nn.Module], dict[str, Any]]:
        """The module's class, and its parameters besides numbers of columns."""

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Return the distance of each row to each prototype: (n_samples, n_prototypes).

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_prototypes)
            In units of the standardised columns, as the network sees them.
        """
        distances: NDArray[np.float64] = self._asked(X, self._distances).numpy()
        return distances

    @property
    def _standardizes(self) -> bool:
        """Whether columns are standardised where the student does not say."""
        return True

    @property
    def _n_features_out(self) -> int:
        """Columns of what `transform` returns."""
        return len(self.net_.module_.prototypes)

    def _asked(self, X: Any, ask: Any) -> Tensor:
        """What a function says of the rows as the network sees them, once checked."""
        if not hasattr(self, "student_"):
            check_is_fitted(self)
        trained: Any = self.student_
        answer: Tensor = trained.through(self._seen(X), ask)
        return answer

    def _distances(self, rows: Tensor) -> Tensor:
        """Distances to the prototypes, for rows as the network sees them."""
        distances: Tensor = self.net_.module_.distances(rows)
        return distances

    def _student(self, X: Any) -> Student | EstimatorStudent:
        """How the network is trained, as the user said, and which network it is."""
        given = self._default_net if self.student is None else self.student
        if not isinstance(given, StudentNet) or given.module is not None:
            raise TypeError(
                f"{self._name}: student must be None or a StudentNet without a module, "
                "which says how the network is trained; the network is this "
                f"estimator's. Got {self.student!r}."
            )
        given.check()
        if given.hidden is not None or given.dropout > 0:
            raise ValueError(
                f"{self._name}: student must leave hidden and dropout, which are of "
                f"the default network, as they are, got {self.student!r}. What this "
                "estimator's network is like, its own parameters say."
            )
        net = clone(given)
        module, params = self._module()
        net.set_params(module=module, **{f"module__{k}": v for k, v in params.items()})
        if net.standardize is None:
            net.set_params(standardize=self._standardizes)
        student = self._reading(as_student(self._name, net), X)
        student.check_seed(self.random_state)
        return student

    def _sized(
        self, student: Student | EstimatorStudent, request: Request
    ) -> Student | EstimatorStudent:
        """On few rows full batches and float64, so that a weight is a repeated row."""
        self._check_shape(request.X.shape)
        net: Any = student.net
        n_rows = int((request.row_weight > 0).sum())
        if n_rows > SMALL or net.batch_size is not None:
            return student
        net.set_params(batch_size=SMALL)
        if net.max_epochs is None:
            net.set_params(max_epochs=300)
        if net.dtype == "auto" and net.placement(n_rows)[0].type == "cpu":
            net.set_params(dtype="float64")
        return student

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise unless the rows of X are what the network takes: vectors."""
        if len(shape) != 2:
            raise ValueError(
                f"{self._name}: X must be flat, of shape (n_samples, n_features), got "
                f"{shape}. Flatten each row, for instance by X.reshape(len(X), -1)."
            )

    def _lesson(self, request: Request, encoded: Encoded) -> Lesson:
        """Labels, by the estimator's own loss."""
        self._check_counts(request, encoded)
        return Lesson()

    def _check_counts(self, request: Request, encoded: Encoded) -> None:
        """Raise if there are more prototypes than rows that they are to stand for."""

    def _in_units(self, trained: Trained, values: Tensor) -> NDArray[np.float64]:
        """Standardised values as they would be in X, or in what transformers made.

        (n, n_inputs) -> (n, n_columns)
        """
        numbers: NDArray[np.float64] = values.detach().cpu().double().numpy()
        scaling = getattr(trained, "scaling", None)
        if scaling is None:
            return numbers
        n_columns = len(scaling.mean)  # after them come marks of missing values
        units: NDArray[np.float64] = scaling.inverse(numbers[:, :n_columns])
        return units
