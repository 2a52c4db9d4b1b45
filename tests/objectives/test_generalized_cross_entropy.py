"""Generalised cross-entropy as an objective: its power reaches the loss."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from strategies import batches

from sklkd.objectives import Batch, GeneralizedCrossEntropy


@given(batch=batches(), q=st.sampled_from([0.3, 0.7, 1.0]))
def test_loss_is_the_papers_formula_at_its_power(batch, q):
    student, teacher, target = batch
    p = student.softmax(1)[torch.arange(len(student)), target]
    batch = Batch(student=student, teacher=teacher, target=target)

    loss = GeneralizedCrossEntropy(q, weight=7.0).loss(batch)

    torch.testing.assert_close(loss, (1 - p**q) / q)


def test_defaults_and_clone():
    assert GeneralizedCrossEntropy().get_params() == {"q": 0.7, "weight": 1.0}
    assert clone(GeneralizedCrossEntropy(0.2)).q == 0.2


@pytest.mark.parametrize("q", [1e-3, 0.7, 1, 1.0])
def test_check_lets_pass_what_is_in_range(q):
    GeneralizedCrossEntropy(q).check()


@pytest.mark.parametrize(
    ("q", "error"),
    [
        (0, ValueError),
        (1.01, ValueError),
        (-0.5, ValueError),
        (math.nan, ValueError),
        ("x", TypeError),
        (None, TypeError),
    ],
)
def test_check_refuses_a_power_out_of_range(q, error):
    with pytest.raises(error) as caught:
        GeneralizedCrossEntropy(q).check()

    assert str(caught.value) == (
        f"GeneralizedCrossEntropy: q must be a real number in (0, 1], got {q!r}."
    )


def test_it_is_for_classification_of_rows_with_a_label():
    assert GeneralizedCrossEntropy.tasks == {"classification"}
    assert GeneralizedCrossEntropy.needs == {"target"}
