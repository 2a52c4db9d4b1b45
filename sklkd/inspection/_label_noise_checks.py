"""What goes into the picture of noisy labels, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._calibration import SUM_TOLERANCE
from sklkd.inspection._columns import label_column

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WHO = "LabelNoiseDisplay"


def check_score(label_noise_score: Any) -> NDArray[np.float64]:
    """Scores, checked: (n,) -> (n,)."""
    score = label_column(WHO, "label_noise_score", label_noise_score)
    score = score.astype(np.float64)
    if not ((score >= 0) & (score <= 1)).all():  # also where it is not a number
        raise ValueError(
            f"{WHO}: label_noise_score must be in [0, 1], got values from "
            f"{score.min():g} to {score.max():g}."
        )
    return score


def check_noisy(is_noisy: Any, n_rows: int) -> NDArray[np.bool_] | None:
    """Which labels are wrong, checked: (n,) -> (n,)."""
    if is_noisy is None:
        return None
    column = np.asarray(is_noisy)
    if column.shape != (n_rows,):
        raise ValueError(
            f"{WHO}: is_noisy must have the shape {(n_rows,)}, as label_noise_score, "
            f"got {column.shape}. It is about the rows of fit."
        )
    if not set(column.tolist()) <= {0, 1}:
        raise ValueError(
            f"{WHO}: is_noisy must be True where a label is wrong and False elsewhere, "
            f"got {column.dtype}. Pass y_noisy != y."
        )
    return column.astype(bool)


def check_classes(classes: Any, y_true: NDArray[Any]) -> NDArray[Any]:
    """The label of each column: (k,)."""
    known = np.unique(y_true) if classes is None else np.asarray(classes)
    unknown = sorted(set(y_true.tolist()) - set(known.tolist()), key=str)
    if unknown:
        raise ValueError(
            f"{WHO}: classes must name every label in y_true, got {known.tolist()} "
            f"without {unknown}."
        )
    return known


def check_proba(
    name: str, y_proba: Any, n_rows: int, n_classes: int
) -> NDArray[np.float64]:
    """Probabilities, checked: (n, k) -> (n, k)."""
    proba = np.asarray(y_proba, dtype=np.float64)
    if proba.shape != (n_rows, n_classes):
        raise ValueError(
            f"{WHO}: {name} must have the shape {(n_rows, n_classes)}, a row for each "
            f"row of y_true and a column for each class, got {proba.shape}. Pass "
            "classes=classifier.classes_ where y_true lacks some of them."
        )
    off = np.abs(proba.sum(axis=1) - 1)
    if not (proba >= 0).all() or off.max() > SUM_TOLERANCE:
        raise ValueError(
            f"{WHO}: {name} must be probabilities that sum to 1 in every row, got "
            f"values from {proba.min():g} and sums up to {proba.sum(axis=1).max():g}. "
            "Pass what predict_proba returns."
        )
    return proba


def check_axes(ax: Any) -> list[Axes]:
    """Two axes, in any kind of sequence."""
    axes = list(np.ravel(np.asarray(ax, dtype=object)))
    if len(axes) != 2:
        raise ValueError(
            f"{WHO}: ax must be two axes, got {len(axes)}. Pass "
            "plt.subplots(1, 2)[1], or None."
        )
    return axes
