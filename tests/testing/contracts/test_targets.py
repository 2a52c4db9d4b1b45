"""Targets: which are the same, which are none, and who may take them all the same."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from testing.reference import NetworkClassifier

from sklkd.prototypes import KeyValueBottleneckClassifier
from sklkd.testing import (
    CONTRACTS,
    Case,
    NotApplicable,
    Subject,
    check_contracts,
)
from sklkd.testing.contracts._targets import (
    BAD_TARGETS,
    _bad_targets,
    _takes,
    target_containers,
)

IDS = ["D01", "D03", "D04", "D05"]


@pytest.mark.parametrize(
    "estimator",
    [
        DecisionTreeClassifier(),
        GaussianNB(),
        KNeighborsClassifier(),
        LogisticRegression(),
        RandomForestClassifier(n_estimators=5),
        LinearRegression(),
        RandomForestRegressor(n_estimators=5),
        StandardScaler(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_estimators_of_scikit_learn_hold_them(estimator):
    report = check_contracts(estimator, include=IDS, profile="quick", on_fail=None)

    assert report.failures == []


def one(estimator, contract, **options):
    return check_contracts(estimator, include=[contract], on_fail=None, **options)[0]


@pytest.mark.parametrize("estimator", [NetworkClassifier(), GaussianNB()], ids=str)
def test_the_order_of_classes_is_nothing_to(estimator):
    told = one(estimator, "D02", declared={"label_symmetric"})

    assert told.status == "passed"


def test_the_order_of_classes_decides_between_two_as_likely():
    ties = KeyValueBottleneckClassifier(n_heads=2)  # two keys for four classes
    case = Case(n=20, p=1, k=4, variant="reversed")

    with pytest.raises(NotApplicable, match="two classes for as likely in every row"):
        CONTRACTS["D02"].run_case(Subject(ties), case)


def test_weights_of_classes_name_the_labels():
    weighted = Subject(LogisticRegression(class_weight={0: 1.0, 1: 2.0}))
    balanced = Subject(LogisticRegression(class_weight="balanced"))

    assert CONTRACTS["D01"].reason_against(weighted) == "class_weight names the labels"
    assert CONTRACTS["D01"].reason_against(balanced) is None
    assert CONTRACTS["D01"].reason_against(Subject(Ridge())) == "it is no classifier"


@pytest.mark.parametrize("estimator", [GaussianNB(), Ridge()], ids=str)
def test_containers_hold_the_same_target(estimator):
    y = np.array([0, 1, 1, 0])

    for name, hold in target_containers(Subject(estimator)).items():
        held = np.asarray(hold(y), dtype=float)
        assert held.shape == ((4, 1) if name == "column" else (4,))
        np.testing.assert_array_equal(held.ravel(), y)


def test_the_index_of_a_series_is_not_that_of_the_rows():
    series = target_containers(Subject(Ridge()))["pandas"](np.arange(4.0))

    assert isinstance(series, pd.Series)
    assert not set(series.index) & set(range(4))


def test_a_column_may_be_predicted_as_one():
    assert LinearRegression().fit(np.eye(3), np.ones((3, 1))).predict(
        np.eye(3)
    ).shape == (3, 1)
    assert one(LinearRegression(), "D03").status == "passed"


def test_no_bad_target_is_a_good_one():
    y = np.array([0, 1, 1, 0, 1, 0])

    for name, spoil in BAD_TARGETS.items():
        before = y.copy()
        assert np.shape(spoil(y)) != y.shape or name in ("nan", "inf", "mixed")
        np.testing.assert_array_equal(y, before)


def test_what_is_no_target_depends_on_the_kind():
    assert "continuous" in _bad_targets(Subject(GaussianNB()))
    assert "words" in _bad_targets(Subject(Ridge()))
    assert "words" not in _bad_targets(Subject(GaussianNB()))


def test_two_columns_may_be_predicted_against_the_tags():
    # MLPRegressor takes several targets, and its tags do not say so.
    assert not Subject(MLPRegressor()).target_tags.multi_output
    assert one(MLPRegressor(max_iter=5), "D05").status == "passed"


def test_two_columns_are_a_target_to_some():
    assert _takes(Subject(Ridge()), "two_columns")
    assert _takes(Subject(MLPClassifier()), "two_columns")
    assert not _takes(Subject(GaussianNB()), "two_columns")
    assert not _takes(Subject(GaussianNB()), "none")
