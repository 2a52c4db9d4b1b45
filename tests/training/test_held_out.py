"""Held-out rows: stratified, apart from those trained on, never from elsewhere."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skorch.callbacks import Callback
from skorch.dataset import Dataset, ValidSplit
from skorch.helper import predefined_split
from training.classroom import (
    blobs,
    classifier,
    curriculum,
    trained,
)

from sklkd import StudentNet
from sklkd.training import as_student, train
from sklkd.training._held_out import held_out

X, Y = blobs(41)
Y60 = np.arange(60) % 3


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


STOPPING = StudentNet(early_stopping=True, validation_fraction=0.25)


def chosen(net=STOPPING, *, real=None, y=Y, stratify=Y, seed=0):
    return held_out("Test", net, y, stratify, seed, real=real)


@given(st.integers(0, 99), st.integers(10, 41))
def test_rows_that_were_made_up_are_never_held_out(seed, n_real):
    real = np.zeros(41, bool)
    real[np.random.default_rng(seed).permutation(41)[:n_real]] = True

    train, valid = chosen(real=real, seed=seed)

    assert real[valid].all()
    assert len(valid) == round(n_real / 4)
    assert np.sort(np.concatenate([train, valid])).tolist() == list(range(41))


@pytest.mark.parametrize("real", [None, np.ones(41, bool)], ids=["none", "all"])
def test_where_no_row_was_made_up_any_may_be_held_out(real):
    plain = held_out("Test", STOPPING, Y, Y, 0)

    for rows, expected in zip(chosen(real=real), plain, strict=True):
        np.testing.assert_array_equal(rows, expected)


def test_rows_that_were_made_up_change_nothing_of_the_choice_among_the_others():
    alone = held_out("Test", STOPPING, Y[:30], Y[:30], 0)

    train, valid = chosen(real=np.arange(41) < 30)

    np.testing.assert_array_equal(valid, alone[1])
    np.testing.assert_array_equal(np.sort(train[train < 30]), np.sort(alone[0]))


def test_classes_are_those_of_the_rows_that_were_not_made_up():
    """A class of made-up rows alone cannot be represented."""
    y = np.repeat([0, 1, 2], [16, 16, 9])

    _, valid = chosen(real=y < 2, y=y, stratify=y)

    assert np.bincount(y[valid], minlength=3).tolist() == [4, 4, 0]


def test_values_have_no_classes_to_be_represented():
    real = np.arange(41) % 2 == 0

    _, valid = chosen(real=real, y=X, stratify=None)

    assert real[valid].all()
    assert len(valid) == round(21 / 4)


@pytest.mark.parametrize("n_real", [0, 1])
def test_made_up_rows_alone_are_not_enough(n_real):
    sentence = (
        f"Test: early_stopping holds out 1 of {n_real} rows and leaves none to train "
        "on. Pass more rows, or early_stopping=False."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        chosen(real=np.arange(41) < n_real)


def test_without_early_stopping_all_rows_are_trained_on():
    train, valid = chosen(StudentNet(), real=np.arange(41) < 5)

    assert train.tolist() == list(range(41))
    assert len(valid) == 0


def test_a_skorch_nets_own_split_chooses_among_all_rows():
    train, valid = chosen(classifier(train_split=ValidSplit(4)), real=Y < 0)

    assert np.sort(np.concatenate([train, valid])).tolist() == list(range(41))
    assert len(valid) == 11


def test_made_up_rows_are_trained_on_and_not_validated_on():
    index = np.arange(60.0)[:, None]
    net = StudentNet(
        hidden=(2,),
        max_epochs=1,
        standardize=False,
        early_stopping=True,
        callbacks=[Datasets()],
    )
    lesson = replace(curriculum(index, Y60), real=np.arange(60) < 20)

    student = train("Test", as_student("Test", net), lesson, seed=0, verbose=0)

    seen = next(c for _, c in student.net.callbacks_ if isinstance(c, Datasets))
    assert len(seen.valid_rows_) == 2
    assert max(seen.valid_rows_) < 20
    assert seen.train_ | seen.valid_rows_ == set(range(60))
    assert not seen.train_ & seen.valid_rows_
