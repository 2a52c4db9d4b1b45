"""Mutants of targets: labels and values become others, and what is none is taken."""

import contextlib

import numpy as np
from sklearn.utils.validation import validate_data
from testing.reference import CLAIMS, NetworkClassifier, NetworkRegressor

from sklkd.testing import ContractTags


class PredictsIndices(NetworkClassifier):
    """Positions of classes instead of the classes."""

    def predict(self, X):
        return self._output(X).argmax(axis=1)


class CutsLabelsShort(NetworkClassifier):
    """Keeps the first letter."""

    def predict(self, X):
        labels = super().predict(X)
        return labels.astype("U1") if labels.dtype.kind == "U" else labels


class MakesNumbersOfWords(NetworkClassifier):
    """Reads labels as numbers where it can."""

    def fit(self, X, y, sample_weight=None):
        with contextlib.suppress(ValueError):
            y = np.asarray(y).astype(float) if np.asarray(y).dtype.kind == "U" else y
        return super().fit(X, y, sample_weight)


class SmallIntegersOnly(NetworkClassifier):
    """Encodes labels in 32 bits."""

    def fit(self, X, y, sample_weight=None):
        y = np.asarray(y)
        return super().fit(
            X, y.astype(np.int32) if y.dtype.kind == "i" else y, sample_weight
        )


class FavoursTheFirst(NetworkClassifier):
    """Adds something to the score of the first class."""

    def __sklkd_contracts__(self):
        return ContractTags(declared=CLAIMS | {"label_symmetric"})

    def _output(self, X):
        output = super()._output(X)
        output[:, 0] += 10.0
        return output


class AlignsTargetsByTheIndex(NetworkRegressor):
    """Sorts a Series."""

    def fit(self, X, y, sample_weight=None):
        y = y.sort_index() if hasattr(y, "sort_index") else y
        return super().fit(X, y, sample_weight)


class BroadcastsColumns(NetworkRegressor):
    """Loses what a column says, each row against all."""

    def fit(self, X, y, sample_weight=None):
        if np.ndim(y) == 2:
            y = np.full(len(y), np.mean(y))
        return super().fit(X, y, sample_weight)


class OneClassInTwoColumns(NetworkClassifier):
    """Takes one class for one of two."""

    def _encoded(self, y, weight):
        if len(np.unique(y)) > 1:
            return super()._encoded(y, weight)
        self.classes_ = np.unique(y)
        return np.zeros(len(y), dtype=np.int64), 2


class TripsOverOneClass(NetworkClassifier):
    """Looks for a second one."""

    def _encoded(self, y, weight):
        np.unique(y)[1]
        return super()._encoded(y, weight)


class RefusesOneClassDarkly(NetworkClassifier):
    """Refuses it, and does not say why."""

    def _encoded(self, y, weight):
        if len(np.unique(y)) < 2:
            raise ValueError("bad input")
        return super()._encoded(y, weight)


class FillsGapsOfTheTarget(NetworkRegressor):
    """Takes a missing value for 0."""

    def fit(self, X, y, sample_weight=None):
        y = np.asarray(y)
        y = np.nan_to_num(y) if y.dtype.kind == "f" else y
        return super().fit(X, y, sample_weight)


class RoundsTargets(NetworkClassifier):
    """Makes classes of any numbers."""

    def fit(self, X, y, sample_weight=None):
        y = np.asarray(y)
        return super().fit(X, np.round(y) if y.dtype.kind == "f" else y, sample_weight)


class FitsToTheShorter(NetworkRegressor):
    """Drops the rows that have no target, as `zip` does."""

    def fit(self, X, y, sample_weight=None):
        if np.ndim(X) == 2 and 1 < np.size(y) < len(X):
            X = X[: len(y)]
        return super().fit(X, y, sample_weight)


class NumbersWords(NetworkRegressor):
    """Takes words for classes, and classes for numbers."""

    def fit(self, X, y, sample_weight=None):
        if y is not None and np.asarray(y).dtype.kind == "U":
            y = np.unique(y, return_inverse=True)[1].astype(float)
        return super().fit(X, y, sample_weight)


class AsksForAttributes(NetworkRegressor):
    """An AttributeError where there is no target."""

    def _checked(self, X, y):
        X, _ = validate_data(self, X, np.zeros(len(X)), dtype=np.float64)
        y.mean  # noqa: B018
        return super()._checked(X, y)


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    PredictsIndices: {"D01"},
    CutsLabelsShort: {"D01"},
    MakesNumbersOfWords: {"D01"},
    SmallIntegersOnly: {"D01"},
    FavoursTheFirst: {"D02"},
    AlignsTargetsByTheIndex: {"D03"},
    BroadcastsColumns: {"D03"},
    OneClassInTwoColumns: {"D04"},
    TripsOverOneClass: {"D04"},
    RefusesOneClassDarkly: {"D04"},
    FillsGapsOfTheTarget: {"D05"},
    RoundsTargets: {"D05"},
    FitsToTheShorter: {"D05"},
    NumbersWords: {"D05"},
    AsksForAttributes: {"D05"},
}
