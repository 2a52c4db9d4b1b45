"""Rules as spans of ranks: what they say of columns before they are written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklkd.readable import Literal, Test
from sklkd.surrogates._evidence import Evidence, Floats
from sklkd.surrogates._thresholds import short_between

Bools = NDArray[np.bool_]
EQUAL = 12  # decimals in which mean scores of categories are compared


class Span(NamedTuple):
    """Ranks of one column in ``(low, high]``: -1 is no lower end, the last no upper.

    Attributes
    ----------
    column : int
        Position in the columns.
    low, high : int
        In ``[-1, n_values - 1]``.
    missing : bool
        Whether a missing value is in it.
    """

    column: int
    low: int
    high: int
    missing: bool


Rule = tuple[Span, ...]  # all must hold; one for each column, ascending


@dataclass(frozen=True, slots=True)
class Ranks:
    """Rows as ranks among the values of their columns.

    A threshold between two ranks is any number between two values, so that nothing
    depends on the size of numbers, nor on the precision in which a tree compares them.

    Attributes
    ----------
    table : ndarray of float32, shape (n_rows, n_columns)
        Ranks from 0, NaN where missing: the positions in `values`.
    values : tuple of ndarray
        Of each column, numbers in ascending order, codes in that of `Ranks.of`.
    gaps : ndarray of bool, shape (n_columns,)
        Which columns have missing values.
    named : tuple of bool
        Which columns hold codes.
    """

    table: NDArray[np.float32]
    values: tuple[Floats, ...]
    gaps: Bools
    named: tuple[bool, ...]

    @classmethod
    def of(cls, evidence: Evidence) -> Ranks:
        """Rank the rows; codes go by what the teacher says of them on average.

        Where that is one number, some cut of this order is the best of all cuts into
        two sets [1]_; of several outputs their first principal component is taken.

        References
        ----------
        .. [1] L. Breiman, J. Friedman, R. Olshen, C. Stone, "Classification and
           Regression Trees", 1984, Sec. 4.2.2, Theorem 4.5.
        """
        score = _first_component(evidence.said, evidence.weight)
        table = np.full(evidence.Z.shape, np.nan, dtype=np.float32, order="F")
        values, named = [], []
        for position, column in enumerate(evidence.columns):
            seen = ~np.isnan(evidence.Z[:, position])
            own, rank = np.unique(evidence.Z[seen, position], return_inverse=True)
            if column.categories is not None:
                order = _order(rank, score[seen], evidence.weight[seen])
                own, rank = own[order], np.argsort(order)[rank]
            table[seen, position] = rank
            values.append(own)
            named.append(column.categories is not None)
        gaps = np.asarray(np.isnan(table).any(axis=0))
        return cls(table, tuple(values), gaps, tuple(named))

    def last(self, column: int) -> int:
        """The highest rank in a column, -1 where it holds nothing."""
        return len(self.values[column]) - 1

    def holds(self, span: Span) -> Bools:
        """Whether rows are in a span: (n,)."""
        rank = self.table[:, span.column]
        inside = (rank > span.low) & (rank <= span.high)
        if span.missing and self.gaps[span.column]:
            inside |= np.isnan(rank)
        return inside

    def matches(self, rule: Rule) -> Bools:
        """Whether rows fulfil a rule: (n,)."""
        found = np.ones(len(self.table), dtype=bool)
        for span in rule:
            found &= self.holds(span)
        return found

    # --- What rules are made of -------------------------------------------------------

    def merged(self, spans: Iterable[Span]) -> Rule | None:
        """One rule of several conditions; None where nothing can fulfil it."""
        own: dict[int, Span] = {}
        for span in spans:
            whole = Span(span.column, -1, self.last(span.column), True)
            old = own.get(span.column, whole)
            own[span.column] = Span(
                span.column,
                max(old.low, span.low),
                min(old.high, span.high),
                old.missing and span.missing and bool(self.gaps[span.column]),
            )
        if any(s.low >= s.high and not s.missing for s in own.values()):
            return None
        kept = [self._plain(span) for span in own.values() if not self._always(span)]
        return tuple(sorted(kept))

    def _always(self, span: Span) -> bool:
        """Whether all rows are in it, whatever they hold."""
        bounded = span.low > -1 or span.high < self.last(span.column)
        return not bounded and (span.missing or not self.gaps[span.column])

    def _plain(self, span: Span) -> Span:
        """The same; of those without a value, one for all."""
        last = self.last(span.column)
        return span._replace(low=last, high=last) if span.low >= span.high else span

    def size(self, rule: Rule) -> int:
        """Number of literals that say it."""
        return sum(self._size(span) for span in rule)

    def _size(self, span: Span) -> int:
        bounds = (span.low > -1) + (span.high < self.last(span.column))
        return 1 if self.named[span.column] else max(bounds, 1)

    def variants(self, rule: Rule) -> Iterator[Rule]:
        """Rules that are one change away: a bound moved or gone, missing or not."""
        for i, span in enumerate(rule):
            for changed in self._changes(span):
                own = self.merged((changed,))
                if own is not None and len(own) + len(rule) > 1:
                    yield rule[:i] + own + rule[i + 1 :]

    def _changes(self, span: Span) -> Iterator[Span]:
        """A span, changed; the longest steps are about the length of the column."""
        last = self.last(span.column)
        yield span._replace(low=-1)
        yield span._replace(high=last)
        yield span._replace(low=-1, high=last, missing=True)
        yield span._replace(missing=not span.missing)
        for step in (2**i for i in range((last + 1).bit_length())):
            for way in (-step, step):
                if -1 < span.low < last:
                    yield span._replace(low=min(max(span.low + way, -1), last))
                if -1 < span.high < last:
                    yield span._replace(high=min(max(span.high + way, -1), last))

    # --- How rules are written down ---------------------------------------------------

    def test(self, rule: Rule) -> Test:
        """Write a rule as literals, all of which must hold.

        A threshold lies between rows that fulfil the rest of the rule: the wider the
        gap, the shorter the number. No row's answer changes by that.
        """
        literals: list[Literal] = []
        for position, span in enumerate(rule):
            others = self.matches(rule[:position] + rule[position + 1 :])
            found, written = self._written(span, others)
            literals += found
            rule = (*rule[:position], written, *rule[position + 1 :])
        return Test(tuple(literals), m=len(literals))

    def _written(self, span: Span, rows: Bools) -> tuple[list[Literal], Span]:
        """One literal or two, and the span as it is now; infinity says "known"."""
        column, low, high, missing = span
        last = self.last(column)
        if self.named[column]:
            codes = sorted(
                int(code) for code in self.values[column][low + 1 : high + 1]
            )
            return [Literal(column, codes=tuple(codes), missing=missing)], span
        literals = []
        if low > -1:
            within = rows & ~(self.table[:, column] > high)
            threshold, low = self._cut(column, low, within)
            literals.append(Literal(column, threshold, above=True, missing=missing))
        if high < last or low == -1:
            within = rows & ~(self.table[:, column] <= low)
            threshold, high = self._cut(column, high, within)
            literals.append(Literal(column, threshold, missing=missing))
        return literals, Span(column, low, high, missing)

    def _cut(self, column: int, rank: int, rows: Bools) -> tuple[float, int]:
        """A short number that parts rows as a rank does, and its own rank."""
        values, own = self.values[column], self.table[rows, column]
        if rank == len(values) - 1:
            return np.inf, rank
        below = own[own <= rank].max(initial=-1)
        above = own[own > rank].min(initial=len(values))
        low = values[int(below) if below > -1 else rank]
        high = values[int(above) if above < len(values) else rank + 1]
        threshold = short_between(float(low), float(high))
        return threshold, int(np.searchsorted(values, threshold, side="right")) - 1


def _first_component(said: Floats, weight: Floats) -> Floats:
    """What is said, along its direction of most variance: (n, k) -> (n,)."""
    size = np.abs(said).max(initial=0.0) or 1.0
    share = weight / weight.sum()
    gap = said / size - share @ (said / size)
    axis = np.linalg.eigh(gap.T @ (share[:, np.newaxis] * gap))[1][:, -1]
    sign = 1.0 if axis[np.abs(axis).argmax()] >= 0 else -1.0
    score: Floats = gap @ (sign * axis)
    return score


def _order(rank: NDArray[np.intp], score: Floats, weight: Floats) -> NDArray[np.intp]:
    """Codes by the mean score of their rows, then as they come: (n,) -> (n_codes,)."""
    mean = np.bincount(rank, weight * score) / np.bincount(rank, weight)
    return np.argsort(mean.round(EQUAL), kind="stable")
