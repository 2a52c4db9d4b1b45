"""SurrogateRegressor on one value and several."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression

from sklkd import SurrogateRegressor

X, y = load_diabetes(return_X_y=True)


def explained(surrogate, teacher=None, target=y, **params):
    teacher = LinearRegression() if teacher is None else teacher
    params = {"importance": None, "random_state": 0} | params
    return SurrogateRegressor(teacher, surrogate, **params).fit(X, target)


@pytest.mark.parametrize(
    ("surrogate", "least"),
    [
        ("tree", 0.6),
        ("trepan", 0.5),
        ("rules", 0.4),
        ("linear", 0.99),
        ("additive", 0.9),
    ],
)
def test_a_linear_teacher_is_explained(surrogate, least):
    model = explained(surrogate)
    assert model.fidelity_.value > least
    assert model.predict(X).shape == (442,)


def test_several_values_are_explained_at_once():
    target = np.stack([y, -1000 * y], axis=1)
    model = explained("tree", target=target)
    assert model.predict(X).shape == (442, 2)
    np.testing.assert_allclose(model.predict(X)[:, 1], -1000 * model.predict(X)[:, 0])


def test_labels_of_a_teacher_that_comes_fitted_only_tell_its_score():
    forest = FrozenEstimator(RandomForestRegressor(10, random_state=0).fit(X, y))
    one, other = (explained("tree", forest, target) for target in (y, np.zeros(442)))
    np.testing.assert_array_equal(one.predict(X), other.predict(X))


def test_prototypes_are_for_classes():
    with pytest.raises(ValueError, match="the teacher must be a classifier, got a"):
        explained("prototypes")


def test_rules_speak_of_values():
    model = explained("tree")
    assert model.rules_[0].precision is None
    assert "value" in model.to_text()
