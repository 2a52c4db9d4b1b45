"""What hides a part of a row: in the type of its column, or the next that can."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sklkd.inspection._occlusion_fill import hideable

ALL = slice(None)


def hidden(X, fill=None, columns=(0,)):
    """All rows with the fill in some columns."""
    rows = hideable("f", X, fill)
    mask = np.zeros((1, *rows.row_shape), dtype=bool)
    mask[0, list(columns)] = True
    return rows.hidden(ALL, mask)


# --- Arrays ---------------------------------------------------------------------------


@given(
    arrays(float, (3, 2, 2), elements=st.floats(-9, 9)),
    arrays(bool, (2, 2, 2)),
    arrays(float, (2, 2), elements=st.floats(-9, 9)),
)
def test_what_the_mask_leaves_is_as_it_was(X, masks, fill):
    rows = hideable("f", X, fill)

    given_ = rows.hidden(slice(1, 3), masks).reshape(2, 2, 2, 2)

    for mask, copy in zip(masks, given_, strict=True):
        assert (copy[:, mask] == fill[mask]).all()
        assert (copy[:, ~mask] == X[1:3][:, ~mask]).all()
    np.testing.assert_array_equal(rows.shown(slice(1, 3), 2), np.tile(X[1:], (2, 1, 1)))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n_masks", [1, 2])
def test_rows_are_row_major_so_that_sums_round_alike(order, n_masks):
    rows = hideable("f", np.asarray(np.ones((6, 5)), order=order), 0.0)

    filled = rows.hidden(slice(0, 6), np.eye(5, dtype=bool)[:n_masks])

    assert filled.flags.c_contiguous
    assert rows.shown(slice(0, 6), n_masks).flags.c_contiguous


@pytest.mark.parametrize(
    ("dtype", "fill", "expected"),
    [
        ("i8", 2.0, "i8"),
        ("i8", 2.5, "f8"),
        ("i8", np.nan, "f8"),
        ("u1", 300, "f8"),
        ("u1", -1, "f8"),
        ("?", 1, "?"),
        ("?", 0.5, "f8"),
        ("f4", 0.1, "f4"),
        (">f8", 0.1, "f8"),
        (">i4", 3, "i4"),
    ],
)
def test_the_type_stays_where_it_can_hold_the_fill(dtype, fill, expected):
    X = np.ones((2, 1), dtype=dtype)

    filled = hidden(X, fill)

    assert filled.dtype == np.dtype(expected)
    np.testing.assert_array_equal(filled, np.full((2, 1), fill, dtype=expected))


@pytest.mark.parametrize(("fill", "expected"), [("mean", 3.0), ("median", 1.0)])
def test_mean_and_median_are_of_the_column(fill, expected):
    X = np.array([[0.0], [1.0], [8.0]])

    assert hidden(X, fill).tolist() == [[expected]] * 3


def test_words_get_the_most_frequent():
    X = np.array([["a", 1], ["b", 2], ["b", 6]], dtype=object)

    assert hidden(X, columns=[0, 1]).tolist() == [["b", 3.0]] * 3
    assert hidden(X[:, :1].astype(str)).tolist() == [["b"]] * 3


def test_a_word_may_be_longer_than_those_that_are_there():
    assert hidden(np.array([["a"], ["b"]]), ["other"]).tolist() == [["other"]] * 2


def test_a_row_may_be_a_table_of_one():
    assert hidden(np.zeros((2, 3)), [[1, 2, 3]], [1]).tolist() == [[0, 2, 0]] * 2


# --- DataFrames -----------------------------------------------------------------------

DAY = datetime.date(2020, 1, 1)


@pytest.mark.parametrize(
    ("column", "fill", "expected"),
    [
        (pd.Series([1, 2, 6]), None, pd.Series([3])),
        (pd.Series([1, 2]), None, pd.Series([1.5])),
        (pd.Series([1, None, 3], dtype="Int64"), None, pd.Series([2], dtype="Int64")),
        (pd.Series([1, 2], dtype="Int64"), None, pd.Series([1.5], dtype="Float64")),
        (
            pd.Series([1, 2], dtype="int32[pyarrow]"),
            None,
            pd.Series([1.5], dtype="double[pyarrow]"),
        ),
        (pd.Series([0.5, 1.0], dtype="f4"), None, pd.Series([0.75], dtype="f4")),
        (pd.Series([1.0, None, 5.0]), "median", pd.Series([3.0])),
        (pd.Series(["a", "b", "b"]), None, pd.Series(["b"])),
        (pd.Series(["a", None, None]), "median", pd.Series(["a"])),
        (pd.Series(["a", "b"]), ["c"], pd.Series(["c"])),
        (
            pd.Series(["a", "b", "b"], dtype="category"),
            None,
            pd.Series(["b"], dtype=pd.CategoricalDtype(["a", "b"])),
        ),
        (
            pd.Series(["a", "b", "b"], dtype="category"),
            ["a"],
            pd.Series(["a"], dtype=pd.CategoricalDtype(["a", "b"])),
        ),
        (pd.Series([True, False, True]), None, pd.Series([True])),
        (pd.Series([True, False, True]), 0.0, pd.Series([True])),
        (
            pd.Series(pd.to_datetime(["2020-01-01", "2021-01-01", "2021-01-01"])),
            None,
            pd.Series(pd.to_datetime(["2021-01-01"])),
        ),
        (pd.Series([1, 2]), 7.5, pd.Series([7.5])),
        (pd.Series([1, 2]), np.nan, pd.Series([np.nan])),
    ],
)
def test_a_column_of_pandas(column, fill, expected):
    frame = pd.DataFrame({"a": column, "b": 1.0})

    filled = hidden(frame, fill if not isinstance(fill, list) else [*fill, 0])

    whole = pd.concat([expected] * len(frame), ignore_index=True)
    pd.testing.assert_frame_equal(filled, pd.DataFrame({"a": whole, "b": 1.0}))


@pytest.mark.parametrize(
    ("column", "fill", "expected"),
    [
        (pl.Series([1, 2, 6]), None, pl.Series([3])),
        (pl.Series([1, 2]), None, pl.Series([1.5])),
        (pl.Series([1, None, 4]), None, pl.Series([2.5])),
        (
            pl.Series([0.5, 1.0], dtype=pl.Float32),
            None,
            pl.Series([0.75]).cast(pl.Float32),
        ),
        (pl.Series(["a", "b", "b"]), None, pl.Series(["b"])),
        (pl.Series(["a", None, None]), None, pl.Series(["a"])),
        (pl.Series(["a", "b"]), ["c"], pl.Series(["c"])),
        (
            pl.Series(["a", "b", "b"], dtype=pl.Categorical),
            None,
            pl.Series(["b"], dtype=pl.Categorical),
        ),
        (
            pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])),
            ["b"],
            pl.Series(["b"], dtype=pl.Enum(["a", "b"])),
        ),
        (pl.Series([True, False, True]), None, pl.Series([True])),
        (pl.Series([DAY, DAY, None]), None, pl.Series([DAY])),
        (pl.Series([1, 2]), np.nan, pl.Series([None], dtype=pl.Int64)),
    ],
)
def test_a_column_of_polars(column, fill, expected):
    frame = pl.DataFrame({"a": column, "b": [1.0] * len(column)})

    filled = hidden(frame, fill if not isinstance(fill, list) else [*fill, 0])

    assert filled.schema == {"a": expected.dtype, "b": pl.Float64}
    assert filled["a"].to_list() == expected.to_list() * len(column)


@pytest.mark.parametrize("module", [pd, pl])
@pytest.mark.parametrize(
    "form",
    [
        lambda module: module.DataFrame({"a": [5], "w": ["z"]}),
        lambda module: {"w": "z", "a": 5},
        lambda module: pd.Series({"a": 5, "w": "z"}),
        lambda module: [5, "z"],
        lambda module: np.array([[5, "z"]], dtype=object),
    ],
)
def test_a_row_comes_in_many_forms(module, form):
    frame = module.DataFrame({"a": [1, 2], "w": ["x", "y"]})

    filled = hidden(frame, form(module), [0, 1])

    assert list(filled["a"]) == [5, 5]
    assert list(filled["w"]) == ["z", "z"]


@pytest.mark.parametrize("module", [pd, pl])
def test_the_fill_is_a_row_that_can_be_passed_again(module):
    frame = module.DataFrame({"a": [1, 2], "w": ["x", "y"]})
    fill = hideable("f", frame, None).fill

    again = hidden(frame, fill, [0, 1])

    assert again.equals(hidden(frame, None, [0, 1]))
    assert fill.shape == (1, 2)


def test_columns_of_one_name_and_any_index_are_told_apart():
    frame = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], columns=["a", "a"], index=[7, 7])

    filled = hidden(frame, 0.0, [1])

    assert filled.to_numpy().tolist() == [[1.0, 0.0], [3.0, 0.0]]
    assert filled.index.tolist() == [7, 7]
    assert frame.iloc[0, 1] == 2.0


# --- Errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "fill", "message"),
    [
        (
            np.zeros(3),
            None,
            (
                "f: X must have the shape (n_samples, ...) of rows, got (3,). Of one "
                "row pass X[np.newaxis]."
            ),
        ),
        (np.zeros((0, 3)), None, "f: X must have at least one row, got 0."),
        (
            np.zeros((2, 3)),
            [1, 2],
            (
                "f: fill must be a number, 'mean', 'median', or a row of the shape "
                "(3,), got the shape (2,)."
            ),
        ),
        (
            np.zeros((2, 3)),
            "meen",
            "f: fill must be one of 'mean', 'median', got 'meen'. Did you mean 'mean'?",
        ),
        (
            np.zeros((1, 3)),
            "median",
            (
                "f: fill must be given for a single row, whose mean is itself. Pass "
                "that of the training rows, such as fill=X_train.mean(axis=0)."
            ),
        ),
        (
            pd.DataFrame({"a": [1, 2], "b": 1}),
            {"a": 1},
            (
                "f: fill must have a value for each of the 2 columns of X, got 1. Pass"
                " a DataFrame of one row, or a mapping from names."
            ),
        ),
        (
            pl.DataFrame({"a": [1, 2]}),
            [1, 2],
            (
                "f: fill must have a value for each of the 1 columns of X, got 2. Pass"
                " a DataFrame of one row, or a mapping from names."
            ),
        ),
        (
            pd.DataFrame({"a": pd.Series(["x", "y"], dtype="category")}),
            ["z"],
            (
                "f: fill must have a value of the type category for the column 'a', "
                "got 'z'."
            ),
        ),
        (
            pl.DataFrame({"a": pl.Series(["x"], dtype=pl.Enum(["x"]))}),
            ["z"],
            (
                "f: fill must have a value of the type Enum(categories=['x']) for the "
                "column 'a', got 'z'."
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_fill_is_said(X, fill, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        hideable("f", X, fill)
