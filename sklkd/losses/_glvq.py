"""Generalised learning vector quantisation: one's own prototype nearer than others."""

from __future__ import annotations

import torch
from torch import Tensor

from sklkd.losses._base import LOSSES
from sklkd.losses._labels import check_target, pick


@LOSSES.register(
    "glvq", laws={"nonnegative", "finite_with_gradient", "rows_independent"}
)
def glvq(
    student_logits: Tensor,
    teacher_logits: Tensor | None = None,  # noqa: ARG001 - every loss takes the same
    target: Tensor | None = None,
    *,
    beta: float | None = None,
) -> Tensor:
    r"""How much nearer each row is to the wrong prototypes than to the right ones.

    The outputs are *minus* distances to the classes, as those of
    :class:`sklkd.nn.LVQ`. With the distance :math:`d^+` to the row's own class and
    :math:`d^-` to the nearest other one, the relative distance difference

    .. math:: \mu = \frac{d^+ - d^-}{d^+ + d^-} \in [-1, 1]

    is negative where the row is classified rightly. The loss is :math:`\mu + 1`, so
    that it is not negative, or the sigmoid of :math:`\beta \mu` [1]_.

    Parameters
    ----------
    student_logits : Tensor of shape (n_samples, n_classes)
        Minus the distance, of any kind, to each class; at most 0. What is above counts
        as a distance of 0.
    teacher_logits : Tensor, default=None
        Not used.
    target : LongTensor of shape (n_samples,)
        Class indices in ``[0, n_classes)``.
    beta : float, default=None
        Steepness, above 0, of the sigmoid, with which rows far on either side count
        less and the loss comes near to the number of errors. None takes no sigmoid.

    Returns
    -------
    Tensor of shape (n_samples,)
        In [0, 2], and 1 where both distances are the same, which zeros are too; with
        `beta` in (0, 1), and 1/2 there. A row is right where it is less than that.

    Raises
    ------
    TypeError, ValueError
        If the target is missing, no whole numbers, or not one a row.

    Notes
    -----
    All distances times a constant are the same to it; they are *not* logits, to which
    one might add a constant. Where both are zero there is no direction to go, and the
    gradient is zero. With a single class there is nothing to tell apart: the loss is
    that of :math:`d^- \to \infty`.

    References
    ----------
    .. [1] A. Sato and K. Yamada, "Generalized Learning Vector Quantization", NIPS 1995:
       the relative distance difference.

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import glvq
    >>> distances = torch.tensor([[0.0, 2.0, 5.0], [3.0, 1.0, 5.0]])
    >>> glvq(-distances, target=torch.tensor([0, 0]))
    tensor([0.0000, 1.5000])
    """
    labels = check_target("glvq", student_logits, target)
    gaps = -student_logits.clamp_max(0.0)
    own = pick(gaps, labels)
    other = gaps.scatter(1, labels.unsqueeze(1), torch.inf).amin(dim=1)
    total = own + other
    is_zero = total <= torch.finfo(total.dtype).tiny  # 1 / total would be infinite
    # 1 + mu in one fraction: it stays exact near 0, and with `other` infinite.
    share = 2 * own / total.masked_fill(is_zero, 1.0)
    value = share.masked_fill(is_zero, 1.0)
    return value if beta is None else torch.sigmoid(beta * (value - 1))
