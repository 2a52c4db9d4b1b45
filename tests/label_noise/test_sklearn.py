"""scikit-learn's own checks, on noisy labels, with no expected failure."""

import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklkd import EarlyLearningClassifier, RefinedClassifier, StudentNet

QUICK = StudentNet(max_epochs=60, lr=0.01)
ESTIMATORS = [
    EarlyLearningClassifier(QUICK),
    RefinedClassifier(QUICK, n_rounds=1, cv=2),
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
