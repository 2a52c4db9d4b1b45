"""Training: the same bits for a seed, interruptible, and fair to held-out rows."""

import copy
import dataclasses
import random
import re
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import Ridge
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback
from skorch.dataset import ValidSplit
from torch import nn
from training.classroom import (
    Linear,
    blobs,
    classifier,
    cross_entropy,
    curriculum,
    interrupting,
    trained,
    values_curriculum,
    weights,
)

from sklkd import StudentNet
from sklkd.exceptions import DivergedError
from sklkd.training import TrainingInterrupted, as_student, train
from sklkd.training import _rows as rows_floor

X, Y = blobs(41)


class Conv(nn.Module):
    """Convolution, embedding-free: what images take."""

    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(n_features, 2, 3), nn.Flatten(), nn.LazyLinear(n_outputs)
        )

    def forward(self, X):
        return self.layers(X)


class Recurrent(nn.Module):
    """Reads a row as a sequence of numbers."""

    def __init__(self, n_outputs):
        super().__init__()
        self.gru = nn.GRU(1, 4, batch_first=True)
        self.out = nn.Linear(4, n_outputs)

    def forward(self, X):
        return self.out(self.gru(X.unsqueeze(2))[0][:, -1])


class Dropping(nn.Sequential):
    """A linear model of half of the numbers."""

    def __init__(self):
        super().__init__(nn.Dropout(0.5), nn.Linear(3, 3))


NETS = {
    "default": StudentNet(hidden=(5,), max_epochs=3),
    "batches": StudentNet(hidden=(5,), max_epochs=3, batch_size=8),
    "dropout": StudentNet(hidden=(5,), max_epochs=3, batch_size=8, dropout=0.3),
    "early stopping": StudentNet(hidden=(5,), max_epochs=3, early_stopping=True),
    "recurrent": StudentNet(Recurrent, max_epochs=2, batch_size=16),
    "skorch": classifier(batch_size=8, train_split=ValidSplit(4)),
    "skorch dropout": NeuralNetClassifier(
        Dropping, criterion=nn.CrossEntropyLoss, max_epochs=3, batch_size=8, verbose=0
    ),
}
every_net = pytest.mark.parametrize("name", NETS)


def disturb(seed):
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the global generator is what is disturbed
    random.seed(seed)


@every_net
def test_one_seed_makes_the_same_bits_whatever_the_global_generators(name):
    state = torch.get_rng_state()
    disturb(1)
    first = weights(trained(NETS[name], X, Y, seed=4))
    disturb(2)

    again = weights(trained(NETS[name], X, Y, seed=4))

    torch.set_rng_state(state)
    assert torch.equal(first, again)


@every_net
def test_another_seed_makes_another_student(name):
    assert not torch.equal(
        weights(trained(NETS[name], X, Y, seed=4)),
        weights(trained(NETS[name], X, Y, seed=5)),
    )


@every_net
def test_the_global_generators_stay_where_they_are(name):
    before = torch.get_rng_state(), random.getstate()
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002

    trained(NETS[name], X, Y)

    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002


@every_net
def test_the_ambient_type_does_not_matter(name):
    expected = trained(NETS[name], X, Y)
    torch.set_default_dtype(torch.float64)
    try:
        student = trained(NETS[name], X, Y)
    finally:
        torch.set_default_dtype(torch.float32)

    assert {p.dtype for p in student.net.module_.parameters()} == {expected.dtype}
    assert torch.equal(weights(student), weights(expected))


def test_fits_in_two_threads_equal_fits_one_after_the_other():
    net = StudentNet(hidden=(5,), max_epochs=30, batch_size=8, dropout=0.3)
    expected = [weights(trained(net, X, Y, seed=seed)) for seed in range(4)]
    found = {}

    def fit(seeds):
        for seed in seeds:
            found[seed] = weights(trained(net, X, Y, seed=seed))

    threads = [threading.Thread(target=fit, args=(s,)) for s in ([0, 1], [2, 3])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(torch.equal(found[seed], expected[seed]) for seed in range(4))


@every_net
def test_inputs_and_signals_are_not_changed(name):
    lesson = curriculum(X.copy(), Y.copy())
    before = copy.deepcopy(lesson)

    train("Test", as_student("Test", NETS[name]), lesson, seed=0, verbose=0)

    np.testing.assert_array_equal(lesson.X, before.X)
    for part in ("target", "teacher", "label_share", "teacher_share"):
        assert torch.equal(getattr(lesson.signals, part), getattr(before.signals, part))


def test_training_goes_on_until_the_loss_is_least():
    """Ridge regression by hand: the labels alone, squared, with weight decay."""
    values = X @ np.array([[1.0], [-2.0], [0.5]]) + 3
    lesson = values_curriculum(X, values, values)
    net = StudentNet(Linear, max_epochs=400, lr=0.5, dtype="float64", standardize=True)

    student = train("Test", as_student("Test", net), lesson, seed=0, verbose=0)

    expected = Ridge(alpha=1e-9).fit(X, values).predict(X)
    np.testing.assert_allclose(
        student.outputs(X).numpy(), expected.reshape(-1, 1), atol=1e-3
    )


@settings(max_examples=10)
@given(seed=st.integers(0, 99))
def test_a_weight_of_two_is_a_repeated_row(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 3, size=len(Y))
    net = StudentNet(hidden=(4,), max_epochs=5)
    repeated = np.repeat(np.arange(len(Y)), counts)
    lesson = curriculum(X, Y, weight=counts / counts.mean())
    half = torch.full((len(repeated),), 0.5, dtype=torch.float64)
    cut = lesson.signals[torch.from_numpy(repeated)]
    twice = dataclasses.replace(
        curriculum(X[repeated], Y[repeated]),
        signals=dataclasses.replace(cut, label_share=half, teacher_share=half),
    )

    students = [
        train("Test", as_student("Test", net), each, seed=0, verbose=0)
        for each in (lesson, twice)
    ]

    torch.testing.assert_close(
        students[0].outputs(X), students[1].outputs(X), rtol=1e-7, atol=1e-8
    )


@pytest.mark.parametrize("batch_size", [None, 8])
@pytest.mark.parametrize("kind", ["memmap", "csr"])
@pytest.mark.parametrize("rows", [None, np.arange(0, 41, 2)], ids=["all", "some"])
def test_streamed_rows_train_the_same_student(
    tmp_path, monkeypatch, batch_size, kind, rows
):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    streamed = mapped if kind == "memmap" else sparse.csr_array(X)
    y = Y if rows is None else Y[rows]
    net = StudentNet(
        hidden=(4,), max_epochs=3, batch_size=batch_size, early_stopping=True
    )
    expected = trained(net, X, y, rows=rows)
    monkeypatch.setattr(rows_floor, "STREAM_ABOVE", 0)
    monkeypatch.setattr(rows_floor, "BLOCK", 30)

    student = trained(net, streamed, y, rows=rows)

    torch.testing.assert_close(
        weights(student), weights(expected), rtol=1e-5, atol=1e-6
    )
    assert len(student.history()) == len(expected.history())


def test_only_the_rows_that_are_named_are_learnt_from():
    rows = np.random.default_rng(0).permutation(41)[:25]
    poisoned = X.copy()
    poisoned[np.setdiff1d(np.arange(41), rows)] = 1e30
    net = StudentNet(hidden=(4,), max_epochs=3, batch_size=8, early_stopping=True)

    student = trained(net, poisoned, Y[rows], rows=rows)

    assert torch.equal(weights(student), weights(trained(net, X[rows], Y[rows])))


def test_images_are_rows_of_another_shape():
    images = np.random.default_rng(0).normal(size=(41, 1, 5, 5))

    student = trained(StudentNet(Conv, max_epochs=2), images, Y)

    assert student.outputs(images).shape == (41, 3)


@pytest.mark.parametrize("module", [None, Linear])
def test_early_stopping_keeps_the_weights_of_the_best_epoch(module):
    """On the rows held out, the net that is kept has the least loss there was."""

    class Keep(Callback):
        def on_epoch_end(self, net, dataset_valid=None, **_):
            self.rows_ = dataset_valid

    net = StudentNet(
        module,
        hidden=(32,),
        max_epochs=60,
        lr=0.3,
        lr_schedule="constant",
        early_stopping=True,
        n_iter_no_change=4,
        tol=0.0,
        validation_fraction=0.3,
        callbacks=[Keep()],
    )

    student = trained(net, X, Y)

    losses = [record["valid_loss"] for record in student.history()]
    rows = next(c for _, c in student.net.callbacks_ if isinstance(c, Keep)).rows_
    with torch.no_grad():
        student.net.criterion_.handout.signals = rows.signals
        student.net.criterion_.eval()
        kept = student.net.criterion_(
            student.net.module_(rows.source[:]), rows.signals.target
        )
    assert losses.index(min(losses)) == len(losses) - 5
    assert kept.item() == pytest.approx(min(losses), rel=1e-5)


def test_an_interrupt_in_the_third_epoch_brings_the_student_so_far():
    """41 rows are 5 batches an epoch: the 12th is in the third."""
    with pytest.raises(TrainingInterrupted) as caught:
        trained(interrupting(12), X, Y)

    student = caught.value.student
    assert student.outputs(X).shape == (41, 3)
    assert [record["epoch"] for record in student.history()] == [1, 2]


@pytest.mark.parametrize("after", [0, 3])
def test_an_interrupt_in_the_first_epoch_brings_nothing(after):
    with pytest.raises(KeyboardInterrupt) as caught:
        trained(interrupting(after), X, Y)

    assert type(caught.value) is KeyboardInterrupt


def test_an_interrupt_in_a_loss_is_an_interrupt():
    calls = []

    def loss(output, target):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return cross_entropy(output, target)

    with pytest.raises(TrainingInterrupted) as caught:
        trained(StudentNet(hidden=(3,), max_epochs=5), X, Y, label_loss=loss)

    assert len(caught.value.student.history()) == 2


def test_an_interrupt_between_epochs_is_an_interrupt():
    """It may come while we write the record, which never stops a training."""

    def schedule(done):
        if done >= 0.5:
            raise KeyboardInterrupt
        return 1.0

    with pytest.raises(TrainingInterrupted) as caught:
        trained(StudentNet(hidden=(3,), max_epochs=6, lr_schedule=schedule), X, Y)

    assert len(caught.value.student.history()) == 3


@pytest.mark.parametrize("after", [0, 12])
def test_an_interrupt_is_one_where_there_is_a_checkpoint_too(tmp_path, after):
    with pytest.raises(KeyboardInterrupt) as caught:
        trained(interrupting(after, checkpoint=tmp_path), X, Y)

    assert isinstance(caught.value, TrainingInterrupted) is (after > 0)


def test_an_interrupted_training_goes_on_from_its_checkpoint(tmp_path):
    with pytest.raises(TrainingInterrupted):
        trained(interrupting(12, checkpoint=tmp_path), X, Y)

    with pytest.raises(TrainingInterrupted) as caught:
        trained(interrupting(12, checkpoint=tmp_path), X, Y)

    assert len(caught.value.student.history()) == 4


def test_an_interrupt_with_early_stopping_keeps_the_best_epoch():
    net = interrupting(13, early_stopping=True, lr=1e-2)

    with pytest.raises(TrainingInterrupted) as caught:
        trained(net, X, Y)

    assert caught.value.student.outputs(X).isfinite().all()


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_module_of_another_width_is_refused(width):
    sentence = (
        "Test: the student's module Linear must put out 3 columns, one for each class "
        f"or target, got an output of shape (2, {width}) for 2 rows."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        trained(StudentNet(nn.Linear(3, width)), X, Y)


def test_a_module_of_another_number_of_rows_is_refused():
    class Sums(Linear):
        def forward(self, X):
            return super().forward(X).sum(dim=0, keepdim=True)

    sentence = (
        "Test: the student's module Sums must put out 3 columns, one for each class or "
        "target, got an output of shape (1, 3) for 2 rows."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        trained(StudentNet(Sums), X, Y)


def test_a_skorch_net_of_another_width_is_refused():
    sentence = (
        "Test: the student's module Linear must put out 3 columns, one for each class "
        "or target, got an output of shape (2, 4) for 2 rows."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        trained(classifier(module__out_features=4), X, Y)


def test_a_module_that_cannot_take_the_rows_is_refused():
    reason = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 7x3)"
    sentence = (
        f"Test: the student's module Linear cannot take X of shape (41, 3) ({reason})."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        trained(StudentNet(nn.Linear(7, 3)), X, Y)


def test_a_module_that_puts_out_no_tensor_is_refused():
    class Nothing(Linear):
        def forward(self, X):
            return None

    sentence = (
        "Test: the student's module Nothing cannot take X of shape (41, 3) "
        "(AttributeError: 'NoneType' object has no attribute 'ndim')."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        trained(StudentNet(Nothing), X, Y)


@pytest.mark.parametrize("module", [None, Linear])
def test_a_training_that_diverges_is_an_error(module):
    sentence = (
        "Test: training diverged, the student's weights are not finite. Lower lr, or "
        "scale X and y."
    )

    with pytest.raises(DivergedError, match=f"^{re.escape(sentence)}$"):
        trained(StudentNet(module, lr=1e300, max_epochs=5), X, Y)


def test_a_learning_rate_of_1e30_is_too_much():
    sentence = (
        "Test: training diverged, the student's weights are not finite. Lower lr, or "
        "scale X and y."
    )
    net = StudentNet(hidden=(4, 4, 4), lr=1e30, max_epochs=20, batch_size=8)

    with pytest.raises(DivergedError, match=f"^{re.escape(sentence)}$"):
        trained(net, X, Y)


def test_the_student_keeps_no_rows():
    student = trained(StudentNet(hidden=(4,), max_epochs=2, early_stopping=True), X, Y)

    assert student.net.criterion_.handout.signals is None
    assert student.net.train_split is None
    assert not student.net.module_.training


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_rows_are_enough(n):
    student = trained(StudentNet(hidden=(4,), max_epochs=2), X[:n], Y[:n])

    assert student.outputs(X).shape == (41, 3)


@pytest.mark.parametrize("n", [15, 16, 17, 33])
def test_batch_normalisation_never_sees_a_single_row(n):
    class Normed(nn.Module):
        def __init__(self, n_features, n_outputs):
            super().__init__()
            self.norm = nn.BatchNorm1d(n_features)
            self.out = nn.Linear(n_features, n_outputs)

        def forward(self, X):
            return self.out(self.norm(X))

    student = trained(StudentNet(Normed, max_epochs=2, batch_size=16), X[:n], Y[:n])

    assert len(student.history()) == 2


# --- Modules that look at rows before their training ----------------------------------


class Starting(Linear):
    """A linear network that notes what it was started from."""

    def start_from(self, inputs, target, weight, generator):
        self.seen = inputs.clone(), target.clone(), weight.clone()
        self.drawn = torch.rand(3, generator=generator)


def started(**options):
    net = StudentNet(Starting, max_epochs=1, standardize=True, **options)
    return trained(net, X, Y).net.module_


def test_a_module_may_look_at_the_rows_that_it_will_be_trained_on():
    inputs, target, weight = started().seen

    scaled = (X - X.mean(0)) / X.std(0)
    torch.testing.assert_close(inputs, torch.from_numpy(scaled).float())
    assert target.tolist() == Y.tolist()
    assert weight.shape == (len(Y),)


def test_what_a_module_draws_from_is_the_fits_own_generator():
    assert torch.equal(started().drawn, started().drawn)


def test_a_warm_start_does_not_start_anew():
    net = StudentNet(Starting, max_epochs=1)
    first = trained(net, X, Y)

    second = trained(net, X, Y, previous=first)

    assert not hasattr(second.net.module_, "seen")


def test_of_many_rows_some_are_looked_at(monkeypatch):
    monkeypatch.setattr("sklkd.training._train.STARTING", 7)

    inputs, target, _ = started().seen

    rows = torch.from_numpy((X - X.mean(0)) / X.std(0)).float()
    assert inputs.shape == (7, X.shape[1])
    for row, label in zip(inputs, target, strict=True):
        (number,) = (rows - row).abs().sum(1).lt(1e-5).nonzero().flatten()
        assert Y[number] == label
