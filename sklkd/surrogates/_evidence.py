"""What a surrogate is grown from: rows, what the teacher says, and the teacher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.readable import Column

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a surrogate is grown from.

    Attributes
    ----------
    columns : tuple of Column
        Those that the surrogate may look at.
    Z : ndarray of shape (n_rows, n_columns)
        Rows: numbers, codes of categories, NaN where missing. Real ones come first.
    said : ndarray of shape (n_rows, n_outputs)
        The teacher's probabilities or values for them.
    weight : ndarray of shape (n_rows,)
        Positive.
    n_real : int
        How many rows are real; the others were made up.
    classes : tuple or None
        Labels in the order of the outputs; None where they are values.
    targets : tuple of str
        How the outputs are called.
    oracle : callable
        Asks the teacher about new rows, each entry of which is copied from a real row:
        row numbers of shape (n_new, n_columns) -> (n_new, n_outputs).
    seed : int
        For everything that is drawn.
    teacher : object or None
        The fitted teacher where it knows the columns as Z has them.
    """

    columns: tuple[Column, ...]
    Z: Floats
    said: Floats
    weight: Floats
    n_real: int
    classes: tuple[Any, ...] | None
    targets: tuple[str, ...]
    oracle: Callable[[Indices], Floats]
    seed: int = 0
    teacher: Any = None

    def taken(self, rows: Indices) -> Evidence:
        """Return some of the rows, real ones first; whoever asks names these."""

        def oracle(source: Indices) -> Floats:
            return self.oracle(rows[source])

        return replace(
            self,
            oracle=oracle,
            Z=self.Z[rows],
            said=self.said[rows],
            weight=self.weight[rows],
            n_real=int((rows < self.n_real).sum()),
        )

    @property
    def real(self) -> tuple[Floats, Floats, Floats]:
        """Rows, what is said of them and weights, of the real ones alone."""
        n = self.n_real
        return self.Z[:n], self.said[:n], self.weight[:n]
