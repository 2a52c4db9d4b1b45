"""Batches: the small classifier that holds, scikit-learn's, and who is not asked."""

import pytest
from sklearn.linear_model import Perceptron, SGDClassifier, SGDRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from testing.mutants_incremental import Means

from sklkd.testing import CONTRACTS, check_contracts

IDS = [c.id for c in CONTRACTS.values() if c.group == "incremental"]


@pytest.mark.parametrize(
    "model", [Means(), GaussianNB(), SGDClassifier(), Perceptron()]
)
def test_classifiers_that_learn_in_batches_hold(model):
    report = check_contracts(model, include=IDS)

    assert report.counts == {"passed": len(IDS)}


def test_the_small_classifier_holds_everything_else():
    report = check_contracts(Means(), profile="quick", exclude=["C10", "C11"])

    assert report.failures == []


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (DecisionTreeClassifier(), "it has no partial_fit"),
        (SGDRegressor(), "it is no classifier"),
    ],
)
def test_others_are_not_asked(model, reason):
    report = check_contracts(model, include=IDS)

    assert {result.reason for result in report} == {reason}
