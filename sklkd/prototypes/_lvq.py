"""What the classifiers of learning vector quantisation share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from sklkd._validation import COUNT, check_interval
from sklkd.estimators import Encoded, Request
from sklkd.losses import glvq
from sklkd.nn._lvq import LVQ
from sklkd.prototypes._base import BasePrototypeClassifier
from sklkd.prototypes._explanation import Explanation, best_two
from sklkd.readable import Column, Feature, NearestModel
from sklkd.training import Curriculum, StudentNet, Trained


class BaseLVQClassifier(BasePrototypeClassifier):
    """Prototypes with labels: a row has that of the nearest.

    Subclasses have the parameter ``n_prototypes``, and say which metric is learnt.
    """

    _default_net: ClassVar[StudentNet] = StudentNet(lr=1e-1)
    n_prototypes: Any

    @abstractmethod
    def _metric(self) -> dict[str, Any]:
        """Parameters of `sklkd.nn.LVQ` besides the number of prototypes."""

    def _module(self) -> tuple[type[nn.Module], dict[str, Any]]:
        given: Any = self.n_prototypes
        counts = tuple(given) if _several(given) else given
        return LVQ, {"n_prototypes": counts, **self._metric()}

    def _check_params(self) -> None:
        given = self.n_prototypes
        for count in given if _several(given) else [given]:
            check_interval(self._name, "n_prototypes", count, COUNT)

    def _check_counts(self, request: Request, encoded: Encoded) -> None:
        """No class may have more prototypes than rows."""
        classes = encoded.fitted["classes_"]
        given = self.n_prototypes
        wanted = given if _several(given) else np.full(len(classes), given)
        if len(wanted) != len(classes):
            raise ValueError(
                f"{self._name}: n_prototypes must be one number, or one for each of "
                f"the {len(classes)} classes, got {given!r}."
            )
        there = request.label_weight * encoded.row_factor > 0
        found = np.bincount(encoded.target[there], minlength=len(classes))
        for label, count, n_rows in zip(classes.tolist(), wanted, found, strict=True):
            if count > n_rows:
                raise ValueError(
                    f"{self._name}: n_prototypes must be at most the number of rows of "
                    f"each class, got {count} for the class {label!r}, which has "
                    f"{n_rows}."
                )

    def _note(self, trained: Trained, curriculum: Curriculum, request: Request) -> None:
        """Set the prototypes in the user's units."""
        del curriculum, request
        assert trained.net is not None
        module = trained.net.module_
        self.prototypes_ = self._in_units(trained, module.prototypes)
        self.prototype_labels_ = self.classes_[module.labels.cpu().numpy()]
        self._note_metric(module)

    def _note_metric(self, module: LVQ) -> None:
        """Set what was learnt about columns."""

    def explain(self, X: Any) -> Explanation:
        """Say which prototypes decided about each row, and by how much.

        The nearest prototype of the predicted class speaks for it by minus its
        distance, the nearest of any other class against it.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        Explanation
            Contributions are distances, as `transform` returns them.
        """
        distances = self.transform(X)
        rows = np.arange(len(distances))
        own = np.searchsorted(self.classes_, self.prototype_labels_)
        nearest = np.stack(
            [
                np.where(own == label, distances, np.inf).argmin(axis=1)
                for label in range(len(self.classes_))
            ],
            axis=1,
        )
        scores = -np.take_along_axis(distances, nearest, axis=1)
        first, second = best_two(scores)
        contributions = np.zeros_like(distances)
        for label, sign in ((first, -1.0), (second, 1.0)):
            chosen = nearest[rows, label]
            contributions[rows, chosen] = sign * distances[rows, chosen]
        return Explanation(
            self.classes_[first],
            self.classes_[second],
            contributions,
            np.zeros(len(rows)),
        )

    def to_readable(self) -> NearestModel:
        """Return the prototypes and the metric as numbers and words.

        The functions of `sklkd.readable` make text, SQL and Python of it.

        Returns
        -------
        NearestModel
            Its `outputs` are this classifier's probabilities.

        Raises
        ------
        ValueError
            If its distances are not those to the nearest prototype in the columns of
            X: after transformers, of RSLVQ, or where values were missing in ``fit``.
        """
        check_is_fitted(self)
        trained: Any = self.student_
        module, scaling = self.net_.module_, trained.scaling
        n_columns = self.n_features_in_
        marked = scaling is not None and len(scaling.missing)
        if trained.steps is not None or module.soft or marked:
            raise ValueError(
                f"{self._name}: to_readable needs a classifier of the nearest "
                "prototype, fitted to numbers none of which is missing. Impute and "
                "encode them before, or explain it by SurrogateClassifier."
            )
        metrics = numbers(module.omega())
        metrics = metrics.reshape(-1, *metrics.shape[-2:])  # one, or one each
        if scaling is not None:
            metrics = metrics / scaling.divisor
        names = getattr(self, "feature_names_in_", [f"x{j}" for j in range(n_columns)])
        labels = tuple(self.classes_.tolist())
        return NearestModel(
            tuple(Column(str(name), j) for j, name in enumerate(names)),
            labels,
            tuple(str(label) for label in labels),
            tuple(Feature(j) for j in range(n_columns)),
            tuple(map(tuple, self.prototypes_.tolist())),
            tuple(module.labels.tolist()),
            tuple(tuple(map(tuple, matrix)) for matrix in metrics.tolist()),
        )

    @staticmethod
    def _label_loss(output: Tensor, target: Tensor) -> Tensor:
        """Relative gap of distances: (n, k), (n,) -> (n,)."""
        return glvq(output, None, target)


class BaseMatrixLVQClassifier(BaseLVQClassifier):
    """A matrix of the metric is learnt as well: one, or one for each prototype."""

    rank: int | None

    def _check_params(self) -> None:
        super()._check_params()
        if self.rank is not None:
            check_interval(self._name, "rank", self.rank, COUNT)

    def _note_metric(self, module: LVQ) -> None:
        """Set the matrix or matrices, and the columns' shares in each."""
        self.omega_ = numbers(module.omega())
        self.relevances_ = shares(module.omega().square().sum(dim=-2))


def _several(n_prototypes: Any) -> bool:
    """Whether it is a number for each class, and not one for all."""
    if isinstance(n_prototypes, np.ndarray):
        return n_prototypes.ndim > 0
    return isinstance(n_prototypes, Sequence) and not isinstance(n_prototypes, str)


def numbers(values: Tensor) -> NDArray[np.float64]:
    """A tensor as an array of float64."""
    array: NDArray[np.float64] = values.detach().cpu().double().numpy()
    return array


def shares(values: Tensor) -> NDArray[np.float64]:
    """Shares of columns, with the sum 1: (..., n_features) -> the same."""
    array = numbers(values)
    return array / array.sum(axis=-1, keepdims=True)
