"""The least change of a row that brings it to another leaf of a tree: exactly."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklkd.readable._columns import Column, Floats
from sklkd.readable._conditions import ColumnCondition, both, condition_of
from sklkd.readable._goal import Goal
from sklkd.readable._terms import Terms
from sklkd.readable._tree import ReadableTree, Test

# How many boxes are looked at for a row before the search becomes greedy.
MOST_BOXES = 2000

Box = Mapping[int, ColumnCondition]  # columns that it lacks may be anything
Key = tuple[int, float | None, float | None, tuple[int, ...] | None, bool]


@dataclass(frozen=True, slots=True)
class Route:
    """What a row must be to come to a leaf.

    Attributes
    ----------
    leaf : int
        Position of its node.
    box : mapping of int to ColumnCondition
        What columns must be in any case.
    choices : tuple of (int, tuple of ColumnCondition)
        Of how many of which conditions must hold, too.
    """

    leaf: int
    box: Box
    choices: tuple[tuple[int, tuple[ColumnCondition, ...]], ...]


def tree_changes(tree: ReadableTree, Z: Floats, goal: Goal, terms: Terms) -> Floats:
    """Return the nearest rows that reach a goal: (n, d) -> (n, d).

    Rows for which there is none come back as they are. First as few columns as can be
    are changed, then as little as can be: but for the rounding of new numbers, exactly.
    """
    everyone = np.arange(len(Z))
    routes = [_route(tree.columns, *each) for each in tree.leaves()]
    search = _Search(terms, Z)
    counts, costs = (np.full((len(Z), len(routes)), np.inf) for _ in range(2))
    for r, route in enumerate(routes):
        value = np.array([tree.nodes[route.leaf].value])
        good = goal.reached(np.repeat(value, len(Z), axis=0), everyone)
        counts[good, r], costs[good, r] = (x[good] for x in search.prices(route.box))
    found = Z.copy()
    for i in range(len(Z)):
        possible = np.flatnonzero(np.isfinite(costs[i])).tolist()
        start = [(counts[i, r], costs[i, r], routes[r]) for r in possible]
        found[i] = search.nearest(i, start)
    return found


def _route(
    columns: tuple[Column, ...], leaf: int, path: tuple[tuple[Test, bool], ...]
) -> Route:
    """What a row must be to answer tests as a path does."""
    box: Box = {}
    choices = []
    for test, answer in path:
        n = len(test.literals)
        need = test.m if answer else n - test.m + 1
        wanted = tuple(condition_of(lit, columns, answer) for lit in test.literals)
        if need < n:
            choices.append((need, wanted))
            continue
        for condition in wanted:
            box = _narrowed(box, condition)
    return Route(leaf, box, tuple(choices))


def _narrowed(box: Box, condition: ColumnCondition) -> Box:
    """A box with one more condition."""
    known = box.get(condition.index, condition)
    return {**box, condition.index: both(known, condition)}


def _key(condition: ColumnCondition) -> Key:
    """What tells conditions of one model apart."""
    c = condition
    return c.index, c.low, c.high, c.codes, c.missing


class _Search:
    """Looks for the box nearest to a row; remembers the prices of conditions."""

    def __init__(self, terms: Terms, Z: Floats) -> None:
        self.terms, self.Z = terms, Z
        self.known: dict[Key, tuple[NDArray[np.bool_], Floats]] = {}

    def prices(self, box: Box) -> tuple[Floats, Floats]:
        """How many columns change on the way to a box, and at what cost: two of (n,).

        The cost is the least one, which a rounded number exceeds.
        """
        count, cost = np.zeros(len(self.Z)), np.zeros(len(self.Z))
        for condition in box.values():
            stays, price = self._price(condition)
            count += ~stays
            cost += price
        return count, cost

    def nearest(self, i: int, start: list[tuple[float, float, Route]]) -> Floats:
        """The cheapest row for one of the starts, (d,): best first.

        A box costs at most what boxes within it cost. So the first box of which the
        nearest row fulfils all conditions of its route has the nearest row of all.
        """
        ticket = itertools.count()  # boxes of one price come in the order of leaves
        heap = [(n, cost, next(ticket), r, r.box) for n, cost, r in start]
        heapq.heapify(heap)
        seen: set[tuple[int, frozenset[Key]]] = set()
        while heap:
            *_, route, box = heapq.heappop(heap)
            row = self._moved(i, box)
            lacking = _lacking(row, route)
            if not lacking:
                return row
            if len(seen) > MOST_BOXES:
                heap.clear()
            for smaller in (_narrowed(box, condition) for condition in lacking):
                key = (route.leaf, frozenset(map(_key, smaller.values())))
                n, cost = self._price_for(i, smaller)
                if key not in seen and cost < math.inf:
                    heapq.heappush(heap, (n, cost, next(ticket), route, smaller))
                seen.add(key)
        return np.asarray(self.Z[i])

    def _price_for(self, i: int, box: Box) -> tuple[float, float]:
        """How many columns of one row change, and at what cost."""
        pairs = [self._price(condition) for condition in box.values()]
        return sum(not s[i] for s, _ in pairs), float(sum(p[i] for _, p in pairs))

    def _price(self, condition: ColumnCondition) -> tuple[NDArray[np.bool_], Floats]:
        """Whether a column stays as it is, and the least cost: two of (n,)."""
        key = _key(condition)
        if key not in self.known:
            stays = condition.holds(self.Z)
            way = self._way(condition, self.Z[:, condition.index])
            self.known[key] = stays, np.where(stays, 0.0, way)
        return self.known[key]

    def _way(self, condition: ColumnCondition, values: Floats) -> Floats:
        """The least cost of changing values of a column: (n,) -> (n,)."""
        ends = _ends(condition)
        if ends is None or not self.terms.mutable[condition.index]:
            return np.full(len(values), np.inf)
        if condition.codes is not None:
            return np.ones(len(values))
        with np.errstate(over="ignore"):
            gap = np.maximum(ends[0] - values, values - ends[1])
            gap = gap / self.terms.scale[condition.index]
        return np.where(np.isnan(values), 1.0, gap)

    def _moved(self, i: int, box: Box) -> Floats:
        """The nearest row in a box, its new numbers rounded: (d,)."""
        row = self.Z[i].copy()
        for j, condition in box.items():
            if not self._price(condition)[0][i]:
                row[j] = self._value(condition, row[j])
        return np.asarray(row)

    def _value(self, condition: ColumnCondition, value: float) -> float:
        """A value that fulfils a condition, near one that does not."""
        j, codes = condition.index, condition.codes
        if codes is not None:
            return float(next(k for k in self.terms.preference[j] if k in codes))
        low = -math.inf if condition.low is None else condition.low
        high = math.inf if condition.high is None else condition.high
        lowest = float(np.nextafter(low, math.inf))
        if math.isnan(value):
            value = float(self.terms.usual[j])
        nearest = min(max(value, lowest), high)
        for end in (high, lowest) if nearest < high else (lowest, high):
            found = self.terms.beyond(j, nearest, end)
            if found is not None:
                return found
        return nearest


def _lacking(row: Floats, route: Route) -> list[ColumnCondition]:
    """Conditions that a row fails, of the first choice that it fails.

    Every row that passes the choice fulfils one of them.
    """
    for need, wanted in route.choices:
        failed = [each for each in wanted if not _fulfils(row[each.index], each)]
        if len(wanted) - len(failed) < need:
            return failed
    return []


def _fulfils(value: float, condition: ColumnCondition) -> bool:
    """Whether one value fulfils a condition: as its `holds`, and much faster."""
    if math.isnan(value):
        return condition.missing
    if condition.codes is not None:
        return value in condition.codes
    above = condition.low is None or value > condition.low
    return bool(above and (condition.high is None or value <= condition.high))


def _ends(condition: ColumnCondition) -> tuple[float, float] | None:
    """Ends of the numbers that fulfil a condition, the lower itself perhaps not.

    None if no value that is there fulfils it.
    """
    if condition.codes is not None:
        return (0.0, 0.0) if condition.codes else None
    low = -math.inf if condition.low is None else condition.low
    high = math.inf if condition.high is None else condition.high
    if not condition.column.whole:
        return (low, high) if low < high else None
    low = low if math.isinf(low) else math.floor(low) + 1.0
    high = high if math.isinf(high) else float(math.floor(high))
    return (low, high) if low <= high and low < math.inf and high > -math.inf else None
