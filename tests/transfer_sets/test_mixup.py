"""Mixup: the mean of two rows, by the share that the paper draws."""

import numpy as np
import pandas as pd
import pytest

from sklkd.transfer_sets import Mixup


@pytest.fixture
def pair():
    """Two rows; a new one's first entry tells the share of each."""
    return pd.DataFrame({"x": [0.25, 1.25], "who": ["a", "b"]})


def share_of_other(made, pair):
    """How far a new row is from its parent: 0 or 1 - lambda."""
    return np.abs(made.X["x"] - pair["x"].to_numpy()[made.parent]).to_numpy()


def test_new_rows_lie_on_the_lines_between_rows():
    X = np.random.default_rng(0).normal(size=(10, 1)) * [1.0, -2.0, 5.0]

    new = Mixup().synthesise(X).X

    np.testing.assert_allclose(new[:, 1:], new[:, :1] * [-2.0, 5.0], rtol=1e-12)


def test_the_parent_has_the_larger_share(pair):
    made = Mixup(0.5, size_factor=500.0).synthesise(pair)

    assert share_of_other(made, pair).max() <= 0.5


def test_at_alpha_1_all_shares_are_equally_likely(pair):
    """Of half the rows the partner is the other, at U(0, 1/2): a mean of 1/4."""
    made = Mixup(1.0, size_factor=5000.0).synthesise(pair)

    other = share_of_other(made, pair)
    other = other[other > 0]
    assert len(other) / 10_000 == pytest.approx(0.5, abs=0.03)
    assert other.mean() == pytest.approx(0.25, abs=0.01)
    assert other.std() == pytest.approx(0.5 / np.sqrt(12), abs=0.01)


@pytest.mark.parametrize(("alpha", "mean"), [(1e-3, 0.0), (1e6, 0.5)])
def test_alpha_goes_from_copies_to_middles(pair, alpha, mean):
    made = Mixup(alpha, size_factor=500.0).synthesise(pair)

    other = share_of_other(made, pair)
    assert np.median(other[other > 0]) == pytest.approx(mean, abs=0.01)


def test_categories_are_the_parents_with_the_probability_of_its_share(pair):
    """Where the partner is the other: 3/4 on average, at alpha 1."""
    made = Mixup(1.0, size_factor=5000.0).synthesise(pair)

    mixed = share_of_other(made, pair) > 0
    own = made.X["who"].to_numpy() == pair["who"].to_numpy()[made.parent]
    assert own[mixed].mean() == pytest.approx(0.75, abs=0.02)
    assert own[~mixed].all()


def test_of_a_missing_entry_and_one_that_is_not_there_is_no_mean():
    X = np.array([[0.25, np.nan], [1.25, 7.5]])

    new = Mixup(size_factor=100.0).synthesise(X).X

    values = new[~np.isnan(new[:, 1]), 1]
    assert set(values) == {7.5}
    assert np.isnan(new[:, 1]).mean() == pytest.approx(0.5, abs=0.1)


def test_partners_are_drawn_in_proportion_to_their_weights():
    """Three rows in a line: shares tell the partner."""
    X = np.array([[0.5, 0.0], [0.0, 0.5], [9.5, 9.5]])

    new = Mixup(size_factor=2000.0).synthesise(X, [1.0, 1.0, 0.0]).X

    assert new.max() <= 0.5
