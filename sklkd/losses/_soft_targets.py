"""Soft targets: imitate the teacher's whole softened distribution."""

from __future__ import annotations

from torch import Tensor

from sklkd.losses._base import LOSSES, kl_divergence


@LOSSES.register(
    "soft_targets",
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
def soft_targets(
    student_logits: Tensor,
    teacher_logits: Tensor,
    target: Tensor | None = None,  # noqa: ARG001 - every loss takes the same three
    *,
    temperature: float = 4.0,
) -> Tensor:
    r"""Soft-target loss of each sample, Hinton's knowledge distillation.

    With :math:`p = \mathrm{softmax}(z_\mathrm{teacher} / \tau)` and
    :math:`q = \mathrm{softmax}(z_\mathrm{student} / \tau)`,

    .. math:: \tau^2 \, \mathrm{KL}(p \,\|\, q).

    Parameters
    ----------
    student_logits, teacher_logits : Tensor of shape (n_samples, n_classes)
        Unnormalised log-probabilities; any finite values are safe.
    target : Tensor, default=None
        Not used.
    temperature : float, default=4.0
        Above 0, softens both distributions; the result is scaled by its square, so
        that gradients keep their size when it changes [1]_.

    Returns
    -------
    Tensor of shape (n_samples,)
        In nats, non-negative, zero where student and teacher agree.

    Notes
    -----
    The gradient with respect to the student's logits is :math:`\tau (q - p)`. As the
    temperature grows the loss becomes half the mean squared gap of centred logits,
    which is `logit_matching`; in float32 its value drowns in rounding there, above
    temperatures of about 1000.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural
       Network", 2015, Sec. 2. arXiv:1503.02531

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import soft_targets
    >>> logits = torch.tensor([[2.0, 0.0, 1.0]])
    >>> soft_targets(logits, logits + 3.0)
    tensor([0.])
    """
    divergence = kl_divergence(
        student_logits / temperature, teacher_logits / temperature
    )
    return temperature**2 * divergence
