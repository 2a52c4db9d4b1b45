"""Mutants that learn in batches, the classifier that they are of, and who sees them."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from sklkd.training import atomic


def check_is_moderate(X):
    """Raise where squares would overflow."""
    if np.abs(X).max(initial=0) > 1e100:
        raise ValueError("X is too large. Scale it.")


class Means(ClassifierMixin, BaseEstimator):
    """The nearest class mean, of batches."""

    @atomic
    def fit(self, X, y):
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_is_moderate(X)
        check_classification_targets(y)
        self._begin(np.unique(y), X.shape[1])
        return self._learn(X, y)

    @atomic
    def partial_fit(self, X, y, classes=None):
        first = not hasattr(self, "sums_")
        X, y = validate_data(self, X, y, reset=first, dtype=np.float64)
        check_is_moderate(X)
        if first:
            self._check_declared(classes)
            self._begin(np.unique(classes), X.shape[1])
        self._check_batch(y, classes)
        return self._learn(X, y)

    def _check_declared(self, classes):
        if classes is None:
            raise ValueError("Means: classes must be declared at first, got None.")

    def _check_batch(self, y, classes):
        if not np.isin(y, self.classes_).all():
            raise ValueError("Means: y must be of the declared classes.")
        if classes is not None and not np.array_equal(classes, self.classes_):
            raise ValueError("Means: classes must be those of the first batch.")

    def _begin(self, classes, width):
        self.classes_ = classes
        self.counts_ = np.zeros(len(classes))
        self.sums_ = np.zeros((len(classes), width))

    def _learn(self, X, y):
        for i, label in enumerate(self.classes_):
            self.counts_[i] += np.sum(y == label)
            self.sums_[i] += X[y == label].sum(axis=0)
        return self

    def decision_function(self, X):
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict_proba(self, X):
        scores = self._scores(X)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def predict(self, X):
        best = self._scores(X).argmax(axis=1)
        return self.classes_[best]

    def _scores(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        check_is_moderate(X)
        means = self.sums_ / np.maximum(self.counts_, 1)[:, np.newaxis]
        scores = -((X[:, np.newaxis] - means) ** 2).sum(axis=2)
        return np.where(self.counts_ > 0, scores, scores.min(axis=1, keepdims=True) - 1)


class TakesTheBatchesClasses(Means):
    """Knows the classes of the last batch alone."""

    def partial_fit(self, X, y, classes=None):
        super().partial_fit(X, y, classes)
        self.classes_ = np.unique(y)
        self.counts_ = self.counts_[: len(self.classes_)]
        self.sums_ = self.sums_[: len(self.classes_)]
        return self


class LeavesOutTheUnseen(Means):
    """Has no column for a class that has not come yet."""

    def predict_proba(self, X):
        return super().predict_proba(X)[:, self.counts_ > 0]


class IgnoresUndeclaredLabels(Means):
    """Learns from the other rows, in silence."""

    def _check_batch(self, y, classes):
        """Look at nothing."""


class GuessesTheClasses(Means):
    """Takes the first batch's."""

    def partial_fit(self, X, y, classes=None):
        first = not hasattr(self, "sums_")
        return super().partial_fit(X, y, np.unique(y) if first else classes)


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    TakesTheBatchesClasses: {"H01"},
    LeavesOutTheUnseen: {"H01"},
    IgnoresUndeclaredLabels: {"H02"},
    GuessesTheClasses: {"H02"},
}
