"""Nets in our hands: adopted from the user, going on from another, trained."""

from __future__ import annotations

import copy
import functools
from typing import Any

import torch
from skorch import NeuralNet, NeuralNetClassifier

from sklkd.training._callbacks import EpochBar, TermLog, as_history, stops_training
from sklkd.training._criterion import DistillationLoss
from sklkd.training._rows import Rows, iterate
from sklkd.training._student import TrainedStudent


def go_on(who: str, net: NeuralNet, previous: TrainedStudent) -> None:
    """Take over a student's weights, moments and record; not its settings.

    Raises
    ------
    ValueError
        If it is another network, or another optimizer.
    """
    before = previous.net
    kind, other = type(net.optimizer_), before.optimizer_
    try:
        if other is not None and type(other) is not kind:
            raise ValueError(f"{type(other).__name__} became {kind.__name__}")
        net.module_.load_state_dict(before.module_.state_dict())
        if other is not None:  # else it was trained to be shipped
            groups = net.optimizer_.state_dict()["param_groups"]
            moments = copy.deepcopy(other.state_dict()["state"])
            state = {"state": moments, "param_groups": groups}
            net.optimizer_.load_state_dict(state)
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"{who}: warm_start cannot go on with another network or "
            f"optimizer ({error}). Pass warm_start=False."
        ) from error
    net.history = as_history(previous.history())


def run_epochs(net: NeuralNet, rows: Rows, epochs: int) -> None:
    """What skorch's ``partial_fit`` does; only that Ctrl-C is told from a stop."""
    y = rows.signals.target.cpu().numpy()
    net.stopped_early_ = False
    net.notify("on_train_begin", X=rows, y=y)
    try:
        net.fit_loop(rows, y, epochs=epochs)
    except KeyboardInterrupt as interrupt:
        net.stopped_early_ = stops_training(interrupt)
    net.notify("on_train_end", X=rows, y=y)


def adopt(
    net: NeuralNet, criterion: DistillationLoss, who: str, verbose: int
) -> NeuralNet:
    """Give a user's skorch net our criterion and batches; the rest stays its own."""
    for name in ("criterion", "iterator_train", "iterator_valid"):
        for key in net.get_params_for(name):
            if key != "batch_size":
                delattr(net, f"{name}__{key}")
    logits = isinstance(net, NeuralNetClassifier) and not criterion.probabilities
    # skorch refuses a module as a parameter of a net that is not being initialised.
    ready = functools.partial(_itself, criterion)
    net.set_params(criterion=ready, iterator_train=iterate, iterator_valid=iterate)
    if logits and net.predict_nonlinearity == "auto":
        net.predict_nonlinearity = _softmax
    extra: list[tuple[str, Any]] = [("sklkd_terms", TermLog())]
    if verbose:
        extra.append(("sklkd_bar", EpochBar(net.max_epochs, who)))
    own = [] if net.callbacks in (None, "disable") else list(net.callbacks)
    net.callbacks = [*own, *extra]
    return net


def _itself(criterion: DistillationLoss) -> DistillationLoss:
    return criterion


def _softmax(output: torch.Tensor) -> torch.Tensor:
    """Logits to probabilities, for skorch's own predictions: (n, k) -> (n, k)."""
    return output.softmax(dim=-1)
