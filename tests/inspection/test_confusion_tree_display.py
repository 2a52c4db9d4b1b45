"""The picture of confusions: what is open, which classes are shown, and from what."""

import sys
import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.metrics import confusion_matrix
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from sklkd.inspection._confusion_cube import ConfusionCube
from sklkd.inspection._confusion_tree_display import (
    ConfusionTreeDisplay,
    most_confused,
)

TRUE = ["cat", "dog", "fox", "wolf", "wolf", "owl"]
PRED = ["cat", "cat", "dog", "fox", "wolf", "owl"]
ANIMALS = {
    "mammal": {"pet": ["cat", "dog"], "wild": ["fox", "wolf"]},
    "bird": ["owl"],
}


@pytest.fixture
def cube():
    return ConfusionCube.from_predictions(TRUE, PRED, hierarchy=ANIMALS)


def two_outputs(**settings):
    true = pd.DataFrame({"colour": ["red", "blue"], "size": [1, 2]})
    pred = pd.DataFrame({"colour": ["red", "red"], "size": [1, 1]})
    return ConfusionCube.from_predictions(true, pred, **settings)


def written(ax):
    """All words on some axes."""
    return [text.get_text() for text in ax.texts]


def test_it_shows_the_matrix_of_scikit_learn():
    display = ConfusionTreeDisplay.from_predictions([1, 2, 2, 3], [1, 2, 3, 1])

    expected = confusion_matrix([1, 2, 2, 3], [1, 2, 3, 1])
    np.testing.assert_array_equal(display.matrices_[0], expected)
    assert display.classes_ == [(1, 2, 3)]


@pytest.mark.parametrize(
    ("how", "classes"),
    [
        ({}, ("cat", "dog", "fox", "wolf", "owl")),
        ({"depth": 1}, ("mammal", "bird")),
        ({"depth": 2}, ("pet", "wild", "owl")),
        ({"expand": "bird"}, ("mammal", "owl")),
        ({"expand": ["mammal"]}, ("pet", "wild", "bird")),
        ({"expand": ["wild"]}, ("pet", "fox", "wolf", "bird")),
        ({"depth": 2, "expand": ["pet"]}, ("cat", "dog", "wild", "owl")),
    ],
)
def test_groups_are_open_as_far_as_they_shall_be(cube, how, classes):
    display = ConfusionTreeDisplay(cube).plot(**how)

    assert display.classes_ == [classes]


def test_groups_that_are_collapsed_in_the_cube_are_so_in_the_picture(cube):
    display = ConfusionTreeDisplay(cube.collapse("wild")).plot()

    assert display.classes_ == [("cat", "dog", "wild", "owl")]
    assert "wild (2)" in written(display.axes_[0])


@pytest.mark.parametrize("normalize", ["true", "pred", "all"])
def test_numbers_are_normalised_as_in_the_cube(cube, normalize):
    display = ConfusionTreeDisplay(cube).plot(normalize=normalize)

    np.testing.assert_array_equal(
        display.matrices_[0], cube.matrix(normalize=normalize)
    )


def test_each_output_has_a_panel_and_a_name():
    display = ConfusionTreeDisplay(two_outputs()).plot()

    titles = [written(ax)[0] for ax in display.axes_]
    assert titles == ["colour: 50.0 % right", "size: 50.0 % right"]
    assert display.classes_ == [("blue", "red"), (1, 2)]


def test_some_outputs_may_be_asked_for():
    display = ConfusionTreeDisplay(two_outputs()).plot(outputs="size")

    assert display.classes_ == [(1, 2)]


def test_a_group_of_any_output_may_be_open():
    hierarchy = {"colour": {"warm": ["red"], "cold": ["blue"]}, "size": {"all": [1, 2]}}
    cube = two_outputs(hierarchy=hierarchy)

    display = ConfusionTreeDisplay(cube).plot(expand=["all", "cold"])

    assert display.classes_ == [("warm", "blue"), (1, 2)]


def test_nested_outputs_are_one_matrix():
    display = ConfusionTreeDisplay(two_outputs().nest("colour", "size")).plot()

    assert display.classes_ == [(("blue", 2), ("red", 1))]
    assert {"blue", "red", "1", "2"} <= set(written(display.axes_[0]))


def test_models_share_a_hierarchy():
    cube = ConfusionCube.from_columns(
        {"label": TRUE, "teacher": PRED, "student": TRUE}, hierarchy=ANIMALS
    )

    display = ConfusionTreeDisplay(cube).plot(depth=1)

    assert display.classes_ == [("mammal", "bird")] * 2


def test_conditions_are_written_above(cube):
    display = ConfusionTreeDisplay(cube.condition(actual="wild")).plot()

    assert "where actual label is wild" in written(display.axes_[0])


def test_of_many_classes_the_most_confused_are_shown():
    true = [0, 1, 2, 3, 4, 4]
    pred = [0, 1, 3, 3, 2, 2]

    with pytest.warns(UserWarning, match="Display: ") as caught:
        display = ConfusionTreeDisplay.from_predictions(true, pred, max_classes=3)

    assert str(caught[0].message) == (
        "ConfusionTreeDisplay: 5 classes are too many to be read, so only the 3 with "
        "most errors are shown. Give a hierarchy and collapse it (depth=1), or raise "
        "max_classes."
    )
    assert display.classes_ == [(2, 3, 4)]
    assert "the 3 most confused of 5 classes" in written(display.axes_[0])
    assert written(display.axes_[0])[-1] != "5"


def test_shares_of_classes_that_are_shown_are_of_all_that_there_are():
    with pytest.warns(UserWarning, match="too many"):
        display = ConfusionTreeDisplay.from_predictions(
            [0, 0, 1, 1], [1, 2, 0, 1], normalize="true", max_classes=2
        )

    np.testing.assert_array_equal(display.matrices_[0], [[0, 0.5], [0.5, 0.5]])


def test_errors_count_as_the_actual_class_and_as_the_predicted():
    counts = np.array([[9, 1, 0], [0, 9, 0], [0, 3, 0]])

    assert most_confused(counts, 1).tolist() == [1]
    assert most_confused(counts, 2).tolist() == [1, 2]
    assert most_confused(counts, 9).tolist() == [0, 1, 2]


def test_from_estimator_is_from_its_predictions():
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = GaussianNB().fit(X[::2], names[::2])
    hierarchy = {"s": ["setosa"], "v": ["versicolor", "virginica"]}

    display = ConfusionTreeDisplay.from_estimator(
        model, X[1::2], names[1::2], hierarchy=hierarchy, sample_weight=np.ones(75) / 2
    )

    expected = confusion_matrix(names[1::2], model.predict(X[1::2])) / 2
    np.testing.assert_array_equal(display.matrices_[0], expected)


def test_an_estimator_may_have_several_outputs():
    X, y = load_iris(return_X_y=True)
    both = pd.DataFrame({"kind": y, "long": X[:, 0] > 5.8})
    model = DecisionTreeClassifier(max_depth=1).fit(X, both)

    display = ConfusionTreeDisplay.from_estimator(model, X, both)

    assert display.cube.outputs == ("kind", "long")
    expected = confusion_matrix(y, model.predict(X)[:, 0])
    np.testing.assert_array_equal(display.matrices_[0], expected)


def test_an_estimator_must_be_fitted():
    with pytest.raises(NotFittedError):
        ConfusionTreeDisplay.from_estimator(GaussianNB(), [[1.0]], [1])


def test_it_keeps_its_data_and_can_be_drawn_again(cube):
    display = ConfusionTreeDisplay(cube).plot()
    first = display.axes_[0]

    assert display.plot(depth=1) is display
    assert display.axes_[0] is not first
    assert display.cube is cube
    assert cube.labels() == ("cat", "dog", "fox", "wolf", "owl")


def test_it_draws_where_it_is_told():
    figure, axes = plt.subplots(1, 2)

    display = ConfusionTreeDisplay(two_outputs()).plot(axes)

    assert display.axes_.tolist() == axes.tolist()
    assert display.figure_ is figure


def test_one_class_and_no_rows_are_drawn_without_warnings(cube):
    nothing = cube.condition(actual="cat", predicted="owl")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        empty = ConfusionTreeDisplay(nothing).plot(normalize="true")
        one = ConfusionTreeDisplay.from_predictions(["a"], ["a"])

    assert written(empty.axes_[0])[1] == "no rows"
    assert written(one.axes_[0])[0] == "100.0 % right"


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"expand": ["mamal"]}, "Did you mean 'mammal'"),
        ({"depth": 0}, r"^ConfusionTreeDisplay: depth must be an integer in \[1, inf"),
        ({"max_classes": 0}, r"^ConfusionTreeDisplay: max_classes must be an integer"),
        (
            {"normalize": "row"},
            "^ConfusionTreeDisplay: normalize must be one of 'true'",
        ),
        ({"outputs": "labl"}, "^ConfusionTreeDisplay: outputs must be .* mean 'label'"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_drawn(cube, how, message):
    with pytest.raises(ValueError, match=message):
        ConfusionTreeDisplay(cube).plot(**how)

    assert plt.get_fignums() == []


def test_a_cube_without_outputs_is_an_error():
    cube = ConfusionCube.from_predictions([1], [1], further={"site": ["n"]})

    with pytest.raises(
        ValueError, match="cube must have an output, got <ConfusionCube"
    ):
        ConfusionTreeDisplay(cube.marginalise("site")).plot()


def test_too_few_axes_are_an_error():
    _, ax = plt.subplots()

    with pytest.raises(ValueError, match="ax must be at least 2 axes, got 1"):
        ConfusionTreeDisplay(two_outputs()).plot(ax)


def test_without_matplotlib_it_says_what_to_install(cube, monkeypatch):
    for name in [n for n in sys.modules if n.startswith("matplotlib")]:
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(ImportError, match=r"^ConfusionTreeDisplay: .*sklkd\[plot\]$"):
        ConfusionTreeDisplay(cube).plot()
