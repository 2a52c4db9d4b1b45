"""An autoencoder that classifies by distances to prototypes in what it encodes."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sklkd._validation import COUNT, check_flag, check_interval
from sklkd.losses import rows_to_prototypes, squared_distances
from sklkd.nn._components import centres, check_flat, class_shares, mean_of, measured
from sklkd.nn._mlp import MLP

MAPS = (32, 32, 32, 10)
CHUNK = 1024  # rows that are encoded at once for a start

Part = nn.Module | Callable[[], nn.Module]


class PrototypeAutoencoder(nn.Module):
    r"""Logits that are linear in the distances of a row's code to prototypes.

    With the code :math:`f(x)` of a row, prototypes :math:`p_k` among the codes, and a
    matrix :math:`W` without bias,

    .. math:: z = d W, \quad d_k = \|f(x) - p_k\|^2.

    A decoder makes rows of codes, so that prototypes can be looked at [1]_.

    Parameters
    ----------
    n_features, n_outputs : int
        Number of columns, with the default parts; and of classes.
    n_prototypes : int, default=15
        Number of prototypes.
    encoder, decoder : module or callable, default=None
        From rows to codes (n_samples, n_latent) and back. Something callable, such as a
        class, is called without arguments, and a module is copied. None are `MLP`;
        for images there are `ConvEncoder` and `ConvDecoder`. Both, or neither.
    n_latent : int, default=None
        Width of a code. None is 10 with the default parts, and otherwise what the
        encoder has as ``n_latent``.
    hidden : sequence of int, default=(128,)
        Widths of the default encoder's layers, and backwards of the decoder's.

    Attributes
    ----------
    prototypes : Parameter of shape (n_prototypes, n_latent)
        Codes.
    weights : Parameter of shape (n_prototypes, n_outputs)
        :math:`W`. A negative entry: being near to this prototype speaks for the class.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of another type or out of range.

    References
    ----------
    .. [1] O. Li, H. Liu, C. Chen and C. Rudin, "Deep Learning for Case-Based Reasoning
       through Prototypes: A Neural Network That Explains Its Predictions", AAAI 2018,
       "Network Architecture". arXiv:1710.04806

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import PrototypeAutoencoder
    >>> net = PrototypeAutoencoder(4, 3, n_prototypes=5)
    >>> [tuple(part.shape) for part in net(torch.zeros(2, 4))]
    [(2, 3), (2, 5), (2, 4), (2, 10)]
    """

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        n_prototypes: int = 15,
        *,
        encoder: Part | None = None,
        decoder: Part | None = None,
        n_latent: int | None = None,
        hidden: Sequence[int] = (128,),
    ) -> None:
        super().__init__()
        _check_sizes(n_features, n_outputs, n_prototypes)
        if (encoder is None) != (decoder is None):
            raise ValueError(
                "PrototypeAutoencoder: encoder and decoder must be given both, or "
                f"neither, got encoder={encoder!r} and decoder={decoder!r}."
            )
        self.n_flat = n_features if encoder is None else None
        if encoder is None or decoder is None:
            n_latent = 10 if n_latent is None else n_latent
            check_interval("PrototypeAutoencoder", "n_latent", n_latent, COUNT)
            encoder = MLP(n_features, n_latent, hidden)
            decoder = MLP(n_latent, n_features, tuple(hidden)[::-1])
        self.encoder, self.decoder = _built(encoder), _built(decoder)
        width = _width(self.encoder, n_latent)
        self.prototypes = nn.Parameter(torch.rand(n_prototypes, width))
        turns = torch.arange(n_prototypes) % n_outputs
        weights = -F.one_hot(turns, n_outputs).to(self.prototypes.dtype)
        self.weights = nn.Parameter(weights)

    def forward(self, X: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return logits, squared distances, reconstructions and codes.

        (n, ...) -> (n, n_outputs), (n, n_prototypes), (n, ...), (n, n_latent)
        """
        latent = self.encode(X)
        gaps = squared_distances(latent, self.prototypes)
        return gaps @ self.weights, gaps, self.decoder(latent), latent

    def encode(self, X: Tensor) -> Tensor:
        """Return the codes of rows: (n, ...) -> (n, n_latent)."""
        if self.n_flat is not None and X.shape[1:] != (self.n_flat,):
            raise ValueError(
                "PrototypeAutoencoder: without an encoder of their own rows must be "
                f"flat, of shape (n_samples, {self.n_flat}), got {tuple(X.shape)}. "
                "Flatten them, or pass encoder=ConvEncoder and decoder=ConvDecoder."
            )
        latent: Tensor = self.encoder(X)
        check_flat("PrototypeAutoencoder's encoder", latent, self.prototypes.shape[1])
        return latent

    def distances(self, X: Tensor) -> Tensor:
        """Return the squared distances of codes: (n, ...) -> (n, n_prototypes)."""
        return squared_distances(self.encode(X), self.prototypes)

    def decoded(self) -> Tensor:
        """Return the prototypes as rows: (n_prototypes, ...)."""
        rows: Tensor = self.decoder(self.prototypes)
        return rows

    @torch.no_grad()
    def start_from(
        self,
        inputs: Tensor,
        target: Tensor,
        weight: Tensor,
        generator: torch.Generator,
    ) -> None:
        r"""Start at the centres of clusters of codes, and at what classes these hold.

        With the share :math:`q_{kc}` of a class in a cluster, and the mean :math:`m` of
        the distances of codes to the nearest centre,

        .. math:: W_{kc} = -\frac{q_{kc}}{m \sum_k q_{kc}}:

        a logit is minus the mean distance to the prototypes that hold the class.

        Parameters
        ----------
        inputs : Tensor of shape (n_samples, ...)
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
            If there are fewer distinct codes than prototypes.
        """
        codes, target, weight = measured(self._codes(inputs), target, weight)
        n_prototypes, n_outputs = self.weights.shape
        found = centres(
            "PrototypeAutoencoder",
            codes,
            weight,
            n_prototypes,
            generator=generator,
            of=" in the encoder's code",
        )
        self.prototypes.copy_(found)
        gaps = squared_distances(codes, found)
        shares = class_shares(gaps, target, weight, n_outputs)
        held = shares / shares.sum(dim=0).clamp_min(1e-300)  # 0 for a class of no row
        scale = mean_of(rows_to_prototypes(gaps), weight)
        self.weights.copy_(-held / (scale if scale > 0 else 1.0))

    def _codes(self, inputs: Tensor) -> Tensor:
        """Codes in evaluation, some rows at a time: (n, ...) -> (n, n_latent)."""
        was_training = self.encoder.training
        self.encoder.eval()
        codes = torch.cat([self.encode(part) for part in inputs.split(CHUNK)])
        self.encoder.train(was_training)
        return codes


class ConvEncoder(nn.Module):
    """Convolutions of 3 x 3 in steps of 2, from images to flat codes.

    Parameters
    ----------
    n_channels : int, default=1
        Of an image.
    size : int or pair of int, default=28
        Height and width.
    maps : sequence of int, default=(32, 32, 32, 10)
        Maps of each layer, each of half the height and width, rounded up. A ReLU
        follows each.

    Attributes
    ----------
    n_latent : int
        Width of a code: 40 by default, 10 maps of 2 x 2.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range.

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import ConvEncoder
    >>> ConvEncoder()(torch.zeros(5, 1, 28, 28)).shape
    torch.Size([5, 40])
    """

    def __init__(
        self,
        n_channels: int = 1,
        size: int | tuple[int, int] = 28,
        maps: Sequence[int] = MAPS,
    ) -> None:
        super().__init__()
        sizes = _sizes("ConvEncoder", n_channels, size, maps)
        self.image = (n_channels, *sizes[0])
        layers: list[nn.Module] = []
        for n_in, n_out in itertools.pairwise([n_channels, *maps]):
            layers += [nn.Conv2d(n_in, n_out, 3, stride=2, padding=1), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Flatten())
        _draw_weights(self)
        self.n_latent = maps[-1] * sizes[-1][0] * sizes[-1][1]

    def forward(self, X: Tensor) -> Tensor:
        """Return the codes: (n, n_channels, height, width) -> (n, n_latent)."""
        if X.shape[1:] != self.image:
            shape = ", ".join(str(side) for side in self.image)
            raise ValueError(
                f"ConvEncoder: images must have the shape (n_samples, {shape}), got "
                f"{tuple(X.shape)}. Reshape them, or leave encoder and decoder out for "
                "flat rows."
            )
        codes: Tensor = self.layers(X)
        return codes


class ConvDecoder(nn.Module):
    """Transposed convolutions, from codes of a `ConvEncoder` back to images.

    Parameters
    ----------
    n_channels : int, default=1
        Of an image.
    size : int or pair of int, default=28
        Height and width, which images have exactly.
    maps : sequence of int, default=(32, 32, 32, 10)
        Those of the encoder, which are gone through backwards. A ReLU stands between.
    sigmoid : bool, default=True
        Whether pixels are brought into (0, 1). Pass False where those of the rows lie
        elsewhere, for instance because they are standardised.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range.

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import ConvDecoder
    >>> ConvDecoder()(torch.zeros(5, 40)).shape
    torch.Size([5, 1, 28, 28])
    """

    def __init__(
        self,
        n_channels: int = 1,
        size: int | tuple[int, int] = 28,
        maps: Sequence[int] = MAPS,
        *,
        sigmoid: bool = True,
    ) -> None:
        super().__init__()
        check_flag("ConvDecoder", "sigmoid", sigmoid)
        sizes = _sizes("ConvDecoder", n_channels, size, maps)[::-1]
        layers: list[nn.Module] = [nn.Unflatten(1, (maps[-1], *sizes[0]))]
        widths = [*maps[::-1], n_channels]
        steps = zip(itertools.pairwise(widths), itertools.pairwise(sizes), strict=True)
        for (n_in, n_out), (low, high) in steps:
            layers += [_doubling(n_in, n_out, low, high), nn.ReLU()]
        last = nn.Sigmoid() if sigmoid else nn.Identity()
        self.layers = nn.Sequential(*layers[:-1], last)
        _draw_weights(self)

    def forward(self, latent: Tensor) -> Tensor:
        """Return the images: (n, n_latent) -> (n, n_channels, height, width)."""
        images: Tensor = self.layers(latent)
        return images


def _draw_weights(part: nn.Module) -> None:
    """Draw weights so that maps are as large as what goes in.

    torch draws them so that they shrink from layer to layer. Codes, and prototypes that
    start among them, are then a quarter as large as codes get to be; these run away,
    and what holds them together is too weak to feel: decoded prototypes are blank.
    """
    for layer in part.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            shared = 4 if isinstance(layer, nn.ConvTranspose2d) else 1  # steps of 2
            n_inputs = layer.in_channels * layer.weight[0, 0].numel() / shared
            nn.init.normal_(layer.weight, std=math.sqrt(2 / n_inputs))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _doubling(
    n_in: int, n_out: int, low: tuple[int, int], high: tuple[int, int]
) -> nn.ConvTranspose2d:
    """A layer from maps of size `low` to maps of size `high`: 2 low, or one less."""
    rest = (high[0] - 2 * low[0] + 1, high[1] - 2 * low[1] + 1)
    return nn.ConvTranspose2d(n_in, n_out, 3, 2, padding=1, output_padding=rest)


def _sizes(
    who: str, n_channels: int, size: int | tuple[int, int], maps: Sequence[int]
) -> list[tuple[int, int]]:
    """Heights and widths from the image on, each half of the one before, rounded up."""
    height, width = (size, size) if isinstance(size, int) else size
    check_interval(who, "n_channels", n_channels, COUNT)
    for name, numbers in {"size": (height, width), "maps": maps}.items():
        for number in numbers:
            check_interval(who, name, number, COUNT)
    sizes = [(height, width)]
    for _ in maps:
        height, width = (height + 1) // 2, (width + 1) // 2
        sizes.append((height, width))
    return sizes


def _check_sizes(n_features: int, n_outputs: int, n_prototypes: int) -> None:
    who = "PrototypeAutoencoder"
    check_interval(who, "n_features", n_features, COUNT)
    check_interval(who, "n_outputs", n_outputs, COUNT)
    check_interval(who, "n_prototypes", n_prototypes, COUNT)


def _built(part: Any) -> nn.Module:
    """A module of one's own: a copy, or what a callable returns."""
    module = copy.deepcopy(part) if isinstance(part, nn.Module) else part()
    if not isinstance(module, nn.Module):
        raise TypeError(
            "PrototypeAutoencoder: encoder and decoder must be modules, or make them, "
            f"got {part!r}."
        )
    return module


def _width(encoder: nn.Module, n_latent: int | None) -> int:
    """The width of a code."""
    width = getattr(encoder, "n_latent", None) if n_latent is None else n_latent
    if width is None:
        raise ValueError(
            "PrototypeAutoencoder: n_latent must be the width of the encoder's codes, "
            f"which {type(encoder).__name__} does not say. Pass n_latent."
        )
    check_interval("PrototypeAutoencoder", "n_latent", width, COUNT)
    return int(width)
