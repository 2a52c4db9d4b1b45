"""The table of losses, and the divergence and the check that several of them share."""

from __future__ import annotations

import torch
from torch import Tensor

from sklkd.plugins import Registry

LOSSES = Registry("sklkd.losses")


def kl_divergence(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """KL(teacher ‖ student) of each sample, in log space: (n, k), (n, k) -> (n,).

    Parameters
    ----------
    student_logits, teacher_logits : Tensor of shape (n_samples, n_classes)
        Unnormalised log-probabilities; any finite values are safe.

    Returns
    -------
    Tensor of shape (n_samples,)
        In nats, non-negative up to rounding, zero where the distributions agree.

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import kl_divergence
    >>> kl_divergence(torch.zeros(1, 2), torch.tensor([[0.0, 0.0]]))
    tensor([0.])
    """
    check_same_shape(student_logits, teacher_logits)
    log_p = teacher_logits.log_softmax(dim=1)
    log_q = student_logits.log_softmax(dim=1)
    # One difference of logarithms: apart, the two sums would cancel when it is hot.
    divergence: Tensor = torch.linalg.vecdot(log_p.exp(), log_p - log_q)
    return divergence


def check_same_shape(student: Tensor, teacher: Tensor) -> None:
    """Raise where torch would broadcast: a (1, k) teacher against an (n, k) student."""
    if student.shape != teacher.shape:
        raise ValueError(
            f"student {tuple(student.shape)} and teacher {tuple(teacher.shape)} "
            "must have one shape, (n_samples, n_outputs)."
        )
