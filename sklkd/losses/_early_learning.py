"""Early-learning regularisation: hold on to what was thought before memorising."""

from __future__ import annotations

import torch
from torch import Tensor

FLOOR = 1e-4  # of probabilities, by which the logarithm of the loss stays above -10


def early_learning(student_logits: Tensor, memory: Tensor) -> Tensor:
    r"""Log of what is missing to agreement with an average of earlier predictions.

    With :math:`p = \mathrm{softmax}(z)`, kept off 0 and 1 by `clamped_probabilities`,
    and the memory :math:`t`,

    .. math:: \log(1 - \langle p, t \rangle).

    Parameters
    ----------
    student_logits : Tensor of shape (n_samples, n_classes)
        Unnormalised log-probabilities; any finite values are safe.
    memory : Tensor of shape (n_samples, n_classes)
        Moving averages of each row's earlier probabilities; zeros where there are none
        yet. No gradient is wanted here.

    Returns
    -------
    Tensor of shape (n_samples,)
        In nats, **at most** zero: zero where there is no memory, and the lower, the
        more the two agree.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Where nothing is clamped, the gradient with respect to the logits is
    :math:`\frac{p_c}{1 - \langle p, t \rangle} \sum_k (t_k - t_c)\, p_k`. It pushes
    towards the class that the memory holds for likely, and so keeps rows with wrong
    labels from being memorised, and right ones from vanishing [1]_.

    The authors' code clamps here and renormalises only what goes into the memory. The
    two differ by less than :math:`K \cdot 10^{-4}` of :math:`p`.

    References
    ----------
    .. [1] S. Liu et al., "Early-Learning Regularization Prevents Memorization of Noisy
       Labels", NeurIPS 2020, Sec. 4. arXiv:2007.00151

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import early_learning
    >>> memory = torch.tensor([[0.5, 0.0], [1.0, 0.0]])
    >>> early_learning(torch.zeros(2, 2), memory)
    tensor([-0.2877, -0.6931])
    """
    if student_logits.shape != memory.shape:
        raise ValueError(
            f"early_learning: student {tuple(student_logits.shape)} and memory "
            f"{tuple(memory.shape)} must have one shape, (n_samples, n_classes)."
        )
    p = clamped_probabilities(student_logits)
    agreement: Tensor = torch.linalg.vecdot(p, memory)
    return torch.log1p(-agreement)


def clamped_probabilities(logits: Tensor) -> Tensor:
    """Probabilities that are nowhere near 0 or 1.

    Clamped to [1e-4, 1 - 1e-4], and divided by their sum, as the memory of
    early-learning regularisation keeps them.

    Parameters
    ----------
    logits : Tensor of shape (n_samples, n_classes)
        Unnormalised log-probabilities; any finite values are safe.

    Returns
    -------
    Tensor of shape (n_samples, n_classes)
        Each row's sum is 1. The gradient is 0 through an entry that was clamped.

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import clamped_probabilities
    >>> clamped_probabilities(torch.tensor([[50.0, 0.0]]))
    tensor([[9.9990e-01, 1.0000e-04]])
    """
    clamped = logits.softmax(dim=1).clamp(FLOOR, 1 - FLOOR)
    return clamped / clamped.sum(dim=1, keepdim=True)
