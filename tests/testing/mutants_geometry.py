"""Mutants of geometry: networks that claim not to depend on what they depend on."""

import torch
from testing.reference import CLAIMS, NetworkClassifier, NetworkRegressor

from sklkd.testing import ContractTags


class TrainsOnTheFirstHalf(NetworkClassifier):
    """Later rows count for nothing, as with a loader that drops the last batch."""

    def _statistics(self, X, weight):
        half = len(X) // 2 + 1
        return super()._statistics(X[:half], weight[:half] / weight[:half].sum())


class FavoursTheFirstColumn(NetworkRegressor):
    """Claims that the order of columns is nothing to it."""

    def __sklkd_contracts__(self):
        return ContractTags(declared=CLAIMS | {"column_order_invariant"})

    def _standard(self, X):
        standard = super()._standard(X)
        return standard * torch.arange(1, X.shape[1] + 1)


class ClipsTargets(NetworkRegressor):
    """Claims to know no unit, and cuts off what is above 3."""

    def __sklkd_contracts__(self):
        return ContractTags(declared=CLAIMS | {"target_affine"})

    def predict(self, X):
        return super().predict(X).clip(max=3.0)


class TakesRowsAsTheyAre(NetworkRegressor):
    """Standardises nothing."""

    def _standard(self, X):
        return X


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    TrainsOnTheFirstHalf: {"F01"},
    FavoursTheFirstColumn: {"F02"},
    ClipsTargets: {"F03"},
    TakesRowsAsTheyAre: {"F04"},
}
