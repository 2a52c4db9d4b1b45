"""What is typical of a column: mean or median of numbers, the most frequent word."""

from __future__ import annotations

from collections import Counter
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[Any]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CHUNK = 1 << 18  # numbers that are added up at once


def as_dense(X: Any) -> Array:
    """An array of an array, dense or sparse."""
    return X.toarray() if sparse.issparse(X) else np.asarray(X)


def means(X: Any) -> Floats:
    """Mean of each column's values, in float64; NaN is none: (n, p) -> (p,).

    It is NaN where there is no value, and finite where all are, however huge.
    """
    mean = _average(X, 1.0)
    lost = np.isinf(mean)
    return np.where(lost, _average(X, 2.0**-64), mean) if lost.any() else mean


def _average(X: Any, unit: float) -> Floats:
    """Mean of each column by chunks, of which no sum is kept but in units."""
    step, shape = max(1, CHUNK // max(1, X.shape[1])), X.shape[1]
    total, times = np.zeros(shape), np.zeros(shape)
    low, high = np.full(shape, np.inf), np.full(shape, -np.inf)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for start in range(0, X.shape[0], step):
            values = as_dense(X[start : start + step]).astype(np.float64)
            there = ~np.isnan(values)
            total += np.where(there, values * unit, 0.0).sum(axis=0)
            times += there.sum(axis=0)
            low = np.fmin(low, np.fmin.reduce(values, axis=0))
            high = np.fmax(high, np.fmax.reduce(values, axis=0))
        mean: Floats = total / times / unit
    # Rounding takes no mean beyond its values, and none from a constant.
    finite = np.isfinite(mean)
    mean[finite] = np.clip(mean[finite], low[finite], high[finite])
    return mean


def medians(X: Any) -> Floats:
    """Median of each column's values; NaN is none: (n, p) -> (p,)."""
    columns = X.tocsc() if sparse.issparse(X) else X
    return np.array(
        [
            middle_of(as_dense(columns[:, [j]]).ravel(), "median")
            for j in range(X.shape[1])
        ]
    )


def middle_of(values: Array, kind: str) -> float:
    """Mean or median of a column's values; NaN where there is none: (n,) -> ()."""
    known = values.astype(np.float64)
    known = known[~np.isnan(known)]
    if len(known) == 0:
        return float("nan")
    if kind == "median":
        ranks = [(len(known) - 1) // 2, len(known) // 2]
        low, high = np.partition(known, ranks)[ranks]
        return float(low if low == high else low / 2 + high / 2)
    return float(means(known[:, np.newaxis])[0])


def typical_of(column: Array, kind: str) -> Any:
    """Mean or median of numbers, and of anything else the most frequent: (n,) -> ()."""
    values = column.tolist()
    missing = np.array([value is None or value != value for value in values])  # noqa: PLR0124 - NaN
    numbers = [v for v, absent in zip(values, missing, strict=True) if not absent]
    if numbers and all(isinstance(v, Real) for v in numbers):
        return middle_of(np.array(numbers, dtype=np.float64), kind)
    return values[most_frequent(values, missing)]


def most_frequent(values: list[Any], missing: Bools) -> int:
    """Where the most frequent value is found first, of equals the first."""
    there = np.flatnonzero(~np.asarray(missing, dtype=bool)).tolist()
    if not there:
        return 0
    (best, _), *_ = Counter(values[i] for i in there).most_common(1)
    return next(i for i in there if values[i] == best)
