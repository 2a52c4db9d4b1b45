"""Mutants whose fit is refused or interrupted half-way, and who must see it."""

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted, validate_data
from testing.reference import NetworkClassifier, NetworkRegressor


class HalfNew(NetworkClassifier):
    """Learns the new classes before it looks at the weights and the rest."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        return super().fit(X, y, sample_weight)


class ForgetsFirst(NetworkRegressor):
    """Throws the old scale away before it looks at the data."""

    def fit(self, X, y, sample_weight=None):
        if hasattr(self, "y_scale_"):
            del self.y_scale_
        return super().fit(X, y, sample_weight)


class InitialisesFirst(NetworkRegressor):
    """Makes a new net before the data are looked at."""

    def fit(self, X, y, sample_weight=None):
        if hasattr(self, "net_"):
            self.net_ = torch.nn.Sequential(
                torch.nn.Linear(self.n_features_in_, 1, dtype=torch.float64)
            )
        return super().fit(X, y, sample_weight)


class CountsColumnsFirst(NetworkClassifier):
    """Sets n_features_in_ and feature_names_in_, whatever comes of it."""

    def fit(self, X, y, sample_weight=None):
        validate_data(self, X, skip_check_array=True)
        return super().fit(X, y, sample_weight)


class FittedByAnyAttribute(NetworkRegressor):
    """Does not roll back, and takes any attribute for a fit."""

    def __sklearn_is_fitted__(self):
        return hasattr(self, "mean_")

    def fit(self, X, y, sample_weight=None):
        with torch.inference_mode(False), torch.enable_grad():
            return self._fit(X, y, sample_weight)

    def _output(self, X):
        check_is_fitted(self)
        return super()._output(X)


class GivesUpAfterOneFault(NetworkRegressor):
    """Takes what an interrupted fit left for a fit to go on from."""

    def fit(self, X, y, sample_weight=None):
        going_on = vars(self).get("_started", False)
        self._started = True
        with torch.inference_mode(False), torch.enable_grad():
            self._fit(X, y, sample_weight)
        del self._started
        if going_on:
            self.y_mean_ += 1.0
        return self


class LeavesErrorsOff(NetworkClassifier):
    """Puts numpy's treatment of errors back at the end, if it comes there."""

    def _trained(self, X, target, weight, n_outputs):
        before = np.seterr(all="ignore")
        net = super()._trained(X, target, weight, n_outputs)
        np.seterr(**before)
        return net


class LeavesTheSeed(NetworkRegressor):
    """Borrows the global generator, and gives it back at the end."""

    def _trained(self, X, target, weight, n_outputs):
        before = torch.get_rng_state()
        torch.manual_seed(0)
        net = super()._trained(X, target, weight, n_outputs)
        torch.set_rng_state(before)
        return net


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    HalfNew: {"C12"},
    ForgetsFirst: {"C12"},
    InitialisesFirst: {"C12"},
    CountsColumnsFirst: {"C19"},
    FittedByAnyAttribute: {"C10"},
    GivesUpAfterOneFault: {"C10"},
    LeavesErrorsOff: {"C11"},
    LeavesTheSeed: {"C11"},
}
