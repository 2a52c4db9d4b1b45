"""Spunge: how many entries are swapped, with whose, and how loud the noise is."""

import numpy as np
import pandas as pd
import pytest

from sklkd.transfer_sets import Spunge


@pytest.fixture(name="X")
def two_columns():
    """Two columns, the second of which is a function of the first."""
    first = np.random.default_rng(0).normal(size=2000)
    return np.column_stack([first, 3 * first + 0.5])


def test_with_neither_swaps_nor_noise_rows_are_copies(X):
    made = Spunge(0.0, noise=0.0).synthesise(X)

    np.testing.assert_array_equal(made.X, X[made.parent])


@pytest.mark.parametrize("fraction", [0.1, 0.5, 1.0])
def test_a_fraction_of_the_entries_is_replaced(X, fraction):
    made = Spunge(fraction, noise=0.0).synthesise(X)

    replaced = (X[made.parent] != made.X).mean(axis=0)
    # 10 000 entries a column: a standard error of at most 0.005.
    np.testing.assert_allclose(replaced, fraction, atol=0.02)


def test_replaced_entries_come_from_the_same_column(X):
    new = Spunge(0.5, noise=0.0).synthesise(X).X

    assert set(new[:, 0]) <= set(X[:, 0])
    assert set(new[:, 1]) <= set(X[:, 1])


def test_when_all_is_swapped_columns_are_independent_and_distributed_as_before(X):
    new = Spunge(1.0, noise=0.0).synthesise(X).X

    assert abs(np.corrcoef(new.T)[0, 1]) < 0.04
    np.testing.assert_allclose(new.mean(axis=0), X.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(new.std(axis=0), X.std(axis=0), rtol=0.05)


def test_noise_is_in_standard_deviations_of_the_column(X):
    made = Spunge(0.0, noise=0.2).synthesise(X)

    noise = (made.X - X[made.parent]) / X.std(axis=0)
    np.testing.assert_allclose(noise.std(axis=0), 0.2, rtol=0.05)
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.01)


def test_donors_are_drawn_in_proportion_to_their_weights():
    X = pd.DataFrame({"who": ["a", "b", "c"]})

    new = Spunge(1.0, size_factor=2000.0).synthesise(X, [1.0, 3.0, 0.0]).X

    share = new["who"].value_counts(normalize=True)
    assert share["b"] == pytest.approx(0.75, abs=0.03)
    assert "c" not in share


def test_all_columns_but_numbers_are_swapped_too():
    X = pd.DataFrame({"a": ["x", "y"] * 50, "b": [True, False] * 50})

    made = Spunge(0.5).synthesise(X)

    changed = made.X.to_numpy() != X.iloc[made.parent].to_numpy()
    np.testing.assert_allclose(changed.mean(axis=0), 0.25, atol=0.06)
