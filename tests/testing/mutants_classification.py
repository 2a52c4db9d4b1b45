"""Mutants of classification: what one says in several ways is not the same."""

import numpy as np
from testing.reference import NetworkClassifier


class PredictsIndices(NetworkClassifier):
    """Positions of classes instead of the classes."""

    def predict(self, X):
        return self._output(X).argmax(axis=1)


class ClassesAsTheyCome(NetworkClassifier):
    """Classes in the order of the rows."""

    def _encoded(self, y, weight):
        index, n_classes = super()._encoded(y, weight)
        _, first = np.unique(y, return_index=True)
        order = np.argsort(first)
        self.classes_ = self.classes_[order]
        return np.argsort(order)[index], n_classes


class NaiveSoftmax(NetworkClassifier):
    """Forgets to divide."""

    def predict_proba(self, X):
        output = self._output(X)
        return np.exp(output - output.max(axis=1, keepdims=True))


class ClipsProbabilities(NetworkClassifier):
    """Keeps them away from 0 and 1, so that they add up to something else."""

    def predict_proba(self, X):
        return np.clip(super().predict_proba(X), 0.01, 0.99)


class DecimalLogarithm(NetworkClassifier):
    """Logarithms to the base of 10."""

    def predict_log_proba(self, X):
        return super().predict_log_proba(X) / np.log(10.0)


class DecidesByProbability(NetworkClassifier):
    """The score of two classes has no sign."""

    def decision_function(self, X):
        proba = super().predict_proba(X)
        return proba[:, 1] if proba.shape[1] == 2 else proba


class DecidesInTwoColumns(NetworkClassifier):
    """The score of two classes has a column for each."""

    def decision_function(self, X):
        return self._output(X)


class PredictsTheFirst(NetworkClassifier):
    """A label that its own probabilities do not give."""

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(super().predict(X)))


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    PredictsIndices: {"B13"},
    ClassesAsTheyCome: {"B13"},
    NaiveSoftmax: {"B13"},
    ClipsProbabilities: {"B13"},
    DecimalLogarithm: {"B13"},
    DecidesByProbability: {"B13"},
    DecidesInTwoColumns: {"B13"},
    PredictsTheFirst: {"B13"},
}
