"""Held-out rows: stratified, apart from those trained on, never from elsewhere."""

import re

import numpy as np
import pytest
from skorch.callbacks import Callback
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from training.classroom import (
    blobs,
    classifier,
    trained,
)

from sklkd import StudentNet

X, Y = blobs(41)


def test_a_split_of_rows_from_elsewhere_is_refused():
    elsewhere = Dataset(X[:5].astype("f4"), Y[:5])
    sentence = (
        "Test: train_split of the student must choose among the training rows, as "
        "skorch.dataset.ValidSplit does; rows from elsewhere have no teacher targets."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        trained(classifier(train_split=predefined_split(elsewhere)), X, Y)


class Datasets(Callback):
    """Note which rows are trained and validated on, by their first number."""

    def on_train_begin(self, net, X=None, **_):
        self.train_ = set(X.source[:][:, 0].tolist())

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **_):
        self.train_ = set(dataset_train.source[:][:, 0].tolist())
        self.valid_ = dataset_valid.signals.target.tolist()
        self.valid_rows_ = set(dataset_valid.source[:][:, 0].tolist())


@pytest.mark.parametrize("fraction", [0.1, 0.34])
def test_held_out_rows_are_stratified_and_apart_from_those_trained_on(fraction):
    index = np.arange(60.0)[:, None]
    y = np.repeat([0, 1, 2], [30, 20, 10])
    net = StudentNet(
        hidden=(2,),
        max_epochs=1,
        standardize=False,
        early_stopping=True,
        validation_fraction=fraction,
        callbacks=[Datasets()],
    )

    student = trained(net, index, y)

    seen = next(c for _, c in student.net.callbacks_ if isinstance(c, Datasets))
    expected = np.array([3, 2, 1]) if fraction == 0.1 else np.array([10, 7, 3])
    assert np.abs(np.bincount(seen.valid_) - expected).max() <= (fraction > 0.1)
    assert len(seen.valid_) == round(60 * fraction)
    assert seen.train_ | seen.valid_rows_ == set(range(60))
    assert not seen.train_ & seen.valid_rows_


def test_classes_with_a_single_row_are_held_out_as_they_come():
    y = np.zeros(20, int)
    y[0], y[1:10] = 2, 1

    student = trained(
        StudentNet(hidden=(2,), max_epochs=2, early_stopping=True), X[:20], y
    )

    assert len(student.history()) == 2


@pytest.mark.parametrize(("n", "n_held_out"), [(1, 1), (2, 2)])
def test_early_stopping_needs_rows_to_train_on(n, n_held_out):
    net = StudentNet(hidden=(2,), early_stopping=True, validation_fraction=0.9)
    sentence = (
        f"Test: early_stopping holds out {n_held_out} of {n} rows and leaves none to "
        "train on. Pass more rows, or early_stopping=False."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        trained(net, X[:n], Y[:n])
