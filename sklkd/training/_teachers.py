"""Asking a teacher: of any kind, with classes in any order, for one kind of array."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from inspect import isclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.base import is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted
from skorch import NeuralNet
from torch import nn

from sklkd.exceptions import TeacherError
from sklkd.objectives import Task
from sklkd.training._criterion import puts_out_probabilities
from sklkd.training._leaves import smoothed_proba
from sklkd.training._rows import Source, rows_of
from sklkd.training._scaling import chunks
from sklkd.training._spread import Spread
from sklkd.training._tables import take

PRECOMPUTED = "precomputed"
ASK_CHUNK = 1 << 21  # numbers of X that a module is asked about at once
ASK_ROWS = 1 << 12  # rows at once where every member of a teacher is looked at
SUM_TOLERANCE = 1e-3  # how far from 1 a row of float32 or rounded probabilities may sum


@dataclass(frozen=True, slots=True)
class Question:
    """What a teacher is asked for.

    Attributes
    ----------
    who : str
        The estimator that asks; errors start with it.
    task : {"classification", "regression"}
        Whether logits or values are wanted.
    n_outputs : int
        Number of columns.
    classes : ndarray of shape (n_classes,) or None
        The order of the columns.
    proba_floor : float
        Probabilities below are raised to it before their logarithm is taken.
    leaf_smoothing : float
        Pseudo-count of every class in the leaves of a teacher made of trees.
    spread : Spread or None
        What is asked besides a regressor's mean values, as further columns.
    """

    who: str
    task: Task
    n_outputs: int
    classes: NDArray[Any] | None = None
    proba_floor: float = 1e-4
    leaf_smoothing: float = 0.0
    spread: Spread | None = None

    def ask(self, teacher: Any, X: Any) -> NDArray[np.float64]:
        """Return a fitted teacher's logits or values: (n, n_outputs).

        An estimator is asked in chunks; a function sees all rows at once.

        Raises
        ------
        TeacherError
            If what it says does not fit.
        """
        module = module_of(teacher)
        self.check_task(teacher)
        if self.task == "regression":
            said = self._predict(teacher, module, X)
            return self.check_values(said, len_of(X), teacher)
        if module is not None:
            return self._module_logits(teacher, module, X)
        if not hasattr(teacher, "predict"):
            return self.from_proba(teacher(X), len_of(X), name_of(teacher))
        return self._estimator_logits(teacher, X)

    def check_task(self, teacher: Any) -> None:
        """Raise unless it speaks of what is asked: of classes, or of values."""
        if not hasattr(teacher, "__sklearn_tags__"):
            return
        wrong = is_regressor if self.task == "classification" else is_classifier
        if wrong(teacher):
            kind = "classifier" if self.task == "classification" else "regressor"
            raise TeacherError(
                f"{self.who}: the teacher {name_of(teacher)} must be a {kind}, as its "
                "student is."
            )

    def _predict(self, teacher: Any, module: nn.Module | None, X: Any) -> Any:
        if module is not None:
            return self._forward(teacher, module, X)
        if not hasattr(teacher, "predict"):
            return teacher(X)
        if self.spread is None:
            return _in_chunks(teacher.predict, X)
        believed = partial(self.spread.said_by, self.who, teacher)
        return _in_chunks(believed, X, ASK_ROWS * math.prod(X.shape[1:]))

    def _forward(self, teacher: Any, module: nn.Module, X: Any) -> Any:
        """Ask a module; a torch error is told in our words."""
        try:
            return _forward(module, X)
        except (RuntimeError, TypeError, ValueError) as error:
            raise TeacherError(
                f"{self.who}: the teacher {name_of(teacher)} cannot take X of shape "
                f"{tuple(X.shape)} ({type(error).__name__}: {error})."
            ) from error

    def _as_numbers(self, said: Any, source: str) -> NDArray[np.float64]:
        """What was said, as an array of numbers."""
        try:
            return np.asarray(said, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise TeacherError(
                f"{self.who}: {source} must give an array of numbers, got "
                f"{type(said).__name__} ({error})."
            ) from error

    def from_proba(self, proba: Any, n_rows: int, source: str) -> NDArray[np.float64]:
        """Logits of probabilities whose columns are in the order of `classes`."""
        checked = self._check_proba(proba, n_rows, self.n_outputs, source)
        return self.log(checked)

    def log(self, proba: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take logarithms, zeros raised to the floor first: (n, k) -> (n, k)."""
        logits: NDArray[np.float64] = np.log(np.clip(proba, self.proba_floor, 1.0))
        return logits

    def check_values(
        self, values: Any, n_rows: int, source: Any
    ) -> NDArray[np.float64]:
        """Check a regressor's values: (n,) or (n, n_outputs) -> (n, n_outputs)."""
        values = self._as_numbers(values, name_of(source))
        if values.ndim == 1:
            values = values[:, np.newaxis]
        if self.spread is not None:
            return self._check_spread(self.spread, values, n_rows, name_of(source))
        self._check_shape(values, n_rows, self.n_outputs, name_of(source), "target")
        self._check_finite(values, name_of(source))
        return values

    def _check_spread(
        self, spread: Spread, values: NDArray[np.float64], n_rows: int, source: str
    ) -> NDArray[np.float64]:
        """Check means and what comes after them: (n, width) -> (n, width)."""
        values = spread.completed(values)
        self._check_shape(values, n_rows, self.n_outputs, source, spread.column)
        self._check_finite(values, source)
        if spread.levels is None:
            least = values[:, spread.n_targets :].min(axis=1)
            self._reject(
                least < 0, least, source, "must have no standard deviation < 0"
            )
        return spread.rearranged(values)

    def _estimator_logits(self, teacher: Any, X: Any) -> NDArray[np.float64]:
        """Logits of anything with predict_proba, decision_function or predict."""
        known = np.asarray(getattr(teacher, "classes_", self.classes))
        n_rows, source = len_of(X), name_of(teacher)
        if self.leaf_smoothing or hasattr(teacher, "predict_proba"):
            proba = self._proba(teacher, X)
            logits = self.log(self._check_proba(proba, n_rows, len(known), source))
        elif hasattr(teacher, "decision_function"):
            said = _in_chunks(teacher.decision_function, X)
            scores = _two_columns(np.asarray(said, np.float64))
            self._check_shape(scores, n_rows, len(known), source, "class")
            self._check_finite(scores, source)
            logits = log_softmax(scores, axis=1)
        else:
            said = np.asarray(_in_chunks(teacher.predict, X))
            logits = self.log((said[:, np.newaxis] == known).astype(np.float64))
        return self.align(logits, known)

    def _proba(self, teacher: Any, X: Any) -> Any:
        if not self.leaf_smoothing:
            return _in_chunks(teacher.predict_proba, X)
        trees = _unfrozen(teacher)

        def smoothed(X: Any) -> NDArray[np.float64]:
            return smoothed_proba(self.who, trees, X, self.leaf_smoothing)

        return _in_chunks(smoothed, X)

    def align(
        self, logits: NDArray[np.float64], known: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Put columns into the order of `classes`; a class never seen has the floor."""
        assert self.classes is not None
        position = {label: i for i, label in enumerate(self.classes.tolist())}
        aligned = np.full((len(logits), self.n_outputs), np.log(self.proba_floor))
        aligned[:, [position[label] for label in known.tolist()]] = logits
        return aligned

    def _module_logits(
        self, teacher: Any, module: nn.Module, X: Any
    ) -> NDArray[np.float64]:
        outputs = self._forward(teacher, module, X)
        if puts_out_probabilities(_unfrozen(teacher)):
            proba = self._check_proba(
                outputs, len_of(X), self.n_outputs, name_of(teacher)
            )
            return self.log(proba)
        logits = _two_columns(outputs)
        self._check_shape(logits, len_of(X), self.n_outputs, name_of(teacher), "class")
        self._check_finite(logits, name_of(teacher))
        return logits

    def _check_proba(
        self, proba: Any, n_rows: int, n_columns: int, source: str
    ) -> NDArray[np.float64]:
        proba = self._as_numbers(proba, source)
        self._check_shape(proba, n_rows, n_columns, source, "class")
        self._check_finite(proba, source)
        lowest = proba.min(axis=1)
        self._reject(lowest < 0, lowest, source, "must not be negative")
        sums = proba.sum(axis=1)
        wrong = np.abs(sums - 1) > SUM_TOLERANCE
        self._reject(wrong, sums, source, "must sum to 1 in every row")
        return proba

    def _check_shape(
        self,
        outputs: NDArray[np.float64],
        n_rows: int,
        n_columns: int,
        source: str,
        column: str,
    ) -> None:
        if outputs.shape != (n_rows, n_columns):
            raise TeacherError(
                f"{self.who}: {source} must give an array of shape "
                f"{(n_rows, n_columns)}, a row for each row of X and a column for each "
                f"{column}, got {outputs.shape}."
            )

    def _check_finite(self, outputs: NDArray[np.float64], source: str) -> None:
        wrong = ~np.isfinite(outputs).all(axis=1)
        self._reject(wrong, outputs.sum(axis=1), source, "must be finite")

    def _reject(
        self,
        wrong: Any,
        values: NDArray[np.float64],
        source: str,
        must: str,
    ) -> None:
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise TeacherError(
                f"{self.who}: what {source} gives {must}, got {values[row]:g} in row "
                f"{row}."
            )

    def check_classes(self, teacher: Any) -> None:
        """Raise unless a fitted teacher knows exactly `classes`."""
        known = getattr(teacher, "classes_", None)
        if known is None or self.classes is None:
            return
        known, wanted = np.asarray(known).tolist(), self.classes.tolist()
        if set(known) != set(wanted):
            raise TeacherError(
                f"The teacher {name_of(teacher)} knows the classes {known}, but y has "
                f"{wanted}. Fit the teacher on the same classes, or pass it unfitted."
            )


def check_teacher(who: str, teacher: Any) -> None:
    """Raise unless `teacher` is something that can be asked, or fitted and asked."""
    if isinstance(teacher, FrozenEstimator):
        try:
            check_is_fitted(teacher.estimator)
        except NotFittedError as error:
            raise TeacherError(
                f"{who}: the teacher {teacher} is not fitted. Fit it before it is "
                "frozen, or pass it without FrozenEstimator to have it fitted."
            ) from error
    elif not (is_precomputed(teacher) or is_prefit(teacher) or _can_fit(teacher)):
        raise TypeError(
            f"{who}: teacher must be an estimator, a list of (name, estimator), a "
            f"torch.nn.Module, a skorch net, a callable or {PRECOMPUTED!r}, got "
            f"{teacher!r}."
        )


def is_precomputed(teacher: Any) -> bool:
    """Whether the teacher's numbers are handed to ``fit``."""
    return isinstance(teacher, str) and teacher == PRECOMPUTED


def is_prefit(teacher: Any) -> bool:
    """Whether a teacher is used as it is, never fitted."""
    if isinstance(teacher, NeuralNet):
        return bool(teacher.initialized_)
    if isinstance(teacher, (FrozenEstimator, nn.Module)):
        return True
    return callable(teacher) and not _can_fit(teacher) and not isclass(teacher)


def name_of(teacher: Any) -> str:
    """How errors call a teacher."""
    if isinstance(teacher, str):
        return teacher
    teacher = _unfrozen(teacher)
    is_function = hasattr(teacher, "__name__")
    return str(teacher.__name__) if is_function else type(teacher).__name__


def len_of(X: Any) -> int:
    """Rows of anything with a shape."""
    return int(X.shape[0])


def _can_fit(teacher: Any) -> bool:
    has_methods = hasattr(teacher, "fit") and hasattr(teacher, "get_params")
    return has_methods and not isclass(teacher)


def _unfrozen(teacher: Any) -> Any:
    """What is inside a FrozenEstimator; any other teacher as it is."""
    while isinstance(teacher, FrozenEstimator):
        teacher = teacher.estimator
    return teacher


def module_of(teacher: Any) -> nn.Module | None:
    """The torch module that speaks for a teacher, if one does."""
    teacher = _unfrozen(teacher)
    if isinstance(teacher, NeuralNet):
        module: nn.Module = teacher.module_
        return module
    return teacher if isinstance(teacher, nn.Module) else None


def _in_chunks(method: Callable[[Any], Any], X: Any, size: int | None = None) -> Any:
    """What an estimator's method says of all rows, asked about some at a time."""
    parts = list(chunks(X.shape, ASK_CHUNK if size is None else size))
    if len(parts) < 2:
        return method(X)
    return np.concatenate([np.atleast_1d(method(take(X, part))) for part in parts])


def _forward(module: nn.Module, X: Any) -> NDArray[np.float64]:
    """Outputs of a module in evaluation mode, which is itself left as it is.

    It is asked directly, in chunks: a skorch net's own ``predict`` draws from torch's
    global generator.
    """
    if any(part.training for part in module.modules()):
        module = copy.deepcopy(module).eval()
    first = next(module.parameters(), torch.zeros(1))
    source = Source(rows_of(X), None, first.device, first.dtype)
    with torch.inference_mode():
        outputs = [module(source[rows]) for rows in chunks(source.X.shape, ASK_CHUNK)]
        first_outputs = [o[0] if isinstance(o, (tuple, list)) else o for o in outputs]
        return torch.cat(first_outputs).cpu().to(torch.float64).numpy()


def _two_columns(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """A binary score as two logits: (n,) or (n, 1) -> (n, 2); others as they are."""
    if scores.ndim == 2 and scores.shape[1] == 1:
        scores = scores[:, 0]
    if scores.ndim == 1:
        return np.stack([-scores / 2, scores / 2], axis=1)
    return scores
