"""Looking into searches and students for who has something, and for its columns."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PolynomialFeatures,
    StandardScaler,
)

from sklkd import DistilledClassifier
from sklkd.inspection._within import find_within, fitting, names_within
from sklkd.prototypes import NearestMeanClassifier


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def found(estimator, *names):
    return find_within("Somebody", estimator, names, "a bird")


def test_the_estimator_itself_comes_first(iris):
    model = NearestMeanClassifier().fit(*iris)

    assert found(model, "mean_") is model
    assert found(model, "wings_", "mean_") is model


def test_a_student_in_a_search_is_found(iris):
    distilled = DistilledClassifier(
        RandomForestClassifier(5, random_state=0),
        NearestMeanClassifier(),
        transfer_set=None,
        random_state=0,
    )
    search = GridSearchCV(distilled, {"soft_weight": [0.5]}, cv=2).fit(*iris)

    assert found(search, "centroids_") is search.best_estimator_.student_.estimator


def test_what_nobody_has_is_an_error(iris):
    with pytest.raises(TypeError) as caught:
        found(NearestMeanClassifier().fit(*iris), "wings_")

    assert str(caught.value) == (
        "Somebody: estimator must have wings_, as a bird has, got "
        "NearestMeanClassifier. Of a pipeline pass the last step."
    )


def test_an_unfitted_estimator_is_an_error():
    with pytest.raises(NotFittedError):
        found(NearestMeanClassifier(), "centroids_")


# --- Names of columns -----------------------------------------------------------------


class Student(BaseEstimator):
    """A stranger's student, whose transformers made the columns."""

    def __init__(self, steps=None):
        self.steps = steps

    def fit(self, X, y=None):
        steps = None if self.steps is None else clone(self.steps).fit(X)
        self.student_ = SimpleNamespace(steps=steps)
        self.feature_names_in_ = np.asarray(X.columns)
        return self


def clashing():
    """Two columns of one name, which is fine until they are asked for it."""
    parts = [("a", StandardScaler(), ["x"]), ("b", MinMaxScaler(), ["x"])]
    return ColumnTransformer(parts, verbose_feature_names_out=False)


FRAME = pd.DataFrame({"x": [0.0, 1.0, 2.0], "y": [1.0, 0.0, 1.0]})


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (StandardScaler(), ["x", "y"]),
        (clashing(), None),
        (FunctionTransformer(np.asarray), None),
        (FunctionTransformer(np.asarray, feature_names_out="one-to-one"), ["x", "y"]),
        (PolynomialFeatures(2), None),
    ],
)
def test_names_are_what_transformers_say_if_they_can(step, expected):
    model = Student(make_pipeline(step)).fit(FRAME)

    assert names_within(model, 2) == expected


def test_without_transformers_they_are_those_that_it_saw():
    model = Student().fit(FRAME)

    assert names_within(model, 2) == ["x", "y"]
    assert names_within(model, 3) is None


def test_names_are_found_within_a_search():
    search = SimpleNamespace(best_estimator_=Student().fit(FRAME))

    assert names_within(search, 2) == ["x", "y"]


def test_what_saw_no_names_has_none(iris):
    assert names_within(NearestMeanClassifier().fit(*iris), 4) is None


@pytest.mark.parametrize("names", [None, ["a"], np.array(["a", "b", "c"])])
def test_names_that_do_not_fit_are_none(names):
    assert fitting(names, 2) is None


def test_names_become_words():
    assert fitting(pd.Index([0, "b"]), 2) == ["0", "b"]
