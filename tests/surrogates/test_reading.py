"""Tables of all kinds, read as numbers."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.surrogates._reading import Reading


def read(X, score=None, weight=None):
    n = X.shape[0]
    said = np.zeros((n, 1)) if score is None else np.asarray(score, float)[:, None]
    weight = np.ones(n) if weight is None else np.asarray(weight, float)
    return Reading.fit("Test", X, said, weight)


FRAMES = [pd.DataFrame, pl.DataFrame]


def test_numbers_stay_what_they_are():
    X = np.array([[1.5, 2], [np.nan, 4]])
    reading = read(X)
    np.testing.assert_array_equal(reading.of("Test", X), X)
    assert [c.name for c in reading.columns] == ["x0", "x1"]
    assert [c.whole for c in reading.columns] == [False, True]
    assert [c.gaps for c in reading.columns] == [True, False]


@pytest.mark.parametrize("frame", FRAMES)
def test_words_stand_in_the_order_of_what_the_teacher_says(frame):
    X = frame({"age": [1, 2, 3, 4], "job": ["b", "a", "c", "b"]})
    reading = read(X, [0.2, 0.9, 0.1, 0.4])
    assert reading.columns[1].categories == ("c", "b", "a")
    np.testing.assert_array_equal(reading.of("Test", X)[:, 1], [1, 2, 0, 1])


@pytest.mark.parametrize("frame", FRAMES)
def test_words_that_fit_never_saw_are_missing(frame):
    reading = read(frame({"job": ["a", "b"]}))
    Z = reading.of("Test", frame({"job": ["z", None]}))
    assert np.isnan(Z).all()


@pytest.mark.parametrize("frame", FRAMES)
def test_truth_values_are_categories(frame):
    X = frame({"member": [True, False, True]})
    reading = read(X, [1, 0, 1])
    assert reading.columns[0].categories == (False, True)
    np.testing.assert_array_equal(reading.of("Test", X)[:, 0], [1, 0, 1])


def test_categories_of_pandas_are_read_as_words():
    X = pd.DataFrame({"size": pd.Categorical(["s", "l", None], ["s", "m", "l"])})
    reading = read(X, [0, 1, 0])
    assert reading.columns[0].categories == ("s", "l")
    np.testing.assert_array_equal(reading.of("Test", X)[:, 0], [0, 1, np.nan])
    assert reading.columns[0].gaps


def test_nullable_numbers_of_pandas_have_gaps():
    X = pd.DataFrame({"n": pd.array([1, None, 3], dtype="Int64")})
    np.testing.assert_array_equal(read(X).of("Test", X)[:, 0], [1, np.nan, 3])


def test_nulls_of_polars_are_missing():
    X = pl.DataFrame({"n": [1, None, 3]})
    np.testing.assert_array_equal(read(X).of("Test", X)[:, 0], [1, np.nan, 3])


def test_an_array_of_objects_may_hold_words():
    X = np.array([[1, "a"], [2, "b"], [3, None]], dtype=object)
    reading = read(X)
    assert reading.columns[0].categories is None
    np.testing.assert_array_equal(reading.of("Test", X), [[1, 0], [2, 1], [3, np.nan]])


@given(st.permutations(range(6)))
def test_the_order_of_words_does_not_depend_on_that_of_rows(order):
    X = pd.DataFrame({"job": list("aabbcc")})
    score = np.array([0.1, 0.3, 0.7, 0.9, 0.4, 0.6])
    rows = list(order)
    mixed = read(X.iloc[rows], score[rows])
    assert mixed.columns == read(X, score).columns


def test_a_weight_is_a_repeated_row():
    X = pd.DataFrame({"job": ["a", "b", "b"]})
    weighted = read(X, [0.5, 0.0, 1.0], [1, 1, 3])
    repeated = read(X.iloc[[0, 1, 2, 2, 2]], [0.5, 0.0, 1.0, 1.0, 1.0])
    assert weighted.columns == repeated.columns
    assert weighted.columns[0].categories == ("a", "b")


def test_dates_are_refused_by_name():
    X = pd.DataFrame({"born": [datetime.datetime(2000, 1, 1)] * 2})
    with pytest.raises(TypeError, match=r"Test: X must hold numbers, .* 'born'\. Turn"):
        read(X)


def test_an_infinity_is_refused_by_name():
    with pytest.raises(ValueError, match=r"no infinity, got one in the column 'x1'\."):
        read(np.array([[1.0, np.inf]]))


def test_a_table_of_three_dimensions_is_refused():
    with pytest.raises(TypeError, match="an array of two dimensions"):
        read(np.zeros((2, 2, 2)))
