"""The arguments of one ``fit``, checked."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_array, has_fit_parameter

from sklkd.exceptions import UnweightedTeacherWarning
from sklkd.training import name_of


@dataclass(frozen=True, slots=True)
class Extras:
    """What ``fit`` takes besides X and y, as it came.

    Attributes
    ----------
    sample_weight, groups, precomputed : array-like of shape (n_rows, ...) or None
        Weights, groups, and the numbers of a precomputed teacher.
    fit_params : dict
        More, to be routed.
    """

    sample_weight: Any = None
    groups: Any = None
    precomputed: Any = None
    fit_params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What ``fit`` works on.

    Attributes
    ----------
    X : ndarray, memmap or CSR array
        Checked.
    X_original : array, sparse array or DataFrame
        For those who know columns by name.
    y : ndarray
        Labels, in the user's words.
    sample_weight : ndarray of shape (n_rows,) or None
        As it was passed.
    labelled : ndarray of bool, shape (n_rows,)
        Rows with a label.
    extras : Extras
        The rest.
    """

    X: Any
    X_original: Any
    y: NDArray[Any]
    sample_weight: NDArray[np.float64] | None
    labelled: NDArray[np.bool_]
    extras: Extras

    @property
    def row_weight(self) -> NDArray[np.float64]:
        """Weight of each row, 1 where none was given."""
        if self.sample_weight is None:
            return np.ones(len(self.y))
        return self.sample_weight

    @property
    def label_weight(self) -> NDArray[np.float64]:
        """Weight of each row's label, 0 where there is none."""
        return self.row_weight * self.labelled


def check_weights(
    who: str, sample_weight: Any, n_rows: int
) -> NDArray[np.float64] | None:
    """Check sample weights: finite, not negative, one a row, not all zero."""
    if sample_weight is None:
        return None
    if np.isscalar(sample_weight) and not isinstance(sample_weight, str):
        sample_weight = np.full(n_rows, sample_weight)
    weight: NDArray[np.float64] = check_array(
        sample_weight,
        dtype=np.float64,
        ensure_2d=False,
        input_name="sample_weight",
        copy=True,
    )
    if weight.shape != (n_rows,):
        raise ValueError(
            f"{who}: sample_weight must have the shape {(n_rows,)}, a weight for each "
            f"row, got {weight.shape}."
        )
    if weight.min() < 0:
        raise ValueError(
            f"{who}: sample_weight must not be negative, got {weight.min():g}."
        )
    if weight.max() == 0:
        raise ValueError(
            f"{who}: sample_weight must have a weight that is not zero, got {n_rows} "
            "zeros."
        )
    return weight


def weight_param(
    who: str, teacher: Any, weight: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """The weights as a parameter of the teacher's ``fit``, in a Pipeline's form too."""
    prefix, target = "", teacher
    while isinstance(target, Pipeline):
        step, target = target.steps[-1]
        prefix += f"{step}__"
    if has_fit_parameter(target, "sample_weight"):
        return {f"{prefix}sample_weight": weight}
    positive = weight[weight > 0]
    if (positive != positive[0]).any():
        warnings.warn(
            f"{who}: the teacher {name_of(teacher)} takes no sample_weight; it is "
            "fitted without, on the rows whose weight is not zero.",
            UnweightedTeacherWarning,
            stacklevel=2,
        )
    return {}


def is_frame(X: Any) -> bool:
    """Whether X is a DataFrame, of pandas or polars."""
    return hasattr(X, "columns") and len(getattr(X, "shape", ())) == 2
