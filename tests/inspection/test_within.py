"""Looking into searches and students for the estimator that has something."""

from __future__ import annotations

import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from sklkd import DistilledClassifier
from sklkd.inspection._within import find_within
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
