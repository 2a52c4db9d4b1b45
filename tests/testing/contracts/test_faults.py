"""Interrupted fits: where a fault is, and what counts as working afterwards."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from testing.reference import NetworkClassifier

from sklkd.testing import CONTRACTS, Violation, check_contracts
from sklkd.testing._injection import interrupt
from sklkd.testing.contracts._faults import _place, _unfitted_or_working


class Answers:
    """Predicts what it is given, or raises it."""

    def __init__(self, answer):
        self.answer = answer

    def predict(self, X):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


EXPECTED = {"predict": np.array([1.0, 2.0])}


@pytest.mark.parametrize("answer", [NotFittedError("fit it"), np.array([3.0, 4.0])])
def test_unfitted_and_working_models_are_both_fine(answer):
    _unfitted_or_working(Answers(answer), None, EXPECTED, "somewhere")

    assert Answers(answer).answer is answer


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (AttributeError("net_"), "AttributeError: net_. It must raise NotFittedError"),
        (np.array([1.0]), "the shape is"),
        (np.array([1.0, np.nan]), "1 of 2 values are not finite"),
    ],
)
def test_anything_else_is_a_violation(answer, text):
    with pytest.raises(Violation, match=text):
        _unfitted_or_working(Answers(answer), None, EXPECTED, "somewhere")


def test_a_fault_is_placed_by_the_function_in_which_it_was_raised():
    def inner():
        pass

    def outer():
        inner()

    error = interrupt(outer, 2)

    assert _place(error) == "in inner of test_faults.py"


def test_faults_are_injected_in_another_process():
    assert CONTRACTS["C10"].isolate
    assert CONTRACTS["C11"].isolate


def test_scikit_learn_takes_any_attribute_for_a_fit():
    """Its check_is_fitted passes as soon as n_features_in_ is there."""
    report = check_contracts(Ridge(), include=["C10"], profile="quick", on_fail=None)

    (result,) = report
    assert result.status == "failed"
    assert "AttributeError" in result.message


def test_a_fit_that_is_all_or_nothing_holds():
    report = check_contracts(NetworkClassifier(), include=["C10", "C11"])

    assert report.counts == {"passed": 2}


@pytest.mark.parametrize("contract", ["C10", "C11"])
def test_the_reference_holds_them_in_this_process_too(contract):
    report = check_contracts(
        NetworkClassifier(),
        include=[contract],
        profile="quick",
        isolate="none",
        on_fail=None,
    )

    assert report.counts == {"passed": 1}
