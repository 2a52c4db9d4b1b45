"""Weighted standardisation of columns, in float64 and in chunks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.sparsefuncs import mean_variance_axis
from torch import Tensor

CHUNK = 1 << 18  # numbers in one chunk: 2 MB of float64 stay in the cache


@dataclass(frozen=True, slots=True)
class Scaling:
    """Shift and scale of each column.

    A column's mean and standard deviation are weighted, so that a weight of 2 is a
    repeated row. A constant column has the scale 0 and becomes 0.

    Attributes
    ----------
    mean, scale : ndarray of the shape of a row
        In the columns' units, float64.
    divisor : ndarray of the shape of a row
        The scale, infinite where it is 0.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    divisor: NDArray[np.float64]

    @classmethod
    def fit(
        cls,
        X: Any,
        weight: NDArray[np.float64],
        rows: NDArray[np.int64] | None = None,
    ) -> Self:
        """Measure the columns of a dense or sparse X: (n, p), (n,) -> p columns.

        Parameters
        ----------
        X : ndarray, memmap or CSR array
            Read in chunks.
        weight : ndarray of shape (n_rows,)
            Of each row that is measured.
        rows : ndarray of int, default=None
            Which rows of X those are; None means all.

        Raises
        ------
        ValueError
            If the squares of X leave the finite numbers.
        """
        share = weight / weight.sum()
        with np.errstate(over="ignore", invalid="ignore"):
            mean, variance = _moments(X, share, rows)
        scale = np.sqrt(variance)
        if not (np.isfinite(mean).all() and np.isfinite(scale).all()):
            raise ValueError("X or y contains values too large to be standardised.")
        # Rounding leaves a constant column a tiny scale, which would blow up noise.
        scale[scale <= 1e-12 * np.abs(mean)] = 0.0
        return cls(mean, scale, np.where(scale > 0, scale, np.inf))

    def forward(self, X: Tensor) -> Tensor:
        """Standardise a chunk of rows: (n, p) -> (n, p), float64."""
        mean, divisor = torch.from_numpy(self.mean), torch.from_numpy(self.divisor)
        return X.to(torch.float64).sub(mean).div_(divisor)

    def standardised(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Standardise an array: (n, p) -> (n, p), float64."""
        standardised: NDArray[np.float64] = self.forward(
            torch.from_numpy(np.array(values, dtype=np.float64))
        ).numpy()
        return standardised

    def inverse(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Bring standardised values back to their units: (n, p) -> (n, p)."""
        return np.asarray(values * self.scale + self.mean, dtype=np.float64)


def chunks(shape: tuple[int, ...], size: int = CHUNK) -> Iterator[slice]:
    """Slices of rows, each with at most `size` numbers and at least one row."""
    step = max(1, size // max(1, math.prod(shape[1:])))
    return (slice(start, start + step) for start in range(0, shape[0], step))


def _moments(
    X: Any, share: NDArray[np.float64], rows: NDArray[np.int64] | None
) -> tuple[Any, Any]:
    """Weighted mean and variance of each column; two passes over dense rows."""
    if sparse.issparse(X):
        X = (X if rows is None else X[rows]).astype(np.float64)
        return mean_variance_axis(X, axis=0, weights=share)
    parts = list(chunks((len(share), *X.shape[1:])))

    def read(part: slice) -> NDArray[np.float64]:
        return np.asarray(X[part if rows is None else rows[part]], dtype=np.float64)

    def average(part: slice, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.tensordot(share[part], values, axes=1)

    mean = sum(average(part, read(part)) for part in parts)
    variance = sum(average(part, np.square(read(part) - mean)) for part in parts)
    return np.asarray(mean), np.asarray(variance)
