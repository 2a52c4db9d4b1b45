"""Mutants of tags: they promise what is refused, or deny what is taken."""

from scipy import sparse
from testing.reference import NetworkClassifier, NetworkRegressor


class PromisesGaps(NetworkRegressor):
    """Says that it takes missing values, and refuses them."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class PromisesTwoTargets(NetworkRegressor):
    """Says that it takes several targets, and refuses them."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class DeniesThreeClasses(NetworkClassifier):
    """Says that it takes two classes only, and takes three."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class PromisesThreeClasses(NetworkClassifier):
    """Says nothing of two classes, and refuses three."""

    def _encoded(self, y, weight):
        index, n_classes = super()._encoded(y, weight)
        if n_classes > 2:
            raise ValueError("y must have two classes")
        return index, n_classes


class SparseIsMissing(NetworkRegressor):
    """Takes what is not stored for a gap, and fills it."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _dense(self, X):
        if not sparse.issparse(X):
            return X
        dense = X.toarray()
        dense[dense == 0.0] = 1.0
        return dense

    def fit(self, X, y, sample_weight=None):
        return super().fit(self._dense(X), y, sample_weight)

    def _output(self, X):
        return super()._output(self._dense(X))


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    PromisesGaps: {"B21"},
    PromisesTwoTargets: {"B21"},
    DeniesThreeClasses: {"B21"},
    PromisesThreeClasses: {"B21"},
    SparseIsMissing: {"B20"},
}
