"""Small rows, teachers and students that the tests of this folder share.

A module of its own, importable by name, so that other processes can unpickle them.
"""

from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.datasets import make_blobs, make_regression
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from torch import nn

from sklkd import DistilledClassifier, DistilledRegressor, StudentNet


def blobs(n_rows=60, n_classes=3, seed=0):
    """Overlapping classes on four columns: (n, 4), (n,)."""
    return make_blobs(
        n_rows, n_features=4, centers=n_classes, cluster_std=3.0, random_state=seed
    )


def slopes(n_rows=60, n_targets=1, seed=0):
    """A noisy linear function of four columns: (n, 4), (n,) or (n, n_targets)."""
    return make_regression(
        n_rows, n_features=4, n_targets=n_targets, noise=5.0, random_state=seed
    )


def quick(**params):
    """A student that trains in milliseconds, and minimises its loss alone."""
    return StudentNet(**{"hidden": (4,), "max_epochs": 5, "weight_decay": 0.0} | params)


# Nothing is chosen by trials, which would take their time.
FIXED = {"soft_weight": 0.5, "transfer_set": None, "random_state": 0}


def classifier(teacher=None, student=None, **params):
    """A quick distilled classifier with a seed."""
    return DistilledClassifier(
        GaussianNB() if teacher is None else teacher,
        quick() if student is None else student,
        **{**FIXED, "calibration": None, "cv": 2} | params,
    )


def regressor(teacher=None, student=None, **params):
    """A quick distilled regressor with a seed."""
    return DistilledRegressor(
        Ridge() if teacher is None else teacher,
        quick() if student is None else student,
        **{**FIXED, "cv": 2} | params,
    )


def outputs(estimator, X):
    """What the student puts out, in full precision."""
    ask = getattr(estimator, "decision_function", estimator.predict)
    return ask(X)


def agreement(left, right):
    """Share of equal entries."""
    return np.mean(np.asarray(left) == np.asarray(right))


class Centroids(ClassifierMixin, BaseEstimator):
    """A teacher that writes a line into a file whenever it is fitted."""

    def __init__(self, log, scale=1.0):
        self.log = log
        self.scale = scale

    def fit(self, X, y):
        with Path(self.log).open("a") as log:
            log.write("fitted\n")
        self.classes_ = np.unique(y)
        self.centers_ = np.stack([X[y == label].mean(0) for label in self.classes_])
        return self

    def predict_proba(self, X):
        distance = np.linalg.norm(X[:, None] - self.centers_, axis=2)
        weight = np.exp(-distance / self.scale)
        return weight / weight.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def n_fits(log):
    """How often a `Centroids` with this log was fitted."""
    return len(Path(log).read_text().splitlines()) if Path(log).exists() else 0


class Unasked(ClassifierMixin, BaseEstimator):
    """A teacher that nobody may fit or ask."""

    def fit(self, X, y):
        raise AssertionError

    def predict(self, X):
        raise AssertionError


class Weighted(ClassifierMixin, BaseEstimator):
    """A teacher that says how much of the weight of its rows each class has."""

    def fit(self, X, y, sample_weight=None):
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        self.classes_ = np.unique(y)
        share = np.array([weight[y == label].sum() for label in self.classes_])
        self.share_ = share / share.sum()
        self.sample_weight_ = sample_weight
        return self

    def predict_proba(self, X):
        return np.tile(self.share_, (len(X), 1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Unweighted(RegressorMixin, BaseEstimator):
    """A teacher that takes no sample weights."""

    def fit(self, X, y):
        self.mean_ = np.mean(y, axis=0)
        return self

    def predict(self, X):
        return np.broadcast_to(self.mean_, (len(X), *np.shape(self.mean_)))


class Small(nn.Module):
    """A hidden layer of three, sized from the data."""

    def __init__(self, n_features, n_outputs, width=3):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, width), nn.Tanh(), nn.Linear(width, n_outputs)
        )

    def forward(self, X):
        return self.layers(X)


class Softmaxed(Small):
    """The same, as skorch's classifier wants it: probabilities come out."""

    def forward(self, X):
        return self.layers(X).softmax(dim=1)


class Pictures(nn.Module):
    """A small convolution over images of one channel."""

    def __init__(self, n_outputs):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 2, 3),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(2, n_outputs),
        )

    def forward(self, X):
        return self.layers(X)
