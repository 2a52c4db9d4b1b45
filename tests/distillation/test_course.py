"""One way to teach one student: who is asked, and what each row is learnt from."""

import numpy as np
import pytest
import torch
from distillation.doubles import Unasked, blobs, quick
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB

from sklkd import SoftTargets
from sklkd.distillation._case import Case
from sklkd.distillation._course import Course
from sklkd.distillation._policy import Policy
from sklkd.estimators._encoded import Encoded
from sklkd.estimators._request import Request
from sklkd.training import Question, TeacherTargets, as_memory, as_student, as_teacher
from sklkd.transfer_sets import Jitter

X, Y = blobs(30)
FROZEN = FrozenEstimator(GaussianNB().fit(X, Y))


def policy(soft_weight=0.5, targets="as_given", **params):
    return Policy(
        targets, soft_weight, **{"transfer_set": None, "calibration": None} | params
    )


def course(teacher=FROZEN):
    return Course(
        "Someone",
        as_teacher("Someone", teacher),
        as_student("Someone", quick()),
        SoftTargets(),
        lambda output, target: torch.nn.functional.cross_entropy(
            output, target, reduction="none"
        ),
        lambda said, encoded: said,
        as_memory("Someone", None),
        0,
        None,
        0,
    )


def case(weight=None, labelled=None, factor=None):
    labelled = np.ones(30, bool) if labelled is None else labelled
    factor = np.ones(30) if factor is None else factor
    request = Request(X, X, Y, weight, labelled, None, 30)
    encoded = Encoded(Y, 3, factor, Y, {"classes_": np.arange(3)})
    question = Question("Someone", "classification", 3, np.arange(3))
    return Case(request, encoded, question, None, {"teacher": {}})


def curriculum(lessons, said, how, monkeypatch):
    given = []
    monkeypatch.setattr(
        "sklkd.distillation._course.train",
        lambda who, student, curriculum, **_: given.append(curriculum),
    )
    course().train(lessons, said, how, seed=0)
    return given[0]


def told(known=None):
    known = np.ones(30, bool) if known is None else known
    return TeacherTargets(np.arange(90.0).reshape(30, 3), known)


# --- Asking ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("teacher", "n_members", "is_fitted_here", "can_be_asked"),
    [
        (GaussianNB(), 1, True, True),
        (FROZEN, 0, False, True),
        ("precomputed", 0, False, False),
        ([("a", GaussianNB()), ("b", FROZEN)], 1, True, True),
        ([("a", GaussianNB()), ("b", "precomputed")], 1, True, False),
        (lambda X: np.full((len(X), 3), 1 / 3), 0, False, True),
    ],
)
def test_what_a_teacher_can_do(teacher, n_members, is_fitted_here, can_be_asked):
    teaching = course(teacher).teaching

    assert course(teacher).n_members == n_members
    assert teaching.is_fitted_here == is_fitted_here
    assert teaching.can_be_asked == can_be_asked


def test_a_teacher_that_nobody_listens_to_is_not_asked():
    said = course(Unasked()).ask(case(), policy(soft_weight=0.0))

    assert not said.known.any()
    assert said.outputs.shape == (30, 3)


def test_a_teacher_is_asked_about_every_row():
    said = course().ask(case(), policy())

    proba = FROZEN.predict_proba(X).clip(1e-4, 1)
    np.testing.assert_allclose(said.outputs, np.log(proba))
    assert said.temperature is None


def test_a_calibrated_teacher_says_at_which_temperature():
    said = course().ask(case(), policy(calibration="temperature"))

    logits = course().ask(case(), policy()).outputs / said.temperature
    expected = torch.from_numpy(logits).log_softmax(dim=1).numpy()
    np.testing.assert_allclose(said.outputs, expected, atol=1e-12)


def test_a_teacher_is_calibrated_on_labelled_rows_only():
    labelled = np.arange(30) < 15
    half = case(labelled=labelled)

    said = course().ask(half, policy(calibration="temperature"))

    rows = course().ask(half.taken(np.arange(15)), policy(calibration="temperature"))
    assert said.temperature == pytest.approx(rows.temperature, rel=1e-9)


# --- What each row is learnt from -----------------------------------------------------


def test_a_row_is_shared_between_its_label_and_the_teacher(monkeypatch):
    given = curriculum(case(), told(), policy(0.3), monkeypatch)

    assert given.rows is None
    assert given.signals.label_share.numpy() == pytest.approx(np.full(30, 0.7))
    assert given.signals.teacher_share.numpy() == pytest.approx(np.full(30, 0.3))
    assert given.signals.target.tolist() == Y.tolist()
    assert np.array_equal(given.signals.teacher.numpy(), told().outputs)
    assert given.unit == 1.0


def test_weights_have_a_mean_of_one_and_a_unit(monkeypatch):
    weight, factor = np.arange(1.0, 31.0), np.full(30, 2.0)

    given = curriculum(case(weight, factor=factor), told(), policy(), monkeypatch)

    assert given.unit == pytest.approx(31.0)
    assert given.weight == pytest.approx(weight * 2 / 31)


def test_a_row_without_a_label_has_a_teacher_alone(monkeypatch):
    labelled = np.arange(30) < 20

    given = curriculum(case(labelled=labelled), told(), policy(0.3), monkeypatch)

    assert given.signals.label_share.numpy() == pytest.approx(0.7 * labelled)
    expected = np.where(labelled, 0.3, 1.0)
    assert given.signals.teacher_share.numpy() == pytest.approx(expected)


def test_a_row_that_the_teacher_knows_nothing_about_has_a_label_alone(monkeypatch):
    known = np.arange(30) < 20

    given = curriculum(case(), told(known), policy(0.3), monkeypatch)

    expected = np.where(known, 0.7, 1.0)
    assert given.signals.label_share.numpy() == pytest.approx(expected)
    assert given.signals.teacher_share.numpy() == pytest.approx(0.3 * known)


def test_a_row_with_neither_is_left_out(monkeypatch):
    labelled, known = np.arange(30) < 20, np.arange(30) >= 10

    given = curriculum(
        case(labelled=labelled), told(known & labelled), policy(), monkeypatch
    )

    assert given.rows.tolist() == list(range(20))
    assert len(given.signals) == len(given.stratify) == len(given.real) == 20


def test_labels_alone_have_no_terms(monkeypatch):
    given = curriculum(case(), told(np.zeros(30, bool)), policy(0.0), monkeypatch)

    assert given.terms == {}


def test_where_no_row_is_left_a_sentence_says_so():
    nobody = case(labelled=np.zeros(30, bool))

    with pytest.raises(ValueError, match="no row") as caught:
        course().train(nobody, told(np.zeros(30, bool)), policy(), seed=0)

    assert str(caught.value) == (
        "Someone: no row is left to learn from: each has weight zero, or neither a "
        "label nor a teacher."
    )


def test_synthesised_rows_are_heard_only_where_they_are_wanted(monkeypatch):
    """A trial of labels, or of rows as they are, is about the same rows as others."""
    more = case().with_synthesised(Jitter(size_factor=1.0))
    said = TeacherTargets(np.zeros((60, 3)), np.ones(60, bool))

    with_them = curriculum(more, said, policy(transfer_set=Jitter()), monkeypatch)
    without = curriculum(more, said, policy(), monkeypatch)

    assert len(with_them.signals) == 60
    assert with_them.real.tolist() == [True] * 30 + [False] * 30
    assert without.rows.tolist() == list(range(30))
    assert without.real.all()
