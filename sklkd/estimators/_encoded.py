"""Labels as a student learns them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Encoded:
    """Labels as a student learns them.

    Attributes
    ----------
    target : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Class indices, or standardised values; anything for rows without a label.
    n_outputs : int
        Width of the student's output.
    row_factor : ndarray of shape (n_rows,)
        By which each row's weight is multiplied: the class weights.
    stratify : ndarray of shape (n_rows,) or None
        Classes, to be represented among held-out rows.
    fitted : dict of str to object
        Attributes that the estimator gets.
    """

    target: NDArray[Any]
    n_outputs: int
    row_factor: NDArray[np.float64]
    stratify: NDArray[Any] | None
    fitted: dict[str, Any]

    def taken(self, rows: NDArray[np.int64]) -> Encoded:
        """Return those of some rows."""
        stratify = self.stratify
        return replace(
            self,
            target=self.target[rows],
            row_factor=self.row_factor[rows],
            stratify=None if stratify is None else stratify[rows],
        )

    def followed_by(self, n_more: int) -> Encoded:
        """Return them, and after them those of rows without a label."""

        def padded(values: NDArray[Any], fill: float) -> NDArray[Any]:
            more = np.full((n_more, *values.shape[1:]), fill, dtype=values.dtype)
            return np.concatenate([values, more])

        stratify = self.stratify
        return replace(
            self,
            target=padded(self.target, 0),
            row_factor=padded(self.row_factor, 1),
            stratify=None if stratify is None else padded(stratify, 0),
        )
