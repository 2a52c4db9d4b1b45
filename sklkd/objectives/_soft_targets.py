"""Soft targets as an objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from sklkd._validation import POSITIVE, Interval
from sklkd.losses import soft_targets
from sklkd.objectives._base import Batch, Objective


class SoftTargets(Objective):
    """Imitate the teacher's softened class distribution, as Hinton et al. do.

    The loss is :func:`sklkd.losses.soft_targets`.

    Parameters
    ----------
    temperature : float, default=1.0
        Above 0. Higher ones tell more about the classes that the teacher thinks
        unlikely. Networks as teachers ask for 2 to 20 [1]_; forests and boosting give
        soft, often exactly zero, probabilities already, and ask for 1 to 4. (The bare
        function's default is 4, which the literature on networks compares at.)
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural
       Network", 2015, Sec. 2. arXiv:1503.02531

    Examples
    --------
    >>> from sklkd.objectives import SoftTargets
    >>> SoftTargets(temperature=4.0)
    SoftTargets(temperature=4.0)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {"temperature": POSITIVE}

    def __init__(self, temperature: float = 1.0, *, weight: float = 1.0) -> None:
        self.temperature = temperature
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return the soft-target loss of each sample: (n_samples,)."""
        return soft_targets(batch.student, batch.teacher, temperature=self.temperature)
