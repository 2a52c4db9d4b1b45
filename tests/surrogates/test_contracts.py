"""The contracts of `sklkd.testing` for surrogates, with no expected failure."""

from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from sklkd.surrogates import (
    RuleListClassifier,
    SurrogateClassifier,
    SurrogateRegressor,
    TrepanClassifier,
)
from sklkd.testing import parametrize_with_contracts


@parametrize_with_contracts(
    [
        SurrogateClassifier(LogisticRegression()),
        SurrogateClassifier(DecisionTreeClassifier(max_depth=3), "additive"),
        SurrogateRegressor(LinearRegression()),
        TrepanClassifier(LogisticRegression(), min_samples=100),
        RuleListClassifier(LogisticRegression(), max_rules=2, n_candidates=20),
    ],
    declared=["quiet"],
    sklearn_checks=False,  # which test_sklearn runs
)
def test_the_contract_holds(estimator, contract):
    contract(estimator)
