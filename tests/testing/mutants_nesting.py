"""Mutants that work alone and not inside other estimators, and who must see it."""

import itertools
import time

import numpy as np
import torch
from testing.reference import NetworkClassifier, NetworkRegressor


class NeverLooksFitted(NetworkRegressor):
    """Keeps what it learns under another name, so that it never looks fitted."""

    def __sklearn_is_fitted__(self):
        return vars(self).get("_asked", False)

    def _output(self, X):
        self._asked = hasattr(self, "net_")
        try:
            return super()._output(X)
        finally:
            self._asked = False


class CountsItsFits(NetworkRegressor):
    """Has a counter in the class, and so a fit depends on those before."""

    _fits = itertools.count()

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.y_mean_ += next(self._fits)
        return self


class HasNoPlainScore(NetworkClassifier):
    """Wants an argument that a search does not know."""

    def score(self, X, y, sample_weight=None, *, how):
        return super().score(X, y, sample_weight)


class PredictsFloats(NetworkClassifier):
    """Says 1.0 for the class 1."""

    def predict(self, X):
        return super().predict(X).astype(float)


class PredictsAColumn(NetworkRegressor):
    """Predicts a column, not a row, of values."""

    def predict(self, X):
        return super().predict(X)[:, np.newaxis]


class ForgetsItsRequest(NetworkClassifier):
    """Is asked to take weights, and asks for none."""

    def set_fit_request(self, **requests):
        return self


class DependsOnJobs(NetworkRegressor):
    """Draws by the number of jobs."""

    def __init__(self, max_epochs=40, random_state=None, n_jobs=None):
        super().__init__(max_epochs=max_epochs, random_state=random_state)
        self.n_jobs = n_jobs

    def _generator(self):
        return torch.Generator().manual_seed(self.n_jobs or 1)


class KeepsItsSeedInTheClass(NetworkRegressor):
    """Leaves the seed where the other thread finds it."""

    def __sklkd_contracts__(self):
        tags = super().__sklkd_contracts__()
        return type(tags)(declared={"threads_fit_alike"})

    def _generator(self):
        type(self).seed = self.random_state
        time.sleep(0.05)
        return torch.Generator().manual_seed(type(self).seed)


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    NeverLooksFitted: {"G01", "G07"},
    CountsItsFits: {"G02"},
    HasNoPlainScore: {"G02"},
    PredictsFloats: {"G03"},
    PredictsAColumn: {"G03"},
    ForgetsItsRequest: {"G04"},
    DependsOnJobs: {"G05"},
    KeepsItsSeedInTheClass: {"G06"},
}
