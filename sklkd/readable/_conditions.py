"""Conditions that rules consist of: put together exactly, and worded for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sklkd.readable._columns import Column, Floats
from sklkd.readable._tree import Literal
from sklkd.readable._words import EXACTLY_WHOLE, number, plain, word


@dataclass(frozen=True, slots=True)
class ColumnCondition:
    """Which values a column may have: those between two numbers, or some categories.

    Attributes
    ----------
    index : int
        Position in the model's columns.
    column : Column
        What stands there.
    low, high : float or None
        A number must be above the one and at most the other; None for no such end.
    codes : tuple of int or None
        Categories that fulfil it, ascending; None for a number.
    missing : bool
        Whether a missing value fulfils it.
    """

    index: int
    column: Column
    low: float | None = None
    high: float | None = None
    codes: tuple[int, ...] | None = None
    missing: bool = True

    def holds(self, Z: Floats) -> NDArray[np.bool_]:
        """Whether rows fulfil it: (n, n_columns) -> (n,)."""
        values = Z[:, self.index]
        found = np.ones(len(values), dtype=bool)
        if self.codes is not None:
            found = np.isin(values, self.codes)
        if self.low is not None:
            found &= values > self.low
        if self.high is not None:
            found &= values <= self.high
        return np.where(np.isnan(values), self.missing, found)

    @property
    def empty(self) -> bool:
        """Whether no value fulfils it."""
        return not self.missing and not self._some

    @property
    def full(self) -> bool:
        """Whether every value fulfils it."""
        return self.missing and self._all

    @property
    def silent(self) -> bool:
        """Whether it asks only for a value to be there, where none is ever missing."""
        return self._all and not self.column.gaps

    @property
    def compound(self) -> bool:
        """Whether its text has an "or" that others could tear apart."""
        return self.codes is None and self._some and not self._all and self._or_missing

    @property
    def text(self) -> str:
        """The condition, as in "25 < age <= 40 or missing".

        Of columns without gaps it does not say what becomes of missing values.
        """
        name = plain(self.column.name)
        if self.missing and not self._some:
            return f"{name} is missing"
        if self._all:
            return f"{name} is not missing"
        if self.codes is not None:
            return f"{name} {self._categories()}"
        return f"{self._numbers(name)}{' or missing' * self._or_missing}"

    @property
    def _or_missing(self) -> bool:
        """Whether missing values fulfil it, and there are any."""
        return self.missing and self.column.gaps

    @property
    def _some(self) -> bool:
        """Whether any value that is there fulfils it."""
        if self.codes is not None:
            return len(self.codes) > 0
        return self.low is None or self.high is None or self.low < self.high

    @property
    def _all(self) -> bool:
        """Whether every value that is there fulfils it."""
        if self.codes is not None:
            return len(self.codes) == len(self.column.categories or ())
        return self.low is None and self.high is None

    def _categories(self) -> str:
        """As in "is one of {a, b}", or what it is not where these are fewer."""
        named = [*enumerate(self.column.categories or ())]
        codes = set(self.codes or ())
        inside = [word(label) for code, label in named if code in codes]
        outside = [word(label) for code, label in named if code not in codes]
        if self.column.gaps:
            (inside if self.missing else outside).append("missing")
        if len(inside) <= len(outside):
            return _among(inside, "is ", "is one of ")
        return _among(outside, "is not ", "is none of ")

    def _numbers(self, name: str) -> str:
        """As in "25 < age <= 40", with whole ends for whole numbers."""
        low, high, whole = self.low, self.high, False
        if self.column.whole:
            low, high, whole = _whole_ends(low, high)
        if low is None:
            return "" if high is None else f"{name} <= {number(high)}"
        if high is None:
            return f"{name} {'>=' if whole else '>'} {number(low)}"
        if whole and low == high:
            return f"{name} = {number(low)}"
        return f"{number(low)} {'<=' if whole else '<'} {name} <= {number(high)}"


@dataclass(frozen=True, slots=True)
class CountCondition:
    """How many of some conditions hold at least, or fewer than how many.

    Attributes
    ----------
    parts : tuple of ColumnCondition
        At least two.
    m : int
        In ``[1, len(parts)]``.
    fewer : bool
        Whether fewer than `m` hold, instead of at least `m`.
    """

    parts: tuple[ColumnCondition, ...]
    m: int = 1
    fewer: bool = False

    def holds(self, Z: Floats) -> NDArray[np.bool_]:
        """Whether rows fulfil it: (n, n_columns) -> (n,)."""
        count = np.sum([part.holds(Z) for part in self.parts], axis=0)
        return np.asarray((count >= self.m) != self.fewer)

    @property
    def empty(self) -> bool:
        """Never: it has parts that can hold, and others that can fail."""
        return False

    @property
    def silent(self) -> bool:
        """Never, as it has parts to tell of."""
        return False

    @property
    def compound(self) -> bool:
        """Always: its text needs brackets beside others."""
        return True

    @property
    def text(self) -> str:
        """The condition, as in "at least 2 of: a, b, c" or "a or b"."""
        if self.m == 1 and not self.fewer:
            return " or ".join(part.text for part in self.parts)
        listed = ", ".join(part.text for part in self.parts)
        return f"{'fewer than' if self.fewer else 'at least'} {self.m} of: {listed}"


Condition = ColumnCondition | CountCondition


def condition_of(
    literal: Literal, columns: Sequence[Column], answer: bool
) -> ColumnCondition:
    """Return a literal, or its negation where the answer is no, as a condition."""
    column, missing = columns[literal.column], literal.missing == answer
    if column.categories is not None:
        known = range(len(column.categories))
        codes = literal.codes
        if codes is None:
            codes = tuple(k for k in known if (k > literal.threshold) == literal.above)
        kept = tuple(k for k in known if (k in codes) == answer)
        return ColumnCondition(literal.column, column, codes=kept, missing=missing)
    threshold = float(literal.threshold)
    if literal.above == answer:
        return ColumnCondition(literal.column, column, low=threshold, missing=missing)
    return ColumnCondition(literal.column, column, high=threshold, missing=missing)


def both(a: ColumnCondition, b: ColumnCondition) -> ColumnCondition:
    """Return what fulfils two conditions on one column."""
    lows = [c.low for c in (a, b) if c.low is not None]
    highs = [c.high for c in (a, b) if c.high is not None]
    codes = a.codes
    if codes is not None and b.codes is not None:
        codes = tuple(code for code in codes if code in b.codes)
    return replace(
        a,
        low=max(lows, default=None),
        high=min(highs, default=None),
        codes=codes,
        missing=a.missing and b.missing,
    )


def either(a: ColumnCondition, b: ColumnCondition) -> ColumnCondition | None:
    """Return what fulfils one of two conditions of one column; None if not one piece.

    Each has one end at most, as literals have.
    """
    missing = a.missing or b.missing
    if a.codes is not None and b.codes is not None:
        return replace(a, codes=tuple(sorted({*a.codes, *b.codes})), missing=missing)
    if a.low is not None and b.low is not None:
        return replace(a, low=min(a.low, b.low), missing=missing)
    if a.high is not None and b.high is not None:
        return replace(a, high=max(a.high, b.high), missing=missing)
    low = b.low if a.low is None else a.low
    high = b.high if a.high is None else a.high
    if low is not None and high is not None and low > high:
        return None
    return replace(a, low=None, high=None, missing=missing)


def opposite(condition: ColumnCondition) -> ColumnCondition:
    """Return what does not fulfil a condition that has one end at most."""
    missing = not condition.missing
    if condition.codes is not None:
        known = range(len(condition.column.categories or ()))
        codes = tuple(code for code in known if code not in condition.codes)
        return replace(condition, codes=codes, missing=missing)
    low, high = condition.high, condition.low
    return replace(condition, low=low, high=high, missing=missing)


def bracketed(condition: Condition) -> str:
    """Return a condition's text, in brackets where it could be torn apart."""
    return f"({condition.text})" if condition.compound else condition.text


def _among(words: list[str], one: str, many: str) -> str:
    """As in "is a" or "is one of {a, b}"."""
    return one + words[0] if len(words) == 1 else f"{many}{{{', '.join(words)}}}"


def _whole_ends(
    low: float | None, high: float | None
) -> tuple[float | None, float | None, bool]:
    """The first and last whole number above `low` and up to `high`, if they say it."""
    ends = [end for end in (low, high) if end is not None]
    if not all(abs(end) < EXACTLY_WHOLE for end in ends):
        return low, high, False
    first = None if low is None else math.floor(low) + 1.0
    last = None if high is None else float(math.floor(high))
    if first is not None and last is not None and first > last:
        return low, high, False
    return first, last, True
