"""What the losses of labels share: the check of a target, and a label's likelihood."""

from __future__ import annotations

import torch
from torch import Tensor


def log_likelihood(who: str, logits: Tensor, target: Tensor | None) -> Tensor:
    """Log-probability of each row's label: (n, k), (n,) -> (n,), in nats, at most 0."""
    labels = check_target(who, logits, target)
    return pick(logits.log_softmax(dim=1), labels)


def pick(values: Tensor, labels: Tensor) -> Tensor:
    """The value of each row's own column: (n, k), (n,) -> (n,)."""
    return values.gather(1, labels.unsqueeze(1)).squeeze(1)


def check_target(who: str, logits: Tensor, target: Tensor | None) -> Tensor:
    """The labels of the rows of `logits` as int64: (n, k), (n,) -> (n,).

    Raises
    ------
    TypeError
        If there are none, or they are no whole numbers.
    ValueError
        If they are not one a row.
    """
    if target is None:
        raise TypeError(
            f"{who}: target must be the class index of each row, got None. Pass the "
            "labels, as a tensor of shape (n_samples,)."
        )
    if target.is_floating_point() or target.dtype == torch.bool:
        raise TypeError(
            f"{who}: target must be class indices, whole numbers, got {target.dtype}. "
            "Pass target.long()."
        )
    if target.shape != logits.shape[:1]:
        raise ValueError(
            f"{who}: target must have one class index for each row, the shape "
            f"{tuple(logits.shape[:1])}, got {tuple(target.shape)}."
        )
    return target.long()
