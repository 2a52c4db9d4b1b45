"""Text of models: word by word for a tree and a list, and of any length."""

import pytest
from hypothesis import given
from readable.random_models import models, trees

from sklkd.readable import Column, Literal, Node, ReadableTree, Test
from sklkd.readable._text import to_text

COLUMNS = (
    Column("age", 0, whole=True),
    Column("hours", 1),
    Column("degree", 2, ("none", "Bachelors", "Masters")),
)
OLD = Test((Literal(0, threshold=25.5, above=True),))
BUSY = Test((Literal(1, threshold=40.0, above=True, missing=True),))
EITHER = Test((Literal(2, codes=(2,)), OLD.literals[0], BUSY.literals[0]), m=2)


def tree_of(*nodes, classes=("no", "yes")):
    targets = ("no", "yes") if classes else ("price", "size")
    return ReadableTree(COLUMNS, classes, targets, nodes)


BUSHY = tree_of(
    Node((0.5, 0.5), 1.0, OLD, 1, 2),
    Node((0.5, 0.5), 0.6, EITHER, 3, 4),
    Node((0.5, 0.5), 0.4, BUSY, 5, 6),
    Node((0.1, 0.9), 0.2),
    Node((0.25, 0.75), 0.4),
    Node((1.0, 0.0), 0.396),
    Node((0.999, 0.001), 0.004),
)


def test_a_tree_is_indented():
    assert to_text(BUSHY).splitlines() == [
        "if age >= 26",
        "    if at least 2 of: degree is Masters, age >= 26, hours > 40 or missing",
        "        yes 90 %, no 10 % (20 % of rows)",
        "    else",
        "        yes 75 %, no 25 % (40 % of rows)",
        "else",
        "    if hours > 40 or missing",
        "        no 100 % (40 % of rows)",
        "    else",
        "        no >99 %, yes <1 % (<1 % of rows)",
    ]


def test_a_list_is_read_from_above():
    found = tree_of(
        Node((0.5, 0.5), 1.0, OLD, 1, 2),
        Node((0.1, 0.9), 0.6),
        Node((0.5, 0.5), 0.4, BUSY, 3, 4),
        Node((1.0, 0.0), 0.3),
        Node((0.75, 0.25), 0.1),
    )

    assert to_text(found).splitlines() == [
        "if age >= 26 then yes 90 %, no 10 % (60 % of rows)",
        "else if hours > 40 or missing then no 100 % (30 % of rows)",
        "else no 75 %, yes 25 % (10 % of rows)",
    ]


def test_values_are_named():
    assert to_text(tree_of(Node((1 / 3, 2e4), 1.0), classes=None)) == (
        "always price = 0.3333, size = 20000 (100 % of rows)"
    )


def test_of_many_classes_the_likeliest_are_named():
    names = ("a", "b", "c", "d", "e", "f")
    value = (0.05, 0.3, 0.1, 0.4, 0.1, 0.05)
    tree = ReadableTree(COLUMNS, names, names, (Node(value, 1.0),))

    assert to_text(tree) == (
        "always d 40 %, b 30 %, c 10 %, e 10 %, others 10 % (100 % of rows)"
    )


def test_a_question_that_is_always_true_still_reads():
    always = Test((Literal(1, 5.0), Literal(1, 1.0, above=True, missing=True)))
    leaf = Node((1.0, 0.0), 0.3)
    inner = [Node((0.5, 0.5), 0.5, OLD, 3 + 2 * i, 4 + 2 * i) for i in range(2)]
    tree = tree_of(Node((0.5, 0.5), 1.0, always, 1, 2), *inner, *[leaf] * 4)

    assert to_text(tree).splitlines()[0] == "if anything"


@pytest.mark.parametrize(
    ("max_rows", "last"),
    [(1, "... (9 more lines)"), (9, "... (1 more line)")],
)
def test_what_is_cut_is_counted(max_rows, last):
    lines = to_text(BUSHY, max_rows=max_rows).splitlines()

    assert lines[:-1] == to_text(BUSHY).splitlines()[:max_rows]
    assert lines[-1] == last


def test_what_fits_is_not_cut():
    assert to_text(BUSHY, max_rows=10) == to_text(BUSHY)


@given(models(exotic=True))
def test_every_model_has_a_text(model):
    text = to_text(model)

    assert text.strip()
    assert all(line.isprintable() for line in text.splitlines())
    assert all(line == line.rstrip() for line in text.splitlines())


@given(trees(lists=False))
def test_a_tree_has_a_line_for_each_leaf_and_two_for_each_question(tree):
    lines = to_text(tree).splitlines()
    questions = len(tree.nodes) - tree.complexity

    expected = tree.complexity + (0 if tree.is_list else 2 * questions)
    assert len(lines) == expected


def test_a_very_deep_tree_that_is_no_list_has_a_text():
    nodes = []
    for i in range(1500):
        nodes += [
            Node((0.5, 0.5), 1.0, OLD, 2 * i + 2, 2 * i + 1),
            Node((0.9, 0.1), 0.0),
        ]
    tree = tree_of(*nodes, Node((0.5, 0.5), 1.0))

    assert len(to_text(tree).splitlines()) == 1501 + 2 * 1500


@pytest.mark.parametrize("max_rows", [0, -1, 2.5, True, "all"])
def test_a_number_of_lines_is_a_positive_integer(max_rows):
    with pytest.raises((TypeError, ValueError)) as caught:
        to_text(BUSHY, max_rows=max_rows)

    assert str(caught.value) == (
        f"to_text: max_rows must be an integer in [1, inf), got {max_rows!r}."
    )


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError) as caught:
        to_text({"kind": "tree"})

    assert str(caught.value) == (
        "to_text: model must be a ReadableTree, AdditiveModel or NearestModel, got "
        "dict. Pass what a surrogate was read as."
    )
