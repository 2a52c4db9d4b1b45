"""Names and labels that a user asks a confusion about: they exist, or it says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import check_flag, did_you_mean
from sklkd.inspection._class_tree import (
    ClassTree,
    Label,
    label_text,
    listed,
    nearest,
    plain,
)
from sklkd.inspection._confusion_cells import Cells
from sklkd.inspection._label_columns import clean_label, in_order

Answer = tuple[NDArray[np.bool_], str]  # which cells it is about, and it in words


class Output(NamedTuple):
    """Two columns, of which one says what the other should have said."""

    name: str
    actual: str
    predicted: str


def find_name(who: str, argument: str, name: Any, known: Iterable[str]) -> None:
    """Raise unless an output or column is there.

    Raises
    ------
    ValueError
        With those that are, and the nearest.
    """
    names = list(known)
    if isinstance(name, str) and name in names:
        return
    hint = "" if name is None else did_you_mean(name, names)
    known = f"must be one of {listed(sorted(names))}"
    if not names:
        known = f"is asked about where there are no {argument}s"
    raise ValueError(f"{who}: {argument} {known}, got {name!r}.{hint}")


def find_pair(who: str, pairs: Sequence[Output], output: str | None) -> Output:
    """Return the output of a name, or the only one.

    Raises
    ------
    ValueError
        If there is none, or there are several and no name.
    """
    if output is None and len(pairs) == 1:
        return pairs[0]
    known = {pair.name: pair for pair in pairs}
    find_name(who, "output", output, known)
    return known[str(output)]


def find_rows(who: str, cells: Cells, pair: Output, against: str | None) -> str:
    """Return the column that is in the rows of an output's matrix.

    Raises
    ------
    ValueError
        If it has not the same labels.
    """
    if against is None:
        return pair.actual
    kind = cells.kind(pair.actual)
    alike = [name for name in cells.columns if cells.kind(name) == kind]
    find_name(who, "against", against, alike)
    return against


def find_kind(
    who: str, cells: Cells, pairs: Sequence[Output], output: str | None
) -> int:
    """Return which tree the labels of an output are in, or of all, if in one.

    Raises
    ------
    ValueError
        As `find_pair`.
    """
    kinds = {cells.kind(pair.actual) for pair in pairs}
    if output is None and len(kinds) == 1:
        return kinds.pop()
    return cells.kind(find_pair(who, pairs, output).actual)


def find_nestable(
    who: str, cells: Cells, pairs: Sequence[Output], names: tuple[str, str]
) -> tuple[Output, Output]:
    """Return two outputs that share no column with each other, nor with a third.

    A further column stands for an output that predicts itself.

    Raises
    ------
    ValueError
        If there is no such output, or they share a column.
    """
    taken = {column for pair in pairs for column in pair[1:]}
    further = [Output(c, c, c) for c in cells.columns if c not in taken]
    outer, inner = (find_pair(who, [*pairs, *further], name) for name in names)
    if set(outer[1:]) & set(inner[1:]):
        raise ValueError(
            f"{who}: parent and child must have columns of their own, and "
            f"{outer.name!r} and {inner.name!r} share one."
        )
    used = {*outer[1:], *inner[1:]}
    others = [pair for pair in pairs if pair not in (outer, inner)]
    sharing = [pair.name for pair in others if used & set(pair[1:])]
    if sharing:
        raise ValueError(
            f"{who}: no other output may need the columns of parent and child, and "
            f"{sharing[0]!r} does. Leave it out first, by marginalise."
        )
    return outer, inner


def find_groups(who: str, tree: ClassTree, groups: Iterable[Label]) -> None:
    """Raise unless all of these are groups of a hierarchy.

    Raises
    ------
    ValueError
        With the groups that there are, and the nearest.
    """
    for name in groups:
        if name in tree.groups:
            continue
        known = listed(tree.groups) or "none, for no hierarchy was given"
        raise ValueError(
            f"{who}: what is named must be a group of the hierarchy, got {name!r}."
            f"{nearest(name, tree.groups)} Groups: {known}."
        )


def find_nodes(who: str, tree: ClassTree, names: Collection[Label]) -> None:
    """Raise unless all of these are labels or groups, and there is one.

    Raises
    ------
    ValueError
        With what there is, and the nearest.
    """
    if not names:
        raise ValueError(f"{who}: name at least one label or group, got none.")
    for name in names:
        if not tree.within(name):
            raise _unknown(who, "what is named", tree, name)


def is_correct(who: str, cells: Cells, pair: Output, correct: Any) -> Answer:
    """Which cells have the same class in both columns, or not the same.

    Raises
    ------
    TypeError
        If `correct` is neither True nor False.
    """
    check_flag(who, "correct", correct)
    same = cells.seen(pair.actual) == cells.seen(pair.predicted)
    return same == correct, f"{pair.name} is {'right' if correct else 'wrong'}"


def is_among(who: str, cells: Cells, column: str, value: Any) -> Answer:
    """Which cells have some labels in a column.

    Parameters
    ----------
    who : str
        Who asks; errors start with it.
    cells : Cells
        With that column.
    column : str
        As the user named it.
    value : label, or list or set of them
        Labels or groups. A tuple is a nested label, not several.

    Raises
    ------
    ValueError
        If there is no such column or label.
    """
    find_name(who, "what is known", column, cells.columns)
    tree = cells.tree(column)
    several = isinstance(value, (list, set, frozenset))
    names = [clean_label(each) for each in value] if several else [clean_label(value)]
    for name in names:
        if not tree.within(name):
            raise _unknown(who, column, tree, name)
    told = " or ".join(map(label_text, in_order(names))) or "nothing"
    labels = {label for name in names for label in tree.within(name)}
    return cells.among(column, labels), f"{column.replace('_', ' ', 1)} is {told}"


def _unknown(who: str, argument: str, tree: ClassTree, name: Any) -> ValueError:
    known = (*tree.groups, *tree.labels)
    return ValueError(
        f"{who}: {argument} must be a label or a group of them, got {plain(name)!r}."
        f"{nearest(name, known)} Known: {listed(known)}."
    )
