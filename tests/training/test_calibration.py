"""Calibration: the factor of least log-loss, against scipy and scikit-learn."""

import dataclasses

import numpy as np
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils.fixes import parse_version
from training.classroom import blobs

from sklkd.training import TeacherTargets, calibrated
from sklkd.training._calibration import BOUNDS, best_factor


def log_loss(factor, logits, target, weight):
    """Weighted mean negative log-likelihood, in nats."""
    said = log_softmax(factor * logits, axis=1)[np.arange(len(target)), target]
    return -np.average(said, weights=weight)


def draw(n_rows=80, n_classes=3, *, sure=1.0, seed=0):
    """Logits that labels were drawn from, made `sure` times as sure; and weights."""
    rng = np.random.default_rng([seed, n_rows, n_classes])
    logits = rng.normal(scale=1.5, size=(n_rows, n_classes))
    cumulated = softmax(logits, axis=1).cumsum(axis=1)
    target = (rng.random((n_rows, 1)) > cumulated[:, :-1]).sum(axis=1)
    return sure * logits, target, rng.uniform(0.2, 3.0, size=n_rows)


def said(logits, known=None):
    known = np.ones(len(logits), bool) if known is None else known
    return TeacherTargets(np.where(known[:, None], logits, 0.0), known)


lessons = st.builds(
    draw,
    st.integers(30, 90),
    st.integers(2, 5),
    sure=st.sampled_from([0.4, 1.0, 3.0]),
    seed=st.integers(0, 999),
)


@given(lessons)
def test_the_factor_is_where_scipy_finds_the_least_log_loss(lesson):
    found = minimize_scalar(
        log_loss, bounds=BOUNDS, args=lesson, method="bounded", options={"xatol": 1e-9}
    )

    # A minimum is found to the square root of the precision of its values only.
    assert best_factor(*lesson) == pytest.approx(found.x, rel=1e-6)


@given(lessons, st.sampled_from([0.5, 0.9, 1.7, 2.5]))
def test_logits_that_are_surer_have_a_factor_that_is_less(lesson, sure):
    logits, target, weight = lesson
    factor = best_factor(*lesson)

    scaled = best_factor(sure * logits, target, weight)

    expected = np.clip(factor / sure, *BOUNDS) if factor not in BOUNDS else scaled
    assert scaled == pytest.approx(expected, rel=1e-10)


@given(lessons, st.integers(0, 999))
def test_logits_and_their_log_probabilities_have_the_same_factor(lesson, seed):
    """A constant in a row is no information."""
    logits, target, weight = lesson
    shift = np.random.default_rng(seed).normal(scale=50, size=(len(logits), 1))

    factor = best_factor(logits + shift, target, weight)

    assert factor == pytest.approx(best_factor(*lesson), rel=1e-9)


@given(lessons)
def test_the_log_loss_never_rises(lesson):
    logits, target, weight = lesson

    outputs = calibrated(said(logits), target, weight).outputs

    before, after = log_loss(1, *lesson), log_loss(1, outputs, target, weight)
    assert after <= before * (1 + 1e-12)


@given(lessons)
def test_a_weight_of_two_is_a_row_that_is_there_twice(lesson):
    logits, target, _ = lesson
    count = 1 + np.arange(len(target)) % 3
    rows = np.repeat(np.arange(len(target)), count)

    factor = best_factor(logits, target, count.astype(float))

    repeated = best_factor(logits[rows], target[rows], np.ones(len(rows)))
    assert factor == pytest.approx(repeated, rel=1e-12)


@given(lessons, st.sampled_from([1e-12, 0.3, 1e12]))
def test_weights_are_relative(lesson, unit):
    logits, target, weight = lesson

    factor = best_factor(logits, target, unit * weight)

    assert factor == pytest.approx(best_factor(*lesson), rel=1e-12)


@given(lessons)
def test_what_is_calibrated_stays_as_it_is(lesson):
    logits, target, weight = lesson
    once = calibrated(said(logits), target, weight)

    twice = calibrated(once, target, weight)

    if once.temperature not in (1 / BOUNDS[0], 1 / BOUNDS[1]):
        assert twice.temperature == pytest.approx(1, rel=1e-9)
        np.testing.assert_allclose(twice.outputs, once.outputs, rtol=1e-8)


@pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.8"),
    reason="scikit-learn scales temperatures since 1.8",
)
@pytest.mark.parametrize("n_classes", [2, 3, 4])
@pytest.mark.parametrize("weighted", [True, False])
# A frozen teacher is not fitted, and so needs no weights.
@pytest.mark.filterwarnings("ignore:Since FrozenEstimator:UserWarning")
def test_probabilities_are_those_of_scikit_learns_temperature_scaling(
    n_classes, weighted
):
    X, y = blobs(120, n_classes=n_classes, gap=0.8)
    weight = np.random.default_rng(0).uniform(0.5, 2, 120) if weighted else np.ones(120)
    teacher = LogisticRegression(C=1e3).fit(X[:60], y[:60])
    reference = CalibratedClassifierCV(FrozenEstimator(teacher), method="temperature")
    reference.fit(X[60:], y[60:], sample_weight=weight[60:])

    targets = calibrated(said(teacher.predict_log_proba(X[60:])), y[60:], weight[60:])

    np.testing.assert_allclose(
        np.exp(targets.outputs), reference.predict_proba(X[60:]), rtol=1e-6
    )


def test_a_factor_by_hand():
    """Right in three rows of four with a gap of 1: it should be log 3."""
    logits = np.array([[1.0, 0.0]] * 4)

    targets = calibrated(said(logits), np.array([0, 0, 0, 1]), np.ones(4))

    assert 1 / targets.temperature == pytest.approx(np.log(3), rel=1e-12)
    np.testing.assert_allclose(np.exp(targets.outputs), [[0.75, 0.25]] * 4)


def test_outputs_are_log_probabilities():
    targets = calibrated(said(draw()[0]), *draw()[1:])

    np.testing.assert_allclose(np.exp(targets.outputs).sum(axis=1), 1)


def test_a_teacher_that_is_always_right_is_made_as_sure_as_is_allowed():
    target = np.arange(30) % 3
    logits = np.eye(3)[target]

    targets = calibrated(said(logits), target, np.ones(30))

    assert 1 / targets.temperature == BOUNDS[1]


def test_a_teacher_that_is_always_wrong_is_made_as_unsure_as_is_allowed():
    target = np.arange(30) % 3
    logits = np.eye(3)[(target + 1) % 3]

    targets = calibrated(said(logits), target, np.ones(30))

    assert 1 / targets.temperature == BOUNDS[0]


@pytest.mark.parametrize("gap", [1e3, 3e3, 1e5, 1e300])
def test_a_teacher_without_any_loss_is_not_made_less_sure(gap):
    """A network's logits may lie so far apart that every factor does."""
    target = np.arange(30) % 3
    logits = gap * np.eye(3)[target] + 0.1

    targets = calibrated(said(logits), target, np.ones(30))

    assert 1 / targets.temperature >= 1
    assert np.array_equal(targets.outputs.argmax(axis=1), target)


def test_a_teacher_that_says_the_same_of_every_class_is_not_scaled():
    targets = calibrated(said(np.full((6, 3), 7.0)), np.arange(6) % 3, np.ones(6))

    assert targets.temperature == 1
    np.testing.assert_allclose(np.exp(targets.outputs), 1 / 3)


def test_logits_that_are_huge_and_wrong_are_no_overflow():
    logits, target, weight = draw(sure=1e150)

    with np.errstate(all="raise", under="ignore"):
        targets = calibrated(said(logits), target, weight)

    assert 1 / targets.temperature == BOUNDS[0]
    assert np.isfinite(targets.outputs).all()


def test_one_row_is_enough():
    targets = calibrated(said(np.array([[0.0, 1.0]])), np.array([1]), np.ones(1))

    assert 1 / targets.temperature == BOUNDS[1]


def test_rows_of_no_weight_have_no_say_and_are_scaled():
    logits, target, weight = draw()
    half = np.arange(80) < 40
    lies = np.where(half, target, -1)
    factor = best_factor(logits[half], target[half], weight[half])

    targets = calibrated(said(logits), lies, weight * half)

    assert targets.temperature == pytest.approx(1 / factor, rel=1e-12)
    np.testing.assert_allclose(
        targets.outputs, log_softmax(factor * logits, axis=1), rtol=1e-12
    )


def test_unknown_rows_have_no_say_and_stay_unknown():
    logits, target, weight = draw()
    known = np.arange(80) % 2 == 0
    factor = best_factor(logits[known], target[known], weight[known])

    targets = calibrated(said(logits, known), target, weight)

    assert targets.temperature == pytest.approx(1 / factor, rel=1e-12)
    np.testing.assert_array_equal(targets.known, known)
    assert not targets.outputs[~known].any()


@pytest.mark.parametrize(("known", "weight"), [(False, 1.0), (True, 0.0)])
def test_where_nothing_is_known_of_labels_nothing_is_scaled(known, weight):
    logits, target, _ = draw()

    targets = calibrated(said(logits, np.full(80, known)), target, np.full(80, weight))

    assert targets.temperature == 1
    expected = log_softmax(logits, axis=1) * known
    np.testing.assert_allclose(targets.outputs, expected, atol=1e-12)


def test_the_rest_of_what_was_said_stays_and_so_does_what_was_passed():
    logits, target, weight = draw()
    given = dataclasses.replace(said(logits), teacher="t", weights={"a": 1.0})
    before = logits.copy()

    targets = calibrated(given, target, weight)

    assert (targets.teacher, targets.weights) == ("t", {"a": 1.0})
    assert given.temperature is None
    np.testing.assert_array_equal(given.outputs, before)
