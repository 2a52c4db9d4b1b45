"""Symmetric cross-entropy as an objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from sklkd._validation import NON_NEGATIVE, Interval
from sklkd.losses import symmetric_cross_entropy
from sklkd.objectives._base import Batch, Objective


class SymmetricCrossEntropy(Objective):
    """Learn from labels some of which are wrong, by cross-entropy there and back.

    The loss is :func:`sklkd.losses.symmetric_cross_entropy`. It takes the place of the
    label's cross-entropy, rather than a place beside it: leave that out, by
    ``label_weight=0`` or ``soft_weight=1``.

    Parameters
    ----------
    alpha : float, default=0.1
        At least 0, the weight of cross-entropy, which fits, wrong labels too. The paper
        takes 0.1 for ten classes, and 6 for a hundred.
    beta : float, default=1.0
        At least 0, the weight of the reverse, which bears wrong labels, and learns more
        slowly.
    log_zero : float, default=-4.0
        Below 0, what stands for the logarithm of zero in the reverse.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    References
    ----------
    .. [1] Y. Wang et al., "Symmetric Cross Entropy for Robust Learning with Noisy
       Labels", ICCV 2019, Sec. 4. arXiv:1908.06112

    Examples
    --------
    >>> from sklkd.objectives import SymmetricCrossEntropy
    >>> SymmetricCrossEntropy(beta=0.5)
    SymmetricCrossEntropy(beta=0.5)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "alpha": NON_NEGATIVE,
        "beta": NON_NEGATIVE,
        "log_zero": Interval(high=0, closed="neither"),
    }
    needs = frozenset({"target"})

    def __init__(
        self,
        alpha: float = 0.1,
        beta: float = 1.0,
        log_zero: float = -4.0,
        *,
        weight: float = 1.0,
    ) -> None:
        self.alpha = alpha
        self.beta = beta
        self.log_zero = log_zero
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return the symmetric cross-entropy of each sample: (n_samples,)."""
        return symmetric_cross_entropy(
            batch.student,
            target=batch.target,
            alpha=self.alpha,
            beta=self.beta,
            log_zero=self.log_zero,
        )
