"""Bootstrapping: half believe the label, half oneself."""

from __future__ import annotations

import torch
from torch import Tensor

from sklkd.losses._base import LOSSES
from sklkd.losses._labels import check_target, pick


@LOSSES.register(
    "bootstrapping",
    laws={
        "nonnegative",
        "shift_invariant",
        "finite_with_gradient",
        "rows_independent",
    },
)
def bootstrapping(
    student_logits: Tensor,
    teacher_logits: Tensor | None = None,  # noqa: ARG001 - every loss takes the same
    target: Tensor | None = None,
    *,
    target_share: float = 0.95,
    hard: bool = False,
) -> Tensor:
    r"""Cross-entropy of each sample to a mixture of its label and the prediction.

    With the label :math:`t`, one-hot, and :math:`p = \mathrm{softmax}(z)`,

    .. math:: -\sum_k \left[\beta t_k + (1 - \beta)\, s_k\right] \log p_k,

    where :math:`s` is :math:`p` itself, soft, or the one-hot of its largest, hard.

    Parameters
    ----------
    student_logits : Tensor of shape (n_samples, n_classes)
        Unnormalised log-probabilities; any finite values are safe.
    teacher_logits : Tensor, default=None
        Not used.
    target : LongTensor of shape (n_samples,)
        Class indices in ``[0, n_classes)``.
    target_share : float, default=0.95
        :math:`\beta`, in [0, 1]. The paper takes 0.95 for soft, 0.8 for hard.
    hard : bool, default=False
        Whether it is the most likely class that is believed, rather than the whole
        distribution.

    Returns
    -------
    Tensor of shape (n_samples,)
        In nats, non-negative.

    Raises
    ------
    TypeError, ValueError
        If the target is missing, no whole numbers, or not one a row.

    Notes
    -----
    Soft, it is :math:`\beta` times cross-entropy plus :math:`1 - \beta` times the
    entropy :math:`H(p)`, and the gradient flows through both: it rewards confidence,
    the opposite of `confidence_penalty`. Hard, the choice of the class is not
    differentiated, and of equally likely ones one is believed.

    References
    ----------
    .. [1] S. Reed et al., "Training Deep Neural Networks on Noisy Labels with
       Bootstrapping", 2015, Sec. 3. arXiv:1412.6596

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import bootstrapping
    >>> logits = torch.tensor([[9.0, 0.0]])
    >>> bootstrapping(logits, target=torch.tensor([1]), target_share=0.5, hard=True)
    tensor([4.5001])
    """
    labels = check_target("bootstrapping", student_logits, target)
    log_p = student_logits.log_softmax(dim=1)
    cross_entropy = -pick(log_p, labels)
    own = -log_p.max(dim=1).values if hard else _entropy(log_p)
    return target_share * cross_entropy + (1 - target_share) * own


def _entropy(log_p: Tensor) -> Tensor:
    """In nats, with a gradient through both factors: (n, k) -> (n,)."""
    entropy: Tensor = -torch.linalg.vecdot(log_p.exp(), log_p)
    return entropy
