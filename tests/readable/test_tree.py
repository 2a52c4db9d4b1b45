"""Trees of tests: literals, counts of them, and the way to a leaf."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readable.random_models import rows, trees

from sklkd.readable import Column, Literal, Node, ReadableTree, Test

COLUMNS = (Column("age", 0), Column("degree", 1, ("a", "b", "c")))
VALUES = np.array([[-np.inf], [1.0], [np.nextafter(1.0, 2)], [np.inf], [np.nan]])
CODES = np.array([[0.0], [1.0], [2.0], [np.nan]])


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (Literal(0, 1.0), [1, 1, 0, 0, 0]),
        (Literal(0, 1.0, missing=True), [1, 1, 0, 0, 1]),
        (Literal(0, 1.0, above=True), [0, 0, 1, 1, 0]),
        (Literal(0, 1.0, above=True, missing=True), [0, 0, 1, 1, 1]),
    ],
)
def test_a_number_is_at_most_the_threshold_or_above(literal, expected):
    np.testing.assert_array_equal(literal.holds(VALUES), expected)


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (Literal(0, codes=(0, 2)), [1, 0, 1, 0]),
        (Literal(0, codes=(0, 2), missing=True), [1, 0, 1, 1]),
        (Literal(0, codes=()), [0, 0, 0, 0]),
        (Literal(0, codes=(), missing=True), [0, 0, 0, 1]),
    ],
)
def test_a_category_is_among_those_named(literal, expected):
    np.testing.assert_array_equal(literal.holds(CODES), expected)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_a_test_holds_where_enough_literals_do(m):
    """All eight combinations of three columns."""
    Z = np.array(list(itertools.product([0.0, 1.0], repeat=3)))
    test = Test(tuple(Literal(j, 0.5, above=True) for j in range(3)), m)

    np.testing.assert_array_equal(test.holds(Z), Z.sum(axis=1) >= m)


def leaf(value):
    return Node((value,), 0.5)


def split(threshold, yes, no):
    return Node((0.0,), 1.0, Test((Literal(0, threshold),)), yes, no)


def tree_of(*nodes):
    return ReadableTree(COLUMNS, None, ("price",), nodes)


BUSHY = tree_of(split(0.0, 1, 2), split(-1.0, 3, 4), split(1.0, 5, 6),
                leaf(3.0), leaf(4.0), leaf(5.0), leaf(6.0))  # fmt: skip


def test_rows_come_to_the_leaf_of_their_answers():
    Z = np.array([[-1.0, 0], [-0.5, 0], [1.0, 0], [1.5, 0], [np.nan, 0]])

    np.testing.assert_array_equal(BUSHY.apply(Z), [3, 4, 5, 6, 6])
    np.testing.assert_array_equal(BUSHY.outputs(Z)[:, 0], [3, 4, 5, 6, 6])


def test_leaves_come_with_their_way_yes_before_no():
    tests = [node.test for node in BUSHY.nodes[:3]]

    assert list(BUSHY.leaves()) == [
        (3, ((tests[0], True), (tests[1], True))),
        (4, ((tests[0], True), (tests[1], False))),
        (5, ((tests[0], False), (tests[2], True))),
        (6, ((tests[0], False), (tests[2], False))),
    ]


@given(st.data())
def test_each_row_answers_as_the_way_to_its_leaf_says(data):
    tree = data.draw(trees())
    Z = data.draw(rows(tree))
    ways = dict(tree.leaves())

    for position, row in zip(tree.apply(Z), Z, strict=True):
        for test, answer in ways[position]:
            assert test.holds(row[np.newaxis])[0] == answer


def test_a_tree_counts_its_leaves_and_names_its_columns():
    assert BUSHY.complexity == 4
    assert BUSHY.used == (0,)
    assert tree_of(leaf(1.0)).complexity == 1
    assert tree_of(leaf(1.0)).used == ()


def test_a_list_is_a_tree_whose_every_yes_is_a_leaf():
    assert tree_of(leaf(1.0)).is_list
    assert tree_of(split(0.0, 1, 2), leaf(1.0), leaf(2.0)).is_list
    assert tree_of(
        split(0.0, 1, 2), leaf(1.0), split(1.0, 3, 4), leaf(2.0), leaf(3.0)
    ).is_list
    assert not tree_of(
        split(0.0, 2, 1), leaf(1.0), split(1.0, 3, 4), leaf(2.0), leaf(3.0)
    ).is_list
    assert not BUSHY.is_list


def test_leaves_may_be_deeper_than_python_recurses():
    n = 3000
    nodes = []
    for i in range(n):
        nodes += [split(float(i), 2 * i + 1, 2 * i + 2), leaf(float(i))]
    tree = tree_of(*nodes, leaf(-1.0))

    assert len(list(tree.leaves())) == n + 1
    np.testing.assert_array_equal(tree.outputs(np.array([[2500.0, 0.0]])), [[2500.0]])
