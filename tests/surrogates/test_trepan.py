"""TrepanClassifier, and Trepan as a surrogate."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from sklkd import SurrogateClassifier, TrepanClassifier
from sklkd.surrogates import Trepan

X, y = load_iris(return_X_y=True)


def test_the_estimator_is_the_surrogate_without_a_ranking():
    own = TrepanClassifier(GaussianNB(), max_leaves=4, random_state=0).fit(X, y)
    other = SurrogateClassifier(
        GaussianNB(),
        Trepan(max_leaves=4),
        importance=None,
        queries=None,
        random_state=0,
    ).fit(X, y)
    assert own.surrogate_ == other.surrogate_


def test_its_parameters_are_those_of_the_surrogate():
    own, other = TrepanClassifier(None).get_params(), Trepan().get_params()
    assert {name: own[name] for name in other} == other


def test_2_of_3_is_found():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 2, size=(200, 5)).astype(float)
    teacher = lambda X: np.eye(2)[(X[:, :3].sum(axis=1) >= 2).astype(int)]  # noqa: E731
    labels = (rows[:, :3].sum(axis=1) >= 2).astype(int)
    model = TrepanClassifier(teacher, random_state=0).fit(rows, labels)
    (test,) = {node.test for node in model.surrogate_.nodes if node.test}
    assert {literal.column for literal in test.literals} == {0, 1, 2}
    assert model.score(rows, labels) == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"max_leaves": 1}, "max_leaves of Trepan must be an integer in"),
        ({"min_samples": -1}, "min_samples of Trepan must be a real number in"),
        ({"m_of_n": 1}, "m_of_n of Trepan must be True or False"),
        ({"significance": 0}, "significance of Trepan must be a real number in"),
    ],
)
def test_parameters_out_of_range_are_refused(params, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        TrepanClassifier(GaussianNB(), **params).fit(X, y)
    assert message in str(caught.value)
