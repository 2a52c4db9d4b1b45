"""Episodes: in every batch, rows are told by the mean of others of their class."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from sklkd.losses import squared_distances
from sklkd.objectives._base import Batch, Objective, Setting, Term


class Episodes(Objective):
    r"""Tell rows by the means of their classes, on a new small problem in every batch.

    Of each class in a batch every other row is support, the others are queries. With
    the means :math:`c_k` of the support's codes, a query :math:`x` of class :math:`y`
    loses

    .. math:: -\log \frac{\exp(-\|f(x) - c_y\|^2)}{\sum_k \exp(-\|f(x) - c_k\|^2)},

    over the classes of the batch [1]_. Codes are the second part of what the module
    puts out, as of a :class:`sklkd.nn.Prototypical`.

    Parameters
    ----------
    whole : bool, default=False
        Whether every row is support and query at once, as where a batch is all rows
        there are.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    Notes
    -----
    Batches must hold several rows of each class: pass
    ``StudentNet(balanced_batches=True)``. A support row has the loss 0, and queries are
    scaled up, so that the mean over a batch is that over its queries. Rows weigh in
    means as they do in the loss.

    References
    ----------
    .. [1] J. Snell, K. Swersky and R. Zemel, "Prototypical Networks for Few-shot
       Learning", NeurIPS 2017, Sec. 2. arXiv:1703.05175

    Examples
    --------
    >>> from sklkd.objectives import Episodes
    >>> Episodes(weight=0.5)
    Episodes(weight=0.5)
    """

    needs: ClassVar[frozenset[str]] = frozenset({"target"})
    laws: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *, whole: bool = False, weight: float = 1.0) -> None:
        self.whole = whole
        self.weight = weight

    def bound(self, setting: Setting) -> Term:
        """Return itself, where the module puts out codes.

        Raises
        ------
        TypeError
            If it is none with class means.
        """
        if not hasattr(setting.module, "means"):
            raise TypeError(
                f"{setting.who}: Episodes needs a module like sklkd.nn.Prototypical, "
                f"which puts out logits and codes, got {type(setting.module).__name__}."
            )
        return self

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of each query, 0 of the support: (n_samples,)."""
        codes, n_classes = batch.output[1], batch.student.shape[1]
        weight = codes.new_ones(len(codes)) if batch.weight is None else batch.weight
        second = _position(batch.target) % 2 == 1
        is_query = torch.ones_like(second) if self.whole else second
        is_support = torch.ones_like(second) if self.whole else ~second
        of_queries = (weight * is_query).sum()
        if of_queries == 0:
            return 0 * codes.sum(dim=1)
        members = F.one_hot(batch.target, n_classes).to(codes.dtype)
        members = members * (weight * is_support).unsqueeze(1)
        total = members.sum(dim=0)
        means = members.T @ codes / torch.where(total > 0, total, 1.0).unsqueeze(1)
        logits = -squared_distances(codes, means)
        logits = logits.masked_fill(total == 0, torch.finfo(logits.dtype).min)
        loss = F.cross_entropy(logits, batch.target, reduction="none")
        told = is_query & (total > 0)[batch.target]
        return torch.where(told, loss, 0.0) * (weight.sum() / of_queries)


def _position(target: Tensor) -> Tensor:
    """How many rows of the same class come before each row: (n,) -> (n,)."""
    order = target.argsort(stable=True)
    ordered = target[order]
    first = torch.searchsorted(ordered, ordered)
    position = torch.empty_like(target)
    position[order] = torch.arange(len(target), device=target.device) - first
    return position
