"""Rules that a tree consists of: one for each leaf, as few words as say it exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.readable._columns import Column, Floats
from sklkd.readable._conditions import (
    ColumnCondition,
    Condition,
    CountCondition,
    both,
    bracketed,
    condition_of,
    either,
    opposite,
)
from sklkd.readable._tree import ReadableTree, Test
from sklkd.readable._words import percent, plain, values

Path = tuple[tuple[Test, bool], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """When a leaf of a tree is reached, and what it says then.

    Attributes
    ----------
    conditions : tuple of ColumnCondition and CountCondition
        All of them must hold; none are needed where every row fulfils it.
    value : tuple of float
        What the leaf says: one number for each output.
    coverage : float
        Weight of the real training rows that it is about, in [0, 1] of all.
    prediction : object
        The label of the likeliest class; of values, the number, or a tuple of them.
    precision : float or None
        Probability that the teacher gives the predicted class there; None for values.
    targets : tuple of str
        How the outputs are called.
    earlier : tuple of tuple
        Conditions of the rules before it, in a list that is read from above: it is
        about rows that none of them is about. Empty for the rules of a tree.
    """

    conditions: tuple[Condition, ...]
    value: tuple[float, ...]
    coverage: float
    prediction: Any
    precision: float | None
    targets: tuple[str, ...]
    earlier: tuple[tuple[Condition, ...], ...] = ()

    def holds(self, Z: Floats) -> NDArray[np.bool_]:
        """Whether it is about rows: (n, n_columns) -> (n,)."""
        before = [all_hold(conditions, Z) for conditions in self.earlier]
        found = all_hold(self.conditions, Z)
        return found & ~np.any(before, axis=0) if before else found

    @property
    def text(self) -> str:
        """The rule as a sentence: "if age <= 25 then no (93 %, 12 % of rows)"."""
        sure = "" if self.precision is None else f"{percent(self.precision)}, "
        return f"{self.start} {self._said} ({sure}{percent(self.coverage)} of rows)"

    @property
    def start(self) -> str:
        """When it is about a row, as in "else if age <= 25 then"."""
        if any(condition.empty for condition in self.conditions):
            return "never"
        told = conjunction(self.conditions)
        if not told:
            return "else" if self.earlier else "always"
        return f"{'else if' if self.earlier else 'if'} {told} then"

    @property
    def _said(self) -> str:
        """The prediction in words."""
        if self.precision is None:
            return values(self.targets, self.value)
        return plain(self.targets[int(np.argmax(self.value))])


def rules(tree: ReadableTree) -> tuple[Rule, ...]:
    """Return one rule for each leaf of a tree; each row fulfils exactly one.

    Conditions on one column are put together, and what others imply is left out. Rules
    of a list are in its order and do not repeat that the ones before did not hold.

    Parameters
    ----------
    tree : ReadableTree
        A tree, or a list of rules.

    Returns
    -------
    tuple of Rule
        From above to below; "yes" comes before "no".

    Examples
    --------
    >>> from sklkd.readable import Column, Literal, Node, ReadableTree, Test, rules
    >>> young = Test((Literal(0, threshold=25.5),))
    >>> tree = ReadableTree(
    ...     columns=(Column("age", 0, whole=True),),
    ...     classes=("no", "yes"),
    ...     targets=("no", "yes"),
    ...     nodes=(
    ...         Node((0.5, 0.5), 1.0, young, 1, 2),
    ...         Node((0.9, 0.1), 0.4),
    ...         Node((0.2, 0.8), 0.6),
    ...     ),
    ... )
    >>> for rule in rules(tree):
    ...     print(rule.text)
    if age <= 25 then no (90 %, 40 % of rows)
    else yes (80 %, 60 % of rows)
    """
    found: list[Rule] = []
    earlier: tuple[tuple[Condition, ...], ...] = ()
    for leaf, path in tree.leaves():
        own = path
        if tree.is_list:
            own = tuple((test, answer) for test, answer in path if answer)
        conditions = simplified(own, tree.columns)
        found.append(_rule(tree, leaf, conditions, earlier))
        earlier += (conditions,) if tree.is_list else ()
    return tuple(found)


def _rule(
    tree: ReadableTree,
    leaf: int,
    conditions: tuple[Condition, ...],
    earlier: tuple[tuple[Condition, ...], ...],
) -> Rule:
    """The rule of one leaf."""
    node = tree.nodes[leaf]
    best = int(np.argmax(node.value))
    prediction: Any = node.value[0] if len(node.value) == 1 else node.value
    precision = None
    if tree.classes is not None:
        prediction, precision = tree.classes[best], float(node.value[best])
    return Rule(
        conditions=conditions,
        value=node.value,
        coverage=node.share,
        prediction=prediction,
        precision=precision,
        targets=tree.targets,
        earlier=earlier,
    )


def simplified(path: Path, columns: Sequence[Column]) -> tuple[Condition, ...]:
    """Return conditions that together say what answers to tests say.

    Counts of conditions lose those that others decide, until none is left to lose. A
    single condition that no row fulfils stands for answers that contradict each other.
    """
    known: dict[int, ColumnCondition] = {}
    counts = [_count(test, answer, columns) for test, answer in path]
    settled = False
    while not settled:
        settled, remaining = True, []
        for count in counts:
            reduced = _reduced(count, known)
            if reduced.m <= 0:
                continue
            if reduced.m < len(reduced.parts):
                remaining.append(reduced)
                continue
            settled = False
            for part in (
                count.parts if reduced.m > len(reduced.parts) else reduced.parts
            ):
                known[part.index] = both(known.get(part.index, part), part)
                if known[part.index].empty:
                    return (known[part.index],)
        counts = remaining
    several = dict.fromkeys(_worded(count) for count in counts)
    return (*(c for c in known.values() if not c.full), *several)


@dataclass(frozen=True, slots=True)
class _Count:
    """At least `m` of the parts hold; `negated` if it was said by a "no"."""

    parts: tuple[ColumnCondition, ...]
    m: int
    negated: bool


def _count(test: Test, answer: bool, columns: Sequence[Column]) -> _Count:
    """A test with its answer: "fewer than m of n" is "n - m + 1 fail"."""
    parts = tuple(condition_of(lit, columns, answer) for lit in test.literals)
    m = test.m if answer else len(parts) - test.m + 1
    return _Count(parts, m, not answer)


def _reduced(count: _Count, known: dict[int, ColumnCondition]) -> _Count:
    """A count without the parts that are known to hold or to fail."""
    open_parts, m = [], count.m
    for part in count.parts:
        now = known.get(part.index)
        if part.full or (now is not None and both(now, part) == now):
            m -= 1
        elif not part.empty and (now is None or not both(now, part).empty):
            open_parts.append(part)
    if m == 1:
        return _any_of(open_parts, count.negated)
    return _Count(tuple(open_parts), m, count.negated)


def _any_of(parts: list[ColumnCondition], negated: bool) -> _Count:
    """At least one of some parts, those of one column put together where possible."""
    merged: list[ColumnCondition] = []
    for part in parts:
        for i, other in enumerate(merged):
            one = either(other, part) if other.index == part.index else None
            if one is not None:
                merged[i] = one
                break
        else:
            merged.append(part)
    settled = any(part.full for part in merged)
    return _Count(tuple(merged), 0 if settled else 1, negated)


def _worded(count: _Count) -> CountCondition:
    """A count as it reads best: a negated one as "fewer than", unless it is "or"."""
    if count.m == 1 or not count.negated:
        return CountCondition(count.parts, count.m)
    parts = tuple(opposite(part) for part in count.parts)
    return CountCondition(parts, len(parts) - count.m + 1, fewer=True)


def all_hold(conditions: Sequence[Condition], Z: Floats) -> NDArray[np.bool_]:
    """Whether rows fulfil all conditions: (n, n_columns) -> (n,)."""
    found = np.ones(len(Z), dtype=bool)
    for condition in conditions:
        found &= condition.holds(Z)
    return found


def conjunction(conditions: Sequence[Condition]) -> str:
    """Return conditions as a text, as in "a and (b or c)"; without any, nothing."""
    told = [condition for condition in conditions if not condition.silent]
    if len(told) == 1:
        return told[0].text
    return " and ".join(bracketed(condition) for condition in told)


def question(test: Test, columns: Sequence[Column]) -> str:
    """Return what a test asks, as in "25 < age <= 40"."""
    return conjunction(simplified(((test, True),), columns))
