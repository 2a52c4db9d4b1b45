"""The confidence penalty in a training: its weight, threshold and ramp."""

import math

import numpy as np
import pytest
from distillation.doubles import Softmaxed, blobs, outputs, quick
from skorch import NeuralNetClassifier

from sklkd import (
    ConfidencePenaltyClassifier,
    RegularizedClassifier,
    StudentNet,
)
from sklkd.objectives import ConfidencePenalty

X, Y = blobs()


def penalised(student=None, **params):
    model = ConfidencePenaltyClassifier(
        quick() if student is None else student, **{"random_state": 0} | params
    )
    return model.fit(X, Y)


def entropy(proba):
    return -(proba * np.log(proba)).sum(1)


class Notes:
    """A schedule that notes when it was asked."""

    def __init__(self, factor=1.0):
        self.factor = factor
        self.asked = []

    def __call__(self, done):
        self.asked.append(done)
        return self.factor


@pytest.mark.parametrize(
    "params",
    [{"beta": 0}, {"threshold": 0.0}, {"schedule": lambda done: 0.0}],
    ids=["no weight", "everyone is above the threshold", "no factor"],
)
def test_without_a_penalty_it_is_the_plain_classifier(params):
    plain = RegularizedClassifier(quick(), random_state=0).fit(X, Y)

    model = penalised(**{"beta": 1.0} | params)

    assert np.array_equal(outputs(model, X), outputs(plain, X))


def test_it_is_the_objective_beside_the_labels():
    objective = ConfidencePenalty(0.9, schedule="linear", weight=0.7)
    other = RegularizedClassifier(quick(), objective=objective, random_state=0)

    model = penalised(beta=0.7, threshold=0.9, schedule="linear")

    assert np.array_equal(outputs(model, X), outputs(other.fit(X, Y), X))


@pytest.mark.parametrize("threshold", [None, 0.8])
def test_the_first_loss_by_hand(threshold):
    model = penalised(quick(lr=1e-12, max_epochs=1), beta=0.7, threshold=threshold)

    proba = model.predict_proba(X)
    label = -np.log(proba[np.arange(60), Y])
    highest = math.log(3) if threshold is None else threshold
    penalty = np.maximum(0, highest - entropy(proba))
    first = model.history_[0]
    assert first["confidence_penalty"] == pytest.approx(penalty.mean(), rel=1e-6)
    assert first["train_loss"] == pytest.approx((label + 0.7 * penalty).mean())


def test_the_more_it_weighs_the_less_sure_are_predictions():
    student = quick(max_epochs=100, lr=0.02)

    means = [
        entropy(penalised(student, beta=beta).predict_proba(X)).mean()
        for beta in (0.0, 0.3, 3.0)
    ]

    assert means[0] < means[1] < means[2]


def test_a_ramp_follows_the_share_of_epochs_that_are_done():
    notes = Notes()

    penalised(quick(max_epochs=4), schedule=notes)

    assert notes.asked == [0.0, 0.25, 0.5, 0.75]


def test_a_ramp_is_the_same_for_every_batch_of_an_epoch():
    notes = Notes()

    penalised(quick(max_epochs=2, batch_size=20), schedule=notes)

    assert notes.asked == [0.0] * 3 + [0.5] * 3


@pytest.mark.parametrize("n_epochs", [1, 4])
def test_history_has_what_the_linear_ramp_left_of_the_penalty(n_epochs):
    """With no step the penalty itself stays as it was."""
    student = quick(max_epochs=n_epochs, lr=1e-12)

    ramped = penalised(student, schedule="linear").history_

    whole = penalised(student).history_[0]["confidence_penalty"]
    expected = [whole * i / n_epochs for i in range(n_epochs)]
    found = [epoch["confidence_penalty"] for epoch in ramped]
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_warm_start_begins_the_ramp_anew():
    notes = Notes()
    model = ConfidencePenaltyClassifier(
        quick(max_epochs=2), schedule=notes, warm_start=True, random_state=0
    )

    model.fit(X, Y).fit(X, Y)

    assert notes.asked == [0.0, 0.5, 0.0, 0.5]
    assert model.n_iter_ == 4


@pytest.mark.parametrize("criterion", ["default", "softmax"])
def test_a_users_net_follows_the_ramp_too(criterion):
    notes = Notes()
    student = (
        StudentNet(Softmaxed, max_epochs=2)
        if criterion == "default"
        else NeuralNetClassifier(
            Softmaxed,
            module__n_features=4,
            module__n_outputs=3,
            max_epochs=2,
            train_split=None,
            verbose=0,
        )
    )
    model = ConfidencePenaltyClassifier(student, schedule=notes, random_state=0)

    model.fit(X.astype(np.float32), Y)

    assert set(notes.asked) == {0.0, 0.5}


def test_held_out_rows_are_judged_with_the_penalty():
    model = penalised(quick(early_stopping=True), beta=1.0)

    last = model.history_[-1]
    total = last["valid_label"] + last["valid_confidence_penalty"]
    assert last["valid_loss"] == pytest.approx(total, rel=1e-6)


def test_a_threshold_out_of_reach_is_refused():
    with pytest.raises(ValueError, match="threshold") as caught:
        penalised(threshold=1.1)

    assert str(caught.value) == (
        "ConfidencePenaltyClassifier: threshold must be at most log(n_classes) = 1.099 "
        "nats, the entropy of knowing nothing, got 1.1. Pass None to penalise everyone."
    )


@pytest.mark.parametrize(
    ("beta", "error"), [(-1, ValueError), (math.nan, ValueError), ("x", TypeError)]
)
def test_a_weight_out_of_range_is_refused(beta, error):
    with pytest.raises(error) as caught:
        penalised(beta=beta)

    assert str(caught.value) == (
        "ConfidencePenaltyClassifier: beta must be a real number in [0, inf), got "
        f"{beta!r}."
    )


def test_a_schedule_that_is_none_is_refused():
    with pytest.raises(ValueError, match="schedule") as caught:
        penalised(schedule="cosine")

    assert str(caught.value) == (
        "ConfidencePenalty: schedule must be one of 'linear', got 'cosine'."
    )


def test_a_schedule_that_fails_leaves_the_old_student():
    model = penalised()
    before = dict(vars(model)) | {"schedule": max}

    with pytest.raises(TypeError):
        model.set_params(schedule=max).fit(X, Y)

    assert vars(model) == before
