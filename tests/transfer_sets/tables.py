"""Tables with a column of every kind, and what must hold of rows made from them."""

import datetime
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

DAYS = [datetime.date(2024, 1, 1) + datetime.timedelta(days=7 * i) for i in range(40)]


def pandas_table(n=30, seed=0):
    """One column of each type of pandas, and its form with missing entries."""
    rng = np.random.default_rng(seed)
    gap = rng.random(n) < 0.3
    gap[0] = False
    words = rng.choice(["low", "mid", "high"], n)
    stamps = pd.Series(pd.to_datetime(rng.choice(DAYS, n)))
    numbers = pd.Series(rng.normal(size=n))
    counts = pd.Series(rng.integers(-5, 100, n))
    columns = {
        "float": numbers,
        "float32": numbers.astype("float32"),
        "float16": numbers.astype("float16"),
        "Float64": numbers.astype("Float64"),
        "float_arrow": numbers.astype("double[pyarrow]"),
        "float_whole": counts.astype(float),
        "int": counts,
        "int8": counts.astype("int8"),
        "Int64": counts.astype("Int64"),
        "UInt8": counts.abs().astype("UInt8"),
        "int_arrow": counts.astype("int64[pyarrow]"),
        "id": pd.Series(rng.integers(2**60, 2**62, n)),
        "Id": pd.Series(rng.integers(2**60, 2**62, n), dtype="Int64"),
        "bool": pd.Series(rng.random(n) < 0.5),
        "boolean": pd.Series(rng.random(n) < 0.5, dtype="boolean"),
        "bool_arrow": pd.Series(rng.random(n) < 0.5, dtype="bool[pyarrow]"),
        "str": pd.Series(words),
        "object": pd.Series(words, dtype=object),
        "string_arrow": pd.Series(words, dtype="string[pyarrow]"),
        "category": pd.Series(pd.Categorical(words, ["none", "low", "mid", "high"])),
        "ordered": pd.Series(
            pd.Categorical(words, ["none", "low", "mid", "high"], ordered=True)
        ),
        "mixed": pd.Series([1, "a", 2.5, True, DAYS[0]] * n, dtype=object)[:n],
        "stamp": stamps,
        "stamp_tz": stamps.dt.tz_localize("Europe/Berlin"),
        "stamp_arrow": stamps.astype("timestamp[us][pyarrow]"),
        "date_arrow": stamps.astype("date32[pyarrow]"),
        "decimal_arrow": pd.Series(
            [decimal.Decimal(int(c)) for c in counts],
            dtype=pd.ArrowDtype(pa.decimal128(10, 2)),
        ),
        "span": stamps - stamps.min(),
        "period": stamps.dt.to_period("W"),
        "constant": pd.Series(np.full(n, 0.1)),
        "binary": pd.Series(rng.integers(0, 2, n).astype(float)),
    }
    for name in list(columns):
        if columns[name].dtype.kind in "iub" and name in {"int", "int8", "bool", "id"}:
            continue  # numpy's have no place for what is missing
        columns[f"{name}?"] = columns[name].mask(gap)
    columns["nothing"] = pd.Series(np.full(n, np.nan))
    return pd.DataFrame(columns)


def polars_table(n=30, seed=0):
    """One column of each type of polars, and its form with missing entries."""
    rng = np.random.default_rng(seed)
    gap = rng.random(n) < 0.3
    gap[0] = False
    words = rng.choice(["low", "mid", "high"], n).tolist()
    days = rng.choice(DAYS, n).tolist()
    counts = rng.integers(0, 100, n).tolist()
    kinds = pl.Enum(["none", "low", "mid", "high"])
    columns = [
        pl.Series("float", rng.normal(size=n)),
        pl.Series("float32", rng.normal(size=n), dtype=pl.Float32),
        pl.Series("float_whole", counts, dtype=pl.Float64),
        pl.Series("int", counts),
        pl.Series("uint8", counts, dtype=pl.UInt8),
        pl.Series("id", rng.integers(2**60, 2**62, n)),
        pl.Series("bool", (rng.random(n) < 0.5).tolist()),
        pl.Series("str", words),
        pl.Series("category", words, dtype=pl.Categorical),
        pl.Series("enum", words, dtype=kinds),
        pl.Series("bytes", [word.encode() for word in words]),
        pl.Series("decimal", counts, dtype=pl.Decimal(10, 2)),
        pl.Series("date", days),
        pl.Series("stamp", days, dtype=pl.Datetime("ms")),
        pl.Series("stamp_tz", days, dtype=pl.Datetime("us", "UTC")),
        pl.Series("span", [d - DAYS[0] for d in days]),
        pl.Series("time", [datetime.time(c % 24) for c in counts]),
        pl.Series("constant", np.full(n, 0.1)),
    ]
    missing = pl.Series(gap)
    table = pl.DataFrame(columns)
    holed = table.select(
        pl.when(missing).then(None).otherwise(pl.col(c)).alias(f"{c}?")
        for c in table.columns
    )
    nans = pl.Series("nan", np.where(gap, np.nan, rng.normal(size=n)))
    return pl.concat(
        [table, holed, pl.DataFrame([nans])], how="horizontal"
    ).with_columns(
        pl.lit(None).alias("null"), pl.lit(None, pl.Float64).alias("nothing")
    )


def lists(X):
    """The columns as lists of Python objects, with None for what is missing."""
    if isinstance(X, pl.DataFrame):
        columns = [X.to_series(j).to_list() for j in range(X.width)]
    elif isinstance(X, pd.DataFrame):
        columns = [X.iloc[:, j].astype(object).tolist() for j in range(X.shape[1])]
    else:
        columns = X.reshape(len(X), -1).astype(object).T.tolist()
    return [[None if is_missing(v) else v for v in column] for column in columns]


def is_missing(value):
    """None, NaN, NaT or NA."""
    return value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124


def is_moved(column):
    """Whether all are numbers that new rows may have others of."""
    seen = [v for v in column if v is not None]
    numbers = all(type(v) in {int, float} for v in seen)
    return numbers and not any(isinstance(v, int) and abs(v) > 2**53 for v in seen)


def faults(X, new):
    """Columns of new rows that break a promise, by position."""
    return [
        j
        for j, (old, made) in enumerate(zip(lists(X), lists(new), strict=True))
        if not keeps_its_promises(old, made)
    ]


def keeps_its_promises(old, made):
    """Ranges, whole numbers, known values, and missing ones where some were."""
    seen = [v for v in old if v is not None]
    values = [v for v in made if v is not None]
    if len(seen) == len(old) and len(values) < len(made):
        return False
    if not is_moved(old):
        types = {(type(v), v) for v in seen}
        return all((type(v), v) in types for v in values)
    if not seen:
        return not values
    in_range = all(min(seen) <= v <= max(seen) for v in values)
    whole = all(float(v).is_integer() for v in seen)
    return in_range and (not whole or all(float(v).is_integer() for v in values))
