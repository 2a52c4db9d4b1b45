"""What every estimator that trains a student shares: data in, a kept student out."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)
from torch import nn

from sklkd.estimators._encoded import Encoded
from sklkd.estimators._request import (
    Extras,
    Request,
    check_further_rows,
    check_weights,
    readable,
)
from sklkd.training import (
    EstimatorStudent,
    Student,
    Trained,
    as_student,
    is_frame,
    not_numbers,
    vectorizer,
)


class BaseStudentEstimator(BaseEstimator, ABC):
    """Train a student on rows that came with labels, and ask it about others.

    Subclasses have the parameters ``student``, ``warm_start``, ``random_state`` and
    ``verbose``, and say what is learnt of the rows.

    Attributes
    ----------
    student_ : TrainedStudent or TrainedEstimator
        What predicts; its presence is what "fitted" means.
    """

    student: Any
    student_: Trained
    _y_checks: ClassVar[dict[str, Any]] = {}

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there is a student; the attribute that ``fit`` sets last."""
        return hasattr(self, "student_")

    def __sklearn_tags__(self) -> Tags:
        """Return what the estimator takes: sparse X where its parts take it."""
        tags = super().__sklearn_tags__()
        parts = list(self._parts())
        inputs = [get_tags(part).input_tags for part in parts if _judges_input(part)]
        tags.input_tags.sparse = all(own.sparse for own in inputs)
        modules = any(isinstance(part, nn.Module) for part in parts)
        takes_missing = not modules and all(own.allow_nan for own in inputs)
        tags.input_tags.allow_nan = takes_missing and self._student_takes_missing()
        return tags

    def _parts(self) -> Iterator[Any]:
        """Whatever is asked about X, and may have tags that say what it takes."""
        yield self.student

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _check_params(self) -> None:
        """Raise if a parameter is out of range."""

    def _student(self, X: Any) -> Student | EstimatorStudent:
        """What is to be trained on such rows, checked."""
        student = self._reading(as_student(self._name, self.student), X)
        student.check_seed(self.random_state)
        return student

    def _reading(
        self, student: Student | EstimatorStudent, X: Any
    ) -> Student | EstimatorStudent:
        """Let a bare network read a DataFrame that holds more than numbers."""
        if isinstance(student, EstimatorStudent) or student.sees_original:
            return student
        columns = not_numbers(X) if is_frame(X) else []
        if not columns:
            return student
        return replace(student, steps=vectorizer(self._name, columns))

    def _check_data(
        self, student: Student | EstimatorStudent, X: Any, y: Any, extras: Extras
    ) -> Request:
        """Check everything that came into ``fit``, before anything is fitted."""
        self._allow_nan = get_tags(self).input_tags.allow_nan
        self._refuses_missing = False  # in fit, where its parts judge
        checks = self._input_checks(student)
        seen = readable(X) if student.sees_original else X
        checked, y = validate_data(self, seen, y, **checks, **self._y_checks)
        check_consistent_length(checked, extras.groups)
        self._check_extras(extras)
        self._refuses_missing = self._refuses(student, X, checked)
        request = Request(
            checked,
            X if is_frame(X) else checked,
            y,
            check_weights(self._name, extras.sample_weight, len(y)),
            self._labelled(y),
            extras.precomputed,
            len(y),
        )
        if extras.unlabelled is None:
            return request
        more = check_further_rows(self._name, X, extras.unlabelled)
        seen = readable(more) if student.sees_original else more
        checked = validate_data(self, seen, reset=False, **checks)
        return request.followed_by(more if is_frame(X) else checked)

    def _check_extras(self, extras: Extras) -> None:
        """Raise if what came besides X and y does not fit the parameters."""

    def _refuses(
        self, student: Student | EstimatorStudent, X: Any, checked: Any
    ) -> bool:
        """Whether a model that could do with gaps is not to be asked about them.

        The tags say that none are taken, for another part does not, and it saw none.
        """
        bare = getattr(student, "estimator", None)
        if bare is None or isinstance(bare, Pipeline) or is_frame(X) or self._allow_nan:
            return False
        values = checked.data if sparse.issparse(checked) else checked
        return values.dtype.kind in "biuf" and bool(np.isfinite(values).all())

    def _labelled(self, y: NDArray[Any]) -> NDArray[np.bool_]:
        """Rows with a label; one that lacks any of its targets has none."""
        mark = getattr(self, "unlabeled", None)  # not every estimator takes such rows
        if mark is None:
            return np.ones(len(y), dtype=bool)
        labelled: NDArray[np.bool_] = (y != mark).reshape(len(y), -1)
        return np.asarray(labelled.all(axis=1))

    def _previous(self, encoded: Encoded) -> Trained | None:
        """The student that a warm start goes on from."""
        if not (self.warm_start and hasattr(self, "student_")):
            return None
        before = np.asarray(getattr(self, "classes_", [])).tolist()
        after = np.asarray(encoded.fitted.get("classes_", [])).tolist()
        if before != after:
            raise ValueError(
                f"{self._name}: warm_start goes on with the classes {before}, got "
                f"{after}. Pass warm_start=False."
            )
        previous: Trained = self.student_
        return previous

    def _begin(self, encoded: Encoded) -> None:
        """Forget the last fit, and set what is known before the training."""
        for name in ("net_", "n_iter_"):
            self.__dict__.pop(name, None)
        for name, value in encoded.fitted.items():
            setattr(self, name, value)

    def _keep(self, trained: Trained, row_shape: tuple[int, ...]) -> Self:
        """Set what is known after it; `student_` last."""
        self._row_shape = row_shape
        self.history_ = trained.history()
        if trained.net is not None:
            self.n_iter_ = len(self.history_)
            self.net_ = trained.net
        if not self.warm_start:
            trained.trim()
        self.student_ = trained
        return self

    def _outputs(self, X: Any) -> torch.Tensor:
        """The student's outputs for X, once that is checked: (n, n_outputs)."""
        if not hasattr(self, "student_"):
            check_is_fitted(self)  # which takes its time to find out
        return self.student_.outputs(self._seen(X))

    def _seen(self, X: Any) -> Any:
        """X as the student is asked about it, checked."""
        student = self.student_
        if self._is_plain(X):
            return X
        checks = self._input_checks(student) | {"allow_nd": True}
        seen = readable(X) if student.sees_original else X
        checked = validate_data(self, seen, reset=False, **checks)
        if checked.shape[1:] != self._row_shape:
            raise ValueError(
                f"{self._name}: X must have rows of shape {self._row_shape}, as in "
                f"fit, got {checked.shape[1:]}."
            )
        return X if student.sees_original and is_frame(X) else checked

    def _is_plain(self, X: Any) -> bool:
        """Whether X is what `validate_data` would return as it is.

        That takes longer over one row than a small network does.
        """
        return (
            type(X) is np.ndarray
            and X.dtype.kind == "f"
            and X.shape[1:] == self._row_shape
            and len(X) > 0
            and not hasattr(self, "feature_names_in_")
            and _is_finite(X)
        )

    def _input_checks(
        self, student: Student | EstimatorStudent | Trained
    ) -> dict[str, Any]:
        """How `validate_data` looks at X; transformers of a student's see all of it."""
        if student.sees_original and not self._refuses_missing:
            finite: Any = False
        else:
            finite = "allow-nan" if self._allow_nan else True
        return {
            "accept_sparse": "csr",
            "dtype": None if student.sees_original else "numeric",
            "ensure_all_finite": finite,
            "allow_nd": getattr(student, "takes_any_shape", True),
        }

    def _student_takes_missing(self) -> bool:
        try:
            return as_student(self._name, self.student).takes_missing
        except (TypeError, ValueError):
            return False  # `fit` says what is wrong with the student


def _is_finite(X: NDArray[Any]) -> bool:
    """Whether the sum is finite, and with it every number; rarely, too careful."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(X.sum()))


def _judges_input(part: Any) -> bool:
    """Whether a part's own tags say something about X; a bare network takes rows."""
    return hasattr(part, "__sklearn_tags__") and hasattr(part, "predict")
