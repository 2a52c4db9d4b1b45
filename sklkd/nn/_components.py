"""Classification by components: what is there and what is not, weighed by class."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.cluster import KMeans
from torch import Tensor, nn

from sklkd._validation import COUNT, POSITIVE, check_choice, check_interval
from sklkd.losses import squared_distances

DETECTIONS = ("rbf", "cosine")
SURE = 0.05  # distance from certainty at which a start leaves room to learn


class Components(nn.Module):
    r"""Scores of classes from components that are there, are not, or do not matter.

    A component :math:`w_k` is a row, and of no class. It is detected in a row
    :math:`x` by

    .. math::

        d_k = \exp\frac{-\|x - w_k\|^2}{2 \sigma^2}
        \quad\text{or}\quad d_k = \max(0, \cos(x, w_k)),

    in [0, 1]. A class :math:`c` wants to see it with probability :math:`r^+_{kc}`, not
    to see it with :math:`r^-_{kc}`, and does not mind with :math:`r^0_{kc}`, which sum
    to 1. Among what matters, its score is the share that is as it shall be [1]_,

    .. math::

        p_c = \frac{\sum_k r^+_{kc} d_k + r^-_{kc} (1 - d_k)}
        {\sum_k r^+_{kc} + r^-_{kc}}.

    Parameters
    ----------
    n_features, n_outputs : int
        Number of columns, and of classes.
    n_components : int, default=10
        Number of components.
    detection : {"rbf", "cosine"}, default="rbf"
        How a component is detected. "cosine" does not look at lengths; in a row of
        zeros it detects nothing.
    sigma : float, default=None
        Width of "rbf" in units of the columns, positive. None learns it, from
        ``sqrt(n_features)`` or what `start_from` measures.

    Attributes
    ----------
    prototypes : Parameter of shape (n_components, n_features)
        The components.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of another type or out of range.

    Notes
    -----
    Scores do **not** sum to 1. What is put out is their logarithm, so that the softmax
    is the scores divided by their sum. Logarithms end at that of the type's smallest
    normal number. A class that minds no component has the score 0.

    The three probabilities are pieces of a stick of length 1: with the parameters
    :math:`a, b` and their logistic functions, :math:`r^+ = s(a)`,
    :math:`r^- = (1 - s(a))\, s(b)`, and the rest is :math:`r^0`.

    References
    ----------
    .. [1] S. Saralajew, L. Holdijk, M. Rees, E. Asan and T. Villmann, "Classification-
       by-Components: Probabilistic Modeling of Reasoning over a Set of Components",
       NeurIPS 2019, Sec. 2.

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import Components
    >>> net = Components(4, 3, n_components=5)
    >>> net(torch.zeros(2, 4)).shape, net.reasoning().shape
    (torch.Size([2, 3]), torch.Size([3, 5, 3]))
    """

    log_sigma: Tensor

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        n_components: int = 10,
        detection: str = "rbf",
        *,
        sigma: float | None = None,
    ) -> None:
        super().__init__()
        check_sizes("Components", n_features, n_outputs, n_components, sigma)
        check_choice("Components", "detection", detection, DETECTIONS)
        self.detection = detection
        self.prototypes = nn.Parameter(torch.randn(n_components, n_features))
        self.sticks = nn.Parameter(0.1 * torch.randn(2, n_components, n_outputs))
        add_width(self, sigma, math.sqrt(n_features), learns=detection == "rbf")

    def forward(self, X: Tensor) -> Tensor:
        """Return logarithms of scores: (n, n_features) -> (n, n_outputs), at most 0."""
        detected, missing = self._looked_for(X)
        positive, negative, _ = self.reasoning()
        tiny = torch.finfo(detected.dtype).tiny
        weight = (positive + negative).sum(dim=0).clamp_min(tiny)
        scores = (detected @ positive + missing @ negative) / weight
        return scores.clamp(tiny, 1.0).log()

    def detections(self, X: Tensor) -> Tensor:
        """Return how much of each component is there, in [0, 1]: (n, d) -> (n, P)."""
        return self._looked_for(X)[0]

    def reasoning(self) -> Tensor:
        """Return the probabilities r+, r- and r0, whose sum is 1: (3, P, n_outputs)."""
        a, b = self.sticks
        rest = torch.sigmoid(-a)  # 1 - s(a), without cancelling
        return torch.stack(
            [torch.sigmoid(a), rest * torch.sigmoid(b), rest * torch.sigmoid(-b)]
        )

    @torch.no_grad()
    def start_from(
        self,
        inputs: Tensor,
        target: Tensor,
        weight: Tensor,
        generator: torch.Generator,
    ) -> None:
        """Start at the centres of clusters of rows, and at what classes these hold.

        A class wants to see a cluster with the probability of the class in it, kept
        between 0.05 and 0.95. A width that is learnt starts at the root of the mean
        squared distance of rows to their nearest centre.

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
            If there are fewer distinct rows than components.
        """
        check_flat("Components", inputs, self.prototypes.shape[1])
        rows, target, weight = measured(inputs, target, weight)
        if self.detection == "cosine":
            weight = weight * rows.any(dim=1)  # a row of zeros has no direction
            rows = F.normalize(rows)
        n = len(self.prototypes)
        found = centres("Components", rows, weight, n, generator=generator)
        self.prototypes.copy_(found)
        gaps = squared_distances(rows, found)
        shares = class_shares(gaps, target, weight, self.sticks.shape[2])
        self.sticks[0] = shares.clamp(SURE, 1 - SURE).logit()
        self.sticks[1] = 0.0
        start_width(self.log_sigma, gaps.amin(dim=1), weight, power=0.5)

    def _looked_for(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """What is there of each component, and what is not: (n, d) -> (n, P) twice."""
        check_flat("Components", X, self.prototypes.shape[1])
        if self.detection == "cosine":
            cosines = F.linear(F.normalize(X), F.normalize(self.prototypes))
            detected = cosines.relu().clamp_max(1.0)
            return detected, 1 - detected
        gaps = squared_distances(X, self.prototypes)
        exponent = -gaps * (-2 * self.log_sigma).exp() / 2
        return exponent.exp(), -torch.expm1(exponent)


def check_sizes(
    who: str, n_features: int, n_outputs: int, n_components: int, sigma: float | None
) -> None:
    """Raise unless there is at least one of each, and a width is positive."""
    sizes = {
        "n_features": n_features,
        "n_outputs": n_outputs,
        "n_components": n_components,
    }
    for name, value in sizes.items():
        check_interval(who, name, value, COUNT)
    if sigma is not None:
        check_interval(who, "sigma", sigma, POSITIVE)


def measured(
    inputs: Tensor, target: Tensor, weight: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """What a start is computed from, on the CPU, and in float64 what is no index."""
    return inputs.cpu().double(), target.cpu().long(), weight.cpu().double()


def check_flat(who: str, X: Tensor, n_features: int) -> None:
    """Raise unless X has the shape (n, n_features)."""
    if X.ndim != 2 or X.shape[1] != n_features:
        raise ValueError(
            f"{who}: rows must be flat, of shape (n_samples, {n_features}), got "
            f"{tuple(X.shape)}. Flatten what is no vector, such as an image."
        )


def add_width(
    module: nn.Module, sigma: float | None, start: float, *, learns: bool
) -> None:
    """Give a module `log_sigma`: a parameter, or a buffer where there is no choice."""
    log_sigma = torch.log(torch.full_like(torch.empty(()), sigma or start))
    if sigma is None and learns:
        module.log_sigma = nn.Parameter(log_sigma)
    else:
        module.register_buffer("log_sigma", log_sigma)


def start_width(
    log_sigma: Tensor, nearest: Tensor, weight: Tensor, *, power: float
) -> None:
    """Set a width that is learnt to the mean of (n,) distances, to a power.

    It stays where it was if all distances are zero.
    """
    width = mean_of(nearest, weight) ** power
    if isinstance(log_sigma, nn.Parameter) and width > 0:
        log_sigma.copy_(width.log())


def mean_of(values: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean: (n,), (n,) -> ()."""
    return (values * weight).sum() / weight.sum()


def class_shares(
    gaps: Tensor, target: Tensor, weight: Tensor, n_outputs: int
) -> Tensor:
    """Share of each class in what is nearest to each centre: (n, P) -> (P, K).

    Zeros for a centre that is nearest to nothing.
    """
    hits = F.one_hot(gaps.argmin(dim=1), gaps.shape[1]).to(weight)
    classes = F.one_hot(target, n_outputs).to(weight)
    mass = hits.T @ (classes * weight.unsqueeze(1))
    return mass / mass.sum(dim=1, keepdim=True).clamp_min(1e-300)


def centres(
    who: str,
    rows: Tensor,
    weight: Tensor,
    n_centres: int,
    *,
    generator: torch.Generator,
    of: str = "",
) -> Tensor:
    """Centres of clusters of weighted rows, by k-means: (n, d) -> (n_centres, d).

    Of what `measured` returns. Equal rows are one row with their joint weight, in an
    order of their own: a weight of 2 is a repeated row, and the order in which rows
    come does not matter.
    """
    device = generator.device
    seed = int(torch.randint(2**31 - 1, (1,), generator=generator, device=device))
    distinct, mass = _distinct(rows, weight)
    if len(distinct) < n_centres:
        raise ValueError(
            f"{who}: {n_centres} prototypes need as many distinct rows{of}, got "
            f"{len(distinct)}. Pass fewer prototypes, or more rows."
        )
    found = KMeans(n_centres, random_state=seed).fit(distinct, sample_weight=mass)
    # Summed anew, in one order: KMeans has one of its own for each number of threads.
    # From one of the cluster's rows on, so that the centre of one row is that row: an
    # unsquared distance has a slope of 1 where rounding sets the two apart.
    label, origin = found.labels_, found.cluster_centers_.copy()
    held, first = np.unique(label, return_index=True)
    origin[held] = distinct[first]
    moved = np.column_stack([(distinct - origin[label]) * mass[:, None], mass])
    sums = np.zeros((n_centres, moved.shape[1]))
    np.add.at(sums, label, moved)
    return torch.from_numpy(origin + sums[:, :-1] / sums[:, -1:].clip(1e-300))


def _distinct(rows: Tensor, weight: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Rows that differ, in an order of their own, and the weight of each."""
    mass = weight.numpy()
    # A zero makes minus zero zero; big-endian bytes sort much as numbers do.
    table = rows.numpy()[mass > 0] + 0.0
    keys = np.ascontiguousarray(table.astype(">f8")).view(f"V{8 * table.shape[1]}")
    _, first, group = np.unique(keys.ravel(), return_index=True, return_inverse=True)
    return table[first], np.bincount(group.ravel(), weights=mass[mass > 0])
