"""The one place where losses are weighted, added and averaged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
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
        self._sums: dict[bool, list[Tensor]] = {True: [], False: []}

    def forward(self, output: Any, target: Tensor) -> Tensor:
        """Return the batch's loss, a scalar."""
        output = as_logits(output, probabilities=self.probabilities)
        signals = self.handout[0]
        total = output.new_zeros(())
        if self.uses_labels:
            label = torch.dot(signals.label_share, self.label_loss(output, target))
            self._sums[self.training].append(label.detach())
            total = label
        if self.terms:
            total = total + self._objective(Batch(output, signals.teacher, target))
        return total / len(target)

    def _objective(self, batch: Batch) -> Tensor:
        """The weighted sum over terms and rows."""
        share = self.handout[0].teacher_share
        total = batch.student.new_zeros(())
        for term in self.terms.values():
            summed = torch.dot(share, term.loss(batch))
            self._sums[self.training].append(summed.detach())
            total = total + term.weight * summed
        return total

    def take_epoch(self, signals: Signals, *, training: bool) -> dict[str, float]:
        """Return, and forget, the epoch's loss and each term's mean over its rows."""
        names = ([LABEL] if self.uses_labels else []) + list(self.terms)
        sums, self._sums[training] = self._sums[training], []
        shares = [signals.label_share] * self.uses_labels
        shares += [signals.teacher_share] * len(self.terms)
        weights = [1.0] * self.uses_labels + [t.weight for t in self.terms.values()]
        parts = torch.stack(sums).view(-1, len(names)).sum(dim=0)
        totals = torch.stack([share.sum() for share in shares])
        means = parts / totals.clamp_min(torch.finfo(parts.dtype).tiny)
        loss = (parts * parts.new_tensor(weights)).sum() / len(signals)
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
