"""Squared error: imitate a regressor's values."""

from __future__ import annotations

from torch import Tensor

from sklkd.losses._base import LOSSES, check_same_shape


@LOSSES.register(
    "squared_error",
    laws={
        "nonnegative",
        "zero_at_teacher",
        "minimised_only_at_teacher",
        "finite_with_gradient",
        "rows_independent",
    },
)
def squared_error(
    student_values: Tensor,
    teacher_values: Tensor,
    target: Tensor | None = None,  # noqa: ARG001 - every loss takes the same three
) -> Tensor:
    """Squared error of each sample, averaged over its outputs.

    Parameters
    ----------
    student_values, teacher_values : Tensor of shape (n_samples, n_outputs)
        Predicted values in one unit; inside an estimator, standardised targets.
    target : Tensor, default=None
        Not used.

    Returns
    -------
    Tensor of shape (n_samples,)
        In squared units of the values, non-negative, zero where the two agree.

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import squared_error
    >>> squared_error(torch.tensor([[1.0, 3.0]]), torch.tensor([[1.0, 1.0]]))
    tensor([2.])
    """
    check_same_shape(student_values, teacher_values)
    return (student_values - teacher_values).square().mean(dim=1)
