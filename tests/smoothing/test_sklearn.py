"""scikit-learn's own checks of the smoothing estimators, with no expected failure."""

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklkd import (
    ConfidencePenaltyClassifier,
    LabelSmoothingClassifier,
    RegularizedClassifier,
    StudentNet,
)
from sklkd.objectives import ConfidencePenalty

QUICK = StudentNet(max_epochs=60, lr=0.01)
ESTIMATORS = [
    ConfidencePenaltyClassifier(QUICK),
    LabelSmoothingClassifier(QUICK),
    LabelSmoothingClassifier(LogisticRegression()),
    RegularizedClassifier(QUICK, objective=ConfidencePenalty(weight=0.1)),
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
