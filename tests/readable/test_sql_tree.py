"""Trees in SQL: one CASE for the leaf, cut into stages where it would nest too deep."""

import sqlite3

import numpy as np
import pytest
from readable.exported import database, select, sql_outputs
from readable.random_models import words

from sklkd.readable import Column, Literal, Node, ReadableTree
from sklkd.readable import Test as Question
from sklkd.readable._sql import to_sql

COLUMNS = (Column("age", 0), Column("sex", 1, ("f", "m")), Column("income", 2))


def tree(test, columns=COLUMNS, values=((0.9, 0.1), (0.2, 0.8))):
    """A tree of one question."""
    leaves = [Node(value, 0.5) for value in values]
    nodes = (Node((0.5, 0.5), 1.0, test, 1, 2), *leaves)
    labels = ("no", "yes") if len(values[0]) == 2 else None
    return ReadableTree(columns, labels, labels or ("price",), nodes)


def chain(depth, side):
    """A tree that goes down on one side: is x at most 0, 1, 2, ... or above them."""
    nodes = []
    for i in range(depth):
        threshold = depth - i if side == "yes" else i
        ask = Question((Literal(0, threshold=float(threshold)),))
        leaf, inner = 2 * i + 1, 2 * i + 2
        yes, no = (inner, leaf) if side == "yes" else (leaf, inner)
        nodes += [Node((0.0,), 1.0, ask, yes, no), Node((float(i),), 0.0)]
    return ReadableTree((Column("x", 0),), None, ("y",), (*nodes, Node((-1.0,), 0.0)))


def test_a_tree_is_one_case_with_a_comment_for_each_leaf():
    question = Question((Literal(0, 30.5), Literal(1, codes=(0,), missing=True)), 2)

    assert to_sql(tree(question), output="proba_yes") == (
        "SELECT\n"
        "    CAST(\n"
        "        CASE\n"
        "            WHEN\n"
        '                "age" <= 30.5e0\n'
        '                AND ("sex" IS NULL OR "sex" <> \'m\')\n'
        "            THEN 0.1e0  -- no (90 %), 50 % of rows\n"
        "            ELSE 0.8e0  -- yes (80 %), 50 % of rows\n"
        "        END\n"
        '    AS DOUBLE PRECISION) AS "proba_yes"\n'
        'FROM "rows"'
    )


def test_leaves_are_found_once_for_all_outputs():
    sql = to_sql(tree(Question((Literal(0, 30.5),))))

    assert sql.count("30.5e0") == 1
    assert "WHEN \"leaf\" = 1 THEN 'no'" in sql


def test_m_of_n_is_a_sum():
    literals = (Literal(0, 30.5), Literal(1, codes=(0,)), Literal(2, 1e3, above=True))
    model = tree(Question(literals, 2))
    rows = [[20, "m", 5e3], [20, "m", 0], [None, "f", 5e3], [None, None, None]]

    found = select(model, rows, output="prediction")

    assert "CASE WHEN \"sex\" = 'f' THEN 1 ELSE 0 END" in to_sql(model)
    assert found == [("no",), ("yes",), ("no",), ("yes",)]


@pytest.mark.parametrize(
    ("literal", "sexes"),
    [
        (Literal(1, codes=()), ""),
        (Literal(1, codes=(), missing=True), "?"),
        (Literal(1, codes=(0,)), "f"),
        (Literal(1, codes=(0,), missing=True), "f?"),
        (Literal(1, codes=(0, 1)), "fm"),
        (Literal(1, codes=(0, 1), missing=True), "fm?"),
    ],
)
def test_literals_about_words_hold_for_these_alone(literal, sexes):
    model = tree(Question((literal,)))
    rows = [[1, sex, 1] for sex in ("f", "m", None, "x")]

    found = select(model, rows, output="prediction")

    missing = "?" in sexes
    expected = ["f" in sexes, "m" in sexes, missing, missing]
    assert found == [("no" if yes else "yes",) for yes in expected]


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("above", [False, True])
def test_literals_about_numbers_hold_as_in_the_model(above, missing):
    model = tree(Question((Literal(0, 30.5, above, missing=missing),)))
    Z = np.array([[age, 0.0, 0.0] for age in (30.0, 30.5, 31.0, np.nan)])

    found = select(model, words(model, Z), output="prediction")

    expected = [not above, not above, above, missing]
    assert found == [("no" if yes else "yes",) for yes in expected]


def test_long_lists_of_words_break_into_lines():
    column = Column("country", 0, tuple(f"country {i}" for i in range(100)))
    question = Question((Literal(0, codes=tuple(range(99))),))

    sql = to_sql(tree(question, (column,)), output="prediction")

    assert max(map(len, sql.split("\n"))) <= 100
    assert select(tree(question, (column,)), [["country 98"], ["country 99"]]) == [
        (0.9, 0.1, "no"),
        (0.2, 0.8, "yes"),
    ]


@pytest.mark.parametrize("depth", [7, 8, 9, 16, 17, 40, 300])
def test_deep_trees_are_cut_into_stages(depth):
    model = chain(depth, "yes")
    Z = np.array([*np.arange(-1.0, depth + 2.0), np.nan])[:, np.newaxis]

    assert (sql_outputs(model, Z) == model.outputs(Z)).all()
    assert to_sql(model).count("SELECT") == 1 + (depth > 8) * -(-depth // 8)


def test_a_list_of_rules_never_nests():
    model = chain(2000, "no")
    Z = np.array([[-1.0], [0.0], [0.5], [1998.5], [3000.0], [np.nan]])

    assert (sql_outputs(model, Z) == model.outputs(Z)).all()
    assert to_sql(model).count("CASE") == 1


def test_what_stands_too_deep_is_too_deep_for_sqlite(monkeypatch):
    """Why there are stages."""
    monkeypatch.setattr("sklkd.readable._sql_tree.DEEPEST", 1000)
    model = chain(300, "yes")

    with database(model, words(model, np.zeros((1, 1)))) as connection:
        with pytest.raises(sqlite3.OperationalError):
            connection.execute(to_sql(model, dialect="sqlite"))
        connection.execute(to_sql(chain(5, "yes"), dialect="sqlite"))


def test_a_tree_without_questions_always_says_the_same():
    model = ReadableTree(COLUMNS, ("no", "yes"), ("no", "yes"), (Node((0.9, 0.1), 1),))

    assert select(model, [[1, "f", 1]]) == [(0.9, 0.1, "no")]
    assert select(model, [[1, "f", 1]], output="prediction") == [("no",)]
    assert to_sql(model, output="prediction") == (
        'SELECT\n    \'no\' AS "prediction"\nFROM "rows"'
    )


def test_leaves_that_agree_are_looked_up_together():
    model = tree(Question((Literal(0, 3.0),)), values=((0.9, 0.1), (0.9, 0.1)))

    assert select(model, [[1, "f", 1], [5, "f", 1]]) == [(0.9, 0.1, "no")] * 2


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\x0b"])
def test_comments_cannot_be_broken_out_of(end):
    label = f"x{end}; DROP TABLE rows; --"
    model = tree(Question((Literal(0, 3.0),)))
    model = ReadableTree(COLUMNS, (label, "y"), (label, "y"), model.nodes)
    values = ReadableTree(COLUMNS, None, (label, "y"), model.nodes)

    assert select(model, [[1, "f", 1]], output="prediction") == [(label,)]
    assert select(values, [[1, "f", 1]], output=label) == [(0.9,)]


def test_comments_have_one_line_whatever_labels_are():
    labels = ("a\nb", "c\nd")
    leaves = tree(Question((Literal(0, 3.0),))).nodes
    sql = to_sql(ReadableTree(COLUMNS, labels, labels, leaves))

    assert "-- 'a\\nb' (90 %), 50 % of rows\n" in sql
