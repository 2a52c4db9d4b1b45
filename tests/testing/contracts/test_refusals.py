"""Refused fits: what is tried, and which models are known to come out half new."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklkd.testing import Subject, check_contracts
from sklkd.testing.contracts._refusals import _spoilers


def test_targets_and_weights_are_spoilt_where_there_are_any():
    of_a_scaler = set(_spoilers(Subject(StandardScaler())))
    of_a_tree = set(_spoilers(Subject(DecisionTreeClassifier())))

    assert of_a_tree - of_a_scaler == {
        "y_short",
        "y_nan",
        "y_none",
        "y_one_class",
        "y_of_another_kind",
    }
    assert {"weight_nan", "weight_short", "weight_words", "x_nan"} <= of_a_scaler


@pytest.mark.parametrize("model", [GaussianNB(), Ridge()])
def test_spoiling_leaves_the_good_data_alone(model):
    subject = Subject(model)
    X, y = np.arange(8.0).reshape(4, 2), np.array([0, 1, 0, 1])

    for spoil in _spoilers(subject).values():
        spoil(X, y, subject.kind)

    np.testing.assert_array_equal(X, np.arange(8.0).reshape(4, 2))
    np.testing.assert_array_equal(y, [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("model", "status"),
    [
        (RandomForestClassifier(3), "passed"),
        (Ridge(), "passed"),
        (GaussianNB(), "failed"),
        (DecisionTreeClassifier(), "failed"),
        (SGDClassifier(), "failed"),
    ],
)
def test_models_that_forget_what_they_were_are_told_apart(model, status):
    report = check_contracts(model, include=["C12"], profile="quick", on_fail=None)

    assert report.counts == {status: 1}


def test_columns_are_set_too_early_by_scikit_learns_own():
    report = check_contracts(Ridge(), include=["C19"], profile="quick", on_fail=None)

    (result,) = report
    assert result.level == "should"
    assert "expecting 3 features" in result.message
