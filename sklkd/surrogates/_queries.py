"""Rows to ask the teacher about: the real ones' values, mixed, under conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, kolmogorov

from sklkd.readable import Column, Literal, Test
from sklkd.surrogates._evidence import Floats, Indices

Path = tuple[tuple[Test, bool], ...]

_ENOUGH = 50.0  # weight of the rows that a distribution of their own needs


@dataclass(frozen=True, slots=True)
class Group:
    """Literals of different columns, of which `low` to `high` hold."""

    literals: tuple[Literal, ...]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the answers on a path demand of a row.

    Attributes
    ----------
    certain : mapping of int to tuple of (Literal, bool)
        By column: literals of which it is known whether they hold.
    groups : tuple of Group
        Literals of which only the number that hold is known. No two are of one column.
    """

    certain: Mapping[int, tuple[tuple[Literal, bool], ...]]
    groups: tuple[Group, ...]

    @classmethod
    def of(cls, path: Path) -> Conditions:
        """Read them from tests and answers.

        That all of the literals hold, or none, is certain for each; other answers make
        a group.
        """
        certain: dict[int, tuple[tuple[Literal, bool], ...]] = {}
        groups = []
        for test, answer in path:
            n, m = len(test.literals), test.m
            if m == (n if answer else 1):
                for literal in test.literals:
                    known = certain.get(literal.column, ())
                    certain[literal.column] = (*known, (literal, answer))
            else:
                low, high = (m, n) if answer else (0, m - 1)
                groups.append(Group(test.literals, low, high))
        _check_apart(groups)
        return cls(certain, tuple(groups))

    @property
    def grouped(self) -> frozenset[int]:
        """The columns that a group is about."""
        return frozenset(lit.column for group in self.groups for lit in group.literals)


def _check_apart(groups: Iterable[Group]) -> None:
    columns = [literal.column for group in groups for literal in group.literals]
    if len(columns) != len(set(columns)):
        raise ValueError(
            "Conditions: the m-of-n tests of a path must be about different columns, "
            f"got the columns {columns}. Ask about each of them in one such test only."
        )


@dataclass(frozen=True, slots=True)
class Marginals:
    """How the values of each column are distributed near a node: a local model.

    Columns are drawn independently, as by Craven and Shavlik [1]_, from values of real
    rows. What a path demands truncates a column's distribution, so that no draw is
    thrown away.

    Attributes
    ----------
    Z : ndarray of shape (n_rows, n_columns)
        The real rows.
    order : ndarray of shape (n_columns, n_rows)
        What sorts each column, missing values last.
    mass : tuple of ndarray of shape (n_rows,)
        By column, the weight of each row's value; 0 for rows of other nodes.
    categorical : tuple of bool
        By column, whether its numbers are codes.

    References
    ----------
    .. [1] M. W. Craven, J. W. Shavlik, "Extracting Tree-Structured Representations of
       Trained Networks", NIPS 1995, Sec. 3, "Membership Queries and the Oracle".
    """

    Z: Floats
    order: Indices
    mass: tuple[Floats, ...]
    categorical: tuple[bool, ...]

    @classmethod
    def of(cls, columns: tuple[Column, ...], Z: Floats, weight: Floats) -> Marginals:
        """Return those of all rows."""
        order = np.ascontiguousarray(np.argsort(Z, axis=0, kind="stable").T)
        categorical = tuple(column.categories is not None for column in columns)
        return cls(Z, order, (weight,) * len(columns), categorical)

    def truncated(self, column: int, conditions: Conditions) -> Floats:
        """The mass of values that fulfil what is certain of a column: (n_rows,)."""
        mass = self.mass[column]
        for literal, answer in conditions.certain.get(column, ()):
            mass = np.where(literal.holds(self.Z) == answer, mass, 0.0)
        return mass

    def refitted(
        self, here: Floats, conditions: Conditions, significance: float
    ) -> Marginals:
        """Return the model of a child: by column its own rows', or its parent's.

        A column gets its own distribution where the child has enough rows, and a test
        says that they are not a random part of those that the parent's distribution
        has after the child's conditions: chi-square for categories, Kolmogorov-Smirnov
        for numbers. Columns of a group keep their parent's, for in the child's rows the
        group is fulfilled already, and would count twice.

        Parameters
        ----------
        here : ndarray of shape (n_rows,)
            Weights of the rows that come to the child, 0 for the others.
        conditions : Conditions
            Of the path to the child.
        significance : float
            In ``[0, 1]``; 0 keeps the parent's.
        """
        if here.sum() < _ENOUGH:
            return self
        own = list(self.mass)
        grouped = conditions.grouped
        for column in range(len(own)):
            if column in grouped:
                continue
            expected = self.truncated(column, conditions)
            if self._p_value(column, here, expected) < significance:
                own[column] = here
        return replace(self, mass=tuple(own))

    def _p_value(self, column: int, here: Floats, expected: Floats) -> float:
        """Of the hypothesis that a part is a random one of the whole."""
        part, whole = here.sum(), expected.sum()
        if part >= whole:
            return 1.0
        values = self.Z[:, column]
        # A part varies less around its whole than a sample around its population.
        size = part * whole / (whole - part)
        if self.categorical[column]:
            return _chi_square(values, here / part, expected / whole, size)
        order = self.order[column]
        gap = np.cumsum((here / part - expected / whole)[order])
        farthest = np.abs(gap[_ends(values[order])]).max()
        return float(kolmogorov(np.sqrt(size) * farthest))

    def draw(
        self, n_new: int, conditions: Conditions, rng: np.random.Generator
    ) -> Indices:
        """Draw rows that fulfil the conditions: numbers of rows, (n_new, n_columns).

        First it is drawn which literals of each group hold, given how many, then the
        value of each column, given its literals. That is the distribution of
        independent columns under the conditions, exactly. No row comes back where the
        conditions cannot be fulfilled.
        """
        n_columns = len(self.mass)
        patterns = self._patterns(n_new, conditions, rng)
        if patterns is None:
            return np.empty((0, n_columns), dtype=np.int64)
        uniform = rng.random((n_new, n_columns))
        source = np.empty((n_new, n_columns), dtype=np.int64)
        for column in range(n_columns):
            mass, order = self.truncated(column, conditions), self.order[column]
            if not mass.any():
                return np.empty((0, n_columns), dtype=np.int64)
            for rows, part in self._parts(column, mass, patterns):
                source[rows, column] = _inverse(order, part, uniform[rows, column])
        return source

    def _parts(
        self,
        column: int,
        mass: Floats,
        patterns: Mapping[int, tuple[Literal, NDArray[np.bool_]]],
    ) -> list[tuple[NDArray[np.bool_] | slice, Floats]]:
        """Which new rows take a column's value from which mass."""
        if column not in patterns:
            return [(slice(None), mass)]
        literal, hits = patterns[column]
        fits = literal.holds(self.Z)
        parts = [(hits, np.where(fits, mass, 0.0)), (~hits, np.where(fits, 0.0, mass))]
        return [(rows, part) for rows, part in parts if rows.any()]

    def _patterns(
        self, n_new: int, conditions: Conditions, rng: np.random.Generator
    ) -> dict[int, tuple[Literal, NDArray[np.bool_]]] | None:
        """By column of a group: its literal, and in which of the new rows it holds."""
        drawn = {}
        for group in conditions.groups:
            chances = [self._chance(lit, conditions) for lit in group.literals]
            hits = _count_pattern(chances, group, rng.random((n_new, len(chances))))
            if hits is None:
                return None
            for literal, hit in zip(group.literals, hits.T, strict=True):
                drawn[literal.column] = (literal, hit)
        return drawn

    def _chance(self, literal: Literal, conditions: Conditions) -> float:
        """Probability that a literal holds, given what is certain of its column."""
        mass = self.truncated(literal.column, conditions)
        # Of arrays with zeros in them, so that a literal that always holds gets 1.
        total, fits = mass.sum(), np.where(literal.holds(self.Z), mass, 0.0).sum()
        return float(fits / total) if total else 0.0


def _count_pattern(
    chances: list[float], group: Group, uniform: Floats
) -> NDArray[np.bool_] | None:
    """Outcomes of independent literals, given how many hold: (n, k) -> (n, k).

    Literal by literal: its chance is weighed with that of the others to bring the count
    where it has to be. None where they cannot.
    """
    k = len(chances)
    within = np.zeros((k + 1, k + 2))  # of the literals from i on, c hits being there
    within[k, group.low : group.high + 1] = 1.0
    for i in range(k - 1, -1, -1):
        miss = (1 - chances[i]) * within[i + 1, :-1]
        within[i, :-1] = chances[i] * within[i + 1, 1:] + miss
    if within[0, 0] <= 0:
        return None
    hits = np.zeros(uniform.shape, dtype=bool)
    count = np.zeros(len(uniform), dtype=np.int64)
    for i, chance in enumerate(chances):
        hits[:, i] = (
            uniform[:, i] < chance * within[i + 1, count + 1] / within[i, count]
        )
        count += hits[:, i]
    return hits


def _inverse(order: Indices, mass: Floats, uniform: Floats) -> Indices:
    """Rows by the inverse of a cumulated mass: (n_rows,), (n_new,) -> (n_new,)."""
    cumulated = np.cumsum(mass[order])
    # Numbers below 1 times the total stay below it, so that there is always a place;
    # "right" steps over rows without mass.
    place = np.searchsorted(cumulated, uniform * cumulated[-1], side="right")
    drawn: Indices = order[place]
    return drawn


def _ends(ordered: Floats) -> NDArray[np.bool_]:
    """Where a run of equal values ends, missing ones last: (n,) -> (n,)."""
    changes = (ordered[1:] != ordered[:-1]) & ~np.isnan(ordered[:-1])
    return np.append(changes, True)


def _chi_square(values: Floats, here: Floats, expected: Floats, size: float) -> float:
    """p-value of shares of categories against those expected, a gap being one, too."""
    codes = np.unique(values, return_inverse=True)[1]
    shares, wanted = np.bincount(codes, here), np.bincount(codes, expected)
    known = wanted > 0
    if known.sum() < 2:
        return 1.0
    statistic = size * np.sum(np.square(shares - wanted)[known] / wanted[known])
    return float(chdtrc(known.sum() - 1, statistic))
