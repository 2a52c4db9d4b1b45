"""scikit-learn's own checks, with no expected failure, and those it keeps to itself."""

import os

import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklkd import DistilledClassifier, DistilledRegressor, StudentNet

# With fewer steps than by themselves: all that is tried for a fit takes a while.
QUICK = StudentNet(hidden=(16,), max_epochs=60, batch_size=128, lr=0.01)
# The least leaf that the check of class weights asks of any tree.
TREE = DecisionTreeClassifier(min_weight_fraction_leaf=0.01)
# Ridge's own sparse solver is approximate, and would not weigh rows exactly.
EXACT = Ridge(tol=1e-12)
ESTIMATORS = [
    DistilledClassifier(LogisticRegression(), QUICK),
    DistilledClassifier(LogisticRegression(), TREE, soft_weight=0.5),
    DistilledRegressor(EXACT, QUICK),
]
THOROUGH = [DistilledClassifier(LogisticRegression()), DistilledRegressor(EXACT)]


@parametrize_with_checks(ESTIMATORS)
def test_scikit_learns_check_passes(estimator, check):
    check(estimator)


@pytest.mark.skipif(
    os.environ.get("SKLKD_CONTRACTS_PROFILE") != "thorough",
    reason="tox run -e contracts checks estimators as they come",
)
@parametrize_with_checks(THOROUGH)
def test_the_contract_holds_of_estimators_as_they_come(estimator, check):
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
