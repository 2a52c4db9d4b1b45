"""Deconvnet: what in the inputs excites a unit of a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sklkd._validation import COUNT, Interval, check_choice, check_interval
from sklkd.inspection._deconvnet_network import check_open, layer_of, network_of
from sklkd.inspection._deconvnet_rules import (
    NeverCalledError,
    activations,
    field_of,
    signal_of,
)

WHO = "deconvnet"
RULES = ("deconvnet", "guided", "gradient")
NUMBERS = 1 << 19  # of inputs that go through the network at once
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Deconvolution:
    """What in some rows excites a unit of a network.

    Attributes
    ----------
    maps : ndarray of shape (n_maps, ...)
        What came back to each row from its unit, where a 1 was sent off; in the shape
        of rows as the network gets them. With ``rule="gradient"`` it is the gradient
        of the activation.
    activations : ndarray of shape (n_maps,)
        Of the unit on the row.
    rows : ndarray of shape (n_maps,)
        Which row of X each map is of.
    units : ndarray of shape (n_maps, n_axes)
        Where the unit is: its channel, and its position in it if the layer has any.
    boxes : ndarray of shape (n_maps, 4) or None
        The unit's receptive field in the row: top, left, bottom, right, of which the
        last two are no longer in it. None where rows are no images.
    """

    maps: Floats
    activations: Floats
    rows: Indices
    units: Indices
    boxes: Indices | None

    @property
    def projections(self) -> Floats:
        """Maps where the activation itself was sent off, if positive: the paper's."""
        sent = np.maximum(self.activations, 0.0)
        projections: Floats = self.maps * sent.reshape(-1, *[1] * (self.maps.ndim - 1))
        return projections


def deconvnet(
    estimator: Any,
    X: Any,
    layer: str | nn.Module,
    unit: int | tuple[int, ...] | None = None,
    *,
    top: int | None = None,
    rule: str = "deconvnet",
) -> Deconvolution:
    r"""Send a unit's activation back through the network, to what excites it.

    All other activations of the layer are zero. Back go max-pooling by putting a value
    where the maximum was, a ReLU by a ReLU, and a convolution by the transposed one,
    whose filters are flipped [1]_. The first and the last are what a gradient does as
    well, so that it is a gradient but for the ReLUs. Of a signal :math:`s` that comes
    back to a ReLU whose input was :math:`a`, they let through

    - "deconvnet": :math:`\max(s, 0)`, whatever :math:`a` was;
    - "gradient": :math:`s` where :math:`a > 0`;
    - "guided": :math:`\max(s, 0)` where :math:`a > 0`, both at once [2]_.

    Parameters
    ----------
    estimator : estimator, skorch net or torch.nn.Module
        A fitted one with a network: an estimator of this package, or a search around
        it. Of a pipeline pass the last step.
    X : array-like, DataFrame or Tensor of shape (n_samples, ...)
        Rows as the estimator takes them.
    layer : str or torch.nn.Module
        The layer, or its name in ``named_modules()``.
    unit : int or tuple of int, default=None
        A channel, of which each row's strongest position is taken; or (channel, i, j),
        one position. None is the strongest unit of all, row by row.
    top : int, default=None
        How many rows, those that excite the unit most, are kept, the strongest first;
        the paper shows 9. None keeps all rows in their order.
    rule : {"deconvnet", "guided", "gradient"}, default="deconvnet"
        What a ReLU lets back.

    Returns
    -------
    Deconvolution

    Raises
    ------
    TypeError, ValueError
        If there is no network, no such layer or no such unit.

    See Also
    --------
    DeconvolutionDisplay : The same as a picture.
    occlusion : What hiding parts of a row does, for any model.

    Notes
    -----
    Another nonlinearity than a ReLU (``nn.ReLU``, or ``relu`` as a function) lets its
    gradient back under every rule. Batch normalisation is that of prediction, and so a
    scale. Where windows of a max-pooling overlap, what comes back to one place is added
    up; the paper leaves open what happens there.

    A default student standardises columns. Maps are then in units of the activation
    for a unit of X, each column divided by its standard deviation, and 0 for a constant
    one. Where other transformers come before the network, maps are of what these make.

    The module stays as it was: its mode, its gradients, its hooks.

    References
    ----------
    .. [1] M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional
       networks", ECCV 2014, Secs. 2.1 and 4. arXiv:1311.2901
    .. [2] J. T. Springenberg et al., "Striving for simplicity: the all convolutional
       net", ICLR 2015 workshop, Sec. 3.4. arXiv:1412.6806

    Examples
    --------
    A filter that looks for an edge, in an image with one:

    >>> import torch
    >>> from torch import nn
    >>> from sklkd.inspection import deconvnet
    >>> edge = nn.Conv2d(1, 1, (1, 2), bias=False)
    >>> _ = edge.weight.data.copy_(torch.tensor([[[[-1.0, 1.0]]]]))
    >>> net = nn.Sequential(edge, nn.ReLU())
    >>> X = [[[[0.0, 0.0, 3.0, 3.0]]]]
    >>> found = deconvnet(net, X, "1")
    >>> found.units, found.activations, found.boxes
    (array([[0, 0, 1]]), array([3.]), array([[0, 1, 1, 3]]))
    >>> found.projections[0, 0]
    array([[ 0., -3.,  3.,  0.]])
    """
    check_choice(WHO, "rule", rule, RULES)
    if top is not None:
        check_interval(WHO, "top", top, COUNT)
    network = network_of(WHO, estimator)
    if rule != "gradient":
        check_open(WHO, network.module)
    part = layer_of(WHO, network.module, layer)
    inputs = network.inputs(WHO, X)
    units, values = _excited(network.module, part, inputs, unit)
    rows = np.arange(len(inputs))
    if top is not None:
        rows = np.argsort(-values, kind="stable")[:top]
    chosen = inputs[torch.from_numpy(rows).to(inputs.device)]
    places = torch.from_numpy(units[rows]).to(inputs.device)
    signals, boxes = [], []
    for some in _slices(chosen):
        asked = (network.module, part, chosen[some], places[some])
        signals.append(_as_array(signal_of(*asked, rule)))
        if inputs.ndim >= 3:
            boxes.append(_boxes(field_of(*asked)))
    maps = network.back(np.concatenate(signals))
    fields = np.concatenate(boxes) if boxes else None
    return Deconvolution(maps, values[rows], rows, units[rows], fields)


def _excited(
    module: nn.Module, layer: nn.Module, inputs: Tensor, unit: Any
) -> tuple[Indices, Floats]:
    """Where the unit of each row is, and its activation: -> (n, d), (n,)."""
    places, values = [], []
    for some in _slices(inputs):
        try:
            output = activations(module, layer, inputs[some])
        except NeverCalledError:
            raise ValueError(
                f"{WHO}: layer must take part in a prediction, and this "
                f"{type(layer).__name__} was not called. Pass another."
            ) from None
        except TypeError as error:
            raise TypeError(
                f"{WHO}: layer must put out one tensor with a row for each of X, and "
                f"this {type(layer).__name__} does not ({error}). Pass another."
            ) from error
        where, value = _strongest(_as_array(output), unit)
        places.append(where)
        values.append(value)
    return np.concatenate(places), np.concatenate(values)


def _strongest(output: Floats, unit: Any) -> tuple[Indices, Floats]:
    """The strongest unit of each row among those that are meant: -> (n, d), (n,)."""
    n, shape = len(output), output.shape[1:]
    index = () if unit is None else tuple(unit) if np.ndim(unit) else (unit,)
    if len(index) not in (0, 1, len(shape)) or not _within(index, shape):
        raise ValueError(
            f"{WHO}: unit must be a channel, or a position of {len(shape)} numbers, "
            f"within a layer of the shape {shape}, got {unit!r}."
        )
    among = output[(slice(None), *index)].reshape(n, -1)
    best = among.argmax(axis=1)
    rest = np.unravel_index(best, shape[len(index) :] or (1,))
    fixed = [np.full(n, number) for number in index]
    free = list(rest) if len(index) < len(shape) else []
    return np.stack([*fixed, *free], axis=1), among[np.arange(n), best]


def _within(index: tuple[Any, ...], shape: tuple[int, ...]) -> bool:
    """Whether whole numbers lie within the first axes of a shape."""
    return all(
        number in Interval(0, size, "left", integer=True)
        for number, size in zip(index, shape, strict=False)
    )


def _boxes(field: Tensor) -> Indices:
    """Bounds of what is True in images: (n, ..., h, w) -> (n, 4); zeros for nothing."""
    height, width = field.shape[-2:]
    flat = field.reshape(len(field), -1, height, width).any(dim=1).cpu().numpy()
    boxes = np.zeros((len(flat), 4), dtype=np.int64)
    for box, image in zip(boxes, flat, strict=True):
        rows, columns = (
            np.flatnonzero(image.any(axis=1)),
            image.any(axis=0).nonzero()[0],
        )
        if len(rows):
            box[:] = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    return boxes


def _as_array(values: Tensor) -> Floats:
    """In float64 on the CPU."""
    array: Floats = values.detach().cpu().to(torch.float64).numpy()
    return array


def _slices(inputs: Tensor) -> Iterator[slice]:
    """Slices of rows that go through at once."""
    step = max(1, NUMBERS // max(1, inputs[0].numel()))
    return (slice(i, i + step) for i in range(0, len(inputs), step))
