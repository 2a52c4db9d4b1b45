"""Check objectives, transfer sets and any other plugin."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import torch
from sklearn.base import clone
from torch import Tensor, nn

from sklkd._validation import check_choice
from sklkd.losses import LOSSES
from sklkd.objectives import Batch, Objective, Setting, SquaredError, Sum
from sklkd.plugins import (
    ESTIMATORS,
    OBJECTIVES,
    STUDENTS,
    TRANSFER_SETS,
    Plugin,
    Registry,
)
from sklkd.testing._check import check_contracts
from sklkd.testing._laws import LAWS, check_law, check_loss
from sklkd.testing._same import Violation


def check_objective(
    objective: Objective | type[Objective] | str,
    laws: Collection[str] | None = None,
    *,
    examples: int = 25,
    seed: int = 0,
) -> None:
    """Look for a batch at which an objective breaks a law of objectives.

    Besides `laws`: it clones, keeps its parameters as they are given, weighs its terms
    by ``weight``, adds to another as sums do, and writes to no tensor.

    Parameters
    ----------
    objective : Objective, class or str
        An objective, a class whose parameters have defaults, or a registered name.
    laws : collection of str, default=None
        Keys of `LAWS`, that are held by its `loss`. None means those that it claims.
    examples : int, default=25
        Batches that are drawn for each law.
    seed : int, default=0
        Of what is drawn.

    Raises
    ------
    Violation
        With the law, the smallest batch found, and what is wrong there.
    TypeError
        If it is no objective.

    Examples
    --------
    >>> from sklkd import SoftTargets
    >>> from sklkd.testing import check_objective
    >>> check_objective(SoftTargets(temperature=2.0), ["nonnegative"])
    """
    made = _made(objective)
    name = type(made).__name__
    _check_parameters(made, name)

    def loss(student: Tensor, teacher: Tensor, target: Tensor) -> Tensor:
        batch = _batch(made, student, teacher, target)
        value = _bound_loss(made, batch)
        # The slope of a term of the network's weights alone is 0, not missing.
        return value + 0 * student.sum()

    for law in made.laws if laws is None else laws:
        check_choice("check_objective", "each law", law, LAWS)
        check_law(LAWS[law], loss, name=name, examples=examples, seed=seed)
    for own in (_writes_nothing, _adds):
        check_law(own, made, name=name, examples=examples, seed=seed)


def _made(objective: Any) -> Objective:
    """An objective from what the user passed."""
    if isinstance(objective, str):
        objective = OBJECTIVES[objective].factory
    if isinstance(objective, type):
        objective = objective()
    if not isinstance(objective, Objective):
        raise TypeError(
            f"check_objective: objective must be an Objective, got {objective!r}. "
            "Derive from sklkd.objectives.Objective."
        )
    return objective


def _check_parameters(objective: Objective, name: str) -> None:
    copy = clone(objective)
    if repr(copy.get_params()) != repr(objective.get_params()):
        raise Violation(f"{name}: a clone has other parameters.")
    half = objective * 0.5
    pairs = zip(objective.terms().values(), half.terms().values(), strict=True)
    if any(h.weight != 0.5 * t.weight for t, h in pairs):
        raise Violation(f"{name}: 0.5 * objective does not halve its weight.")


def _batch(
    objective: Objective, student: Tensor, teacher: Tensor, target: Tensor
) -> Batch:
    is_classifying = "classification" in objective.tasks
    module = _Copying(student)
    return Batch(
        student,
        teacher,
        target if is_classifying else torch.zeros_like(student),
        student,
        student,
        module,
        module,
        torch.arange(len(student)),
    )


class _Copying(nn.Module):
    """A network whose outputs are its inputs.

    Parameters
    ----------
    like : Tensor of shape (n, k)
        Inputs to come.
    """

    def __init__(self, like: Tensor) -> None:
        super().__init__()
        width = like.shape[1]
        layers = [nn.Linear(width, width, bias=False, dtype=like.dtype) for _ in "ab"]
        for layer in layers:
            nn.init.eye_(layer.weight)
        self.layers = nn.Sequential(*layers)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return them: (n, k) -> (n, k)."""
        outputs: Tensor = self.layers(inputs)
        return outputs


def _bound_loss(objective: Objective, batch: Batch) -> Tensor:
    """What an objective says of a batch, in a training of its own: (n,)."""
    setting = _setting(batch)
    if not isinstance(objective, Sum):
        return objective.bound(setting).loss(batch)
    terms = objective.terms().values()
    values = [term.weight * term.bound(setting).loss(batch) for term in terms]
    return torch.stack(values).sum(0)


def _setting(batch: Batch) -> Setting:
    """A training whose only batch this is."""
    n_rows, width = batch.student.shape
    share = np.full(width, 1 / width)
    where = batch.student.device, batch.student.dtype
    return Setting(
        "check_objective", n_rows, width, (width,), share, batch.module, *where, 0
    )


def _writes_nothing(
    objective: Objective, student: Tensor, teacher: Tensor, target: Tensor
) -> None:
    batch = _batch(objective, student, teacher, target)
    parts = (batch.student, batch.teacher, batch.target)
    before = [part.clone() for part in parts]
    objective.loss(batch)
    if not all(torch.equal(a, b) for a, b in zip(parts, before, strict=True)):
        raise Violation("loss writes to what it is given.")


def _adds(
    objective: Objective, student: Tensor, teacher: Tensor, target: Tensor
) -> None:
    batch = _batch(objective, student, teacher, target)
    other = SquaredError(weight=2.0)
    terms = [*objective.terms().values(), other]
    expected = torch.stack([term.weight * term.loss(batch) for term in terms]).sum(0)
    if not torch.allclose((objective + other).loss(batch), expected, rtol=1e-6):
        raise Violation("a sum is not the sum of its weighted terms.")


def check_transfer_set(transfer_set: Any, *, seed: int = 0) -> None:
    """Make rows of small tables, and see that they are valid and repeatable.

    Parameters
    ----------
    transfer_set : TransferSet
        A transfer set.
    seed : int, default=0
        Of the table.

    Raises
    ------
    Violation
        If rows have other columns, are not finite, differ between calls, or if it
        writes to the table.

    Examples
    --------
    >>> from sklkd.testing import check_transfer_set
    >>> from sklkd.transfer_sets import Spunge
    >>> check_transfer_set(Spunge(size_factor=2.0))
    """
    name = type(transfer_set).__name__
    X = np.random.default_rng(seed).normal(size=(30, 3))
    before = X.copy()
    made = clone(transfer_set).synthesise(X, None, who=name)
    again = clone(transfer_set).synthesise(X, None, who=name)
    rows = np.asarray(made.X)
    if rows.ndim != 2 or rows.shape[1] != X.shape[1] or not np.isfinite(rows).all():
        raise Violation(f"{name}: rows must be finite, with the columns of X.")
    if not np.array_equal(X, before):
        raise Violation(f"{name}: it writes to the table that it is given.")
    if not np.array_equal(rows, np.asarray(again.X)):
        raise Violation(f"{name}: two calls with one random_state differ.")


def check_plugin(
    name: str, registry: Registry | None = None, *, profile: str = "quick"
) -> None:
    """Check a plugin by its name: as an installed package announces it.

    A loss is held to the laws that it claims, an objective to those of objectives, a
    transfer set to valid rows, and an estimator to every contract.

    Parameters
    ----------
    name : str
        Of the plugin.
    registry : Registry, default=None
        Where it is; None looks everywhere.
    profile : {"quick", "default", "thorough"}, default="quick"
        For an estimator.

    Raises
    ------
    AssertionError
        If a law is broken.
    UnknownNameError
        If there is no such plugin.

    Examples
    --------
    >>> from sklkd.testing import check_plugin
    >>> check_plugin("soft_targets")
    """
    for found in [registry] if registry is not None else _holding(name):
        plugin = found[name]
        _CHECKS.get(found.group, _check_clones)(plugin, profile)


def _holding(name: str) -> list[Registry]:
    everywhere = [OBJECTIVES, LOSSES, STUDENTS, ESTIMATORS, TRANSFER_SETS]
    found = [registry for registry in everywhere if name in registry]
    return found or [OBJECTIVES]  # which says that there is none, and what is near


def _check_clones(plugin: Plugin, _: str) -> None:
    """Made without arguments, it clones into the same."""
    made = plugin.factory()
    if repr(clone(made).get_params()) != repr(made.get_params()):
        raise Violation(f"{plugin.name}: a clone has other parameters.")


_CHECKS: dict[str, Any] = {
    LOSSES.group: lambda plugin, _: check_loss(plugin.factory, plugin.laws),
    OBJECTIVES.group: lambda plugin, _: check_objective(plugin.factory),
    TRANSFER_SETS.group: lambda plugin, _: check_transfer_set(plugin.factory()),
    ESTIMATORS.group: lambda plugin, profile: check_contracts(
        plugin.factory(), profile=profile
    ),
}
