"""TREPAN's questions: m of n literals, found by a beam search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from sklkd.readable import Column, Literal, Test
from sklkd.surrogates._evidence import Floats
from sklkd.surrogates._literals import Candidate, Sample, best_literals, gain, negated

Bits = NDArray[np.bool_]

_BETTER = 1 + 1e-9  # a gain that is larger by less is the same


@dataclass(frozen=True, slots=True)
class Search:
    """How m-of-n tests are looked for.

    Attributes
    ----------
    max_literals : int
        In a test; 1 for plain splits.
    beam_width : int
        Tests that are extended at the same time.
    significance : float
        Largest probability of an extension that says nothing, in [0, 1].
    max_columns : int
        Literals are of the best columns alone, by gain, so that a search in a wide
        table takes no longer than in a narrow one.
    """

    max_literals: int = 5
    beam_width: int = 2
    significance: float = 0.05
    max_columns: int = 20


@dataclass(frozen=True, slots=True)
class _State:
    """A test in the making: `m` of the literals at `picks` of a pool."""

    gain: float
    m: int
    picks: tuple[int, ...]

    @property
    def key(self) -> tuple[int, frozenset[int]]:
        return self.m, frozenset(self.picks)


def best_test(
    sample: Sample,
    columns: tuple[Column, ...],
    search: Search,
    *,
    values: bool = False,
    grouped: frozenset[int] = frozenset(),
) -> Test | None:
    """Return the test that tells most about what is said of rows.

    First comes the best literal, then a beam search over m-of-n tests [1]_, Sec. 3,
    "Splitting Tests". It starts from the best literals and goes on by two operators:
    m-of-n becomes m-of-(n+1), or (m+1)-of-(n+1). An extension must have a larger gain,
    and the rows that it sends to the other side must differ from those that stay, by a
    test whose significance is divided by the number of extensions tried. Last, literals
    are dropped that are no such extension of the others.

    Parameters
    ----------
    sample : Sample
        Rows at the node.
    columns : tuple of Column
        All that may be asked about.
    search : Search
        How long.
    values : bool, default=False
        Whether values are said rather than probabilities: differences are tested by F
        instead of chi-square.
    grouped : frozenset of int, default=frozenset()
        Columns that tests of several literals may not have, because one above has
        them: otherwise it would be hard to make up rows that come to the node.

    Returns
    -------
    Test or None
        None where no literal tells anything.

    References
    ----------
    .. [1] M. W. Craven, J. W. Shavlik, "Extracting Tree-Structured Representations of
       Trained Networks", NIPS 1995.
    """
    found = best_literals(sample, columns)
    if not found:
        return None
    free = [candidate for candidate in found if candidate.literal.column not in grouped]
    if search.max_literals > 1 and len(free) > 1:
        pool = _Pool(sample, free[: search.max_columns], columns, values)
        state = _pruned(pool, _beam(pool, search), search.significance)
        if len(state.picks) > 1 and state.gain > found[0].gain * _BETTER:
            return Test(tuple(pool.literals[i] for i in sorted(state.picks)), state.m)
    return Test((found[0].literal,))


class _Pool:
    """The literals that tests are made of, and whether they hold for each row."""

    def __init__(
        self,
        sample: Sample,
        candidates: list[Candidate],
        columns: tuple[Column, ...],
        values: bool,
    ) -> None:
        self.sample, self.values = sample, values
        pairs = [(c.literal, negated(c.literal, columns)) for c in candidates]
        self.literals = [lit for pair in pairs for lit in pair if lit is not None]
        self.columns = np.array([literal.column for literal in self.literals])
        self.holds = np.stack([lit.holds(sample.Z) for lit in self.literals], axis=1)
        self.seeds = [_State(c.gain, 1, (self._at(c.literal),)) for c in candidates]
        mass = sample.weight[:, np.newaxis]
        self._sums = np.concatenate([mass, sample.pull], axis=1)
        self._total = float(mass.sum())

    def _at(self, literal: Literal) -> int:
        return self.literals.index(literal)

    def gains(self, sides: Bits) -> Floats:
        """Gain of each way to take sides: (n_rows, n_ways) -> (n_ways,)."""
        sums = sides.T.astype(np.float64) @ self._sums
        return gain(sums[:, 0], sums[:, 1:], self._total)

    def side(self, m: int, picks: tuple[int, ...]) -> Bits:
        """Where a test says yes: (n_rows,)."""
        side: Bits = self.holds[:, list(picks)].sum(axis=1) >= m
        return side

    def extensions(self, state: _State) -> Iterator[_State]:
        """Yield what the two operators make of a test."""
        free = np.flatnonzero(~np.isin(self.columns, self.columns[list(state.picks)]))
        count = self.holds[:, list(state.picks)].sum(axis=1)[:, np.newaxis]
        counts = count + self.holds[:, free]
        for m in (state.m, state.m + 1):
            for i, value in zip(free, self.gains(counts >= m), strict=True):
                yield _State(float(value), m, (*state.picks, int(i)))

    def reductions(self, state: _State) -> Iterator[_State]:
        """Yield what one of the operators makes this test of."""
        for dropped in state.picks:
            picks = tuple(i for i in state.picks if i != dropped)
            for m in {max(state.m - 1, 1), min(state.m, len(picks))}:
                side = self.side(m, picks)[:, np.newaxis]
                yield _State(float(self.gains(side)[0]), m, picks)

    def extends(self, more: _State, less: _State, significance: float) -> bool:
        """Whether a test is better than one with a literal less, and not by chance."""
        if more.gain <= less.gain * _BETTER:
            return False
        new, old = self.side(more.m, more.picks), self.side(less.m, less.picks)
        moved = new != old
        stayed = ~moved & (old == old[np.argmax(moved)])
        p_value = _f_test if self.values else _chi_square
        return p_value(self.sample, moved, stayed) < significance


def _beam(pool: _Pool, search: Search) -> _State:
    """The best test that extensions lead to."""
    beam = pool.seeds[: search.beam_width]
    best, n_literals = beam[0], 1
    while n_literals < search.max_literals and beam:
        beam = _extended(pool, beam, search)
        best, n_literals = (
            max([best, *beam], key=lambda state: state.gain),
            n_literals + 1,
        )
    return best


def _extended(pool: _Pool, beam: list[_State], search: Search) -> list[_State]:
    """The best extensions of the tests in a beam."""
    steps = [(new, old) for old in beam for new in pool.extensions(old)]
    steps.sort(key=lambda step: -step[0].gain)
    level = search.significance / max(len(steps), 1)
    chosen: dict[tuple[int, frozenset[int]], _State] = {}
    for new, old in steps:
        if len(chosen) == search.beam_width:
            break
        if new.key not in chosen and pool.extends(new, old, level):
            chosen[new.key] = new
    return list(chosen.values())


def _pruned(pool: _Pool, state: _State, significance: float) -> _State:
    """A test without the literals that do nothing for it."""
    while len(state.picks) > 1:
        best = max(pool.reductions(state), key=lambda reduced: reduced.gain)
        if pool.extends(state, best, significance):
            break
        state = best
    return state


def _chi_square(sample: Sample, one: Bits, other: Bits) -> float:
    """p-value of probabilities, summed as if they were counts, being the same."""
    counts = np.stack([sample.count[part] @ sample.said[part] for part in (one, other)])
    counts = counts[:, counts.sum(axis=0) > 0]
    if counts.shape[1] < 2 or not counts.sum(axis=1).all():
        return 1.0
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    statistic = np.sum(np.square(counts - expected) / expected)
    return float(chdtrc(counts.shape[1] - 1, statistic))


def _f_test(sample: Sample, one: Bits, other: Bits) -> float:
    """p-value of the means of two groups being the same, over all outputs."""
    groups = [(sample.count[part], sample.said[part]) for part in (one, other)]
    masses = [count.sum() for count, _ in groups]
    n, k = sum(masses), sample.said.shape[1]
    if min(masses) <= 0 or n <= 2:
        return 1.0
    means = [w @ said / mass for (w, said), mass in zip(groups, masses, strict=True)]
    within = sum(
        np.sum(w @ np.square(said - mean))
        for (w, said), mean in zip(groups, means, strict=True)
    )
    between = np.sum(np.square(means[0] - means[1])) * masses[0] * masses[1] / n
    if within <= 0:
        return 0.0 if between > 0 else 1.0
    return float(fdtrc(k, k * (n - 2), between / within * (n - 2)))
