"""Text of a model, to be read from above to below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from sklkd._validation import COUNT, check_interval
from sklkd.readable._additive import AdditiveModel
from sklkd.readable._additive_text import additive_lines
from sklkd.readable._base import ReadableModel
from sklkd.readable._nearest import NearestModel
from sklkd.readable._nearest_text import nearest_lines
from sklkd.readable._rules import conjunction, rules, simplified
from sklkd.readable._tree import Node, ReadableTree
from sklkd.readable._words import percent, plain, values

INDENT = "    "
NAMED = 4  # classes that a leaf names


def to_text(model: ReadableModel, *, max_rows: int | None = None) -> str:
    """Return a model as text, for people.

    A tree is indented, with probabilities and the share of the real training rows in
    each leaf. A list of rules is read from above: the first rule that holds counts. Of
    sums, linear terms stand with the largest factor first, and other columns as a table
    of what they add; "up", "down" and "flat" say which way a curve goes there. Of two
    classes, sums are log-odds of the second one. Prototypes are a table, with the
    likeliest category where a column has some.

    Thresholds are exact, all other numbers are rounded to four digits.

    Parameters
    ----------
    model : ReadableTree, AdditiveModel or NearestModel
        What is to be read.
    max_rows : int or None, default=None
        Lines after which it is cut; the last one then says how many are left out.

    Returns
    -------
    str
        Lines without a newline at the end.

    Raises
    ------
    TypeError, ValueError
        If `model` is of another kind, or `max_rows` is no positive integer.

    Examples
    --------
    >>> from sklkd.readable import Column, Literal, Node, ReadableTree, Test, to_text
    >>> tree = ReadableTree(
    ...     columns=(Column("age", 0, whole=True),),
    ...     classes=("no", "yes"),
    ...     targets=("no", "yes"),
    ...     nodes=(
    ...         Node((0.5, 0.5), 1.0, Test((Literal(0, threshold=25.5),)), 1, 2),
    ...         Node((0.9, 0.1), 0.4),
    ...         Node((0.2, 0.8), 0.6),
    ...     ),
    ... )
    >>> print(to_text(tree))
    if age <= 25 then no 90 %, yes 10 % (40 % of rows)
    else yes 80 %, no 20 % (60 % of rows)
    """
    if max_rows is not None:
        check_interval("to_text", "max_rows", max_rows, COUNT)
    for kind, lines_of in _LINES.items():
        if isinstance(model, kind):
            return "\n".join(_cut(list(lines_of(model)), max_rows))
    raise TypeError(
        "to_text: model must be a ReadableTree, AdditiveModel or NearestModel, got "
        f"{type(model).__name__}. Pass what a surrogate was read as."
    )


def _cut(lines: list[str], max_rows: int | None) -> list[str]:
    """Some first lines, and how many more there are."""
    if max_rows is None or len(lines) <= max_rows:
        return lines
    left = len(lines) - max_rows
    return [*lines[:max_rows], f"... ({left} more line{'s' * (left > 1)})"]


def _tree_lines(tree: ReadableTree) -> Iterable[str]:
    """A tree or a list of rules."""
    return _list_lines(tree) if tree.is_list else _node_lines(tree)


def _list_lines(tree: ReadableTree) -> Iterator[str]:
    """Rules, one in a line."""
    for rule in rules(tree):
        said = _saying(tree.targets, rule.value, rule.coverage, tree.classes is None)
        yield f"{rule.start} {said}"


def _node_lines(tree: ReadableTree) -> Iterator[str]:
    """Nodes, each followed by what is below it."""
    waiting = [(0, "", False)]  # trees may be deeper than Python recurses
    while waiting:
        position, indent, is_else = waiting.pop()
        if is_else:
            yield f"{indent[: -len(INDENT)]}else"
        node = tree.nodes[position]
        if node.test is None:
            yield indent + _node_saying(tree, node)
            continue
        conditions = simplified(((node.test, True),), tree.columns)
        yield f"{indent}if {conjunction(conditions) or 'anything'}"
        waiting.append((node.no, indent + INDENT, True))
        waiting.append((node.yes, indent + INDENT, False))


def _node_saying(tree: ReadableTree, node: Node) -> str:
    """What a leaf says."""
    return _saying(tree.targets, node.value, node.share, tree.classes is None)


def _saying(
    targets: Sequence[str], value: Sequence[float], share: float, numbers: bool
) -> str:
    """As in "yes 80 %, no 20 % (60 % of rows)"."""
    said = values(targets, value) if numbers else _probabilities(targets, value)
    return f"{said} ({percent(share)} of rows)"


def _probabilities(targets: Sequence[str], value: Sequence[float]) -> str:
    """The likeliest classes, and what is left for the others."""
    order = np.argsort(-np.asarray(value), kind="stable")
    named = [k for k in order[:NAMED] if value[k] > 0]
    said = [f"{plain(targets[k])} {percent(value[k])}" for k in named]
    rest = sum(value[k] for k in order[len(named) :])
    if rest > 0:
        said.append(f"others {percent(rest)}")
    return ", ".join(said)


_LINES: dict[type[ReadableModel], Callable[..., Iterable[str]]] = {
    ReadableTree: _tree_lines,
    AdditiveModel: additive_lines,
    NearestModel: nearest_lines,
}
