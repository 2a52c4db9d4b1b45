"""The picture of a decision: bars that add up to the gap, and shares of classes."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from sklkd import StudentNet
from sklkd.inspection import ReasoningDisplay
from sklkd.prototypes import (
    ComponentsClassifier,
    GLVQClassifier,
    PrototypeClassifier,
    RobustPrototypeClassifier,
)

SHORT = StudentNet(max_epochs=3)
PARTS = [0.5, -2.0, 1.0, 0.0]
# What the classes x, y, z make of two components: wanted, not wanted, does not mind.
REASONING = [
    [[0.7, 0.1, 0.0], [0.2, 0.3, 0.0]],
    [[0.2, 0.5, 0.0], [0.2, 0.7, 0.0]],
    [[0.1, 0.4, 1.0], [0.6, 0.0, 1.0]],
]


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return X, np.array(["setosa", "versicolor", "virginica"])[y]


def bars(ax):
    """Names to lengths, from the top."""
    names = [label.get_text() for label in ax.get_yticklabels()]
    lengths = [patch.get_width() for patch in ax.patches]
    return dict(zip(names, lengths, strict=True))


def test_bars_go_from_what_speaks_for_to_what_speaks_against():
    display = ReasoningDisplay(PARTS, "cat", "dog").plot()

    assert bars(display.axes_[0]) == {"2": 1.0, "0": 0.5, "3": 0.0, "1": -2.0}
    assert list(bars(display.axes_[0])) == ["2", "0", "3", "1"]
    assert display.axes_[0].yaxis_inverted()


def test_the_axis_says_which_side_is_whose():
    ax = ReasoningDisplay(PARTS, "cat", "dog").plot().axes_[0]

    assert ax.get_xlabel() == "← dog    cat →"
    assert ax.get_title(loc="left") == "predicted cat, gap -0.5"


def test_bars_and_offset_add_up_to_the_gap_however_few_are_drawn():
    display = ReasoningDisplay(PARTS, "cat", "dog", offset=3.0).plot(n_prototypes=2)

    assert bars(display.axes_[0]) == {
        "2": 1.0,
        "1": -2.0,
        "2 others": 0.5,
        "offset": 3.0,
    }
    assert sum(bars(display.axes_[0]).values()) == pytest.approx(sum(PARTS) + 3)


def test_labels_stand_beside_numbers():
    labels = ["cat", "dog", "cat", "dog"]

    display = ReasoningDisplay(PARTS, "cat", "dog", labels=labels).plot(n_prototypes=1)

    assert list(bars(display.axes_[0])) == ["1, class dog", "3 others"]


def test_sides_differ_in_colour():
    patches = ReasoningDisplay([1.0, -1.0], "cat", "dog").plot().axes_[0].patches

    assert patches[0].get_facecolor() != patches[1].get_facecolor()


def test_panels_stack_what_the_two_classes_make_of_components():
    display = ReasoningDisplay(
        [-0.1, 0.4], "y", "x", reasoning=REASONING, classes=["x", "y", "z"]
    ).plot()

    _, predicted, rival = display.axes_
    stacked = np.array([(p.get_x(), p.get_width()) for p in predicted.patches])
    # Component 1 is on top, for it contributes more.
    np.testing.assert_allclose(stacked[0::2], [[0, 0.3], [0.3, 0.7], [1, 0]])
    np.testing.assert_allclose(stacked[1::2], [[0, 0.1], [0.1, 0.5], [0.6, 0.4]])
    assert [ax.get_title(loc="left") for ax in (predicted, rival)] == [
        *("class y", "class x")
    ]
    assert predicted.get_xlim() == rival.get_xlim()


def test_the_legend_names_only_the_kinds_there_are():
    two = ReasoningDisplay(
        [1.0, 2.0], "x", "y", reasoning=REASONING[:2], classes=["x", "y", "z"]
    ).plot()

    words = [text.get_text() for text in two.axes_[2].get_legend().get_texts()]
    assert words == ["wants to see it", "wants not to see it"]


@pytest.mark.parametrize(
    ("model", "n_panels"),
    [
        (GLVQClassifier(SHORT, n_prototypes=2, random_state=0), 1),
        (PrototypeClassifier(SHORT, n_prototypes=5, random_state=0), 1),
        (ComponentsClassifier(SHORT, n_components=4, random_state=0), 3),
        (RobustPrototypeClassifier(SHORT, n_components=4, random_state=0), 3),
    ],
)
def test_bars_of_an_estimator_are_what_it_explains(iris, model, n_panels):
    X, y = iris
    model = model.fit(X, y)
    why = model.explain(X[70:71])

    display = ReasoningDisplay.from_estimator(model, X[70:71])

    assert len(display.axes_) == n_panels
    assert display.predicted == model.predict(X[70:71])[0]
    total = sum(bars(display.axes_[0]).values())
    assert total == pytest.approx(why.gap[0], abs=1e-6)


def test_it_looks_into_searches(iris):
    grid = {"n_prototypes": [1]}
    model = GridSearchCV(GLVQClassifier(SHORT, random_state=0), grid, cv=2).fit(*iris)

    display = ReasoningDisplay.from_estimator(model, iris[0][:1])

    assert display.labels.tolist() == ["setosa", "versicolor", "virginica"]


def test_it_keeps_its_data_and_can_be_drawn_again():
    display = ReasoningDisplay(PARTS, "cat", "dog").plot()
    first = display.axes_[0]

    assert display.plot() is display
    assert display.axes_[0] is not first
    assert display.contributions is PARTS


def test_axes_may_be_passed():
    figure, ax = plt.subplots()

    display = ReasoningDisplay(PARTS, "cat", "dog").plot(ax)

    assert display.figure_ is figure
    assert display.axes_.tolist() == [ax]


def test_reasoning_of_another_shape_is_an_error():
    display = ReasoningDisplay(
        PARTS, "x", "y", reasoning=REASONING, classes=["x", "y", "z"]
    )

    with pytest.raises(ValueError, match="Display: ") as caught:
        display.plot()

    assert str(caught.value) == (
        "ReasoningDisplay: reasoning must have the shape (2 or 3, 4, 3), of "
        "n_prototypes and n_classes, got (3, 2, 3)."
    )


def test_more_than_a_row_is_an_error(iris):
    model = GLVQClassifier(SHORT, random_state=0).fit(*iris)

    with pytest.raises(ValueError, match="Display: ") as caught:
        ReasoningDisplay.from_estimator(model, iris[0][:2])

    assert str(caught.value) == (
        "ReasoningDisplay: X must be one row, got 2. Pass X[:1]."
    )


def test_an_estimator_that_explains_nothing_is_an_error(iris):
    model = LogisticRegression(max_iter=500).fit(*iris)

    with pytest.raises(TypeError, match="estimator must have explain"):
        ReasoningDisplay.from_estimator(model, iris[0][:1])
