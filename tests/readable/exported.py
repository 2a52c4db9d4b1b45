"""What exported models say, by running them: Python in a module, SQL in SQLite."""

import datetime as dt
import sqlite3
from contextlib import closing, contextmanager

import numpy as np
from readable.random_models import words

from sklkd.readable import AdditiveModel, NearestModel
from sklkd.readable._python import to_python
from sklkd.readable._sql import to_sql


def module_of(model, **options):
    """Names that the exported module defines."""
    module = {}
    exec(compile(to_python(model, **options), "exported", "exec"), module)
    return module


def dicts(model, Z):
    """Rows as the exported functions take them."""
    names = [column.name for column in model.columns]
    return [dict(zip(names, row, strict=True)) for row in words(model, Z)]


def python_outputs(model, Z):
    """What the exported module says of rows: (n, n_outputs)."""
    function = module_of(model, name="said")["said"]
    return np.array([function(row) for row in dicts(model, Z)])


@contextmanager
def database(model, table, *, name="rows"):
    """Open a database in memory, with one table; columns have no types, and an "id"."""
    connection = sqlite3.connect(":memory:")
    columns = ["id", *(column.name for column in model.columns)]
    named = ", ".join('"{}"'.format(each.replace('"', '""')) for each in columns)
    marks = ", ".join("?" * len(columns))
    connection.execute(f'CREATE TABLE "{name}" ({named})')
    entries = [[i, *map(stored, row)] for i, row in enumerate(table)]
    connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', entries)
    with closing(connection):
        yield connection


def stored(value):
    """A value as SQLite keeps it."""
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, dt.date) else value


def select(model, table, **options):
    """The rows that an exported query gives for a table, in order, without the id."""
    with database(model, table) as connection:
        sql = to_sql(model, keep=["id"], dialect="sqlite", **options)
        found = sorted(connection.execute(sql).fetchall())
    return [row[1:] for row in found]


def sql_outputs(model, Z):
    """What the exported query says of rows: (n, n_outputs)."""
    found = [row[: len(model.targets)] for row in select(model, words(model, Z))]
    return np.array(found, dtype=np.float64)


def size(model, Z):
    """What rounding errors are in proportion to: numbers that are added up: (n, 1)."""
    found = np.ones(len(Z))
    if isinstance(model, AdditiveModel):
        found += np.abs(model.intercept).max()
        for curve in model.curves:
            found += _size_of_curve(curve, Z)
    if isinstance(model, NearestModel):
        for each, metric in zip(model.prototypes, _metrics(model), strict=True):
            row = np.stack([feature.of(Z) for feature in model.features], axis=1)
            sums = np.abs(row - each) @ np.abs(metric).T
            found = np.maximum(found, np.square(sums).sum(axis=1))
    return found[:, np.newaxis]


def _metrics(model):
    n = len(model.prototypes) if len(model.metrics) == 1 else 1
    return [np.array(metric) for metric in model.metrics] * n


def _size_of_curve(curve, Z):
    """Sum of a polynomial's terms, without signs: (n,)."""
    x = curve.feature.of(Z)
    piece = np.searchsorted(curve.breaks, x)
    offset = np.abs(x) + np.abs(np.array(curve.centers)[piece])
    own = np.abs(curve.coefficients)[piece].max(axis=2)
    powers = np.arange(own.shape[1])
    return (own * offset[:, np.newaxis] ** powers).sum(axis=1)
