"""Weighted standardisation of columns, in float64 and in chunks; NaN is no value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.sparsefuncs import mean_variance_axis
from torch import Tensor

TINY = 1e-140  # a standard deviation whose square is about to be lost
CHUNK = 1 << 18  # numbers in one chunk: 2 MB of float64 stay in the cache


def _no_columns() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Scaling:
    """Shift and scale of each column.

    A column's mean and standard deviation are weighted, so that a weight of 2 is a
    repeated row. They are those of the values that are there: NaN is none. A constant
    column, and one without any value, has the scale 0 and becomes 0.

    Attributes
    ----------
    mean, scale : ndarray of the shape of a row
        In the columns' units, float64.
    divisor : ndarray of the shape of a row
        The scale, infinite where it is 0.
    missing : ndarray of int
        Which columns lack a value in some row; `forward` appends whether they do.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    divisor: NDArray[np.float64]
    missing: NDArray[np.int64] = field(default_factory=_no_columns)

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
            columns = _Columns.of(X, share, rows)
            mean, scale, first = columns.moments()
        if not (np.isfinite(mean).all() and np.isfinite(scale).all()):
            raise ValueError("X or y contains values too large to be standardised.")
        # Rounding leaves a constant column a tiny scale, which would blow up noise, and
        # a mean that is not quite the constant.
        constant = scale <= 1e-12 * np.abs(mean)
        scale = np.where(constant, 0.0, scale)
        mean = np.where(constant, first, mean)
        return cls(mean, scale, np.where(constant, np.inf, scale), columns.missing())

    def row_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of a row after `forward`, from the one before."""
        return (shape[0] + len(self.missing), *shape[1:]) if shape else shape

    def forward(self, X: Tensor) -> Tensor:
        """Standardise a chunk of rows: (n, p) -> (n, p + n_missing), float64.

        What is missing becomes 0, the mean. A column that had a value in every row when
        it was measured gets no indicator of those that come later.
        """
        X = X.to(torch.float64)
        standardised, absent = self._standardised(X), X.isnan()
        standardised.masked_fill_(absent, 0.0)
        if not len(self.missing):
            return standardised
        indicators = absent[:, torch.from_numpy(self.missing)].to(torch.float64)
        return torch.cat([standardised, indicators], dim=1)

    def standardised(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Standardise an array: (n, p) -> (n, p), float64; NaN stays NaN."""
        numbers = torch.from_numpy(np.array(values, dtype=np.float64))
        standardised: NDArray[np.float64] = self._standardised(numbers).numpy()
        return standardised

    def inverse(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Bring standardised values back to their units: (n, p) -> (n, p)."""
        return np.asarray(values * self.scale + self.mean, dtype=np.float64)

    def _standardised(self, X: Tensor) -> Tensor:
        mean, divisor = torch.from_numpy(self.mean), torch.from_numpy(self.divisor)
        return X.sub(mean).div_(divisor)


def chunks(shape: tuple[int, ...], size: int = CHUNK) -> Iterator[slice]:
    """Slices of rows, each with at most `size` numbers and at least one row."""
    step = max(1, size // max(1, math.prod(shape[1:])))
    return (slice(start, start + step) for start in range(0, shape[0], step))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Columns to be measured: rows of X, and the share of each in every mean.

    Attributes
    ----------
    gaps : bool
        Whether any number is NaN, so that columns differ in the rows that count.
    """

    X: Any
    share: NDArray[np.float64]
    rows: NDArray[np.int64] | None
    gaps: bool

    @classmethod
    def of(
        cls, X: Any, share: NDArray[np.float64], rows: NDArray[np.int64] | None
    ) -> Self:
        """Take the mean, which shows by NaN whether there are gaps."""
        columns = cls(X, share, rows, gaps=False)
        gaps = not sparse.issparse(X) and bool(np.isnan(columns._mean()).any())
        return replace(columns, gaps=gaps)

    def moments(self) -> tuple[Any, Any, Any]:
        """Mean and standard deviation of each column, and its first number."""
        if sparse.issparse(self.X):
            X = (self.X if self.rows is None else self.X[self.rows]).astype(np.float64)
            mean, variance = mean_variance_axis(X, axis=0, weights=self.share)
            return mean, np.sqrt(variance), _read(self.X, slice(0, 1), self.rows)[0]
        mean = self._mean()
        scale = np.sqrt(self._average(lambda values: np.square(values - mean)))
        if (scale < TINY).any():  # the squares of small numbers are lost
            unit = self._peak(mean)
            small = self._average(lambda values: np.square((values - mean) / unit))
            scale = np.where(scale < TINY, unit * np.sqrt(small), scale)
        return mean, scale, self._first()

    def missing(self) -> NDArray[np.int64]:
        """Which columns have a gap, in a row with a share: (n_missing,)."""
        if not self.gaps or self.X.ndim != 2:
            return _no_columns()
        found = [np.isnan(v[share > 0]).any(axis=0) for share, v in self._parts()]
        return np.flatnonzero(np.logical_or.reduce(found))

    def _parts(self) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Chunks of shares and of rows."""
        for part in chunks((len(self.share), *self.X.shape[1:])):
            yield self.share[part], _read(self.X, part, self.rows)

    def _mean(self) -> Any:
        return self._average(lambda values: values)

    def _average(self, function: Callable[[NDArray[Any]], NDArray[Any]]) -> Any:
        """Mean of a function over the rows that have a value; 0 where none has."""
        if not self.gaps:
            return _total(
                np.tensordot(share, function(values), axes=1)
                for share, values in self._parts()
            )
        sums: list[Any] = [0.0, 0.0]
        for share, values in self._parts():
            there = ~np.isnan(values)
            counted = np.where(there, function(values), 0.0)
            sums[0] = sums[0] + np.tensordot(share, counted, axes=1)
            sums[1] = sums[1] + np.tensordot(share, there, axes=1)
        return np.where(sums[1] > 0, sums[0] / np.where(sums[1] > 0, sums[1], 1), 0.0)

    def _peak(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """The largest distance from the mean, 1 where it is 0."""
        far = [np.abs(values - mean) for _, values in self._parts()]
        peak = np.fmax.reduce([np.fmax.reduce(part, axis=0) for part in far])
        unit: NDArray[np.float64] = np.where(peak > 0, peak, 1.0)
        return unit

    def _first(self) -> NDArray[np.float64]:
        """The first value of each column, 0 where there is none."""
        first = _read(self.X, slice(0, 1), self.rows)[0]
        if not self.gaps:
            return first
        for _, values in self._parts():
            row = np.isnan(values).argmin(axis=0)  # 0 too where all are missing
            found = np.take_along_axis(values, row[None], axis=0)[0]
            first = np.where(np.isnan(first), found, first)
        return np.nan_to_num(first)


def _total(parts: Iterator[Any]) -> NDArray[np.float64]:
    return np.asarray(sum(parts))


def _read(X: Any, part: slice, rows: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Some rows as float64, in C order: sums of rows are the same in any layout."""
    taken = X[part if rows is None else rows[part]]
    dense = taken.toarray() if sparse.issparse(taken) else taken
    return np.asarray(dense, dtype=np.float64, order="C")
