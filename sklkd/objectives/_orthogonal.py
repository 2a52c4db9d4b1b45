"""The orthogonal loss as an objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from sklkd._validation import POSITIVE, Interval
from sklkd.losses import orthogonal
from sklkd.objectives._base import Batch, Objective


class Orthogonal(Objective):
    """Turn the features of a row towards the axis of its class.

    The loss is :func:`sklkd.losses.orthogonal`. The student must put out cosines times
    `scale`, as one with a :class:`sklkd.nn.FixedBasisHead` does. With any other the
    loss has no lower bound, and training diverges.

    Parameters
    ----------
    scale : float, default=10.0
        Above 0, what the student multiplies its cosines with; the default is that of
        the head. (The bare function's is 1, for bare cosines.)
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    Notes
    -----
    This is in the spirit of losses that force features onto a predefined orthogonal
    basis; the form is this library's.

    Examples
    --------
    >>> from sklkd.objectives import Orthogonal
    >>> Orthogonal(scale=5.0)
    Orthogonal(scale=5.0)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {"scale": POSITIVE}
    needs = frozenset({"target"})

    def __init__(self, scale: float = 10.0, *, weight: float = 1.0) -> None:
        self.scale = scale
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return one less each sample's cosine to its axis: (n_samples,)."""
        return orthogonal(batch.student, target=batch.target, scale=self.scale)
