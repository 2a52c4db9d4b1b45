"""scikit-learn's own checks of surrogates, with no expected failure."""

import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklkd.surrogates import (
    RuleListClassifier,
    SurrogateClassifier,
    SurrogateRegressor,
    TrepanClassifier,
)

ESTIMATORS = [
    SurrogateClassifier(LogisticRegression()),
    SurrogateClassifier(DecisionTreeClassifier(), "linear"),
    SurrogateClassifier(HistGradientBoostingClassifier(max_iter=5), "additive"),
    SurrogateClassifier(
        LogisticRegression(), "prototypes", importance=None, queries=None
    ),
    SurrogateRegressor(LinearRegression()),
    SurrogateRegressor(DecisionTreeRegressor(), "additive"),
    TrepanClassifier(LogisticRegression(), min_samples=200),
    RuleListClassifier(LogisticRegression(), max_rules=2, n_candidates=20),
]


@parametrize_with_checks(ESTIMATORS)
def test_scikit_learns_check_passes(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_inplace_ensure_writeable,
    ],
)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_check_that_scikit_learn_keeps_to_itself_passes(estimator, check):
    check(type(estimator).__name__, estimator)
