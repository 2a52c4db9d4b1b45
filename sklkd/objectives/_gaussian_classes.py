"""Gaussian classes as an objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from sklkd._validation import NON_NEGATIVE, POSITIVE, Interval
from sklkd.losses import gaussian_classes
from sklkd.objectives._base import Batch, Objective


class GaussianClasses(Objective):
    """Let the outputs for each class be one Gaussian, far from the others'.

    The loss is :func:`sklkd.losses.gaussian_classes`, of the student's outputs as
    features. It takes the place of the label's cross-entropy: leave that out, by
    ``label_weight=0`` or ``soft_weight=1``.

    Parameters
    ----------
    margin : float, default=10.0
        Above 0, how far along its own axis the mean of a class shall be.
    sigma : float, default=1.0
        Above 0, the standard deviation that is wanted in every direction.
    kurtosis_weight : float, default=0.2
        At least 0, how much tails count that are not a Gaussian's.
    ridge : float, default=1e-3
        Above 0, added to every variance of a class in a batch.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    Notes
    -----
    This is in the spirit of [1]_; the numbers are choices of this library, since the
    paper's were not at hand.

    Every row has the value of its batch, in which all rows count alike, whatever their
    weights. Classes with fewer than K + 2 rows in a batch, K being the number of
    classes, are badly estimated; take large batches.

    Outputs are about `margin` apart, so that probabilities made of them are all but
    certain: calibrate them where they matter.

    References
    ----------
    .. [1] A. Ali et al., "Beyond cross-entropy: learning highly separable feature
       distributions for robust and accurate classification", ICPR 2020.
       arXiv:2010.15487

    Examples
    --------
    >>> from sklkd.objectives import GaussianClasses
    >>> GaussianClasses(margin=5.0)
    GaussianClasses(margin=5.0)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "margin": POSITIVE,
        "sigma": POSITIVE,
        "kurtosis_weight": NON_NEGATIVE,
        "ridge": POSITIVE,
    }
    needs = frozenset({"target"})
    laws = frozenset({"nonnegative", "finite_with_gradient"})

    def __init__(
        self,
        margin: float = 10.0,
        sigma: float = 1.0,
        *,
        kurtosis_weight: float = 0.2,
        ridge: float = 1e-3,
        weight: float = 1.0,
    ) -> None:
        self.margin = margin
        self.sigma = sigma
        self.kurtosis_weight = kurtosis_weight
        self.ridge = ridge
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return the batch's value, once for each sample: (n_samples,)."""
        return gaussian_classes(
            batch.student,
            target=batch.target,
            margin=self.margin,
            sigma=self.sigma,
            kurtosis_weight=self.kurtosis_weight,
            ridge=self.ridge,
        )
