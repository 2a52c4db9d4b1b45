"""A multilayer perceptron, the default student."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

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
    ) -> None:
        super().__init__()
        check_choice("MLP", "activation", activation, ACTIVATIONS)
        check_interval("MLP", "dropout", dropout, Interval(0, 1, closed="left"))
        widths = [n_features, *hidden]
        layers: list[nn.Module] = []
        for n_in, n_out in itertools.pairwise(widths):
            layers += [nn.Linear(n_in, n_out), ACTIVATIONS[activation]()]
            if dropout:
                layers.append(nn.Dropout(dropout))
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], n_outputs))

    def forward(self, X: Tensor) -> Tensor:
        """Return the outputs: (n_samples, n_features) -> (n_samples, n_outputs)."""
        outputs: Tensor = self.layers(X)
        return outputs
