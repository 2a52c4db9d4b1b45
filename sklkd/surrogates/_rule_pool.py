"""Candidates for rules, with the rows that fulfil each, eight rules to a byte."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklkd.surrogates._evidence import Floats, Indices
from sklkd.surrogates._rule_spans import Bools, Ranks, Rule, Span

# Bits that are unpacked at a time, into 1 MiB of numbers that stay in the cache. The
# products of such small tables are not shared among threads either, which on a busy
# machine wait for each other for longer than they work.
AT_ONCE = 2**17
BLOCK = 64  # rules whose spans are kept for one another


@dataclass(frozen=True, slots=True)
class Pool:
    """Rules, and which rows fulfil them, eight to a byte.

    Attributes
    ----------
    rules : tuple of Rule
        At least one.
    sizes : ndarray of shape (n_rules,)
        Their numbers of literals.
    packed : ndarray of uint8, shape (n_rows, n_bytes)
        One bit for each rule, the first the highest of the first byte.
    """

    rules: tuple[Rule, ...]
    sizes: Indices
    packed: NDArray[np.uint8]

    @classmethod
    def of(cls, ranks: Ranks, rules: list[Rule]) -> Pool:
        """Find out which rows fulfil each rule."""
        packed = np.zeros((-(-len(rules) // 8), len(ranks.table)), dtype=np.uint8)
        for start in range(0, len(rules), BLOCK):
            known: dict[Span, Bools] = {}
            for i, rule in enumerate(rules[start : start + BLOCK], start):
                matched = _matched(ranks, rule, known)
                packed[i // 8] |= matched.view(np.uint8) << np.uint8(7 - i % 8)
        sizes = np.array([ranks.size(rule) for rule in rules], dtype=np.int64)
        return cls(tuple(rules), sizes, np.ascontiguousarray(packed.T))

    def sums(self, rows: Indices, values: Floats) -> Floats:
        """Sums over the rows that fulfil each rule: (m,), (n, q) -> (n_rules, q)."""
        n_rules = len(self.rules)
        total = np.zeros((values.shape[1], n_rules))
        step = max(AT_ONCE // n_rules, 1)
        for i in range(0, len(rows), step):
            own = rows[i : i + step]
            bits = np.unpackbits(self.packed[own], axis=1, count=n_rules)
            total += values[own].T @ bits.astype(np.float64)
        return total.T


def _matched(ranks: Ranks, rule: Rule, known: dict[Span, Bools]) -> Bools:
    """Whether rows fulfil a rule, whose spans may be known already: (n,)."""
    for span in rule:
        if span not in known:
            known[span] = ranks.holds(span)
    found = known[rule[0]]
    for span in rule[1:]:
        found = found & known[span]
    return found
