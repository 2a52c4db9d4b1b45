"""Any objective beside the labels: none, by name, in place of them, without labels."""

import math

import numpy as np
import pytest
import torch
from distillation.doubles import blobs, outputs, quick
from sklearn.base import clone

from sklkd import RegularizedClassifier
from sklkd.exceptions import UnknownNameError
from sklkd.objectives import (
    Batch,
    Bootstrapping,
    ConfidencePenalty,
    EarlyLearning,
    GeneralizedCrossEntropy,
    LabelSmoothing,
    LogitMatching,
    NormLoss,
    Objective,
    SoftTargets,
    SymmetricCrossEntropy,
    VirtualAdversarial,
)

X, Y = blobs()
OBJECTIVES = [
    Bootstrapping(),
    ConfidencePenalty(),
    EarlyLearning(),
    GeneralizedCrossEntropy(),
    LabelSmoothing(),
    NormLoss(),
    SymmetricCrossEntropy(),
    VirtualAdversarial(),
]
each = pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: type(o).__name__)


def fitted(objective=None, student=None, y=Y, **params):
    model = RegularizedClassifier(
        quick() if student is None else student,
        objective=objective,
        **{"random_state": 0} | params,
    )
    return model.fit(X, y)


class Blind(Objective):
    """One of a stranger, who does not say that it knows no teacher."""

    def __init__(self, *, weight=1.0):
        self.weight = weight

    def loss(self, batch):
        return batch.student.square().sum(1)


class Open(Blind):
    """One who does."""

    needs = frozenset()


@each
@pytest.mark.parametrize(
    "student", [quick(), quick(batch_size=16, dropout=0.3)], ids=["small", "drawing"]
)
def test_with_a_weight_of_zero_an_objective_is_not_there(objective, student):
    plain = fitted(student=student)

    model = fitted(clone(objective).set_params(weight=0.0), student)

    assert np.array_equal(outputs(model, X), outputs(plain, X))


@each
def test_with_a_weight_it_is_there_and_named_in_the_history(objective):
    model = fitted(objective)

    (name,) = objective.terms()
    assert all(math.isfinite(epoch[name]) for epoch in model.history_)
    assert not np.array_equal(outputs(model, X), outputs(fitted(), X))


@each
def test_one_is_found_by_its_name(objective):
    (name,) = objective.terms()

    model = fitted(name)

    assert np.array_equal(outputs(model, X), outputs(fitted(type(objective)()), X))


def test_objectives_add():
    model = fitted(0.1 * ConfidencePenalty() + VirtualAdversarial(0.3))

    first = model.history_[0]
    total = first["label"] + 0.1 * first["confidence_penalty"]
    assert first["train_loss"] == pytest.approx(total + first["virtual_adversarial"])


def test_one_takes_the_place_of_the_labels_loss():
    model = fitted(
        GeneralizedCrossEntropy(0.5),
        quick(max_epochs=150, lr=0.03),
        label_weight=0,
    )

    assert "label" not in model.history_[0]
    assert model.score(X, Y) > 0.8


def test_the_labels_weight_scales_against_the_objectives():
    """Twice both is the same direction: with a step of a sign, the same student."""
    params = {"optimizer__eps": 1e-30}

    one = fitted(2 * ConfidencePenalty(), quick(**params), label_weight=2.0)
    other = fitted(ConfidencePenalty(), quick(**params), label_weight=1.0)

    np.testing.assert_allclose(outputs(one, X), outputs(other, X), rtol=1e-4)


def test_a_strangers_objective_that_knows_no_teacher_is_taken():
    assert "open" in fitted(Open()).history_[0]


@pytest.mark.parametrize(
    ("objective", "name"),
    [
        (SoftTargets(), "soft_targets"),
        ("soft_targets", "soft_targets"),
        (ConfidencePenalty() + LogitMatching(), "logit_matching"),
        (Blind(), "blind"),
    ],
    ids=["object", "name", "sum", "stranger"],
)
def test_an_objective_that_imitates_a_teacher_is_refused(objective, name):
    with pytest.raises(ValueError, match="teacher") as caught:
        fitted(objective)

    assert str(caught.value) == (
        f"RegularizedClassifier: the objective {name!r} imitates a teacher, and there "
        "is none. Pass one that needs none, or use DistilledClassifier. (An Objective "
        "of your own says so by needs = frozenset().)"
    )


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(ValueError, match="label_weight") as caught:
        fitted(label_weight=0)

    assert str(caught.value) == (
        "RegularizedClassifier: label_weight must be above 0 where there is no "
        "objective, got 0. There is nothing to learn from."
    )


@pytest.mark.parametrize(
    ("value", "error"), [(-1, ValueError), (math.nan, ValueError), ("x", TypeError)]
)
def test_a_weight_of_labels_out_of_range_is_refused(value, error):
    with pytest.raises(error) as caught:
        fitted(ConfidencePenalty(), label_weight=value)

    assert str(caught.value) == (
        "RegularizedClassifier: label_weight must be a real number in [0, inf), got "
        f"{value!r}."
    )


def test_what_is_no_objective_is_refused():
    with pytest.raises(TypeError, match="objective must be an Objective"):
        fitted(3)
    with pytest.raises(UnknownNameError, match="Did you mean 'label_smoothing'"):
        fitted("label_smoothin")
    with pytest.raises(ValueError, match="epsilon"):
        fitted(VirtualAdversarial(-1.0))
    with pytest.raises(ValueError, match="not for classification"):
        fitted("squared_error")


# --- Rows without a label -------------------------------------------------------------


@pytest.mark.parametrize("objective", [None, GeneralizedCrossEntropy()], ids=str)
def test_where_all_need_labels_rows_without_are_not_there(objective):
    some = np.where(np.arange(60) % 2, Y, -1)

    partly = fitted(objective, y=some, unlabeled=-1)

    without = RegularizedClassifier(quick(), objective=objective, random_state=0)
    without.fit(X[1::2], Y[1::2])
    np.testing.assert_allclose(outputs(partly, X), outputs(without, X), rtol=1e-7)


@pytest.mark.parametrize(
    "term",
    [GeneralizedCrossEntropy(), SymmetricCrossEntropy(), Bootstrapping()],
    ids=lambda o: type(o).__name__,
)
@pytest.mark.parametrize("batch_size", [60, 7])
def test_where_others_need_none_a_missing_label_is_not_read(term, batch_size):
    """The mean over the rows with one, by hand; no step is taken."""
    some = np.where(np.arange(60) % 2, Y, -1)
    student = quick(batch_size=batch_size, max_epochs=1, lr=1e-12)

    model = fitted(term + ConfidencePenalty(), student, y=some, unlabeled=-1)

    log_p = torch.from_numpy(model.predict_log_proba(X))[1::2]
    expected = term.loss(Batch(log_p, log_p, torch.from_numpy(Y[1::2]))).mean()
    (name,) = term.terms()
    assert model.history_[0][name] == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize("y", [np.full(60, -1), np.where(Y == 0, 0, -1)])
def test_too_few_labels_are_refused(y):
    found = "no label" if (y == -1).all() else "1 class: 0"

    with pytest.raises(ValueError, match="classes") as caught:
        fitted(VirtualAdversarial(), y=y, unlabeled=-1)

    assert str(caught.value) == (
        f"RegularizedClassifier needs samples of at least 2 classes in y, got {found}."
    )


@pytest.mark.parametrize("mark", ["?", -1])
def test_words_may_be_missing(mark):
    names = np.array(["elm", "fir", "oak"], dtype=object)[Y]
    names[::2] = mark
    names = names.astype(str)

    model = fitted(VirtualAdversarial(), y=names, unlabeled=str(mark))

    assert model.classes_.tolist() == ["elm", "fir", "oak"]


def test_a_mark_that_no_row_has_is_no_matter():
    plain = fitted(ConfidencePenalty())

    for mark in (9, "none"):
        model = fitted(ConfidencePenalty(), unlabeled=mark)
        assert np.array_equal(outputs(model, X), outputs(plain, X))
