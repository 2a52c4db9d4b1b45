"""Squared error as an objective."""

from __future__ import annotations

from torch import Tensor

from sklkd.losses import squared_error
from sklkd.objectives._base import Batch, Objective


class SquaredError(Objective):
    """Imitate the values that a regressor predicts.

    The loss is :func:`sklkd.losses.squared_error`, on standardised targets.

    Parameters
    ----------
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    Examples
    --------
    >>> from sklkd.objectives import SquaredError
    >>> SquaredError(weight=0.5)
    SquaredError(weight=0.5)
    """

    tasks = frozenset({"regression"})

    def __init__(self, *, weight: float = 1.0) -> None:
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return the squared error of each sample: (n_samples,)."""
        return squared_error(batch.student, batch.teacher)
