"""Gaussian classes: every class one Gaussian of features, far from the others."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from sklkd.losses._base import LOSSES
from sklkd.losses._labels import check_target


@LOSSES.register("gaussian_classes", laws={"nonnegative", "finite_with_gradient"})
def gaussian_classes(
    student_logits: Tensor,
    teacher_logits: Tensor | None = None,  # noqa: ARG001 - every loss takes the same
    target: Tensor | None = None,
    *,
    margin: float = 10.0,
    sigma: float = 1.0,
    kurtosis_weight: float = 0.2,
    ridge: float = 1e-3,
) -> Tensor:
    r"""Distance of a batch's classes from Gaussians on the vertices of a simplex.

    The student's :math:`D` outputs are features, as many as there are classes. Those of
    class :math:`i` shall be :math:`\mathcal{N}(m e_i, \sigma^2 I)`. With the mean
    :math:`\mu_i` and the covariance :math:`S_i` of its rows in the batch, the batch
    loses

    .. math::

        \sum_i \Bigl[ \log\frac{|\sigma^2 I|}{|S_i|} - D
        + \frac{\mathrm{tr}\, S_i}{\sigma^2}
        + \frac{\|\mu_i - m e_i\|^2}{\sigma^2}
        + \lambda \,\bigl|\kappa_i - D (D + 2)\bigr| \Bigr],

    twice the Gaussian divergence :math:`\mathrm{KL}(\text{batch} \,\|\,
    \text{wanted})`, plus the distance of Mardia's kurtosis :math:`\kappa_i`, the mean
    of :math:`((f - \mu_i)^\top S_i^{-1} (f - \mu_i))^2`, from a Gaussian's [2]_.

    Parameters
    ----------
    student_logits : Tensor of shape (n_samples, n_classes)
        The features. The largest tells the class.
    teacher_logits : Tensor, default=None
        Not used.
    target : LongTensor of shape (n_samples,)
        Class indices in ``[0, n_classes)``.
    margin : float, default=10.0
        :math:`m`, above 0: the means are :math:`\sqrt{2}\, m` apart.
    sigma : float, default=1.0
        Standard deviation that is wanted in every direction, above 0.
    kurtosis_weight : float, default=0.2
        :math:`\lambda`, at least 0.
    ridge : float, default=1e-3
        Above 0, added to every variance in :math:`S_i`, which would be singular where a
        class has no more rows than there are classes.

    Returns
    -------
    Tensor of shape (n_samples,)
        The batch's value, non-negative, the same for every row.

    Raises
    ------
    TypeError, ValueError
        If the target is missing, no whole numbers, or not one a row.

    Notes
    -----
    This is in the spirit of [1]_: the form of the divergence and of the kurtosis is
    theirs, while `margin`, `sigma`, `kurtosis_weight` and `ridge` are choices of this
    library, since the paper's were not at hand.

    A class that has one row in the batch counts by the distance of its mean alone, one
    that has none not at all. Covariances mean little with fewer than :math:`D + 2` rows
    of a class, so batches should be large. The value grows with the number of classes
    in the batch and with :math:`D`. A row's value depends on the others'.

    References
    ----------
    .. [1] A. Ali et al., "Beyond cross-entropy: learning highly separable feature
       distributions for robust and accurate classification", ICPR 2020.
       arXiv:2010.15487
    .. [2] K. V. Mardia, "Measures of Multivariate Skewness and Kurtosis with
       Applications", Biometrika 57, 1970.

    Examples
    --------
    One row each, of which the second is where it shall be:

    >>> import torch
    >>> from sklkd.losses import gaussian_classes
    >>> features = torch.tensor([[7.0, 0.0], [0.0, 10.0]])
    >>> gaussian_classes(features, target=torch.tensor([0, 1]))
    tensor([9., 9.])
    """
    labels = check_target("gaussian_classes", student_logits, target)
    n, d = student_logits.shape
    wanted = margin * F.one_hot(labels, d).to(student_logits)
    gaps = (student_logits - wanted) / sigma  # shall be standard normal in every class
    value = student_logits.new_zeros(())
    for label in labels.unique():
        of_class = gaps[labels == label]
        value = value + of_class.mean(dim=0).square().sum()
        if len(of_class) > 1:
            value = value + _shape(of_class, ridge / sigma**2, kurtosis_weight)
    return value.expand(n)


def _shape(gaps: Tensor, ridge: float, kurtosis_weight: float) -> Tensor:
    """Distance of covariance and kurtosis from a standard normal's: (m, d) -> ()."""
    m, d = gaps.shape
    centred = gaps - gaps.mean(dim=0)
    factor = _factor(centred, ridge)
    log_volume = 2 * factor.diagonal().abs().log().sum()
    trace = centred.square().sum() / m + d * ridge
    whitened = torch.linalg.solve_triangular(factor.mT, centred.mT, upper=False)
    kurtosis = whitened.square().sum(dim=0).square().mean()
    return trace - d - log_volume + kurtosis_weight * (kurtosis - d * (d + 2)).abs()


def _factor(centred: Tensor, ridge: float) -> Tensor:
    """Upper triangle R with R'R = covariance + ridge: (m, d) -> (d, d).

    By QR, for a covariance squares the condition: with features of 1e4 the ridge would
    drown in float32, and a Cholesky factor not exist.
    """
    m, d = centred.shape
    base = math.sqrt(ridge) * torch.eye(d, dtype=centred.dtype, device=centred.device)
    factor: Tensor = torch.linalg.qr(torch.cat([centred / math.sqrt(m), base])).R
    return factor
