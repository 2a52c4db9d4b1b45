"""Soft targets as an objective: its temperature reaches the loss, and has bounds."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.base import clone
from strategies import batches

from sklkd.objectives import Batch, SoftTargets


@given(batch=batches(), temperature=st.sampled_from([0.5, 1.0, 4.0]))
def test_loss_is_the_relative_entropy_at_its_temperature(batch, temperature):
    student, teacher, target = batch
    q, p = ((z / temperature).softmax(1).numpy() for z in (student, teacher))
    expected = temperature**2 * stats.entropy(p, q, axis=1)

    loss = SoftTargets(temperature).loss(Batch(student, teacher, target))

    torch.testing.assert_close(loss, torch.from_numpy(expected), rtol=1e-8, atol=1e-11)


@given(batch=batches())
def test_loss_is_without_the_weight(batch):
    """The weight is applied in one place, above."""
    batch = Batch(*batch)

    loss = SoftTargets(weight=7.0).loss(batch)

    assert torch.equal(loss, SoftTargets().loss(batch))


def test_defaults():
    assert SoftTargets().get_params() == {"temperature": 1.0, "weight": 1.0}


def test_clone_keeps_the_parameters():
    copy = clone(SoftTargets(3.0, weight=0.5))

    assert copy.get_params() == {"temperature": 3.0, "weight": 0.5}


@pytest.mark.parametrize("temperature", [1e-3, 1, 4.0, 1e4])
def test_check_lets_pass_what_is_in_range(temperature):
    SoftTargets(temperature).check()


@pytest.mark.parametrize(
    ("temperature", "error", "got"),
    [
        (0, ValueError, "0"),
        (-1, ValueError, "-1"),
        (math.nan, ValueError, "nan"),
        (math.inf, ValueError, "inf"),
        ("x", TypeError, "'x'"),
        (True, TypeError, "True"),
        (None, TypeError, "None"),
    ],
)
def test_check_refuses_a_temperature_out_of_range(temperature, error, got):
    with pytest.raises(error) as caught:
        SoftTargets(temperature).check()

    assert str(caught.value) == (
        f"SoftTargets: temperature must be a real number in (0, inf), got {got}."
    )


@pytest.mark.parametrize("weight", [-1e-9, -1, math.nan])
def test_check_refuses_a_negative_weight(weight):
    with pytest.raises(ValueError, match="weight") as caught:
        SoftTargets(weight=weight).check()

    assert str(caught.value) == (
        f"SoftTargets: weight must be a real number in [0, inf), got {weight}."
    )


def test_it_is_for_classification():
    assert SoftTargets.tasks == {"classification"}
