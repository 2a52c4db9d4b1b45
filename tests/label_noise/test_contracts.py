"""The contracts, on estimators for noisy labels, with no expected failure."""

from sklearn.naive_bayes import GaussianNB

from sklkd import EarlyLearningClassifier, RefinedClassifier, StudentNet
from sklkd.testing import parametrize_with_contracts

SMALL = StudentNet(hidden=(8,), max_epochs=15, lr=0.03)


@parametrize_with_contracts(
    [
        EarlyLearningClassifier(SMALL),
        EarlyLearningClassifier(SMALL, variant="elr+"),
        RefinedClassifier(GaussianNB(), n_rounds=2, cv=3),
    ],
    declared=["quiet"],
    sklearn_checks=False,  # which test_sklearn runs
)
def test_the_contract_holds(estimator, contract):
    contract(estimator)
