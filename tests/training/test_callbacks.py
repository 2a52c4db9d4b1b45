"""Around epochs: schedules, means of terms, one bar, a file that is always whole."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, EpochScoring, LRScheduler
from training.classroom import (
    TINY,
    KillSwitch,
    Linear,
    blobs,
    crash_at,
    curriculum,
    trained,
    weights,
)

from sklkd import StudentNet
from sklkd.objectives import LogitMatching, SoftTargets
from sklkd.training import as_student, train
from sklkd.training._callbacks import SCHEDULES, Checkpoint, Schedule
from sklkd.training._seeds import Randomness

X, Y = blobs(40)


class Watcher(Callback):
    """Note each epoch's learning rate, and the module's outputs where it begins."""

    def __init__(self, rows=None):
        self.rows = rows

    def initialize(self):
        self.lr_, self.outputs_ = [], []
        return self

    def on_epoch_begin(self, net, **_):
        if self.rows is not None:
            with torch.no_grad():
                self.outputs_.append(net.module_.eval()(self.rows).double())

    def on_epoch_end(self, net, **_):
        self.lr_.append(net.optimizer_.param_groups[0]["lr"])


def watched(student, name="Watcher"):
    return dict(student.net.callbacks_)[name]


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("constant", [1.0, 1.0, 1.0, 1.0]),
        ("linear", [1.0, 0.75, 0.5, 0.25]),
        ("cosine", [1.0, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]),
    ],
)
def test_a_schedule_scales_the_learning_rate_of_each_epoch(name, factors):
    net = StudentNet(
        hidden=(3,), max_epochs=4, lr=0.01, lr_schedule=name, callbacks=[Watcher()]
    )

    lr = watched(trained(net, X, Y)).lr_

    np.testing.assert_allclose(lr, 0.01 * np.array(factors))


def test_a_schedule_of_the_users_own_gets_the_share_of_epochs_done():
    asked = []

    def half(done):
        asked.append(done)
        return 0.5

    net = StudentNet(
        hidden=(3,), max_epochs=5, lr=0.01, lr_schedule=half, callbacks=[Watcher()]
    )

    lr = watched(trained(net, X, Y)).lr_

    assert asked == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert lr == [0.005] * 5


def test_the_schedules_are_the_documented_ones():
    assert sorted(SCHEDULES) == ["constant", "cosine", "linear"]


def test_a_warm_start_begins_its_curve_anew():
    net = StudentNet(
        hidden=(3,), max_epochs=4, lr=1.0, lr_schedule="linear", callbacks=[Watcher()]
    )
    first = trained(net, X, Y)

    second = trained(net, X, Y, previous=first)

    assert watched(second).lr_[-4:] == [1.0, 0.75, 0.5, 0.25]


def test_a_warm_start_after_an_early_stop_begins_its_curve_anew():
    net = StudentNet(
        hidden=(3,),
        max_epochs=8,
        lr=0.1,
        lr_schedule="linear",
        early_stopping=True,
        n_iter_no_change=1,
        tol=0.9,
        callbacks=[Watcher()],
    )
    first = trained(net, X, Y)
    n_first = len(first.history())
    assert n_first < 8

    second = trained(net, X, Y, previous=first)

    assert watched(second).lr_[0] == pytest.approx(0.1)


def test_a_learning_rate_scheduler_of_skorch_has_its_way():
    """From the second epoch on it says 0: four epochs are then worth one."""
    drop = LRScheduler("StepLR", step_size=1, gamma=0.0)
    options = {"hidden": (3,), "lr_schedule": "constant"}
    once = trained(StudentNet(max_epochs=1, **options), X, Y)

    often = trained(StudentNet(max_epochs=4, callbacks=[drop], **options), X, Y)

    assert torch.equal(weights(often), weights(once))


def test_schedule_keeps_the_optimizers_groups_apart():
    net = type("Net", (), {})()
    net.history = [None, None]
    groups = [{"lr": 1.0}, {"lr": 0.1}]
    net.optimizer_ = type("Optimizer", (), {"param_groups": groups})()

    Schedule(SCHEDULES["linear"], 4).on_epoch_begin(net)

    assert [group["lr"] for group in groups] == pytest.approx([0.75, 0.075])


def log_softmax(z):
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def test_the_record_is_the_weighted_mean_of_each_term_by_hand():
    """In full batches an epoch's loss is that of the weights it begins with."""
    weight = np.linspace(0.1, 1.9, len(Y))
    lesson = curriculum(X, Y, soft=0.3, weight=weight)
    objective = 2.0 * SoftTargets(2.0) + 0.5 * LogitMatching()
    lesson.terms.clear()
    lesson.terms.update(objective.terms())
    rows = torch.from_numpy(X)
    net = StudentNet(
        Linear,
        batch_size=40,
        max_epochs=3,
        dtype="float64",
        callbacks=[Watcher(rows)],
    )

    student = train("Test", as_student("Test", net), lesson, seed=0, verbose=0)

    teacher = lesson.signals.teacher.numpy()
    for outputs, record in zip(
        watched(student).outputs_, student.history(), strict=True
    ):
        z = outputs.numpy()
        label = -log_softmax(z)[np.arange(len(Y)), Y]
        log_p, log_q = log_softmax(teacher / 2), log_softmax(z / 2)
        soft = 4 * (np.exp(log_p) * (log_p - log_q)).sum(axis=1)
        gap = z - teacher
        match = (gap - gap.mean(axis=1, keepdims=True)).var(axis=1) / 2
        loss = np.mean(weight * (0.7 * label + 0.3 * (2.0 * soft + 0.5 * match)))
        expected = {
            "epoch": record["epoch"],
            "label": np.average(label, weights=weight),
            "soft_targets": np.average(soft, weights=weight),
            "logit_matching": np.average(match, weights=weight),
            "train_loss": loss,
        }
        assert record == pytest.approx(expected, rel=1e-9)


def test_held_out_rows_are_recorded_under_valid_names():
    net = StudentNet(hidden=(3,), max_epochs=3, early_stopping=True)

    history = trained(net, X, Y).history()

    valid = {"valid_loss", "valid_label", "valid_soft_targets"}
    train = {"epoch", "train_loss", "label", "soft_targets"}
    assert all(set(record) == valid | train for record in history)
    assert [record["epoch"] for record in history] == [1, 2, 3]
    for record in history:
        mean = (record["valid_label"] + record["valid_soft_targets"]) / 2
        assert record["valid_loss"] == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize(("soft", "names"), [(0.0, {"label"}), (1.0, {"soft_targets"})])
def test_a_term_without_weight_is_not_recorded(soft, names):
    history = trained(StudentNet(hidden=(3,), max_epochs=2), X, Y, soft=soft).history()

    assert all(set(record) == {"epoch", "train_loss"} | names for record in history)


def test_the_bar_is_on_standard_error_alone(capfd):
    trained(StudentNet(hidden=(3,), max_epochs=3), X, Y, verbose=1)
    out, err = capfd.readouterr()

    assert out == ""
    assert "Test: 100%" in err
    assert "3/3" in err
    assert "train_loss=" in err


def test_the_students_own_verbose_shows_the_bar(capfd):
    trained(StudentNet(hidden=(3,), max_epochs=3, verbose=1), X, Y)

    assert "3/3" in capfd.readouterr().err


@pytest.mark.parametrize("early_stopping", [False, True])
def test_without_verbose_nothing_is_written(capfd, early_stopping):
    net = StudentNet(
        hidden=(3,), max_epochs=3, early_stopping=early_stopping, n_iter_no_change=1
    )

    trained(net, X, Y)

    assert capfd.readouterr() == ("", "")


NETS = {
    "plain": {},
    "dropout": {"dropout": 0.4},
    "early_stopping": {
        "early_stopping": True,
        "n_iter_no_change": 2,
        "lr": 0.3,
        "lr_schedule": "constant",
        "max_epochs": 30,
    },
}
CHILD = """
import os
import sys

from training.classroom import KillSwitch, blobs, trained

from sklkd import StudentNet

X, Y = blobs(40)
for name, options in eval(sys.argv[2]).items():
    child = os.fork()
    if not child:
        KillSwitch.epoch, KillSwitch.kill = 3, lambda: os._exit(9)
        folder = os.path.join(sys.argv[1], name)
        options["callbacks"] = [KillSwitch()]
        trained(StudentNet(checkpoint=folder, **options), X, Y)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
"""


def options_of(name):
    common = {"hidden": (3,), "max_epochs": 6, "batch_size": 16}
    return common | {"callbacks": [KillSwitch()]} | NETS[name]


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A folder a net, in which a process died before its third epoch was saved."""
    folder = tmp_path_factory.mktemp("killed")
    nets = {n: options_of(n) | {"callbacks": None} for n in NETS}
    path = os.pathsep.join(filter(None, sys.path))
    subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), repr(nets)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        check=True,
    )
    return folder


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the child process forks")
@pytest.mark.parametrize("name", NETS)
def test_a_killed_training_goes_on_to_the_same_bits(killed, name):
    uninterrupted = trained(StudentNet(**options_of(name)), X, Y)
    files = list((killed / name).iterdir())
    n_saved = len(torch.load(files[0], weights_only=True)["history"])

    resumed = trained(StudentNet(checkpoint=killed / name, **options_of(name)), X, Y)

    assert n_saved == 2
    assert len(files) == 1
    assert torch.equal(weights(resumed), weights(uninterrupted))
    assert resumed.history() == uninterrupted.history()


@pytest.mark.parametrize("name", NETS)
def test_a_finished_training_is_read_and_not_run_again(tmp_path, name):
    net = StudentNet(checkpoint=tmp_path, **options_of(name))
    first = trained(net, X, Y)

    with crash_at(1):
        again = trained(net, X, Y)

    assert torch.equal(weights(again), weights(first))
    assert again.history() == first.history()


def crashing(folder, epoch, **options):
    """A net whose training fails at the end of an epoch, before that is saved."""
    net = StudentNet(checkpoint=folder, **options_of("plain") | options)
    with crash_at(epoch), pytest.raises(RuntimeError, match=r"^crash$"):
        trained(net, X, Y)
    return net


@pytest.mark.parametrize("epoch", [1, 2, 6])
def test_a_failed_training_goes_on_from_the_last_whole_epoch(tmp_path, epoch):
    net = crashing(tmp_path, epoch)
    whole = trained(StudentNet(**options_of("plain")), X, Y)

    resumed = trained(net, X, Y)

    assert torch.equal(weights(resumed), weights(whole))
    assert len(resumed.history()) == 6


def a_numpy_number(net, X, y):
    return np.float64(0.5)


def test_a_resumed_training_keeps_the_scores_of_skorchs_callbacks(tmp_path):
    """What a scoring callback writes into the history is a number of numpy."""
    scoring = EpochScoring(a_numpy_number, name="score", on_train=True)
    net = crashing(tmp_path, 3, callbacks=[scoring, KillSwitch()])

    resumed = trained(net, X, Y)

    assert [record["score"] for record in resumed.history()] == [0.5] * 6


@pytest.mark.parametrize(
    "scheduler",
    [
        LRScheduler("StepLR", step_size=2, gamma=0.5),
        LRScheduler("CosineAnnealingLR", T_max=6),
    ],
    ids=["step", "cosine"],
)
def test_a_resumed_training_follows_the_scheduler_that_it_was_under(
    tmp_path, scheduler
):
    options = {"lr_schedule": "constant", "callbacks": [scheduler, KillSwitch()]}
    whole = trained(StudentNet(**options_of("plain") | options), X, Y)

    resumed = trained(crashing(tmp_path, 4, **options), X, Y)

    assert torch.equal(weights(resumed), weights(whole))


def test_the_bar_of_a_resumed_training_starts_where_it_stands(tmp_path, capfd):
    net = crashing(tmp_path, 4)
    capfd.readouterr()

    trained(net, X, Y, verbose=1)

    err = capfd.readouterr().err
    assert "3/6" in err
    assert "6/6" in err


def test_a_warm_start_trains_on_where_a_checkpoint_is_finished(tmp_path):
    net = StudentNet(checkpoint=tmp_path, **options_of("plain"))
    first = trained(net, X, Y)

    second = trained(net, X, Y, previous=first)

    assert len(second.history()) == 12
    assert not torch.equal(weights(second), weights(first))


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"soft": 0.4},
        {"net": {"lr": 0.02}},
        {"net": {"hidden": (4,)}},
        {"X": X + 1},
        {"X": X[:, :2]},
    ],
    ids=["seed", "share", "lr", "hidden", "rows", "columns"],
)
def test_another_training_has_another_file(tmp_path, change):
    change = dict(change)
    trained(StudentNet(checkpoint=tmp_path, **options_of("plain")), X, Y)
    options = options_of("plain") | change.pop("net", {})

    trained(StudentNet(checkpoint=tmp_path, **options), change.pop("X", X), Y, **change)

    assert len(list(tmp_path.iterdir())) == 2


def test_verbose_and_the_folder_are_no_part_of_the_training(tmp_path):
    options = options_of("plain")
    for folder, verbose in [("a", 0), ("b", 0), ("a", 1)]:
        net = StudentNet(checkpoint=tmp_path / folder, verbose=verbose, **options)
        trained(net, X, Y)

    names = [[file.name for file in (tmp_path / f).iterdir()] for f in "ab"]

    assert names[0] == names[1]
    assert len(names[0]) == 1


def test_the_checkpoint_is_replaced_and_never_overwritten(tmp_path, monkeypatch):
    """A process that dies while it writes leaves the file of the epoch before."""
    path = tmp_path / "training.pt"
    torch.save({"history": [{}, {}], "finished": False}, path)
    before = path.read_bytes()
    checkpoint = Checkpoint(path, Randomness(0), 6)

    def die(state, target):
        target.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", die)
    net = trained(StudentNet(**options_of("plain")), X, Y).net

    with pytest.raises(OSError, match=r"^disk full$"):
        checkpoint.on_epoch_end(net)

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("saved", "left"),
    [
        (None, 5),
        ({"history": [], "finished": False}, 6),
        ({"history": [{}, {}], "finished": False}, 4),
        ({"history": [{}, {}], "finished": True}, 0),
    ],
)
def test_epochs_left_are_those_not_done(tmp_path, saved, left):
    """By the file if there is one, else by the net, which has one behind it."""
    path = tmp_path / "training.pt"
    if saved:
        torch.save(saved, path)

    assert Checkpoint(path, Randomness(0), 6).epochs_left(1) == left


def test_a_schedule_that_cannot_be_pickled_is_refused_in_a_sentence(tmp_path):
    """A checkpoint's name is made of the parameters' content."""
    net = StudentNet(checkpoint=tmp_path, lr_schedule=lambda _: 1.0, **TINY)

    with pytest.raises((ValueError, TypeError), match="checkpoint"):
        trained(net, X, Y)
