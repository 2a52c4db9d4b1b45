"""The one place where losses are weighted, added and averaged."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import fields
from inspect import isclass
from typing import Any

import torch
from skorch import NeuralNetClassifier
from torch import Tensor, nn

from sklkd.objectives import Batch, Objective, Setting, Term
from sklkd.training._rows import Handout, Signals

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
    handout : Handout
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
        handout: Handout,
        *,
        uses_labels: bool,
        probabilities: bool = False,
    ) -> None:
        super().__init__()
        self.label_loss = label_loss
        self.objectives = terms
        self.terms: dict[str, Term] = dict(terms)
        self.handout = handout
        self.uses_labels = uses_labels
        self.probabilities = probabilities
        self._weights = {mode: self._weighted(training=mode) for mode in (True, False)}
        self._sums: dict[bool, list[Tensor]] = {True: [], False: []}

    def bind(self, setting: Setting) -> None:
        """Let every term know the training that is about to begin."""
        for name, objective in self.objectives.items():
            term = objective.bound(setting)
            if isinstance(term, nn.Module):  # or its state would be kept nowhere
                self.add_module(f"term_{name}", term.to(setting.device))
            self.terms[name] = term

    def forward(self, output: Any, target: Tensor) -> Tensor:
        """Return the batch's loss, a scalar."""
        logits = as_logits(output, probabilities=self.probabilities)
        signals = self.handout.signals
        parts: list[Tensor] = []
        if self.uses_labels:
            parts.append(
                torch.dot(signals.label_share, self.label_loss(logits, target))
            )
        weights = self._weights[self.training]
        if len(weights) > len(parts):
            batch = self._batch(logits, output, target)
            names = list(weights)[len(parts) :]
            parts += [self._part(name, batch, signals) for name in names]
        if not parts:  # nothing is measured on held-out rows
            return 0 * logits.sum()
        self._add(parts)
        # A factor of 1 would cost a node in the graph of every batch.
        weighted = [
            part if weight == 1 else weight * part
            for weight, part in zip(weights.values(), parts, strict=True)
        ]
        return functools.reduce(torch.add, weighted) / len(target)

    def _batch(self, logits: Tensor, output: Any, target: Tensor) -> Batch:
        """What the objectives may look at."""
        handout = self.handout
        return Batch(
            logits,
            handout.signals.teacher,
            target,
            output,
            handout.inputs,
            handout.module,
            self._ask,
            handout.signals.index,
            handout.done,
            handout.signals.teacher_share,
        )

    def _part(self, name: str, batch: Batch, signals: Signals) -> Tensor:
        """A term's weighted sum; what needs labels sees no row without one."""
        share, labelled = signals.teacher_share, signals.labelled
        if labelled is not None and "target" in self.objectives[name].needs:
            known = labelled > 0
            if not known.any():
                return 0 * batch.student.sum()
            batch, share = _some(batch, known), share[known]
        with self.handout.randomness or contextlib.nullcontext():
            return torch.dot(share, self.terms[name].loss(batch))

    def _ask(self, inputs: Tensor) -> Tensor:
        """What the module says of other inputs: (n, ...) -> (n, n_outputs)."""
        assert self.handout.module is not None
        output = self.handout.module(inputs)
        return as_logits(output, probabilities=self.probabilities)

    def _weighted(self, *, training: bool) -> dict[str, float]:
        """Factors of the parts by name, the label's first; not all are validated."""
        own = {LABEL: 1.0} if self.uses_labels else {}
        counted = {
            name: objective.weight
            for name, objective in self.objectives.items()
            if training or objective.in_validation
        }
        return own | counted

    def _share(self, name: str, signals: Signals) -> Tensor:
        """Weight of each row in a part; none where it needs a label and has none."""
        if name == LABEL:
            return signals.label_share
        if signals.labelled is None or "target" not in self.objectives[name].needs:
            return signals.teacher_share
        return signals.teacher_share * signals.labelled

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
        weights = self._weights[training]
        sums, self._sums[training] = self._sums[training], []
        if not weights:
            return {"loss": 0.0}
        parts = torch.stack(sums)
        totals = torch.stack([self._share(name, signals).sum() for name in weights])
        means = parts / totals.clamp_min(torch.finfo(parts.dtype).tiny)
        loss = (parts * parts.new_tensor(list(weights.values()))).sum() / len(signals)
        values = torch.cat([loss.unsqueeze(0), means]).tolist()
        return dict(zip(["loss", *weights], values, strict=True))


def _some(batch: Batch, rows: Tensor) -> Batch:
    """Some rows of a batch."""

    def taken(part: Any) -> Any:
        if isinstance(part, (tuple, list)):
            return type(part)(map(taken, part))
        return part[rows] if isinstance(part, Tensor) else part

    return Batch(*(taken(getattr(batch, field.name)) for field in fields(batch)))


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
