"""Local explanations: why a readable model says what it says of a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sklkd.readable._attribution import attribute
from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Column, Floats
from sklkd.readable._conditions import Condition
from sklkd.readable._counterfactual import Counterfactual, counterfactuals
from sklkd.readable._goal import make_goal
from sklkd.readable._rules import Rule, rules, simplified
from sklkd.readable._terms import make_terms
from sklkd.readable._tree import ReadableTree

WHO = "explain"
MOST_CONDITIONS = 4


@dataclass(frozen=True, slots=True, eq=False)
class LocalExplanation:
    """What a model says of rows, which columns make it do so, and what would not.

    Attributes
    ----------
    model : ReadableModel
        What speaks.
    Z : ndarray of shape (n_rows, n_columns)
        Of what.
    outputs : ndarray of shape (n_rows, n_outputs)
        What it says: probabilities or values.
    contributions : ndarray of shape (n_rows, n_columns, n_outputs)
        What each column adds, in units of `scale_name`; 0 if the model does not look
        at it.
    baseline : ndarray of shape (n_outputs,)
        What is said before any column is looked at.
    scale_name : {"probability", "value", "log-odds", "centred score"}
        What baseline and contributions sum to, exactly.
    counterfactual : tuple of Counterfactual or None
        For each row the nearest of which the model says something else.
    """

    model: ReadableModel
    Z: Floats
    outputs: Floats
    contributions: Floats
    baseline: Floats
    scale_name: str
    counterfactual: tuple[Counterfactual | None, ...]

    @property
    def predicted(self) -> np.ndarray:
        """Positions of classes, (n_rows,); or values, with a column each if several."""
        if self.model.classes is not None:
            return self.outputs.argmax(axis=1)
        return self.outputs[:, 0] if self.outputs.shape[1] == 1 else self.outputs

    @property
    def rule(self) -> tuple[str | None, ...]:
        """The rule that each row fulfils, in words; None where there are no rules.

        One of a list of rules says by itself when it is about a row, and begins with
        "else" only where that would take more than four conditions.
        """
        if not isinstance(self.model, ReadableTree):
            return (None,) * len(self.Z)
        paths = zip(rules(self.model), self.model.leaves(), strict=True)
        columns = self.model.columns
        texts = {
            leaf: _alone(rule, simplified(path, columns)).text
            for rule, (leaf, path) in paths
        }
        return tuple(texts[leaf] for leaf in self.model.apply(self.Z).tolist())

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a dict for each row, of text, numbers, lists, dicts and None alone.

        Returns
        -------
        list of dict
            With the keys ``"predicted"``, ``"outputs"``, ``"baseline"``, ``"scale"``,
            ``"contributions"`` (a dict for each column that the model looks at),
            ``"rule"`` and ``"counterfactual"``. Numbers stand in dicts by target;
            ``"predicted"`` is one of these names, or their values.
        """
        texts = self.rule
        return [self._row(i, texts[i]) for i in range(len(self.Z))]

    def _row(self, i: int, rule: str | None) -> dict[str, Any]:
        """One row as a dict."""
        model, other = self.model, self.counterfactual[i]
        outputs = _named(model, self.outputs[i])
        named = model.classes is not None
        return {
            "predicted": model.targets[self.outputs[i].argmax()] if named else outputs,
            "outputs": outputs,
            "scale": self.scale_name,
            "baseline": _named(model, self.baseline),
            "contributions": {
                model.columns[j].name: _named(model, self.contributions[i, j])
                for j in model.used
            },
            "rule": rule,
            "counterfactual": None if other is None else self._other(i, other),
        }

    def _other(self, i: int, other: Counterfactual) -> dict[str, Any]:
        """A counterfactual as a dict."""
        changes = {
            self.model.columns[j].name: {
                "from": _entry(self.model.columns[j], self.Z[i, j]),
                "to": _entry(self.model.columns[j], other.row[j]),
            }
            for j in other.changed
        }
        if isinstance(other.outcome, int):
            outcome: Any = self.model.targets[other.outcome]
        else:
            outcome = _named(self.model, other.outcome)
        return {
            "changes": changes,
            "cost": other.cost,
            "outcome": outcome,
            "text": other.text,
        }


def _named(model: ReadableModel, numbers: Floats | Sequence[float]) -> dict[str, float]:
    """Numbers by the names of what they are about: (k,)."""
    return dict(zip(model.targets, map(float, numbers), strict=True))


def _entry(column: Column, value: float) -> float | str | None:
    """A number, a category as text, or None where it is missing."""
    if np.isnan(value):
        return None
    if column.categories is None:
        return float(value)
    return str(column.categories[int(value)])


def _alone(rule: Rule, conditions: tuple[Condition, ...]) -> Rule:
    """A rule that does not need those before it, unless it takes too many words."""
    if not rule.earlier or len(conditions) > MOST_CONDITIONS:
        return rule
    return replace(rule, conditions=conditions, earlier=())


def explain(
    model: ReadableModel,
    Z: Any,
    scale: Any = None,
    *,
    background: Any = None,
    target: Any = None,
    mutable: Any = None,
) -> LocalExplanation:
    """Explain what a readable model says of rows: exactly, since it can be read.

    Parameters
    ----------
    model : ReadableModel
        What speaks.
    Z : array-like of shape (n_rows, n_columns)
        Numbers, codes of categories, NaN where missing.
    scale : array-like of shape (n_columns,), default=None
        Units in which changes of numbers are counted, such as the standard deviations
        of columns; 0 stands for 1. None takes those of `background`, or else 1.
    background : array-like of shape (n_other_rows, n_columns), default=None
        Usual rows, such as those that the model was fitted to: what contributions of
        curves are relative to, and where counterfactuals take values from: the range
        of numbers in models that are searched, and what fills gaps.
    target : int, tuple of (low, high), or None, default=None
        What counterfactuals shall reach: a class, by position, or an interval of
        values with its ends, each a number or one for each value. None is any other
        class, or of a tree any other value. Rows that are there already stay.
    mutable : list of int or str, default=None
        The columns that may change in counterfactuals; None is all.

    Returns
    -------
    LocalExplanation
        Predictions, contributions of columns, rules and counterfactuals.

    Raises
    ------
    ValueError
        If rows, units, target or columns do not fit the model.
    TypeError
        If one of them is of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.readable import Column, Literal, Node, ReadableTree, Test, explain
    >>> tree = ReadableTree(
    ...     (Column("age", 0, whole=True),), ("no", "yes"), ("no", "yes"),
    ...     (Node((0.5, 0.5), 1.0, Test((Literal(0, 40.5),)), 1, 2),
    ...      Node((0.9, 0.1), 0.5), Node((0.1, 0.9), 0.5)),
    ... )
    >>> explanation = explain(tree, [[37.0]])
    >>> explanation.rule[0]
    'if age <= 40 then no (90 %, 50 % of rows)'
    >>> explanation.contributions[0].round(3)
    array([[ 0.4, -0.4]])
    >>> explanation.counterfactual[0].text
    'age 37 -> 41: then yes'
    """
    if not isinstance(model, ReadableModel):
        raise TypeError(
            f"{WHO}: model must be a ReadableTree, AdditiveModel or NearestModel, got "
            f"{type(model).__name__}."
        )
    rows = _rows(model, "Z", Z)
    usual = None if background is None else _rows(model, "background", background)
    if usual is not None and len(usual) == 0:
        raise ValueError(
            f"{WHO}: background must have rows, got none. Pass None to do without."
        )
    parts = attribute(model, rows, usual)
    outputs = model.outputs(rows)
    goal = make_goal(WHO, model, outputs, target)
    terms = make_terms(
        WHO, model.columns, scale=scale, background=usual, mutable=mutable
    )
    return LocalExplanation(
        model=model,
        Z=rows,
        outputs=outputs,
        contributions=parts.contributions,
        baseline=parts.baseline,
        scale_name=parts.scale_name,
        counterfactual=counterfactuals(model, rows, goal, terms),
    )


def _rows(model: ReadableModel, name: str, Z: Any) -> Floats:
    """Rows of a model, checked and copied: (n, n_columns)."""
    n = len(model.columns)
    try:
        rows = np.array(Z, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            f"{WHO}: {name} must hold numbers, and codes of categories, got {Z!r}."
        ) from None
    if rows.ndim != 2 or rows.shape[1] != n:
        raise ValueError(
            f"{WHO}: {name} must have the shape (n_rows, {n}), a column for each of "
            f"the model's, got {rows.shape}."
        )
    if np.isinf(rows).any():
        raise ValueError(
            f"{WHO}: {name} must hold finite numbers, or NaN where one is missing, got "
            "an infinite one."
        )
    for j, column in enumerate(model.columns):
        if column.categories is not None:
            _check_codes(name, column, rows[:, j])
    return rows


def _check_codes(name: str, column: Column, values: Floats) -> None:
    """Raise unless values are positions of a column's categories: (n,)."""
    n, known = len(column.categories or ()), values[~np.isnan(values)]
    wrong = known[(known < 0) | (known >= n) | (known != np.floor(known))]
    if len(wrong):
        raise ValueError(
            f"{WHO}: column {column.name!r} of {name} must hold codes in [0, {n}), got "
            f"{wrong[0]}."
        )
