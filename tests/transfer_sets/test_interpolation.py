"""Interpolation: between a row and one of its nearest, at any step."""

import numpy as np
import pandas as pd
import pytest

from sklkd.transfer_sets import Interpolation


@pytest.fixture
def line():
    """Rows in a line, with steps that grow: each one's nearest is the one before."""
    return np.array([[0.5], [1.6], [3.7], [7.8], [15.9]])


def test_new_rows_lie_between_the_parent_and_its_nearest(line):
    made = Interpolation(1, size_factor=100.0).synthesise(line)

    for row in range(1, 5):
        new = made.X[made.parent == row]
        assert new.min() >= line[row - 1]
        assert new.max() <= line[row]
    assert made.X[made.parent == 0].max() <= line[1]


def test_steps_are_uniform(line):
    made = Interpolation(1, size_factor=2000.0).synthesise(line)

    step = (15.9 - made.X[made.parent == 4]) / (15.9 - 7.8)
    assert step.mean() == pytest.approx(0.5, abs=0.03)
    assert step.std() == pytest.approx(1 / np.sqrt(12), abs=0.02)


def test_each_of_the_neighbours_is_as_likely_as_any_other(line):
    made = Interpolation(2, size_factor=2000.0).synthesise(line)

    # Rows beyond 7.8 can only be on the way to the second nearest.
    below = (made.X[made.parent == 4] < 7.8).mean()
    assert below == pytest.approx(0.5 * (7.8 - 3.7) / (15.9 - 3.7), abs=0.03)


def test_more_neighbours_than_rows_are_all_others(line):
    few = Interpolation(4).synthesise(line)

    many = Interpolation(1000).synthesise(line)

    np.testing.assert_array_equal(many.X, few.X)


def test_categories_are_the_neighbours_with_the_probability_of_the_step():
    X = pd.DataFrame({"x": [0.25, 1.25], "who": ["a", "b"]})

    made = Interpolation(size_factor=5000.0).synthesise(X)

    step = np.abs(made.X["x"] - X["x"].to_numpy()[made.parent]).to_numpy()
    other = made.X["who"].to_numpy() != X["who"].to_numpy()[made.parent]
    assert other[step < 0.2].mean() == pytest.approx(0.1, abs=0.03)
    assert other[step > 0.8].mean() == pytest.approx(0.9, abs=0.03)
