"""Components whose evidence adds up, and the radius in which no prediction changes."""

from __future__ import annotations

import functools
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sklkd.losses import distances
from sklkd.nn._components import (
    SURE,
    add_width,
    centres,
    check_flat,
    check_sizes,
    class_shares,
    measured,
    start_width,
)

NOTHING = -1e30  # for the logarithm of zero, whose slope would be infinite
LARGE = 2**22  # numbers that a certificate holds at once


class RobustPrototypes(nn.Module):
    r"""Scores of classes from what is there and what is not, with a certificate.

    A prototype :math:`w_k` is a row, and of no class. It is detected by

    .. math:: d_k = \exp(-\|x - w_k\| / \sigma),

    in (0, 1], and a class :math:`c` has one distribution over what it wants to see and
    what not, :math:`\sum_k r^+_{kc} + r^-_{kc} = 1`, a softmax over the :math:`2 P`
    entries. Its score is

    .. math:: p_c = \sum_k r^+_{kc} d_k + r^-_{kc} (1 - d_k),

    in which a prototype cannot speak for and against, nor a single one alone [1]_.

    Parameters
    ----------
    n_features, n_outputs : int
        Number of columns, and of classes.
    n_components : int, default=10
        Number of prototypes.
    sigma : float, default=None
        Width in units of the columns, positive, and the same for all prototypes. None
        learns it, from ``sqrt(n_features)`` or what `start_from` measures.

    Attributes
    ----------
    prototypes : Parameter of shape (n_components, n_features)
        The prototypes.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of another type or out of range.

    Notes
    -----
    Scores do **not** sum to 1. What is put out is their logarithm, so that the softmax
    is the scores divided by their sum.

    References
    ----------
    .. [1] S. Saralajew, A. Rana, T. Villmann and A. Shaker, "A Robust Prototype-Based
       Network with Interpretable RBF Classifier Foundations", AAAI 2025.
       arXiv:2412.15499

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import RobustPrototypes
    >>> net = RobustPrototypes(4, 3, n_components=5)
    >>> net(torch.zeros(2, 4)).shape, net.certified_radius(torch.zeros(2, 4)).shape
    (torch.Size([2, 3]), torch.Size([2]))
    """

    log_sigma: Tensor

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        n_components: int = 10,
        *,
        sigma: float | None = None,
    ) -> None:
        super().__init__()
        check_sizes("RobustPrototypes", n_features, n_outputs, n_components, sigma)
        self.prototypes = nn.Parameter(torch.randn(n_components, n_features))
        self.evidence = nn.Parameter(0.1 * torch.randn(2, n_components, n_outputs))
        add_width(self, sigma, math.sqrt(n_features), learns=True)

    def forward(self, X: Tensor) -> Tensor:
        """Return logarithms of scores: (n, n_features) -> (n, n_outputs), at most 0."""
        log_d = self.log_detections(X)
        positive, negative = self.reasoning()
        scores = log_d.exp() @ positive - torch.expm1(log_d) @ negative
        return scores.clamp(torch.finfo(scores.dtype).tiny, 1.0).log()

    def log_detections(self, X: Tensor) -> Tensor:
        """Return minus the distance in widths: (n, n_features) -> (n, n_components)."""
        check_flat("RobustPrototypes", X, self.prototypes.shape[1])
        return -distances(X, self.prototypes) * (-self.log_sigma).exp()

    def detections(self, X: Tensor) -> Tensor:
        """Return how much of each prototype is there, in [0, 1]: (n, d) -> (n, P)."""
        return self.log_detections(X).exp()

    def reasoning(self) -> Tensor:
        """Return r+ and r-, whose sum in each class is 1: (2, P, n_outputs)."""
        return self.evidence.flatten(0, 1).softmax(dim=0).view_as(self.evidence)

    def certified_radius(
        self, X: Tensor, classes: Tensor | None = None, *, lowest: float = 0.0
    ) -> Tensor:
        """Return how far each row may be moved and stay in its class.

        Parameters
        ----------
        X : Tensor of shape (n_samples, n_features)
            Rows.
        classes : LongTensor of shape (n_samples,), default=None
            Whose radius is asked for; None takes the predicted ones.
        lowest : float, default=0.0
            As of `certified_radii`.

        Returns
        -------
        Tensor of shape (n_samples,)
            In Euclidean units of the columns as the network sees them. It holds for
            scores as they are computed: where two differ by no more than rounding may
            make of them, it is 0.
        """
        log_d = self.log_detections(X)
        if classes is None:
            classes = self(X).argmax(dim=1)
        sigma, (positive, negative) = self.log_sigma.exp(), self.reasoning()
        n_rows = max(1, LARGE // positive.numel())
        certify = functools.partial(
            certified_radii, sigma=sigma, lowest=lowest, slack=self._rounding()
        )
        radii = [
            certify(*part, positive, negative)
            for part in zip(log_d.split(n_rows), classes.split(n_rows), strict=True)
        ]
        return torch.cat(radii)

    @torch.no_grad()
    def start_from(
        self,
        inputs: Tensor,
        target: Tensor,
        weight: Tensor,
        generator: torch.Generator,
    ) -> None:
        """Start at the centres of clusters of rows, and at what classes these hold.

        The evidence for a class is as its probability in a cluster, kept between 0.05
        and 0.95, and the evidence against it as the rest. A width that is learnt starts
        at the mean distance of rows to their nearest centre.

        Parameters
        ----------
        inputs : Tensor of shape (n_samples, n_features)
            Rows as the network sees them.
        target : LongTensor of shape (n_samples,)
            Class indices.
        weight : Tensor of shape (n_samples,)
            Non-negative; a row of weight 0 does not count.
        generator : torch.Generator
            From which a seed is drawn.

        Raises
        ------
        ValueError
            If there are fewer distinct rows than prototypes.
        """
        check_flat("RobustPrototypes", inputs, self.prototypes.shape[1])
        rows, target, weight = measured(inputs, target, weight)
        n = len(self.prototypes)
        found = centres("RobustPrototypes", rows, weight, n, generator=generator)
        self.prototypes.copy_(found)
        gaps = distances(rows, found)
        shares = class_shares(gaps, target, weight, self.evidence.shape[2])
        shares = shares.clamp(SURE, 1 - SURE)
        self.evidence.copy_(torch.stack([shares, 1 - shares]).log())
        start_width(self.log_sigma, gaps.amin(dim=1), weight, power=1.0)

    def _rounding(self) -> float:
        """What rounding may make of a difference of two scores, at the most.

        A distance, and a sum of detections, are off by half an epsilon for each of
        their terms; a score is at most 1.
        """
        n_prototypes, n_features = self.prototypes.shape
        epsilon = torch.finfo(self.prototypes.dtype).eps
        return 2 * (n_prototypes + n_features + 8) * epsilon


def certified_radii(
    log_detections: Tensor,
    classes: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    sigma: Tensor | float,
    lowest: float = 0.0,
    slack: float = 0.0,
) -> Tensor:
    r"""Radius around each row in which no other class gets a better score.

    Against another class :math:`c`, a class :math:`y` has the advantage
    :math:`\sum_k a_k d_k + B`, with :math:`a_k` what :math:`r^+_k - r^-_k` of :math:`y`
    has over that of :math:`c`, and :math:`B` what the sum of :math:`r^-_k` has. A move
    of length :math:`t` changes distances by :math:`t` at most, and so detections by
    factors between :math:`1/u` and :math:`u = e^{t / \sigma}`. At the worst the
    advantage is :math:`P / u - N u + B`, with :math:`P` and :math:`N` the sums of
    :math:`|a_k| d_k` where :math:`a_k` is positive and negative. It stays positive for

    .. math:: t < \sigma \ln \frac{B + \sqrt{B^2 + 4 N P}}{2 N},

    and the radius is the least of these bounds over all other classes.

    Parameters
    ----------
    log_detections : Tensor of shape (n_samples, n_components)
        Minus the Euclidean, not squared, distance to each prototype, over `sigma`.
    classes : LongTensor of shape (n_samples,)
        Class indices whose radius is asked for.
    positive, negative : Tensor of shape (n_components, n_classes)
        :math:`r^+` and :math:`r^-`.
    sigma : Tensor or float
        Width, positive, and common to all prototypes.
    lowest : float, default=0.0
        At most 0, in units of `sigma`, of what is returned. 0 makes certificates. With
        less a class that does not win has a negative radius, and a gradient: it is
        *at least* that far from winning.
    slack : float, default=0.0
        Non-negative: the advantage that shall be left on the rim. 0 is exact, if the
        arithmetic of scores were.

    Returns
    -------
    Tensor of shape (n_samples,)
        Above 0 where the class alone has the best score. Infinite where no move of any
        length makes another class better, of which the gradient is zero.

    Notes
    -----
    Without a negative part, :math:`N = 0`, the bound is infinite for :math:`B \geq 0`
    and :math:`\sigma \ln(P / |B|)` below. Everything is in logarithms: a detection that
    is too small for the type is not taken for one that can never grow.

    For training, ``(gamma - certified_radii(..., target, ..., lowest=-1)).relu()`` is
    what each row lacks of the radius `gamma`.

    It holds for an unsquared distance and one width only. It is exact if all
    prototypes that speak for the class can be left, and the others be approached, along
    one line; otherwise it is on the safe side.

    References
    ----------
    .. [1] S. Saralajew, A. Rana, T. Villmann and A. Shaker, "A Robust Prototype-Based
       Network with Interpretable RBF Classifier Foundations", AAAI 2025.
       arXiv:2412.15499

    Examples
    --------
    One prototype for each of two classes, one row 1 and 3 from them: half the gap.

    >>> import torch
    >>> from sklkd.nn import certified_radii
    >>> log_d, own = torch.tensor([[-1.0, -3.0]]), torch.tensor([0])
    >>> certified_radii(log_d, own, torch.eye(2), torch.zeros(2, 2), sigma=1.0)
    tensor([1.])
    """
    leaning = (positive - negative).T
    gaps = leaning[classes].unsqueeze(1) - leaning  # (n, K, P)
    absent = negative.sum(dim=0)
    offset = absent[classes].unsqueeze(1) - absent - slack
    own = F.one_hot(classes, len(leaning)).bool()
    bounds = _log_root(_log_sum(gaps, log_detections), offset, gaps, log_detections)
    least = bounds.masked_fill(own, torch.inf).amin(dim=1).clamp_min(lowest)
    # Apart, for an infinite radius times a gradient of zero would be NaN.
    never = least == torch.inf
    return (sigma * least.masked_fill(never, 0.0)).masked_fill(never, torch.inf)


def _log_root(
    log_gain: Tensor, offset: Tensor, gaps: Tensor, log_detections: Tensor
) -> Tensor:
    """Logarithm of the positive root u of N u^2 - B u - P: (n, K)."""
    log_loss = _log_sum(-gaps, log_detections)
    is_zero = offset == 0
    log_b = offset.abs().masked_fill(is_zero, 1.0).log().masked_fill(is_zero, NOTHING)
    log_product = log_gain + log_loss + math.log(4)
    log_total = torch.logaddexp(log_b, torch.logaddexp(2 * log_b, log_product) / 2)
    # |B| + sqrt(B^2 + 4 N P) stands above for B >= 0, and below for B < 0, where the
    # root as it is written would cancel.
    above = log_total - math.log(2) - log_loss
    below = log_gain + math.log(2) - log_total
    root = torch.where(offset >= 0, above, below)
    gains, loses = (gaps > 0).any(dim=2), (gaps < 0).any(dim=2)
    never = ~loses & ((offset > 0) | (is_zero & gains))
    return root.masked_fill(never, torch.inf)


def _log_sum(gaps: Tensor, log_detections: Tensor) -> Tensor:
    """Log of the sum of positive gaps times detections: (n, K, P), (n, P) -> (n, K)."""
    counts = gaps > 0
    logs = gaps.masked_fill(~counts, 1.0).log() + log_detections.unsqueeze(1)
    return logs.masked_fill(~counts, NOTHING).logsumexp(dim=2)
