"""Logit matching: the squared gap of centred logits."""

from __future__ import annotations

from torch import Tensor

from sklkd.losses._base import LOSSES, check_same_shape


@LOSSES.register(
    "logit_matching",
    laws={
        "nonnegative",
        "zero_at_teacher",
        "minimised_only_at_teacher",
        "shift_invariant",
        "finite_with_gradient",
        "rows_independent",
        "scale_pinned",
    },
)
def logit_matching(
    student_logits: Tensor,
    teacher_logits: Tensor,
    target: Tensor | None = None,  # noqa: ARG001 - every loss takes the same three
) -> Tensor:
    r"""Half the mean squared gap of each sample's centred logits.

    .. math:: \frac{1}{2K} \sum_k (\bar z_k - \bar v_k)^2,
       \qquad \bar z = z - \mathrm{mean}(z).

    Parameters
    ----------
    student_logits, teacher_logits : Tensor of shape (n_samples, n_classes)
        Unnormalised log-probabilities.
    target : Tensor, default=None
        Not used.

    Returns
    -------
    Tensor of shape (n_samples,)
        In squared nats, non-negative, zero where the distributions agree.

    Notes
    -----
    It is the limit of `soft_targets` at high temperature [1]_, where the scale
    comes from: with one temperature for all, the two are exchangeable.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural
       Network", 2015, Sec. 2.1. arXiv:1503.02531

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import logit_matching
    >>> logit_matching(torch.tensor([[1.0, -1.0]]), torch.tensor([[5.0, 5.0]]))
    tensor([0.5000])
    """
    check_same_shape(student_logits, teacher_logits)
    gap = student_logits - teacher_logits
    return (gap - gap.mean(dim=1, keepdim=True)).square().mean(dim=1) / 2
