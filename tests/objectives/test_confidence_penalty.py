"""The confidence penalty as an objective: threshold and schedule reach the loss."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from strategies import batches, slope

from sklkd.objectives import Batch, ConfidencePenalty, Setting


def entropy(student):
    p = student.softmax(1)
    return -(p * p.log()).sum(1)


def setting(n_outputs):
    """What a training says of itself."""
    module = torch.nn.Linear(1, n_outputs)
    cpu = torch.device("cpu")
    return Setting("Student", 10, n_outputs, (1,), None, module, cpu, torch.float64, 0)


@given(batch=batches())
def test_the_value_is_what_is_missing_to_the_entropy_of_knowing_nothing(batch):
    student = batch[0]

    found = ConfidencePenalty(weight=7.0).loss(Batch(*batch))

    torch.testing.assert_close(found, math.log(student.shape[1]) - entropy(student))


@given(batch=batches(), threshold=st.floats(0, 1))
def test_above_the_threshold_there_is_none(batch, threshold):
    found = ConfidencePenalty(threshold).loss(Batch(*batch))

    expected = (threshold - entropy(batch[0])).clamp_min(0)
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=1e-7)


@given(batch=batches())
def test_a_threshold_nobody_is_above_has_the_slope_of_none(batch):
    student, teacher, target = batch
    k = student.shape[1]

    def sloped(objective):
        return slope(lambda z: objective.loss(Batch(z, teacher, target)), student)

    torch.testing.assert_close(
        sloped(ConfidencePenalty(math.log(k) + 1)), sloped(ConfidencePenalty())
    )


@given(batch=batches(), done=st.floats(0, 1, exclude_max=True))
@pytest.mark.parametrize("schedule", ["linear", math.sqrt, lambda done: 3])
def test_a_schedule_is_a_factor_of_the_loss(schedule, batch, done):
    factor = {"linear": done}.get(schedule) if schedule == "linear" else schedule(done)
    plain = ConfidencePenalty().loss(Batch(*batch))

    found = ConfidencePenalty(schedule=schedule).loss(Batch(*batch, done=done))

    torch.testing.assert_close(found, factor * plain)


@pytest.mark.parametrize("k", [2, 3, 10])
def test_the_greatest_threshold_is_the_entropy_of_knowing_nothing(k):
    objective = ConfidencePenalty(math.log(k))

    assert objective.bound(setting(k)) is objective


def test_a_threshold_out_of_reach_is_refused():
    with pytest.raises(ValueError, match="threshold") as caught:
        ConfidencePenalty(1.2).bound(setting(3))

    assert str(caught.value) == (
        "Student: threshold must be at most log(n_classes) = 1.099 nats, the entropy "
        "of knowing nothing, got 1.2. Pass None to penalise everyone."
    )


@pytest.mark.parametrize(
    ("factor", "error"),
    [
        (-0.1, ValueError),
        (math.nan, ValueError),
        (math.inf, ValueError),
        ("much", TypeError),
        (None, TypeError),
    ],
)
def test_a_factor_that_would_reward_or_destroy_is_refused(factor, error):
    batch = Batch(torch.zeros(1, 2), torch.zeros(1, 2), torch.zeros(1))

    with pytest.raises(error) as caught:
        ConfidencePenalty(schedule=lambda done: factor).loss(batch)

    assert str(caught.value) == (
        "ConfidencePenalty: schedule(done) must be a real number in [0, inf), got "
        f"{factor!r}."
    )


@pytest.mark.parametrize("factor", [0, 1, np.float32(0.5), np.float64(2)])
def test_a_factor_may_be_any_number(factor):
    batch = Batch(torch.tensor([[2.0, 0.0]]), torch.zeros(1, 2), torch.zeros(1))

    found = ConfidencePenalty(schedule=lambda done: factor).loss(batch)

    assert found.item() == pytest.approx(
        float(factor) * ConfidencePenalty().loss(batch).item()
    )


@pytest.mark.parametrize(
    ("params", "error", "sentence"),
    [
        ({"threshold": -1}, ValueError, "threshold must be a real number in [0, inf)"),
        ({"threshold": "x"}, TypeError, "threshold must be a real number in [0, inf)"),
        ({"weight": -1}, ValueError, "weight must be a real number in [0, inf)"),
        (
            {"schedule": "lin"},
            ValueError,
            "schedule must be one of 'linear', got 'lin'",
        ),
        ({"schedule": 1.0}, ValueError, "schedule must be one of 'linear', got 1.0"),
    ],
)
def test_check_refuses_what_is_out_of_range(params, error, sentence):
    with pytest.raises(error) as caught:
        ConfidencePenalty(**params).check()

    assert str(caught.value).startswith(f"ConfidencePenalty: {sentence}")


def test_defaults_and_clone():
    assert ConfidencePenalty().get_params() == {
        "threshold": None,
        "schedule": None,
        "weight": 1.0,
    }
    assert clone(ConfidencePenalty(0.5, schedule="linear")).schedule == "linear"


def test_it_needs_neither_teacher_nor_label():
    assert ConfidencePenalty.tasks == {"classification"}
    assert ConfidencePenalty.needs == frozenset()
    assert ConfidencePenalty.in_validation is True
