"""The pinball loss: a value by hand, scikit-learn's own, and the quantile it finds."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_pinball_loss
from strategies import batches

from sklkd.losses import pinball

LEVELS = st.floats(0.01, 0.99)


def test_value_by_hand():
    # Row 0: (0.8 * 1 + 0) / 2. Row 1: (0.2 * 2 + 0.8 * 5) / 2.
    student = torch.tensor([[0.0, 3.0], [2.0, -5.0]])
    seen = torch.tensor([[1.0, 3.0], [0.0, 0.0]])

    loss = pinball(student, seen, level=0.8)

    assert loss.tolist() == pytest.approx([0.4, 2.2])


@given(batch=batches(), level=LEVELS)
def test_is_scikit_learns_loss_of_each_row(batch, level):
    values, seen, _ = batch
    expected = mean_pinball_loss(
        seen.numpy().T, values.numpy().T, alpha=level, multioutput="raw_values"
    )

    loss = pinball(values, seen, level=level)

    torch.testing.assert_close(loss, torch.from_numpy(np.asarray(expected)))


@given(batch=batches())
def test_at_one_half_it_is_half_the_absolute_error(batch):
    values, seen, _ = batch

    loss = pinball(values, seen)

    torch.testing.assert_close(loss, (values - seen).abs().mean(dim=1) / 2)


@given(batch=batches(), level=LEVELS)
def test_both_sides_change_places_with_their_levels(batch, level):
    values, seen, _ = batch

    loss = pinball(values, seen, level=level)

    torch.testing.assert_close(loss, pinball(seen, values, level=1 - level))


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_no_number_loses_less_than_the_quantile(level):
    seen = torch.from_numpy(np.random.default_rng(0).exponential(size=(501, 1)))
    quantile = np.quantile(seen.numpy(), level)

    def mean_loss(value):
        return pinball(torch.full_like(seen, value), seen, level=level).mean()

    assert mean_loss(quantile) < min(mean_loss(quantile + d) for d in (-0.1, 0.1))
