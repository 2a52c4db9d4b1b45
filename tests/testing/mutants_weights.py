"""Mutants of weights: they are lost, misread, or taken whatever they are."""

import numpy as np
import torch
from testing.reference import CLAIMS, NetworkClassifier, NetworkRegressor

from sklkd.testing import ContractTags


class IgnoresWeights(NetworkRegressor):
    """Takes them, checks them, and goes on without."""

    def _weight(self, sample_weight, X):
        return np.ones_like(super()._weight(sample_weight, X))


class StandardisesWithoutWeights(NetworkClassifier):
    """Weighs the loss, and not the statistics of the columns."""

    def _statistics(self, X, weight):
        return super()._statistics(X, torch.full_like(weight, 1 / len(weight)))


class TrainsMoreWithWeights(NetworkRegressor):
    """Given weights, of one too, it steps further."""

    def _trained(self, X, target, weight, n_outputs):
        net = super()._trained(X, target, weight, n_outputs)
        if self.is_weighted_:
            with torch.no_grad():
                net[2].weight *= 1.1
        return net

    def _weight(self, sample_weight, X):
        self.is_weighted_ = sample_weight is not None
        return super()._weight(sample_weight, X)


class WeighsByTheInverse(NetworkRegressor):
    """The lighter, the more."""

    def _weight(self, sample_weight, X):
        weight = super()._weight(sample_weight, X)
        return 1.0 / np.where(weight > 0, weight, 1e-3)


class FillsGapsOfWeights(NetworkRegressor):
    """Takes a missing weight for 0, and an infinite one for a large one."""

    def _weight(self, sample_weight, X):
        if isinstance(sample_weight, np.ndarray) and sample_weight.dtype.kind == "f":
            sample_weight = np.nan_to_num(sample_weight, posinf=1e3)
        return super()._weight(sample_weight, X)


class TakesNothingForOnes(NetworkRegressor):
    """Weights that are all zero count as none."""

    def _weight(self, sample_weight, X):
        if sample_weight is not None and not np.any(np.asarray(sample_weight) != 0):
            sample_weight = None
        return super()._weight(sample_weight, X)


class AlignsWeightsByTheIndex(NetworkRegressor):
    """Sorts a Series."""

    def _weight(self, sample_weight, X):
        if hasattr(sample_weight, "sort_index"):
            sample_weight = sample_weight.sort_index()
        return super()._weight(sample_weight, X)


class SharesWeights(NetworkRegressor):
    """Leaves strides to torch."""

    def _weight(self, sample_weight, X):
        if sample_weight is not None:
            torch.from_numpy(np.asarray(sample_weight))
        return super()._weight(sample_weight, X)


class WeighsClassesByTheRoot(NetworkClassifier):
    """A class weight of 4 counts twice."""

    def __init__(
        self,
        hidden=16,
        lr=0.05,
        max_epochs=40,
        random_state=None,
        class_weight=None,
    ):
        super().__init__(hidden, lr, max_epochs, random_state)
        self.class_weight = class_weight

    def __sklkd_contracts__(self):
        return ContractTags(declared=CLAIMS | {"class_weight_is_weight"})

    def _encoded(self, y, weight):
        of_class = self.class_weight or {}
        weight *= np.sqrt([of_class.get(label, 1.0) for label in y.tolist()])
        return super()._encoded(y, weight)


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    IgnoresWeights: {"E02", "E03", "E04"},
    StandardisesWithoutWeights: {"E02", "E03"},
    TrainsMoreWithWeights: {"E01"},
    WeighsByTheInverse: {"E04"},
    FillsGapsOfWeights: {"E05"},
    TakesNothingForOnes: {"E05"},
    AlignsWeightsByTheIndex: {"E06"},
    SharesWeights: {"E06"},
    WeighsClassesByTheRoot: {"E07"},
}
