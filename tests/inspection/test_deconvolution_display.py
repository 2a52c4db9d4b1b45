"""The picture of a deconvolution: its names, where it is drawn, what is refused."""

from __future__ import annotations

import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from inspection.deconvolutions import (
    convnet,
    found_by_hand,
    images,
    names,
    titles,
    view,
    widths,
)
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PolynomialFeatures,
    StandardScaler,
)

from sklkd import DistilledClassifier, RegularizedClassifier, StudentNet
from sklkd.inspection._deconvnet import deconvnet
from sklkd.inspection._deconvolution_display import DeconvolutionDisplay

WHO = "DeconvolutionDisplay"
SMALL = StudentNet(max_epochs=2)
draw = DeconvolutionDisplay.from_deconvolution


def last(model):
    *_, (name, _) = model.net_.module_.named_modules()
    return name


@pytest.fixture(scope="module")
def wine():
    X, y = load_wine(return_X_y=True, as_frame=True)
    return X.iloc[:, :4], y


def test_what_comes_back_of_a_1_does_not_know_the_activation():
    found = found_by_hand([[[[1.0, -2.0]]]], [5.0])

    of_it, of_1 = draw(found), draw(found, kind="maps")

    assert of_it.axes_[0].images[0].get_array().tolist() == [[5.0, -10.0]]
    assert of_1.axes_[0].images[0].get_array().tolist() == [[1.0, -2.0]]
    assert of_1.figure_.axes[-1].get_ylabel() == "what comes back of a 1"


def test_boxes_and_labels_follow_what_is_shown():
    boxes = [[0, 0, 1, 1], [2, 2, 3, 3]]
    found = found_by_hand(np.ones((2, 1, 4, 4)), [1.0, 2.0], boxes=boxes)

    with pytest.warns(UserWarning, match="too many"):
        display = draw(found, labels=["a", "b"], max_maps=1)

    assert titles(display) == ["b\nactivation 2"]
    assert view(display.axes_[0]) == [2, 2, 3, 3]


def test_it_is_drawn_where_one_says_and_again():
    _, axes = plt.subplots(1, 3)
    display = draw(found_by_hand(np.ones((1, 1, 2, 2))), np.ones((1, 1, 2, 2)))

    again = display.plot(axes)

    assert again is display
    assert again.axes_.tolist() == list(axes[:2])
    assert again.figure_ is axes[0].figure


@pytest.mark.parametrize("make", [pd.DataFrame, pl.from_pandas])
def test_columns_have_the_names_of_x(make):
    X = pd.DataFrame(np.eye(3), columns=["one", "two", "three"])

    display = draw(found_by_hand([[3.0, 2.0, 1.0]]), make(X[:1]))

    assert names(display.axes_[0]) == ["one", "two", "three"]


def test_a_student_of_a_table_names_its_columns(wine):
    X, y = wine
    model = RegularizedClassifier(SMALL, random_state=0).fit(X, y)

    display = DeconvolutionDisplay.from_estimator(
        model, X, last(model), 1, top=1, kind="maps", rule="gradient"
    )

    maps = deconvnet(model, X, last(model), 1, top=1, rule="gradient").maps[0]
    order = np.argsort(-np.abs(maps))
    assert names(display.axes_[0]) == X.columns[order].tolist()
    np.testing.assert_allclose(widths(display.axes_[0]), maps[order])


def test_names_are_found_within_a_search_and_given_names_win(wine):
    X, y = wine
    student = make_pipeline(PolynomialFeatures(2, interaction_only=True), SMALL)
    model = RegularizedClassifier(student, random_state=0)
    search = GridSearchCV(model, {"label_weight": [1.0]}, cv=2).fit(X, y)
    layer = last(search.best_estimator_)
    options = {"top": 1, "kind": "maps", "n_features": None}
    own = [f"column {number}" for number in range(11)]

    found = DeconvolutionDisplay.from_estimator(search, X, layer, **options)
    given = DeconvolutionDisplay.from_estimator(
        search, X, layer, feature_names=own, **options
    )

    assert {"1", "ash", "alcohol ash"} < set(names(found.axes_[0]))
    assert sorted(names(given.axes_[0])) == sorted(own)


def test_names_are_of_what_a_vectorizer_made(wine):
    X, y = wine
    words = X.iloc[:, :1].assign(colour=np.where(y == 0, "red", "white"))
    teacher = RegularizedClassifier(SMALL, random_state=0)
    model = DistilledClassifier(teacher, SMALL, soft_weight=0.5, transfer_set=None)
    model.set_params(random_state=0, cv=2).fit(words, y)

    display = DeconvolutionDisplay.from_estimator(
        model, words, last(model), 0, top=1, kind="maps"
    )

    made = model.student_.steps.get_feature_names_out()
    assert sorted(names(display.axes_[0])) == sorted(made)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (PolynomialFeatures(2, include_bias=False), "alcohol malic_acid"),
        (FunctionTransformer(lambda X: np.asarray(X)[:, :2]), "feature 0"),
        (
            # Two columns of one name, which is fine until they are asked for it.
            ColumnTransformer(
                [("a", StandardScaler(), [0]), ("b", MinMaxScaler(), [0])],
                verbose_feature_names_out=False,
            ),
            "feature 0",
        ),
    ],
)
def test_names_are_of_what_a_pipeline_made_or_numbers(wine, step, expected):
    X, y = wine
    student = make_pipeline(step, SMALL)
    model = RegularizedClassifier(student, random_state=0).fit(X, y)

    display = DeconvolutionDisplay.from_estimator(
        model, X, last(model), 0, top=1, kind="maps", n_features=None
    )

    assert expected in names(display.axes_[0])


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((2, 4), {"kind": "map"}, "kind must be one of 'projections', 'maps', got "),
        ((2, 4), {"n_features": 0}, "n_features must be an integer in [1, inf), got 0"),
        ((2, 4), {"max_maps": 0}, "max_maps must be an integer in [1, inf), got 0."),
        ((2, 4), {"feature_names": ["a"]}, "feature_names must be 4, got 1."),
        ((2, 4), {"labels": ["a"]}, "labels must be 2, got 1."),
        ((2, 4), {"labels": []}, "labels must be 2, got 0."),
        (
            (2, 4),
            {"image_shape": (2, 3)},
            (
                "image_shape must be (height, width), or (height, width, n_channels), "
                "of 4 numbers in all, got (2, 3)."
            ),
        ),
        (
            (2, 4),
            {"image_shape": 4},
            (
                "image_shape must be (height, width), or (height, width, n_channels), "
                "of 4 numbers in all, got 4."
            ),
        ),
        (
            (1, 1, 2, 2, 2),
            {},
            (
                "maps must be of vectors or images, with one at least, got the shape "
                "(1, 1, 2, 2, 2)."
            ),
        ),
        (
            (2, 1, 4, 4),
            {"X": np.ones((2, 9)), "image_shape": (3, 3)},
            (
                "images must have the shape (2, 4, 4), and 3 colours as a last axis if "
                "any, got (2, 3, 3)."
            ),
        ),
        (
            (3, 1, 4, 4),
            {"X": np.ones((2, 1, 4, 4))},
            (
                "X must have the rows that were sent through the network, at least 3, "
                "got 2."
            ),
        ),
        ((2, 1, 4, 4), {"ax": "one"}, "ax must be at least 2 axes, got 1."),
    ],
)
def test_what_does_not_fit_is_said(shape, options, message):
    if options.get("ax"):
        options = {"ax": plt.subplots()[1]}

    with pytest.raises(ValueError, match=f"^{re.escape(f'{WHO}: {message}')}"):
        draw(found_by_hand(np.ones(shape)), **options)


def test_a_flag_is_a_flag():
    with pytest.raises(TypeError, match="crop must be True or False, got 1"):
        draw(found_by_hand(np.ones((1, 1, 2, 2))), crop=1)


@pytest.mark.parametrize("make", [draw, lambda maps: DeconvolutionDisplay(maps).plot()])
def test_an_array_is_no_deconvolution(make):
    message = (
        "DeconvolutionDisplay: deconvolution must be a Deconvolution, as deconvnet "
        "returns it, got ndarray."
    )

    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        make(np.ones((1, 2)))


def test_inputs_stay_as_they_were():
    net, X = convnet(), images(4)
    X.flags.writeable = False
    found = deconvnet(net, X, "3", 0)
    before = found.maps.copy()

    display = draw(found, X)

    np.testing.assert_array_equal(found.maps, before)
    assert display.deconvolution is found
