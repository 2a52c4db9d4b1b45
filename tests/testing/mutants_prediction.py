"""Mutants of prediction: the reference networks, each with one bug, and who sees it."""

import time

import numpy as np
import torch
from testing.reference import NetworkClassifier, NetworkRegressor


class SortsTheRows(NetworkRegressor):
    """Answers in an order of its own."""

    def _output(self, X):
        return np.sort(super()._output(X), axis=0)


class SqueezesOneRow(NetworkClassifier):
    """One row loses its axis."""

    def predict_proba(self, X):
        return np.squeeze(super().predict_proba(X))


class NormalisesByTheBatch(NetworkRegressor):
    """Standardises by what it is asked about."""

    def _output(self, X):
        X = np.asarray(X, dtype=float)
        return super()._output(X - X.mean(axis=0))


class SoftmaxOverRows(NetworkClassifier):
    """Normalises along the wrong axis."""

    def predict_proba(self, X):
        return torch.from_numpy(self._output(X)).softmax(dim=0).numpy()


class SkipsTheLastOddRow(NetworkRegressor):
    """Predicts in pairs, and guesses what is left over."""

    def _output(self, X):
        output = super()._output(X)
        if len(output) % 2:
            output = np.vstack([output[:-1], np.zeros((1, output.shape[1]))])
        return output


class ClipsByTheBatch(NetworkRegressor):
    """Says nothing beyond what the other rows of the question get."""

    def _output(self, X):
        output = super()._output(X)
        return np.minimum(output, np.quantile(output, 0.75))


class CountsQuestions(NetworkRegressor):
    """Keeps a number of its own while asked."""

    def _output(self, X):
        output = super()._output(X)
        self.n_asked_ = getattr(self, "n_asked_", 0) + len(output)
        return output


class DropsOutWhenAsked(NetworkRegressor):
    """Noise of a generator that was made in fit."""

    def _fit(self, X, y, sample_weight):
        super()._fit(X, y, sample_weight)
        self.generator_ = np.random.default_rng(0)
        return self

    def _output(self, X):
        output = super()._output(X)
        return output * (self.generator_.uniform(size=output.shape) > 0.1)


class DrawsWhenAsked(NetworkRegressor):
    """Advances torch's global generator, as a DataLoader does."""

    def _output(self, X):
        torch.empty((), dtype=torch.int64).random_()
        return super()._output(X)


class StandardisesInPlace(NetworkRegressor):
    """Writes into the caller's rows when asked."""

    def _output(self, X):
        output = super()._output(X)
        if isinstance(X, np.ndarray):
            X -= X.mean(axis=0)
        return output


class LocksWhatItTakes(NetworkRegressor):
    """Makes the caller's array read-only, so that it need not copy."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        if isinstance(X, np.ndarray):
            X.flags.writeable = False
        return self


class ScalesTheWeights(NetworkRegressor):
    """Divides the caller's weights by their sum."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        if isinstance(sample_weight, np.ndarray):
            sample_weight /= sample_weight.sum()
        return self


class ScoresByTheLoss(NetworkRegressor):
    """Greater is worse."""

    def score(self, X, y, sample_weight=None):
        return -float(np.average((self.predict(X) - y) ** 2, weights=sample_weight))


class ForgetsTheWeightsOfAScore(NetworkClassifier):
    """Takes weights, and averages without them."""

    def score(self, X, y, sample_weight=None):
        return float(np.mean(self.predict(X) == y))


class KeepsRowsWhileItWorks(NetworkRegressor):
    """Puts what it is asked about where the other threads find it."""

    def _output(self, X):
        self.rows_ = X
        time.sleep(0.0005)
        try:
            return super()._output(self.rows_)
        finally:
            del self.__dict__["rows_"]


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    SortsTheRows: {"B01", "B02"},
    SqueezesOneRow: {"B02"},
    NormalisesByTheBatch: {"B02", "B03"},
    SoftmaxOverRows: {"B02", "B03", "B13"},
    SkipsTheLastOddRow: {"B01", "B02"},
    ClipsByTheBatch: {"B02", "B03"},
    CountsQuestions: {"B04"},
    DropsOutWhenAsked: {"B04"},
    DrawsWhenAsked: {"B04"},
    StandardisesInPlace: {"B05"},
    LocksWhatItTakes: {"B05"},
    ScalesTheWeights: {"B05"},
    ScoresByTheLoss: {"B14"},
    ForgetsTheWeightsOfAScore: {"B14"},
    KeepsRowsWhileItWorks: {"B15"},
}
