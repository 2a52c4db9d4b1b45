"""Mutants of fitting: valid data cannot be fitted, or what is offered does not work."""

import numpy as np
import torch
from testing.reference import NetworkClassifier, NetworkRegressor


class TripsOverALastRow(NetworkRegressor):
    """Normalises batches, and a last one of one row has no spread."""

    def __init__(
        self, hidden=16, lr=0.05, max_epochs=40, random_state=None, batch_size=8
    ):
        super().__init__(hidden, lr, max_epochs, random_state)
        self.batch_size = batch_size

    def _trained(self, X, target, weight, n_outputs):
        if len(X) % self.batch_size == 1:
            raise ValueError("Expected more than 1 value per channel when training")
        return super()._trained(X, target, weight, n_outputs)


class DividesByNoSpread(NetworkClassifier):
    """A constant column ends in NaN."""

    def _statistics(self, X, weight):
        mean = (weight[:, None] * X).sum(dim=0)
        return mean, (weight[:, None] * (X - mean) ** 2).sum(dim=0).sqrt()


class LosesTheLastRow(NetworkRegressor):
    """Predicts one row less than it is asked about."""

    def _output(self, X):
        return super()._output(X)[:-1]


class SumsUp(NetworkRegressor):
    """Says one number of all rows."""

    def predict(self, X):
        return np.float64(super().predict(X).sum())


class InfiniteCertainty(NetworkClassifier):
    """Divides a score by no doubt."""

    def decision_function(self, X):
        with np.errstate(divide="ignore"):
            return super().decision_function(X) / np.zeros(1)


class ReturnsNothing(NetworkRegressor):
    """Fits, and does not return itself."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)


class ReturnsTheNet(NetworkRegressor):
    """Fits, and returns what it has fitted."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        return self.net_


class OffersProbabilities(NetworkRegressor):
    """Has a method that is none."""

    def predict_proba(self, X):
        return NotImplemented


class OffersScores(NetworkRegressor):
    """Has a method that cannot be."""

    def decision_function(self, X):
        raise AttributeError("regressors have no decision_function")


class LearnsTheOpposite(NetworkClassifier):
    """Prefers the worst class."""

    def _output(self, X):
        return -super()._output(X)


class TrainsWithoutSteps(NetworkRegressor):
    """Keeps its first weights, made ten times as large."""

    def _trained(self, X, target, weight, n_outputs):
        epochs, self.max_epochs = self.max_epochs, 0
        try:
            net = super()._trained(X, target, weight, n_outputs)
        finally:
            self.max_epochs = epochs
        with torch.no_grad():
            net[2].weight *= 10.0
        return net


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    TripsOverALastRow: {"A01"},
    DividesByNoSpread: {"A01"},
    LosesTheLastRow: {"A01"},
    SumsUp: {"A01"},
    InfiniteCertainty: {"A01"},
    ReturnsNothing: {"A03"},
    ReturnsTheNet: {"A03"},
    OffersProbabilities: {"A03"},
    OffersScores: {"A03"},
    LearnsTheOpposite: {"A04"},
    TrainsWithoutSteps: {"A04"},
}
