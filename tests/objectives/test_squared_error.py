"""Squared error as an objective."""

import pytest
import torch
from sklearn.base import clone

from sklkd.objectives import Batch, SquaredError


def test_loss_by_hand():
    # Row 0: (0 + 4) / 2. Row 1: (9 + 16) / 2. The weight is applied above.
    student = torch.tensor([[1.0, 3.0], [0.0, 0.0]])
    teacher = torch.tensor([[1.0, 1.0], [3.0, -4.0]])

    loss = SquaredError(weight=7.0).loss(Batch(student, teacher, student))

    assert loss.tolist() == [2.0, 12.5]


def test_default_and_clone():
    assert SquaredError().get_params() == {"weight": 1.0}
    assert clone(SquaredError(weight=0.5)).weight == 0.5


def test_check_refuses_a_negative_weight():
    with pytest.raises(ValueError, match="weight") as caught:
        SquaredError(weight=-2).check()

    assert str(caught.value) == (
        "SquaredError: weight must be a real number in [0, inf), got -2."
    )


def test_it_is_for_regression():
    assert SquaredError.tasks == {"regression"}
