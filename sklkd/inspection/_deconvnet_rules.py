"""What goes backwards through a network: gradients, gated by a rule of one's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from sklkd.inspection._occlusion_answers import evaluating

RELU = frozenset({"relu", "relu_"})
MAX_POOL = {"max_pool1d": 1, "max_pool2d": 2, "max_pool3d": 3}
ADAPTIVE: dict[str, Callable[..., Tensor]] = {
    "adaptive_max_pool1d": F.adaptive_avg_pool1d,
    "adaptive_max_pool2d": F.adaptive_avg_pool2d,
    "adaptive_max_pool3d": F.adaptive_avg_pool3d,
}
CONVOLUTION: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
POOL_ARGUMENTS = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode")

# What a ReLU lets back of a signal, where `on` is whether it let its input through.
# The last one, and even pooling, let everything back: to see where a unit can look.
GATES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "deconvnet": lambda signal, _: signal.relu(),
    "guided": lambda signal, on: torch.where(on, signal.relu(), 0.0),
    "gradient": lambda signal, on: torch.where(on, signal, 0.0),
    "field": lambda signal, _: signal,
}


class NeverCalledError(ValueError):
    """A layer took no part in what a module did."""


def outputs_of(module: nn.Module, layer: nn.Module, inputs: Tensor) -> Tensor:
    """What a layer puts out, the last time that it is called: (n, ...) -> (n, ...).

    Raises
    ------
    NeverCalledError
        If it is not.
    TypeError
        If that is no tensor with a row for each input.
    """
    kept: list[Any] = []

    def keep(_: nn.Module, __: Any, output: Any) -> None:
        # A copy: what comes next may overwrite it.
        kept[:] = [output.clone() if isinstance(output, Tensor) else output]

    handle = layer.register_forward_hook(keep)
    try:
        module(inputs)
    finally:
        handle.remove()
    if not kept:
        raise NeverCalledError
    (output,) = kept
    if not isinstance(output, Tensor) or output.ndim < 2 or len(output) != len(inputs):
        raise TypeError(f"{type(output).__name__}")
    return output


def activations(module: nn.Module, layer: nn.Module, inputs: Tensor) -> Tensor:
    """What a layer puts out, without a graph; the module stays as it was."""
    with evaluating(module), torch.no_grad():
        return outputs_of(module, layer, inputs.clone())


def signal_of(
    module: nn.Module, layer: nn.Module, inputs: Tensor, units: Tensor, rule: str
) -> Tensor:
    """What comes back to the inputs from one unit of a layer, a row each.

    Parameters
    ----------
    module, layer : torch.nn.Module
        Whose layer; both stay as they were.
    inputs : Tensor of shape (n, ...)
        Floating-point numbers.
    units : LongTensor of shape (n, n_axes of the layer's output less 1)
        A 1 starts there, and zeros at all others.
    rule : {"deconvnet", "guided", "gradient"}
        What a ReLU lets back.

    Returns
    -------
    Tensor of the shape of inputs
    """
    with _gated(rule):
        return _returned(module, layer, inputs, units, 1.0)


def field_of(
    module: nn.Module, layer: nn.Module, inputs: Tensor, units: Tensor
) -> Tensor:
    """Which inputs a unit can depend on, whatever the weights: (n, ...) -> bool.

    NaN goes back instead of a number, and stays NaN on every way that there is.
    """
    # Fast convolutions mix neighbours before they part them; the plain ones do not.
    plain: AbstractContextManager[Any] = nullcontext()
    if inputs.is_cuda:
        plain = torch.backends.cudnn.flags(enabled=False)
    with plain, _gated("field"):
        return _returned(module, layer, inputs, units, float("nan")).isnan()


def _returned(
    module: nn.Module, layer: nn.Module, inputs: Tensor, units: Tensor, start: float
) -> Tensor:
    """What comes back where `start` was sent off."""
    with torch.inference_mode(False), torch.enable_grad(), evaluating(module):
        rows = inputs.clone().detach().requires_grad_()
        output = outputs_of(module, layer, rows)
        index = (torch.arange(len(rows), device=output.device), *units.clone().T)
        chosen = output[index]
        if not chosen.requires_grad:
            return torch.zeros_like(rows)
        sent = torch.full_like(chosen, start)
        (signal,) = torch.autograd.grad(
            chosen, rows, sent, allow_unused=True, materialize_grads=True
        )
    returned: Tensor = signal
    return returned


@contextmanager
def _gated(rule: str) -> Iterator[None]:
    """Inside it ReLUs of this thread let back what the rule says."""
    if rule == "gradient":
        yield
        return
    with _Gated(rule):
        yield


class _Gated(TorchFunctionMode):
    """Put our ReLU, whose way back is another, in the place of torch's.

    That is one for modules and functions alike, and leaves the module as it is.
    """

    def __init__(self, rule: str) -> None:
        super().__init__()
        self.rule = rule

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call the function, or what stands for it."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in RELU:
            X, *rest = [*args, *kwargs.values()]
            return _Relu.apply(X, self.rule, name == "relu_" or any(rest))
        if self.rule == "field" and name in ADAPTIVE | MAX_POOL:
            return _pooled_evenly(name, func, args, kwargs)
        return func(*args, **kwargs)


class _Relu(torch.autograd.Function):
    """A ReLU with a gate on the way back."""

    @staticmethod
    def forward(ctx: Any, X: Tensor, rule: str, inplace: bool) -> Tensor:
        """The positive part; in place where the network has it so."""
        ctx.rule = rule
        ctx.save_for_backward(X > 0)
        if not inplace:
            return X.relu()
        ctx.mark_dirty(X)
        return X.relu_()

    @staticmethod
    def backward(ctx: Any, *signals: Tensor) -> tuple[Tensor, None, None]:
        """What the gate lets back."""
        (signal,), (on,) = signals, ctx.saved_tensors
        return GATES[ctx.rule](signal, on), None, None


def _pooled_evenly(
    name: str,
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> Any:
    """The mean of what a max-pooling looks at, in its place."""
    if kwargs.get("return_indices"):
        return func(*args, **kwargs)
    if name in ADAPTIVE:
        wanted = {k: v for k, v in kwargs.items() if k != "return_indices"}
        return ADAPTIVE[name](*args, **wanted)
    given = dict(zip(POOL_ARGUMENTS, args, strict=False)) | dict(kwargs)
    n_axes, X = MAX_POOL[name], given["input"]
    kernel = _each(given["kernel_size"], n_axes)
    stride = _each(given.get("stride") or kernel, n_axes)
    padding = _each(given.get("padding", 0), n_axes)
    dilation = _each(given.get("dilation", 1), n_axes)
    # As far as the last window may reach, which begins within the image.
    reach = [k * d + s for k, d, s in zip(kernel, dilation, stride, strict=True)]
    sides = [n for p, r in zip(padding, reach, strict=True) for n in (p + r, p)]
    channels = X.shape[-n_axes - 1]
    weight = X.new_full((channels, 1, *kernel), 1 / math.prod(kernel))
    padded = F.pad(X, sides[::-1])
    convolve = CONVOLUTION[n_axes]
    mean = convolve(padded, weight, None, stride, 0, dilation, channels)
    size = func(*args, **kwargs).shape[-n_axes:]
    for axis, length in zip(range(-n_axes, 0), size, strict=True):
        mean = mean.narrow(axis, 0, length)
    return mean


def _each(value: Any, n_axes: int) -> tuple[int, ...]:
    """A number for each axis."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return values if len(values) == n_axes else values * n_axes
