"""The one place where losses are weighted, added and averaged."""

from __future__ import annotations

import functools
from collections.abc import Callable
from inspect import isclass
from typing import Any

import torch
from skorch import NeuralNetClassifier
from torch import Tensor, nn

from sklkd.objectives import Batch, Objective
from sklkd.training._rows import Signals

LABEL = "label"

LabelLoss = Callable[[Tensor, Tensor], Tensor]


class DistillationLoss(nn.Module):
    """Mean over rows of label share · label loss + teacher share · objective.

    Each term's sum is kept, on the device, for the epoch's record; nothing is read
    back while an epoch runs.

    Parameters
    ----------
    label_loss : callable
        (output, target) -> one value per sample.
    terms : dict of str to Objective
        The objective's weighted terms; none where no row listens to the teacher.
    handout : list of Signals
        Where the batch's signals are, put there by the iterator.
    uses_labels : bool
        Whether any row listens to its label.
    probabilities : bool, default=False
        Whether the module puts out probabilities, to be read as logits by taking logs.
    """

    def __init__(
        self,
        label_loss: LabelLoss,
        terms: dict[str, Objective],
        handout: list[Signals],
        *,
        uses_labels: bool,
        probabilities: bool = False,
    ) -> None:
        super().__init__()
        self.label_loss = label_loss
        self.terms = terms
        self.handout = handout
        self.uses_labels = uses_labels
        self.probabilities = probabilities
        own = [term.weight for term in terms.values()]
        self.weights = [1.0, *own] if uses_labels else own  # the label's is 1
        self._sums: dict[bool, list[Tensor]] = {True: [], False: []}

    def forward(self, output: Any, target: Tensor) -> Tensor:
        """Return the batch's loss, a scalar."""
        output = as_logits(output, probabilities=self.probabilities)
        signals = self.handout[0]
        parts: list[Tensor] = []
        if self.uses_labels:
            parts.append(
                torch.dot(signals.label_share, self.label_loss(output, target))
            )
        if self.terms:
            batch = Batch(output, signals.teacher, target)
            for term in self.terms.values():
                parts.append(torch.dot(signals.teacher_share, term.loss(batch)))
        self._add(parts)
        # A factor of 1 would cost a node in the graph of every batch.
        weighted = [
            part if weight == 1 else weight * part
            for weight, part in zip(self.weights, parts, strict=True)
        ]
        return functools.reduce(torch.add, weighted) / len(target)

    def _add(self, parts: list[Tensor]) -> None:
        """Add to the epoch's sums, in place.

        A list of every batch's values would lie between the batches in memory, and
        keep the allocator from using their room again.
        """
        sums = self._sums[self.training]
        if not sums:
            sums += [part.new_zeros(()) for part in parts]
        for i, part in enumerate(parts):
            sums[i] += part.detach()

    def take_epoch(self, signals: Signals, *, training: bool) -> dict[str, float]:
        """Return, and forget, the epoch's loss and each term's mean over its rows."""
        names = ([LABEL] if self.uses_labels else []) + list(self.terms)
        sums, self._sums[training] = self._sums[training], []
        shares = [signals.label_share] * self.uses_labels
        shares += [signals.teacher_share] * len(self.terms)
        parts = torch.stack(sums)
        totals = torch.stack([share.sum() for share in shares])
        means = parts / totals.clamp_min(torch.finfo(parts.dtype).tiny)
        loss = (parts * parts.new_tensor(self.weights)).sum() / len(signals)
        values = torch.cat([loss.unsqueeze(0), means]).tolist()
        return dict(zip(["loss", *names], values, strict=True))


def as_logits(output: Any, *, probabilities: bool) -> Tensor:
    """Read a module's output as logits or values: always (n, n_outputs)."""
    if isinstance(output, (tuple, list)):
        output = output[0]
    if output.ndim == 1:
        output = output.unsqueeze(1)
    if probabilities:
        output = output.clamp_min(torch.finfo(output.dtype).tiny).log()
    logits: Tensor = output
    return logits


def puts_out_probabilities(net: Any) -> bool:
    """Whether a skorch classifier keeps skorch's convention of a softmax inside."""
    if not isinstance(net, NeuralNetClassifier):
        return False
    loss = net.criterion if isclass(net.criterion) else type(net.criterion)
    return issubclass(loss, nn.NLLLoss)
