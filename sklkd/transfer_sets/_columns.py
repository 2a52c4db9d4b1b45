"""Columns of a table as blocks that new rows are drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.transfer_sets._containers import ArrayContainer, Container, Kind
from sklkd.transfer_sets._frames import PandasContainer, PolarsContainer

Rows = NDArray[np.int64]

# Above it, float64 skips integers: such a column is copied, not moved.
EXACT = 2.0**53
MOVED = ("float", "integer")


@dataclass(slots=True)
class Draft:
    """New rows, before they are put into the form of X.

    Attributes
    ----------
    values : ndarray of shape (n_new, n_moved)
        Of the columns that may be moved; NaN where missing. What leaves a range comes
        back to its end, and what should be whole is rounded.
    source : ndarray of int, shape (n_new, n_copied)
        For every entry of the columns that are only ever copied, the row to copy from.
    """

    values: NDArray[np.floating[Any]]
    source: Rows


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of weight, by column.

    Columns of numbers may be moved. All others are only ever copied, entry by entry:
    so categories stay valid, and dates, strings and types what they are. Whole numbers
    beyond 2**53, and objects that happen to be numbers, are copied too.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_moved)
        Of the columns that may be moved; NaN where missing.
    scale : ndarray of shape (n_moved,)
        Weighted standard deviations, 0 for a constant column.
    n_copied : int
        How many columns are only ever copied.
    """

    values: NDArray[np.floating[Any]]
    scale: NDArray[np.floating[Any]]
    container: Container = field(repr=False)
    kinds: list[Kind] = field(repr=False)
    weight: NDArray[np.float64] = field(repr=False)
    low: NDArray[np.floating[Any]] = field(repr=False)
    high: NDArray[np.floating[Any]] = field(repr=False)
    whole: NDArray[np.bool_] = field(repr=False)

    @classmethod
    def of(cls, who: str, container: Container, weight: NDArray[np.float64]) -> Columns:
        """Read rows that have weight.

        Raises
        ------
        TypeError, ValueError
            If a column holds what cannot be copied, or an infinite number.
        """
        kinds = _usable_kinds(who, container)
        values = _moved_values(who, container, kinds)
        low, high = np.fmin.reduce(values), np.fmax.reduce(values)
        whole = ((np.rint(values) == values) | np.isnan(values)).all(axis=0)
        scale = _deviation(values, weight, np.maximum(np.abs(low), np.abs(high)))
        return cls(values, scale, container, kinds, weight, low, high, whole)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def moved(self) -> list[int]:
        """Positions of the columns that may be moved."""
        return [j for j, kind in enumerate(self.kinds) if kind in MOVED]

    @property
    def copied(self) -> list[int]:
        """Positions of the columns that are only ever copied."""
        return [j for j, kind in enumerate(self.kinds) if kind not in MOVED]

    @property
    def n_columns(self) -> int:
        """How many columns there are."""
        return len(self.kinds)

    @property
    def n_copied(self) -> int:
        """How many columns are only ever copied."""
        return self.n_columns - self.values.shape[1]

    def draw_rows(self, rng: np.random.Generator, size: int) -> Rows:
        """Rows in proportion to their weights, with replacement: (size,)."""
        if (self.weight == self.weight[0]).all():
            return rng.integers(len(self), size=size)
        share = np.cumsum(self.weight / self.weight.max())
        drawn = np.searchsorted(share, rng.random(size) * share[-1], side="right")
        return np.minimum(drawn, len(self) - 1)

    def copies(self, source: Rows) -> Draft:
        """Copies of rows: (n_new,), or a row per entry: (n_new, n_columns).

        Columns that may be moved come first, in both cases.
        """
        if source.ndim == 1:
            return Draft(self.values[source], _spread(source, self.n_copied))
        n_moved = self.values.shape[1]
        entries = self.values[source[:, :n_moved], np.arange(n_moved)]
        return Draft(entries, source[:, n_moved:])

    def noise(
        self, rng: np.random.Generator, size: int, scale: float
    ) -> NDArray[np.floating[Any]]:
        """Gaussian noise, `scale` of each column's deviation: (size, n_moved)."""
        type_ = self.values.dtype
        spread = np.minimum(scale * self.scale.astype(float), np.finfo(type_).max)
        noise = rng.standard_normal((size, len(self.scale)), dtype=type_.type)
        noise *= spread.astype(type_)
        return noise

    def between(
        self, rows: Rows, others: Rows, share: NDArray[np.float64], rng: Any
    ) -> Draft:
        """Weighted means of pairs of rows, the first of which has `share`: (n_new,).

        Entries that have no mean, or of which one is missing, are the first row's with
        the probability `share`, else the other's.
        """
        first = rng.random((len(rows), self.n_columns), dtype=np.float32)
        first = first < share[:, np.newaxis]
        draft = self.copies(np.where(first, rows[:, None], others[:, None]))
        part = share[:, np.newaxis].astype(self.values.dtype)
        mean = part * self.values[rows] + (1 - part) * self.values[others]
        draft.values = np.where(np.isnan(mean), draft.values, mean)
        return draft

    def table(self, draft: Draft) -> Any:
        """New rows in the form of X, each column within its range."""
        whole = self.whole & ~np.isnan(self.low)
        values = np.clip(draft.values, self.low, self.high)
        np.rint(values, out=values, where=whole)
        return self.container.rebuilt(self.moved, values, self.copied, draft.source)


def as_container(X: Any) -> Container | None:
    """The columns of an array or a DataFrame; None for a table of another library."""
    if isinstance(X, np.ndarray):
        return ArrayContainer(X)
    if hasattr(X, "iloc"):
        return PandasContainer(X)
    return PolarsContainer(X) if hasattr(X, "to_series") else None


def recombined(who: str, X: Any, source: Rows) -> Any:
    """Rows whose every entry is copied from a row of X: (n_new, n_columns).

    Parameters
    ----------
    who : str
        What asks; errors start with it.
    X : array or DataFrame of pandas or polars
        Never changed.
    source : ndarray of int, shape (n_new, n_columns)
        The row that each entry is copied from.

    Returns
    -------
    array or DataFrame
        Of the kind, columns and types of X.
    """
    container = as_container(X)
    if container is None:
        raise TypeError(
            f"{who}: X must be an array or a DataFrame of pandas or polars, got "
            f"{type(X).__name__}."
        )
    positions = list(range(source.shape[1]))
    return container.rebuilt([], np.empty((len(source), 0)), positions, source)


def _usable_kinds(who: str, container: Container) -> list[Kind]:
    """What may be done with each column."""
    kinds = [container.kind(j) for j in range(len(container.names))]
    bad = [j for j, kind in enumerate(kinds) if kind == "unusable"]
    if bad:
        listed = _listed(
            [f"{container.names[j]!r} ({container.holds(j)})" for j in bad]
        )
        raise TypeError(
            f"{who} cannot synthesise rows of columns that hold neither numbers nor "
            f"strings nor dates: {listed}. Encode them, or pass transfer_set=None."
        )
    return kinds


def _moved_values(
    who: str, container: Container, kinds: list[Kind]
) -> NDArray[np.floating[Any]]:
    """The columns that may be moved; changes `kinds` where they may not after all."""
    moved = [j for j, kind in enumerate(kinds) if kind in MOVED]
    values = container.floats(moved)
    infinite = np.flatnonzero(np.isinf(values).any(axis=0))
    if len(infinite):
        names = _listed([repr(container.names[moved[i]]) for i in infinite])
        raise ValueError(
            f"{who}: numbers must be finite or missing, got infinite ones in the "
            f"columns {names}. Replace them, or pass transfer_set=None."
        )
    integer = np.array([kinds[j] == "integer" for j in moved], dtype=bool)
    inexact = integer & (np.fmax.reduce(np.abs(values), initial=0) > EXACT)
    for i in np.flatnonzero(inexact):
        kinds[moved[i]] = "ordered"
    return values[:, ~inexact] if inexact.any() else values


def _deviation(
    values: NDArray[Any], weight: NDArray[Any], magnitude: NDArray[Any]
) -> NDArray[Any]:
    """Weighted; dividing by `magnitude` keeps squares finite: (n, p) -> (p,)."""
    magnitude = np.where(magnitude > 0, magnitude, 1)
    seen = ~np.isnan(values)
    weight = weight / weight.max()
    total = np.maximum(_summed(weight, seen), np.finfo(np.float64).tiny)
    mean = _summed(weight, np.where(seen, values / magnitude, 0)) / total
    gap = np.where(seen, values / magnitude - mean, 0)
    deviation = np.sqrt(_summed(weight, np.square(gap)) / total) * magnitude
    return deviation.astype(values.dtype)


def _summed(weight: NDArray[Any], block: NDArray[Any]) -> NDArray[Any]:
    """Weighted sums, to the bit the same on any number of threads: (n, p) -> (p,)."""
    return np.asarray(np.einsum("i,ij->j", weight, np.ascontiguousarray(block)))


def _listed(names: list[str]) -> str:
    """At most five names of columns, an image having thousands."""
    return ", ".join(names if len(names) <= 5 else [*names[:5], "..."])


def _spread(rows: Rows, n_columns: int) -> Rows:
    """The same row for every column: (n,) -> (n, n_columns)."""
    return np.broadcast_to(rows[:, np.newaxis], (len(rows), n_columns))
