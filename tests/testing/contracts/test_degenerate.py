"""Degenerate data: what may be refused, and who must say what."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from sklkd.testing import CONTRACTS, Subject, check_contracts
from sklkd.testing.contracts._degenerate import DEGENERATE

IDS = ["D07", "D08", "D09", "D10"]


@pytest.mark.parametrize(
    "estimator",
    [
        DecisionTreeClassifier(),
        HistGradientBoostingRegressor(max_iter=5),
        KNeighborsClassifier(),  # refuses to predict from fewer rows than neighbours
        LogisticRegression(),
        PCA(n_components=1),
        Ridge(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_estimators_of_scikit_learn_hold_them(estimator):
    report = check_contracts(estimator, include=IDS, on_fail=None)

    assert report.failures == []


def one(estimator, contract, **options):
    return check_contracts(estimator, include=[contract], on_fail=None, **options)[0]


@pytest.mark.parametrize("name", DEGENERATE)
def test_rows_are_all_the_same(name):
    X = np.random.default_rng(0).normal(size=(5, 3))

    made = DEGENERATE[name](X)

    assert made.shape == X.shape
    assert (made == made[0]).all()


def test_a_constant_is_predicted_back_by_who_says_so():
    assert one(LinearRegression(), "D11", declared={"constant_is_constant"}).status == (
        "passed"
    )
    assert one(LinearRegression(), "D11").status == "not_applicable"


def test_targets_of_classes_have_no_size():
    assert (
        CONTRACTS["D10"].reason_against(Subject(GaussianNB())) == "it is no regressor"
    )
