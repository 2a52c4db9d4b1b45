"""One seed, one result: which parts are seeded, and what equal means."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVR
from testing.reference import NetworkRegressor

from sklkd.testing import ContractTags, Subject, Violation, check_contracts
from sklkd.testing._fence import changes, global_randomness
from sklkd.testing.contracts._randomness import exactly


def test_the_last_bit_counts_unless_tags_say_otherwise():
    one, other = {"predict": np.array([1.0])}, {"predict": np.array([1.0 + 1e-15])}
    tolerant = Subject(Ridge(), ContractTags(tolerance={"C01": 1e-6}))

    exactly(tolerant, "C01", other, one, "again")
    with pytest.raises(Violation, match="predict, again: 1 of 1 numbers differ"):
        exactly(Subject(Ridge()), "C01", other, one, "again")


def test_an_estimator_that_is_not_deterministic_is_not_asked():
    class Random(NetworkRegressor):
        def __sklkd_contracts__(self):
            return ContractTags(deterministic=False)

    report = check_contracts(Random(), include=["C01", "C02", "C03"])

    assert report.counts == {"not_applicable": 3}


def test_a_random_state_is_asked_for_where_there_is_one():
    report = check_contracts(GaussianNB(), include=["C03"])

    assert report.counts == {"not_applicable": 1}


@pytest.mark.parametrize("model", [LogisticRegression(), SVR(), MLPClassifier()])
def test_the_callers_generator_is_where_it_was(model):
    before = global_randomness()

    check_contracts(model, include=["C01", "C02", "C03"], profile="quick", on_fail=None)

    assert changes(before, global_randomness()) == []
