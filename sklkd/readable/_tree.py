"""Trees of tests; lists of rules are trees that lean to one side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Floats, Indices


@dataclass(frozen=True, slots=True)
class Literal:
    """A condition on one column: at most a number, above it, or among categories.

    Attributes
    ----------
    column : int
        Position in the model's columns.
    threshold : float
        What a number is compared with; of no meaning for categories.
    above : bool
        Whether the number must be above the threshold instead of at most it.
    codes : tuple of int or None
        Categories that fulfil it, ascending; None for a number.
    missing : bool
        Whether a missing value fulfils it.
    """

    column: int
    threshold: float = np.nan
    above: bool = False
    codes: tuple[int, ...] | None = None
    missing: bool = False

    def holds(self, Z: Floats) -> NDArray[np.bool_]:
        """Whether rows fulfil it: (n, n_columns) -> (n,)."""
        values = Z[:, self.column]
        if self.codes is not None:
            found = np.isin(values, self.codes)
        else:
            found = values > self.threshold if self.above else values <= self.threshold
        return np.where(np.isnan(values), self.missing, found)


@dataclass(frozen=True, slots=True)
class Test:
    """A question, to be answered yes or no: whether `m` of the literals hold.

    Attributes
    ----------
    literals : tuple of Literal
        At least one; all of different columns, or of one column in different words.
    m : int
        In ``[1, len(literals)]``: 1 is "any", all of them is "and".
    """

    __test__ = False  # no test of pytest's

    literals: tuple[Literal, ...]
    m: int = 1

    def holds(self, Z: Floats) -> NDArray[np.bool_]:
        """Whether the answer is yes: (n, n_columns) -> (n,)."""
        count = sum(literal.holds(Z).astype(np.int64) for literal in self.literals)
        return np.asarray(count >= self.m)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a tree.

    Attributes
    ----------
    value : tuple of float
        Mean of what the teacher said about rows here: one number for each output.
    share : float
        Weight of the real training rows that come here, in [0, 1] of all.
    test : Test or None
        The question; None for a leaf.
    yes, no : int
        Positions of the children, above its own; -1 for a leaf.
    """

    value: tuple[float, ...]
    share: float
    test: Test | None = None
    yes: int = -1
    no: int = -1


@dataclass(frozen=True, slots=True)
class ReadableTree(ReadableModel):
    """A tree of tests; what a leaf says is what its rows get.

    A list of rules is a tree in which every "yes" is a leaf.

    Attributes
    ----------
    nodes : tuple of Node
        The root first; children after their parents.
    """

    nodes: tuple[Node, ...]

    def outputs(self, Z: Floats) -> Floats:
        """Return the values of the leaves: (n, n_columns) -> (n, n_outputs)."""
        values = np.array([node.value for node in self.nodes])
        reached: Floats = values[self.apply(Z)]
        return reached

    def apply(self, Z: Floats) -> Indices:
        """Return the leaf that each row comes to: (n, n_columns) -> (n,)."""
        at = np.zeros(len(Z), dtype=np.int64)
        for position, node in enumerate(self.nodes):
            if node.test is None:
                continue
            here = np.flatnonzero(at == position)
            at[here] = np.where(node.test.holds(Z[here]), node.yes, node.no)
        return at

    @property
    def complexity(self) -> int:
        """Number of leaves."""
        return sum(node.test is None for node in self.nodes)

    @property
    def used(self) -> tuple[int, ...]:
        """The columns that are asked about."""
        tests = [node.test for node in self.nodes if node.test is not None]
        return tuple(sorted({lit.column for test in tests for lit in test.literals}))

    @property
    def is_list(self) -> bool:
        """Whether every yes is a leaf: a list of rules, read from above."""
        return all(
            node.test is None or self.nodes[node.yes].test is None
            for node in self.nodes
        )

    def leaves(self) -> Iterator[tuple[int, tuple[tuple[Test, bool], ...]]]:
        """Yield each leaf, and the tests with their answers on the way to it."""
        waiting: list[tuple[int, tuple[tuple[Test, bool], ...]]] = [(0, ())]
        while waiting:  # long lists of rules are deeper than Python recurses
            position, path = waiting.pop()
            node = self.nodes[position]
            if node.test is None:
                yield position, path
                continue
            waiting.append((node.no, (*path, (node.test, False))))
            waiting.append((node.yes, (*path, (node.test, True))))
