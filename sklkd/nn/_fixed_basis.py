"""A head without parameters: how near a feature is to fixed directions, one a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.linalg import helmert
from torch import Tensor, nn

from sklkd._validation import COUNT, POSITIVE, Interval, check_choice, check_interval
from sklkd.nn._mlp import MLP

BASES = ("identity", "orthogonal", "simplex")
SEED = Interval(0, 2**32, closed="left", integer=True)
SMALL = 1e-12  # of a feature that counts as zero: it has no direction


class FixedBasisHead(nn.Module):
    r"""Cosines between a feature and fixed directions, one for each output.

    It has nothing to learn. What comes before it learns to put a class's features
    along the class's direction :math:`e_k`: the outputs are

    .. math:: s \cos(f, e_k) = s \, \frac{f^\top e_k}{\lVert f \rVert},

    and cross-entropy makes logits of them, as in a fixed classifier [1]_.

    Parameters
    ----------
    n_features, n_outputs : int
        Numbers of features that come in, and of directions.
    basis : {"identity", "orthogonal", "simplex"}, default="identity"
        The directions, which have length 1. "identity" takes the first axes, and
        "orthogonal" axes that are rotated at random; both need as many features as
        outputs. "simplex" takes the corners of a regular simplex around zero, whose
        cosines are all :math:`-1 / (K - 1)`, as far apart as K directions can be [2]_;
        it needs one feature less.
    scale : float, default=10.0
        Greatest size of an output, s; positive.
    random_state : int, default=0
        Seed of "orthogonal", in [0, 2**32).

    Attributes
    ----------
    basis : Tensor of shape (n_outputs, n_features)
        The directions, a buffer: kept with the weights, and not trained.

    Raises
    ------
    ValueError
        If there are too few features for the basis.

    Notes
    -----
    A feature of zero has no direction; its outputs are zero, and the gradient is what
    it is at length 1. A single feature has a sign and no angle, so that nothing can be
    learnt before a head of one.

    References
    ----------
    .. [1] E. Hoffer, I. Hubara and D. Soudry, "Fix your classifier: the marginal value
       of training the last weight layer", ICLR 2018, Sec. 2. arXiv:1801.04540
    .. [2] V. Papyan, X. Y. Han and D. L. Donoho, "Prevalence of neural collapse during
       the terminal phase of deep learning training", PNAS 117(40), 2020, Definition 1
       (Simplex ETF). arXiv:2008.08186

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import FixedBasisHead
    >>> FixedBasisHead(2, 2)(torch.tensor([[3.0, 4.0], [0.0, -2.0]]))
    tensor([[  6.,   8.],
            [  0., -10.]])
    """

    basis: Tensor

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        basis: str = "identity",
        scale: float = 10.0,
        random_state: int = 0,
    ) -> None:
        super().__init__()
        check_choice("FixedBasisHead", "basis", basis, BASES)
        check_interval("FixedBasisHead", "scale", scale, POSITIVE)
        check_interval("FixedBasisHead", "random_state", random_state, SEED)
        _check_sizes(n_features, n_outputs, basis)
        self.scale = scale
        make = {"identity": _axes, "orthogonal": _rotated, "simplex": _corners}[basis]
        rows = make(n_outputs, n_features, random_state)
        # In the type of the layers beside it, which is that of new tensors.
        self.register_buffer("basis", rows.to(torch.empty(0).dtype))

    def forward(self, features: Tensor) -> Tensor:
        """Return the cosines, scaled: (n, n_features) -> (n, n_outputs)."""
        return self.scale * F.linear(_direction(features), self.basis)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        n_outputs, n_features = self.basis.shape
        return f"n_features={n_features}, n_outputs={n_outputs}, scale={self.scale}"


class FixedBasisNet(nn.Module):
    """A multilayer perceptron under a `FixedBasisHead`, for classification.

    Parameters
    ----------
    n_features, n_outputs : int
        Width of the input, and number of classes.
    hidden : sequence of int, default=(128, 128)
        Width of each hidden layer, as of `MLP`.
    basis : {"identity", "orthogonal", "simplex"}, default="identity"
        Directions of the classes, as of `FixedBasisHead`.
    scale : float, default=10.0
        Greatest size of a logit; positive.
    n_components : int, default=None
        Number of features that the head gets. None takes `n_outputs`, and 2 at least;
        the net then has the parameters of an `MLP`.
    random_state : int, default=0
        Seed of the basis "orthogonal".
    **body : Any
        ``activation``, ``dropout`` and ``dropout_layer`` of `MLP`.

    Examples
    --------
    >>> from sklkd import StudentNet
    >>> from sklkd.nn import FixedBasisNet
    >>> FixedBasisNet(4, 3).head
    FixedBasisHead(n_features=3, n_outputs=3, scale=10.0)
    >>> net = StudentNet(FixedBasisNet, module__basis="simplex", standardize=True)
    """

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        hidden: Sequence[int] = (128, 128),
        *,
        basis: str = "identity",
        scale: float = 10.0,
        n_components: int | None = None,
        random_state: int = 0,
        **body: Any,
    ) -> None:
        super().__init__()
        width = max(2, n_outputs) if n_components is None else n_components
        self.head = FixedBasisHead(width, n_outputs, basis, scale, random_state)
        self.body = MLP(n_features, width, hidden, **body)

    def forward(self, X: Tensor) -> Tensor:
        """Return the logits: (n_samples, n_features) -> (n_samples, n_outputs)."""
        logits: Tensor = self.head(self.body(X))
        return logits


def _check_sizes(n_features: int, n_outputs: int, basis: str) -> None:
    who = "FixedBasisHead"
    check_interval(who, "n_features", n_features, COUNT)
    check_interval(who, "n_outputs", n_outputs, COUNT)
    if basis == "simplex" and n_outputs == 1:
        raise ValueError(
            f"{who}: basis='simplex' needs n_outputs >= 2, got 1. Pass "
            "basis='identity'."
        )
    least = n_outputs - (basis == "simplex")
    if n_features < least:
        other = "" if basis == "simplex" else ", or basis='simplex' for one less"
        raise ValueError(
            f"{who}: basis={basis!r} needs n_features >= {least} for {n_outputs} "
            f"outputs, got {n_features}. Pass wider features{other}."
        )


def _axes(n_outputs: int, n_features: int, _: int) -> Tensor:
    """The first axes: (n_outputs, n_features)."""
    return torch.eye(n_outputs, n_features, dtype=torch.float64)


def _rotated(n_outputs: int, n_features: int, seed: int) -> Tensor:
    """Orthonormal rows, of all such equally likely: (n_outputs, n_features)."""
    generator = torch.Generator().manual_seed(seed)
    columns, triangle = torch.linalg.qr(
        torch.randn(n_features, n_outputs, dtype=torch.float64, generator=generator)
    )
    # QR leaves signs open, which not every library decides alike.
    return (columns * triangle.diagonal().sign()).T.contiguous()


def _corners(n_outputs: int, n_features: int, _: int) -> Tensor:
    """Corners of a regular simplex, of length 1: (n_outputs, n_features).

    They are the axes less their mean, in coordinates of the space that is left.
    """
    corners = np.zeros((n_outputs, n_features))
    corners[:, : n_outputs - 1] = helmert(n_outputs).T
    return torch.from_numpy(corners * np.sqrt(n_outputs / (n_outputs - 1)))


def _direction(features: Tensor) -> Tensor:
    """Rows of length 1, zero where there is no direction: (n, d) -> (n, d).

    Divided by the greatest entry first, so that no square is too large or too small
    for the type. The direction does not depend on that, and so needs no gradient.
    """
    size = features.detach().abs().amax(dim=-1, keepdim=True)
    is_zero = size <= SMALL
    features = features / size.masked_fill(is_zero, 1.0)
    length = torch.linalg.vector_norm(features, dim=-1, keepdim=True)
    return features / length.masked_fill(is_zero, 1.0)
