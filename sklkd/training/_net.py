"""A skorch net with a lean epoch: per batch only forward, loss, backward and step."""

from __future__ import annotations

from typing import Any

import torch
from skorch import NeuralNet
from skorch.callbacks import Callback
from torch import Tensor

from sklkd.training._seeds import Randomness

PER_BATCH = ("on_batch_begin", "on_batch_end", "on_grad_computed")


class Net(NeuralNet):
    """What a `StudentNet` builds: skorch's net, without its per-batch records.

    A callback that wants to see batches gets them, at skorch's speed.

    Parameters
    ----------
    *args, **kwargs
        skorch's.
    randomness : Randomness or None
        Rules over the module's own draws (dropout) in training.
    """

    def __init__(
        self, *args: Any, randomness: Randomness | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.randomness = randomness
        self.stopped_early_ = False

    def get_default_callbacks(self) -> list[Any]:
        """Return none: `TermLog` keeps the record."""
        return []

    def infer(self, x: Any, **fit_params: Any) -> Any:
        """Forward; in training under the fit's own randomness."""
        if self.randomness is None or not self.module_.training:
            return super().infer(x, **fit_params)
        with self.randomness:
            return super().infer(x, **fit_params)

    def run_single_epoch(
        self,
        iterator: Any,
        training: bool,
        prefix: str,
        step_fn: Any,
        **fit_params: Any,
    ) -> None:
        """Train or validate one epoch; the losses stay on the device."""
        if iterator is None:
            return
        if fit_params or self._wants_batches():
            super().run_single_epoch(iterator, training, prefix, step_fn, **fit_params)
            return
        self._set_training(training)
        step = self._train_batch if training else self._validate_batch
        forward = self.infer if self.randomness else self.module_
        for X, target in iterator:
            step(forward, X, target)

    def _train_batch(self, forward: Any, X: Tensor, target: Tensor) -> None:
        optimizer = self.optimizer_

        def closure() -> Tensor:
            optimizer.zero_grad()
            loss: Tensor = self.criterion_(forward(X), target)
            loss.backward()
            return loss

        optimizer.step(closure)

    def _validate_batch(self, forward: Any, X: Tensor, target: Tensor) -> None:
        with torch.no_grad():
            self.criterion_(forward(X), target)

    def _wants_batches(self) -> bool:
        """Whether a callback listens to something that happens in every batch."""
        return any(
            getattr(type(callback), name) is not getattr(Callback, name)
            for _, callback in self.callbacks_
            for name in PER_BATCH
        )
