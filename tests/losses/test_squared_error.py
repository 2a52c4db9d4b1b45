"""Squared error: a value by hand, and scikit-learn's and torch's own."""

import torch
import torch.nn.functional as F
from hypothesis import given
from sklearn.metrics import mean_squared_error
from strategies import batches

from sklkd.losses import squared_error


def test_value_by_hand():
    # Row 0: (0 + 4) / 2. Row 1: (9 + 16) / 2.
    student = torch.tensor([[1.0, 3.0], [0.0, 0.0]])
    teacher = torch.tensor([[1.0, 1.0], [3.0, -4.0]])

    loss = squared_error(student, teacher)

    assert loss.tolist() == [2.0, 12.5]


def test_one_output_is_its_squared_gap():
    loss = squared_error(torch.tensor([[2.0], [-1.0]]), torch.tensor([[5.0], [-1.0]]))

    assert loss.tolist() == [9.0, 0.0]


@given(batch=batches())
def test_is_scikit_learns_error_of_each_row(batch):
    values, teacher_values, _ = batch
    expected = mean_squared_error(
        teacher_values.numpy().T, values.numpy().T, multioutput="raw_values"
    )

    loss = squared_error(values, teacher_values)

    torch.testing.assert_close(loss, torch.from_numpy(expected))


@given(batch=batches())
def test_its_mean_is_torchs_mse_loss(batch):
    values, teacher_values, _ = batch

    loss = squared_error(values, teacher_values).mean()

    torch.testing.assert_close(loss, F.mse_loss(values, teacher_values))


@given(batch=batches())
def test_a_constant_offset_is_an_error_of_its_square(batch):
    """Unlike logits, values mean what they say."""
    values, _, _ = batch

    loss = squared_error(values + 3.0, values)

    torch.testing.assert_close(loss, torch.full_like(loss, 9.0))


@given(batch=batches())
def test_targets_play_no_part(batch):
    values, teacher_values, target = batch

    with_targets = squared_error(values, teacher_values, target)

    assert torch.equal(with_targets, squared_error(values, teacher_values))
