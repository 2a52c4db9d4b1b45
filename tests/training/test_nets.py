"""Nets adopted from the user keep what is theirs; a warm start goes on."""

import copy

import pytest
import torch
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback, EarlyStopping
from skorch.dataset import ValidSplit
from torch import nn
from training.classroom import (
    Interrupting,
    Linear,
    blobs,
    classifier,
    curriculum,
    interrupting,
    trained,
    weights,
)

from sklkd import StudentNet
from sklkd.training import TrainingInterrupted, as_student, train

X, Y = blobs(41)


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


def test_skorchs_own_early_stopping_is_no_interrupt():
    stop = EarlyStopping("train_loss", patience=2, threshold=10.0, sink=lambda _: None)

    student = trained(StudentNet(hidden=(3,), max_epochs=20, callbacks=[stop]), X, Y)

    assert len(student.history()) == 3


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


@pytest.mark.parametrize("pipeline_first", [True, False])
def test_a_warm_start_between_a_pipeline_and_a_bare_net_is_refused(pipeline_first):
    pipeline = make_pipeline(StandardScaler(), WARM)
    kinds = [pipeline, WARM] if pipeline_first else [WARM, pipeline]
    lesson = curriculum(X, Y)
    first = train("Test", as_student("Test", kinds[0]), lesson, seed=0, verbose=0)

    with pytest.raises(ValueError, match="a Pipeline as student where there was none"):
        train(
            "Test",
            as_student("Test", kinds[1]),
            lesson,
            seed=0,
            verbose=0,
            previous=first,
        )
