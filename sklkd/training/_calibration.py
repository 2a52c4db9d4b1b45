"""A teacher's probabilities, made as sure of themselves as they are right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_softmax, softmax

from sklkd.training._cross_fit import TeacherTargets

BOUNDS = (1 / 8, 8.0)  # of the factor on the logits


def calibrated(
    said: TeacherTargets, target: NDArray[np.int64], weight: NDArray[np.float64]
) -> TeacherTargets:
    r"""Scale a classifier's logits by the one factor under which they fit best.

    Temperature scaling [1]_: the factor :math:`\beta = 1/\tau` that minimises the
    log-loss of labels that the teacher was not fitted on. A forest's votes become
    surer, which are too timid where classes are clean; those of boosting less sure.

    Parameters
    ----------
    said : TeacherTargets
        Logits: (n_rows, n_classes).
    target : ndarray of shape (n_rows,)
        Class indices.
    weight : ndarray of shape (n_rows,)
        0 for rows whose label does not count.

    Returns
    -------
    TeacherTargets
        With log-probabilities as outputs, and `temperature` set.

    References
    ----------
    .. [1] C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017,
       Sec. 4.2. arXiv:1706.04599
    """
    used = np.flatnonzero(said.known & (weight > 0))
    factor = 1.0
    if len(used):
        factor = best_factor(said.outputs[used], target[used], weight[used])
    scaled = log_softmax(factor * said.outputs, axis=1)
    outputs = np.where(said.known[:, np.newaxis], scaled, 0.0)
    return replace(said, outputs=outputs, temperature=1 / factor)


def best_factor(
    logits: NDArray[np.float64],
    target: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> float:
    """The factor on the logits of least log-loss, within `BOUNDS`.

    The loss is convex in the factor, so that its slope changes sign once: a root,
    which unlike a minimum is found to the last digits. Where the loss is as small as
    it gets already, or the same for every factor, it is 1.
    """
    share = weight / weight.sum()
    # Apart from the label's: sums of large logits would cancel to noise.
    gaps = logits - logits[np.arange(len(target)), target, np.newaxis]

    def slope(factor: float) -> float:
        return float(share @ (softmax(factor * gaps, axis=1) * gaps).sum(axis=1))

    low, high = BOUNDS
    if slope(1.0) == 0:
        return 1.0
    if slope(low) >= 0:
        return low
    if slope(high) <= 0:
        return high
    return float(brentq(slope, low, high, xtol=1e-13, rtol=1e-13))
