"""Columns that belong to the same rows: labels, and how much each row counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def label_column(who: str, name: str, labels: Any) -> NDArray[Any]:
    """Labels as an array: (n,) -> (n,).

    Raises
    ------
    ValueError
        If they are not one-dimensional, or none at all.
    """
    column = np.asarray(labels)
    if column.ndim != 1 or len(column) == 0:
        raise ValueError(
            f"{who}: {name} must have the shape (n_samples,), a label for each of at "
            f"least one row, got {column.shape}."
        )
    return column


def weight_column(who: str, sample_weight: Any, n_rows: int) -> NDArray[np.float64]:
    """Weights that sum to 1, equal ones where none were given: (n,) -> (n,).

    Raises
    ------
    ValueError
        If they are not one for each row, finite, not negative and not all zero.
    """
    if sample_weight is None:
        return np.full(n_rows, 1 / n_rows)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n_rows,):
        raise ValueError(
            f"{who}: sample_weight must have the shape {(n_rows,)}, a weight for each "
            f"row, got {weight.shape}."
        )
    if not np.isfinite(weight).all() or weight.min() < 0 or weight.max() == 0:
        raise ValueError(
            f"{who}: sample_weight must be finite, not negative and not all zero, got "
            f"values from {weight.min():g} to {weight.max():g}."
        )
    normalised: NDArray[np.float64] = weight / weight.sum()
    return normalised
