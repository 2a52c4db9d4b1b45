"""Neighbours: by hand, against brute force, and never oneself."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from sklkd.transfer_sets import _neighbours
from sklkd.transfer_sets._columns import Columns, as_container
from sklkd.transfer_sets._neighbours import Space


def space_of(X, seed=0):
    columns = Columns.of("Test", as_container(X), np.ones(len(X)))
    return Space.of(columns, np.random.default_rng(seed))


def distances(X):
    """Between all rows: (n, n)."""
    points = space_of(X).points.astype(float)
    return np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))


@given(seed=st.integers(0, 100), k=st.integers(1, 4), p=st.sampled_from([1, 3, 20]))
def test_neighbours_are_those_of_the_standardised_rows(seed, k, p):
    X = np.random.default_rng(seed).normal(size=(12, p)) * np.arange(1, p + 1)
    points = X / X.std(axis=0)
    apart = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    expected = np.argsort(apart, axis=1)[:, :k]

    found = space_of(X).nearest(np.arange(12), k)

    np.testing.assert_array_equal(found, expected)


def test_rows_may_be_asked_about_in_any_order_and_again():
    X = np.random.default_rng(0).normal(size=(12, 2))
    space = space_of(X)
    rows = np.array([3, 3, 0, 11, 3])

    found = space.nearest(rows, 2)

    np.testing.assert_array_equal(found, space.nearest(np.arange(12), 2)[rows])


def test_columns_may_be_left_out():
    X = np.array([[0.0, 0.0], [1.0, 9.0], [9.0, 1.0]])
    space = space_of(X)

    assert space.nearest(np.array([0]), 1, without=np.array([1])).tolist() == [[1]]
    assert space.nearest(np.array([0]), 1, without=np.array([0])).tolist() == [[2]]


def test_columns_are_left_out_by_their_place_among_moved_then_copied():
    X = pd.DataFrame({"who": ["a", "a", "b"], "x": [0.0, 9.0, 1.0]})
    space = space_of(X)

    assert space.nearest(np.array([0]), 1, without=np.array([1])).tolist() == [[2]]
    assert space.nearest(np.array([0]), 1, without=np.array([0])).tolist() == [[1]]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_two_categories_are_1_apart(make):
    X = make({"a": ["x", "y", "z", "x", None]})

    apart = distances(X)

    expected = np.ones((5, 5)) - np.eye(5)
    expected[0, 3] = expected[3, 0] = 0
    np.testing.assert_allclose(apart, expected, atol=1e-3)


def test_dates_are_numbers():
    X = pd.DataFrame(
        {"day": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-04"])}
    )

    apart = distances(X)

    assert apart[1, 2] == pytest.approx(2 * apart[0, 1], rel=1e-3)


def test_a_missing_number_is_the_mean_and_1_away():
    X = np.array([[-1.0], [1.0], [np.nan]])

    apart = distances(X)

    assert apart[0, 1] == pytest.approx(2, abs=1e-3)
    assert apart[0, 2] == pytest.approx(np.sqrt(2), abs=1e-3)


def test_columns_without_a_difference_say_nothing():
    X = np.column_stack([np.full(4, 0.1), np.full(4, np.nan), [0.0, 1.0, 2.0, 3.0]])

    np.testing.assert_allclose(distances(X), distances(X[:, 2:]), atol=1e-3)


def test_huge_and_tiny_numbers_have_distances():
    X = np.array([[1e308, 1e-320], [-1e308, 0.0], [9e307, 1e-320]])

    apart = distances(X)

    assert np.isfinite(apart).all()
    assert apart[0, 2] < apart[0, 1]


def test_rare_categories_are_all_alike():
    names = [str(i) for i in range(_neighbours.MAX_LEVELS)] * 2 + ["rare", "rarer"]

    space = space_of(pd.DataFrame({"a": names}))

    assert space.points.shape == (62, 1 + _neighbours.MAX_LEVELS)
    np.testing.assert_array_equal(space.points[-1, 1:], space.points[-2, 1:])


def test_among_equal_rows_any_may_be_the_nearest():
    X = np.zeros((50, 1))

    found = space_of(X).nearest(np.arange(50), 1)

    assert (found[:, 0] != np.arange(50)).all()
    assert len(np.unique(found)) > 10


def test_with_many_rows_neighbours_come_from_some(monkeypatch):
    monkeypatch.setattr(_neighbours, "MAX_REFERENCE", 20)
    X = np.random.default_rng(0).normal(size=(100, 2))

    space = space_of(X)
    found = space.nearest(np.arange(100), 3)

    assert len(space.reference) == 20
    assert set(found.ravel()) <= set(space.reference)
    assert (found != np.arange(100)[:, None]).all()


def test_the_number_of_threads_does_not_matter():
    """Equal rows, and more than one chunk of them."""
    X = np.random.default_rng(0).integers(0, 3, size=(1500, 20)).astype(float)
    space = space_of(X)
    found = []

    for n_threads in (1, 2, 4):
        with threadpool_limits(n_threads):
            found.append(space.nearest(np.arange(1500), 3))

    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
