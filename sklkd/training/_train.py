"""Training a student: rows on the device, a split, a net, epochs."""

from __future__ import annotations

import contextlib
import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from skorch.helper import predefined_split

from sklkd.exceptions import DivergedError
from sklkd.objectives import Setting
from sklkd.training._atomic import TrainingInterrupted
from sklkd.training._callbacks import (
    Checkpoint,
)
from sklkd.training._criterion import (
    DistillationLoss,
    as_logits,
    puts_out_probabilities,
)
from sklkd.training._curriculum import Curriculum
from sklkd.training._estimators import EstimatorStudent, train_estimator
from sklkd.training._held_out import held_out
from sklkd.training._nets import adopt, go_on, run_epochs
from sklkd.training._rows import Handout, Rows, Source, rows_of
from sklkd.training._scaling import Scaling
from sklkd.training._seeds import Randomness
from sklkd.training._student import Student, TrainedStudent, finite
from sklkd.training._student_net import StudentNet
from sklkd.training._tables import take
from sklkd.training._trained_estimator import TrainedEstimator

STARTING = 20_000  # rows that a module may look at before its training

Trained = TrainedStudent | TrainedEstimator


def train(
    who: str,
    student: Student | EstimatorStudent,
    curriculum: Curriculum,
    *,
    seed: int,
    verbose: int,
    previous: Trained | None = None,
) -> Trained:
    """Train a student, and return it ready to predict.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    student : Student or EstimatorStudent
        What to train.
    curriculum : Curriculum
        What to learn from.
    seed : int
        Of everything random.
    verbose : int
        Whether to show a progress bar.
    previous : TrainedStudent, default=None
        One to go on from; it is not changed. A scikit-learn model is fitted anew.

    Raises
    ------
    TrainingInterrupted
        On Ctrl-C after the first epoch. Its `student` is the student so far.
    """
    if isinstance(student, EstimatorStudent):
        return train_estimator(who, student, curriculum, seed=seed)
    if isinstance(previous, TrainedEstimator):
        raise ValueError(
            f"{who}: warm_start cannot go on with a network where there was a "
            "scikit-learn model. Pass warm_start=False."
        )
    training = _Training(who, student, curriculum, seed, verbose)
    return training.run(previous)


@dataclass(frozen=True, slots=True)
class _Training:
    """One training: the arguments of `train`, shared by its steps."""

    who: str
    student: Student
    curriculum: Curriculum
    seed: int
    verbose: int

    def run(self, previous: TrainedStudent | None) -> TrainedStudent:
        X, rows, steps = self.curriculum.X, self.curriculum.rows, self.student.steps
        if previous is not None and (previous.steps is None) != (steps is None):
            raise ValueError(
                f"{self.who}: warm_start cannot go on with a Pipeline as student where "
                "there was none, or the other way round. Pass warm_start=False."
            )
        if steps is not None:
            X, rows = X if rows is None else take(X, rows), None
            # Weights that go on are weights of the inputs that they were learnt on.
            steps = steps if previous is None else previous.steps
            X = self._transformed(steps, X, fit=previous is None)
            X = finite(X, missing=getattr(self.student.net, "scales", False))
        X = rows_of(X)
        randomness, device, dtype = self._placement(len(self.curriculum.signals))
        handout = Handout()
        probabilities = puts_out_probabilities(self.student.net)
        criterion = DistillationLoss(
            self.curriculum.label_loss,
            self.curriculum.terms,
            handout,
            uses_labels=bool((self.curriculum.signals.label_share > 0).any()),
            probabilities=probabilities,
        )
        scaling = None if previous is None else previous.scaling
        if previous is None and getattr(self.student.net, "scales", False):
            scaling = Scaling.fit(X, self.curriculum.weight, rows)
        source = Source(X, scaling, device, dtype, rows)
        net = self._net(source, criterion, randomness, previous)
        handout.module = net.module_
        handout.randomness = getattr(net, "randomness", None)
        criterion.bind(self._setting(net, source))
        train_rows, valid_rows = self._split(source, handout, randomness)
        net.train_split = predefined_split(valid_rows) if valid_rows else None
        self._checkpoint(net, source, randomness)
        trained = TrainedStudent(steps, scaling, net, dtype, probabilities)
        self._check_output(net, source, trained)
        self._fit(net, train_rows, randomness, trained)
        return trained

    def _transformed(self, steps: Any, X: Any, *, fit: bool) -> Any:
        """What a student's own transformers make of the rows."""
        if not fit:
            return steps.transform(X)
        return steps.fit_transform(X, self.curriculum.signals.target.numpy())

    def _placement(self, n_rows: int) -> tuple[Randomness, torch.device, torch.dtype]:
        net = self.student.net
        if isinstance(net, StudentNet):
            device, dtype = net.placement(n_rows)
        else:
            device, dtype = torch.device(net.device or "cpu"), torch.float32
        return Randomness(self.seed, dtype), device, dtype

    def _net(
        self,
        source: Source,
        criterion: DistillationLoss,
        randomness: Randomness,
        previous: TrainedStudent | None,
    ) -> NeuralNet:
        """A net that is ready to train: built or adopted, and initialised."""
        if isinstance(self.student.net, StudentNet):
            net = self.student.net.build(
                source.row_shape[0],
                self.curriculum.n_outputs,
                len(source),
                criterion,
                randomness,
                label=self.who,
                verbose=self.verbose,
            )
        else:
            net = adopt(self.student.net, criterion, self.who, self.verbose)
        if self.student.within is not None:
            net.set_params(module=self.student.within(net.module))
        with randomness:
            net.initialize()
        net.module_.to(source.dtype)
        if previous is not None:
            go_on(self.who, net, previous)
        elif hasattr(net.module_, "start_from"):
            self._start(net.module_, source, randomness)
        return net

    def _start(self, module: Any, source: Source, randomness: Randomness) -> None:
        """Let a module that wants to look at rows before its training do so."""
        generator, n_rows = randomness.generator(), len(source)
        chosen = torch.arange(n_rows)
        if n_rows > STARTING:
            chosen = torch.randperm(n_rows, generator=generator)[:STARTING]
        signals = self.curriculum.signals
        weight = torch.from_numpy(self.curriculum.weight).to(source.dtype)
        known = torch.ones(n_rows) if signals.labelled is None else signals.labelled
        chosen = chosen[known[chosen] > 0]
        rows = source[chosen.numpy()]
        own = (part[chosen].to(source.device) for part in (signals.target, weight))
        try:
            module.start_from(rows, *own, generator)
        except ValueError as error:
            raise ValueError(f"{self.who}: {error}") from error

    def _setting(self, net: NeuralNet, source: Source) -> Setting:
        """What the terms of the loss may know."""
        learnt, share = self.curriculum, None
        if learnt.classes is not None:
            target = learnt.signals.target.numpy()
            total = np.bincount(target, learnt.label_weight, len(learnt.classes))
            share = total / total.sum() if total.any() else None
        return Setting(
            self.who,
            len(learnt.signals),
            learnt.n_outputs,
            source.row_shape,
            share,
            net.module_,
            source.device,
            source.dtype,
            self.seed,
        )

    def _split(
        self, source: Source, handout: Handout, randomness: Randomness
    ) -> tuple[Rows, Rows | None]:
        """Rows to train on, and rows held out."""
        train, valid = held_out(
            self.who,
            self.student.net,
            self.curriculum.signals.target.numpy(),
            self.curriculum.stratify,
            self.seed,
            real=self.curriculum.real,
        )
        signals = self.curriculum.signals
        if any("index" in term.needs for term in self.curriculum.terms.values()):
            signals = replace(signals, index=torch.arange(len(signals)))
        signals = signals.to(source.device, source.dtype)
        if source.fits():
            source = source.resident()

        def rows(indices: NDArray[np.int64], **options: Any) -> Rows:
            if len(indices) == len(source):
                return Rows(source, signals, handout, **options)
            there = torch.from_numpy(indices).to(source.device)
            return Rows(source.subset(indices), signals[there], handout, **options)

        validation = rows(valid) if len(valid) else None
        balanced = self._balances()
        return rows(
            train, generator=randomness.generator(), balanced=balanced
        ), validation

    def _balances(self) -> bool:
        """Whether each batch is to have the same number of rows of each class."""
        balanced = bool(getattr(self.student.net, "balanced_batches", False))
        if balanced and self.curriculum.classes is None:
            raise ValueError(
                f"{self.who}: balanced_batches of the student needs classes, and "
                "values are learnt. Pass balanced_batches=False."
            )
        return balanced

    def _checkpoint(
        self, net: NeuralNet, source: Source, randomness: Randomness
    ) -> None:
        """Add the checkpoint that the student asks for, as the last callback."""
        settings = self.student.net
        if not isinstance(settings, StudentNet) or settings.checkpoint is None:
            return
        params = settings.get_params() | {"checkpoint": None, "verbose": 0}
        signals = self.curriculum.signals
        kept = (*signals.parts(), signals.labelled)
        arrays = [part.numpy() for part in kept if part is not None]
        terms = self.curriculum.terms
        start = [p.detach().cpu().numpy() for p in net.module_.parameters()]
        content = (params, self.seed, source.X, source.rows, arrays, terms, start)
        folder = Path(settings.checkpoint)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._identity(content)}.pt"
        last_epoch = len(net.history) + net.max_epochs
        checkpoint = Checkpoint(path, randomness, last_epoch)
        net.callbacks_.append(("Checkpoint", checkpoint))

    def _identity(self, content: Any) -> str:
        """A name made of what a training depends on."""
        try:
            return str(joblib.hash(content, coerce_mmap=True))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ValueError(
                f"{self.who}: checkpoint needs a student that can be pickled, got "
                f"{error}. Use functions and classes that are defined in a module."
            ) from error

    def _check_output(
        self, net: NeuralNet, source: Source, trained: TrainedStudent
    ) -> None:
        """Ask the untrained module about two rows: a torch error comes now or never."""
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
                f"{(len(source), *source.row_shape)} ({type(error).__name__}: {error})."
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
        n_before = len(net.history)
        last_epoch = n_before + net.max_epochs
        epochs = checkpoint.epochs_left(n_before) if checkpoint else net.max_epochs
        # A user's net does not know our randomness; ours enters it by itself.
        with contextlib.nullcontext() if ours else randomness:
            run_epochs(net, rows, epochs)
        self._let_go(net, rows)
        if not all(p.isfinite().all() for p in net.module_.parameters()):
            raise DivergedError(
                f"{self.who}: training diverged, the student's weights are not finite. "
                "Lower lr, or scale X and y."
            )
        n_complete = len(trained.history())
        if epochs > 0 and not net.stopped_early_ and n_complete < last_epoch:
            if n_complete == n_before:
                raise KeyboardInterrupt
            raise TrainingInterrupted(trained)

    def _let_go(self, net: NeuralNet, rows: Rows) -> None:
        """Keep no data in the net, and leave it ready to predict."""
        rows.handout.clear()
        net.train_split = getattr(self.student.net, "train_split", None)
        net.module_.eval()
