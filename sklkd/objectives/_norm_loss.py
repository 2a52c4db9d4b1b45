"""Norm loss: weight vectors of length one, in place of weight decay."""

from __future__ import annotations

from torch import Tensor, nn
from torch.linalg import vector_norm

from sklkd._validation import check_flag
from sklkd.objectives._base import Batch, Objective, Setting, Term

LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


class NormLoss(Objective):
    r"""Draw the weight vector of every unit towards length one.

    Over the linear and convolutional layers, with the weights :math:`w_o` of the inputs
    of each output :math:`o`,

    .. math:: \sum_\text{layers} \sum_o \left(1 - \|w_o\|\right)^2.

    Parameters
    ----------
    last_layer : bool, default=False
        Whether the last of the layers, which makes the outputs, counts too. It is the
        one that was added to the module last.
    weight : float, default=0.01
        Factor of this term within the objective, at least 0. Weight decay has no place
        beside it.

    Notes
    -----
    The gradient :math:`2 (1 - 1 / \|w_o\|)\, w_o` is along :math:`w_o`: it changes
    lengths, and no direction. A vector that is zero has none, and gets no gradient.
    Biases, normalisations, transposed convolutions and recurrent layers do not count.

    The value is of the network, not of rows: every row has it, and rows that others
    outweigh do so here too. It is no part of the loss of held-out rows.

    References
    ----------
    .. [1] T. Georgiou et al., "Norm Loss: An efficient yet effective regularization
       method for deep neural networks", ICPR 2020, Sec. 3. arXiv:2103.06583

    Examples
    --------
    >>> from sklkd.objectives import NormLoss
    >>> NormLoss(last_layer=True)
    NormLoss(last_layer=True)
    """

    tasks = frozenset({"classification", "regression"})
    needs = frozenset()
    laws = frozenset({"finite_with_gradient"})
    in_validation = False

    def __init__(self, last_layer: bool = False, *, weight: float = 0.01) -> None:
        self.last_layer = last_layer
        self.weight = weight

    def check(self) -> None:
        """Raise if a hyperparameter is out of range."""
        super().check()
        check_flag(type(self).__name__, "last_layer", self.last_layer)

    def bound(self, setting: Setting) -> Term:
        """Return itself, where the network has a layer that counts."""
        if not self._weights(setting.module):
            raise ValueError(
                f"{setting.who}: NormLoss needs a linear or convolutional layer"
                f"{'' if self.last_layer else ' before the last one'}, and "
                f"{type(setting.module).__name__} has none. Leave NormLoss out"
                f"{'' if self.last_layer else ', or pass last_layer=True'}."
            )
        return self

    def loss(self, batch: Batch) -> Tensor:
        """Return the network's value, once for each sample: (n_samples,)."""
        total = batch.student.new_zeros(())
        for weights in self._weights(batch.module):
            lengths = vector_norm(weights.flatten(1), dim=1)
            total = total + (1 - lengths).square().sum().to(total)
        return total.expand(len(batch.student))

    def _weights(self, module: nn.Module) -> list[Tensor]:
        """Of the layers that count, (n_out, ...) each, in the order of the module."""
        weights = [m.weight for m in module.modules() if isinstance(m, LAYERS)]
        return weights if self.last_layer else weights[:-1]
