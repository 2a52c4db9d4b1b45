"""The mixture of labels and terms: shares, rows that are left out, who is refused."""

import numpy as np
import pytest
import torch
from distillation.doubles import blobs, outputs, quick
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklkd import (
    ConfidencePenaltyClassifier,
    EarlyLearningClassifier,
    RegularizedClassifier,
)
from sklkd.estimators import BaseRegularizedClassifier, Lesson
from sklkd.objectives import ConfidencePenalty, GeneralizedCrossEntropy, Objective

X, Y = blobs()


class Taught(BaseRegularizedClassifier):
    """The smallest classifier of the kind."""

    def __init__(self, student=None, lesson=None, unlabeled=None, random_state=0):
        self.student = student
        self.lesson = lesson
        self.unlabeled = unlabeled
        self.random_state = random_state

    class_weight = None
    warm_start = False
    verbose = 0

    def _lesson(self, request, encoded):
        return Lesson() if self.lesson is None else self.lesson


class Watching(Objective):
    """Worth nothing, and keeps what it is shown."""

    needs = frozenset({"index"})

    def __init__(self, *, weight=1.0):
        self.weight = weight

    def loss(self, batch):
        self.seen_ = batch
        return 0 * batch.student.sum(1)


def taught(lesson, **params):
    return Taught(quick(lr=1e-12, max_epochs=1), lesson, **params)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0, 2.0])
def test_the_first_loss_is_the_sum_by_hand(share):
    """Weights have a mean of 1 among the rows that are learnt from."""
    weight = np.random.default_rng(0).integers(0, 4, 60)
    lesson = Lesson(share, {"penalty": ConfidencePenalty(weight=3.0)}, 0.5)

    model = taught(lesson).fit(X, Y, weight)

    log_p = model.predict_log_proba(X)
    label = -log_p[np.arange(60), Y]
    penalty = np.log(3) + (np.exp(log_p) * log_p).sum(1)
    total = share * label + 0.5 * 3.0 * penalty
    assert model.history_[0]["train_loss"] == pytest.approx(
        np.average(total, weights=weight), rel=1e-6
    )
    assert model.history_[0]["penalty"] == pytest.approx(
        np.average(penalty, weights=weight), rel=1e-6
    )


def test_what_a_lesson_says_stands_for_a_teacher_of_every_row():
    watching = Watching()
    said = np.log([0.5, 0.25, 0.25])

    taught(Lesson(1.0, {"watching": watching}, said=said)).fit(X, Y)

    expected = torch.from_numpy(np.tile(said, (60, 1)))
    torch.testing.assert_close(watching.seen_.teacher, expected)


def test_an_objective_sees_inputs_module_and_rows():
    watching = Watching()

    model = taught(Lesson(1.0, {"watching": watching})).fit(X, Y)

    batch = watching.seen_
    scaled = torch.from_numpy((X - X.mean(0)) / X.std(0))
    torch.testing.assert_close(batch.inputs, scaled, rtol=1e-5, atol=1e-6)
    assert batch.module is model.net_.module_
    assert batch.index.tolist() == list(range(60))
    assert batch.done == 0.0
    assert torch.equal(batch.output, batch.student)
    torch.testing.assert_close(batch.module(batch.inputs), batch.student.detach())


def test_rows_of_weight_zero_are_not_there():
    watching = Watching()
    weight = np.where(np.arange(60) % 3, 1.0, 0.0)

    model = taught(Lesson(1.0, {"watching": watching})).fit(X, Y, weight)

    assert len(watching.seen_.student) == 40
    plain = taught(None).fit(X[weight > 0], Y[weight > 0])
    np.testing.assert_allclose(outputs(model, X), outputs(plain, X), rtol=1e-7)


def test_terms_without_a_share_are_not_there():
    watching = Watching()

    model = taught(Lesson(1.0, {"watching": watching}, 0.0)).fit(X, Y)

    assert not hasattr(watching, "seen_")
    assert set(model.history_[0]) == {"epoch", "train_loss", "label"}


@pytest.mark.parametrize("blind", [True, False])
def test_rows_without_a_label_are_there_for_those_who_need_none(blind):
    some = np.where(np.arange(60) % 2, Y, -1)
    term = ConfidencePenalty() if blind else GeneralizedCrossEntropy()

    model = Taught(quick(), Lesson(1.0, {"term": term}), unlabeled=-1).fit(X, some)

    labelled = Taught(quick(), Lesson(1.0, {"term": term})).fit(X[1::2], Y[1::2])
    gap = np.abs(outputs(model, X) - outputs(labelled, X)).max()
    assert gap > 1e-4 if blind else gap < 1e-9


def test_rows_without_a_label_teach_nothing_to_those_who_need_one():
    """The two terms by hand; one of them keeps the rows in the training."""
    some = np.where(np.arange(60) % 2, Y, -1)
    terms = {"known": GeneralizedCrossEntropy(), "any": ConfidencePenalty()}

    model = taught(Lesson(1.0, terms), unlabeled=-1).fit(X, some)

    log_p = model.predict_log_proba(X)
    p = np.exp(log_p[np.arange(60), Y])[1::2]
    robust = (1 - p**0.7) / 0.7
    penalty = np.log(3) + (np.exp(log_p) * log_p).sum(1)
    first = model.history_[0]
    assert first["label"] == pytest.approx(-np.log(p).mean(), rel=1e-6)
    assert first["known"] == pytest.approx(robust.mean(), rel=1e-6)
    assert first["any"] == pytest.approx(penalty.mean(), rel=1e-6)
    total = (-np.log(p)).sum() + robust.sum() + penalty.sum()
    assert first["train_loss"] == pytest.approx(total / 60, rel=1e-6)


@pytest.mark.parametrize(
    "student",
    [LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression())],
    ids=["model", "pipeline"],
)
@pytest.mark.parametrize(
    ("model", "term"),
    [
        (ConfidencePenaltyClassifier(beta=0.0), "confidence_penalty"),
        (EarlyLearningClassifier(), "early_learning"),
        (EarlyLearningClassifier(variant="elr+"), "early_learning"),
        (RegularizedClassifier(objective="confidence_penalty"), "confidence_penalty"),
        (
            RegularizedClassifier(
                objective=ConfidencePenalty() + GeneralizedCrossEntropy()
            ),
            "confidence_penalty and generalized_cross_entropy",
        ),
    ],
    ids=["confidence penalty", "elr", "elr+", "one term", "two terms"],
)
def test_a_model_with_a_loss_of_its_own_is_refused(model, term, student):
    model = clone(model).set_params(student=student)

    with pytest.raises(ValueError, match="student") as caught:
        model.fit(X, Y)

    assert str(caught.value) == (
        f"{type(model).__name__}: student must be a network here, got "
        f"{type(student).__name__}, which has a loss of its own that {term} cannot be "
        "added to. Pass None, a StudentNet, a skorch net or a torch.nn.Module."
    )


def test_a_model_is_fitted_to_labels_alone():
    model = RegularizedClassifier(LogisticRegression()).fit(X, Y)

    plain = LogisticRegression().fit(X, Y)
    np.testing.assert_allclose(
        model.predict_proba(X), plain.predict_proba(X), rtol=1e-9
    )


def test_a_constant_model_says_the_shares_of_weights():
    weight = np.random.default_rng(0).uniform(0.5, 2, 60)

    model = RegularizedClassifier(DummyClassifier()).fit(X, Y, weight)

    share = np.bincount(Y, weight) / weight.sum()
    np.testing.assert_allclose(model.predict_proba(X[:1])[0], share)


def test_ctrl_c_keeps_the_student_so_far():
    class Impatient(Watching):
        def loss(self, batch):
            if batch.done >= 0.5:
                raise KeyboardInterrupt
            return super().loss(batch)

    model = RegularizedClassifier(
        quick(max_epochs=4), objective=Impatient(), random_state=0
    )

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)

    assert len(model.history_) == 2
    assert model.predict(X).shape == (60,)
