"""Symmetric cross-entropy as an objective: its three numbers reach the loss."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from strategies import batches

from sklkd.objectives import Batch, SymmetricCrossEntropy

WEIGHTS = st.sampled_from([0.0, 0.3, 6.0])


@given(batch=batches(), alpha=WEIGHTS, beta=WEIGHTS, log_zero=st.floats(-6, -1))
def test_loss_is_the_papers_formula(batch, alpha, beta, log_zero):
    student, teacher, target = batch
    p = student.softmax(1)[torch.arange(len(student)), target]
    batch = Batch(student=student, teacher=teacher, target=target)

    loss = SymmetricCrossEntropy(alpha, beta, log_zero, weight=7.0).loss(batch)

    expected = -alpha * p.log() - beta * log_zero * (1 - p)
    torch.testing.assert_close(loss, expected)


def test_defaults_and_clone():
    assert SymmetricCrossEntropy().get_params() == {
        "alpha": 0.1,
        "beta": 1.0,
        "log_zero": -4.0,
        "weight": 1.0,
    }
    assert clone(SymmetricCrossEntropy(log_zero=-6.0)).log_zero == -6.0


@pytest.mark.parametrize(
    ("name", "value", "interval"),
    [
        ("alpha", -0.1, "[0, inf)"),
        ("beta", -1, "[0, inf)"),
        ("beta", math.inf, "[0, inf)"),
        ("log_zero", 0, "(-inf, 0)"),
        ("log_zero", 4.0, "(-inf, 0)"),
        ("log_zero", -math.inf, "(-inf, 0)"),
    ],
)
def test_check_refuses_a_number_out_of_range(name, value, interval):
    with pytest.raises(ValueError, match=name) as caught:
        SymmetricCrossEntropy(**{name: value}).check()

    assert str(caught.value) == (
        f"SymmetricCrossEntropy: {name} must be a real number in {interval}, "
        f"got {value}."
    )


def test_check_lets_pass_what_is_in_range():
    SymmetricCrossEntropy(0, 0, -1).check()


def test_it_is_for_classification_of_rows_with_a_label():
    assert SymmetricCrossEntropy.tasks == {"classification"}
    assert SymmetricCrossEntropy.needs == {"target"}
