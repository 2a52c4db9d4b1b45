"""Mutants that distil, the small distiller that they are of, and who must see them."""

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted, validate_data

from sklkd.training import atomic

TEACHER = LogisticRegression()


class Imitator(ClassifierMixin, BaseEstimator):
    """Least squares of a mixture: one-hot labels, and a teacher's probabilities."""

    def __init__(self, teacher=TEACHER, soft_weight=0.5, memory=None):
        self.teacher = teacher
        self.soft_weight = soft_weight
        self.memory = memory

    @atomic
    def fit(self, X, y, teacher_proba=None):
        X, y = validate_data(self, X, y, dtype=np.float64)
        self.classes_ = np.unique(y)
        labels = (y[:, np.newaxis] == self.classes_).astype(float)
        share = self._share()
        target = (1 - share) * labels
        if share:
            target = target + share * self._said(X, y, teacher_proba)
        A = self._design(X)
        self.weights_ = np.linalg.solve(
            A.T @ A + 1e-3 * np.eye(A.shape[1]), A.T @ target
        )
        return self

    def _share(self):
        return self.soft_weight

    def _said(self, X, y, teacher_proba):
        if isinstance(self.teacher, str):
            return self._given(teacher_proba)
        ask = joblib.Memory(self.memory, verbose=0).cache(asked)
        classes, proba = ask(self._to_fit(), X, y)
        return self._matched(classes, proba)

    def _given(self, teacher_proba):
        return np.asarray(teacher_proba)

    def _to_fit(self):
        return clone(self.teacher)

    def _matched(self, classes, proba):
        return proba[:, np.argsort(classes)]

    @staticmethod
    def _design(X):
        if np.abs(X).max(initial=0) > 1e100:
            raise ValueError("X is too large. Scale it.")
        return np.hstack([X, np.ones((len(X), 1))])

    def predict_proba(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        scores = self._design(X) @ self.weights_
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def predict(self, X):
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]


def asked(teacher, X, y):
    """What a teacher that is fitted first says: its classes, and (n, k)."""
    teacher.fit(X, y)
    return teacher.classes_, teacher.predict_proba(X)


class HearsLabels(Imitator):
    """Keeps a little of the labels, whatever was asked."""

    def _share(self):
        return min(self.soft_weight, 0.9)


class HearsTheTeacher(Imitator):
    """Keeps a little of the teacher, whatever was asked."""

    def _share(self):
        return max(self.soft_weight, 0.1)


class MatchesByPosition(Imitator):
    """Takes the teacher's first column for the first class."""

    def _matched(self, classes, proba):
        return proba


class NeedsNumbers(Imitator):
    """Distils labels that are numbers."""

    def _matched(self, classes, proba):
        shift = 0.0 if classes.dtype.kind in "iuf" else 0.1
        return proba + shift * proba**2


class FitsTheCallersTeacher(Imitator):
    """Forgets to clone."""

    def _to_fit(self):
        return self.teacher


class ReplacesTheTeacher(Imitator):
    """Keeps the fitted one in the parameter."""

    def fit(self, X, y, teacher_proba=None):
        super().fit(X, y, teacher_proba)
        if not isinstance(self.teacher, str):
            self.teacher = clone(self.teacher)
        return self


class SharpensTheGiven(Imitator):
    """Treats given numbers otherwise than a teacher's."""

    def _given(self, teacher_proba):
        return np.asarray(teacher_proba).round(2)


class CachesRoughly(Imitator):
    """Keeps half the digits."""

    def _said(self, X, y, teacher_proba):
        said = super()._said(X, y, teacher_proba)
        return said if self.memory is None else said.astype(np.float32)


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    HearsLabels: {"T01"},
    HearsTheTeacher: {"T02"},
    MatchesByPosition: {"T03"},
    NeedsNumbers: {"T03"},
    FitsTheCallersTeacher: {"T04"},
    ReplacesTheTeacher: {"T04"},
    SharpensTheGiven: {"T05"},
    CachesRoughly: {"T06"},
}
