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
from sklearn.base import clone
from sklearn.linear_model import Ridge
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, EarlyStopping
from skorch.dataset import Dataset, ValidSplit
from skorch.helper import predefined_split
from torch import nn
from training.classroom import (
    Linear,
    blobs,
    cross_entropy,
    curriculum,
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


@pytest.mark.parametrize(
    "criterion", [nn.NLLLoss, nn.NLLLoss()], ids=["class", "object"]
)
def test_a_skorch_classifier_with_a_softmax_inside_learns_the_same(criterion):
    """Softmax, then the logarithm, is the log-softmax of the one without."""
    start = nn.Linear(3, 3)
    with_softmax = classifier(
        nn.Sequential(copy.deepcopy(start), nn.Softmax(dim=1)), criterion
    )
    without = classifier(start)
    for net in (with_softmax, without):
        for name in ("module__in_features", "module__out_features"):
            delattr(net, name)

    students = [trained(net, X, Y) for net in (with_softmax, without)]

    outputs = [student.outputs(X).log_softmax(1) for student in students]
    torch.testing.assert_close(*outputs, rtol=1e-3, atol=1e-4)


def test_a_skorch_net_keeps_its_optimizer_callbacks_and_split():
    class Mine(Callback):
        def on_epoch_end(self, net, dataset_valid=None, **_):
            self.n_valid_ = len(dataset_valid)

    net = classifier(
        optimizer=torch.optim.Adam,
        optimizer__weight_decay=0.1,
        callbacks=[Mine()],
        train_split=ValidSplit(5, stratified=True),
    )

    student = trained(net, X, Y)

    mine = next(c for _, c in student.net.callbacks_ if isinstance(c, Mine))
    assert type(student.net.optimizer_) is torch.optim.Adam
    assert student.net.optimizer_.param_groups[0]["weight_decay"] == 0.1
    assert mine.n_valid_ in (8, 9)
    assert {"valid_loss", "valid_label", "label"} <= set(student.history()[0])


def test_a_skorch_net_is_not_changed():
    net = classifier()
    before = net.get_params(deep=False)

    trained(net, X, Y)

    assert not net.initialized_
    assert net.get_params(deep=False) == before


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
        student.net.criterion_.handout[:] = [rows.signals]
        student.net.criterion_.eval()
        kept = student.net.criterion_(
            student.net.module_(rows.source[:]), rows.signals.target
        )
    assert losses.index(min(losses)) == len(losses) - 5
    assert kept.item() == pytest.approx(min(losses), rel=1e-5)


@pytest.mark.parametrize(("n", "n_held_out"), [(1, 1), (2, 2)])
def test_early_stopping_needs_rows_to_train_on(n, n_held_out):
    net = StudentNet(hidden=(2,), early_stopping=True, validation_fraction=0.9)
    sentence = (
        f"Test: early_stopping holds out {n_held_out} of {n} rows and leaves none to "
        "train on. Pass more rows, or early_stopping=False."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        trained(net, X[:n], Y[:n])


def test_skorchs_own_early_stopping_is_no_interrupt():
    stop = EarlyStopping("train_loss", patience=2, threshold=10.0, sink=lambda _: None)

    student = trained(StudentNet(hidden=(3,), max_epochs=20, callbacks=[stop]), X, Y)

    assert len(student.history()) == 3


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


def test_a_skorch_nets_interrupt_in_the_first_epoch_is_an_interrupt():
    net = classifier(Interrupting, module__after=0)
    for name in ("module__in_features", "module__out_features"):
        delattr(net, name)
    net.set_params(module__n_features=3, module__n_outputs=3)

    with pytest.raises(KeyboardInterrupt):
        trained(net, X, Y)


WARM = StudentNet(hidden=(4,), max_epochs=3, batch_size=8, lr_schedule="constant")


def test_a_warm_start_goes_on_and_leaves_the_first_student_alone():
    first = trained(WARM, X, Y)
    before = weights(first)

    second = trained(WARM, X, Y, previous=first)

    assert [record["epoch"] for record in second.history()] == [1, 2, 3, 4, 5, 6]
    assert second.history()[:3] == first.history()
    assert second.history()[3]["train_loss"] < second.history()[2]["train_loss"]
    assert torch.equal(weights(first), before)
    assert len(first.history()) == 3


def test_a_warm_start_begins_with_the_weights_there_are():
    first = trained(StudentNet(Linear, max_epochs=3, lr=0.1), X, Y)
    still = StudentNet(Linear, max_epochs=1, lr=1e-30)

    second = trained(still, X, Y, previous=first)

    assert torch.equal(weights(second), weights(first))


def test_a_warm_start_on_other_rows_begins_with_what_the_student_says():
    """Columns are standardised as they were: the weights know no others."""
    first = trained(StudentNet(hidden=(4,), max_epochs=30), X, Y)
    still = StudentNet(hidden=(4,), max_epochs=1, lr=1e-30)

    second = trained(still, 3 * X[:20] + 10, Y[:20], previous=first)

    torch.testing.assert_close(second.outputs(X), first.outputs(X))


def test_a_warm_start_has_the_settings_of_now():
    """Weight decay of 1 at a rate of 1 leaves nothing of the weights there were."""
    options = {
        "module": Linear,
        "optimizer": torch.optim.SGD,
        "lr_schedule": "constant",
    }
    first = trained(StudentNet(max_epochs=3, lr=0.1, **options), X, Y)
    decayed = StudentNet(max_epochs=1, lr=1.0, optimizer__weight_decay=1.0, **options)

    second = trained(decayed, X, Y, previous=first)

    (group,) = second.net.optimizer_.param_groups
    assert (group["lr"], group["weight_decay"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    "change",
    [{"optimizer": torch.optim.SGD}, {"hidden": (5,)}, {"hidden": (4, 4)}],
    ids=["optimizer", "wider", "deeper"],
)
def test_a_warm_start_of_another_kind_is_refused_in_a_sentence(change):
    first = trained(WARM, X, Y)

    with pytest.raises(
        ValueError,
        match=r"^Test: warm_start cannot go on with another network or optimizer \("
        r"(.|\n)*\)\. Pass warm_start=False\.$",
    ):
        trained(clone(WARM).set_params(**change), X, Y, previous=first)


def test_a_warm_start_with_dropout_and_early_stopping_goes_on():
    net = StudentNet(
        hidden=(4,), max_epochs=3, dropout=0.3, early_stopping=True, batch_size=8
    )
    first = trained(net, X, Y)

    second = trained(net, X, Y, previous=first)

    assert len(second.history()) == 6


def test_a_warm_start_after_an_interrupt_runs_to_its_end():
    """What was interrupted lies in the record, half an epoch; it counts for none."""
    with pytest.raises(TrainingInterrupted) as caught:
        trained(interrupting(12), X, Y)

    try:
        second = trained(interrupting(1000), X, Y, previous=caught.value.student)
    except KeyboardInterrupt:
        pytest.fail("nobody interrupts the warm start")

    assert len(second.history()) == 2 + 6


def test_an_interrupt_of_a_warm_start_after_an_early_stop_is_an_interrupt():
    stop = EarlyStopping("train_loss", patience=1, threshold=10.0, sink=lambda _: None)
    first = trained(interrupting(1000, callbacks=[stop]), X, Y)
    assert first.net.stopped_early_

    with pytest.raises(TrainingInterrupted):
        trained(interrupting(7), X, Y, previous=first)


def test_a_trimmed_student_is_started_anew_or_refused_in_a_sentence():
    """Who sets warm_start after a first fit has a student without an optimiser."""
    first = trained(WARM, X, Y)
    first.trim()

    try:
        second = trained(WARM, X, Y, previous=first)
    except ValueError as error:
        assert "warm_start" in str(error)  # noqa: PT017 - either is right
    else:
        assert second.outputs(X).isfinite().all()


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

    assert student.net.criterion_.handout == []
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
