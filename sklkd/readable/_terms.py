"""Terms of a change: which columns may change, at what cost, and to what numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.readable._columns import Column, Floats

# A number is rounded by at most this share of its column's unit.
ROUNDING = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Which columns may change, and what it costs.

    A number's change costs its size in units of `scale`; a change of category, and
    filling in what is missing, costs 1. Nothing becomes missing.

    Attributes
    ----------
    columns : tuple of Column
        The columns of the model.
    scale : ndarray of shape (n_columns,)
        Positive.
    mutable : ndarray of shape (n_columns,)
        Whether a column may change.
    usual : ndarray of shape (n_columns,)
        A usual number, for filling gaps; of no meaning for categories.
    preference : tuple of tuple of int
        The codes of each column's categories, those to be preferred first.
    background : ndarray of shape (n_rows, n_columns) or None
        Usual rows.
    """

    columns: tuple[Column, ...]
    scale: Floats
    mutable: NDArray[np.bool_]
    usual: Floats
    preference: tuple[tuple[int, ...], ...]
    background: Floats | None = None

    def costs(self, before: Floats, after: Floats) -> Floats:
        """What changes cost: (..., d), (..., d) -> (..., d), 0 where there is none."""
        words = np.array([column.categories is not None for column in self.columns])
        one = words | np.isnan(before) | np.isnan(after)
        with np.errstate(over="ignore"):  # beyond the largest number: infinitely dear
            size = np.where(one, 1.0, np.abs(after - before) / self.scale)
        return np.where(same(before, after), 0.0, size)

    def beyond(self, column: int, value: float, last: float) -> float | None:
        """A number with few digits that is `value` or a bit further towards `last`.

        None if the column is of whole numbers, and there is none on the way.
        """
        up = value <= last
        unit, whole = float(self.scale[column]), self.columns[column].whole
        if up:
            return _at_least(value, last, unit * ROUNDING, whole)
        found = _at_least(-value, -last, unit * ROUNDING, whole)
        return None if found is None else 0.0 - found


def same(before: Floats, after: Floats) -> NDArray[np.bool_]:
    """Whether entries are the same, as two missing ones are: (...) -> (...)."""
    return (before == after) | (np.isnan(before) & np.isnan(after))


def _at_least(low: float, high: float, most: float, whole: bool) -> float | None:
    """A number in [low, high] with few digits, near low: within `most` if it can."""
    digits = math.floor(math.log10(max(most, 1.0 if whole else 1e-300)))
    if low != 0:  # no finer than numbers of this size are
        digits = max(digits, math.floor(math.log10(abs(low))) - 15)
    finest = 0 if whole else digits - 17
    for exponent in range(digits, finest - 1, -1):
        step = 10.0**exponent
        steps = math.floor(low / step)
        for n in (steps, steps + 1):  # the quotient is rounded, too
            value = round(n * step, -exponent) + 0.0  # no minus zero
            if low <= value <= high:
                return value
    return None if whole else low


def make_terms(
    who: str,
    columns: tuple[Column, ...],
    *,
    scale: Any = None,
    background: Floats | None = None,
    mutable: Any = None,
) -> Terms:
    """Check what a user says about changes, and complete it from usual rows."""
    may = np.ones(len(columns), dtype=bool)
    if mutable is not None:
        may[:] = False
        may[_positions(who, columns, mutable)] = True
    if scale is None:
        units = _spread(background, len(columns))
    else:
        units = _scale(who, columns, scale)
    units = np.where(units > 0, units, 1.0)
    usual = np.zeros(len(columns))
    preference = [tuple(range(len(c.categories or ()))) for c in columns]
    if background is not None:
        for j, column in enumerate(columns):
            known = background[~np.isnan(background[:, j]), j]
            if column.categories is not None:
                preference[j] = _by_frequency(known, len(column.categories))
            elif len(known):
                usual[j] = np.median(known)
    return Terms(columns, units, may, usual, tuple(preference), background)


def _by_frequency(codes: Floats, n: int) -> tuple[int, ...]:
    """The codes 0 to n - 1, the most frequent first."""
    counts = np.bincount(codes.astype(np.int64), minlength=n)
    return tuple(np.argsort(-counts, kind="stable").tolist())


def _spread(background: Floats | None, n: int) -> Floats:
    """Standard deviations of columns where rows are known, else 1: (n,)."""
    found = np.ones(n)
    if background is not None:
        for j, values in enumerate(background.T):
            known = values[~np.isnan(values)]
            found[j] = known.std() if len(known) else 1.0
    return found


def _scale(who: str, columns: tuple[Column, ...], scale: Any) -> Floats:
    """A unit for each column, checked; that of a constant column may be 0."""
    must = f"{who}: scale must be {len(columns)} numbers, one for each column"
    try:
        units = np.asarray(scale, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{must}, got {scale!r}.") from None
    if units.shape != (len(columns),):
        raise ValueError(f"{must}, got the shape {units.shape}.")
    units = np.where([c.categories is None for c in columns], units, 1.0)
    wrong = np.flatnonzero(~(np.isfinite(units) & (units >= 0)))
    if len(wrong):
        name = columns[wrong[0]].name
        raise ValueError(
            f"{who}: scale must be finite and not negative, got {units[wrong[0]]} for "
            f"{name!r}. Pass the standard deviations of the columns."
        )
    return units


def _positions(who: str, columns: tuple[Column, ...], chosen: Any) -> list[int]:
    """Positions of columns that are given by position or name."""
    if isinstance(chosen, (str, bytes)) or not isinstance(chosen, Iterable):
        raise TypeError(
            f"{who}: mutable must be a list of names or positions of columns, got "
            f"{chosen!r}. Pass [{chosen!r}] for one column."
        )
    names = [column.name for column in columns]
    return [_position(who, names, each) for each in chosen]


def _position(who: str, names: list[str], chosen: Any) -> int:
    """The position of a column, given by position or name."""
    if isinstance(chosen, str) and chosen in names:
        return names.index(chosen)
    is_position = isinstance(chosen, (int, np.integer)) and not isinstance(chosen, bool)
    if is_position and 0 <= chosen < len(names):
        return int(chosen)
    raise ValueError(
        f"{who}: mutable must list names of columns or positions in [0, {len(names)}), "
        f"got {chosen!r}. The columns are {', '.join(map(repr, names))}."
    )
