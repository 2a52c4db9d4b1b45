"""Counterfactuals: the nearest row of which a readable model says something else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Column, Floats
from sklkd.readable._goal import Goal
from sklkd.readable._searched_changes import searched_changes
from sklkd.readable._terms import Terms, same
from sklkd.readable._tree import ReadableTree
from sklkd.readable._tree_changes import tree_changes
from sklkd.readable._words import number, plain, short, values, word


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A row as it is not, and what a model would say of it.

    Attributes
    ----------
    row : tuple of float
        One entry for each column of the model.
    changed : tuple of int
        The columns that differ, ascending.
    cost : float
        Sum of the changes: of numbers in units of the scale, 1 for each other one.
    outcome : int or tuple of float
        Position of the class that the model then predicts, or its values.
    text : str
        What changes, and what for.
    """

    row: tuple[float, ...]
    changed: tuple[int, ...]
    cost: float
    outcome: int | tuple[float, ...]
    text: str


def counterfactuals(
    model: ReadableModel, Z: Floats, goal: Goal, terms: Terms
) -> tuple[Counterfactual | None, ...]:
    """Find the nearest rows of which a model says something else [1]_.

    Nearer is what changes fewer columns and, of as many, costs less. For trees nothing
    is nearer than what is found, but for the rounding of new numbers, by at most 5 % of
    the column's unit where the leaf is not narrower. For other models it is a search
    among single columns and pairs. Whatever is found has been shown to the model.

    Parameters
    ----------
    model : ReadableModel
        What speaks.
    Z : ndarray of shape (n_rows, n_columns)
        Numbers, codes of categories, NaN where missing.
    goal : Goal
        What it shall say.
    terms : Terms
        Which columns may change, and at what cost.

    Returns
    -------
    tuple of Counterfactual or None
        One for each row, without a change where the goal is reached already; None where
        none was found, and for values of models other than trees where there is no
        target.

    References
    ----------
    .. [1] S. Wachter, B. Mittelstadt, C. Russell, "Counterfactual Explanations without
       Opening the Black Box", Harvard Journal of Law & Technology 31(2), 2018,
       Sec. III. arXiv:1711.00399

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.readable import Column, Literal, Node, ReadableTree, Test
    >>> from sklkd.readable._goal import make_goal
    >>> from sklkd.readable._terms import make_terms
    >>> tree = ReadableTree(
    ...     (Column("age", 0, whole=True),), ("no", "yes"), ("no", "yes"),
    ...     (Node((0.5, 0.5), 1.0, Test((Literal(0, 40.5),)), 1, 2),
    ...      Node((0.9, 0.1), 0.5), Node((0.1, 0.9), 0.5)),
    ... )
    >>> Z = np.array([[37.0]])
    >>> goal = make_goal("me", tree, tree.outputs(Z), None)
    >>> found, = counterfactuals(tree, Z, goal, make_terms("me", tree.columns))
    >>> found.text
    'age 37 -> 41: then yes'
    """
    rows = _nearest(model, Z, goal, terms)
    outputs = model.outputs(rows)
    reached = goal.reached(outputs, np.arange(len(Z)))
    costs = terms.costs(Z, rows).sum(axis=1)
    return tuple(
        _described(model, Z[i], rows[i], outputs[i], costs[i]) if reached[i] else None
        for i in range(len(Z))
    )


def _nearest(model: ReadableModel, Z: Floats, goal: Goal, terms: Terms) -> Floats:
    """Near rows that reach a goal, or the rows themselves: (n, d) -> (n, d)."""
    if isinstance(model, ReadableTree):
        return tree_changes(model, Z, goal, terms)
    if not goal.classes and goal.target is None:  # any change at all would do
        return Z
    return searched_changes(model, Z, goal, terms)


def _described(
    model: ReadableModel, before: Floats, after: Floats, outputs: Floats, cost: float
) -> Counterfactual:
    """A counterfactual in numbers and words: (d,), (d,), (k,)."""
    changed = tuple(np.flatnonzero(~same(before, after)).tolist())
    changes = " and ".join(
        _change(model.columns[j], before[j], after[j]) for j in changed
    )
    outcome: int | tuple[float, ...] = tuple(outputs.tolist())
    if model.classes is not None:
        outcome = int(outputs.argmax())
    text = f"{changes or 'as it is'}: then {_said(model, outputs)}"
    return Counterfactual(tuple(after.tolist()), changed, float(cost), outcome, text)


def _said(model: ReadableModel, outputs: Floats) -> str:
    """The class that is predicted, or the values, in words."""
    if model.classes is not None:
        return plain(model.targets[outputs.argmax()])
    return values(model.targets, outputs.tolist())


def _change(column: Column, before: float, after: float) -> str:
    """A change of one column in words: the old number perhaps rounded, not the new."""
    old, new = _written(column, before), _written(column, after)
    if column.categories is None and not np.isnan(before) and short(before) != new:
        old = short(before)
    return f"{plain(column.name)} {old} -> {new}"


def _written(column: Column, value: float) -> str:
    """A value as a person writes it."""
    if np.isnan(value):
        return "missing"
    return (
        number(value)
        if column.categories is None
        else word(column.categories[int(value)])
    )
