"""The margin of class scores: the right one above all others by some distance."""

from __future__ import annotations

import torch
from torch import Tensor

from sklkd.losses._base import LOSSES
from sklkd.losses._labels import check_target, pick


@LOSSES.register(
    "components_margin",
    laws={"nonnegative", "finite_with_gradient", "rows_independent"},
)
def components_margin(
    student_logits: Tensor,
    teacher_logits: Tensor | None = None,  # noqa: ARG001 - every loss takes the same
    target: Tensor | None = None,
    *,
    margin: float = 0.3,
) -> Tensor:
    r"""What the score of each row's class lacks of a margin over the best other score.

    The outputs are logarithms of scores :math:`p_c \in [0, 1]`, as those of
    :class:`sklkd.nn.Components`, which need not sum to 1. The loss is

    .. math:: \max\bigl(0,\; \max_{c \neq y} p_c - p_y + m\bigr).

    Parameters
    ----------
    student_logits : Tensor of shape (n_samples, n_classes)
        Logarithms of scores, at most 0. What is above counts as 0, a score of 1.
    teacher_logits : Tensor, default=None
        Not used.
    target : LongTensor of shape (n_samples,)
        Class indices in ``[0, n_classes)``.
    margin : float, default=0.3
        :math:`m`, in (0, 1].

    Returns
    -------
    Tensor of shape (n_samples,)
        In [0, 1 + margin], zero where the margin is kept. A row is right where it is
        less than `margin`.

    Raises
    ------
    TypeError, ValueError
        If the target is missing, no whole numbers, or not one a row.

    Notes
    -----
    It is of scores, not of their logarithms: adding a constant to a row changes it.
    With a single class there is no other score, and nothing to lose.

    References
    ----------
    .. [1] S. Saralajew, L. Holdijk, M. Rees, E. Asan and T. Villmann, "Classification-
       by-Components: Probabilistic Modeling of Reasoning over a Set of Components",
       NeurIPS 2019, Sec. 2.

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import components_margin
    >>> scores = torch.tensor([[0.9, 0.2, 0.1], [0.5, 0.4, 0.6]])
    >>> components_margin(scores.log(), target=torch.tensor([0, 0]))
    tensor([0.0000, 0.4000])
    """
    labels = check_target("components_margin", student_logits, target)
    scores = student_logits.clamp_max(0.0).exp()
    best_other = scores.scatter(1, labels.unsqueeze(1), -torch.inf).amax(dim=1)
    return (best_other - pick(scores, labels) + margin).relu()
