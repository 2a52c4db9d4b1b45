"""Weighted standardisation of columns, in float64 and in chunks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.sparsefuncs import mean_variance_axis
from torch import Tensor

TINY = 1e-140  # a standard deviation whose square is about to be lost
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
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            mean, scale, first = _moments(X, share, rows)
        if not (np.isfinite(mean).all() and np.isfinite(scale).all()):
            raise ValueError("X or y contains values too large to be standardised.")
        # Rounding leaves a constant column a tiny scale, which would blow up noise, and
        # a mean that is not quite the constant.
        constant = scale <= 1e-12 * np.abs(mean)
        scale = np.where(constant, 0.0, scale)
        mean = np.where(constant, first, mean)
        return cls(mean, scale, np.where(constant, np.inf, scale))

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
) -> tuple[Any, Any, Any]:
    """Weighted mean and standard deviation of each column, and its first number."""
    first = np.asarray(_read(X, slice(0, 1), rows)[0])
    if sparse.issparse(X):
        X = (X if rows is None else X[rows]).astype(np.float64)
        mean, variance = mean_variance_axis(X, axis=0, weights=share)
        return mean, np.sqrt(variance), first
    parts = list(chunks((len(share), *X.shape[1:])))

    def average(function: Callable[[NDArray[Any]], NDArray[Any]]) -> Any:
        return sum(
            np.tensordot(share[part], function(_read(X, part, rows)), axes=1)
            for part in parts
        )

    mean = np.asarray(average(lambda values: values))
    scale = np.sqrt(average(lambda values: np.square(values - mean)))
    if (scale < TINY).any():  # the squares of small numbers are lost
        peaks = [np.abs(_read(X, part, rows) - mean).max(axis=0) for part in parts]
        peak = np.maximum.reduce(peaks)
        unit = np.where(peak > 0, peak, 1.0)
        small = unit * np.sqrt(average(lambda v: np.square((v - mean) / unit)))
        scale = np.where(scale < TINY, small, scale)
    return mean, scale, first


def _read(X: Any, part: slice, rows: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Some rows as float64."""
    taken = X[part if rows is None else rows[part]]
    dense = taken.toarray() if sparse.issparse(taken) else taken
    return np.asarray(dense, dtype=np.float64)
