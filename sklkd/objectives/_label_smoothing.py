"""Label smoothing as an objective, and the priors that labels are smoothed with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklkd._validation import check_choice
from sklkd.losses import label_smoothing
from sklkd.objectives._base import Batch, Objective, Setting

PRIORS = ["uniform", "unigram"]
CLOSE = 1e-6  # how far from 1 the sum of a prior may be


class LabelSmoothing(Objective):
    r"""Keep something of a prior in every prediction.

    The loss is :func:`sklkd.losses.label_smoothing`, :math:`\mathrm{KL}(u \,\|\, p)`.
    With a share of :math:`\varepsilon`, beside labels with :math:`1 - \varepsilon`, it
    is what `LabelSmoothingClassifier` does; here it is added to other objectives.

    Parameters
    ----------
    prior : {"uniform", "unigram"} or array-like of shape (n_classes,)
        The same probability for all classes [1]_, the default; their shares among the
        labels [2]_; or probabilities with the sum 1, in the order of the sorted labels.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    References
    ----------
    .. [1] C. Szegedy et al., "Rethinking the Inception Architecture for Computer
       Vision", CVPR 2016, Sec. 7. arXiv:1512.00567
    .. [2] G. Pereyra et al., "Regularizing Neural Networks by Penalizing Confident
       Output Distributions", 2017, Sec. 3.2. arXiv:1701.06548

    Examples
    --------
    >>> from sklkd.objectives import LabelSmoothing, SoftTargets
    >>> SoftTargets(4.0) + 0.1 * LabelSmoothing("unigram")
    Sum(parts=[('soft_targets', SoftTargets(temperature=4.0)),
               ('label_smoothing', LabelSmoothing(prior='unigram', weight=0.1))])
    """

    needs: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, prior: Any = "uniform", *, weight: float = 1.0) -> None:
        self.prior = prior
        self.weight = weight

    def check(self) -> None:
        """Raise if a hyperparameter is out of range."""
        super().check()
        if isinstance(self.prior, str):
            check_choice(type(self).__name__, "prior", self.prior, PRIORS)

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of each sample under a uniform prior: (n_samples,)."""
        return label_smoothing(batch.student)

    def bound(self, setting: Setting) -> Smoothed:
        """Return the term for the classes of one training."""
        share = setting.class_share
        n_classes = setting.n_outputs
        share = np.full(n_classes, 1 / n_classes) if share is None else share
        prior = class_prior(type(self).__name__, self.prior, share)
        return Smoothed(torch.from_numpy(prior).to(setting.device, setting.dtype))


@dataclass(frozen=True, slots=True)
class Smoothed:
    """Label smoothing with a prior of numbers.

    Attributes
    ----------
    prior : Tensor of shape (n_classes,)
        On the student's device.
    """

    prior: Tensor

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of each sample: (n_samples,)."""
        return label_smoothing(batch.student, prior=self.prior)


def class_prior(
    who: str, prior: Any, class_share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turn what was passed as ``prior=`` into probabilities: (n_classes,).

    Parameters
    ----------
    who : str
        Errors start with it.
    prior : {"uniform", "unigram"} or array-like of shape (n_classes,)
        What was passed.
    class_share : ndarray of shape (n_classes,)
        Share of each class among the labels: the unigram prior.

    Raises
    ------
    ValueError
        If it is another word, or not a probability for each class.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.objectives import class_prior
    >>> class_prior("Example", "uniform", np.array([0.9, 0.1]))
    array([0.5, 0.5])
    """
    if isinstance(prior, str):
        check_choice(who, "prior", prior, PRIORS)
        n_classes = len(class_share)
        is_uniform = prior == "uniform"
        return np.full(n_classes, 1 / n_classes) if is_uniform else class_share
    try:
        given = np.array(prior, dtype=np.float64)
    except (TypeError, ValueError):
        given = np.array(np.nan)
    usable = given.shape == class_share.shape and bool((given >= 0).all())
    if not usable or abs(given.sum() - 1) > CLOSE:
        raise ValueError(
            f"{who}: prior must be 'uniform', 'unigram', or {len(class_share)} "
            "probabilities, one for each class in sorted order, with the sum 1, got "
            f"{prior!r}."
        )
    return given
