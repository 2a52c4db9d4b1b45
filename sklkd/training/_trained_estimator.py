"""A fitted scikit-learn model that predicts as a student does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import log_softmax
from sklearn.base import is_regressor
from sklearn.pipeline import Pipeline

from sklkd.exceptions import DivergedError
from sklkd.training._soft_labels import (
    TINY,
    Floats,
    Indices,
    log_proba,
    two_columns,
)

Strategy = Literal["weighted_rows", "native", "repeated_rows", "regression"]

# Learners of soft binary targets, by the package that they come from: the parameter
# that makes them such, its values, and how `predict` gives logits.
SOFT_BINARY: dict[str, tuple[str, set[str], dict[str, Any]]] = {
    "lightgbm": ("objective", {"cross_entropy", "xentropy"}, {"raw_score": True}),
    "xgboost": (
        "objective",
        {"reg:logistic", "binary:logistic"},
        {"output_margin": True},
    ),
    "catboost": (
        "loss_function",
        {"CrossEntropy"},
        {"prediction_type": "RawFormulaVal"},
    ),
}
NO_SPARSE_ARRAYS = {"lightgbm", "catboost"}


@dataclass(frozen=True, slots=True)
class TrainedEstimator:
    """A fitted scikit-learn model that predicts as a student does.

    Attributes
    ----------
    estimator : estimator
        Fitted; of a Pipeline, all of it.
    strategy : {"weighted_rows", "native", "repeated_rows", "regression"}
        In which form it was given its targets.
    n_outputs : int
        Number of classes or values.
    columns : ndarray of int or None
        The class of each of its own columns, as an index; None for a regressor.
    known : ndarray or None
        The labels in the order of these columns, in the words that it was fitted on.
    """

    estimator: Any
    strategy: Strategy
    n_outputs: int
    columns: Indices | None = None
    known: NDArray[Any] | None = None

    def outputs(self, X: Any) -> torch.Tensor:
        """Logits or values, in float64 on the CPU: (n, n_outputs).

        Of a classifier they are the logarithms of its probabilities, where a zero, and
        a class that it never met, has that of the least positive number, -708 nats. One
        without probabilities gives its decision function, and one without that has a
        probability of 1 for what it predicts.

        Raises
        ------
        DivergedError
            If an output is not finite.
        """
        end, X = end_of(self.estimator, as_input(X))
        X = as_input_of(end, X)
        if self.columns is not None:
            outputs = self._aligned(_log_scores(end, X, self.known))
        else:
            outputs = self._values(end, X)
        if not np.isfinite(outputs).all():
            raise DivergedError(
                "X contains values too large for this student: its output is not "
                "finite. Scale X."
            )
        return torch.from_numpy(outputs)

    def history(self) -> list[dict[str, float]]:
        """No record: there are no epochs."""
        return []

    def trim(self) -> None:
        """Drop nothing; the model is the user's own."""

    @property
    def sees_original(self) -> bool:
        """True: it gets X as the user passed it."""
        return True

    @property
    def steps(self) -> None:
        """None: a Pipeline's transformers are part of `estimator`."""

    @property
    def net(self) -> None:
        """None: there is no network."""

    def _aligned(self, logits: Floats) -> Floats:
        """Columns in the order of all classes: (n, n_known) -> (n, n_outputs)."""
        aligned = np.full((len(logits), self.n_outputs), np.log(TINY))
        aligned[:, self.columns] = logits
        return aligned

    def _values(self, end: Any, X: Any) -> Floats:
        """What a regressor says; a single column for two classes is their gap."""
        family = soft_binary(end) if self.strategy == "native" else None
        options = SOFT_BINARY[family][2] if family else {}
        said = np.asarray(end.predict(X, **options), dtype=np.float64)
        said = said.reshape(len(said), -1)
        return two_columns(said[:, 0]) if said.shape[1] < self.n_outputs else said


def as_input(X: Any) -> Any:
    """An array that no library misreads or changes; anything else as it is.

    XGBoost reads numbers in another byte order as if they were in this machine's, and
    CatBoost makes the array object that it was given read-only.
    """
    if not isinstance(X, np.ndarray):
        return X
    return X.view() if X.dtype.isnative else X.astype(X.dtype.newbyteorder("="))


def as_input_of(end: Any, X: Any) -> Any:
    """A sparse matrix for packages that do not know sparse arrays yet."""
    if sparse.issparse(X) and _origins(end) & NO_SPARSE_ARRAYS:
        return sparse.csr_matrix(X)
    return X


def end_of(estimator: Any, X: Any) -> tuple[Any, Any]:
    """What a fitted Pipeline ends in, and what that is given."""
    while type(estimator) is Pipeline:
        if len(estimator.steps) > 1:
            X = estimator[:-1].transform(X)
        estimator = estimator.steps[-1][1]
    return estimator, X


def soft_binary(end: Any) -> str | None:
    """The package whose learner of soft binary targets this is, if it is one."""
    for family in SOFT_BINARY.keys() & _origins(end):
        parameter, values, _ = SOFT_BINARY[family]
        # A classifier of the other two packages turns shares into labels.
        may_be = family == "catboost" or is_regressor(end)
        if may_be and end.get_params().get(parameter) in values:
            return family
    return None


def _origins(end: Any) -> set[str]:
    """The packages that an estimator and its base classes come from."""
    return {cls.__module__.split(".")[0] for cls in type(end).__mro__}


def _log_scores(end: Any, X: Any, known: Any) -> Floats:
    """Logarithms of a classifier's probabilities, or its scores: (n, n_known)."""
    if hasattr(end, "predict_proba"):
        return log_proba(np.asarray(end.predict_proba(X), dtype=np.float64))
    # Scores of pairs of classes are none of classes.
    of_pairs = getattr(end, "decision_function_shape", None) == "ovo"
    if hasattr(end, "decision_function") and not (of_pairs and len(known) > 2):
        scores = np.asarray(end.decision_function(X), dtype=np.float64)
        scores = two_columns(scores.ravel()) if len(known) == 2 else scores
        logs: Floats = log_softmax(scores, axis=1)
        return logs
    said = np.asarray(end.predict(X)).ravel()
    return log_proba((said[:, np.newaxis] == known).astype(np.float64))
