"""Nearest neighbours among rows of numbers, categories, dates and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from sklkd.transfer_sets._columns import Columns, Rows

# Rows that a neighbour is looked for among, and categories of a column that count as
# different from each other: with more, a search takes minutes and gains little.
MAX_REFERENCE = 20_000
MAX_LEVELS = 30

# Of the coordinate that breaks ties, so small that it does nothing else.
TIE_BREAKER = 1e-4


@dataclass(frozen=True, slots=True)
class Space:
    """Rows as points.

    Numbers and dates are standardised, with the mean where one is missing and a
    coordinate that says so. Two different categories are 1 apart; beyond the
    `MAX_LEVELS` most frequent of a column they are all alike. One more coordinate, of
    tiny random numbers, makes equal rows be found in random order, whatever the number
    of threads.

    Attributes
    ----------
    points : ndarray of shape (n_rows, n_coordinates)
        The rows.
    owner : ndarray of int, shape (n_coordinates,)
        The column that each coordinate is about: columns that may be moved first; -1
        for none.
    reference : ndarray of int, shape (n_reference,)
        The rows that a neighbour may be one of, at most `MAX_REFERENCE`.
    """

    points: NDArray[np.float32]
    owner: NDArray[np.int64]
    reference: Rows

    @classmethod
    def of(cls, columns: Columns, rng: np.random.Generator) -> Space:
        """Make points of all rows, and draw those that neighbours come from."""
        n_rows = len(columns)
        blocks = [TIE_BREAKER * rng.random((n_rows, 1)), *_blocks(columns)]
        sizes = [block.shape[1] for block in blocks]
        owner = np.repeat(np.arange(-1, columns.n_columns), sizes)
        reference = np.arange(n_rows)
        if n_rows > MAX_REFERENCE:
            reference = rng.choice(n_rows, MAX_REFERENCE, replace=False, shuffle=False)
        return cls(np.hstack(blocks).astype(np.float32), owner, np.sort(reference))

    def nearest(self, rows: Rows, k: int, without: Rows | None = None) -> Rows:
        """The nearest other rows of each, nearest first: (m,) -> (m, k).

        Fewer than `k` where there are fewer; `without` are columns that do not count.
        """
        counts = ~np.isin(self.owner, [] if without is None else without)
        asked, again = np.unique(rows, return_inverse=True)
        k = min(k, len(self.reference) - 1)
        search = NearestNeighbors(n_neighbors=k + 1)
        search.fit(self.points[self.reference][:, counts])
        found = search.kneighbors(self.points[asked][:, counts], return_distance=False)
        found = self.reference[found]
        return _without_self(found, asked)[again]


def _without_self(found: Rows, asked: Rows) -> Rows:
    """Drop the row itself, or the last if it is not found: (m, k + 1) -> (m, k)."""
    keep = found != asked[:, np.newaxis]
    keep[keep.all(axis=1), -1] = False
    return found[keep].reshape(len(found), -1)


def _blocks(columns: Columns) -> list[NDArray[np.float64]]:
    """The coordinates of each column, those that may be moved first: (n, any)."""
    blocks = [_standardised(column) for column in columns.values.T]
    for position in columns.copied:
        if columns.kinds[position] == "ordered":
            values = columns.container.floats([position])[:, 0]
            blocks.append(_standardised(values))
        else:
            blocks.append(_one_hot(columns.container.codes(position)))
    return blocks


def _standardised(values: NDArray[Any]) -> NDArray[np.float64]:
    """Mean 0 and variance 1, and if any is missing, which: (n,) -> (n, any)."""
    missing = np.isnan(values)
    if missing.all():
        return np.zeros((len(values), 0))
    seen = values[~missing].astype(np.float64)
    magnitude = np.abs(seen).max() or 1.0  # else squares of huge numbers overflow
    seen = seen / magnitude
    spread = seen.std() or 1.0
    point = np.zeros(len(values))
    point[~missing] = (seen - seen.mean()) / spread
    return np.column_stack([point, missing] if missing.any() else [point])


def _one_hot(codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Two different categories are 1 apart: (n,) -> (n, n_levels)."""
    levels, counts = np.unique(codes, return_counts=True)
    frequent = levels[np.argsort(-counts, kind="stable")[:MAX_LEVELS]]
    return (codes[:, np.newaxis] == frequent) / np.sqrt(2)
