"""What may be passed as ``student=``, and what predicts once it is trained."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import torch
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.validation import check_array
from skorch import NeuralNet
from torch import nn

from sklkd.exceptions import DivergedError
from sklkd.plugins import STUDENTS
from sklkd.training._criterion import as_logits
from sklkd.training._estimators import EstimatorStudent
from sklkd.training._net import Net
from sklkd.training._rows import Source, rows_of
from sklkd.training._scaling import Scaling, chunks
from sklkd.training._seeds import draw_seed
from sklkd.training._student_net import StudentNet

PREDICT_CHUNK = 1 << 21  # numbers of X that are predicted at once


@dataclass(frozen=True, slots=True)
class Student:
    """A student to be trained: fitted to nothing yet, checked and cloned.

    Attributes
    ----------
    steps : Pipeline or None
        Transformers before the network.
    net : StudentNet or skorch.NeuralNet
        The network.
    within : callable or None
        From what builds the module to what builds another around it.
    """

    steps: Pipeline | None
    net: StudentNet | NeuralNet
    within: Callable[[Any], Any] | None = None

    def check_seed(self, random_state: Any) -> None:
        """Raise if training cannot be resumed, though a checkpoint is asked for.

        A file is found again by the seed among other things.
        """
        own = getattr(self.net, "random_state", None)
        used = random_state if own is None else own
        if getattr(self.net, "checkpoint", None) and not isinstance(used, Integral):
            raise ValueError(
                "StudentNet: checkpoint needs an integer random_state, the student's "
                f"or the estimator's, got {used!r}."
            )

    def seed(self, seed: int) -> int:
        """Its own seed where it has a ``random_state``, else the estimator's."""
        own = getattr(self.net, "random_state", None)
        return seed if own is None else draw_seed(own)

    @property
    def sees_original(self) -> bool:
        """Whether it gets X as the user passed it."""
        return self.steps is not None

    @property
    def takes_missing(self) -> bool:
        """Whether it knows what to do where X has no value."""
        return self.steps is not None or getattr(self.net, "scales", False)

    def for_trial(self) -> Student:
        """Return a copy that leaves no trace, not even a checkpoint."""
        net = clone(self.net)
        if isinstance(net, StudentNet):
            net.set_params(checkpoint=None)
        return replace(self, steps=self.steps and clone(self.steps), net=net)

    @property
    def takes_any_shape(self) -> bool:
        """Whether rows may be other than vectors, such as images."""
        return self.steps is not None or not (
            isinstance(self.net, StudentNet) and self.net.is_default
        )


@dataclass(frozen=True, slots=True)
class TrainedStudent:
    """A student that predicts: transformers, scaling of columns, network.

    Attributes
    ----------
    steps : Pipeline or None
        Fitted transformers before the network.
    scaling : Scaling or None
        Of the network's input.
    net : skorch.NeuralNet
        The trained net.
    dtype : torch.dtype
        Of its parameters.
    probabilities : bool
        Whether its module puts out probabilities instead of logits.
    """

    steps: Pipeline | None
    scaling: Scaling | None
    net: NeuralNet
    dtype: torch.dtype
    probabilities: bool = False

    def outputs(self, X: Any) -> torch.Tensor:
        """Logits or standardised values, in float64 on the CPU: (n, n_outputs).

        Raises
        ------
        DivergedError
            If an output is not finite.
        """
        return self.through(X, self._forward)

    def through(self, X: Any, ask: Callable[[torch.Tensor], torch.Tensor]) -> Any:
        """What a function says of the rows as the network sees them, in chunks.

        Parameters
        ----------
        X : array, sparse array or DataFrame
            Checked.
        ask : callable
            From rows on the network's device to a tensor of as many rows.

        Raises
        ------
        DivergedError
            If an output is not finite.
        """
        if self.steps is not None:
            X = finite(self.steps.transform(X), missing=self.scaling is not None)
        device = torch.device(self.net.device or "cpu")
        source = Source(rows_of(X), self.scaling, device, self.dtype)
        with torch.inference_mode():
            parts = [
                ask(source[c]).cpu().to(torch.float64)
                for c in chunks(source.X.shape, PREDICT_CHUNK)
            ]
            outputs = parts[0] if len(parts) == 1 else torch.cat(parts)
            # The sum alone says so in all but the rarest cases, in a tenth of the time.
            if not (outputs.sum().isfinite() or outputs.isfinite().all()):
                raise DivergedError(
                    "X contains values too large for this student: its output is not "
                    "finite. Scale X."
                )
        return outputs

    @property
    def sees_original(self) -> bool:
        """Whether it gets X as the user passed it."""
        return self.steps is not None

    def history(self) -> list[dict[str, float]]:
        """A record for each epoch that ran to its end."""
        complete = [epoch for epoch in self.net.history if "train_loss" in epoch]
        return [{k: v for k, v in e.items() if k != "batches"} for e in complete]

    def trim(self) -> None:
        """Drop what only training needs; a user's own net is left as it is."""
        if isinstance(self.net, Net):
            self.net.trim_for_prediction()
            self.net.randomness = None

    def _forward(self, X: torch.Tensor) -> torch.Tensor:
        output = self.net.module_(X)
        return as_logits(output, probabilities=self.probabilities)


def as_student(who: str, student: Any) -> Student | EstimatorStudent:
    """Turn what the user passed as ``student=`` into a checked, unfitted clone.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    student : None, StudentNet, skorch net, nn.Module, estimator, Pipeline or str
        Or a class of modules. A Pipeline ends in one of the others; a str is a
        registered name.

    Raises
    ------
    TypeError, ValueError
        If it is none of these, or has a parameter out of range.
    """
    if isinstance(student, Pipeline):
        end = as_student(who, student.steps[-1][1])
        if isinstance(end, EstimatorStudent):
            return EstimatorStudent(student)
        return replace(end, steps=_before(student, end.steps))
    if student is None or isinstance(student, str):
        student = STUDENTS[student or "net"].factory()
    if isinstance(student, nn.Module) or _is_module_class(student):
        student = StudentNet(student)
    if not isinstance(student, (StudentNet, NeuralNet)):
        if _is_model(student):
            return EstimatorStudent(student)
        raise TypeError(
            f"{who}: student must be None, a StudentNet, a skorch net, a "
            "torch.nn.Module or a class of them, a scikit-learn model, a Pipeline that "
            f"ends in one of these, or the name of a registered student, got "
            f"{student!r}."
        )
    if isinstance(student, StudentNet):
        student.check()
    return Student(None, clone(student))


def _before(pipeline: Pipeline, inner: Pipeline | None) -> Pipeline | None:
    """The transformers of a Pipeline, and after them of one that it ends in."""
    if len(pipeline.steps) == 1:
        return inner
    own = clone(Pipeline(pipeline.steps[:-1]))
    return own if inner is None else make_pipeline(own, inner)


def _is_module_class(student: Any) -> bool:
    return inspect.isclass(student) and issubclass(student, nn.Module)


def _is_model(student: Any) -> bool:
    """Whether it is an estimator that learns from labels or values."""
    made = hasattr(student, "fit") and hasattr(student, "predict")
    return made and hasattr(student, "get_params") and not inspect.isclass(student)


def finite(X: Any, *, missing: bool) -> Any:
    """What a student's own transformers gave, if it is finite numbers.

    NaN passes where values may be `missing`: where scaling comes next, which fills a
    dense array's.
    """
    return check_array(
        X,
        accept_sparse="csr",
        allow_nd=True,
        dtype="numeric",
        ensure_all_finite="allow-nan" if missing and not issparse(X) else True,
    )
