"""What happens around epochs: the record, the schedule, the bar, the checkpoint."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback
from skorch.history import History
from tqdm.auto import tqdm

from sklkd.training._rows import Rows
from sklkd.training._seeds import Randomness


def constant(done: float) -> float:  # noqa: ARG001 - a schedule takes the share done
    """The learning rate stays."""
    return 1.0


def cosine(done: float) -> float:
    """Half a wave, from 1 to 0: slow at both ends."""
    return (1 + math.cos(math.pi * done)) / 2


def linear(done: float) -> float:
    """A line from 1 to 0."""
    return 1 - done


# Functions with names, so that a net in training can be pickled.
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "linear": linear,
}


class QuietCallback(Callback):
    """One that never stops a training: an interrupt inside it is the user's."""


def stops_training(interrupt: KeyboardInterrupt) -> bool:
    """Whether a callback raised it to stop the training, as skorch's do; not Ctrl-C."""
    frame = interrupt.__traceback__
    while frame is not None:
        callback = frame.tb_frame.f_locals.get("self")
        if isinstance(callback, Callback):
            return not isinstance(callback, QuietCallback)
        frame = frame.tb_next
    return False


class TermLog(QuietCallback):
    """Record the epoch's loss, and every term of it by name, in the history.

    It also tells the criterion how far the training is.
    """

    def on_train_begin(self, net: NeuralNet, *_: Any, **__: Any) -> None:
        """Note where the training begins: a warm start has epochs behind it."""
        self.first_ = len(net.history)

    def on_epoch_begin(self, net: NeuralNet, *_: Any, **__: Any) -> None:
        """Tell what share of the epochs is done."""
        done = (len(net.history) - 1 - self.first_) / net.max_epochs
        net.criterion_.handout.done = done

    def on_epoch_end(
        self,
        net: NeuralNet,
        dataset_train: Rows,
        dataset_valid: Rows | None = None,
        **_: Any,
    ) -> None:
        """Write `train_loss` and the terms, and `valid_loss` and `valid_<term>`."""
        sets = {"train": dataset_train, "valid": dataset_valid}
        for prefix, rows in sets.items():
            if rows is None:
                continue
            training = prefix == "train"
            values = net.criterion_.take_epoch(rows.signals, training=training)
            net.history.record(f"{prefix}_loss", values.pop("loss"))
            for name, value in values.items():
                net.history.record(name if training else f"{prefix}_{name}", value)


class Schedule(QuietCallback):
    """Set the learning rate of each epoch, a function of the share of epochs done.

    A resumed training follows the curve that it was on; a warm start begins anew.
    """

    def __init__(self, factor: Callable[[float], float], max_epochs: int) -> None:
        self.factor = factor
        self.max_epochs = max_epochs
        self.first_ = 0

    def on_train_begin(self, net: NeuralNet, *_: Any, **__: Any) -> None:
        """Note where the curve begins: a warm start has epochs behind it."""
        self.first_ = len(net.history)

    def on_epoch_begin(self, net: NeuralNet, *_: Any, **__: Any) -> None:
        """Scale the learning rate that the net was built with."""
        factor = self.factor((len(net.history) - 1 - self.first_) / self.max_epochs)
        for group in net.optimizer_.param_groups:
            group["lr"] = group.setdefault("initial_lr", group["lr"]) * factor


class EpochBar(QuietCallback):
    """One progress bar for the whole training, on standard error.

    It opens with the first epoch, so that a resumed training shows where it stands.
    """

    def __init__(self, max_epochs: int, label: str) -> None:
        self.max_epochs = max_epochs
        self.label = label

    def on_train_begin(self, net: NeuralNet, *_: Any, **__: Any) -> None:
        """Note where the bar begins: a warm start has epochs behind it."""
        self.first_ = len(net.history)
        self.bar_: Any = None

    def on_epoch_begin(self, net: NeuralNet, *_: Any, **__: Any) -> None:
        """Open the bar."""
        if self.bar_ is None:
            self.bar_ = tqdm(
                total=self.max_epochs,
                initial=len(net.history) - 1 - self.first_,
                desc=self.label,
                unit="epoch",
            )

    def on_epoch_end(self, net: NeuralNet, *_: Any, **__: Any) -> None:
        """Advance, and show the losses."""
        losses = {k: v for k, v in net.history[-1].items() if k.endswith("_loss")}
        self.bar_.set_postfix(losses, refresh=False)
        self.bar_.update()

    def on_train_end(self, *_: Any, **__: Any) -> None:
        """Close the bar."""
        if self.bar_ is not None:
            self.bar_.close()


class Checkpoint(QuietCallback):
    """Keep the training in a file, and go on from it after a killed process.

    What is kept is everything the rest of the training depends on: weights, optimiser,
    generators, history and early stopping. The file is replaced, never overwritten, so
    that it is whole at every moment.

    Parameters
    ----------
    path : Path
        The file.
    randomness : Randomness
        The generators of this training.
    last_epoch : int
        Number of the epoch after which the training is complete.
    """

    def __init__(self, path: Path, randomness: Randomness, last_epoch: int) -> None:
        self.path = path
        self.randomness = randomness
        self.last_epoch = last_epoch
        self.saved = torch.load(path, weights_only=True) if path.exists() else None

    def epochs_left(self, n_done: int) -> int:
        """How many epochs remain, for a net that has `n_done` behind it."""
        if self.saved is None:
            return self.last_epoch - n_done
        n_saved = len(self.saved["history"])
        return 0 if self.saved["finished"] else self.last_epoch - n_saved

    def on_train_begin(self, net: NeuralNet, *_: Any, **__: Any) -> None:
        """Put back what the file holds; the last callback, so that none resets it."""
        if self.saved is None:
            return
        net.module_.load_state_dict(self.saved["module"])
        net.optimizer_.load_state_dict(self.saved["optimizer"])
        net.criterion_.load_state_dict(self.saved["criterion"])
        self.randomness.restore(self.saved["generators"])
        net.history = as_history(self.saved["history"])
        for name, callback in net.callbacks_:
            _put_back(callback, self.saved["callbacks"].get(name, {}))

    def on_epoch_end(self, net: NeuralNet, *_: Any, **__: Any) -> None:
        """Save."""
        self._save(net, finished=False)

    def on_train_end(self, net: NeuralNet, *_: Any, **__: Any) -> None:
        """Save, with the best weights where early stopping chose them."""
        if len(net.history) >= self.last_epoch or net.stopped_early_:
            self._save(net, finished=True)

    def _save(self, net: NeuralNet, *, finished: bool) -> None:
        state = {
            "module": net.module_.state_dict(),
            "optimizer": net.optimizer_.state_dict(),
            "criterion": net.criterion_.state_dict(),
            "generators": self.randomness.state(),
            "history": [_plain(epoch) for epoch in net.history],
            "callbacks": {
                name: _state_of(callback) for name, callback in net.callbacks_
            },
            "finished": finished,
        }
        unfinished = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        torch.save(state, unfinished)
        unfinished.replace(self.path)


# What skorch's EarlyStopping and LRScheduler remember from epoch to epoch, and what our
# GradientNoise counts.
REMEMBERED = frozenset(
    {
        "misses_",
        "dynamic_threshold_",
        "best_epoch_",
        "best_model_weights_",
        "batch_idx_",
        "lr_scheduler_",
        "noise_step_",
    }
)


def _state_of(callback: Callback) -> dict[str, Any]:
    """What a callback remembers; of an object with a state of its own, that state."""
    found = {k: v for k, v in vars(callback).items() if k in REMEMBERED}
    return {k: v.state_dict() if k == "lr_scheduler_" else v for k, v in found.items()}


def _put_back(callback: Callback, state: dict[str, Any]) -> None:
    """Make a callback remember."""
    for name, value in state.items():
        if name == "lr_scheduler_":
            callback.lr_scheduler_.load_state_dict(value)
        else:
            setattr(callback, name, value)


def _plain(epoch: dict[str, Any]) -> dict[str, Any]:
    """An epoch's record without numpy's numbers, which a safe load refuses."""
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in epoch.items()
        if name != "batches"
    }


def as_history(rows: list[dict[str, Any]]) -> History:
    """Rebuild skorch's history from its rows."""
    history = History()
    for row in rows:
        history.new_epoch()
        for name, value in row.items():
            history.record(name, value)
    return history
