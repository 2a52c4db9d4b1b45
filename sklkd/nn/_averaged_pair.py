"""Two networks that learn side by side, and the moving averages of their weights."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Iterable
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from sklkd._validation import Interval, check_interval

EAGER = 9  # the newest weights have a share of at least 9 / (10 + t) in step t


class AveragedPair(nn.Module):
    """Two networks of one kind; what predicts is the moving averages of their weights.

    Parameters
    ----------
    make : type of torch.nn.Module or torch.nn.Module
        A class that is built twice, from the other parameters; an instance is copied
        twice, and both start from the weights that it has.
    decay : float, default=0.997
        In [0, 1), how slowly the averages follow, from step to step [1]_. It is less
        at first: at most (1 + t) / (10 + t) in step t, or a short training would
        predict with what its weights were before it.
    **kwargs
        For `make`.

    Attributes
    ----------
    members : ModuleList of two
        What is trained.
    averages : ModuleList of two
        What predicts.

    References
    ----------
    .. [1] S. Liu et al., "Early-Learning Regularization Prevents Memorization of Noisy
       Labels", NeurIPS 2020, Appendix F. arXiv:2007.00151

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import MLP, AveragedPair
    >>> pair = AveragedPair(MLP, n_features=4, n_outputs=3)
    >>> logits, each = pair.eval()(torch.zeros(2, 4))
    >>> logits.shape, each.shape
    (torch.Size([2, 3]), torch.Size([2, 2, 3]))
    """

    def __init__(
        self, make: Callable[..., nn.Module], *, decay: float = 0.997, **kwargs: Any
    ) -> None:
        super().__init__()
        below_one = Interval(0, 1, closed="left")
        check_interval("AveragedPair", "decay", decay, below_one)
        if isinstance(make, nn.Module):
            members: list[Any] = [copy.deepcopy(make), copy.deepcopy(make)]
        else:
            members = [make(**kwargs), make(**kwargs)]  # drawn one after the other
        self.members = nn.ModuleList(members)
        move = functools.partial(_move, share=1 - decay)
        averages = [
            AveragedModel(member, multi_avg_fn=move, use_buffers=True)
            for member in members
        ]
        self.averages = nn.ModuleList(averages).requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Self:
        """Switch the members only: averages draw nothing, and measure nothing."""
        super().train(mode)
        self.averages.eval()
        return self

    def forward(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the averages say, together and each.

        (n, ...) -> (n, n_outputs), (n, 2, n_outputs)

        The first are logarithms of the mean of their probabilities.
        """
        with torch.no_grad():
            each = torch.stack([average(X) for average in self.averages], dim=1)
        return each.log_softmax(dim=2).logsumexp(dim=1) - math.log(2), each

    @torch.no_grad()
    def follow(self) -> None:
        """Let the averages take in the members as they are: once a step."""
        averages: list[Any] = list(self.averages)
        for average, member in zip(averages, self.members, strict=True):
            average.update_parameters(member)


def _move(
    averaged: Iterable[Tensor],
    current: Iterable[Tensor],
    n_averaged: Any,
    *,
    share: float,
) -> None:
    """Move averages towards the current values by a share, in place."""
    share = max(share, EAGER / (EAGER + 1 + int(n_averaged)))
    for average, value in zip(averaged, current, strict=True):
        if average.is_floating_point():
            average.lerp_(value, share)
        else:  # a count of batches
            average.copy_(value)
