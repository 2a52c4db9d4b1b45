"""Symmetric cross-entropy: learn from the label, and question it."""

from __future__ import annotations

import torch
from torch import Tensor

from sklkd.losses._base import LOSSES
from sklkd.losses._labels import log_likelihood


@LOSSES.register(
    "symmetric_cross_entropy",
    laws={
        "nonnegative",
        "shift_invariant",
        "finite_with_gradient",
        "rows_independent",
    },
)
def symmetric_cross_entropy(
    student_logits: Tensor,
    teacher_logits: Tensor | None = None,  # noqa: ARG001 - every loss takes the same
    target: Tensor | None = None,
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
) -> Tensor:
    r"""Symmetric cross-entropy of each sample: there and back.

    Cross-entropy from the label to the prediction, plus the reverse one, in which the
    label's :math:`\log 0` is a constant :math:`A`: with the probability :math:`p_y` of
    the label,

    .. math:: -\alpha \log p_y - \beta A\,(1 - p_y).

    Parameters
    ----------
    student_logits : Tensor of shape (n_samples, n_classes)
        Unnormalised log-probabilities; any finite values are safe.
    teacher_logits : Tensor, default=None
        Not used.
    target : LongTensor of shape (n_samples,)
        Class indices in ``[0, n_classes)``.
    alpha : float, default=0.1
        Weight of cross-entropy, which fits, wrong labels too. The paper takes 0.1 for
        ten classes, and 6 for a hundred.
    beta : float, default=1.0
        Weight of the reverse, which bears wrong labels, and learns more slowly.
    log_zero : float, default=-4.0
        :math:`A`, below 0. Only its product with `beta` matters.

    Returns
    -------
    Tensor of shape (n_samples,)
        In nats, non-negative, zero where the label is certain.

    Raises
    ------
    TypeError, ValueError
        If the target is missing, no whole numbers, or not one a row.

    References
    ----------
    .. [1] Y. Wang et al., "Symmetric Cross Entropy for Robust Learning with Noisy
       Labels", ICCV 2019, Sec. 4. arXiv:1908.06112

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import symmetric_cross_entropy
    >>> logits = torch.tensor([[0.0, 0.0], [9.0, 0.0]])
    >>> symmetric_cross_entropy(logits, target=torch.tensor([0, 1]))
    tensor([2.0693, 4.8995])
    """
    log_p = log_likelihood("symmetric_cross_entropy", student_logits, target)
    return -alpha * log_p + beta * log_zero * torch.expm1(log_p)
