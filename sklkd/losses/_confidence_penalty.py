"""The confidence penalty: doubt a little, whatever the label says."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sklkd.losses._base import LOSSES


@LOSSES.register(
    "confidence_penalty",
    laws={
        "nonnegative",
        "shift_invariant",
        "finite_with_gradient",
        "rows_independent",
    },
)
def confidence_penalty(
    student_logits: Tensor,
    teacher_logits: Tensor | None = None,  # noqa: ARG001 - every loss takes the same
    target: Tensor | None = None,  # noqa: ARG001 - every loss takes the same three
    *,
    threshold: float | None = None,
) -> Tensor:
    r"""Missing entropy of each prediction.

    With the entropy :math:`H(p)` of :math:`p = \mathrm{softmax}(z)` over :math:`K`
    classes,

    .. math:: \log K - H(p) = \mathrm{KL}(p \,\|\, \mathrm{uniform}),

    or, with a threshold, :math:`\max(0, \Gamma - H(p))`.

    Parameters
    ----------
    student_logits : Tensor of shape (n_samples, n_classes)
        Unnormalised log-probabilities; any finite values are safe.
    teacher_logits, target : Tensor, default=None
        Not used.
    threshold : float, default=None
        :math:`\Gamma`, in nats: predictions of at least this entropy cost nothing. At 0
        and below nothing costs; from :math:`\log K` on, where None is, everything does.

    Returns
    -------
    Tensor of shape (n_samples,)
        In nats, non-negative, zero for the uniform prediction.

    Notes
    -----
    The gradient with respect to the logits is :math:`p_i (\log p_i + H(p))`, where a
    threshold does not make it 0. `label_smoothing` is the divergence in the other
    direction, which weighs classes that are all but ruled out much more.

    The paper prints the threshold with a minus sign in front of the hinge, which would
    reward confidence.

    References
    ----------
    .. [1] G. Pereyra et al., "Regularizing Neural Networks by Penalizing Confident
       Output Distributions", 2017, Sec. 3. arXiv:1701.06548

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import confidence_penalty
    >>> logits = torch.tensor([[0.0, 0.0], [1.0, 0.0], [100.0, 0.0]])
    >>> confidence_penalty(logits)
    tensor([0.0000, 0.1109, 0.6931])
    >>> confidence_penalty(logits, threshold=0.5)
    tensor([0.0000, 0.0000, 0.5000])
    """
    log_p = student_logits.log_softmax(dim=1)
    p = log_p.exp()
    if threshold is None:
        # One difference of logarithms: apart, the sums would cancel near uniformity.
        return (p * (log_p + math.log(student_logits.shape[1]))).sum(dim=1)
    negative_entropy: Tensor = torch.linalg.vecdot(p, log_p)
    return (threshold + negative_entropy).clamp_min(0)
