"""Distillers: the small one that holds, the library's own, and who is not asked."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from testing.mutants_distillers import Imitator

from sklkd import DistilledClassifier, DistilledRegressor, StudentNet
from sklkd.testing import CONTRACTS, Subject, check_contracts
from sklkd.testing.contracts._distillers import (
    _own_teacher,
    _precomputed_name,
    _Reversed,
)

IDS = [c.id for c in CONTRACTS.values() if c.group == "distillers"]
NET = StudentNet(hidden=(8,), max_epochs=5)


@pytest.mark.parametrize(
    ("model", "counts"),
    [
        (Imitator(), {"passed": 6}),
        (DistilledClassifier(GaussianNB(), NET), {"passed": 6}),
        (DistilledRegressor(Ridge(), NET), {"passed": 5, "not_applicable": 1}),
        (DistilledClassifier(GaussianNB(), LogisticRegression()), {"passed": 6}),
    ],
)
def test_distillers_hold(model, counts):
    report = check_contracts(model, include=IDS, profile="quick")

    assert report.counts == counts


def test_the_small_distiller_holds_everything_else():
    report = check_contracts(Imitator(), profile="quick", exclude=["C10", "C11"])

    assert report.failures == []


def test_others_are_not_asked():
    report = check_contracts(Ridge(), include=IDS)

    assert report.counts == {"not_applicable": 6}


def test_a_teacher_that_is_no_estimator_is_not_asked_about():
    report = check_contracts(DistilledClassifier("precomputed"), include=["T01"])

    assert report[0].reason == "its teacher is no estimator that can be fitted"


def test_a_frozen_teacher_is_thawed():
    teacher = GaussianNB()
    subject = Subject(DistilledClassifier(FrozenEstimator(teacher)))

    assert _own_teacher(subject) is teacher


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (DistilledClassifier(GaussianNB()), "teacher_proba"),
        (DistilledRegressor(Ridge()), "teacher_prediction"),
    ],
)
def test_precomputed_targets_are_passed_by_name(model, name):
    assert _precomputed_name(Subject(model)) == name


def test_the_teacher_the_other_way_round_says_the_same():
    X, y = np.array([[0.0], [1.0], [2.0], [5.0]]), np.array([0, 0, 1, 1])
    teacher = GaussianNB().fit(X, y)

    other = _Reversed(teacher)

    assert list(other.classes_) == [1, 0]
    np.testing.assert_array_equal(
        other.predict_proba(X)[:, 0], teacher.predict_proba(X)[:, 1]
    )
    np.testing.assert_array_equal(other.predict(X), teacher.predict(X))
