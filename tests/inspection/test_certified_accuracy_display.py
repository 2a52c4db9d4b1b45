"""The picture of a certificate: a staircase that says what is certain at a radius."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from sklkd import StudentNet
from sklkd.inspection import CertifiedAccuracyDisplay
from sklkd.inspection._certified_accuracy_display import staircase
from sklkd.prototypes import RobustPrototypeClassifier

SHORT = StudentNet(max_epochs=3)
Y, SAID, RADIUS = ["a", "b", "b", "a"], ["a", "b", "a", "a"], [0.5, 1.0, 3.0, 0.0]


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def test_it_begins_at_the_accuracy_and_falls_after_each_radius():
    display = CertifiedAccuracyDisplay.from_predictions(Y, SAID, RADIUS)

    x, share = display.line_.get_data()
    assert x.tolist() == [0, 0, 0.5, 1, 1]
    assert share.tolist() == [0.75, 0.75, 0.5, 0.25, 0]
    assert display.line_.get_drawstyle() == "steps-pre"


def test_the_share_at_a_radius_counts_rows_that_are_certain_just_up_to_it():
    display = CertifiedAccuracyDisplay(Y, SAID, RADIUS)

    shares = display.certified([0, 1e-9, 0.5, 0.6, 1, 1.1])

    assert shares.tolist() == [0.75, 0.5, 0.5, 0.25, 0.25, 0]


def test_rows_that_no_move_changes_stay_to_the_end_of_the_axis():
    x, share = staircase(np.array([2.0, np.inf, -1.0, np.inf]))

    assert x == pytest.approx([0, 2, 2.2])
    assert share.tolist() == [0.75, 0.75, 0.5]


@pytest.mark.parametrize(("radius", "share"), [(np.inf, 1.0), (-1.0, 0.0)])
def test_all_certain_and_all_wrong_are_level_lines(radius, share):
    x, shares = staircase(np.full(3, radius))

    assert x.tolist() == [0, 1]
    assert shares.tolist() == [share, share]


@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, np.inf]), min_size=1),
    st.sampled_from([0.25, 0.5, 0.75, 1.0]),
)
def test_the_curve_is_the_share_at_every_radius(rows, at):
    rows = np.array(rows)

    x, share = staircase(rows)

    # A step reaches from the point before up to its own: the first that is not before.
    assert (np.diff(x) >= 0).all()
    assert (np.diff(share) <= 0).all()
    if at <= x[-1]:
        assert share[np.searchsorted(x, at, side="left")] == np.mean(rows >= at)


def test_several_stand_on_one_axes_with_lines_and_colours_of_their_own():
    one = CertifiedAccuracyDisplay.from_predictions(Y, SAID, RADIUS, name="one")
    two = CertifiedAccuracyDisplay.from_predictions(
        Y, Y, RADIUS, name="two", ax=one.axes_
    )

    assert two.axes_ is one.axes_
    assert two.line_.get_color() != one.line_.get_color()
    assert two.line_.get_linestyle() != one.line_.get_linestyle()
    words = [text.get_text() for text in one.axes_.get_legend().get_texts()]
    assert words == ["one", "two"]


@pytest.mark.parametrize("radii", [(1, 5), (5, 1)])
def test_the_axis_reaches_to_the_end_of_every_curve(radii):
    ax = None
    for factor in radii:
        display = CertifiedAccuracyDisplay.from_predictions(
            Y, Y, factor * np.array(RADIUS), ax=ax
        )
        ax = display.axes_

    assert ax.get_xlim() == pytest.approx((0, 1.02 * 5 * 3))


def test_without_a_name_there_is_no_legend():
    display = CertifiedAccuracyDisplay.from_predictions(Y, SAID, RADIUS)

    assert display.axes_.get_legend() is None
    assert display.axes_.get_xlabel() == "radius"


def test_the_line_may_have_another_style():
    display = CertifiedAccuracyDisplay(Y, SAID, RADIUS).plot(color="red", linewidth=3)

    assert display.line_.get_color() == "red"
    assert display.line_.get_linewidth() == 3


@pytest.mark.parametrize("unit", ["standardized", "original"])
def test_an_estimator_is_asked_for_its_radius(iris, unit):
    X, y = iris
    model = RobustPrototypeClassifier(SHORT, n_components=4, random_state=0).fit(X, y)

    display = CertifiedAccuracyDisplay.from_estimator(model, X, y, unit=unit)

    right = model.predict(X) == y
    radius = model.certified_radius(X, unit=unit)
    expected = [np.mean(right & (radius >= r)) for r in (0, 0.1, 0.3)]
    assert display.certified([0, 0.1, 0.3]).tolist() == expected
    words = {"standardized": "standard deviations", "original": "units of X"}
    assert display.axes_.get_xlabel() == f"radius [{words[unit]}]"
    assert display.name == "RobustPrototypeClassifier"


def test_it_looks_into_searches(iris):
    model = RobustPrototypeClassifier(SHORT, random_state=0)
    search = GridSearchCV(model, {"n_components": [4]}, cv=2).fit(*iris)

    display = CertifiedAccuracyDisplay.from_estimator(search, *iris)

    assert display.certified([0]) == pytest.approx(search.score(*iris))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (
            {"radius": [-1.0, 0, 0, 0]},
            "radius must not be negative, got -1.",
        ),
        (
            {"radius": [np.nan, 0, 0, 0]},
            "radius must not be negative, got nan.",
        ),
        (
            {"radius": [0.0]},
            ("radius must have the shape (4,), as y_true, got (1,)."),
        ),
        (
            {"y_pred": ["a"]},
            ("y_pred must have the shape (4,), as y_true, got (1,)."),
        ),
        (
            {"unit": "miles"},
            ("unit must be 'standardized', 'original' or None, got 'miles'."),
        ),
    ],
)
def test_what_does_not_fit_together_is_said(params, words):
    given_ = {"y_true": Y, "y_pred": SAID, "radius": RADIUS} | params

    with pytest.raises(ValueError, match="Display: ") as caught:
        CertifiedAccuracyDisplay(**given_).plot()

    assert str(caught.value) == f"CertifiedAccuracyDisplay: {words}"


def test_an_estimator_without_a_certificate_is_an_error(iris):
    model = LogisticRegression(max_iter=500).fit(*iris)

    with pytest.raises(TypeError, match="estimator must have certified_radius"):
        CertifiedAccuracyDisplay.from_estimator(model, *iris)
