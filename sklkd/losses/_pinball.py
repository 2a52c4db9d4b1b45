"""The pinball loss: what a quantile loses to a value."""

from __future__ import annotations

import torch
from torch import Tensor

from sklkd.losses._base import LOSSES, check_same_shape


@LOSSES.register(
    "pinball",
    laws={"nonnegative", "zero_at_teacher", "finite_with_gradient", "rows_independent"},
)
def pinball(
    student_values: Tensor,
    teacher_values: Tensor,
    target: Tensor | None = None,  # noqa: ARG001 - every loss takes the same three
    *,
    level: float = 0.5,
) -> Tensor:
    r"""Pinball loss of each sample, averaged over its outputs.

    With a gap of :math:`u = \text{teacher} - \text{student}` an output loses

    .. math:: \max(\lambda u, (\lambda - 1) u),

    the least mean of which, over values that are drawn, is at their quantile of level
    :math:`\lambda` [1]_.

    Parameters
    ----------
    student_values : Tensor of shape (n_samples, n_outputs)
        Predicted quantiles.
    teacher_values : Tensor of shape (n_samples, n_outputs)
        Values that were observed, in the same unit.
    target : Tensor, default=None
        Not used.
    level : float, default=0.5
        :math:`\lambda`, in (0, 1). At 0.5 it is half the absolute error.

    Returns
    -------
    Tensor of shape (n_samples,)
        In units of the values, non-negative, zero where the two agree.

    References
    ----------
    .. [1] R. Koenker, G. Bassett, "Regression Quantiles", Econometrica 46, 1978,
       Sec. 2.

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import pinball
    >>> student = torch.tensor([[0.0], [2.0]])
    >>> pinball(student, torch.tensor([[1.0], [1.0]]), level=0.9)
    tensor([0.9000, 0.1000])
    """
    check_same_shape(student_values, teacher_values)
    gap = teacher_values - student_values
    return torch.maximum(level * gap, (level - 1) * gap).mean(dim=1)
