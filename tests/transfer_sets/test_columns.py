"""Columns: which may be moved, how far they spread, and who is drawn."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from threadpoolctl import threadpool_limits

from sklkd.transfer_sets._columns import Columns, as_container, recombined


def columns_of(X, weight=None):
    weight = np.ones(len(X)) if weight is None else np.asarray(weight, dtype=float)
    return Columns.of("Test", as_container(X), weight)


def test_numbers_may_be_moved_and_all_else_is_copied():
    X = pd.DataFrame(
        {"a": ["x", "y"], "b": [1.5, 2.5], "c": [True, False], "d": [1, 2]}
    )

    columns = columns_of(X)

    assert columns.moved == [1, 3]
    assert columns.copied == [0, 2]
    assert (columns.n_columns, columns.n_copied, len(columns)) == (4, 2, 2)
    np.testing.assert_array_equal(columns.values, [[1.5, 1.0], [2.5, 2.0]])


@pytest.mark.parametrize(("number", "moved"), [(2**53, [0]), (2**53 + 2, [])])
@pytest.mark.parametrize("sign", [1, -1])
def test_integers_that_floats_skip_are_copied(number, moved, sign):
    assert columns_of(np.array([[sign * number], [0]])).moved == moved


def test_huge_floats_are_moved():
    assert columns_of(np.array([[1e300], [0.0]])).moved == [0]


@given(
    X=npst.arrays("f8", (6, 2), elements=st.floats(-1e3, 1e3)),
    weight=npst.arrays("i8", 6, elements=st.integers(1, 4)),
)
def test_a_weight_is_a_number_of_rows(X, weight):
    scale = columns_of(X, weight).scale

    expected = np.repeat(X, weight, axis=0).std(axis=0)
    np.testing.assert_allclose(scale, expected, rtol=1e-9, atol=1e-9)


def test_missing_entries_do_not_count():
    X = np.array([[1.0, np.nan], [np.nan, np.nan], [4.0, np.nan]])

    np.testing.assert_allclose(columns_of(X).scale, [1.5, 0.0])


@pytest.mark.parametrize(
    ("size", "type_"), [(1e308, "f8"), (1e-300, "f8"), (1e38, "f4")]
)
def test_squares_of_huge_and_tiny_numbers_are_not_needed(size, type_):
    X = np.array([[-size], [size]], dtype=type_)

    assert columns_of(X).scale[0] == pytest.approx(size)


def test_a_constant_column_has_no_spread_to_the_last_digit():
    X = np.full((1000, 3), [0.1, 0.7, 1e-300])
    weight = np.random.default_rng(0).random(1000)

    assert columns_of(X, weight).scale.tolist() == [0.0, 0.0, 0.0]


def test_spread_is_the_same_to_the_bit_on_any_number_of_threads():
    X = np.random.default_rng(0).normal(size=(50_000, 20))
    found = []

    for n_threads in (1, 2, 4):
        with threadpool_limits(n_threads):
            found.append(columns_of(X).scale)

    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_rows_are_drawn_in_proportion_to_their_weights():
    columns = columns_of(np.eye(3), [1.0, 2.0, 5.0])

    drawn = columns.draw_rows(np.random.default_rng(0), 8000)

    np.testing.assert_allclose(np.bincount(drawn), [1000, 2000, 5000], atol=150)


def test_equal_weights_draw_the_same_rows_as_none():
    drawn = [
        columns_of(np.eye(3), weight).draw_rows(np.random.default_rng(0), 9)
        for weight in (None, [7.0, 7.0, 7.0])
    ]

    np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize("weight", [[1e-320, 1.0], [1e308, 1e308], [1e-300, 1e300]])
def test_extreme_weights_draw_rows_that_exist(weight):
    drawn = columns_of(np.eye(2), weight).draw_rows(np.random.default_rng(0), 1000)

    assert set(drawn) <= {0, 1}


def test_copies_of_rows_and_of_entries():
    X = pd.DataFrame({"who": ["a", "b"], "x": [0.5, 1.5]})
    columns = columns_of(X)

    rows = columns.table(columns.copies(np.array([1, 0])))
    entries = columns.table(columns.copies(np.array([[1, 0], [0, 1]])))

    assert rows.to_numpy().tolist() == [["b", 1.5], ["a", 0.5]]
    assert entries.to_numpy().tolist() == [["a", 1.5], ["b", 0.5]]


def test_a_mean_of_two_rows_by_hand():
    columns = columns_of(np.array([[0.5], [4.5]]))
    share = np.array([1.0, 0.75, 0.0])

    draft = columns.between(
        np.array([0, 0, 0]), np.array([1, 1, 1]), share, np.random.default_rng(0)
    )

    assert draft.values.ravel().tolist() == [0.5, 1.5, 4.5]


def test_what_leaves_the_range_comes_back_and_what_is_whole_stays_so():
    columns = columns_of(np.array([[0.5, 1.0, np.nan], [4.5, 3.0, np.nan]]))
    draft = columns.copies(np.array([0, 0, 1]))
    draft.values = np.array([[-9, 1.4, np.nan], [9, 1.6, np.nan], [1.25, 9, np.nan]])

    new = columns.table(draft)

    np.testing.assert_array_equal(
        new, [[0.5, 1.0, np.nan], [4.5, 2.0, np.nan], [1.25, 3.0, np.nan]]
    )


# --- Rows put together ----------------------------------------------------------------


def by_rows(rows):
    return pl.DataFrame(rows, orient="row")


@pytest.mark.parametrize("kind", [np.array, pd.DataFrame, by_rows])
def test_every_entry_is_copied_from_the_row_that_is_named(kind):
    X = kind([[1, 10], [2, 20], [3, 30]])
    new = recombined("Test", X, np.array([[0, 2], [2, 2]]))
    assert type(new) is type(X)
    np.testing.assert_array_equal(np.asarray(new), [[1, 30], [3, 30]])


def test_a_table_of_another_library_is_not_put_together():
    with pytest.raises(TypeError, match="Test: X must be an array or a DataFrame"):
        recombined("Test", [[1, 2]], np.zeros((1, 2), dtype=int))
