"""Distances between rows and prototypes, safe where a row lies on a prototype."""

from __future__ import annotations

import torch
from torch import Tensor

LARGE = 2**24  # numbers that differences may take: 64 MiB in float32


def squared_distances(X: Tensor, prototypes: Tensor) -> Tensor:
    r"""Squared Euclidean distance of every row to every prototype.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        Rows.
    prototypes : Tensor of shape (n_prototypes, n_features)
        What they are compared with.

    Returns
    -------
    Tensor of shape (n_samples, n_prototypes)
        Never negative, in squared units of the features.

    Raises
    ------
    ValueError
        If the two differ in their number of features.

    Notes
    -----
    Differences are taken, which gives an exact zero where a row lies on a prototype.
    They are kept for the gradient, n_samples x n_prototypes x n_features of them. Where
    a gradient is wanted and these are more than 2**24,

    .. math:: \|x\|^2 - 2 \langle x, w \rangle + \|w\|^2

    takes their place, which needs no more memory than the result. There two large
    numbers cancel: what comes out is off by about the type's precision times
    :math:`\|x\|^2 + \|w\|^2`, measured from the mean of the prototypes, and what
    falls below zero is set to zero. Without a gradient rows are taken in parts, so
    that predictions are by differences always.

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import squared_distances
    >>> prototypes = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    >>> squared_distances(torch.tensor([[3.0, 4.0]]), prototypes)
    tensor([[25.,  0.]])
    """
    if X.ndim != 2 or prototypes.ndim != 2 or X.shape[1] != prototypes.shape[1]:
        raise ValueError(
            "squared_distances: rows and prototypes must have the shapes (n_samples, "
            f"n_features) and (n_prototypes, n_features), got {tuple(X.shape)} and "
            f"{tuple(prototypes.shape)}."
        )
    trains = torch.is_grad_enabled() and (X.requires_grad or prototypes.requires_grad)
    if trains and len(X) * prototypes.numel() > LARGE:
        return _expanded(X, prototypes)
    n_rows = max(1, LARGE // max(1, prototypes.numel()))
    return torch.cat([_by_differences(part, prototypes) for part in X.split(n_rows)])


def distances(X: Tensor, prototypes: Tensor) -> Tensor:
    """Euclidean distance of every row to every prototype.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        Rows.
    prototypes : Tensor of shape (n_prototypes, n_features)
        What they are compared with.

    Returns
    -------
    Tensor of shape (n_samples, n_prototypes)
        Never negative, in units of the features.

    Raises
    ------
    ValueError
        If the two differ in their number of features.

    Notes
    -----
    The distance has no slope where a row lies on a prototype. The gradient is zero
    there, the middle of all slopes around, and finite everywhere. What is said of
    differences at `squared_distances` holds here too.

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import distances
    >>> prototypes = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    >>> distances(torch.tensor([[3.0, 4.0]]), prototypes)
    tensor([[5., 0.]])
    """
    squared = squared_distances(X, prototypes)
    is_zero = squared == 0
    # Masked twice: an infinite slope times a gradient of zero would be NaN.
    return squared.masked_fill(is_zero, 1.0).sqrt().masked_fill(is_zero, 0.0)


def prototypes_to_rows(distances: Tensor) -> Tensor:
    r"""How far prototypes are from the rows that are nearest to them.

    The mean over prototypes of the least distance to a row,

    .. math:: \frac{1}{P} \sum_k \min_i d_{ik}.

    It is small where each prototype looks like some row.

    Parameters
    ----------
    distances : Tensor of shape (n_samples, n_prototypes)
        Distances, in [1]_ squared ones; at least one row.

    Returns
    -------
    Tensor of shape ()
        One value of the batch, in units of the distances. It depends on which rows are
        in the batch, and is noisy where they are few.

    References
    ----------
    .. [1] O. Li, H. Liu, C. Chen and C. Rudin, "Deep Learning for Case-Based Reasoning
       through Prototypes", AAAI 2018, "Cost Function" (R1). arXiv:1710.04806

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import prototypes_to_rows
    >>> prototypes_to_rows(torch.tensor([[0.0, 4.0], [1.0, 6.0]]))
    tensor(2.)
    """
    return distances.amin(dim=0).mean()


def rows_to_prototypes(distances: Tensor) -> Tensor:
    r"""How far each row is from the prototype that is nearest to it.

    .. math:: \min_k d_{ik},

    whose mean over rows is small where every row has a prototype that looks like it.

    Parameters
    ----------
    distances : Tensor of shape (n_samples, n_prototypes)
        Distances, in [1]_ squared ones.

    Returns
    -------
    Tensor of shape (n_samples,)
        In units of the distances.

    References
    ----------
    .. [1] O. Li, H. Liu, C. Chen and C. Rudin, "Deep Learning for Case-Based Reasoning
       through Prototypes", AAAI 2018, "Cost Function" (R2). arXiv:1710.04806

    Examples
    --------
    >>> import torch
    >>> from sklkd.losses import rows_to_prototypes
    >>> rows_to_prototypes(torch.tensor([[0.0, 4.0], [7.0, 6.0]]))
    tensor([0., 6.])
    """
    return distances.amin(dim=1)


def _by_differences(X: Tensor, prototypes: Tensor) -> Tensor:
    """Squared distances, exactly zero where there is none: (n, d), (p, d) -> (n, p)."""
    return (X.unsqueeze(1) - prototypes).square().sum(dim=2)


def _expanded(X: Tensor, prototypes: Tensor) -> Tensor:
    """Squared distances by a matrix product: (n, d), (p, d) -> (n, p).

    Measured from the mean of the prototypes. No distance depends on that, and less
    cancels.
    """
    centre = prototypes.detach().mean(dim=0)
    X, prototypes = X - centre, prototypes - centre
    lengths = X.square().sum(1, keepdim=True) + prototypes.square().sum(1)
    return (lengths - 2 * X @ prototypes.T).clamp_min(0.0)
