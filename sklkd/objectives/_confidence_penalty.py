"""The confidence penalty as an objective: weak at first, or for the very sure only."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from torch import Tensor

from sklkd._validation import NON_NEGATIVE, check_choice, check_interval
from sklkd.losses import confidence_penalty
from sklkd.objectives._base import Batch, Objective, Setting


def linear(done: float) -> float:
    """From nothing at the beginning to all of it at the end."""
    return done


# Functions with names, so that a net in training can be pickled.
RAMPS: dict[str, Callable[[float], float]] = {"linear": linear}


class ConfidencePenalty(Objective):
    r"""Penalise predictions that are sure of themselves.

    The loss is :func:`sklkd.losses.confidence_penalty`: what is missing to the entropy
    of knowing nothing, :math:`\log K - H(p)`, or to a threshold,
    :math:`\max(0, \Gamma - H(p))`.

    Parameters
    ----------
    threshold : float, default=None
        :math:`\Gamma` in nats, in [0, log(n_classes)]: who is less sure than that is
        not penalised. None penalises everyone.
    schedule : {"linear"} or callable, default=None
        Factor of the loss over the training, from the share of the epochs done, in
        [0, 1), to a number of at least 0. "linear" begins with nothing: a penalty that
        is strong early keeps a network from learning at all [1]_. None is 1 throughout.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0; the paper's beta, which is
        0.1 to 2.5 there.

    References
    ----------
    .. [1] G. Pereyra et al., "Regularizing Neural Networks by Penalizing Confident
       Output Distributions", 2017, Sec. 3.1. arXiv:1701.06548

    Examples
    --------
    >>> from sklkd.objectives import ConfidencePenalty
    >>> ConfidencePenalty(schedule="linear", weight=0.1)
    ConfidencePenalty(schedule='linear', weight=0.1)
    """

    needs: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self,
        threshold: float | None = None,
        *,
        schedule: str | Callable[[float], float] | None = None,
        weight: float = 1.0,
    ) -> None:
        self.threshold = threshold
        self.schedule = schedule
        self.weight = weight

    def check(self) -> None:
        """Raise if a hyperparameter is out of range."""
        super().check()
        who = type(self).__name__
        if self.threshold is not None:
            check_interval(who, "threshold", self.threshold, NON_NEGATIVE)
        if not (self.schedule is None or callable(self.schedule)):
            check_choice(who, "schedule", self.schedule, RAMPS)

    def loss(self, batch: Batch) -> Tensor:
        """Return the penalty of each sample, at this point of the training."""
        penalty = confidence_penalty(batch.student, threshold=self.threshold)
        factor = self._factor(batch.done)
        return penalty if factor == 1 else factor * penalty

    def bound(self, setting: Setting) -> ConfidencePenalty:
        """Return itself, once the threshold is seen to be one that can be reached."""
        highest = math.log(setting.n_outputs)
        if self.threshold is not None and self.threshold > highest:
            raise ValueError(
                f"{setting.who}: threshold must be at most log(n_classes) = "
                f"{highest:.4g} nats, the entropy of knowing nothing, got "
                f"{self.threshold!r}. Pass None to penalise everyone."
            )
        return self

    def _factor(self, done: float) -> float:
        schedule: Any = self.schedule
        if isinstance(schedule, str):
            schedule = RAMPS[schedule]
        if schedule is None:
            return 1.0
        factor = schedule(done)
        check_interval(type(self).__name__, "schedule(done)", factor, NON_NEGATIVE)
        return float(factor)
