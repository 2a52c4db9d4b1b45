"""Logit matching as an objective."""

from __future__ import annotations

from torch import Tensor

from sklkd.losses import logit_matching
from sklkd.objectives._base import Batch, Objective


class LogitMatching(Objective):
    """Imitate the teacher's logits up to a constant per row.

    The loss is :func:`sklkd.losses.logit_matching`, the limit of `SoftTargets` at high
    temperature [1]_.

    Parameters
    ----------
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural
       Network", 2015, Sec. 2.1. arXiv:1503.02531

    Examples
    --------
    >>> from sklkd.objectives import LogitMatching
    >>> LogitMatching(weight=0.5)
    LogitMatching(weight=0.5)
    """

    def __init__(self, *, weight: float = 1.0) -> None:
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return the logit-matching loss of each sample: (n_samples,)."""
        return logit_matching(batch.student, batch.teacher)
