"""What any fitted model says of rows: probabilities, scores or values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import is_regressor
from sklearn.utils.validation import check_is_fitted
from skorch import NeuralNet
from torch import Tensor, nn

from sklkd._validation import check_choice, did_you_mean
from sklkd.inspection._tensors import untensored

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

LOOKING_UP = (nn.Embedding, nn.EmbeddingBag)  # by whole numbers
OUTPUTS = ("auto", "probability", "logit", "value")


@dataclass(frozen=True, slots=True)
class Answers:
    """How a model is asked, and what its answers are.

    Attributes
    ----------
    ask : callable
        From rows to numbers: -> (n, n_outputs).
    unit : {"probability", "logit", "value"}
        What these are.
    labels : list or None
        Of the outputs; None where they are numbered.
    rivals : bool
        Whether the highest of several outputs is the model's answer.
    """

    ask: Callable[[Any], Any]
    unit: str
    labels: list[Any] | None = None
    rivals: bool = True

    def of(self, who: str, X: Any) -> Floats:
        """Ask about rows: -> (n, n_outputs), float64."""
        said = untensored(self.ask(X))
        if isinstance(said, list) and said and np.ndim(said[0]) == 2:
            raise TypeError(
                f"{who}: estimator must have one label a row, got the probabilities of "
                f"{len(said)}. Pass a function that returns those of one, such as "
                "lambda X: model.predict_proba(X)[0]."
            )
        answers = np.asarray(said, dtype=np.float64)
        if self.unit == "logit" and answers.ndim == 1 and self.labels is not None:
            # What it says is the gap between two classes; each has one to the other.
            answers = np.stack([-answers, answers], axis=1)
        answers = answers[:, np.newaxis] if answers.ndim == 1 else answers
        n_labels = None if self.labels is None else len(self.labels)
        if answers.ndim != 2 or n_labels not in (None, answers.shape[1]):
            raise ValueError(
                f"{who}: estimator must say one number a row, or one for each output, "
                f"got the shape {answers.shape}."
            )
        return answers

    def chosen(self, who: str, target: Any, said: Floats) -> Indices | None:
        """Which of the outputs is looked at, for each row: -> (n,), or None for all.

        Parameters
        ----------
        who : str
            What asks; errors start with it.
        target : label, array of labels, "all" or None
            As the user passed it.
        said : ndarray of shape (n, n_outputs)
            What is said of the rows as they are.
        """
        if isinstance(target, str) and target == "all":
            return None
        if target is None:
            if said.shape[1] > 1 and not self.rivals:
                raise ValueError(
                    f"{who}: target must say which of the {said.shape[1]} values is "
                    "looked at, got None. Pass its number, or 'all'."
                )
            return np.asarray(said.argmax(axis=1), dtype=np.int64)
        known = self.labels or list(range(said.shape[1]))
        wanted = np.asarray(target)
        if wanted.ndim > 1 or (wanted.ndim == 1 and len(wanted) != len(said)):
            raise ValueError(
                f"{who}: target must be one label, or one for each of the {len(said)} "
                f"rows, got the shape {wanted.shape}."
            )
        labels = np.broadcast_to(wanted, len(said)).tolist()
        return np.array([_place(who, known, label) for label in labels], dtype=np.int64)


def answers_of(who: str, model: Any, output: str, row: Any) -> Answers:
    """How a model is asked for an output, or for what it has.

    Parameters
    ----------
    who : str
        What asks; errors start with it.
    model : estimator, skorch net, nn.Module or callable
        Fitted.
    output : {"auto", "probability", "logit", "value"}
        What is asked for.
    row : array-like of shape (1, ...)
        One that a module is asked about, to see how many outputs it has.
    """
    check_choice(who, "output", output, OUTPUTS)
    if isinstance(model, nn.Module):
        return _of_module(who, model, output, row)
    if hasattr(model, "predict"):
        if hasattr(model, "get_params"):
            check_is_fitted(model)
        if np.size(getattr(model, "classes_", [])):  # CatBoost's regressor has none
            return _of_classifier(who, model, output)
        if isinstance(model, NeuralNet) and not is_regressor(model):
            return _of_module(who, model.module_, output, row)
        _check_only(who, model, output, ["value"])
        return Answers(model.predict, "value", rivals=False)
    if callable(model):
        _check_only(who, model, output, ["value"])
        return Answers(model, "value")
    raise TypeError(
        f"{who}: estimator must be a fitted classifier or regressor, a skorch net, a "
        f"torch.nn.Module or a function of rows, got {model!r}."
    )


def _place(who: str, known: list[Any], label: Any) -> int:
    if label in known:
        return known.index(label)
    raise ValueError(
        f"{who}: target must be one of {known}, or 'all', got {label!r}."
        f"{did_you_mean(label, map(str, known))}"
    )


def _check_only(who: str, model: Any, output: str, units: list[str]) -> None:
    """Raise if something is asked for that the model has not."""
    if output == "auto" or output in units:
        return
    name = getattr(model, "__name__", type(model).__name__)
    known = " or ".join(repr(unit) for unit in ["auto", *units])
    raise ValueError(f"{who}: output must be {known} for {name}, got {output!r}.")


def _of_classifier(who: str, model: Any, output: str) -> Answers:
    """Probabilities where there are any, else scores."""
    labels = np.asarray(model.classes_).tolist()
    methods = {"probability": "predict_proba", "logit": "decision_function"}
    of_pairs = getattr(model, "decision_function_shape", None) == "ovo"
    if of_pairs and len(labels) > 2:
        del methods["logit"]  # scores of pairs of classes are none of classes
    units = [unit for unit, method in methods.items() if hasattr(model, method)]
    _check_only(who, model, output, units)
    if not units:
        raise ValueError(
            f"{who}: estimator must have predict_proba or a decision_function with a "
            f"score for each class, and {type(model).__name__} has none. Pass a "
            "function of rows."
        )
    unit = units[0] if output == "auto" else output
    return Answers(getattr(model, methods[unit]), unit, labels)


def _of_module(who: str, module: nn.Module, output: str, row: Any) -> Answers:
    """One output is a value; several are logits, unless it ends in a softmax."""
    n_outputs = _forward(module, row).shape[1]
    *_, last = module.modules()
    ends = isinstance(last, nn.Softmax)
    units = ["value"] if n_outputs == 1 else ["probability", "logit", "value"]
    if ends and n_outputs > 1:
        units.remove("logit")
    _check_only(who, module, output, units)
    unit = units[0] if output == "auto" else output
    if unit == "probability" and not ends:
        return Answers(lambda X: _forward(module, X).softmax(dim=1), unit)
    return Answers(lambda X: _forward(module, X), unit, rivals=unit != "value")


def _forward(module: nn.Module, X: Any) -> Tensor:
    """What a module puts out, in float64 on the CPU: -> (n, n_outputs)."""
    with evaluating(module), torch.no_grad():
        said = module(as_inputs(module, X))
    said = said[0] if isinstance(said, (tuple, list)) else said
    said = said.unsqueeze(1) if said.ndim == 1 else said
    outputs: Tensor = said.cpu().to(torch.float64)
    return outputs


def as_inputs(module: nn.Module, X: Any) -> Tensor:
    """Rows as a module takes them: on its device, and in its floating-point type.

    Whole numbers become that too, unless it looks them up.
    """
    rows = np.asarray(X.toarray() if sparse.issparse(X) else untensored(X))
    native = rows.astype(rows.dtype.newbyteorder("="), order="C", copy=True)
    tensor = torch.from_numpy(native)
    like = next((p for p in module.parameters() if p.is_floating_point()), None)
    if like is None:
        return tensor
    looks_up = any(isinstance(part, LOOKING_UP) for part in module.modules())
    floating = tensor.is_floating_point() or not looks_up
    return tensor.to(like.device, like.dtype if floating else None)


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Inside it no part of a module trains; outside each is as it was."""
    before = [(part, part.training) for part in module.modules()]
    try:
        for part, _ in before:
            part.training = False
        yield
    finally:
        for part, training in before:
            part.training = training
