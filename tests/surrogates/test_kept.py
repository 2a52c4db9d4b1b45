"""Fitted surrogates, as they predict."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from sklkd import SurrogateClassifier

X, y = load_iris(return_X_y=True)


def test_a_readable_model_predicts_what_it_says():
    fitted = SurrogateClassifier(GaussianNB(), random_state=0).fit(X, y)
    np.testing.assert_allclose(fitted.predict_proba(X), fitted.surrogate_.outputs(X))


def test_a_model_of_scikit_learn_predicts_what_it_says():
    student = LogisticRegression(max_iter=1000)
    fitted = SurrogateClassifier(GaussianNB(), student, random_state=0).fit(X, y)
    own = fitted.surrogate_
    assert isinstance(own, LogisticRegression)
    np.testing.assert_allclose(fitted.predict_proba(X), own.predict_proba(X))


def test_what_is_not_readable_cannot_be_written_down():
    fitted = SurrogateClassifier(DecisionTreeClassifier(), GaussianNB()).fit(X, y)
    for name in ("to_sql", "to_text", "to_dict", "to_python", "explain_local"):
        assert not hasattr(fitted, name)
    with pytest.raises(AttributeError, match="has no attribute 'to_sql'"):
        fitted.to_sql()
    assert not hasattr(fitted, "rules_")


def test_only_the_columns_that_it_sees_are_read():
    fitted = SurrogateClassifier(
        DecisionTreeClassifier(random_state=0), n_features=1, random_state=0
    ).fit(X, y)
    (seen,) = fitted.student_.columns
    other = X.copy()
    other[:, np.arange(4) != seen] = 0
    np.testing.assert_array_equal(fitted.predict(other), fitted.predict(X))
