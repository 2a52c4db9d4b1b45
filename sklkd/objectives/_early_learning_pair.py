"""Early-learning regularisation of two networks, each with the other's memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from sklkd._validation import FRACTION, NON_NEGATIVE, Interval
from sklkd.losses import clamped_probabilities, early_learning
from sklkd.nn import AveragedPair
from sklkd.objectives._base import Batch, Objective, Setting
from sklkd.objectives._draws import DrawingTerm
from sklkd.objectives._early_learning import ramped


class EarlyLearningPair(Objective):
    r"""ELR+: two networks, mixed rows, and memories of the other's average.

    For a `sklkd.nn.AveragedPair`. Rows are mixed in pairs,
    :math:`\tilde x = l x + (1 - l) x'` with :math:`l` drawn uniformly from
    :math:`[1/2, 1]`, for every batch anew; so are labels and memories. Each network
    minimises the cross-entropy of the mixed labels plus early-learning regularisation
    towards the mixed memory, which takes in what the average of the other network says
    of the rows as they are. The loss is the sum over the two.

    Parameters
    ----------
    momentum : float, default=0.7
        In [0, 1), how slowly the memory changes.
    strength : float, default=3.0
        Of the regularisation, not negative.
    ramp : float, default=0.25
        Share of the training, in [0, 1], until it has all of that strength.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    Notes
    -----
    It holds the labels' loss; what else is minimised beside it should not. Held-out
    rows are judged by the cross-entropy of the averages.

    References
    ----------
    .. [1] S. Liu et al., "Early-Learning Regularization Prevents Memorization of Noisy
       Labels", NeurIPS 2020, Sec. 4.3 and Appendix F. arXiv:2007.00151

    Examples
    --------
    >>> from sklkd.objectives import EarlyLearningPair
    >>> EarlyLearningPair(strength=1.0)
    EarlyLearningPair(strength=1.0)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "momentum": Interval(0, 1, closed="left"),
        "strength": NON_NEGATIVE,
        "ramp": FRACTION,
    }
    needs: ClassVar[frozenset[str]] = frozenset({"index", "target"})

    def __init__(
        self,
        momentum: float = 0.7,
        strength: float = 3.0,
        *,
        ramp: float = 0.25,
        weight: float = 1.0,
    ) -> None:
        self.momentum = momentum
        self.strength = strength
        self.ramp = ramp
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return the cross-entropy of what the averages say: (n_samples,)."""
        return F.cross_entropy(batch.student, batch.target, reduction="none")

    def bound(self, setting: Setting) -> PairMemory:
        """Return the term with two empty memories.

        Raises
        ------
        TypeError
            If the student is no `sklkd.nn.AveragedPair`.
        """
        if not isinstance(setting.module, AveragedPair):
            raise TypeError(
                f"{setting.who}: EarlyLearningPair needs a sklkd.nn.AveragedPair as "
                f"module of the student, got {type(setting.module).__name__}."
            )
        shape = (2, setting.n_rows, setting.n_outputs)
        memory = torch.zeros(shape, dtype=setting.dtype)
        return PairMemory(self, memory, setting.seed)


class PairMemory(DrawingTerm):
    """ELR+ in one training.

    Attributes
    ----------
    memory : Tensor of shape (2, n_rows, n_classes)
        Of each network; zeros for rows that never were in a batch.
    """

    memory: Tensor

    def __init__(self, objective: EarlyLearningPair, memory: Tensor, seed: int) -> None:
        super().__init__(seed, "cpu")  # one number and one order a batch
        self.objective = objective
        self.register_buffer("memory", memory)
        self._remembered: Any = None  # the batch that the memories have taken in last
        self._lesson: Any = None  # and what is learnt of it

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of each mixed row, summed over the networks: (n_samples,)."""
        if not self.training:
            return self.objective.loss(batch)
        pair = batch.module
        if batch.index is not self._remembered:  # an optimizer may ask several times
            pair.follow()
            self._lesson = self._remember(batch), *self._mixture(len(batch.target))
            self._remembered = batch.index
        memory, kept, other = self._lesson
        mixed = kept * batch.inputs + (1 - kept) * batch.inputs[other]
        total: Any = 0
        for member, own in zip(pair.members, memory, strict=True):
            logits = member(mixed)
            label = F.cross_entropy(logits, batch.target, reduction="none")
            swapped = F.cross_entropy(logits, batch.target[other], reduction="none")
            towards = kept * own + (1 - kept) * own[other]
            agreement = early_learning(logits, towards)
            total = total + kept * label + (1 - kept) * swapped
            total = total + self._strength(batch.done) * agreement
        loss: Tensor = total
        return loss

    def _remember(self, batch: Batch) -> Tensor:
        """Take in what the other's average says: (2, n_samples, n_classes)."""
        others = batch.output[1].flip(1).unbind(1)
        said = torch.stack([clamped_probabilities(logits) for logits in others])
        momentum = self.objective.momentum
        memory = momentum * self.memory[:, batch.index] + (1 - momentum) * said
        self.memory[:, batch.index] = memory
        return memory

    def _mixture(self, n_rows: int) -> tuple[float, Tensor]:
        """How much is kept of a row, in [1/2, 1], and which row it is mixed with."""
        # With the type named: in another one other numbers are drawn.
        number = torch.empty((), dtype=torch.float64)
        drawn = float(number.uniform_(generator=self.generator))
        other = torch.randperm(n_rows, generator=self.generator)
        return max(drawn, 1 - drawn), other.to(self.memory.device)

    def _strength(self, done: float) -> float:
        own = self.objective
        return float(own.strength) * ramped(done, float(own.ramp))
