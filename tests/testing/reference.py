"""Two small networks that hold every contract, in steps that a mutant can get wrong."""

import math

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from sklkd.testing import ContractTags
from sklkd.training import atomic

CLAIMS = {
    "accurate",
    "constant_is_constant",
    "quiet",
    "row_order_invariant",
    "scale_invariant",
    "size_independent",
    "target_affine",
    "weights_are_repetition",
    "weights_win",
}


class Network(BaseEstimator):
    """A hidden layer, trained in full batches and double precision on standard columns.

    Parameters
    ----------
    hidden : int, default=16
        Hidden units.
    lr : float, default=0.05
        Of Adam.
    max_epochs : int, default=40
        Steps.
    random_state : int, RandomState instance or None, default=None
        Of the initial weights.
    """

    def __init__(self, hidden=16, lr=0.05, max_epochs=40, random_state=None):
        self.hidden = hidden
        self.lr = lr
        self.max_epochs = max_epochs
        self.random_state = random_state

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklkd_contracts__(self):
        return ContractTags(declared=CLAIMS)

    # --- Fitting

    @atomic
    def fit(self, X, y, sample_weight=None):
        with torch.inference_mode(False), torch.enable_grad():
            return self._fit(X, y, sample_weight)

    def _fit(self, X, y, sample_weight):
        X, y = self._checked(X, y)
        weight = self._weight(sample_weight, X)
        target, n_outputs = self._encoded(y, weight)
        X, target = self._tensor(X), torch.from_numpy(target)
        weight = torch.from_numpy(weight / weight.sum())
        self.mean_, self.scale_ = self._statistics(X, weight)
        net = self._trained(self._standard(X), target, weight, n_outputs)
        if not all(torch.isfinite(p).all() for p in net.parameters()):
            who = type(self).__name__
            raise ValueError(f"{who}: training diverged. Scale X and y.")
        self.n_iter_ = self.max_epochs
        self.net_ = net
        return self

    def _checked(self, X, y):
        return validate_data(
            self,
            X,
            y,
            dtype=np.float64,
            y_numeric=self._y_is_numeric,
            ensure_min_samples=2,
        )

    def _weight(self, sample_weight, X):
        return _check_sample_weight(
            sample_weight,
            X,
            dtype=np.float64,
            ensure_non_negative=True,
            allow_all_zero_weights=False,
        )

    def _tensor(self, X):
        return torch.from_numpy(np.ascontiguousarray(X).copy())

    def _statistics(self, X, weight):
        mean = (weight[:, None] * X).sum(dim=0)
        variance = (weight[:, None] * (X - mean) ** 2).sum(dim=0)
        scale = variance.sqrt()
        if not (torch.isfinite(mean).all() and torch.isfinite(scale).all()):
            raise ValueError(f"{type(self).__name__}: X is too large. Scale it.")
        noise = 1e-12 * mean.abs()
        return mean, torch.where(scale > noise, scale, torch.ones_like(scale))

    def _standard(self, X):
        return (X - self.mean_) / self.scale_

    def _generator(self):
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        return torch.Generator().manual_seed(int(seed))

    def _trained(self, X, target, weight, n_outputs):
        generator = self._generator()
        net = torch.nn.Sequential(
            _linear(X.shape[1], self.hidden, generator),
            torch.nn.ReLU(),
            _linear(self.hidden, n_outputs, generator),
        )
        optimizer = torch.optim.Adam(net.parameters(), lr=self.lr)
        for _ in range(self.max_epochs):
            optimizer.zero_grad()
            (weight * self._loss(net(X), target)).sum().backward()
            optimizer.step()
        return net.requires_grad_(False)

    # --- Predicting

    def _output(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        with torch.inference_mode():
            output = self.net_(self._standard(self._tensor(X))).numpy()
        if not np.isfinite(output).all():
            raise ValueError(f"{type(self).__name__}: X is too large. Scale it.")
        return output


class NetworkClassifier(ClassifierMixin, Network):
    """Cross-entropy on labels of any kind."""

    _y_is_numeric = False

    def _encoded(self, y, weight):
        check_classification_targets(y)
        self.classes_, index = np.unique(y, return_inverse=True)
        present = np.unique(index[weight > 0])
        if len(present) < 2:
            raise ValueError(
                f"{type(self).__name__}: y must have two classes, got one class with a "
                "positive weight."
            )
        return index.astype(np.int64), len(self.classes_)

    def _loss(self, output, target):
        return torch.nn.functional.cross_entropy(output, target, reduction="none")

    def decision_function(self, X):
        output = self._output(X)
        return output[:, 1] - output[:, 0] if output.shape[1] == 2 else output

    def predict_log_proba(self, X):
        return torch.from_numpy(self._output(X)).log_softmax(dim=1).numpy()

    def predict_proba(self, X):
        return torch.from_numpy(self._output(X)).softmax(dim=1).numpy()

    def predict(self, X):
        best = self._output(X).argmax(axis=1)
        return self.classes_[best]


class NetworkRegressor(RegressorMixin, Network):
    """Squared error of a standardised target."""

    _y_is_numeric = True

    def _encoded(self, y, weight):
        y = y.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            self.y_mean_ = float(np.average(y, weights=weight))
            variance = np.average((y - self.y_mean_) ** 2, weights=weight)
        self.y_scale_ = math.sqrt(variance) if np.isfinite(variance) else math.inf
        if not math.isfinite(self.y_mean_ + self.y_scale_):
            raise ValueError(f"{type(self).__name__}: y is too large. Scale it.")
        divisor = self.y_scale_ if self.y_scale_ > 0 else 1.0
        return ((y - self.y_mean_) / divisor)[:, np.newaxis], 1

    def _loss(self, output, target):
        return ((output - target) ** 2).mean(dim=1)

    def predict(self, X):
        return self._output(X)[:, 0] * self.y_scale_ + self.y_mean_


def _linear(n_in, n_out, generator):
    layer = torch.nn.utils.skip_init(torch.nn.Linear, n_in, n_out, dtype=torch.float64)
    bound = 1 / math.sqrt(max(n_in, 1))
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer
