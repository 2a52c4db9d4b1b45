"""Objectives add, scale, keep names, and say one sentence where something is wrong."""

import math
import operator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from strategies import batches

from sklkd.exceptions import UnknownNameError
from sklkd.losses import kl_divergence
from sklkd.objectives import (
    Batch,
    LogitMatching,
    Objective,
    SoftTargets,
    SquaredError,
    Sum,
    as_objective,
)


class ReverseKL(Objective):
    """A stranger's objective, with a capital abbreviation in its name."""

    tasks = frozenset({"classification", "regression"})

    def __init__(self, *, weight=1.0):
        self.weight = weight

    def loss(self, batch):
        return kl_divergence(batch.teacher, batch.student)


def terms():
    """One plain objective of any kind and weight."""
    kinds = st.sampled_from([SoftTargets, LogitMatching, ReverseKL])
    weights = st.sampled_from([0.0, 0.1, 1.0, 3.0])
    return st.builds(lambda kind, weight: kind(weight=weight), kinds, weights)


def sums():
    """Objectives added one after the other, or in groups."""
    return st.recursive(
        terms(), lambda inner: st.builds(operator.add, inner, inner), max_leaves=5
    )


def leaves(objective):
    """The plain objectives of a sum, in order, counted by its list of parts."""
    if isinstance(objective, Sum):
        return [part for _, part in objective.parts]
    return [objective]


@given(batch=batches(), parts=st.lists(terms(), min_size=2, max_size=4))
def test_a_sum_is_worth_the_weighted_sum_of_its_terms(batch, parts):
    batch = Batch(*batch)
    expected = sum(part.weight * part.loss(batch) for part in parts)

    objective = Sum([(f"part{i}", part) for i, part in enumerate(parts)])

    torch.testing.assert_close(objective.loss(batch), expected)


@given(batch=batches())
def test_a_sum_by_hand(batch):
    """2 · KL at temperature 1 + 0.1 · half the variance of the gap."""
    student, teacher, target = batch
    divergence = (teacher.softmax(1) * (teacher - student)).sum(1)
    divergence += student.logsumexp(1) - teacher.logsumexp(1)
    variance = (student - teacher).var(dim=1, correction=0)

    objective = 2 * SoftTargets() + 0.1 * LogitMatching()

    torch.testing.assert_close(
        objective.loss(Batch(student, teacher, target)),
        2 * divergence + 0.1 * variance / 2,
    )


def test_terms_are_named_after_their_classes():
    objective = SoftTargets(2.0) + LogitMatching() + ReverseKL()

    assert list(objective.terms()) == ["soft_targets", "logit_matching", "reverse_kl"]


def test_a_plain_objective_is_its_own_only_term():
    objective = SoftTargets(2.0)

    assert objective.terms() == {"soft_targets": objective}


def test_the_second_term_of_a_name_is_numbered():
    first, second = SoftTargets(1.0), SoftTargets(4.0)

    assert (first + second).terms() == {"soft_targets": first, "soft_targets_2": second}


def test_the_third_term_of_a_name_is_numbered_on():
    names = list((SoftTargets(1.0) + SoftTargets(2.0) + SoftTargets(3.0)).terms())

    assert names == ["soft_targets", "soft_targets_2", "soft_targets_3"]


@given(objective=sums())
def test_adding_loses_no_term(objective):
    assert len(objective.terms()) == len(leaves(objective))


@given(objective=sums(), factor=st.sampled_from([0, 0.5, 3]), batch=batches())
def test_a_factor_multiplies_the_loss_from_either_side(objective, factor, batch):
    batch = Batch(*batch)

    def worth(objective):
        return sum(term.weight * term.loss(batch) for term in leaves(objective))

    expected = factor * worth(objective)

    torch.testing.assert_close(worth(factor * objective), expected)
    torch.testing.assert_close(worth(objective * factor), expected)


def test_a_factor_multiplies_every_weight_of_a_sum():
    objective = 0.5 * (SoftTargets(weight=3.0) + LogitMatching(weight=0.2))

    assert [term.weight for _, term in objective.parts] == [1.5, 0.1]


def test_factors_of_factors_multiply():
    assert (2 * (3 * SoftTargets(weight=0.5))).weight == 3.0


@pytest.mark.parametrize("factor", [2, 0.5, np.float64(0.5), np.int64(2)])
def test_scaling_makes_a_copy_and_leaves_the_original(factor):
    objective = SoftTargets(temperature=3.0)

    scaled = factor * objective

    assert (scaled.temperature, scaled.weight) == (3.0, factor)
    assert objective.weight == 1.0


def test_scaling_a_sum_leaves_its_terms():
    objective = SoftTargets() + LogitMatching()

    0.5 * objective

    assert [term.weight for _, term in objective.parts] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("factor", "error", "got"),
    [
        (-1, ValueError, "-1"),
        (math.nan, ValueError, "nan"),
        (math.inf, ValueError, "inf"),
        ("x", TypeError, "'x'"),
        (True, TypeError, "True"),
        (None, TypeError, "None"),
    ],
)
def test_what_is_no_factor_is_refused_from_either_side(factor, error, got):
    sentence = f"SoftTargets: weight must be a real number in [0, inf), got {got}."

    with pytest.raises(error) as right:
        SoftTargets() * factor
    with pytest.raises(error) as left:
        factor * SoftTargets()

    assert (str(right.value), str(left.value)) == (sentence, sentence)


@pytest.mark.parametrize("other", [1, None, "soft_targets", SoftTargets])
def test_only_objectives_can_be_added(other):
    with pytest.raises(TypeError, match="unsupported operand"):
        SoftTargets() + other


def test_nested_parameters_are_listed():
    first, second = SoftTargets(2.0), LogitMatching(weight=0.1)
    objective = first + second

    assert objective.get_params() == {
        "parts": [("soft_targets", first), ("logit_matching", second)],
        "soft_targets": first,
        "soft_targets__temperature": 2.0,
        "soft_targets__weight": 1.0,
        "logit_matching": second,
        "logit_matching__weight": 0.1,
    }


def test_nested_parameters_are_set():
    objective = SoftTargets() + LogitMatching()

    objective.set_params(soft_targets__temperature=8.0, logit_matching__weight=0.3)

    assert objective.terms()["soft_targets"].temperature == 8.0
    assert objective.terms()["logit_matching"].weight == 0.3


def test_a_term_is_replaced_by_name():
    other, objective = ReverseKL(), SoftTargets() + LogitMatching()

    objective.set_params(soft_targets=other)

    assert objective.terms()["soft_targets"] is other
    assert list(objective.terms()) == ["soft_targets", "logit_matching"]


@given(objective=sums())
def test_clone_keeps_every_parameter_and_shares_no_term(objective):
    copy = clone(objective)

    assert repr(copy) == repr(objective)
    assert copy.get_params().keys() == objective.get_params().keys()
    assert not {id(t) for t in leaves(copy)} & {id(t) for t in leaves(objective)}


@pytest.mark.parametrize(
    ("objective", "task", "expected"),
    [
        (None, "regression", SquaredError),
        ("soft_targets", "classification", SoftTargets),
        ("logit_matching", "classification", LogitMatching),
        ("squared_error", "regression", SquaredError),
    ],
)
def test_an_objective_is_found_by_name_and_none_is_the_default(
    objective, task, expected
):
    assert type(as_objective("Student", objective, task, SquaredError())) is expected


def test_an_objective_is_taken_as_it_is():
    objective = SoftTargets() + LogitMatching()

    found = as_objective("Student", objective, "classification", SoftTargets())

    assert found is objective


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(UnknownNameError) as caught:
        as_objective("Student", "soft_target", "classification", SoftTargets())

    sentence = str(caught.value)
    assert sentence.startswith(
        "sklkd.objectives has no 'soft_target'. Did you mean 'soft_targets'? Known: "
    )
    known = sentence.removesuffix(".").rpartition("Known: ")[2].split(", ")
    assert {"logit_matching", "soft_targets", "squared_error"} <= set(known)


@pytest.mark.parametrize(
    ("objective", "got"),
    [(3, "3"), (SoftTargets, repr(SoftTargets)), (["hints"], "['hints']")],
)
def test_what_is_no_objective_is_refused(objective, got):
    with pytest.raises(TypeError) as caught:
        as_objective("Student", objective, "classification", SoftTargets())

    assert str(caught.value) == (
        "Student: objective must be an Objective, the name of one or None, got "
        f"{got}. Derive from sklkd.objectives.Objective."
    )


@pytest.mark.parametrize(
    ("objective", "name", "own", "wanted"),
    [
        (SoftTargets(), "soft_targets", "classification", "regression"),
        ("squared_error", "squared_error", "regression", "classification"),
        (
            ReverseKL() + LogitMatching(),
            "logit_matching",
            "classification",
            "regression",
        ),
    ],
)
def test_an_objective_of_another_task_is_refused(objective, name, own, wanted):
    with pytest.raises(ValueError, match="is for") as caught:
        as_objective("Student", objective, wanted, SoftTargets())

    assert str(caught.value) == (
        f"Student: the objective {name!r} is for {own}, not for {wanted}."
    )


def test_an_objective_of_both_tasks_is_welcome_in_both():
    objective = ReverseKL()

    for task in ("classification", "regression"):
        assert as_objective("Student", objective, task, SoftTargets()) is objective


@pytest.mark.parametrize(
    ("objective", "error", "sentence"),
    [
        (
            SoftTargets(weight=-0.5),
            ValueError,
            "SoftTargets: weight must be a real number in [0, inf), got -0.5.",
        ),
        (
            ReverseKL(weight="heavy"),
            TypeError,
            "ReverseKL: weight must be a real number in [0, inf), got 'heavy'.",
        ),
        (
            SoftTargets() + LogitMatching(weight=math.nan),
            ValueError,
            "LogitMatching: weight must be a real number in [0, inf), got nan.",
        ),
        (
            LogitMatching() + SoftTargets(temperature=0),
            ValueError,
            "SoftTargets: temperature must be a real number in (0, inf), got 0.",
        ),
    ],
)
def test_a_hyperparameter_out_of_range_is_refused(objective, error, sentence):
    with pytest.raises(error) as caught:
        as_objective("Student", objective, "classification", SoftTargets())

    assert str(caught.value) == sentence


def test_nothing_is_checked_before_fit():
    """`__init__` stores; a search may pass through impossible values."""
    objective = SoftTargets(temperature="hot", weight=-1)

    assert clone(objective).get_params() == {"temperature": "hot", "weight": -1}


def test_an_objective_without_a_loss_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Objective()


def test_a_sum_within_a_sum_is_refused():
    """As comes about by ``set_params(soft_targets=SoftTargets() + ...)``."""
    nested = Sum([("inner", SoftTargets() + LogitMatching())])

    with pytest.raises(TypeError, match="the part 'inner' must be a plain Objective"):
        as_objective("Student", nested, "classification", SquaredError())


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([], ValueError),
        ([("twice", SoftTargets()), ("twice", LogitMatching())], ValueError),
        ([("number", 3)], TypeError),
        ([("parts", SoftTargets())], ValueError),
        ([("a__b", SoftTargets())], ValueError),
        ([("label", SoftTargets())], ValueError),
        ([("loss", SoftTargets())], ValueError),
    ],
    ids=[
        "empty",
        "name taken twice",
        "no objective",
        "own name",
        "double underscore",
        "a column of history_",
        "another column of history_",
    ],
)
def test_a_malformed_sum_is_refused(parts, error):
    """Else a term vanishes without a word, or fit ends in an AttributeError."""
    with pytest.raises(error):
        as_objective("Student", Sum(parts), "classification", SoftTargets())
