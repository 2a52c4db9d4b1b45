"""Learning vector quantisation: prototypes that have a class, and their metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sklkd._validation import (
    COUNT,
    POSITIVE,
    Interval,
    check_choice,
    check_flag,
    check_interval,
)
from sklkd.losses import squared_distances
from sklkd.nn._components import centres, check_flat, measured

METRICS = ("euclidean", "relevance", "matrix", "local")
RANKED = ("matrix", "local")  # which have a rank


class LVQ(nn.Module):
    r"""Minus the distance to the nearest prototype of each class.

    The distance of a row :math:`x` to a prototype :math:`w` is

    .. math:: d(x, w) = \|\Omega (x - w)\|^2,

    where :math:`\Omega` is the identity, or is learnt, with
    :math:`\mathrm{tr}(\Omega^\top \Omega) = 1`.

    Parameters
    ----------
    n_features, n_outputs : int
        Number of columns, and of classes.
    n_prototypes : int or sequence of int, default=1
        Number of prototypes of each class, at least 1.
    metric : {"euclidean", "relevance", "matrix", "local"}, default="euclidean"
        The identity; a diagonal, whose squares :math:`\lambda_j \geq 0` weigh columns
        and sum to 1 [1]_; a matrix [2]_; or one matrix for each prototype [2]_.
    rank : int, default=None
        Number of rows of a matrix, at most and by default `n_features`. With 2 or 3 it
        makes a picture.
    soft : bool, default=False
        Whether all prototypes of a class count, not the nearest one only. The outputs
        are then :math:`\log \sum_{w} \exp(-d(x, w) / 2 \sigma^2)` over the class's
        prototypes, whose softmax are probabilities of a mixture of Gaussians [3]_.
    sigma : float, default=1.0
        Their width, positive; with `soft` only.

    Attributes
    ----------
    prototypes : Parameter of shape (sum of n_prototypes, n_features)
        Those of the first class first.
    labels : Tensor of shape (sum of n_prototypes,)
        The class index of each, a buffer: kept with the weights, and not trained.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of another type or out of range.

    Notes
    -----
    The constraint holds by construction, after any step of any optimiser: weights are
    a softmax, and a matrix is divided by its Frobenius norm. It is kept as large as an
    identity, so that a step of Adam is small beside it. "local" takes memory for
    n_samples x n_prototypes x n_features numbers.

    References
    ----------
    .. [1] B. Hammer and T. Villmann, "Generalized relevance learning vector
       quantization", Neural Networks 15, 2002.
    .. [2] P. Schneider, M. Biehl and B. Hammer, "Adaptive Relevance Matrices in
       Learning Vector Quantization", Neural Computation 21(12), 2009 (GMLVQ and its
       local variant).
    .. [3] S. Seo and K. Obermayer, "Soft Learning Vector Quantization", Neural
       Computation 15(7), 2003.

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import LVQ
    >>> net = LVQ(2, 2)
    >>> _ = net.prototypes.data.copy_(torch.tensor([[0.0, 0.0], [3.0, 4.0]]))
    >>> net(torch.tensor([[3.0, 0.0]]))
    tensor([[ -9., -16.]], grad_fn=<StackBackward0>)
    """

    labels: Tensor
    raw_metric: nn.Parameter

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        n_prototypes: int | Sequence[int] = 1,
        metric: str = "euclidean",
        *,
        rank: int | None = None,
        soft: bool = False,
        sigma: float = 1.0,
    ) -> None:
        super().__init__()
        check_interval("LVQ", "n_features", n_features, COUNT)
        check_interval("LVQ", "n_outputs", n_outputs, COUNT)
        check_choice("LVQ", "metric", metric, METRICS)
        check_flag("LVQ", "soft", soft)
        check_interval("LVQ", "sigma", sigma, POSITIVE)
        self.counts = _counts(n_prototypes, n_outputs)
        self.metric, self.soft, self.sigma = metric, soft, sigma
        self.prototypes = nn.Parameter(torch.randn(sum(self.counts), n_features))
        labels = torch.arange(n_outputs).repeat_interleave(torch.tensor(self.counts))
        self.register_buffer("labels", labels)
        rank = _rank(rank, n_features, metric)
        start = {
            "relevance": torch.zeros(n_features),
            "matrix": torch.eye(rank, n_features),
            "local": torch.eye(rank, n_features).repeat(len(labels), 1, 1),
        }
        raw = nn.Parameter(start[metric]) if metric in start else None
        self.register_parameter("raw_metric", raw)

    def forward(self, X: Tensor) -> Tensor:
        """Return the logits: (n_samples, n_features) -> (n_samples, n_outputs)."""
        parts = self.distances(X).split(self.counts, dim=1)
        if self.soft:
            scale = -0.5 / self.sigma**2
            return torch.stack([(scale * part).logsumexp(1) for part in parts], dim=1)
        return torch.stack([-part.amin(dim=1) for part in parts], dim=1)

    def distances(self, X: Tensor) -> Tensor:
        """Return the squared distances: (n, n_features) -> (n, n_prototypes)."""
        check_flat("LVQ", X, self.prototypes.shape[1])
        if self.metric == "euclidean":
            return squared_distances(X, self.prototypes)
        if self.metric == "relevance":
            # The root of a softmax, whose slope is finite where that is nearly 0.
            scale = (self.raw_metric.log_softmax(dim=0) / 2).exp()
            return squared_distances(X * scale, self.prototypes * scale)
        omega = self.omega()
        if self.metric == "local":
            gaps = X.unsqueeze(0) - self.prototypes.unsqueeze(1)
            return (gaps @ omega.mT).square().sum(dim=2).T
        # Measured from their mean, on which no distance depends: less is rounded away.
        centre = self.prototypes.detach().mean(dim=0)
        mapped = (self.prototypes - centre) @ omega.T
        return squared_distances((X - centre) @ omega.T, mapped)

    def omega(self) -> Tensor:
        """Return the matrix of the metric: (rank, n_features), one each if "local"."""
        if self.metric == "euclidean":
            return torch.eye(self.prototypes.shape[1]).to(self.prototypes)
        if self.metric == "relevance":
            return (self.raw_metric.log_softmax(dim=0) / 2).exp().diag()
        norm = torch.linalg.matrix_norm(self.raw_metric, keepdim=True)
        return self.raw_metric / norm

    def relevances(self) -> Tensor:
        """Return the weight of each column: (n_features,), one row each if "local".

        The diagonal of Omega' Omega, which sums to 1; ones where nothing is learnt.
        """
        return self.omega().square().sum(dim=-2)

    @torch.no_grad()
    def start_from(
        self,
        inputs: Tensor,
        target: Tensor,
        weight: Tensor,
        generator: torch.Generator,
    ) -> None:
        """Start at the centres of clusters of each class's rows.

        A metric that is learnt starts from equal weights; with a rank below the number
        of columns from the directions in which rows vary most.

        Parameters
        ----------
        inputs : Tensor of shape (n_samples, n_features)
            Rows as the network sees them.
        target : LongTensor of shape (n_samples,)
            Class indices.
        weight : Tensor of shape (n_samples,)
            Non-negative; a row of weight 0 does not count.
        generator : torch.Generator
            From which a seed for each class is drawn.

        Raises
        ------
        ValueError
            If a class has no rows, or fewer distinct ones than prototypes.
        """
        check_flat("LVQ", inputs, self.prototypes.shape[1])
        inputs, target, weight = measured(inputs, target, weight)
        found = []
        for label, count in enumerate(self.counts):
            chosen = (target == label) & (weight > 0)
            if not chosen.any():
                raise ValueError(
                    f"LVQ: the class with index {label} has no rows with a weight, "
                    "from which its prototypes could start. Pass rows of it."
                )
            of = f" of the class with index {label}"
            rows, mass = inputs[chosen], weight[chosen]
            found.append(centres("LVQ", rows, mass, count, generator=generator, of=of))
        self.prototypes.copy_(torch.cat(found))
        if self.metric == "relevance":
            nn.init.zeros_(self.raw_metric)
        elif self.metric in RANKED:
            self.raw_metric.copy_(_axes(self.raw_metric.shape[-2], inputs, weight))

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        return (
            f"n_features={self.prototypes.shape[1]}, n_prototypes={self.counts}, "
            f"metric={self.metric!r}, soft={self.soft}"
        )


def _axes(rank: int, rows: Tensor, weight: Tensor) -> Tensor:
    """Directions in which rows vary most, or all columns: (n, d) -> (rank, d)."""
    n_features = rows.shape[1]
    if rank == n_features:
        return torch.eye(rank)
    share = (weight / weight.sum()).unsqueeze(1)
    centred = rows - (share * rows).sum(dim=0)
    axes = torch.linalg.eigh(centred.T @ (share * centred))[1].T.flip(0)[:rank]
    largest = axes.gather(1, axes.abs().argmax(dim=1, keepdim=True))
    return axes * largest.sign()  # which eigh leaves open


def _counts(n_prototypes: Any, n_outputs: int) -> tuple[int, ...]:
    """Number of prototypes of each class, from one number or one for each."""
    several = isinstance(n_prototypes, (Sequence, np.ndarray))
    if isinstance(n_prototypes, str) or not several:
        n_prototypes = [n_prototypes] * n_outputs
    counts = list(n_prototypes)
    if len(counts) != n_outputs:
        raise ValueError(
            "LVQ: n_prototypes must be one integer, or one for each of the "
            f"{n_outputs} classes, got {len(counts)}."
        )
    for count in counts:
        check_interval("LVQ", "n_prototypes", count, COUNT)
    return tuple(int(count) for count in counts)


def _rank(rank: int | None, n_features: int, metric: str) -> int:
    """The number of rows of a matrix."""
    if rank is None:
        return n_features
    if metric not in RANKED:
        raise ValueError(
            f"LVQ: rank is that of metric='matrix' or 'local', got rank={rank!r} with "
            f"metric={metric!r}. Leave it out."
        )
    check_interval("LVQ", "rank", rank, Interval(1, n_features, integer=True))
    return rank
