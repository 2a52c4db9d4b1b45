"""Generalised cross-entropy: believe a label less, the less likely it looks."""

from __future__ import annotations

import torch
from torch import Tensor

from sklkd.losses._base import LOSSES
from sklkd.losses._labels import log_likelihood


@LOSSES.register(
    "generalized_cross_entropy",
    laws={
        "nonnegative",
        "shift_invariant",
        "finite_with_gradient",
        "rows_independent",
    },
)
def generalized_cross_entropy(
    student_logits: Tensor,
    teacher_logits: Tensor | None = None,  # noqa: ARG001 - every loss takes the same
    target: Tensor | None = None,
    *,
    q: float = 0.7,
) -> Tensor:
    r"""Generalised cross-entropy of each sample, between cross-entropy and error.

    With the probability :math:`p_y` of the label,

    .. math:: (1 - p_y^q) / q,

    which is cross-entropy as :math:`q \to 0`, and at :math:`q = 1` half the absolute
    error of the probabilities, :math:`1 - p_y`.

    Parameters
    ----------
    student_logits : Tensor of shape (n_samples, n_classes)
        Unnormalised log-probabilities; any finite values are safe.
    teacher_logits : Tensor, default=None
        Not used.
    target : LongTensor of shape (n_samples,)
        Class indices in ``[0, n_classes)``.
    q : float, default=0.7
        In (0, 1]. Larger ones bear more wrong labels, and learn more slowly.

    Returns
    -------
    Tensor of shape (n_samples,)
        In [0, 1/q], zero where the label is certain.

    Raises
    ------
    TypeError, ValueError
        If the target is missing, no whole numbers, or not one a row.

    Notes
    -----
    The gradient is that of cross-entropy times :math:`p_y^q`: rows whose label the
    student finds unlikely are heard less. The paper's truncated variant, which drops
    rows and minimises over their weights in turn, is not in here.

    References
    ----------
    .. [1] Z. Zhang, M. Sabuncu, "Generalized Cross Entropy Loss for Training Deep
       Neural Networks with Noisy Labels", NeurIPS 2018, Sec. 3. arXiv:1805.07836

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import generalized_cross_entropy
    >>> logits = torch.tensor([[0.0, 0.0], [9.0, 0.0]])
    >>> generalized_cross_entropy(logits, target=torch.tensor([0, 1]), q=1.0)
    tensor([0.5000, 0.9999])
    """
    log_p = log_likelihood("generalized_cross_entropy", student_logits, target)
    return -torch.expm1(q * log_p) / q  # exact for small q, where 1 - p**q cancels
