"""The contracts, on the smoothing estimators, with no expected failure."""

from sklkd import (
    ConfidencePenaltyClassifier,
    LabelSmoothingClassifier,
    RegularizedClassifier,
    StudentNet,
)
from sklkd.testing import parametrize_with_contracts

SMALL = StudentNet(hidden=(8,), max_epochs=15, lr=0.03)


@parametrize_with_contracts(
    [
        LabelSmoothingClassifier(SMALL),
        ConfidencePenaltyClassifier(SMALL, schedule="linear"),
        RegularizedClassifier(SMALL, objective="confidence_penalty"),
    ],
    declared=["quiet"],
    sklearn_checks=False,  # which test_sklearn runs
)
def test_the_contract_holds(estimator, contract):
    contract(estimator)
