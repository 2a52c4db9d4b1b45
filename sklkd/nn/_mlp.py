"""A multilayer perceptron, the default student."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from sklkd._validation import Interval, check_choice, check_interval

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}


class MLP(nn.Module):
    """Fully connected layers with an activation, and dropout, between them.

    Parameters
    ----------
    n_features, n_outputs : int
        Width of the input and of the output (logits or values).
    hidden : sequence of int, default=(128, 128)
        Width of each hidden layer; an empty one makes a linear model.
    activation : {"relu", "gelu", "silu", "tanh"}, default="relu"
        What follows each hidden layer.
    dropout : float, default=0.0
        Probability with which a hidden unit is left out in training, in [0, 1).
    dropout_layer : type of torch.nn.Module or callable, default=torch.nn.Dropout
        What leaves units out: from `dropout`, where that is not 0, to a layer. For
        instance `MaxDropout`.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of another type or out of range.

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import MLP
    >>> MLP(4, 3, hidden=(8,))(torch.zeros(2, 4)).shape
    torch.Size([2, 3])
    """

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        hidden: Sequence[int] = (128, 128),
        activation: str = "relu",
        dropout: float = 0.0,
        *,
        dropout_layer: Callable[[float], nn.Module] = nn.Dropout,
    ) -> None:
        super().__init__()
        check_choice("MLP", "activation", activation, ACTIVATIONS)
        check_interval("MLP", "dropout", dropout, Interval(0, 1, closed="left"))
        _check_layer(dropout_layer)
        widths = [n_features, *hidden]
        layers: list[nn.Module] = []
        for n_in, n_out in itertools.pairwise(widths):
            layers += [nn.Linear(n_in, n_out), ACTIVATIONS[activation]()]
            if dropout:
                layers.append(dropout_layer(dropout))
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], n_outputs))

    def forward(self, X: Tensor) -> Tensor:
        """Return the outputs: (n_samples, n_features) -> (n_samples, n_outputs)."""
        outputs: Tensor = self.layers(X)
        return outputs


def _check_layer(dropout_layer: Any) -> None:
    """Raise unless it makes layers: a layer can be called too, but is one already."""
    if isinstance(dropout_layer, nn.Module) or not callable(dropout_layer):
        raise TypeError(
            "MLP: dropout_layer must be a class of modules, or a function, that takes "
            f"the dropout, got {dropout_layer!r}. For instance: torch.nn.Dropout."
        )
