"""The picture of prototypes: what a cell, a colour and a panel are."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from scipy.sparse import csr_array
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklkd import DistilledClassifier, RegularizedClassifier, StudentNet
from sklkd.inspection import PrototypesDisplay
from sklkd.prototypes import (
    ComponentsClassifier,
    GLVQClassifier,
    NearestMeanClassifier,
    PrototypeClassifier,
)

SHORT = StudentNet(max_epochs=2)
TABLE = [[1.0, 10.0, 7.0], [3.0, 10.0, 7.0]]


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True, as_frame=True)


def cells(display):
    """What is written in the table, row by row."""
    texts = [text.get_text() for text in display.axes_[0].texts]
    return np.reshape(texts, (-1, len(titles(display)))).tolist()


def names(display):
    return [label.get_text() for label in display.axes_[0].get_yticklabels()]


def titles(display):
    """What is written above columns, or above images."""
    above = [label.get_text() for label in display.axes_[0].get_xticklabels()]
    return above or [ax.get_title() for ax in display.axes_]


def test_a_table_has_features_down_and_prototypes_across_in_units_of_the_data():
    display = PrototypesDisplay(TABLE, labels=["a", "b"]).plot()

    assert titles(display) == ["a", "b"]
    assert names(display) == ["feature 0", "feature 1", "feature 2"]
    assert cells(display) == [["1", "3"], ["10", "10"], ["7", "7"]]


def test_colours_are_standard_deviations_from_the_mean():
    display = PrototypesDisplay(TABLE, mean=[2, 8, 7], scale=[0.5, 1, 0]).plot()

    colours = display.axes_[0].images[0].get_array()
    np.testing.assert_allclose(colours, [[-2, 2], [2, 2], [0, 0]])


def test_without_mean_and_scale_a_table_is_white_and_has_no_scale_beside_it():
    display = PrototypesDisplay(TABLE).plot()

    assert not display.axes_[0].images[0].get_array().any()
    assert display.figure_.axes == display.axes_.tolist()


def test_the_features_that_differ_most_are_kept_in_their_order():
    rows = [[0.0, 5.0, 0.0, 1.0], [1.0, 5.0, 3.0, 1.0]]

    display = PrototypesDisplay(rows, feature_names=list("abcd")).plot(n_features=2)

    assert names(display) == ["a", "c"]


def test_difference_is_measured_in_standard_deviations():
    rows = [[0.0, 0.0], [100.0, 1.0]]

    display = PrototypesDisplay(rows, mean=[0, 0], scale=[1000, 1]).plot(n_features=1)

    assert names(display) == ["feature 1"]


def test_images_stand_under_their_labels_on_one_scale():
    rows = np.arange(12.0).reshape(2, 6)

    display = PrototypesDisplay(rows, labels=[3, 8], image_shape=(2, 3)).plot()

    first, second = (ax.images[0] for ax in display.axes_)
    assert titles(display) == ["3", "8"]
    np.testing.assert_array_equal(first.get_array(), [[0, 1, 2], [3, 4, 5]])
    assert first.get_clim() == second.get_clim() == (0, 11)


@pytest.mark.parametrize(("n_channels", "expected"), [(1, (4, 5)), (3, (4, 5, 3))])
def test_prototypes_that_are_images_need_no_shape(n_channels, expected):
    display = PrototypesDisplay(np.ones((2, n_channels, 4, 5))).plot()

    assert display.axes_[0].images[0].get_array().shape == expected


def test_eleven_images_make_two_rows():
    display = PrototypesDisplay(np.ones((11, 4)), image_shape=(2, 2)).plot()

    grid = display.axes_[0].get_subplotspec().get_gridspec()
    assert grid.get_geometry() == (2, 6)
    assert len(display.figure_.axes) == 11


@pytest.mark.parametrize(
    "model",
    [
        GLVQClassifier(SHORT, random_state=0),
        ComponentsClassifier(SHORT, n_components=2, random_state=0),
        PrototypeClassifier(SHORT, n_prototypes=4, random_state=0),
    ],
)
def test_an_estimator_gives_prototypes_names_and_colours(iris, model):
    X, y = iris
    model = model.fit(X, y)
    found = getattr(model, "prototypes_", getattr(model, "components_", None))

    display = PrototypesDisplay.from_estimator(model)

    assert names(display) == list(X.columns)
    expected = (found - X.to_numpy().mean(axis=0)) / X.to_numpy().std(axis=0)
    np.testing.assert_allclose(
        display.axes_[0].images[0].get_array(), expected.T, rtol=1e-5, atol=1e-5
    )


def test_labels_are_those_of_the_prototypes(iris):
    X, y = iris
    species = np.array(["setosa", "versicolor", "virginica"])[y]

    lvq = GLVQClassifier(SHORT, n_prototypes=[1, 2, 1], random_state=0).fit(X, species)
    means = NearestMeanClassifier().fit(X, species)

    assert titles(PrototypesDisplay.from_estimator(lvq)) == [
        *("setosa", "versicolor", "versicolor", "virginica")
    ]
    assert titles(PrototypesDisplay.from_estimator(means)) == list(np.unique(species))


def test_rows_give_colours_where_an_estimator_does_not_standardise(iris):
    X, y = iris
    means = NearestMeanClassifier().fit(X, y)

    display = PrototypesDisplay.from_estimator(means, X)

    expected = (X.groupby(y).mean() - X.mean()) / X.std(ddof=0)
    np.testing.assert_allclose(
        display.axes_[0].images[0].get_array(), expected.T, rtol=1e-9
    )


def test_colours_leave_missing_numbers_out(iris):
    X, y = iris
    model = GLVQClassifier(SHORT, random_state=0).fit(X, y)
    gaps = X.to_numpy().copy()
    gaps[::2, 0] = np.nan

    display = PrototypesDisplay.from_estimator(model, gaps)

    np.testing.assert_allclose(display.mean[0], X.iloc[1::2, 0].mean())
    np.testing.assert_allclose(display.mean[1:], X.mean()[1:])


def test_rows_that_give_colours_are_dense(iris):
    model = GLVQClassifier(SHORT, random_state=0).fit(*iris)

    with pytest.raises(TypeError, match="dense data is required"):
        PrototypesDisplay.from_estimator(model, csr_array(iris[0].to_numpy()))


def test_columns_of_a_vectorizer_have_its_names(iris):
    X, y = iris
    frame = X[["petal length (cm)"]].assign(
        colour=pd.Categorical(np.where(np.arange(150) % 3 == 0, "red", "blue"))
    )
    model = GLVQClassifier(SHORT, random_state=0).fit(frame, y)

    display = PrototypesDisplay.from_estimator(model)

    assert names(display) == list(model.student_.steps.get_feature_names_out())
    assert len(names(display)) > 1


@pytest.mark.parametrize(
    "step",
    [
        FunctionTransformer(lambda X: np.asarray(X)[:, :2]),
        FunctionTransformer(
            lambda X: np.asarray(X)[:, :2], feature_names_out="one-to-one"
        ),
    ],
)
def test_columns_that_nobody_can_name_are_numbered(iris, step):
    """A stranger's estimator may have transformers of any kind before its network."""
    model = RegularizedClassifier(make_pipeline(step, SHORT), random_state=0)
    model.fit(*iris)
    model.prototypes_ = TABLE[0][:2], TABLE[1][:2]

    display = PrototypesDisplay.from_estimator(model)

    assert names(display) == ["feature 0", "feature 1"]


def test_it_looks_into_searches_and_students(iris):
    X, y = iris
    grid = {"n_prototypes": [1]}
    search = GridSearchCV(GLVQClassifier(SHORT, random_state=0), grid, cv=2).fit(X, y)
    distilled = DistilledClassifier(
        RandomForestClassifier(5, random_state=0),
        GLVQClassifier(SHORT),
        soft_weight=0.5,
        transfer_set=None,
        random_state=0,
    ).fit(X, y)

    for model, inner in [
        (search, search.best_estimator_),
        (distilled, distilled.student_.estimator),
    ]:
        display = PrototypesDisplay.from_estimator(model)
        np.testing.assert_array_equal(display.prototypes, inner.prototypes_)


def test_what_else_has_components_is_drawn_too(iris):
    display = PrototypesDisplay.from_estimator(PCA(2).fit(iris[0]))

    assert titles(display) == ["0", "1"]


def test_axes_may_be_passed():
    figure, axes = plt.subplots(1, 3)

    display = PrototypesDisplay(np.ones((2, 4)), image_shape=(2, 2)).plot(axes)

    assert display.figure_ is figure
    assert display.axes_.tolist() == axes[:2].tolist()


def test_it_keeps_its_data_and_can_be_drawn_again():
    display = PrototypesDisplay(TABLE).plot()
    first = display.axes_[0]

    assert display.plot() is display
    assert display.axes_[0] is not first
    assert display.prototypes is TABLE


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (
            {"labels": ["a"]},
            ("labels must be one for each of the 2 prototypes, got 1."),
        ),
        (
            {"image_shape": (2, 2)},
            (
                "image_shape must have as many pixels as a prototype "
                "has columns, 3, got (2, 2)."
            ),
        ),
        (
            {"image_shape": (3,)},
            (
                "an image must have the shape (height, width), or "
                "(height, width, 3) for colours, got (3,)."
            ),
        ),
        (
            {"feature_names": ["a"]},
            ("feature_names must be one for each of the 3 columns, got 1."),
        ),
    ],
)
def test_what_does_not_fit_together_is_said(params, words):
    with pytest.raises(ValueError, match="Display: ") as caught:
        PrototypesDisplay(TABLE, **params).plot()

    assert str(caught.value) == f"PrototypesDisplay: {words}"


@pytest.mark.parametrize("rows", [[1.0, 2.0], np.empty((0, 3)), np.ones((2, 3, 4))])
def test_prototypes_are_rows_or_images(rows):
    with pytest.raises(ValueError, match="prototypes must have the shape"):
        PrototypesDisplay(rows, image_shape=(1, 2)).plot()


def test_too_few_axes_are_an_error():
    with pytest.raises(ValueError, match="ax must be at least 2 axes, got 1"):
        PrototypesDisplay(np.ones((2, 4)), image_shape=(2, 2)).plot(plt.gca())


def test_an_estimator_without_prototypes_is_an_error(iris):
    with pytest.raises(TypeError) as caught:
        PrototypesDisplay.from_estimator(LogisticRegression(max_iter=500).fit(*iris))

    assert str(caught.value) == (
        "PrototypesDisplay: estimator must have prototypes_ or components_ or "
        "centroids_, as a fitted GLVQClassifier or ComponentsClassifier has, got "
        "LogisticRegression. Of a pipeline pass the last step."
    )


def test_a_pipeline_is_an_error_since_its_prototypes_are_in_other_units(iris):
    pipeline = make_pipeline(StandardScaler(), NearestMeanClassifier()).fit(*iris)

    with pytest.raises(TypeError, match="Of a pipeline pass the last step"):
        PrototypesDisplay.from_estimator(pipeline)


def test_an_unfitted_estimator_is_an_error():
    with pytest.raises(NotFittedError):
        PrototypesDisplay.from_estimator(GLVQClassifier())
