"""Classification: what is one opinion, and where labels need not follow scores."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from sklkd.testing import CONTRACTS, Subject, Violation, check_contracts
from sklkd.testing.contracts._classification import (
    _check_best,
    _check_log,
    _check_proba,
    _votes_of_pairs,
)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        KNeighborsClassifier(),
        DecisionTreeClassifier(),
        LinearSVC(),
        SVC(),
        SVC(decision_function_shape="ovo"),
        SVC(break_ties=True),
    ],
    ids=str,
)
def test_classifiers_of_scikit_learn_hold_it(estimator):
    report = check_contracts(estimator, include=["B13"], on_fail=None)

    assert report.counts == {"passed": 1}


def test_a_regressor_has_no_opinion():
    assert CONTRACTS["B13"].reason_against(Subject(Ridge())) == "it is no classifier"


def test_scores_of_pairs_are_not_those_of_classes():
    assert _votes_of_pairs(Subject(SVC()), 3)
    assert _votes_of_pairs(
        Subject(SVC(decision_function_shape="ovo", break_ties=False)), 3
    )
    assert not _votes_of_pairs(Subject(SVC(break_ties=True)), 3)
    assert not _votes_of_pairs(Subject(SVC()), 2)
    assert not _votes_of_pairs(Subject(LogisticRegression()), 3)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([0.5, 0.6], "adds up to 1.1"),
        ([-0.1, 1.1], "is not between 0 and 1"),
        ([np.nan, 1.0], "nan is not between 0 and 1"),
    ],
)
def test_what_is_no_probability(row, message):
    with pytest.raises(Violation, match=message):
        _check_proba(np.array([[0.5, 0.5], row]), (2, 2))


def test_probabilities_of_single_precision_add_up():
    proba = np.full((2, 3), 1 / 3, dtype=np.float32)

    assert _check_proba(proba, (2, 3)) is None


def test_a_logarithm_of_zero_is_minus_infinity():
    proba = np.array([[1.0, 0.0]])

    with np.errstate(divide="ignore"):
        assert (
            _check_log({"predict_proba": proba, "predict_log_proba": np.log(proba)})
            is None
        )


def test_a_tie_has_no_best():
    scores = np.array([[0.5, 0.5], [0.9, 0.1]])
    classes = np.array(["a", "b"])

    _check_best(scores, np.array(["b", "a"]), classes, "predict_proba")

    with pytest.raises(Violation, match="predict, beside predict_proba: 1 of 1 differ"):
        _check_best(scores, np.array(["b", "b"]), classes, "predict_proba")


def test_the_sign_of_a_binary_score_is_the_label():
    scores, classes = np.array([-1.0, 2.0]), np.array([5, 7])

    _check_best(scores, np.array([5, 7]), classes, "decision_function")

    with pytest.raises(Violation, match="2 of 2 differ"):
        _check_best(scores, np.array([7, 5]), classes, "decision_function")
