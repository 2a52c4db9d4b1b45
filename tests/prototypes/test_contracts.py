"""The contracts of `sklkd.testing`, with no expected failure."""

from sklkd.prototypes import (
    ConvexHullClassifier,
    KeyValueBottleneckClassifier,
    NearestMeanClassifier,
    PooledGaussianNB,
)
from sklkd.testing import parametrize_with_contracts

COUNTING = [
    "accurate",
    "label_symmetric",
    "quiet",
    "row_order_invariant",
    "threads_fit_alike",
    "weights_are_repetition",
    "weights_win",
]


@parametrize_with_contracts(
    [
        ConvexHullClassifier(n_points=3),
        KeyValueBottleneckClassifier(n_heads=2),
    ],
    declared=COUNTING,
    sklearn_checks=False,  # which test_sklearn runs
)
def test_the_contract_holds(estimator, contract):
    contract(estimator)


@parametrize_with_contracts(
    [
        NearestMeanClassifier(),
        NearestMeanClassifier("cl2"),
        PooledGaussianNB(),
    ],
    declared=[*COUNTING, "column_order_invariant", "size_independent"],
    sklearn_checks=False,
)
def test_the_contract_of_means_holds(estimator, contract):
    contract(estimator)


@parametrize_with_contracts(
    [PooledGaussianNB()],
    declared=["scale_invariant"],
    sklearn_checks=False,
)
def test_the_contract_of_units_holds(estimator, contract):
    contract(estimator)
