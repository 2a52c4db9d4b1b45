"""Munge: redrawn around the nearest neighbour, as the paper's formula has it."""

import numpy as np
import pandas as pd
import pytest

from sklkd.transfer_sets import Munge

# Two pairs of nearest neighbours; the outer rows keep the range out of the way.
PAIRS = np.array([[-100.5], [-99.5], [0.5], [1.5], [99.5], [100.5]])


def test_numbers_are_normal_around_the_neighbours():
    """Between 0.5 and 1.5: a mean of 1.5, and a deviation of |0.5 - 1.5| / 4."""
    munge = Munge(1.0, local_variance=4.0, size_factor=5000.0)

    made = munge.synthesise(PAIRS)

    new = made.X[made.parent == 2]
    assert new.mean() == pytest.approx(1.5, abs=0.02)
    assert new.std() == pytest.approx(0.25, rel=0.05)


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_an_entry_is_redrawn_with_the_swap_probability(probability):
    made = Munge(probability, size_factor=1000.0).synthesise(PAIRS)

    redrawn = (PAIRS[made.parent] != made.X)[np.isin(made.parent, [2, 3])]
    assert redrawn.mean() == pytest.approx(probability, abs=0.04)


def test_a_large_s_is_a_swap():
    X = np.array([[0.5, 1.25], [1.5, 2.5]])

    made = Munge(1.0, local_variance=1e15).synthesise(X)

    np.testing.assert_allclose(made.X, X[1 - made.parent], rtol=1e-14)


def test_entries_are_swapped_one_by_one():
    X = np.array([[0.5, 10.5], [1.5, 12.5]])

    made = Munge(0.5, local_variance=1e15, size_factor=1000.0).synthesise(X)

    swapped = np.abs(made.X - X[made.parent]) > 0.5
    shares = [(swapped == pattern).all(axis=1).mean() for pattern in np.ndindex(2, 2)]
    np.testing.assert_allclose(shares, 0.25, atol=0.04)


def test_categories_become_the_neighbours():
    X = pd.DataFrame({"x": PAIRS[:, 0], "who": list("abcdef")})

    made = Munge(1.0).synthesise(X)

    assert "".join(made.X["who"].iloc[::5]) == "badcfe"


def test_where_one_of_two_is_missing_the_neighbours_is_taken():
    X = np.array([[0.5, np.nan], [1.5, 7.5]])

    made = Munge(1.0).synthesise(X)

    np.testing.assert_array_equal(np.isnan(made.X[:, 1]), made.parent == 1)
    assert set(made.X[made.parent == 0, 1]) == {7.5}
