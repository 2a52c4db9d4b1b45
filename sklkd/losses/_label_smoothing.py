"""Label smoothing: keep something of the prior in every prediction."""

from __future__ import annotations

import torch
from torch import Tensor

from sklkd.losses._base import LOSSES


@LOSSES.register(
    "label_smoothing",
    laws={
        "nonnegative",
        "shift_invariant",
        "finite_with_gradient",
        "rows_independent",
    },
)
def label_smoothing(
    student_logits: Tensor,
    teacher_logits: Tensor | None = None,  # noqa: ARG001 - every loss takes the same
    target: Tensor | None = None,  # noqa: ARG001 - every loss takes the same three
    *,
    prior: Tensor | None = None,
) -> Tensor:
    r"""Divergence of each prediction from a prior, what label smoothing adds.

    With the prior :math:`u` over classes and :math:`p = \mathrm{softmax}(z)`,

    .. math:: \mathrm{KL}(u \,\|\, p).

    Labels that are smoothed by :math:`\varepsilon` [1]_, which is cross-entropy with
    :math:`(1 - \varepsilon)\, \mathrm{onehot}(y) + \varepsilon u`, are
    :math:`1 - \varepsilon` times the cross-entropy of the labels plus
    :math:`\varepsilon` times this, up to a constant, the entropy of :math:`u`.

    Parameters
    ----------
    student_logits : Tensor of shape (n_samples, n_classes)
        Unnormalised log-probabilities; any finite values are safe.
    teacher_logits, target : Tensor, default=None
        Not used.
    prior : Tensor of shape (n_classes,), default=None
        :math:`u`, probabilities with the sum 1, of which some may be 0. None means the
        uniform one; the shares of the classes among the labels are called "unigram"
        [2]_.

    Returns
    -------
    Tensor of shape (n_samples,)
        In nats, non-negative, zero where the prediction is the prior.

    Raises
    ------
    ValueError
        If the prior has another shape.

    Notes
    -----
    The gradient with respect to the logits is :math:`p - u`. The prior counts the true
    class too, as in torch's ``label_smoothing``; some write
    :math:`\varepsilon / (K - 1)` for the others alone, which is a larger
    :math:`\varepsilon` of this one.

    References
    ----------
    .. [1] C. Szegedy et al., "Rethinking the Inception Architecture for Computer
       Vision", CVPR 2016, Sec. 7. arXiv:1512.00567
    .. [2] G. Pereyra et al., "Regularizing Neural Networks by Penalizing Confident
       Output Distributions", 2017, Sec. 3. arXiv:1701.06548

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import label_smoothing
    >>> sure = torch.tensor([[0.0, 0.0], [4.0, 0.0]])
    >>> label_smoothing(sure)
    tensor([0.0000, 1.3250])
    >>> label_smoothing(sure, prior=torch.tensor([1.0, 0.0]))
    tensor([0.6931, 0.0181])
    """
    log_p = student_logits.log_softmax(dim=1)
    u = _prior(prior, student_logits)
    # One difference, of which both parts are 0 where the prior is.
    return (torch.xlogy(u, u) - u * log_p).sum(dim=1)


def _prior(prior: Tensor | None, logits: Tensor) -> Tensor:
    """The prior, on the logits' device and in their type: (k,)."""
    k = logits.shape[1]
    if prior is None:
        return logits.new_full((k,), 1 / k)
    if prior.shape != (k,):  # (n, 1) and (1,) would broadcast
        raise ValueError(
            f"label_smoothing: prior must have one probability for each class, the "
            f"shape ({k},), got {tuple(prior.shape)}."
        )
    return prior.to(logits)
