"""What is thought of the labels that ``fit`` was given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def noise_report(
    proba: NDArray[np.float64], classes: NDArray[Any], y: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Attributes that say how doubtful each label is.

    Parameters
    ----------
    proba : ndarray of shape (n_samples, n_classes)
        What is thought of each row; its sum is above 0.
    classes : ndarray of shape (n_classes,)
        Labels, sorted.
    y : ndarray of shape (n_samples,)
        The labels that were given. One that is no class has a score of 1.

    Returns
    -------
    dict
        ``label_distributions_``, ``transduction_`` and ``label_noise_score_``.
    """
    proba = proba / proba.sum(axis=1, keepdims=True)
    position = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    own = proba[np.arange(len(y)), position]
    known = classes[position] == y
    return {
        "label_distributions_": proba,
        "transduction_": classes[proba.argmax(axis=1)],
        "label_noise_score_": np.clip(1 - np.where(known, own, 0.0), 0, 1),
    }
