"""Generalised cross-entropy as an objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from sklkd._validation import Interval
from sklkd.losses import generalized_cross_entropy
from sklkd.objectives._base import Batch, Objective


class GeneralizedCrossEntropy(Objective):
    """Learn from labels some of which are wrong, by hearing unlikely ones less.

    The loss is :func:`sklkd.losses.generalized_cross_entropy`. It takes the place of
    the label's cross-entropy, rather than a place beside it: leave that out, by
    ``label_weight=0`` or ``soft_weight=1``.

    Parameters
    ----------
    q : float, default=0.7
        In (0, 1]: cross-entropy near 0, absolute error at 1. Larger ones bear more
        wrong labels, and learn more slowly.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    References
    ----------
    .. [1] Z. Zhang, M. Sabuncu, "Generalized Cross Entropy Loss for Training Deep
       Neural Networks with Noisy Labels", NeurIPS 2018, Sec. 3. arXiv:1805.07836

    Examples
    --------
    >>> from sklkd.objectives import GeneralizedCrossEntropy
    >>> GeneralizedCrossEntropy(q=0.5)
    GeneralizedCrossEntropy(q=0.5)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {"q": Interval(0, 1, closed="right")}
    needs = frozenset({"target"})

    def __init__(self, q: float = 0.7, *, weight: float = 1.0) -> None:
        self.q = q
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return the generalised cross-entropy of each sample: (n_samples,)."""
        return generalized_cross_entropy(batch.student, target=batch.target, q=self.q)
