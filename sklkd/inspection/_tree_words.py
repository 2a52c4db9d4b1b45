"""What stands in a drawn tree: what its nodes ask, and what its leaves say."""

from __future__ import annotations

from sklkd.inspection._fitting_text import printable, shortened
from sklkd.readable import ReadableTree, question

LONGEST = 26  # letters of a name
MOST_VALUES = 4  # lines of a leaf that has several values
ROUNDING = 1e-9  # what sums of shares may be off


def question_of(tree: ReadableTree, position: int) -> str:
    """Return what an inner node asks."""
    test = tree.nodes[position].test
    assert test is not None
    return question(test, tree.columns) or "anything"


def said_by(tree: ReadableTree, position: int) -> tuple[str, ...]:
    """Return what stands beside a leaf: what it says, and about how many rows.

    An inner node is told as if it were a leaf, with the number of those below it.
    """
    node, below = tree.nodes[position], n_leaves(tree, position)
    said = (_likeliest if tree.classes else _values)(tree, node.value)
    more = f", ... {_counted(tree, below)}" if below > 1 else ""
    return (*said, f"{percent(node.share)} of rows{more}")


def note_on(tree: ReadableTree, n_shown: int) -> str | None:
    """Return what is said of a tree of which some leaves are drawn; of all, nothing."""
    if n_shown == tree.complexity:
        return None
    every = _counted(tree, tree.complexity)
    if tree.is_list:
        return f"The first {n_shown - 1} of {every}"
    return f"The top of a tree of {every}: {tree.complexity - n_shown} are hidden"


def n_leaves(tree: ReadableTree, position: int) -> int:
    """Return how many leaves there are below a node; 1 for a leaf."""
    found, waiting = 0, [position]
    while waiting:
        node = tree.nodes[waiting.pop()]
        if node.test is None:
            found += 1
        else:
            waiting += [node.yes, node.no]
    return found


def name_of(tree: ReadableTree, output: int) -> str:
    """Return what an output is called, as far as there is room."""
    return printable(shortened(tree.targets[output], LONGEST))


def percent(share: float) -> str:
    """Return a share in whole per cent; 0 % and 100 % only where they are exact."""
    if ROUNDING < share < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < share < 1 - ROUNDING else f"{100 * share:.0f} %"


def _counted(tree: ReadableTree, n_leaves: int) -> str:
    """So many leaves, or rules before the last "else" of a list."""
    if not tree.is_list:
        return f"{n_leaves} leaves"
    return "1 rule" if n_leaves == 2 else f"{n_leaves - 1} rules"


def _likeliest(tree: ReadableTree, value: tuple[float, ...]) -> list[str]:
    """The likeliest class, and how likely it is."""
    best = max(range(len(value)), key=lambda k: value[k])
    return [f"{name_of(tree, best)}: {percent(value[best])}"]


def _values(tree: ReadableTree, value: tuple[float, ...]) -> list[str]:
    """One number, or several with their names, of which some are left out."""
    if len(value) == 1:
        return [f"{value[0]:.4g}"]
    said = [f"{name_of(tree, k)} = {number:.4g}" for k, number in enumerate(value)]
    left = len(said) - MOST_VALUES + 1
    return said if left < 2 else [*said[: MOST_VALUES - 1], f"... {left} more"]
