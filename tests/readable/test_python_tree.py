"""Trees in Python: questions within questions, one after the other, or in a table."""

import ast

import numpy as np
import pytest
from readable.exported import module_of, python_outputs

from sklkd.readable import Column, Literal, Node, ReadableTree
from sklkd.readable import Test as Question
from sklkd.readable._python import to_python

COLUMNS = (Column("age", 0), Column("sex", 1, ("f", "m")), Column("income", 2))
YOUNG = Question((Literal(0, 30.5),))


def tree(test, columns=COLUMNS):
    """A tree of one question."""
    leaves = (Node((0.9, 0.1), 0.4), Node((0.2, 0.8), 0.6))
    nodes = (Node((0.5, 0.5), 1.0, test, 1, 2), *leaves)
    return ReadableTree(columns, ("no", "yes"), ("no", "yes"), nodes)


def function(source, name="predict_proba"):
    """The source of one function."""
    (found,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    return ast.get_source_segment(source, found)


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


def test_a_list_of_rules_is_one_question_after_the_other():
    assert function(to_python(tree(YOUNG))) == (
        "def predict_proba(row):\n"
        '    """Return the probabilities of a row, in the order of CLASSES."""\n'
        "    if number(row, 'age') <= 30.5:\n"
        "        # 40 % of rows\n"
        "        return [0.9, 0.1]\n"
        "    # 60 % of rows\n"
        "    return [0.2, 0.8]"
    )


def test_other_trees_are_questions_within_questions():
    male = Question((Literal(1, codes=(1,)),))
    leaves = [Node((share, 1 - share), 0.25) for share in (0.25, 0.5, 0.75)]
    root = Node((0.5, 0.5), 1.0, YOUNG, 1, 2)
    nodes = (root, Node((0.5, 0.5), 0.5, male, 3, 4), *leaves)
    model = ReadableTree(COLUMNS, ("no", "yes"), ("no", "yes"), nodes)

    assert function(to_python(model)).split("\n")[2:] == [
        "    if number(row, 'age') <= 30.5:",
        "        if word(row, 'sex') == 'm':",
        "            # 25 % of rows",
        "            return [0.5, 0.5]",
        "        # 25 % of rows",
        "        return [0.75, 0.25]",
        "    else:",
        "        # 25 % of rows",
        "        return [0.25, 0.75]",
    ]


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (Literal(0, 3.0), "number(row, 'age') <= 3.0"),
        (Literal(0, 3.0, above=True), "number(row, 'age') > 3.0"),
        (Literal(0, 3.0, missing=True), "not number(row, 'age') > 3.0"),
        (Literal(0, 3.0, above=True, missing=True), "not number(row, 'age') <= 3.0"),
        (Literal(1, codes=(0,)), "word(row, 'sex') == 'f'"),
        (Literal(1, codes=(0,), missing=True), "word(row, 'sex') != 'm'"),
        (Literal(1, codes=(0, 1)), "word(row, 'sex') in ('f', 'm')"),
        (Literal(1, codes=(), missing=True), "word(row, 'sex') not in ('f', 'm')"),
    ],
)
def test_literals_read_like_python(literal, text):
    assert f"    if {text}:\n" in to_python(tree(Question((literal,))))


@pytest.mark.parametrize(
    ("m", "text"),
    [
        (1, "if {0} or {1}:"),
        (2, "if {0} and {1}:"),
    ],
)
def test_all_and_any_are_words(m, text):
    literals = (Literal(0, 3.0), Literal(2, 1.5))
    parts = ("number(row, 'age') <= 3.0", "number(row, 'income') <= 1.5")

    assert text.format(*parts) in to_python(tree(Question(literals, m)))


@pytest.mark.parametrize("m", [1, 2, 3])
def test_m_of_n_counts(m):
    literals = (Literal(0, 3.0), Literal(1, codes=(0,)), Literal(2, 1.5, above=True))
    module = module_of(tree(Question(literals, m)))

    for age, sex, income in np.ndindex(2, 2, 2):
        row = {"age": 5 - 5 * age, "sex": "mf"[sex], "income": 5 * income}
        assert module["predict"](row) == ("no" if age + sex + income >= m else "yes")


def test_a_count_is_a_sum():
    literals = (Literal(0, 3.0), Literal(1, codes=(0,)), Literal(2, 1.5, above=True))

    source = to_python(tree(Question(literals, 2)))

    assert "if sum([\n        number(row, 'age') <= 3.0,\n" in source
    assert "]) >= 2:\n" in source


@pytest.mark.parametrize("depth", [11, 12, 13, 99, 100, 101, 2000])
@pytest.mark.parametrize("side", ["yes", "no"])
def test_trees_may_have_any_depth(depth, side):
    model = chain(depth, side)
    Z = np.array([*np.linspace(-1.0, depth + 2.0, 50), np.nan])[:, np.newaxis]

    source = to_python(model)

    assert (python_outputs(model, Z) == model.outputs(Z)).all()
    assert ("NODES" in source) == (side == "yes" and depth > 12)


@pytest.mark.parametrize("depth", [5, 150])
def test_a_no_nests_where_its_yes_is_no_leaf(depth):
    """Python allows 100 levels of indentation."""
    nodes = []
    for i in range(depth):  # a question; one more below its yes; two leaves of that
        here, ask = 4 * i, Question((Literal(0, float(i)),))
        half = Question((Literal(0, i - 0.5),))
        nodes += [Node((0.0,), 0.0, ask, here + 1, here + 4)]
        nodes += [Node((0.0,), 0.0, half, here + 2, here + 3)]
        nodes += [Node((float(i),), 0.0), Node((i + 0.5,), 0.0)]
    nodes.append(Node((-1.0,), 0.0))
    model = ReadableTree((Column("x", 0),), None, ("y",), tuple(nodes))
    Z = np.array([*np.arange(-1.0, depth + 2.0, 0.5), np.nan])[:, np.newaxis]

    assert (python_outputs(model, Z) == model.outputs(Z)).all()
    assert ("NODES" in to_python(model)) == (depth == 150)


def test_a_deep_tree_is_a_table():
    source = to_python(chain(13, "yes"), name="f")

    assert "# 0\n    (\n        lambda row: number(row, 'x') <= 13.0,\n" in source
    assert function(source, "f").split("\n")[2:] == [
        "    node = NODES[0]",
        "    while isinstance(node, tuple):",
        "        question, yes, no = node",
        "        node = NODES[yes if question(row) else no]",
        "    return list(node)",
    ]


def test_long_questions_in_a_table_are_python():
    """A lambda cannot end where a line does, unless there are brackets."""
    words = tuple(f"a long word, number {i}" for i in range(20))
    columns = (Column("x", 0), Column("w", 1, words))
    deep = chain(13, "yes")
    literals = (Literal(1, codes=tuple(range(19))), Literal(0, 13.0))
    root = Node((0.0,), 1.0, Question(literals, 2), *(deep.nodes[0].yes, 1))
    model = ReadableTree(columns, None, ("y",), (root, *deep.nodes[1:]))
    Z = np.array([[5.0, 3.0], [5.0, 19.0], [np.nan, 3.0]])

    assert (python_outputs(model, Z) == model.outputs(Z)).all()


def test_a_tree_without_questions_always_says_the_same():
    model = ReadableTree(COLUMNS, ("no", "yes"), ("no", "yes"), (Node((0.9, 0.1), 1),))

    assert module_of(model)["predict_proba"]({}) == [0.9, 0.1]


def test_thresholds_may_be_infinite():
    model = tree(Question((Literal(0, float("inf")),)))

    assert module_of(model)["predict"]({"age": 1e308}) == "no"
    assert module_of(model)["predict"]({"age": None}) == "yes"
