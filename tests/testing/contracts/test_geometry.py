"""Geometry: nothing is asked of who claims nothing, and claims are held to."""

import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

from sklkd.testing import check_contracts

CLAIMS = {
    "row_order_invariant",
    "column_order_invariant",
    "target_affine",
    "scale_invariant",
}
IDS = ["F01", "F02", "F03", "F04"]


def told(estimator, declared=(), **options):
    report = check_contracts(
        estimator, include=IDS, declared=declared, on_fail=None, **options
    )
    return {result.contract: result.status for result in report}


@pytest.mark.parametrize("estimator", [LinearRegression(), MLPRegressor()], ids=str)
def test_nothing_is_asked_of_who_claims_nothing(estimator):
    assert set(told(estimator).values()) == {"not_applicable"}


def test_least_squares_know_no_order_and_no_unit():
    assert set(told(LinearRegression(), CLAIMS).values()) == {"passed"}


@pytest.mark.parametrize(
    "estimator", [GaussianNB(), LinearDiscriminantAnalysis()], ids=str
)
def test_normal_densities_know_no_order_and_no_unit(estimator):
    assert told(estimator, CLAIMS) == {
        "F01": "passed",
        "F02": "passed",
        "F03": "not_applicable",  # no regressor
        "F04": "passed",
    }


@pytest.mark.parametrize("estimator", [Ridge(), LogisticRegression()], ids=str)
def test_a_penalty_knows_units(estimator):
    assert told(estimator, {"scale_invariant"})["F04"] == "failed"


def test_a_network_that_standardises_nothing_knows_units():
    results = told(MLPRegressor(max_iter=20), {"scale_invariant", "target_affine"})

    assert results["F03"] == results["F04"] == "failed"


def test_a_scaler_knows_no_unit():
    results = told(StandardScaler(), {"row_order_invariant", "scale_invariant"})

    assert results["F01"] == results["F04"] == "passed"
