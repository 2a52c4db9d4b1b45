"""scikit-learn's own checks, with no expected failure, and those it keeps to itself."""

import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklkd import DistilledClassifier, DistilledRegressor, StudentNet

ESTIMATORS = [
    DistilledClassifier(LogisticRegression()),
    DistilledClassifier(LogisticRegression(), StudentNet()),
    # Ridge's own sparse solver is approximate, and would not weigh rows exactly.
    DistilledRegressor(Ridge(tol=1e-12)),
]


@parametrize_with_checks(ESTIMATORS)
def test_scikit_learns_check_passes(estimator, check):
    check(estimator)


# They are defined beside the others, and run on scikit-learn's own estimators only.
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
