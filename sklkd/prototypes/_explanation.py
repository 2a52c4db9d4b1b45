"""Why a row was given its label: what each prototype contributed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Explanation:
    """What each prototype contributed to each decision.

    A decision is the gap between the score of the predicted class and that of the next
    best. The contributions of the prototypes add up to it, for they are what the
    network computes.

    Attributes
    ----------
    predicted, rival : ndarray of shape (n_samples,)
        The label with the highest score, and the one with the next.
    contributions : ndarray of shape (n_samples, n_prototypes)
        By how much each prototype raises the gap; negative where it speaks for the
        rival.
    offset : ndarray of shape (n_samples,)
        What is in the gap besides.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklkd.prototypes import GLVQClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = GLVQClassifier(random_state=0).fit(X, y)
    >>> why = model.explain(X[:1])
    >>> why.predicted, why.contributions.shape, bool(why.gap[0] > 0)
    (array([0]), (1, 3), True)
    """

    predicted: NDArray[Any]
    rival: NDArray[Any]
    contributions: NDArray[np.float64]
    offset: NDArray[np.float64]

    @property
    def gap(self) -> NDArray[np.float64]:
        """Score of the predicted class minus that of the rival: (n_samples,)."""
        gap: NDArray[np.float64] = self.contributions.sum(axis=1) + self.offset
        return gap

    def decisive(self, n: int = 1) -> NDArray[np.int64]:
        """Return the prototypes that contributed most, the first ones first.

        Parameters
        ----------
        n : int, default=1
            How many, at most `n_prototypes`.

        Returns
        -------
        ndarray of shape (n_samples, n)
            Positions in ``prototypes_``.
        """
        order = np.argsort(-self.contributions, axis=1, kind="stable")
        return order[:, :n]


def best_two(scores: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Positions of the highest and the next score of each row: (n,), (n,)."""
    order = np.argsort(-scores, axis=1, kind="stable")
    return order[:, 0], order[:, 1]
