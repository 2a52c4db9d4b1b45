"""Mutants of types: numbers overflow, or are no numbers, in the type they come in."""

import numpy as np
from testing.reference import NetworkClassifier, NetworkRegressor


class ComputesInTheGivenType(NetworkRegressor):
    """Small integers overflow before they are converted."""

    def _output(self, X):
        X = np.asarray(X)
        if X.dtype.kind in "iu":
            X = X * X.dtype.type(100) / 100
        return super()._output(X)


class FitsInTheGivenType(NetworkClassifier):
    """Small integers overflow while they are summed."""

    def fit(self, X, y, sample_weight=None):
        X = np.asarray(X)
        if X.dtype.kind in "iu":
            X = X * X.dtype.type(100) / 100
        return super().fit(X, y, sample_weight)


class SubtractsBooleans(NetworkRegressor):
    """Which numpy refuses."""

    def _output(self, X):
        X = np.asarray(X)
        return super()._output(X - X[:1] + X[:1])


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    ComputesInTheGivenType: {"B08"},
    FitsInTheGivenType: {"B08"},
    SubtractsBooleans: {"B09"},
}
