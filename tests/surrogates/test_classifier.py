"""SurrogateClassifier on labels of all kinds."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from sklkd import SurrogateClassifier

X, y = load_iris(return_X_y=True)


@pytest.mark.parametrize("labels", [["setosa", "versicolor", "virginica"], [7, -2, 3]])
def test_labels_come_back_in_the_users_words(labels):
    given = np.array(labels)[y]
    model = SurrogateClassifier(DecisionTreeClassifier(), random_state=0).fit(X, given)
    assert model.classes_.tolist() == sorted(labels)
    assert set(model.predict(X)) == set(labels)
    assert {rule.prediction for rule in model.rules_} <= set(labels)


def test_a_teacher_that_speaks_of_two_classes():
    model = SurrogateClassifier(DecisionTreeClassifier(), random_state=0)
    model.fit(X, y == 0)
    assert model.score(X, y == 0) == 1
    assert model.decision_function(X).shape == (150,)
