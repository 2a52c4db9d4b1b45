"""Bootstrapping as an objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from sklkd._validation import FRACTION, Interval, check_flag
from sklkd.losses import bootstrapping
from sklkd.objectives._base import Batch, Objective


class Bootstrapping(Objective):
    """Learn from labels some of which are wrong, by half believing one's own answer.

    The loss is :func:`sklkd.losses.bootstrapping`. It takes the place of the label's
    cross-entropy, rather than a place beside it: leave that out, by ``label_weight=0``
    or ``soft_weight=1``.

    Parameters
    ----------
    target_share : float, default=0.95
        In [0, 1], how much of a label is believed. The paper takes 0.95 for soft, 0.8
        for hard. At 1 it is cross-entropy.
    hard : bool, default=False
        Whether it is the student's most likely class that is believed besides, rather
        than its whole distribution.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    References
    ----------
    .. [1] S. Reed et al., "Training Deep Neural Networks on Noisy Labels with
       Bootstrapping", 2015, Sec. 3. arXiv:1412.6596

    Examples
    --------
    >>> from sklkd.objectives import Bootstrapping
    >>> Bootstrapping(0.8, hard=True)
    Bootstrapping(hard=True, target_share=0.8)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {"target_share": FRACTION}
    needs = frozenset({"target"})

    def __init__(
        self, target_share: float = 0.95, *, hard: bool = False, weight: float = 1.0
    ) -> None:
        self.target_share = target_share
        self.hard = hard
        self.weight = weight

    def check(self) -> None:
        """Raise if a hyperparameter is out of range."""
        super().check()
        check_flag(type(self).__name__, "hard", self.hard)

    def loss(self, batch: Batch) -> Tensor:
        """Return the bootstrapped cross-entropy of each sample: (n_samples,)."""
        return bootstrapping(
            batch.student,
            target=batch.target,
            target_share=self.target_share,
            hard=self.hard,
        )
