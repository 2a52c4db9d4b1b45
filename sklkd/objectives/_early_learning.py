"""Early-learning regularisation as an objective: a memory for every row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from sklkd._validation import FRACTION, Interval
from sklkd.losses import clamped_probabilities, early_learning
from sklkd.objectives._base import Batch, Objective, Setting


class EarlyLearning(Objective):
    r"""Hold on to what the student thought of a row before it memorised the label.

    A network learns what is right about its labels first, and memorises wrong ones
    later. So the average :math:`t_i` of what it said of each row in the epochs so far,
    :math:`t_i \leftarrow \beta t_i + (1 - \beta) p_i`, is a better guess than a wrong
    label, and agreement with it is rewarded: the loss is
    :func:`sklkd.losses.early_learning`, :math:`\log(1 - \langle p_i, t_i \rangle)`.

    Parameters
    ----------
    momentum : float, default=0.7
        :math:`\beta` in [0, 1), how slowly the memory changes. The paper takes 0.7
        where labels are wrong at random, 0.9 where classes are mixed up in pairs.
    ramp : float, default=0.0
        Share of the training, in [0, 1], until the loss has all of its strength; at a
        share :math:`u` of that it is multiplied by :math:`e^{-5 (1 - u)^2}`. In the
        paper there is none. With few steps an epoch one is needed, or the student
        holds on to what it thought before it had learnt anything.
    weight : float, default=3.0
        Factor of this term within the objective, at least 0; the paper's lambda, 1 to
        7 there.

    Notes
    -----
    The loss is negative, and its value no measure of anything. Rows held out for early
    stopping have no memory; they are judged without.

    References
    ----------
    .. [1] S. Liu et al., "Early-Learning Regularization Prevents Memorization of Noisy
       Labels", NeurIPS 2020, Sec. 4. arXiv:2007.00151

    Examples
    --------
    >>> from sklkd.objectives import EarlyLearning
    >>> EarlyLearning(momentum=0.9, weight=1.0)
    EarlyLearning(momentum=0.9, weight=1.0)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "momentum": Interval(0, 1, closed="left"),
        "ramp": FRACTION,
    }
    needs: ClassVar[frozenset[str]] = frozenset({"index"})
    laws: ClassVar[frozenset[str]] = frozenset({"finite_with_gradient"})
    in_validation: ClassVar[bool] = False

    def __init__(
        self, momentum: float = 0.7, *, ramp: float = 0.0, weight: float = 3.0
    ) -> None:
        self.momentum = momentum
        self.ramp = ramp
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return zeros: without a memory nothing is held on to."""
        return batch.student.new_zeros(len(batch.student))

    def bound(self, setting: Setting) -> EarlyLearningMemory:
        """Return the term with an empty memory for every row of one training."""
        shape = (setting.n_rows, setting.n_outputs)
        memory = torch.zeros(shape, dtype=setting.dtype)
        return EarlyLearningMemory(memory, float(self.momentum), float(self.ramp))


class EarlyLearningMemory(nn.Module):
    """Early-learning regularisation in one training.

    Attributes
    ----------
    memory : Tensor of shape (n_rows, n_classes)
        Moving averages; zeros for rows that never were in a batch.
    """

    memory: Tensor

    def __init__(self, memory: Tensor, momentum: float, ramp: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("memory", memory)
        self.momentum = momentum
        self.ramp = ramp
        self._remembered: Any = None  # the batch that the memory has taken in last

    def loss(self, batch: Batch) -> Tensor:
        """Remember what is said of these rows, and return the loss of each."""
        memory = self.memory[batch.index]
        if batch.index is not self._remembered:  # an optimizer may ask several times
            said = clamped_probabilities(batch.student.detach())
            memory = self.momentum * memory + (1 - self.momentum) * said
            self.memory[batch.index] = memory
            self._remembered = batch.index
        loss = early_learning(batch.student, memory)
        strength = ramped(batch.done, self.ramp)
        return loss if strength == 1 else strength * loss


def ramped(done: float, ramp: float) -> float:
    """A factor that rises from almost nothing to 1 over the first part of a training.

    Parameters
    ----------
    done : float
        Share of the training that lies behind.
    ramp : float
        Share over which it rises; 0 is not at all.
    """
    left = 0.0 if done >= ramp else 1 - done / ramp
    return math.exp(-5 * left**2)
