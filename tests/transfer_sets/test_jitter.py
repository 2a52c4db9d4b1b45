"""Jitter: noise as loud as was asked for, on numbers only."""

import numpy as np
import pandas as pd
import pytest

from sklkd.transfer_sets import Jitter


@pytest.mark.parametrize("type_", [np.float32, np.float64])
def test_noise_is_in_standard_deviations_of_the_column(type_):
    X = np.random.default_rng(0).normal([0, 1e4], [1, 100], (2000, 2)).astype(type_)

    made = Jitter(0.3).synthesise(X)

    noise = (made.X - X[made.parent]) / X.std(axis=0)
    np.testing.assert_allclose(noise.std(axis=0), 0.3, rtol=0.05)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.04


def test_the_deviation_is_that_of_the_weighted_rows():
    """Nine tenths of the weight at 0.5 and one at 10.5: a deviation of 3."""
    X = np.array([[0.5], [10.5], [-1000.5]])
    jitter = Jitter(0.01, size_factor=5000.0)

    made = jitter.synthesise(X, [9.0, 1.0, 0.0])

    # The lower row is at the end of the range: noise below it comes back.
    noise = (made.X - X[made.parent])[made.parent == 0]
    assert noise.min() == 0
    assert np.sqrt(np.mean(noise[noise > 0] ** 2)) == pytest.approx(0.03, rel=0.05)


def test_without_noise_rows_are_copies():
    X = pd.DataFrame({"a": [0.1, 0.2, np.nan], "b": ["x", None, "y"]})

    made = Jitter(0.0).synthesise(X)

    expected = X.iloc[made.parent].reset_index(drop=True)
    pd.testing.assert_frame_equal(made.X, expected)


def test_only_numbers_get_noise():
    X = pd.DataFrame({"a": [0.1, 0.2, 0.4], "b": ["x", "z", "y"]})
    X["c"] = pd.to_datetime(["2024-01-01", "2024-05-01", "2025-01-01"])

    made = Jitter(0.5).synthesise(X)

    parents = X.iloc[made.parent].reset_index(drop=True)
    assert (made.X["a"] != parents["a"]).mean() > 0.5
    pd.testing.assert_frame_equal(made.X[["b", "c"]], parents[["b", "c"]])


def test_counts_are_rounded_and_flags_rarely_flip():
    """A flag of deviation 1/2 flips where noise of 1/20 passes 1/2: at ten sigma."""
    X = np.column_stack([np.arange(100), np.arange(100) % 2]).astype(float)

    made = Jitter(0.1).synthesise(X)

    np.testing.assert_array_equal(made.X, np.rint(made.X))
    assert (made.X[:, 0] != X[made.parent, 0]).mean() > 0.5
    np.testing.assert_array_equal(made.X[:, 1], X[made.parent, 1])
