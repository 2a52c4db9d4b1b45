"""Mutants of refusal: what cannot be answered is answered, or ends in other errors."""

import numpy as np
import torch
from scipy import sparse
from testing.reference import NetworkClassifier, NetworkRegressor


class FillsGaps(NetworkRegressor):
    """Answers for rows that are missing."""

    def _output(self, X):
        X = np.asarray(X)
        return super()._output(np.nan_to_num(X) if X.dtype.kind == "f" else X)


class FillsInfinity(NetworkRegressor):
    """Knows of NaN, and takes infinite numbers for large ones."""

    def _output(self, X):
        X = np.asarray(X)
        if X.dtype.kind == "f" and not np.isnan(X).any():
            X = np.nan_to_num(X)
        return super()._output(X)


class TakesTheFirstColumns(NetworkRegressor):
    """Slices, and so takes what is wider."""

    def _output(self, X):
        X = np.asarray(X)
        return super()._output(X[:, : self.n_features_in_] if X.ndim == 2 else X)


class LeavesTheWidthToTorch(NetworkRegressor):
    """Which raises a RuntimeError."""

    def _output(self, X):
        X = np.asarray(X, dtype=float)
        if X.ndim == 2 and X.shape[1] != self.n_features_in_:
            self.net_(torch.from_numpy(X))
        return super()._output(X)


class DropsTheImaginaryPart(NetworkRegressor):
    """Answers for complex numbers."""

    def _output(self, X):
        return super()._output(np.real(X))


class TakesOneRow(NetworkRegressor):
    """Makes a column of numbers of what has one dimension."""

    def _output(self, X):
        X = np.asarray(X)
        if X.ndim == 1:
            X = np.tile(X[:, np.newaxis], (1, self.n_features_in_))
        return super()._output(X)


class AnswersSparse(NetworkRegressor):
    """Against its tags."""

    def _output(self, X):
        return super()._output(X.toarray() if sparse.issparse(X) else X)


class TripsOverNothing(NetworkRegressor):
    """An IndexError where there are no rows."""

    def _output(self, X):
        if np.shape(X)[:1] == (0,):
            np.asarray(X)[0]
        return super()._output(X)


class OverflowsInSilence(NetworkClassifier):
    """Takes exponentials of what is too large for them."""

    def predict_proba(self, X):
        with np.errstate(over="ignore", invalid="ignore"):
            power = np.exp(self._output(X))
            return power / power.sum(axis=1, keepdims=True)


class FitsToGaps(NetworkRegressor):
    """Fills them with zeros, and its tags do not say so."""

    def fit(self, X, y, sample_weight=None):
        if isinstance(X, np.ndarray) and X.dtype.kind == "f":
            X = np.nan_to_num(X)
        return super().fit(X, y, sample_weight)


class FitsToAnything(NetworkRegressor):
    """Makes rows of whatever comes."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(np.reshape(X, (len(y), -1)), y, sample_weight)


class FitsToNothing(NetworkRegressor):
    """An error of its own where there are no rows."""

    def fit(self, X, y, sample_weight=None):
        if np.shape(X)[:1] == (0,):
            np.asarray(X)[0]
        return super().fit(X, y, sample_weight)


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    FillsGaps: {"B16"},
    FillsInfinity: {"B16"},
    TakesTheFirstColumns: {"B17"},
    LeavesTheWidthToTorch: {"B17"},
    DropsTheImaginaryPart: {"B18"},
    TakesOneRow: {"B18"},
    AnswersSparse: {"B18"},
    TripsOverNothing: {"B18"},
    OverflowsInSilence: {"B19"},
    FitsToGaps: {"D06"},
    FitsToAnything: {"D06"},
    FitsToNothing: {"D06"},
}
