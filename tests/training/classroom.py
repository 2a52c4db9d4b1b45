"""Small data, curricula and networks that the tests of this folder train on."""

import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.base import BaseEstimator, ClassifierMixin
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback
from torch import nn

from sklkd import StudentNet
from sklkd.objectives import SoftTargets, SquaredError
from sklkd.training import Curriculum, Lessons, Question, Signals, as_student, train

CLASSES = np.array(["ash", "birch", "cedar"])
TINY = {"hidden": (4,), "max_epochs": 3}


def blobs(n_rows=60, *, n_features=3, n_classes=3, seed=0, gap=2.0):
    """Rows (n, p) around one centre a class, and class indices (n,) in any order."""
    rng = np.random.default_rng([seed, n_rows, n_features, n_classes])
    y = rng.permutation(np.arange(n_rows) % n_classes)
    centres = gap * rng.normal(size=(n_classes, n_features))
    return centres[y] + rng.normal(size=(n_rows, n_features)), y


def cross_entropy(output, target):
    return F.cross_entropy(output, target, reduction="none")


def squared(output, target):
    return (output - target).square().mean(dim=1)


def signals(y, *, n_outputs=3, soft=0.5, weight=None, seed=0):
    """Signals of class indices: a teacher of random logits has the share `soft`."""
    weight = torch.ones(len(y)) if weight is None else torch.as_tensor(weight)
    weight = weight.to(torch.float64)
    teacher = np.random.default_rng(seed).normal(size=(len(y), n_outputs))
    return Signals(
        torch.from_numpy(y),
        torch.from_numpy(teacher),
        weight * (1 - soft),
        weight * soft,
    )


def curriculum(
    X, y, *, rows=None, n_outputs=3, soft=0.5, label_loss=cross_entropy, weight=None
):
    """What a classifier's student learns from: inputs and class indices of `rows`."""
    row_weight = np.ones(len(y)) if weight is None else np.asarray(weight, float)
    return Curriculum(
        X,
        rows,
        signals(y, n_outputs=n_outputs, soft=soft, weight=row_weight),
        n_outputs,
        label_loss,
        SoftTargets(2.0).terms() if soft else {},
        y,
    )


def values_curriculum(X, values, teacher):
    """What a regressor's student learns from: (n, k) values and a teacher's."""
    half = torch.full((len(values),), 0.5, dtype=torch.float64)
    values, teacher = torch.from_numpy(values), torch.from_numpy(teacher)
    return Curriculum(
        X,
        None,
        Signals(values, teacher, half, half),
        values.shape[1],
        squared,
        SquaredError().terms(),
    )


def trained(net, X, y, *, seed=0, verbose=0, previous=None, **options):
    """A student that has been trained on class indices."""
    return train(
        "Test",
        as_student("Test", net),
        curriculum(X, y, **options),
        seed=seed,
        verbose=verbose,
        previous=previous,
    )


def weights(student):
    """All parameters and buffers, one after the other: (n_numbers,)."""
    state = student.net.module_.state_dict().values()
    return torch.cat([value.flatten().to(torch.float64) for value in state])


def lessons(X, y, *, weight=None, labels=CLASSES):
    """Rows with labels in words, of class indices; weight 0 is no label."""
    weight = np.ones(len(y)) if weight is None else np.asarray(weight, float)
    return Lessons(X, labels[y], y, weight)


def question(classes=CLASSES, **options):
    """What a classifier asks its teacher."""
    return Question("Test", "classification", len(classes), classes, **options)


class Linear(nn.Module):
    """A linear model, sized from the data."""

    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.layer = nn.Linear(n_features, n_outputs)

    def forward(self, X):
        return self.layer(X)


class KillSwitch(Callback):
    """Ends a training at the end of an epoch, before that epoch is saved.

    Whether it does is no parameter, so that the same net can be trained without.
    """

    epoch = None
    kill = None

    def on_epoch_end(self, net, **_):
        if len(net.history) == KillSwitch.epoch:
            KillSwitch.kill()


@contextmanager
def crash_at(epoch):
    """Trainings with a `KillSwitch` raise a RuntimeError in this epoch."""

    def crash():
        raise RuntimeError("crash")

    KillSwitch.epoch, KillSwitch.kill = epoch, crash
    try:
        yield
    finally:
        KillSwitch.epoch = KillSwitch.kill = None


def counted(content, value, *, log, seconds=0.0, n_jobs=None):
    """Write a line to a file, take a while, and return `value`; in any process."""
    del content, n_jobs
    with Path(log).open("a") as file:
        file.write("called\n")
    time.sleep(seconds)
    return value


def together(folder, number, n_all, function, *args, **kwargs):
    """Call a function in the moment in which all `n_all` processes are about to."""
    (folder / str(number)).touch()
    latest = time.monotonic() + 60
    while len(list(folder.iterdir())) < n_all and time.monotonic() < latest:
        time.sleep(0.005)
    return function(*args, **kwargs)


class Centroids(ClassifierMixin, BaseEstimator):
    """A teacher that writes a line into a file whenever it is fitted."""

    def __init__(self, log, scale=1.0):
        self.log = log
        self.scale = scale

    def fit(self, X, y, note=None):
        with Path(self.log).open("a") as file:
            file.write("fitted\n")
        self.classes_ = np.unique(y)
        self.centres_ = np.stack([X[y == label].mean(0) for label in self.classes_])
        return self

    def predict_proba(self, X):
        distance = np.linalg.norm(X[:, None] - self.centres_, axis=2)
        weight = np.exp(-distance / self.scale)
        return weight / weight.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def n_fits(log):
    """How often a `Centroids` with this log was fitted."""
    return len(Path(log).read_text().splitlines()) if Path(log).exists() else 0


def failing(content, *, log):
    """Write a line, and fail."""
    counted(content, None, log=log)
    raise RuntimeError("no luck")


def classifier(module=nn.Linear, criterion=nn.CrossEntropyLoss, **options):
    """A skorch classifier of the user's own."""
    options = {
        "module__in_features": 3,
        "module__out_features": 3,
        "max_epochs": 4,
        "lr": 0.1,
        "train_split": None,
        "verbose": 0,
    } | options
    return NeuralNetClassifier(module, criterion=criterion, **options)


class Interrupting(nn.Module):
    """Ctrl-C comes in a forward pass of training, after so many of them."""

    def __init__(self, n_features, n_outputs, after=0):
        super().__init__()
        self.layer = nn.Linear(n_features, n_outputs)
        self.left = after

    def forward(self, X):
        if self.training:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
        return self.layer(X)


def interrupting(after, **options):
    options = {"batch_size": 8, "max_epochs": 6} | options
    return StudentNet(Interrupting, module__after=after, **options)
