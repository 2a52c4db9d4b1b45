"""Teachers of all kinds, asked about rows put together."""

import numpy as np
import pandas as pd
import pytest
import torch
from joblib import Memory
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from sklkd.surrogates._informant import inform, oracle_of
from sklkd.training import Lessons, Question, as_teacher

X, y = load_iris(return_X_y=True)
QUESTION = Question("Test", "classification", 3, np.arange(3), 1e-12)


def informed(teacher, question=QUESTION, target=y):
    lessons = Lessons(X, target, target, np.ones(len(y)))
    return inform(
        as_teacher("Test", teacher),
        question,
        lessons,
        fit_params={},
        memory=Memory(None),
        seed=0,
    )


def test_probabilities_are_the_teachers_own():
    forest = RandomForestClassifier(5, random_state=0)
    said = informed(forest).ask(X)
    np.testing.assert_allclose(said, forest.fit(X, y).predict_proba(X), atol=1e-11)


def test_a_frozen_teacher_is_used_as_it_is():
    tree = DecisionTreeClassifier(max_depth=1).fit(X, y)
    informant = informed(FrozenEstimator(tree))
    assert informant.teacher.estimator is tree


def test_values_are_the_teachers_own():
    question = Question("Test", "regression", 1)
    target = X[:, :1] @ [[2.0]]
    informant = informed(LinearRegression(), question, target)
    np.testing.assert_allclose(informant.ask(X), target)


def test_an_ensemble_speaks_for_all():
    members = [
        ("a", LogisticRegression(max_iter=1000)),
        ("b", DecisionTreeClassifier()),
    ]
    informant = informed(members)
    mean = np.mean([m.predict_proba(X) for m in informant.teacher.values()], axis=0)
    np.testing.assert_allclose(informant.ask(X), mean, atol=1e-9)


def test_a_function_is_a_teacher():
    np.testing.assert_allclose(
        informed(lambda X: np.full((len(X), 3), 1 / 3)).ask(X), 1 / 3
    )


def test_a_module_is_a_teacher():
    module = torch.nn.Linear(4, 3)
    with torch.no_grad():
        own = module(torch.from_numpy(X).float()).softmax(dim=1).numpy()
    np.testing.assert_allclose(informed(module).ask(X), own, rtol=1e-5)


def test_numbers_that_were_precomputed_cannot_be_asked():
    with pytest.raises(ValueError, match="asked about new rows, got 'precomputed'"):
        informed("precomputed")


def test_the_oracle_is_asked_about_rows_put_together():
    seen = []

    def teacher(rows):
        seen.append(np.array(rows))
        return np.full((len(rows), 3), 1 / 3)

    oracle = oracle_of(informed(teacher), X, np.arange(4), np.ones(len(X)), 0)
    oracle(np.array([[0, 1, 2, 3], [7, 7, 7, 7]]))
    np.testing.assert_array_equal(seen[-1], [X[[0, 1, 2, 3], range(4)], X[7]])


def test_columns_that_a_model_does_not_see_come_from_one_row():
    seen = []

    def teacher(rows):
        seen.append(np.array(rows))
        return np.full((len(rows), 3), 1 / 3)

    weight = np.zeros(len(X))
    weight[5] = 1.0
    oracle = oracle_of(informed(teacher), X, np.array([1]), weight, 0)
    oracle(np.array([[9]]))
    np.testing.assert_array_equal(seen[-1], [[X[5, 0], X[9, 1], X[5, 2], X[5, 3]]])


def test_a_frame_is_asked_about_as_a_frame():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})

    asked = []

    def teacher(rows):
        asked.append(rows)
        return np.full((len(rows), 3), 1 / 3)

    lessons = Lessons(frame, np.array([0, 1]), np.array([0, 1]), np.ones(2))
    informant = inform(
        teacher, QUESTION, lessons, fit_params={}, memory=Memory(None), seed=None
    )
    asked.clear()
    oracle_of(informant, frame, np.arange(2), np.ones(2), 0)(np.array([[0, 1], [1, 0]]))
    (rows,) = asked
    assert rows.to_dict("list") == {"a": [1, 2], "b": ["y", "x"]}
