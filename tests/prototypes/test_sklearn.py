"""scikit-learn's own checks, with no expected failure, and those it keeps to itself."""

import pytest
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklkd.prototypes import (
    ConvexHullClassifier,
    KeyValueBottleneckClassifier,
    NearestMeanClassifier,
    PooledGaussianNB,
)

WITHOUT_NETWORK = [
    ConvexHullClassifier(),
    ConvexHullClassifier(n_points=3),
    KeyValueBottleneckClassifier(n_heads=4),
    KeyValueBottleneckClassifier(StandardScaler(), n_heads=1),
    NearestMeanClassifier(),
    NearestMeanClassifier("cl2"),
    PooledGaussianNB(),
]


@parametrize_with_checks(WITHOUT_NETWORK)
def test_scikit_learns_check_passes(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_inplace_ensure_writeable,
    ],
)
@pytest.mark.parametrize("estimator", WITHOUT_NETWORK, ids=str)
def test_check_that_scikit_learn_keeps_to_itself_passes(estimator, check):
    check(type(estimator).__name__, estimator)
