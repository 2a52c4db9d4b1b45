"""Mutants that transform, the scaler that they are of, and who must see them."""

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from sklkd.training import atomic


class Centre(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Columns less their means."""

    @atomic
    def fit(self, X, y=None):
        self.means_ = validate_data(self, X, dtype=np.float64).mean(axis=0)
        return self

    def transform(self, X):
        check_is_fitted(self)
        return validate_data(self, X, reset=False, dtype=np.float64) - self.means_


class FitsAndTransformsOtherwise(Centre):
    """Has a short cut, which divides as well."""

    def fit_transform(self, X, y=None):
        return self.fit(X).transform(X) / 2


class ForgetsToKeep(Centre):
    """Has a short cut that keeps other means."""

    def fit_transform(self, X, y=None):
        transformed = self.fit(X).transform(X)
        self.means_ = self.means_ + 1
        return transformed


class LosesTheIndex(Centre):
    """Makes DataFrames itself, with an index of its own."""

    def set_output(self, *, transform=None):
        self._library = transform
        return self

    def transform(self, X):
        table = self._unwrapped(X)
        if getattr(self, "_library", None) == "pandas":
            import pandas as pd

            return self._framed(pd.DataFrame(table), X)
        return table

    def _framed(self, frame, X):
        return frame.set_axis(self.get_feature_names_out(), axis=1)

    def _unwrapped(self, X):
        return validate_data(self, X, reset=False, dtype=np.float64) - self.means_


class NamesItsColumnsAnew(LosesTheIndex):
    """Names a frame's columns otherwise than it says."""

    def _framed(self, frame, X):
        return frame.set_axis(X.index)


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    FitsAndTransformsOtherwise: {"I02"},
    ForgetsToKeep: {"I02"},
    LosesTheIndex: {"I01"},
    NamesItsColumnsAnew: {"I01"},
}
