"""Weights: what they mean to those who say so, and which are none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklkd.testing import CONTRACTS, Subject, check_contracts
from sklkd.testing.contracts._weights import (
    BAD_WEIGHTS,
    _another_target,
    _distance,
    _kept,
    weight_containers,
)

CLAIMS = {"weights_are_repetition", "weights_win", "class_weight_is_weight"}
IDS = ["E01", "E02", "E03", "E04", "E05", "E06", "E07"]


@pytest.mark.parametrize(
    "estimator",
    [
        DecisionTreeClassifier(),
        GaussianNB(),
        LinearRegression(),
        LogisticRegression(),
        Ridge(),
        StandardScaler(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_estimators_of_scikit_learn_hold_them(estimator):
    report = check_contracts(
        estimator, include=IDS, declared=CLAIMS, profile="quick", on_fail=None
    )

    assert report.failures == []
    assert report.counts["passed"] >= 5


def one(estimator, contract, **options):
    return check_contracts(estimator, include=[contract], on_fail=None, **options)[0]


def test_one_that_takes_no_weights_is_left_alone():
    told = one(KNeighborsClassifier(), "E01")

    assert told.reason == "its fit takes no sample_weight"
    assert (
        CONTRACTS["E04"].reason_against(Subject(StandardScaler()))
        == "it does not declare 'weights_win'"
    )


def test_weights_of_classes_need_the_parameter():
    told = one(GaussianNB(), "E07", declared=CLAIMS)

    assert told.reason == "it has no parameter class_weight"


@given(st.lists(st.integers(0, 3), min_size=8, max_size=40).map(np.array))
def test_each_class_is_kept(y):
    is_kept = _kept(y)

    assert set(y[is_kept]) == set(y)


def test_most_rows_are_kept_and_not_all():
    assert _kept(np.zeros(12)).sum() == 9
    assert _kept(np.arange(12) % 2).sum() < 12


def test_another_target_contradicts_each_row():
    y = np.array([0, 1, 2, 2])

    assert (_another_target(Subject(GaussianNB()), y) != y).all()
    assert (_another_target(Subject(Ridge()), y.astype(float)) > y + 10).all()


def test_distances_are_of_labels_or_of_values():
    one_row, other = np.array([1, 2]), np.array([1, 4])

    assert _distance(Subject(GaussianNB()), one_row, other) == 0.5
    assert _distance(Subject(Ridge()), one_row, other) == 1.0


@pytest.mark.parametrize("name", weight_containers())
def test_containers_hold_the_same_weights(name):
    weight = np.array([1.0, 2.0, 3.0])

    held = weight_containers()[name](weight)

    np.testing.assert_array_equal(np.asarray(held, dtype=float), weight)


def test_bad_weights_leave_the_good_ones_alone():
    weight = np.ones(4)

    for spoil in BAD_WEIGHTS.values():
        spoil(weight)

    assert weight.tolist() == [1.0, 1.0, 1.0, 1.0]
