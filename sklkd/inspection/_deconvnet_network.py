"""The network within an estimator, what it is given, and its layers by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from skorch import NeuralNet
from torch import Tensor, nn

from sklkd._validation import did_you_mean
from sklkd.inspection._occlusion_answers import as_inputs
from sklkd.inspection._tensors import untensored
from sklkd.inspection._within import inner_of
from sklkd.training import Scaling, TrainedStudent, is_frame, take

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Network:
    """A module, and the way to its inputs and back.

    Attributes
    ----------
    module : torch.nn.Module
        The network.
    read : callable
        From X as the user has it to rows as the module gets them, as an array.
    scaling : Scaling or None
        What columns were standardised by on the way.
    """

    module: nn.Module
    read: Callable[[Any], Any]
    scaling: Scaling | None = None

    def inputs(self, who: str, X: Any) -> Tensor:
        """Rows as the module gets them, in its type and on its device: -> (n, ...)."""
        inputs = as_inputs(self.module, self.read(X))
        if inputs.ndim < 2 or len(inputs) == 0 or not inputs.is_floating_point():
            raise ValueError(
                f"{who}: X must be at least one row of numbers for the network, got "
                f"the shape {tuple(inputs.shape)} of {inputs.dtype}."
            )
        return inputs

    def back(self, maps: Floats) -> Floats:
        """Maps in the units of X, without columns that tell what is missing."""
        if self.scaling is None:
            return maps
        divisor = self.scaling.divisor
        scaled: Floats = maps[:, : len(divisor)] / divisor
        return scaled


def network_of(who: str, estimator: Any) -> Network:
    """The network of an estimator, of a search around it, or of a skorch net.

    Parameters
    ----------
    who : str
        What asks; errors start with it.
    estimator : estimator, skorch net or torch.nn.Module
        Fitted.
    """
    if hasattr(estimator, "get_params"):
        check_is_fitted(estimator)
    inner = estimator
    while inner is not None:
        if isinstance(inner, nn.Module):
            return Network(inner, _as_it_is)
        if isinstance(inner, NeuralNet):
            return Network(inner.module_, _as_it_is)
        student = getattr(inner, "student_", None)
        if isinstance(student, TrainedStudent):
            return Network(student.net.module_, _reading(inner), student.scaling)
        inner = inner_of(inner)
    raise TypeError(
        f"{who}: estimator must have a network, as a torch.nn.Module, a skorch net or "
        f"a fitted DistilledClassifier has, got {type(estimator).__name__}. Of a "
        "pipeline pass the last step."
    )


def check_open(who: str, module: nn.Module) -> None:
    """Raise if a module is compiled, so that its ReLUs cannot be reached."""
    parts = list(module.modules())
    scripted = any(isinstance(part, torch.jit.ScriptModule) for part in parts)
    if scripted or any(type(part).__name__ == "OptimizedModule" for part in parts):
        raise TypeError(
            f"{who}: the ReLUs of the network must be within reach, got one that is "
            "compiled. Pass the module that it was made from, or rule='gradient'."
        )


def layer_of(who: str, module: nn.Module, layer: Any) -> nn.Module:
    """A layer of a module, which was named or passed."""
    named = dict(module.named_modules())
    if isinstance(layer, nn.Module):
        if not any(layer is part for part in named.values()):
            raise ValueError(
                f"{who}: layer must be a part of the network, got another "
                f"{type(layer).__name__}. Pass its name."
            )
        return layer
    if not isinstance(layer, str) or layer not in named:
        known = ", ".join(repr(name) for name in named if name)
        raise ValueError(
            f"{who}: layer must be one of {known}, got {layer!r}."
            f"{did_you_mean(layer, named)}"
        )
    return named[layer]


def _as_it_is(X: Any) -> Any:
    return X


def _reading(estimator: Any) -> Callable[[Any], Any]:
    """From X as an estimator of ours takes it to what its network gets."""

    def read(X: Any) -> Any:
        rows = X.tocsr() if hasattr(X, "tocsr") else untensored(X)
        rows = rows if is_frame(X) or hasattr(X, "tocsr") else np.asarray(rows)
        estimator.predict(take(rows, slice(0, 1)))  # which says what is wrong with X
        return estimator.student_.through(rows, lambda inputs: inputs).numpy()

    return read
