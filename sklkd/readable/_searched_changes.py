"""A small change of a row that makes a smooth model say something else: by search."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from sklkd.readable._additive import AdditiveModel
from sklkd.readable._attribution import scores
from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Floats, Indices
from sklkd.readable._goal import Goal
from sklkd.readable._nearest import NearestModel
from sklkd.readable._terms import Terms

N_QUANTILES = 33
STEPS = np.array([0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0])  # units, where no rows are
N_HALVINGS = 20  # of the way between two values that are tried
# Pairs are made of the columns that do most alone, and of some of their values.
MOST_PAIRED = 8
MOST_VALUES = 9
BLOCK = 256  # rows


@dataclass(frozen=True, slots=True, eq=False)
class Jobs:
    """Changes of single columns of rows, one each.

    Attributes
    ----------
    rows : ndarray of shape (m, n_columns)
        As they are before.
    start : ndarray of shape (m,)
        Which row of the user's each of them comes from.
    column : ndarray of shape (m,)
        Which column changes.
    near, far : ndarray of shape (m,)
        A value for which the goal is not reached, and one for which it may be.
    last : ndarray of shape (m,)
        The end of the values that may be tried, from `far` on.
    """

    rows: Floats
    start: Indices
    column: Indices
    near: Floats
    far: Floats
    last: Floats

    def put(self, values: Floats) -> Floats:
        """Return the rows with values in their column: (m,) -> (m, n_columns)."""
        rows = self.rows.copy()
        rows[np.arange(len(rows)), self.column] = values
        return rows


def searched_changes(
    model: ReadableModel, Z: Floats, goal: Goal, terms: Terms
) -> Floats:
    """Return near rows that reach a goal: (n, d) -> (n, d).

    Rows for which none was found come back as they are. Each column is tried alone, at
    the breaks of its curves, coordinates of prototypes and quantiles of usual rows, or
    steps from the row where these are not known; then the border is found by halving.
    Where no column does it alone, pairs are tried, of those that do most.
    """
    blocks = [np.arange(len(Z))[at : at + BLOCK] for at in range(0, len(Z), BLOCK)]
    finds = [_Search(model, replace(goal, start=goal.start[b]), terms) for b in blocks]
    pairs = zip(finds, blocks, strict=True)
    return np.concatenate([Z[:0], *(search.nearest(Z[b]) for search, b in pairs)])


class _Search:
    """A model, a goal and terms, and ways to look for changes."""

    def __init__(self, model: ReadableModel, goal: Goal, terms: Terms) -> None:
        self.model, self.goal, self.terms = model, goal, terms
        self.columns = [j for j in model.used if terms.mutable[j]]

    def nearest(self, Z: Floats) -> Floats:
        """Near rows that reach the goal, or the rows themselves: (n, d) -> (n, d)."""
        everyone = np.arange(len(Z))
        open_ = np.flatnonzero(~self._reached(Z, everyone))
        found = Z.copy()
        if len(open_) and self.columns:
            grids = {j: self._grid(j, Z[open_]) for j in self.columns}
            found[open_] = self._alone(Z[open_], open_, grids)
            left = ~self._reached(found[open_], open_)
            grids = {j: grid[left] for j, grid in grids.items()}
            found[open_[left]] = self._paired(Z[open_[left]], open_[left], grids)
        return found

    def _alone(self, Z: Floats, start: Indices, grids: dict[int, Floats]) -> Floats:
        """The cheapest change of one column that is found: (n, d) -> (n, d)."""
        found, best = Z.copy(), np.full(len(Z), np.inf)
        for j, grid in grids.items():
            side = self._sides(Z, start, j, grid)
            for rows in self._moves(Z, start, j, side, grid):
                cost = self.terms.costs(Z, rows).sum(axis=1)
                better = (cost < best) & self._reached(rows, start)
                found[better], best[better] = rows[better], cost[better]
        return found

    def _moves(
        self, Z: Floats, start: Indices, j: int, side: Indices, grid: Floats
    ) -> list[Floats]:
        """Ways of changing one column, some of them in vain: each (n, d)."""
        jumps = np.isnan(Z[:, j]) | (self.terms.columns[j].categories is not None)
        jump = Z.copy()
        jump[jumps, j] = self._first(j, side[jumps], grid[jumps])
        moves = [jump]
        now = self._side(Z, start)[:, np.newaxis]
        for up in (True, False):
            ahead = grid > Z[:, [j]] if up else grid < Z[:, [j]]
            other = ahead & (side != now)
            here = np.flatnonzero(~jumps & other.any(axis=1))
            gap = np.where(other[here], np.abs(grid[here] - Z[here][:, [j]]), np.inf)
            far = grid[here, gap.argmin(axis=1)]
            column, step = np.full(len(here), j), Z.copy()
            last = grid[here, -1 if up else 0]
            jobs = Jobs(Z[here], start[here], column, Z[here, j], far, last)
            step[here] = self._settled(jobs)
            moves.append(step)
        return moves

    def _first(self, j: int, side: Indices, grid: Floats) -> Floats:
        """The best value that reaches the goal, or any: (n, g), (n, g) -> (n,).

        Of categories the most preferred, of numbers the most usual.
        """
        if self.terms.columns[j].categories is not None:
            effort = np.broadcast_to(np.arange(grid.shape[1]), grid.shape)
        else:
            effort = np.abs(grid - self.terms.usual[j])
        best = np.where(side == 0, effort, np.inf).argmin(axis=1)
        return np.asarray(np.take_along_axis(grid, best[:, np.newaxis], axis=1)[:, 0])

    def _settled(self, jobs: Jobs) -> Floats:
        """Rows just beyond the border, with few digits if these do: -> (m, d)."""
        near, far = jobs.near, jobs.far
        before = self._side(jobs.put(near), jobs.start)
        for _ in range(N_HALVINGS):
            middle = near / 2 + far / 2
            same = self._side(jobs.put(middle), jobs.start) == before
            near, far = np.where(same, middle, near), np.where(same, far, middle)
        found, open_ = jobs.put(jobs.far), np.ones(len(far), dtype=bool)
        for values in (self._rounded(jobs, far), self._not_whole(jobs, far)):
            rows = jobs.put(values)
            good = open_ & self._reached(rows, jobs.start)
            found[good] = rows[good]
            open_ &= ~good
        return found

    def _rounded(self, jobs: Jobs, far: Floats) -> Floats:
        """Values with few digits, from a border on towards the end: (m,) -> (m,)."""
        places = zip(
            jobs.column.tolist(), far.tolist(), jobs.last.tolist(), strict=True
        )
        short = [self.terms.beyond(*place) for place in places]
        pairs = zip(short, jobs.far.tolist(), strict=True)
        return np.array([end if value is None else value for value, end in pairs])

    def _not_whole(self, jobs: Jobs, far: Floats) -> Floats:
        """Values at a border, or at the end in whole numbers: (m,) -> (m,)."""
        whole = np.array([column.whole for column in self.terms.columns])
        return np.where(whole[jobs.column], jobs.far, far)

    def _paired(self, Z: Floats, start: Indices, grids: dict[int, Floats]) -> Floats:
        """The cheapest change of two columns that is found: (n, d) -> (n, d)."""
        found = Z.copy()
        for i in range(len(Z)):
            grid = {j: values[i] for j, values in grids.items()}
            found[i] = self._pair(Z[i], start[i], grid)
        changed = np.argsort(self.terms.costs(Z, found), axis=1)[:, -2:]
        best, least = found, self.terms.costs(Z, found).sum(axis=1)
        for order in ([0, 1], [1, 0]) if changed.shape[1] == 2 else ():
            rows = found
            for column in changed[:, order].T:
                rows = self._shrunk(Z, rows, start, column)
            cost = self.terms.costs(Z, rows).sum(axis=1)
            better = (cost < least) & self._reached(rows, start)
            best = np.where(better[:, np.newaxis], rows, best)
            least = np.where(better, cost, least)
        return best

    def _pair(self, z: Floats, start: int, grid: dict[int, Floats]) -> Floats:
        """The cheapest of many rows with two other values, or the row: (d,)."""
        gains = {j: self._gain(z, start, j, values) for j, values in grid.items()}
        ranked = sorted(gains, key=lambda j: -gains[j])[:MOST_PAIRED]
        few = {j: _thinned(grid[j]) for j in ranked}
        tried = [z[np.newaxis]]
        for a, b in itertools.combinations(ranked, 2):
            rows = np.tile(z, (len(few[a]) * len(few[b]), 1))
            rows[:, a] = np.repeat(few[a], len(few[b]))
            rows[:, b] = np.tile(few[b], len(few[a]))
            tried.append(rows)
        rows = np.concatenate(tried)
        good = self._reached(rows, np.full(len(rows), start))
        cost = self.terms.costs(z, rows).sum(axis=1)
        best = np.where(good, cost, np.inf).argmin()
        return rows[best] if good[best] else z

    def _gain(self, z: Floats, start: int, j: int, values: Floats) -> float:
        """How near the goal a column can bring a row: (d,), (g,) -> number."""
        rows = np.tile(z, (len(values), 1))
        rows[:, j] = values
        said = scores(self.model, rows)
        return float(self.goal.progress(said, np.full(len(rows), start)).max())

    def _shrunk(
        self, Z: Floats, rows: Floats, start: Indices, column: Indices
    ) -> Floats:
        """Rows whose change of one column is as small as the others allow: (n, d)."""
        each = np.arange(len(Z))
        words = np.array([c.categories is not None for c in self.terms.columns])
        near, far = Z[each, column], rows[each, column]
        here = np.flatnonzero(~words[column] & ~np.isnan(near) & (near != far))
        found = rows.copy()
        near, far = near[here], far[here]
        jobs = Jobs(rows[here], start[here], column[here], near, far, far)
        found[here] = self._settled(jobs)
        return found

    def _grid(self, j: int, Z: Floats) -> Floats:
        """Values to be tried for a column of rows, ascending: (n, d) -> (n, g)."""
        if self.terms.columns[j].categories is not None:
            codes = np.array(self.terms.preference[j], dtype=np.float64)
            return np.tile(codes, (len(Z), 1))
        points, usual = _points(self.model, j), self.terms.background
        usual = np.empty(0) if usual is None else usual[~np.isnan(usual[:, j]), j]
        if len(usual):
            levels = np.linspace(0, 1, N_QUANTILES)
            known = np.quantile(usual, levels, method="nearest")
            points = points[(points >= known[0]) & (points <= known[-1])]
            grid = np.tile(np.concatenate([points, known]), (len(Z), 1))
        else:
            here = np.where(np.isnan(Z[:, j]), self.terms.usual[j], Z[:, j])
            steps = np.concatenate([-STEPS, STEPS]) * self.terms.scale[j]
            same_for_all = np.tile(points, (len(Z), 1))
            grid = np.concatenate([same_for_all, here[:, np.newaxis] + steps], axis=1)
        whole = self.terms.columns[j].whole
        return np.sort(np.rint(grid) if whole else grid, axis=1)

    def _sides(self, Z: Floats, start: Indices, j: int, grid: Floats) -> Indices:
        """On which side of the goal rows with other values are: (n, g) -> (n, g)."""
        rows = np.repeat(Z, grid.shape[1], axis=0)
        rows[:, j] = grid.ravel()
        side = self._side(rows, np.repeat(start, grid.shape[1]))
        return side.reshape(grid.shape)

    def _side(self, rows: Floats, start: Indices) -> Indices:
        return self.goal.side(self.model.outputs(rows), start)

    def _reached(self, rows: Floats, start: Indices) -> np.ndarray:
        return self.goal.reached(self.model.outputs(rows), start)


def _points(model: ReadableModel, j: int) -> Floats:
    """Where something may happen in a column of numbers: (m,)."""
    found: list[float] = []
    if isinstance(model, AdditiveModel):
        for curve in model.curves:
            if curve.feature.column == j:
                found += curve.breaks
    if isinstance(model, NearestModel):
        for feature, values in zip(
            model.features, np.array(model.prototypes).T.tolist(), strict=True
        ):
            if feature.column == j:
                found += values
    return np.array(found, dtype=np.float64)


def _thinned(values: Floats) -> Floats:
    """Some of the values, from the first to the last: (g,) -> (at most g,)."""
    chosen = np.linspace(0, len(values) - 1, min(len(values), MOST_VALUES))
    return values[np.unique(np.rint(chosen).astype(np.int64))]
