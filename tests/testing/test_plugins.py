"""Objectives, transfer sets and plugins by name, with a mutant for each law."""

import numpy as np
import pytest
import torch

from sklkd import LogitMatching, SoftTargets, SquaredError
from sklkd.exceptions import UnknownNameError
from sklkd.losses import kl_divergence
from sklkd.objectives import Objective
from sklkd.plugins import ESTIMATORS, OBJECTIVES, STUDENTS, TRANSFER_SETS, Registry
from sklkd.testing import (
    Violation,
    check_objective,
    check_plugin,
    check_transfer_set,
)
from sklkd.transfer_sets import Jitter


class Plain(Objective):
    """KL, and what the mutants derive from."""

    def __init__(self, *, weight=1.0):
        self.weight = weight

    def loss(self, batch):
        return kl_divergence(batch.student, batch.teacher)


class Writes(Plain):
    def loss(self, batch):
        batch.teacher.mul_(1.0).add_(1.0)
        return super().loss(batch)


class Averages(Plain):
    def loss(self, batch):
        return super().loss(batch).mean()


class WeighsTwice(Plain):
    """A sum must weigh its terms itself."""

    def terms(self):
        return {"first": self, "second": self}

    def scaled(self, factor):
        return self


class Overflows(Plain):
    def loss(self, batch):
        return (batch.student - batch.teacher).exp().sum(1)


class Doubles(Plain):
    def __init__(self, *, weight=1.0):
        self.weight = 2 * weight


@pytest.mark.parametrize(
    "objective",
    [SoftTargets(2.0), LogitMatching(), SquaredError(), SoftTargets() + Plain(), Plain],
    ids=lambda objective: getattr(objective, "__name__", str(objective)),
)
def test_right_objectives_hold_the_laws(objective):
    assert check_objective(objective) is None


@pytest.mark.parametrize(
    ("mutant", "sentence"),
    [
        (Writes, "loss writes to what it is given"),
        (Averages, "Averages breaks rows_independent"),
        (WeighsTwice, r"0.5 \* objective does not halve its weight"),
        (Overflows, "is not finite at logits of 1e4"),
        (Doubles, "clone|Doubles"),
    ],
)
def test_each_law_catches_its_mutant(mutant, sentence):
    with pytest.raises((Violation, RuntimeError), match=sentence):
        check_objective(mutant)


def test_further_laws_are_held_on_request():
    with pytest.raises(Violation, match="breaks scale_pinned"):
        check_objective(SquaredError(), ["scale_pinned"])


def test_what_is_no_objective_is_refused():
    with pytest.raises(TypeError, match="must be an Objective, got 3"):
        check_objective(3)
    with pytest.raises(ValueError, match="Did you mean 'nonnegative'"):
        check_objective(Plain(), ["non_negative"])


class Wild(Jitter):
    """Rows that depend on global chance, of one column too many, or not finite."""

    how = "chance"

    def synthesise(self, X, sample_weight=None, *, who):
        made = super().synthesise(X, sample_weight, who=who)
        rows = np.asarray(made.X)
        if self.how == "chance":
            rows = rows + torch.rand(1).item()
        elif self.how == "columns":
            rows = np.hstack([rows, rows])
        elif self.how == "writes":
            X += 1
        else:
            rows = rows * np.nan
        return type(made)(rows, made.parent)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("chance", "two calls with one random_state differ"),
        ("columns", "with the columns of X"),
        ("nan", "must be finite"),
        ("writes", "writes to the table"),
    ],
)
def test_a_wrong_transfer_set_is_caught(how, sentence, monkeypatch):
    monkeypatch.setattr(Wild, "how", how)

    with pytest.raises(Violation, match=sentence):
        check_transfer_set(Wild())


@pytest.mark.parametrize(
    "name",
    [*OBJECTIVES, *STUDENTS, *TRANSFER_SETS],
)
def test_every_plugin_of_this_package_holds_its_laws(name):
    assert check_plugin(name) is None


def test_a_registry_may_be_named():
    registry = Registry("tests.none")
    registry.register("plain")(Plain)

    assert check_plugin("plain", registry) is None


def test_an_unknown_plugin_is_named_with_the_nearest():
    with pytest.raises(UnknownNameError, match="soft_targets"):
        check_plugin("soft_target")


def test_estimators_are_held_to_the_contracts(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "sklkd.testing._plugins.check_contracts",
        lambda estimator, profile: asked.append((type(estimator).__name__, profile)),
    )
    registry = Registry("sklkd.estimators")
    monkeypatch.setattr(
        "sklkd.testing._plugins._CHECKS",
        {registry.group: lambda p, how: asked.append((p.name, how))},
    )

    check_plugin(next(iter(ESTIMATORS)), ESTIMATORS)

    assert asked == [(next(iter(ESTIMATORS)), "quick")]
