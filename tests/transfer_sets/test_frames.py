"""DataFrames: numbers and codes of every type, and tables put together again."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from transfer_sets.tables import pandas_table, polars_table

from sklkd.transfer_sets._columns import as_container


@pytest.mark.parametrize("make", [pandas_table, polars_table])
def test_a_table_of_copied_entries_is_the_table(make):
    X = make()
    container = as_container(X)
    source = np.repeat(np.arange(len(X))[:, None], X.shape[1], axis=1)

    again = container.rebuilt([], np.zeros((len(X), 0)), [*range(X.shape[1])], source)

    assert again.equals(X)


@pytest.mark.parametrize("make", [pandas_table, polars_table])
def test_a_table_of_moved_numbers_is_the_table_if_they_did_not_move(make):
    X = make()
    container = as_container(X)
    moved = [
        j
        for j, name in enumerate(X.columns)
        if container.kind(j) in {"float", "integer"}
        and not name.lower().startswith("id")
    ]
    copied = sorted(set(range(X.shape[1])) - set(moved))
    source = np.repeat(np.arange(len(X))[:, None], len(copied), axis=1)

    again = container.rebuilt(moved, container.floats(moved), copied, source)

    assert len(moved) > 10
    assert again.equals(X)


def test_the_kinds_of_a_pandas_table():
    container = as_container(pandas_table())

    kinds = dict(
        zip(
            container.names,
            map(container.kind, range(len(container.names))),
            strict=True,
        )
    )

    of = {
        kind: {name for name in kinds if kinds[name] == kind} for kind in kinds.values()
    }
    assert {"float", "float16", "Float64", "float_arrow", "nothing"} <= of["float"]
    assert {"int", "Int64", "UInt8", "int_arrow", "id", "Id"} <= of["integer"]
    assert {"stamp", "stamp_tz", "stamp_arrow", "date_arrow", "span"} <= of["ordered"]
    assert {"bool", "boolean", "str", "object", "category", "mixed"} <= of["label"]
    assert set(of) == {"float", "integer", "ordered", "label"}


def test_the_kinds_of_a_polars_table():
    container = as_container(polars_table())

    kinds = dict(
        zip(
            container.names,
            map(container.kind, range(len(container.names))),
            strict=True,
        )
    )

    of = {
        kind: {name for name in kinds if kinds[name] == kind} for kind in kinds.values()
    }
    assert {"float", "float32", "nan", "nothing"} <= of["float"]
    assert {"int", "uint8", "id"} <= of["integer"]
    assert {"decimal", "date", "stamp", "stamp_tz", "span", "time"} <= of["ordered"]
    assert {"bool", "str", "category", "enum", "bytes", "null"} <= of["label"]


DAYS = [datetime.date(2024, 1, 1), datetime.date(2024, 1, 3), None]


@pytest.mark.parametrize(
    "X",
    [
        np.array(DAYS, dtype="M8[D]")[:, None],
        pd.DataFrame({"a": pd.to_datetime(DAYS)}),
        pd.DataFrame({"a": pd.to_datetime(DAYS)}).apply(
            lambda column: column.dt.tz_localize("Asia/Tokyo")
        ),
        pd.DataFrame({"a": pd.Series(DAYS, dtype="date32[pyarrow]")}),
        pd.DataFrame({"a": pd.Series(DAYS, dtype="timestamp[us][pyarrow]")}),
        pl.DataFrame({"a": DAYS}),
        pl.DataFrame({"a": DAYS}, schema={"a": pl.Datetime("ms", "UTC")}),
    ],
    ids=["numpy", "pandas", "pandas tz", "date32", "arrow", "polars", "polars tz"],
)
def test_dates_are_numbers_that_grow_evenly(X):
    container = as_container(X)

    first, third, missing = container.floats([0])[:, 0]

    assert container.kind(0) == "ordered"
    assert third > first
    assert np.isnan(missing)


WORDS = ["b", "a", None, "b"]


@pytest.mark.parametrize(
    "X",
    [
        np.array(WORDS, dtype=object)[:, None],
        *(
            pd.DataFrame({"a": pd.Series(WORDS, dtype=type_)})
            for type_ in ["str", object, "category", "string[pyarrow]"]
        ),
        pl.DataFrame({"a": WORDS}),
        pl.DataFrame({"a": WORDS}, schema={"a": pl.Categorical}),
        pl.DataFrame({"a": WORDS}, schema={"a": pl.Enum(["c", "b", "a"])}),
    ],
    ids=lambda X: type(X).__module__,
)
def test_codes_are_equal_where_values_are_and_negative_where_missing(X):
    container = as_container(X)

    codes = container.codes(0)

    assert container.kind(0) == "label"
    assert codes[0] == codes[3]
    assert len(set(codes.tolist())) == 3
    np.testing.assert_array_equal(codes < 0, [False, False, True, False])
