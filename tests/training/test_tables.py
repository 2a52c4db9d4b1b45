"""Tables of every kind: rows taken and put together, and words made numbers."""

import builtins
import datetime
import re
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from sklkd.training import is_frame, not_numbers, stacked, take, vectorizer

NUMBERS = np.arange(12.0).reshape(6, 2)
DAYS = [datetime.date(2020, 1, 1 + i) for i in range(6)]
WORDS = ["ash", "birch", "ash", "cedar", "birch", "ash"]
CONTAINERS = {
    "array": np.array,
    "csr": sparse.csr_array,
    "matrix": sparse.csr_matrix,
    "pandas": pd.DataFrame,
    "relabelled": lambda x: pd.DataFrame(x, index=np.arange(len(x))[::-1]),
    "polars": pl.DataFrame,
}
EVERY_CONTAINER = pytest.mark.parametrize(
    "container", CONTAINERS.values(), ids=CONTAINERS
)


class Subclass(pd.DataFrame):
    """As a user's own library may have it."""


class PolarsSubclass(pl.DataFrame):
    """As a user's own library may have it."""


def dense(table):
    return table.toarray() if sparse.issparse(table) else np.asarray(table)


def pandas_table():
    """A column of every kind, each called by its kind."""
    return pd.DataFrame(
        {
            "float": [0.5, np.nan, 1, 2, 3, 4],
            "int": range(6),
            "uint8": np.arange(6, dtype="u1"),
            "bool": [True, False] * 3,
            "Int64": pd.array([1, None, 3, 4, 5, 6], dtype="Int64"),
            "Float32": pd.array([1, None, 3, 4, 5, 6], dtype="Float32"),
            "boolean": pd.array([True, None, False] * 2, dtype="boolean"),
            "sparse": pd.arrays.SparseArray([0.0, 0, 1, 0, 0, 2]),
            "text": pd.Series(WORDS, dtype="str"),
            "object": pd.Series(WORDS, dtype=object),
            "mixed": pd.Series([1, "a", None, 2.5, "b", 3], dtype=object),
            "category": pd.Categorical(WORDS),
            "rank": pd.Categorical([1, 2, 3, 1, 2, 3], ordered=True),
            "date": pd.to_datetime(DAYS),
            "zone": pd.to_datetime(DAYS).tz_localize("UTC"),
            "duration": pd.to_timedelta(np.arange(6), unit="D"),
            "period": pd.period_range("2020-01", periods=6, freq="M"),
        }
    )


def polars_table():
    """A column of every kind, each called by its kind."""
    kinds = {
        "float": pl.Series([0.5, None, 1, 2, 3, 4]),
        "int": pl.Series(range(6)),
        "uint8": pl.Series(range(6), dtype=pl.UInt8),
        "decimal": pl.Series(range(6)).cast(pl.Decimal(10, 2)),
        "bool": pl.Series([True, None, False] * 2),
        "text": pl.Series(WORDS),
        "category": pl.Series(WORDS, dtype=pl.Categorical),
        "rank": pl.Series(WORDS, dtype=pl.Enum(["birch", "ash", "cedar"])),
        "date": pl.Series(DAYS),
        "time": pl.Series([datetime.datetime(2020, 1, 1)] * 6),
        "duration": pl.Series([datetime.timedelta(i) for i in range(6)]),
        "nothing": pl.Series([None] * 6),
        "list": pl.Series([[1, 2]] * 6),
    }
    return pl.DataFrame(kinds)


TABLES = pytest.mark.parametrize("table", [pandas_table, polars_table])


@pytest.mark.parametrize(
    ("X", "frame"),
    [
        (pd.DataFrame(NUMBERS), True),
        (Subclass(NUMBERS), True),
        (pl.DataFrame(NUMBERS), True),
        (pd.DataFrame(), True),
        (pd.Series([1, 2]), False),
        (pl.Series([1, 2]), False),
        (NUMBERS, False),
        (NUMBERS.tolist(), False),
        (sparse.csr_array(NUMBERS), False),
        (np.zeros((2, 3, 4)), False),
        (None, False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_tables_with_named_columns_are_frames(X, frame):
    assert is_frame(X) is frame


@EVERY_CONTAINER
@pytest.mark.parametrize(
    "rows",
    [
        slice(1, 4),
        slice(4, 99),
        slice(0, 0),
        np.array([3, 0, 3]),
        np.array([], dtype=np.int64),
        np.array([-1, 1]),
    ],
    ids=str,
)
def test_rows_are_taken_by_position(container, rows):
    taken = take(container(NUMBERS), rows)

    assert type(taken) is type(container(NUMBERS))
    np.testing.assert_array_equal(dense(taken), NUMBERS[rows])


@EVERY_CONTAINER
@given(n=st.integers(0, 6), seed=st.integers(0, 9))
def test_what_is_cut_and_put_together_is_whole(container, n, seed):
    whole = container(np.random.default_rng(seed).normal(size=(6, 2)))

    again = stacked(take(whole, slice(n)), take(whole, slice(n, None)))

    assert type(again) is type(whole)
    np.testing.assert_array_equal(dense(again), dense(whole))


@TABLES
def test_columns_of_every_kind_keep_it(table):
    """A teacher that knows categories must find them again."""
    whole = table()
    order = np.array([5, 0, 3])

    both = stacked(whole, take(whole, order))

    assert list(both.dtypes) == list(whole.dtypes)
    assert list(both.columns) == list(whole.columns)
    first, second = take(both, slice(6)), take(both, slice(6, None))
    expected = take(whole, order)
    if isinstance(whole, pl.DataFrame):
        assert first.equals(whole)
        assert second.equals(expected)
    else:
        pd.testing.assert_frame_equal(first, whole)
        pd.testing.assert_frame_equal(
            second.reset_index(drop=True), expected.reset_index(drop=True)
        )


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_whole_numbers_and_others_are_numbers(frame):
    both = stacked(frame({"a": [1, 2]}), frame({"a": [0.5]}))

    assert np.asarray(both).ravel().tolist() == [1, 2, 0.5]
    assert not_numbers(both) == []


def test_rows_after_others_are_numbered_anew():
    """Positions and labels are the same again."""
    table = pd.DataFrame(NUMBERS, index=[7] * 6)

    assert stacked(table, table).index.tolist() == list(range(12))


@pytest.mark.parametrize("kind", [Subclass, PolarsSubclass])
def test_frames_of_a_subclass_are_put_together(kind):
    both = stacked(kind({"a": [1, 2]}), kind({"a": [3]}))

    assert np.asarray(both).ravel().tolist() == [1, 2, 3]


def test_arrays_of_words_and_of_images_are_put_together():
    words, images = np.array(["a", "bb"]), np.ones((2, 3, 4))

    assert stacked(words, np.array(["ccc"])).tolist() == ["a", "bb", "ccc"]
    assert stacked(images, images).shape == (4, 3, 4)


def test_sparse_rows_become_csr():
    both = stacked(sparse.csc_array(NUMBERS), sparse.coo_array(NUMBERS))

    assert both.format == "csr"
    np.testing.assert_array_equal(both.toarray(), np.concatenate([NUMBERS, NUMBERS]))


@TABLES
def test_putting_together_changes_neither(table):
    whole, more = table(), table()

    stacked(whole, more)

    for changed in (whole, more):
        assert list(changed.dtypes) == list(table().dtypes)
        assert len(changed) == 6


def test_what_is_no_number_is_named():
    assert not_numbers(pandas_table()) == [
        "text",
        "object",
        "mixed",
        "category",
        "rank",
        "date",
        "zone",
        "duration",
        "period",
    ]
    assert not_numbers(polars_table()) == [
        "text",
        "category",
        "rank",
        "date",
        "time",
        "duration",
        "nothing",
        "list",
    ]


@pytest.mark.parametrize("names", [[1, 2], [("a", 1), ("a", 2)], ["same", "same"]])
def test_names_of_any_kind_are_told(names):
    table = pd.DataFrame([["x", "y"]])
    table.columns = names

    assert not_numbers(table) == names


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_numbers_alone_need_nothing(frame):
    assert not_numbers(frame(NUMBERS)) == []
    assert not_numbers(frame()) == []


SENTENCE = (
    "Test: X has columns that hold no numbers, ['city', 3]. The default student needs "
    "skrub to read them: pip install 'sklkd[tables]'. Or pass a Pipeline as student, "
    "with transformers of your own."
)


def test_without_skrub_words_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "skrub", None)

    with pytest.raises(ImportError, match=f"^{re.escape(SENTENCE)}$"):
        vectorizer("Test", ["city", 3])


def test_without_skrub_the_cause_is_kept(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("skrub"):
            raise ModuleNotFoundError("No module named 'skrub'", name="skrub")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(ImportError) as caught:
        vectorizer("Test", ["city", 3])

    assert str(caught.value) == SENTENCE
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def readable(table):
    """Without the kinds that skrub does not read."""
    left_out = ["sparse", "period", "mixed", "list"]
    kept = [name for name in table.columns if name not in left_out]
    return table[kept]


@TABLES
def test_every_kind_becomes_numbers(table):
    pytest.importorskip("skrub")
    X = readable(table())
    steps = vectorizer("Test", not_numbers(X))

    numbers = np.asarray(steps.fit_transform(X), dtype=float)

    assert len(numbers) == 6
    assert numbers.shape[1] >= len(X.columns) - 1
    again = np.asarray(steps.transform(take(X, slice(2, 4))), dtype=float)
    np.testing.assert_array_equal(again, numbers[2:4])


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_numbers_and_gaps_in_them_stay(frame):
    pytest.importorskip("skrub")
    column = [0.5, None, 3.0, -1.5]
    X = frame({"x": column, "word": ["a", "b", "a", "b"]})

    numbers = np.asarray(vectorizer("Test", ["word"]).fit_transform(X), dtype=float)

    np.testing.assert_array_equal(numbers[:, 0], [0.5, np.nan, 3.0, -1.5])
    assert numbers[:, 1:].tolist() == [[1, 0], [0, 1]] * 2


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_many_words_become_the_same_numbers_in_every_fit(frame):
    pytest.importorskip("skrub")
    words = [f"word {i} of {i % 7}" for i in range(60)]
    X = frame({"word": words})

    first, again = (
        np.asarray(vectorizer("Test", ["word"]).fit_transform(X)) for _ in range(2)
    )

    np.testing.assert_array_equal(first, again)
    assert first.shape[1] == 30
    assert np.isfinite(first).all()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_word_that_was_not_there_is_no_word(frame):
    pytest.importorskip("skrub")
    """Neither the first of two nor an error, and no warning in every prediction."""
    steps = vectorizer("Test", ["word"]).fit(frame({"word": ["a", "b"] * 2}))

    numbers = np.asarray(steps.transform(frame({"word": ["new", "b", "a"]})))

    assert numbers.tolist() == [[0, 0], [0, 1], [1, 0]]
