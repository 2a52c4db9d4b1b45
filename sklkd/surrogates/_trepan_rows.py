"""The rows that TREPAN judges a node by: those that come there, and queries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklkd.readable import Test
from sklkd.surrogates._evidence import Evidence, Floats, Indices
from sklkd.surrogates._literals import Sample
from sklkd.surrogates._queries import Conditions, Marginals, Path

Bits = NDArray[np.bool_]

# What all queries of a node may weigh together. Their columns are drawn independently,
# so they are less like what the model will meet than rows are. With 1 for each,
# nodes were split, and leaves valued, by what the teacher says where no row ever is.
_MOST_QUERY_WEIGHT = 30.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node is.

    Attributes
    ----------
    position : int
        Among the nodes of its tree, which its random numbers depend on.
    path : tuple of (Test, bool)
        The tests above, and the answers that lead to it.
    here : ndarray of shape (n_distinct,)
        Which rows come to it.
    """

    position: int
    path: Path
    here: Bits

    @property
    def conditions(self) -> Conditions:
        """What the path demands."""
        return Conditions.of(self.path)


@dataclass(frozen=True, slots=True)
class Ground:
    """The rows of some evidence, each different one once, and the teacher.

    A row that is there twice has the weight of both, so that repeated rows and weights
    are the same to what follows, to the last bit.

    Attributes
    ----------
    evidence : Evidence
        Where the rows are from.
    row : ndarray of shape (n_distinct,)
        Number of the first row of each kind.
    weight : ndarray of shape (n_distinct,)
        Of all rows of the kind.
    real : ndarray of shape (n_distinct,)
        Whether they are real.
    center, scale : ndarray of shape (n_outputs,)
        What makes values of different units comparable; 0 and 1 for probabilities.
    """

    evidence: Evidence
    row: Indices
    weight: Floats
    real: Bits
    center: Floats
    scale: Floats

    @classmethod
    def of(cls, evidence: Evidence) -> Ground:
        """Gather the rows, in the order in which each first appears."""
        real = np.arange(len(evidence.Z)) < evidence.n_real
        gaps = np.isnan(evidence.Z)
        table = np.column_stack(
            [np.where(gaps, 0, evidence.Z), gaps, evidence.said, real]
        )
        table = np.ascontiguousarray(table + 0.0)  # no two kinds of zero
        row_type = np.dtype((np.void, table.itemsize * table.shape[1]))
        found = np.unique(
            table.view(row_type)[:, 0], return_index=True, return_inverse=True
        )
        order = np.argsort(found[1])
        row = found[1][order]
        weight = np.bincount(found[2], evidence.weight)[order].astype(np.float64)
        return cls(evidence, row, weight, real[row], *_measure(evidence))

    @property
    def root(self) -> tuple[Place, Marginals]:
        """The root, and the distributions of the real rows."""
        rows = self.row[self.real]
        model = Marginals.of(
            self.evidence.columns, self.evidence.Z[rows], self.weight[self.real]
        )
        return Place(0, (), np.ones(len(self.row), dtype=bool)), model

    def children(self, place: Place, test: Test, position: int) -> tuple[Place, Place]:
        """Where yes and no lead to; they get this position and the next."""
        holds = test.holds(self.evidence.Z)[self.row]
        return (
            Place(position, (*place.path, (test, True)), place.here & holds),
            Place(position + 1, (*place.path, (test, False)), place.here & ~holds),
        )

    def below(self, place: Place, model: Marginals, significance: float) -> Marginals:
        """The distributions at a node, given its parent's."""
        here = np.where(place.here, self.weight, 0.0)[self.real]
        return model.refitted(here, place.conditions, significance)

    def share(self, here: Bits) -> float:
        """Weight of real rows, as a share of all: (n_distinct,) -> in [0, 1]."""
        return float(self.weight[here & self.real].sum() / self.weight[self.real].sum())

    def queries(self, place: Place, model: Marginals, min_samples: float) -> Indices:
        """Draw rows for what is missing from `min_samples`: (n_new, n_columns).

        The same place gets the same rows whenever it is asked for.
        """
        missing = min_samples - self.weight[place.here].sum()
        n_new = int(np.ceil(max(missing, 0.0)))
        rng = np.random.default_rng([self.evidence.seed, place.position])
        real = self.row[self.real]
        return real[model.draw(n_new, place.conditions, rng)]

    def sample(self, here: Bits, source: Indices, answers: Floats) -> Sample:
        """Rows at a node, and queries with what the teacher answered to them."""
        evidence, rows = self.evidence, self.row[here]
        made = evidence.Z[source, np.arange(source.shape[1])]
        each = min(_MOST_QUERY_WEIGHT / max(len(source), 1), 1.0)
        return Sample(
            np.concatenate([evidence.Z[rows], made]),
            np.concatenate([evidence.said[rows], answers]),
            np.concatenate([self.weight[here], np.full(len(source), each)]),
            np.concatenate([self.weight[here], np.ones(len(source))]),
        )

    def asked(self, source: Indices) -> Floats:
        """What the teacher answers: (n_new, n_columns) -> (n_new, n_outputs)."""
        if len(source) == 0:
            return np.empty((0, self.evidence.said.shape[1]))
        return self.evidence.oracle(source)

    def standard(self, said: Floats) -> Floats:
        """Values in units of their spread: (..., n_outputs) -> (..., n_outputs)."""
        return (said - self.center) / self.scale


def _measure(evidence: Evidence) -> tuple[Floats, Floats]:
    """Center and scale of what is said: (n_outputs,), (n_outputs,)."""
    _, said, weight = evidence.real
    if evidence.classes is not None:
        return np.zeros(said.shape[1]), np.ones(said.shape[1])
    center = weight @ said / weight.sum()
    farthest = np.abs(said - center).max(axis=0)
    farthest = np.where(farthest > 0, farthest, 1.0)  # so that no square is infinite
    spread = np.sqrt(weight @ np.square((said - center) / farthest) / weight.sum())
    return center, np.where(spread > 0, spread, 1.0) * farthest
