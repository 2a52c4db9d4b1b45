"""What stands in a drawn tree: shares that are not rounded to certainty, and counts."""

from __future__ import annotations

import pytest
from inspection.drawing import node, random_tree

from sklkd.inspection._tree_words import (
    n_leaves,
    name_of,
    note_on,
    percent,
    question_of,
    said_by,
)
from sklkd.readable import Column, ReadableTree, Test

# x <= 0 ? (x <= 1 ? a : b) : c
NODES = (
    node((0.5, 0.5), 1.0, 0.0, 1, 2),
    node((0.2, 0.8), 0.6, 1.0, 3, 4),
    node((0.9, 0.1), 0.4),
    node((0.004, 0.996), 0.001),
    node((1.0, 0.0), 0.599),
)


def tree(nodes=NODES, classes=("no", "yes"), targets=None, column=None):
    targets = targets or tuple(map(str, classes))
    return ReadableTree((column or Column("age", 0),), classes, targets, nodes)


def test_a_node_asks_about_its_column():
    assert question_of(tree(), 1) == "age <= 1"


def test_a_question_with_nothing_to_ask_is_about_anything():
    """Of a column without gaps it is not asked whether a value is missing."""
    column = Column("city", 0, categories=("a",), gaps=False)
    literal = Test((NODES[0].test.literals[0].__class__(0, codes=(0,)),))
    first = NODES[0].__class__((0.5, 0.5), 1.0, literal, 1, 2)

    asked = question_of(tree((first, NODES[2], NODES[3]), column=column), 0)

    assert asked == "anything"


@pytest.mark.parametrize(
    ("position", "lines"),
    [
        (2, ("no: 90 %", "40 % of rows")),
        (3, ("yes: >99 %", "<1 % of rows")),
        (4, ("no: 100 %", "60 % of rows")),
        (1, ("yes: 80 %", "60 % of rows, ... 2 leaves")),
    ],
)
def test_a_leaf_says_the_likeliest_class_and_about_how_many_rows(position, lines):
    assert said_by(tree(), position) == lines


def test_of_classes_that_tie_the_first_is_told():
    assert said_by(tree((node((0.5, 0.5), 1.0),)), 0)[0] == "no: 50 %"


def test_a_value_is_told_in_four_digits():
    values = tree((node((1234.567,), 1.0),), None, ("price",))

    assert said_by(values, 0) == ("1235", "100 % of rows")


@pytest.mark.parametrize(
    ("n_values", "expected"),
    [
        (2, ["v0 = 0", "v1 = 1"]),
        (4, ["v0 = 0", "v1 = 1", "v2 = 2", "v3 = 3"]),
        (5, ["v0 = 0", "v1 = 1", "v2 = 2", "... 2 more"]),
    ],
)
def test_several_values_have_names_and_some_are_left_out(n_values, expected):
    names = tuple(f"v{k}" for k in range(n_values))
    values = tree((node(range(n_values), 1.0),), None, names)

    assert said_by(values, 0)[:-1] == tuple(expected)


def test_long_names_of_classes_are_cut():
    name = name_of(tree(targets=("the first class of a very long list", "b")), 0)

    assert name == "the first cl...y long list"


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0, "0 %"),
        (0.0001, "<1 %"),
        (0.0101, "1 %"),
        (0.5, "50 %"),
        (0.9899, "99 %"),
        (0.995, ">99 %"),
        (1 - 1e-12, "100 %"),  # a sum of shares
        (1, "100 %"),
    ],
)
def test_shares_are_0_and_100_only_where_they_are(share, expected):
    assert percent(share) == expected


def test_leaves_are_counted_below_a_node():
    assert [n_leaves(tree(), position) for position in range(5)] == [3, 2, 1, 1, 1]


def test_leaves_are_counted_in_trees_deeper_than_python_recurses():
    assert n_leaves(random_tree(3000, leans=True), 0) == 3000


def test_of_a_whole_tree_nothing_is_noted():
    assert note_on(tree(), 3) is None


def test_it_is_noted_how_many_leaves_are_hidden():
    assert note_on(tree(), 2) == "The top of a tree of 3 leaves: 1 are hidden"


def test_it_is_noted_how_many_rules_of_a_list_there_are():
    rules = random_tree(40, leans=True)

    assert note_on(rules, 6) == "The first 5 of 39 rules"
    last = [node.no for node in rules.nodes if node.test is not None][-2:]
    assert said_by(rules, last[0])[-1].endswith("of rows, ... 1 rule")
    assert said_by(rules, 0)[-1] == "100 % of rows, ... 39 rules"
