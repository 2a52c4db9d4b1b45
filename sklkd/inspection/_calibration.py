"""Calibration: whether rows called 80 % certain are right 80 % of the time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import COUNT, check_interval
from sklkd.inspection._columns import label_column, weight_column

WHO = "expected_calibration_error"
SUM_TOLERANCE = 1e-3  # how far from 1 a row of float32 or rounded probabilities may sum


def expected_calibration_error(
    y_true: Any,
    y_proba: Any,
    *,
    labels: Any = None,
    n_bins: int = 15,
    sample_weight: Any = None,
) -> float:
    r"""Expected gap between how certain a classifier is and how often it is right.

    Rows are binned by the probability of their most probable label, in bins of equal
    width, and

    .. math:: \mathrm{ECE} = \sum_{m=1}^{M} \frac{|B_m|}{n}
       \left| \mathrm{acc}(B_m) - \mathrm{conf}(B_m) \right| .

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The labels.
    y_proba : array-like of shape (n_samples, n_classes)
        Probabilities, a column a class; each row sums to 1.
    labels : array-like of shape (n_classes,), default=None
        The label of each column, such as ``classifier.classes_``. None takes the sorted
        labels in `y_true`, which must then be all there are.
    n_bins : int, default=15
        Number of bins in (0, 1], at least 1. The k-th of them is
        ``((k - 1) / n_bins, k / n_bins]``.
    sample_weight : array-like of shape (n_samples,), default=None
        Not negative; a weight of 2 is a repeated row.

    Returns
    -------
    float
        In [0, 1]; 0 where every bin is as often right as it is certain.

    Raises
    ------
    ValueError
        If labels, probabilities and weights do not fit together.

    See Also
    --------
    sklearn.calibration.CalibrationDisplay : The picture behind it, of two classes.

    Notes
    -----
    It is the error of the top label alone, and it is biased upwards by few rows in a
    bin: compare it between models on the same rows, not between data sets.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural
       Networks", ICML 2017, Sec. 2. arXiv:1706.04599

    Examples
    --------
    Two rows at 80 %, of which one is right:

    >>> from sklkd.inspection import expected_calibration_error
    >>> round(expected_calibration_error([0, 1], [[0.8, 0.2], [0.8, 0.2]]), 12)
    0.3
    """
    check_interval(WHO, "n_bins", n_bins, COUNT)
    target = label_column(WHO, "y_true", y_true)
    known = np.unique(target) if labels is None else np.asarray(labels)
    proba = _check_proba(y_proba, len(target), len(known))
    _check_known(target, known)
    weight = weight_column(WHO, sample_weight, len(target))
    confidence = proba.max(axis=1)
    right = known[proba.argmax(axis=1)] == target
    edges = np.linspace(0, 1, n_bins + 1)[1:-1]
    bins = np.searchsorted(edges, confidence, side="left")
    gaps = np.bincount(bins, weight * (right - confidence), n_bins)
    return float(np.abs(gaps).sum())


def _check_proba(y_proba: Any, n_rows: int, n_classes: int) -> NDArray[np.float64]:
    """Probabilities, checked: (n, k) -> (n, k)."""
    proba = np.asarray(y_proba, dtype=np.float64)
    if proba.shape != (n_rows, n_classes):
        raise ValueError(
            f"{WHO}: y_proba must have the shape {(n_rows, n_classes)}, a row for each "
            f"row of y_true and a column for each label, got {proba.shape}. Pass "
            "labels=classifier.classes_ where y_true lacks some of them."
        )
    if not (proba >= 0).all():  # also where it is not a number
        raise ValueError(
            f"{WHO}: y_proba must be probabilities, got {proba.min():g}. Pass what "
            "predict_proba returns."
        )
    off = np.abs(proba.sum(axis=1) - 1)
    if off.max() > SUM_TOLERANCE:
        row = int(off.argmax())
        raise ValueError(
            f"{WHO}: y_proba must sum to 1 in every row, got {proba[row].sum():g} in "
            f"row {row}. Pass what predict_proba returns."
        )
    return proba


def _check_known(target: NDArray[Any], known: NDArray[Any]) -> None:
    """Raise where a row's label has no column."""
    unknown = sorted(set(target.tolist()) - set(known.tolist()), key=str)
    if unknown:
        raise ValueError(
            f"{WHO}: labels must name every label in y_true, got {known.tolist()} "
            f"without {unknown}."
        )
