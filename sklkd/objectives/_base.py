"""Objectives: small searchable objects around losses, which add and scale."""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from torch import Tensor, nn

from sklkd._composition import NamedParts
from sklkd._validation import NON_NEGATIVE, Interval, check_interval
from sklkd.plugins import OBJECTIVES

Task = Literal["classification", "regression"]

# Names that the history of a training gives to other numbers.
RESERVED = frozenset({"epoch", "label", "loss", "train_loss", "valid_loss"})


@dataclass(slots=True)
class Batch:
    """What an objective may look at: one batch of rows, on the student's device.

    Attributes
    ----------
    student, teacher : Tensor of shape (n_samples, n_outputs)
        Logits of a classifier, standardised values of a regressor.
    target : Tensor of shape (n_samples,) or (n_samples, n_outputs)
        Class indices, or standardised values; anything where a row has no label.
    output : object
        What the module put out, as it came; `student` is made of it.
    inputs : Tensor of shape (n_samples, ...)
        What it was given.
    module : torch.nn.Module
        The module, in training mode.
    forward : callable
        From other inputs to what `student` is of these.
    index : Tensor of shape (n_samples,)
        Which of the training's rows these are, in [0, n_rows) of its `Setting`.
    done : float
        Share of the epochs that lie behind, in [0, 1).
    weight : Tensor of shape (n_samples,)
        By which the loss of each row will be multiplied, for those that couple rows.
    """

    student: Tensor
    teacher: Tensor
    target: Tensor
    output: Any = None
    inputs: Any = None
    module: Any = None
    forward: Callable[[Tensor], Tensor] | None = None
    index: Any = None
    done: float = 0.0
    weight: Any = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of a training before it begins.

    Attributes
    ----------
    who : str
        The estimator that asks; errors start with it.
    n_rows : int
        Rows that are learnt from, held-out ones included.
    n_outputs : int
        Width of the student's output.
    row_shape : tuple of int
        Shape of one row of the module's inputs.
    class_share : ndarray of shape (n_classes,) or None
        Share of each class among the labels, by weight; None where values are learnt.
    module : torch.nn.Module
        The student's, initialised.
    device : torch.device
        Where it is.
    dtype : torch.dtype
        Of its parameters.
    seed : int
        Of whatever an objective draws, by a generator of its own.
    """

    who: str
    n_rows: int
    n_outputs: int
    row_shape: tuple[int, ...]
    class_share: NDArray[np.float64] | None
    module: nn.Module
    device: torch.device
    dtype: torch.dtype
    seed: int


class Term(Protocol):
    """A term of one training: what `Objective.bound` returns, often the objective."""

    def loss(self, batch: Batch) -> Tensor:
        """Return one value per sample: (n_samples,)."""
        ...


class Objective(BaseEstimator, ABC):
    """What the student minimises besides the labels.

    A subclass takes its hyperparameters in `__init__`, ``weight`` among them, and says
    in `loss` what they mean. Objectives add and scale, as kernels do in
    :mod:`sklearn.gaussian_process`: ``SoftTargets(2.0) + 0.1 * LogitMatching()``.

    Attributes
    ----------
    tasks : frozenset of {"classification", "regression"}
        What the objective is meaningful for.
    bounds : mapping of str to Interval
        The range of each numeric hyperparameter, checked by ``fit``.
    needs : frozenset of {"teacher", "target", "index"}
        What it looks at besides the student's output: what a teacher said, labels (it
        then sees nothing of rows that have none), and which row is which. By default
        the teacher.
    laws : frozenset of str
        Keys of `sklkd.testing.LAWS` that its loss obeys, which `check_objective` holds
        it to.
    in_validation : bool
        Whether it is part of the loss by which early stopping judges held-out rows.
    weight : float
        Factor of this term within the objective, at least 0.

    Examples
    --------
    A complete objective of one's own:

    >>> from sklkd.losses import kl_divergence
    >>> from sklkd.objectives import Objective
    >>> class ReverseKL(Objective):
    ...     '''KL(student || teacher): seeks one mode of the teacher.'''
    ...
    ...     def __init__(self, *, weight=1.0):
    ...         self.weight = weight
    ...
    ...     def loss(self, batch):
    ...         return kl_divergence(batch.teacher, batch.student)
    >>> (0.5 * ReverseKL()).weight
    0.5
    """

    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    bounds: ClassVar[Mapping[str, Interval]] = {}
    needs: ClassVar[frozenset[str]] = frozenset({"teacher"})
    laws: ClassVar[frozenset[str]] = frozenset(
        {"finite_with_gradient", "rows_independent"}
    )
    in_validation: ClassVar[bool] = True
    weight: float

    @abstractmethod
    def loss(self, batch: Batch) -> Tensor:
        """Return one value per sample, without `weight`: (n_samples,)."""

    def bound(self, setting: Setting) -> Term:  # noqa: ARG002 - most need to know nothing
        """Return what computes the loss in one training; here, the objective itself.

        An objective that remembers something, draws numbers, or depends on the data
        returns an object with a ``loss`` of its own. As a ``torch.nn.Module`` its
        buffers are on the student's device, and are kept in checkpoints.

        Raises
        ------
        ValueError
            If a hyperparameter does not fit the data.
        """
        return self

    def terms(self) -> dict[str, Objective]:
        """Return the weighted terms by name; a plain objective is its own only one."""
        return {_snake_case(type(self).__name__): self}

    def check(self) -> None:
        """Raise if a hyperparameter is out of range."""
        who = type(self).__name__
        for name, interval in {"weight": NON_NEGATIVE, **self.bounds}.items():
            check_interval(who, name, getattr(self, name), interval)

    def scaled(self, factor: float) -> Objective:
        """Return a copy whose weight is multiplied by `factor`."""
        copy: Objective = clone(self)
        copy.weight = copy.weight * factor
        return copy

    def __add__(self, other: Objective) -> Sum:
        if not isinstance(other, Objective):
            return NotImplemented
        return Sum(_uniquely_named([*self.terms().items(), *other.terms().items()]))

    def __mul__(self, factor: float) -> Objective:
        check_interval(type(self).__name__, "weight", factor, NON_NEGATIVE)
        return self.scaled(factor)

    __rmul__ = __mul__


class Sum(NamedParts, Objective):
    """A weighted sum of named objectives; what ``a + b`` makes.

    Parameters
    ----------
    parts : list of (str, Objective)
        The terms. Each can be replaced by name, and searched:
        ``objective__logit_matching__weight``.

    Examples
    --------
    >>> from sklkd.objectives import LogitMatching, SoftTargets
    >>> objective = SoftTargets(temperature=2.0) + 0.1 * LogitMatching()
    >>> sorted(objective.terms())
    ['logit_matching', 'soft_targets']
    >>> objective.get_params()["logit_matching__weight"]
    0.1
    """

    parts_parameter = "parts"
    tasks = frozenset({"classification", "regression"})

    def __init__(self, parts: list[tuple[str, Objective]]) -> None:
        self.parts = parts

    def loss(self, batch: Batch) -> Tensor:
        """Return the weighted sum of the terms: (n_samples,)."""
        total = batch.student.new_zeros(len(batch.student))
        for term in self.terms().values():
            total = total + term.weight * term.loss(batch)
        return total

    def terms(self) -> dict[str, Objective]:
        """Return the terms by name."""
        return dict(self.named_parts)

    def check(self) -> None:
        """Raise if a term is none, shares its name, or is out of range."""
        names = [name for name, _ in self.named_parts]
        usable = all(n and "__" not in n and n != self.parts_parameter for n in names)
        if not names or len(set(names)) < len(names) or not usable:
            raise ValueError(
                "Sum: parts must be at least one objective, each with a name of its "
                f"own, not {self.parts_parameter!r} and without '__', got the names "
                f"{names}."
            )
        for name, term in self.named_parts:
            if not isinstance(term, Objective) or isinstance(term, Sum):
                raise TypeError(
                    f"Sum: the part {name!r} must be a plain Objective, got {term!r}. "
                    "Add sums with +, which makes one of them."
                )
            term.check()

    def scaled(self, factor: float) -> Objective:
        """Return a copy with every term's weight multiplied by `factor`."""
        return Sum([(name, term.scaled(factor)) for name, term in self.named_parts])


def as_objective(who: str, objective: Any, task: Task, default: Objective) -> Objective:
    """Turn what the user passed as ``objective=`` into a checked one.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    objective : Objective, str or None
        An objective, the name of a registered one, or None for `default`.
    task : {"classification", "regression"}
        What it is wanted for.
    default : Objective
        What None means.

    Raises
    ------
    TypeError, ValueError
        If it is no objective, is unknown, is meant for another task, or has a
        hyperparameter out of range.
    """
    if objective is None:
        objective = default
    if isinstance(objective, str):
        objective = OBJECTIVES[objective].factory()
    if not isinstance(objective, Objective):
        raise TypeError(
            f"{who}: objective must be an Objective, the name of one or None, got "
            f"{objective!r}. Derive from sklkd.objectives.Objective."
        )
    objective.check()
    for name, term in objective.terms().items():
        if name in RESERVED:
            raise ValueError(
                f"{who}: no term of the objective may be called {name!r}, which the "
                "history has already. Name it in a Sum."
            )
        if task not in term.tasks:
            raise ValueError(
                f"{who}: the objective {name!r} is for "
                f"{' and '.join(sorted(term.tasks))}, not for {task}."
            )
    return objective


def _snake_case(name: str) -> str:
    """SoftTargets -> soft_targets."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _uniquely_named(parts: list[tuple[str, Objective]]) -> list[tuple[str, Objective]]:
    """Number what comes again under one name: hints, hints_2, hints_3."""
    named: dict[str, Objective] = {}
    for name, part in parts:
        numbered = (f"{name}_{i}" for i in itertools.count(2))
        free = itertools.chain([name], numbered)
        named[next(n for n in free if n not in named)] = part
    return list(named.items())
