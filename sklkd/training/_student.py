"""From what the user passed as ``student=`` to a trained one that predicts."""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from skorch import NeuralNet, NeuralNetClassifier
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from torch import nn

from sklkd.exceptions import DivergedError
from sklkd.objectives import Objective
from sklkd.plugins import STUDENTS
from sklkd.training._atomic import TrainingInterrupted
from sklkd.training._callbacks import Checkpoint, EpochBar, TermLog
from sklkd.training._criterion import DistillationLoss, LabelLoss, as_logits
from sklkd.training._net import Net
from sklkd.training._rows import Batches, Rows, Signals, Source
from sklkd.training._scaling import Scaling, chunks
from sklkd.training._seeds import Randomness
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
    """

    steps: Pipeline | None
    net: StudentNet | NeuralNet

    @property
    def takes_any_shape(self) -> bool:
        """Whether rows may be other than vectors, such as images."""
        return self.steps is not None or not (
            isinstance(self.net, StudentNet) and self.net.is_default
        )


@dataclass(frozen=True, slots=True)
class Curriculum:
    """What a student is to learn from: rows aligned with X, and the losses.

    Attributes
    ----------
    signals : Signals
        Of all rows, on the CPU, in float64.
    n_outputs : int
        Width of the network's output.
    label_loss : callable
        (output, target) -> one value per sample.
    terms : dict of str to Objective
        What is learnt from the teacher.
    weight : ndarray of shape (n_rows,)
        Of each row, for the scaling of columns.
    stratify : ndarray of shape (n_rows,) or None
        Classes, to be represented among the held-out rows.
    """

    signals: Signals
    n_outputs: int
    label_loss: LabelLoss
    terms: dict[str, Objective]
    weight: NDArray[np.float64]
    stratify: NDArray[Any] | None = field(default=None)


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
        if self.steps is not None:
            X = self.steps.transform(X)
        module = self.net.module_
        device = next((p.device for p in module.parameters()), torch.device("cpu"))
        source = Source(_rows_of(X), self.scaling, device, self.dtype)
        with torch.inference_mode():
            parts = [self._forward(source[c]) for c in chunks(source.X, PREDICT_CHUNK)]
            outputs = parts[0] if len(parts) == 1 else torch.cat(parts)
            if not outputs.isfinite().all():
                raise DivergedError(
                    "X contains values too large for this student: its output is not "
                    "finite. Scale X."
                )
        return outputs

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
        logits = as_logits(output, probabilities=self.probabilities)
        return logits.to("cpu", torch.float64)


def as_student(who: str, student: Any) -> Student:
    """Turn what the user passed as ``student=`` into a checked, unfitted clone.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    student : None, StudentNet, skorch net, nn.Module, class of them, Pipeline or str
        A Pipeline ends in one of the others; a str is a registered name.

    Raises
    ------
    TypeError, ValueError
        If it is none of these, or has a parameter out of range.
    """
    if isinstance(student, Pipeline):
        steps = clone(Pipeline(student.steps[:-1])) if len(student.steps) > 1 else None
        return replace(as_student(who, student.steps[-1][1]), steps=steps)
    if student is None or isinstance(student, str):
        student = STUDENTS[student or "net"].factory()
    if isinstance(student, nn.Module) or _is_module_class(student):
        student = StudentNet(student)
    if not isinstance(student, (StudentNet, NeuralNet)):
        raise TypeError(
            f"{who}: student must be None, a StudentNet, a skorch net, a "
            "torch.nn.Module or a class of them, a Pipeline that ends in one, or the "
            f"name of a registered student, got {student!r}."
        )
    if isinstance(student, StudentNet):
        student.check()
    return Student(None, clone(student))


def train(
    who: str,
    student: Student,
    X: Any,
    curriculum: Curriculum,
    *,
    seed: int,
    verbose: int,
    previous: TrainedStudent | None = None,
) -> TrainedStudent:
    """Train a student, and return it ready to predict.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    student : Student
        What to train.
    X : array-like, sparse array or DataFrame
        Inputs, already checked.
    curriculum : Curriculum
        What to learn from.
    seed : int
        Of everything random.
    verbose : int
        Whether to show a progress bar.
    previous : TrainedStudent, default=None
        One to go on from; it is not changed.

    Raises
    ------
    TrainingInterrupted
        On Ctrl-C after the first epoch. Its `student` is the student so far.
    """
    training = _Training(who, student, curriculum, seed, verbose)
    return training.run(X, previous)


@dataclass(frozen=True, slots=True)
class _Training:
    """One training: the arguments of `train`, shared by its steps."""

    who: str
    student: Student
    curriculum: Curriculum
    seed: int
    verbose: int

    def run(self, X: Any, previous: TrainedStudent | None) -> TrainedStudent:
        steps = self.student.steps
        if steps is not None:
            X = steps.fit_transform(X, self.curriculum.signals.target.numpy())
        X = _rows_of(X)
        randomness, device, dtype = self._placement(len(self.curriculum.weight))
        handout: list[Signals] = []
        probabilities = _puts_out_probabilities(self.student.net)
        criterion = DistillationLoss(
            self.curriculum.label_loss,
            self.curriculum.terms,
            handout,
            uses_labels=bool((self.curriculum.signals.label_share > 0).any()),
            probabilities=probabilities,
        )
        scaling = self._scaling(X)
        source = Source(X, scaling, device, dtype)
        net = self._net(source, criterion, randomness, previous)
        train_rows, valid_rows = self._split(source, handout, randomness)
        net.train_split = predefined_split(valid_rows) if valid_rows else None
        self._checkpoint(net, source, randomness)
        trained = TrainedStudent(steps, scaling, net, dtype, probabilities)
        self._check_output(net, source, trained)
        self._fit(net, train_rows, randomness, trained)
        return trained

    def _placement(
        self, n_rows: int
    ) -> tuple[Randomness, torch.device, torch.dtype]:
        net = self.student.net
        if isinstance(net, StudentNet):
            device, dtype = net.placement(n_rows)
        else:
            device, dtype = torch.device(net.device or "cpu"), torch.float32
        return Randomness(self.seed, dtype), device, dtype

    def _scaling(self, X: Any) -> Scaling | None:
        net = self.student.net
        if not (isinstance(net, StudentNet) and net.scales):
            return None
        return Scaling.fit(X, self.curriculum.weight)

    def _net(
        self,
        source: Source,
        criterion: DistillationLoss,
        randomness: Randomness,
        previous: TrainedStudent | None,
    ) -> NeuralNet:
        """A net that is ready to train: built or adopted, and initialised."""
        if previous is not None:
            net = copy.deepcopy(previous.net)
            net.criterion_ = criterion
            return net
        if isinstance(self.student.net, StudentNet):
            net = self.student.net.build(
                source.X.shape[1],
                self.curriculum.n_outputs,
                len(source),
                criterion,
                randomness,
                label=self.who,
                verbose=self.verbose,
            )
        else:
            net = _adopt(self.student.net, criterion, self.who, self.verbose)
        with randomness:
            net.initialize()
        net.module_.to(source.dtype)
        return net

    def _split(
        self, source: Source, handout: list[Signals], randomness: Randomness
    ) -> tuple[Rows, Rows | None]:
        """Rows to train on, and rows held out."""
        train, valid = self._held_out(len(source))
        signals = self.curriculum.signals.to(source.device, source.dtype)
        if source.fits():
            source = source.resident()

        def rows(indices: NDArray[np.int64], generator: torch.Generator | None) -> Rows:
            if len(indices) == len(source):
                return Rows(source, signals, handout, generator)
            there = torch.from_numpy(indices).to(source.device)
            part = replace(source, X=source.X[there if _is_tensor(source) else indices])
            return Rows(part, signals[there], handout, generator)

        held_out = rows(valid, None) if len(valid) else None
        return rows(train, randomness.generator()), held_out

    def _held_out(self, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Indices to train on and to validate on."""
        everything, nothing = np.arange(n), np.arange(0)
        net = self.student.net
        if isinstance(net, StudentNet):
            if not net.early_stopping:
                return everything, nothing
            return self._stratified(everything, net.validation_fraction)
        if not net.train_split:
            return everything, nothing
        y = self.curriculum.signals.target.numpy()
        train, valid = net.train_split(Dataset(everything, y), y)
        if valid is None:
            return everything, nothing
        if not (hasattr(train, "indices") and hasattr(valid, "indices")):
            raise ValueError(
                f"{self.who}: train_split of the student must choose among the "
                "training rows, as skorch.dataset.ValidSplit does; rows from elsewhere "
                "have no teacher targets."
            )
        return np.asarray(train.indices), np.asarray(valid.indices)

    def _stratified(
        self, rows: NDArray[np.int64], fraction: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """A share of the rows, with every class in it where that is possible."""
        classes = self.curriculum.stratify
        n_held_out = max(1, round(fraction * len(rows)))
        if classes is not None:
            counts = np.unique(classes, return_counts=True)[1]
            if counts.min() < 2 or n_held_out < len(counts):
                classes = None
        if len(rows) < 2 or n_held_out >= len(rows):
            raise ValueError(
                f"{self.who}: early_stopping holds out {n_held_out} of {len(rows)} rows "
                "and leaves none to train on. Pass more rows or early_stopping=False."
            )
        train, valid = train_test_split(
            rows, test_size=n_held_out, stratify=classes, random_state=self.seed
        )
        return train, valid

    def _checkpoint(
        self, net: NeuralNet, source: Source, randomness: Randomness
    ) -> None:
        """Add the checkpoint that the student asks for, as the last callback."""
        settings = self.student.net
        if not isinstance(settings, StudentNet) or settings.checkpoint is None:
            return
        params = settings.get_params() | {"checkpoint": None, "verbose": 0}
        signals = [np.asarray(getattr(self.curriculum.signals, name)) for name in
                   ("target", "teacher", "label_share", "teacher_share")]
        terms = self.curriculum.terms
        content = (params, self.seed, source.X, source.scaling, signals, terms)
        folder = Path(settings.checkpoint)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{joblib.hash(content, coerce_mmap=True)}.pt"
        checkpoint = Checkpoint(path, randomness, net.max_epochs)
        net.callbacks_.append(("Checkpoint", checkpoint))

    def _check_output(
        self, net: NeuralNet, source: Source, trained: TrainedStudent
    ) -> None:
        """Ask the untrained module about two rows, so that no torch error comes later."""
        name = type(net.module_).__name__
        net.module_.eval()
        try:
            with torch.no_grad():
                output = as_logits(
                    net.module_(source[:2]), probabilities=trained.probabilities
                )
        except Exception as error:
            raise ValueError(
                f"{self.who}: the student's module {name} cannot take X of shape "
                f"{tuple(source.X.shape)} ({type(error).__name__}: {error})."
            ) from error
        wanted = (min(2, len(source)), self.curriculum.n_outputs)
        if tuple(output.shape) != wanted:
            raise ValueError(
                f"{self.who}: the student's module {name} must put out "
                f"{self.curriculum.n_outputs} columns, one for each class or target, "
                f"got an output of shape {tuple(output.shape)} for {wanted[0]} rows."
            )

    def _fit(
        self,
        net: NeuralNet,
        rows: Rows,
        randomness: Randomness,
        trained: TrainedStudent,
    ) -> None:
        """Run the epochs, and leave the net ready to predict."""
        ours = isinstance(self.student.net, StudentNet)
        checkpoint = dict(net.callbacks_).get("Checkpoint")
        epochs = checkpoint.epochs_left if checkpoint else net.max_epochs
        before = len(net.history)
        y = rows.signals.target.cpu().numpy()
        if ours:
            net.partial_fit(rows, y, epochs=epochs)
        else:
            with randomness:
                net.partial_fit(rows, y, epochs=epochs)
        net.module_.eval()
        if not all(p.isfinite().all() for p in net.module_.parameters()):
            raise DivergedError(
                f"{self.who}: training diverged, the student's weights are not finite. "
                "Lower lr, or scale X and y."
            )
        complete = checkpoint is not None or _n_complete(net) - before >= epochs
        if ours and not complete and not net.stopped_early_:
            if _n_complete(net) == before:
                raise KeyboardInterrupt
            raise TrainingInterrupted(trained)


def _adopt(
    net: NeuralNet, criterion: DistillationLoss, who: str, verbose: int
) -> NeuralNet:
    """Give a user's skorch net our criterion and batches; the rest stays its own."""
    for name in ("criterion", "iterator_train", "iterator_valid"):
        for key in net.get_params_for(name):
            if key != "batch_size":
                delattr(net, f"{name}__{key}")
    logits = isinstance(net, NeuralNetClassifier) and not criterion.probabilities
    net.set_params(criterion=criterion, iterator_train=Batches, iterator_valid=Batches)
    if logits and net.predict_nonlinearity == "auto":
        net.predict_nonlinearity = _softmax
    extra: list[tuple[str, Any]] = [("sklkd_terms", TermLog())]
    if verbose:
        extra.append(("sklkd_bar", EpochBar(net.max_epochs, who)))
    own = [] if net.callbacks in (None, "disable") else list(net.callbacks)
    net.callbacks = [*own, *extra]
    return net


def _softmax(output: torch.Tensor) -> torch.Tensor:
    """Logits to probabilities, for skorch's own predictions: (n, k) -> (n, k)."""
    return output.softmax(dim=-1)


def _puts_out_probabilities(net: StudentNet | NeuralNet) -> bool:
    """Whether a skorch classifier keeps skorch's convention of a softmax inside."""
    return isinstance(net, NeuralNetClassifier) and net.criterion is nn.NLLLoss


def _is_module_class(student: Any) -> bool:
    return inspect.isclass(student) and issubclass(student, nn.Module)


def _is_tensor(source: Source) -> bool:
    return isinstance(source.X, torch.Tensor)


def _n_complete(net: NeuralNet) -> int:
    """Epochs in the record that ran to their end."""
    return sum("train_loss" in epoch for epoch in net.history)


def _rows_of(X: Any) -> Any:
    """What a transformer gave, as something with rows: arrays, CSR, frames' values."""
    if hasattr(X, "tocsr"):
        return X.tocsr()
    return X if isinstance(X, np.ndarray) else np.asarray(X)
