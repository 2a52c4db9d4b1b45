"""From rows of labels to a joint distribution: which columns, and what trees."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sklkd.inspection._class_tree import ClassTree, Label, flat_tree, listed, tree_from
from sklkd.inspection._confusion_cells import Cells
from sklkd.inspection._label_columns import (
    clean,
    in_order,
    read,
    read_pair,
    row_weights,
)

WEIGHT = "weight"  # what the column of weights is called in a frame
Columns = dict[str, list[Label]]


def count_pairs(
    who: str,
    labels: tuple[Any, Any],
    options: Mapping[str, Any],
    *,
    hierarchy: Any,
    sample_weight: Any,
    further: Any,
) -> tuple[Cells, list[tuple[str, str, str]]]:
    """Count outputs, each with two columns and a tree of its own.

    Parameters
    ----------
    who : str
        Who asks; errors start with it.
    labels : (array-like, array-like)
        Actual and predicted ones.
    options : mapping
        Of `read_pair`.
    hierarchy, sample_weight, further
        As for `ConfusionCube`.

    Returns
    -------
    Cells, list of (str, str, str)
        And each output's name, with the names of its two columns.
    """
    found = read_pair(who, *labels, **options)
    pairs = [(name, f"actual_{name}", f"predicted_{name}") for name in found]
    hierarchies = _hierarchies(who, hierarchy, found)
    trees = [_tree(who, hierarchies.get(name), both) for name, both in found.items()]
    columns: Columns = {}
    for name, *both in pairs:
        columns |= dict(zip(both, found[name], strict=True))
    kinds = [k for k in range(len(pairs)) for _ in range(2)]
    weighted = {"sample_weight": sample_weight, "further": further}
    return _count(who, columns, kinds, trees, **weighted), pairs


def count_columns(
    who: str,
    columns: Mapping[str, Any],
    *,
    hierarchy: Any,
    sample_weight: Any,
    further: Any,
) -> Cells:
    """Count columns of the same labels, which share one tree; as `count_pairs`."""
    read_columns = {name: _column(who, name, y) for name, y in columns.items()}
    tree = _tree(who, hierarchy, read_columns.values())
    weighted = {"sample_weight": sample_weight, "further": further}
    return _count(who, read_columns, [0] * len(columns), [tree], **weighted)


def named_columns(table: Any) -> dict[str, Any]:
    """Columns of a mapping or a data frame, by their names."""
    names = table.columns if hasattr(table, "columns") else table
    return {str(name): table[name] for name in names}


def _count(
    who: str,
    columns: Columns,
    kinds: list[int],
    trees: list[ClassTree],
    *,
    sample_weight: Any,
    further: Any,
) -> Cells:
    """Add what else is known of rows, each with its own tree, and count."""
    named = {} if further is None else named_columns(further)
    others = {name: _column(who, name, y) for name, y in named.items()}
    _check_names(who, columns, others)
    kinds = [*kinds, *range(len(trees), len(trees) + len(others))]
    trees = [*trees, *(_tree(who, None, [column]) for column in others.values())]
    together = {**columns, **others}
    n_rows = {name: len(column) for name, column in together.items()}
    if len(set(n_rows.values())) > 1:
        raise ValueError(f"{who}: columns must be of the same rows, got {n_rows}.")
    weights = row_weights(who, sample_weight, next(iter(n_rows.values())))
    return Cells.counted(together, kinds, trees, weights)


def _column(who: str, name: Any, y: Any) -> list[Label]:
    """The labels of one column: (n,) -> n labels."""
    table = read(who, str(name), y)
    if len(table.columns) > 1:
        raise ValueError(
            f"{who}: {name} must have one column, of shape (n_samples,), got "
            f"{len(table.columns)}. Give each a name."
        )
    return clean(who, table.columns[0])


def _tree(who: str, hierarchy: Any, columns: Iterable[Sequence[Label]]) -> ClassTree:
    """The user's tree of these labels, or one without groups, sorted."""
    labels = in_order(label for column in columns for label in column)
    return flat_tree(labels) if hierarchy is None else tree_from(who, hierarchy, labels)


def _hierarchies(who: str, hierarchy: Any, names: Collection[str]) -> Mapping[str, Any]:
    """The hierarchy of each output that has one, by its name."""
    if hierarchy is None:
        return {}
    if len(names) == 1:
        return {next(iter(names)): hierarchy}
    if not isinstance(hierarchy, Mapping) or not set(hierarchy) <= set(names):
        got = list(hierarchy) if isinstance(hierarchy, Mapping) else hierarchy
        raise ValueError(
            f"{who}: with several outputs, hierarchy must map their names to their "
            f"hierarchies. Outputs: {listed(list(names))}, got {got!r}."
        )
    return hierarchy


def _check_names(who: str, columns: Columns, others: Columns) -> None:
    """Raise if two columns would have one name, or one that of the weights."""
    taken = [name for name in others if name in columns or name == WEIGHT]
    taken += [name for name in columns if name == WEIGHT]
    if taken:
        raise ValueError(
            f"{who}: columns must have different names, none of them {WEIGHT!r}, got "
            f"{taken[0]!r} besides. Give it another name."
        )
