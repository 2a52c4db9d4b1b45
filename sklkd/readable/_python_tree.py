"""Trees in Python: questions within questions, or a table of them if it is deep."""

from __future__ import annotations

from collections.abc import Sequence

from sklkd.readable._columns import Column
from sklkd.readable._export import membership, preorder
from sklkd.readable._python_source import (
    INDENT,
    WIDTH,
    indented,
    layout,
    literal,
)
from sklkd.readable._tree import Literal, ReadableTree, Test
from sklkd.readable._words import percent

# How deep "if" stands in "if": Python allows 100, and readers less.
DEEPEST = 12

WALK = '''"""{says}"""
node = NODES[0]
while isinstance(node, tuple):
    question, yes, no = node
    node = NODES[yes if question(row) else no]
return list(node)
'''


def tree_source(model: ReadableTree, name: str, says: str) -> list[str]:
    """Return definitions, the last of which is a function called `name`."""
    if _nesting(model) <= DEEPEST:
        body = f'"""{says}"""\n{_nested(model, 0)}'
        return [f"def {name}(row):\n{indented(body)}"]
    walk = indented(WALK.format(says=says).rstrip())
    return [_table(model), f"def {name}(row):\n{walk}"]


def _nesting(model: ReadableTree) -> int:
    """How deep questions nest; after a "yes" that is a leaf, "no" nests no deeper."""
    depth = [0] * len(model.nodes)
    for position in preorder(model):
        node = model.nodes[position]
        if node.test is not None:
            is_guard = model.nodes[node.yes].test is None
            depth[node.yes] = depth[position] + 1
            depth[node.no] = depth[position] + (not is_guard)
    return max(depth)


def _nested(model: ReadableTree, position: int) -> str:
    """Write what is below a node, as statements that return."""
    lines = []
    node = model.nodes[position]
    while node.test is not None:
        lines.append(f"if {_question(model, node.test)}:")
        lines.append(indented(_nested(model, node.yes)))
        if model.nodes[node.yes].test is not None:
            return "\n".join([*lines, "else:", indented(_nested(model, node.no))])
        node = model.nodes[node.no]
    value = f"return {layout([*map(float, node.value)], before=len('return '))}"
    return "\n".join([*lines, f"# {percent(node.share)} of rows", value])


def _table(model: ReadableTree) -> str:
    """Write nodes as a list: a question and two positions, or what a leaf says."""
    lines = []
    for position, node in enumerate(model.nodes):
        if node.test is None:
            text = f"{layout([*map(float, node.value)], before=len(INDENT))},"
        else:
            ask = f"lambda row: {_question(model, node.test)}"
            text = f"(\n{indented(ask)},\n{INDENT}{node.yes},\n{INDENT}{node.no},\n),"
        lines += [f"# {position}", text]
    comment = "# Questions with the positions of what follows yes and no; or values."
    return "\n".join([comment, "NODES = [", *map(indented, lines), "]"])


def _question(model: ReadableTree, test: Test) -> str:
    """Write a test as an expression; in brackets if it has several lines."""
    literals = [_literal(model.columns, literal) for literal in test.literals]
    if len(literals) == 1:
        return literals[0]
    if test.m in (1, len(literals)):
        word = "or" if test.m == 1 else "and"
        flat = f" {word} ".join(literals)
        listed = f"\n{word} ".join(literals)
        return flat if _fits(flat) else f"(\n{indented(listed)}\n)"
    flat = ", ".join(literals)
    if _fits(flat):
        return f"sum([{flat}]) >= {test.m}"
    lines = "\n".join(indented(f"{literal},") for literal in literals)
    return f"sum([\n{lines}\n]) >= {test.m}"


def _literal(columns: Sequence[Column], condition: Literal) -> str:
    """Write a literal so that a missing value, which is NaN or None, fulfils it or not.

    Comparisons with NaN are false, and so the opposite of one is true.
    """
    column = columns[condition.column]
    name = literal(column.name)
    if column.categories is None:
        threshold = literal(float(condition.threshold))
        if condition.missing:
            opposite = "<=" if condition.above else ">"
            return f"not number(row, {name}) {opposite} {threshold}"
        return f"number(row, {name}) {'>' if condition.above else '<='} {threshold}"
    member = membership(column, condition)
    if len(member.words) == 1:
        equals, words = "==" if member.among else "!=", literal(member.words[0])
    else:
        equals, words = "in" if member.among else "not in", layout(member.words)
    return f"word(row, {name}) {equals} {words}"


def _fits(text: str) -> bool:
    """Whether an expression may stay in one line."""
    return "\n" not in text and len(text) <= WIDTH - 3 * len(INDENT)
