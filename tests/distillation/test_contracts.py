"""The contracts of `sklkd.testing`, with no expected failure."""

from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from sklkd import DistilledClassifier, DistilledRegressor, StudentNet
from sklkd.testing import parametrize_with_contracts

SMALL = StudentNet(hidden=(8,), max_epochs=15, lr=0.03)
FIXED = {"soft_weight": 0.5, "targets": "in_sample", "transfer_set": None}


@parametrize_with_contracts(
    [
        DistilledClassifier(LogisticRegression(), SMALL, calibration=None, **FIXED),
        DistilledRegressor(LinearRegression(), SMALL, **FIXED),
    ],
    declared=["quiet", "size_independent"],
    sklearn_checks=False,  # which test_sklearn runs, on estimators as they come
)
def test_the_contract_holds(estimator, contract):
    contract(estimator)


@parametrize_with_contracts(
    [DistilledClassifier(LogisticRegression(), DecisionTreeClassifier(max_depth=2))],
    declared=["quiet"],
    sklearn_checks=False,
)
def test_the_contract_holds_where_all_is_automatic(estimator, contract):
    contract(estimator)
