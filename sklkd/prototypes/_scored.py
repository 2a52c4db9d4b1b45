"""Classifiers without a network: checked rows in, one score of each class out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from sklkd.estimators import check_weights

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Rows that count, and what they are labelled with.

    Attributes
    ----------
    X : ndarray of shape (n_rows, n_features)
        Finite numbers.
    codes : ndarray of shape (n_rows,)
        Class indices in ``[0, n_classes)``.
    weight : ndarray of shape (n_rows,)
        Positive: rows of weight 0 are not among them.
    classes : ndarray of shape (n_classes,)
        Labels, sorted.
    """

    X: Floats
    codes: Indices
    weight: Floats
    classes: NDArray[Any]


class BaseScoredClassifier(ClassifierMixin, BaseEstimator, ABC):
    """A classifier whose softmax of scores is what it believes.

    Subclasses have a ``fit`` that sets `classes_` last, and say what the scores are.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    """

    classes_: NDArray[Any]

    @abstractmethod
    def _scores(self, X: Floats) -> Floats:
        """Scores of checked rows; the highest wins: (n, p) -> (n, k)."""

    @property
    def _unit(self) -> float:
        """Of the scores, where they become probabilities."""
        return 1.0

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are classes; the attribute that is set last."""
        return hasattr(self, "classes_")

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the label of the highest score: (n_samples,)."""
        best = self._asked(X).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[best]
        return labels

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class: (n_samples, n_classes)."""
        proba: Floats = softmax(self._asked(X) / self._unit, axis=1)
        return proba

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithm of each probability: (n_samples, n_classes)."""
        log_proba: Floats = log_softmax(self._asked(X) / self._unit, axis=1)
        return log_proba

    def decision_function(self, X: Any) -> Floats:
        """Return the scores, (n_samples, n_classes); of two classes their gap."""
        scores = self._asked(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _asked(self, X: Any) -> Floats:
        """Scores of any rows, once they are checked: (n, k)."""
        check_is_fitted(self)
        return self._scores(validate_data(self, X, reset=False, dtype=np.float64))

    def _labelled(self, X: Any, y: Any, sample_weight: Any) -> LabelledRows:
        """What a ``fit`` was given, checked: rows of two classes at least."""
        X, y, weight = self._checked(X, y, sample_weight, reset=True)
        classes = np.unique(y)
        if len(classes) < 2:
            raise ValueError(
                f"{self._name} needs samples of at least 2 classes in y, got 1 class: "
                f"{classes.tolist()[0]!r}."
            )
        return LabelledRows(X, np.searchsorted(classes, y), weight, classes)

    def _batch(
        self, X: Any, y: Any, classes: Any, sample_weight: Any, *, reset: bool
    ) -> LabelledRows:
        """What a ``partial_fit`` was given, checked: rows of classes that are known."""
        known = self._declared(classes)
        X, y, weight = self._checked(X, y, sample_weight, reset=reset)
        strangers = set(y.tolist()) - set(known.tolist())
        if strangers:
            raise ValueError(
                f"{self._name}: y must hold the classes {known.tolist()}, got "
                f"{min(strangers, key=repr)!r} too. Name every class in the first call "
                "of partial_fit."
            )
        return LabelledRows(X, np.searchsorted(known, y), weight, known)

    def _declared(self, classes: Any) -> NDArray[Any]:
        """The classes of all batches: named in the first call, the same ever after."""
        before = getattr(self, "classes_", None)
        if classes is None:
            if before is None:
                raise ValueError(
                    f"{self._name}: classes must be passed in the first call of "
                    "partial_fit, got None. Pass all labels that will ever come."
                )
            return before
        known: NDArray[Any] = np.unique(np.asarray(classes))
        if len(known) < 2:
            raise ValueError(
                f"{self._name}: classes must be at least 2 labels, got "
                f"{known.tolist()}."
            )
        if before is not None and known.tolist() != before.tolist():
            raise ValueError(
                f"{self._name}: classes must be those of the first call, "
                f"{before.tolist()}, got {known.tolist()}. Pass None, or fit anew."
            )
        return known

    def _checked(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool
    ) -> tuple[Floats, NDArray[Any], Floats]:
        """Rows, labels and weights, of those that have a weight: (m, p), (m,), (m,)."""
        X, y = validate_data(self, X, y, reset=reset, dtype=np.float64)
        check_classification_targets(y)
        weight = check_weights(self._name, sample_weight, len(y))
        if weight is None:
            return X, y, np.ones(len(y))
        used = weight > 0
        return X[used], y[used], weight[used]


def finite(who: str, values: Floats) -> Floats:
    """Return the values, if rows were not too large for them.

    Raises
    ------
    ValueError
        If one of them is infinite or NaN.
    """
    if np.isfinite(values).all():
        return values
    raise ValueError(
        f"{who}: X must hold numbers whose squares add up to a finite one, got larger "
        "ones. Divide its columns by their size."
    )


def weight_of(codes: Indices, weight: Floats, n_codes: int) -> Floats:
    """Sum of the weights by code: (n,), (n,) -> (n_codes,)."""
    return np.bincount(codes, weight, n_codes).astype(np.float64, copy=False)


def class_sums(rows: LabelledRows) -> tuple[Floats, Floats]:
    """Weight of each class, and the weighted sum of its rows: (k,), (k, p)."""
    k, p = len(rows.classes), rows.X.shape[1]
    count = weight_of(rows.codes, rows.weight, k)
    total = np.zeros((k, p))
    for code in np.unique(rows.codes):
        own = rows.codes == code
        total[code] = rows.weight[own] @ rows.X[own]
    return count, total
