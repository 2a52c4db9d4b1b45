"""Export to SQL: it says what the model says, whatever things are called."""

import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readable.exported import database, select, size, sql_outputs, stored
from readable.random_models import models, rows, words

from sklkd.readable import Column, Literal, Node, ReadableModel, ReadableTree, Test
from sklkd.readable._sql import to_sql

AGE = Test((Literal(0, threshold=25.5),))
TREE = ReadableTree(
    columns=(Column("age", 0),),
    classes=("no", "yes"),
    targets=("no", "yes"),
    nodes=(
        Node((0.5, 0.5), 1.0, AGE, 1, 2),
        Node((0.9, 0.1), 0.4),
        Node((0.2, 0.8), 0.6),
    ),
)
AWKWARD = ["select", 'a"b', "a`b", "x; drop", "größe", "", " ", "a\nb", "--", "/*", "?"]


@settings(max_examples=100)
@given(st.data())
def test_a_query_says_what_the_model_says(data):
    model = data.draw(models())
    Z = data.draw(rows(model))

    difference = np.abs(sql_outputs(model, Z) - model.outputs(Z))

    assert (difference <= 1e-12 * size(model, Z)).all()


@given(st.data())
def test_the_prediction_is_the_likeliest_label(data):
    model = data.draw(models())
    Z = data.draw(rows(model))
    if model.classes is None:
        assert "prediction" not in to_sql(model)
        return
    *_, second, first = np.sort(model.outputs(Z), axis=1).T
    clear = first - second > 1e-6
    best = [model.classes[k] for k in model.outputs(Z).argmax(axis=1)]

    found = [row[-1] for row in select(model, words(model, Z))]

    assert [a for a, c in zip(found, clear, strict=True) if c] == [
        b for b, c in zip(best, clear, strict=True) if c
    ]


@given(st.data())
def test_one_output_is_the_column_of_all(data):
    model = data.draw(models())
    table = words(model, data.draw(rows(model)))
    names = [*model.targets]
    if model.classes is not None:
        names = [*(f"proba_{name}" for name in names), "prediction"]

    together = select(model, table)

    for k, name in enumerate(names):
        assert select(model, table, output=name) == [(row[k],) for row in together]


@pytest.mark.parametrize("name", AWKWARD)
def test_names_and_words_may_be_anything(name):
    columns = (Column(name, 0), Column(f"{name}2", 1, ("other", name)))
    tests = Test((Literal(0, threshold=25.5), Literal(1, codes=(1,))), 2)
    root = Node((0.5, 0.5), 1.0, tests, 1, 2)
    labels = (name, f"{name}'s")
    model = ReadableTree(columns, labels, labels, (root, *TREE.nodes[1:]))
    Z = np.array([[20.0, 1.0], [20.0, 0.0], [30.0, 1.0]])

    found = select(model, words(model, Z))

    assert found == [(0.9, 0.1, labels[0])] + 2 * [(0.2, 0.8, labels[1])]


def test_a_word_that_nobody_knows_is_missing():
    column = Column("colour", 0, ("red", "blue"))
    fulfilled = Test((Literal(0, codes=(0,), missing=True),))
    root = Node((0.5, 0.5), 1.0, fulfilled, 1, 2)
    model = replace(TREE, columns=(column,), nodes=(root, *TREE.nodes[1:]))

    found = select(model, [["red"], ["blue"], ["green"], [None]], output="prediction")

    assert found == [("no",), ("yes",), ("no",), ("no",)]


def test_a_row_at_the_threshold_goes_where_it_goes_in_the_model():
    # SQLite reads the shortest digits of this number as its neighbour.
    threshold = -0.20813330818412
    root = replace(TREE.nodes[0], test=Test((Literal(0, threshold=threshold),)))
    model = replace(TREE, nodes=(root, *TREE.nodes[1:]))
    Z = np.array([[np.nextafter(threshold, end)] for end in (-9, threshold, 9)])

    assert (sql_outputs(model, Z) == model.outputs(Z)).all()


def test_huge_numbers_and_whole_ones_are_compared_as_numbers():
    table = [[1e308], [-1e308], [25], [26], [2**60]]

    found = select(TREE, table, output="prediction")

    assert found == [("yes",), ("no",), ("no",), ("yes",), ("yes",)]


def test_the_table_is_quoted_and_may_have_a_path():
    assert 'FROM "rows"' in to_sql(TREE)
    assert 'FROM "my ""best"" table"' in to_sql(TREE, 'my "best" table')
    assert 'FROM "sales"."people"' in to_sql(TREE, ("sales", "people"))


def test_a_column_that_the_table_lacks_is_an_error_and_no_word():
    """Double quotes around an unknown name make a text of it in SQLite."""
    with database(replace(TREE, columns=(Column("years", 0),)), [[1.0]]) as connection:
        with pytest.raises(sqlite3.OperationalError, match="no such column: age"):
            connection.execute(to_sql(TREE, dialect="sqlite"))
        assert connection.execute(to_sql(TREE)).fetchall()


@pytest.mark.parametrize("name", ["leaf", "LEAVES", "x1", "s1", "greatest", "total"])
@given(data=st.data())
def test_names_of_steps_are_not_those_of_the_table(name, data):
    model = data.draw(models())
    first, *others = model.columns
    model = replace(model, columns=(replace(first, name=name), *others))
    Z = data.draw(rows(model))
    table = words(model, Z)

    with database(model, table, name="scores") as connection:
        sql = to_sql(model, "scores", keep=["id", name], dialect="sqlite")
        found = sorted(connection.execute(sql).fetchall(), key=lambda row: row[0])

    assert [row[1] for row in found] == [stored(row[0]) for row in table]
    assert [row[2:] for row in found] == select(model, table)


def test_columns_that_are_kept_come_first():
    with database(TREE, [[20.0]]) as connection:
        sql = to_sql(TREE, output="prediction", keep=["age", "id"])
        found = connection.execute(sql).fetchall()

    assert found == [(20.0, 0, "no")]


def test_mysql_has_names_words_and_numbers_of_its_own():
    labels = ("a\\b'c", "yes")
    sql = to_sql(replace(TREE, classes=labels, targets=labels), dialect="mysql")

    assert "`age` <= 25.5e0" in sql
    assert "'a\\\\b''c'" in sql
    assert "AS DOUBLE)" in sql


class Other(ReadableModel):
    """A model of a kind that nobody knows."""

    complexity, used = 0, ()

    def outputs(self, Z):
        """Say nothing."""


@pytest.mark.parametrize("model", [{}, Other((), None, ())])
def test_something_else_is_no_model(model):
    kind = {"dict": "a dict", "Other": "an Other"}[type(model).__name__]

    with pytest.raises(TypeError) as error:
        to_sql(model)

    assert str(error.value) == (
        "to_sql: model must be a ReadableTree, an AdditiveModel or a NearestModel, "
        f"got {kind}. Pass what a fitted surrogate shows as its readable model."
    )


ERRORS = {
    "to_sql: dialect must be one of 'ansi', 'duckdb', 'mysql', 'postgresql', 'sqlite', "
    "got 'sqlit'. Did you mean 'sqlite'?": {"dialect": "sqlit"},
    "to_sql: output must be one of 'proba_no', 'proba_yes', 'prediction' or None, got "
    "'proba_ja'. Did you mean 'proba_no'?": {"output": "proba_ja"},
    "to_sql: columns of the result must differ in name, got 'prediction' more than "
    "once. Leave it out of keep, or choose one output.": {"keep": ["prediction"]},
}


@pytest.mark.parametrize(("message", "options"), ERRORS.items())
def test_wrong_options_are_explained(message, options):
    with pytest.raises(ValueError, match="to_sql") as error:
        to_sql(TREE, **options)

    assert str(error.value) == message


def test_one_name_is_no_list():
    with pytest.raises(TypeError) as error:
        to_sql(TREE, keep="age")

    assert str(error.value) == (
        "to_sql: keep must list columns, got 'age'. Pass ['age'] for one."
    )


def test_columns_of_one_name_are_named():
    columns = (Column("age", 0), Column("sex", 1), Column("age", 2))

    with pytest.raises(ValueError, match="to_sql") as error:
        to_sql(replace(TREE, columns=columns))

    assert str(error.value) == (
        "to_sql: columns must differ in name, got 'age' more than once. Rename the "
        "columns and fit again."
    )
