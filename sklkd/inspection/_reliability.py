"""Reliability: how often a classifier is right, against how sure it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve

from sklkd.inspection._calibration import expected_calibration_error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

LARGEST = 150.0  # square points, of the mark for a bin that has all rows
LEAST = 12.0  # of one that has next to none


@dataclass(frozen=True, slots=True)
class Reliability:
    """A reliability curve, without the bins that have no rows.

    Attributes
    ----------
    sureness : ndarray of shape (n_bins,)
        Mean probability of the most probable class.
    accuracy : ndarray of shape (n_bins,)
        Share of rows of which it is the label.
    share : ndarray of shape (n_bins,)
        Share of all rows that are in the bin.
    error : float
        Expected calibration error, in [0, 1].
    """

    sureness: Floats
    accuracy: Floats
    share: Floats
    error: float

    def draw(self, ax: Axes, words: str, colour: str, marker: str) -> None:
        """Draw a line through the bins, with marks as large as the bins are full."""
        label = f"{words}ECE {100 * self.error:.1f} %"
        ax.plot(self.sureness, self.accuracy, color=colour, linewidth=1, alpha=0.6)
        size = LEAST + (LARGEST - LEAST) * self.share
        style: dict[str, Any] = {"color": colour, "marker": marker, "zorder": 3}
        ax.scatter(self.sureness, self.accuracy, s=size, **style)
        ax.scatter([], [], s=40, label=label, **style)


def reliability(
    y_true: NDArray[Any], proba: Floats, classes: NDArray[Any], n_bins: int
) -> Reliability:
    """Measure the curve of a classifier, in bins of equal width.

    Parameters
    ----------
    y_true : ndarray of shape (n_samples,)
        Labels, each one of the classes.
    proba : ndarray of shape (n_samples, n_classes)
        Probabilities.
    classes : ndarray of shape (n_classes,)
        The label of each column.
    n_bins : int
        Number of bins in (0, 1]; the k-th is ``((k - 1) / n_bins, k / n_bins]``.
    """
    sure = np.minimum(proba.max(axis=1), 1.0)  # rounded, it may be above
    right = classes[proba.argmax(axis=1)] == y_true
    accuracy, sureness = calibration_curve(
        right.astype(int), sure, n_bins=n_bins, pos_label=1
    )
    edges = np.linspace(0, 1, n_bins + 1)[1:-1]
    count = np.bincount(np.searchsorted(edges, sure))
    error = expected_calibration_error(y_true, proba, labels=classes, n_bins=n_bins)
    return Reliability(sureness, accuracy, count[count > 0] / len(sure), error)
