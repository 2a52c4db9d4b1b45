"""scikit-learn's own checks of networks of prototypes, with no expected failure."""

import pytest
from prototypes.networks import quick
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklkd.prototypes import (
    ComponentsClassifier,
    GLVQClassifier,
    GMLVQClassifier,
    GRLVQClassifier,
    LGMLVQClassifier,
    PrototypeClassifier,
    PrototypicalClassifier,
    RobustPrototypeClassifier,
    RSLVQClassifier,
)

# As many steps as the checks need; they bring ten rows, and fewer that differ.
FAST = quick(max_epochs=20, lr=0.5)
NETWORKS = [
    ComponentsClassifier(FAST, n_components=3),
    GLVQClassifier(FAST),
    GMLVQClassifier(FAST),
    GRLVQClassifier(FAST),
    LGMLVQClassifier(FAST),
    PrototypeClassifier(quick(max_epochs=30, lr=0.03), n_prototypes=3),
    PrototypicalClassifier(quick(max_epochs=40, lr=0.01)),
    RSLVQClassifier(FAST),
    RobustPrototypeClassifier(FAST, n_components=3),
]


@parametrize_with_checks(NETWORKS)
def test_scikit_learns_check_passes(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_inplace_ensure_writeable,
    ],
)
@pytest.mark.parametrize("estimator", NETWORKS, ids=lambda e: type(e).__name__)
def test_check_that_scikit_learn_keeps_to_itself_passes(estimator, check):
    check(type(estimator).__name__, estimator)
