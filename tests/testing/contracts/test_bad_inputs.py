"""Bad input: what each tag allows all the same."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sklkd.testing import CONTRACTS, Subject, Violation, check_contracts
from sklkd.testing.contracts._bad_inputs import _check_no_nan, _check_rows, takes

IDS = ["B16", "B17", "B18", "B19", "D06"]


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        Ridge(),
        KNeighborsClassifier(),
        HistGradientBoostingRegressor(max_iter=10),
        StandardScaler(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_estimators_of_scikit_learn_hold_them(estimator):
    report = check_contracts(estimator, include=IDS, on_fail=None)

    assert report.failures == []


def test_tags_say_what_is_taken_all_the_same():
    assert takes(Subject(HistGradientBoostingRegressor()), "nan")
    assert not takes(Subject(HistGradientBoostingRegressor()), "inf")
    assert takes(Subject(LogisticRegression()), "sparse")
    assert takes(Subject(OneHotEncoder()), "words")
    assert takes(Subject(IsotonicRegression()), "one_dimension")
    assert not any(takes(Subject(Ridge()), name) for name in ("nan", "words", None))


def test_one_that_takes_no_tables_is_left_alone():
    assert CONTRACTS["B18"].reason_against(Subject(CountVectorizer())) == (
        "it takes no two-dimensional numbers"
    )


def test_nothing_may_be_answered_by_nothing():
    _check_rows(np.empty((0, 3)), 0, "predict of no_rows")

    with pytest.raises(Violation, match=r"the shape is \(1,\), and must begin with 0"):
        _check_rows(np.zeros(1), 0, "predict of no_rows")


def test_infinity_is_a_value_and_no_probability():
    _check_no_nan("predict", np.array([np.inf, 1.0]), "rows times 1e300")

    with pytest.raises(Violation, match="1 of 2 values are NaN"):
        _check_no_nan("predict", np.array([np.nan, 1.0]), "rows times 1e300")
    with pytest.raises(Violation, match="not finite"):
        _check_no_nan("predict_proba", np.array([[np.inf, 1.0]]), "rows times 1e300")


class TakesInfinity(HistGradientBoostingRegressor):
    """Allows gaps, and says NaN where a number is infinite."""

    def predict(self, X):
        said = super().predict(X)
        return np.where(np.isinf(np.asarray(X, float)).any(axis=1), np.nan, said)


def test_one_that_allows_gaps_must_still_say_something_finite_of_infinity():
    report = check_contracts(TakesInfinity(max_iter=5), include=["B16"], on_fail=None)

    assert report[0].message.startswith("predict, of inf: 1 of")
