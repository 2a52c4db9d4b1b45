"""The orthogonal loss: turn a row's features towards the axis of its class."""

from __future__ import annotations

from torch import Tensor

from sklkd.losses._base import LOSSES
from sklkd.losses._labels import check_target, pick


@LOSSES.register("orthogonal", laws={"finite_with_gradient", "rows_independent"})
def orthogonal(
    student_logits: Tensor,
    teacher_logits: Tensor | None = None,  # noqa: ARG001 - every loss takes the same
    target: Tensor | None = None,
    *,
    scale: float = 1.0,
) -> Tensor:
    r"""What is missing of each row's cosine to the axis of its class.

    Every class has an axis :math:`e_k` of a fixed orthonormal basis, and the logits are
    scaled cosines, :math:`z_k = s \langle f / \|f\|, e_k \rangle`, of features
    :math:`f`. Then a row of class :math:`y` loses

    .. math:: 1 - z_y / s = \tfrac{1}{2} \left\| f / \|f\| - e_y \right\|^2.

    Parameters
    ----------
    student_logits : Tensor of shape (n_samples, n_classes)
        Cosines times `scale`, each in [-scale, scale]: what a network puts out whose
        last layer is such a basis. For anything else the loss has no lower bound.
    teacher_logits : Tensor, default=None
        Not used.
    target : LongTensor of shape (n_samples,)
        Class indices in ``[0, n_classes)``.
    scale : float, default=1.0
        :math:`s`, above 0, what the network multiplies cosines with.

    Returns
    -------
    Tensor of shape (n_samples,)
        In [0, 2], up to rounding; zero where the features point along the class's axis.

    Raises
    ------
    TypeError, ValueError
        If the target is missing, no whole numbers, or not one a row.

    Notes
    -----
    This is in the spirit of losses that force features onto a predefined orthogonal
    basis; the form is this library's. It does not change when basis and features are
    rotated together.

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import orthogonal
    >>> cosines = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    >>> orthogonal(cosines, target=torch.tensor([0, 0]))
    tensor([0.0000, 0.4000])
    """
    labels = check_target("orthogonal", student_logits, target)
    return 1 - pick(student_logits, labels) / scale
