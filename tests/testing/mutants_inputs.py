"""Mutants of input: the same table in other hands is another table, or none."""

import numpy as np
import torch
from testing.reference import NetworkRegressor


class SharesMemory(NetworkRegressor):
    """Leaves negative strides to torch, which has none."""

    def _tensor(self, X):
        return torch.from_numpy(X)


class ReadsBytesAsTheyLie(NetworkRegressor):
    """Takes every number for one of this machine's."""

    def _output(self, X):
        if isinstance(X, np.ndarray) and X.dtype.byteorder == ">":
            X = X.view(X.dtype.newbyteorder("="))
        return super()._output(X)


class ReadsMemoryInOrder(NetworkRegressor):
    """Takes memory for rows, one after another, whatever the strides."""

    def fit(self, X, y, sample_weight=None):
        X = np.asarray(X)
        rows = X.ravel(order="K").reshape(X.shape)
        return super().fit(rows, y, sample_weight)


class SortsByTheIndex(NetworkRegressor):
    """Aligns rows by their index, when there is one."""

    def fit(self, X, y, sample_weight=None):
        rows = X.sort_index() if hasattr(X, "sort_index") else X
        return super().fit(rows, y, sample_weight)


class WantsArrays(NetworkRegressor):
    """Asks a list for its shape."""

    def _output(self, X):
        X.shape  # noqa: B018
        return super()._output(X)


class LosesNames(NetworkRegressor):
    """Converts the table before it looks at it."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(np.asarray(X), y, sample_weight)


class LooksAtNamesNoMore(NetworkRegressor):
    """Knows the names, and converts what it is asked about before it looks."""

    def _output(self, X):
        return super()._output(np.asarray(X))


class KeepsOldNames(NetworkRegressor):
    """Still has the names of the last table when it is fitted to an array."""

    def fit(self, X, y, sample_weight=None):
        names = getattr(self, "feature_names_in_", None)
        super().fit(X, y, sample_weight)
        if names is not None and not hasattr(self, "feature_names_in_"):
            self.feature_names_in_ = names
        return self


class CountsAColumnTooMany(NetworkRegressor):
    """With the intercept."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.n_features_in_ += 1
        return self

    def _output(self, X):
        self.n_features_in_ -= 1
        try:
            return super()._output(X)
        finally:
            self.n_features_in_ += 1


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    SharesMemory: {"B06", "B07"},
    ReadsBytesAsTheyLie: {"B06"},
    ReadsMemoryInOrder: {"B07"},
    SortsByTheIndex: {"B10"},
    WantsArrays: {"B10"},
    LosesNames: {"B11", "B12"},
    LooksAtNamesNoMore: {"B11"},
    KeepsOldNames: {"B12"},
    CountsAColumnTooMany: {"B12"},
}
