"""The picture of fidelity against size: lines are the numbers, the knee is marked."""

from __future__ import annotations

import sys

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from hypothesis import given
from hypothesis import strategies as st
from inspection.drawing import cut_off, texts_of
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from sklkd import SurrogateClassifier
from sklkd.inspection import FidelityDisplay, fidelity_curve
from sklkd.inspection._fidelity_display import MOST_TICKS, _ticks
from sklkd.surrogates import RuleListClassifier

X, y = load_iris(return_X_y=True)
SIZES, FIDELITY = [2, 4, 6, 10], [0.5, 0.9, 0.7, 1.0]
INTERVAL = [[0.4, 0.6], [0.8, 0.95], [0.6, 0.8], [0.9, 1.0]]
SCORE = [0.4, 0.8, 0.6, 0.9]
ALL = {"interval": INTERVAL, "score": SCORE, "teacher_score": 0.97}


def line(display, label):
    (found,) = (own for own in display.axes_.lines if own.get_label() == label)
    return found


def legend(display):
    return [text.get_text() for text in display.axes_.get_legend().get_texts()]


def test_lines_are_the_numbers():
    display = FidelityDisplay.from_predictions(SIZES, FIDELITY, **ALL)

    assert np.transpose(line(display, "fidelity").get_data()).tolist() == [
        *map(list, zip(SIZES, FIDELITY, strict=True))
    ]
    assert line(display, "score").get_ydata().tolist() == SCORE
    assert set(line(display, "score of the teacher").get_ydata()) == {0.97}
    assert legend(display) == ["fidelity", "score", "score of the teacher"]


def test_the_band_reaches_from_the_lower_to_the_upper_ends():
    display = FidelityDisplay.from_predictions(SIZES, FIDELITY, interval=INTERVAL)

    band = display.axes_.collections[0]
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    ends = {(s, e) for s, own in zip(SIZES, INTERVAL, strict=True) for e in own}
    assert corners == ends


def test_the_interval_of_one_size_is_a_bar():
    display = FidelityDisplay.from_predictions([5], [0.9], interval=[[0.8, 0.95]])

    bar = display.axes_.collections[0]
    assert bar.get_segments()[0].tolist() == [[5, 0.8], [5, 0.95]]
    assert display.knee_ == 5


def test_without_more_there_is_one_line():
    display = FidelityDisplay.from_predictions(SIZES, FIDELITY)

    assert legend(display) == ["fidelity"]


def test_lines_differ_in_more_than_colour():
    display = FidelityDisplay.from_predictions(SIZES, FIDELITY, **ALL)

    looks = {(own.get_linestyle(), own.get_marker()) for own in display.axes_.lines}

    assert len(looks) == 4  # the knee's line is the fourth


def test_the_knee_is_furthest_above_the_chord():
    """Best so far are 0.5, 0.9, 0.9 and 1: at 4 it is 0.8 up, and the chord 0.25."""
    display = FidelityDisplay.from_predictions(SIZES, FIDELITY)

    assert display.knee_ == 4
    assert ring(display) == [4, 0.9]
    assert "knee at 4" in [text.get_text() for text in display.axes_.texts]


def ring(display):
    return display.axes_.collections[-1].get_offsets()[0].tolist()


@pytest.mark.parametrize("knee", [6, 6.0, np.int64(6)])
def test_a_knee_may_be_given(knee):
    display = FidelityDisplay.from_predictions(SIZES, FIDELITY, knee=knee)

    assert display.knee_ == 6
    assert ring(display) == [6, 0.7]


def test_what_is_lost_at_larger_sizes_does_not_move_the_knee():
    """The best so far counts: 0.5, 0.9, 0.9, 0.9."""
    assert FidelityDisplay.from_predictions(SIZES, [0.5, 0.9, 0.7, 0.5]).knee_ == 4


def test_a_curve_that_falls_has_its_knee_at_the_least_size():
    assert FidelityDisplay.from_predictions([2, 3, 4], [0.9, 0.8, 0.7]).knee_ == 2


def test_the_axes_say_what_is_on_them():
    display = FidelityDisplay.from_predictions(SIZES, FIDELITY, name="leaves in $ or $")

    assert display.axes_.get_xscale() == "log"
    ticks = [label.get_text() for label in display.axes_.get_xticklabels()]
    assert ticks == ["2", "4", "6", "10"]
    display.figure_.canvas.draw()
    assert display.axes_.get_xlabel() == r"leaves in \$ or \$"


def test_nothing_is_made_before_it_is_drawn():
    display = FidelityDisplay(SIZES, FIDELITY)

    assert not plt.get_fignums()
    assert not hasattr(display, "axes_")


def test_it_draws_where_it_is_told():
    figure, axes = plt.subplots()

    display = FidelityDisplay(SIZES, FIDELITY).plot(axes)

    assert display.axes_ is axes
    assert display.figure_ is figure
    assert plt.get_fignums() == [figure.number]


def test_arrays_of_any_kind_are_taken():
    display = FidelityDisplay.from_predictions(
        range(2, 5), (0.5, 0.6, 0.7), interval=np.tile([[0, 1]], (3, 1)), score=range(3)
    )

    assert line(display, "score").get_ydata().tolist() == [0, 1, 2]


@pytest.mark.parametrize("knee", SIZES)
def test_no_text_is_cut_off_and_the_knees_is_on_no_line(knee):
    display = FidelityDisplay.from_predictions(SIZES, FIDELITY, knee=knee, **ALL)

    assert cut_off(display.figure_) == []
    (told,) = (t for t in texts_of(display.figure_) if "knee" in t.get_text())
    box = told.get_window_extent()
    for own in (line(display, "fidelity"), line(display, "score")):
        points = display.axes_.transData.transform(np.transpose(own.get_data()))
        assert not any(box.contains(*point) for point in points)


@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=60, unique=True).map(sorted)
)
def test_sizes_that_are_told_have_room(sizes):
    ticks = _ticks(np.array(sizes, dtype=float))

    assert set(ticks) <= set(sizes)
    assert ticks[0] == sizes[0]
    assert len(ticks) <= MOST_TICKS + 1
    if len(ticks) > 1:
        least = np.log(sizes[-1] / sizes[0]) / MOST_TICKS
        assert (np.diff(np.log(ticks)) >= least - 1e-12).all()


def test_usual_sizes_are_all_told():
    sizes = np.array([2, 3, 4, 6, 8, 11, 16, 23, 32.0])

    assert _ticks(sizes) == sizes.tolist()


# --- Estimators -----------------------------------------------------------------------


def test_an_estimator_is_fitted_at_each_size():
    model = SurrogateClassifier(GaussianNB(), importance=None, random_state=0)
    model.fit(X, y)

    display = FidelityDisplay.from_estimator(model, X, y, sizes=[2, 3, 6])

    curve = fidelity_curve(model, X, y, sizes=[2, 3, 6])
    values = [found.value for found in curve.fidelities]
    assert line(display, "fidelity").get_ydata().tolist() == values
    assert line(display, "score").get_ydata().tolist() == [
        found.score for found in curve.fidelities
    ]
    assert display.interval == [found.interval for found in curve.fidelities]
    assert display.teacher_score == curve.fidelities[0].teacher_score
    assert display.knee_ == curve.knee
    assert display.axes_.get_xlabel() == "max leaves"


def test_weights_count():
    model = SurrogateClassifier(GaussianNB(), importance=None, random_state=0)
    weight = np.where(y == 2, 5.0, 1.0)

    display = FidelityDisplay.from_estimator(
        model, X, y, sizes=[2], sample_weight=weight
    )

    curve = fidelity_curve(model, X, y, sizes=[2], sample_weight=weight)
    assert display.fidelity == [curve.fidelities[0].value]


def test_rules_are_counted_on_axes_that_are_passed():
    _, axes = plt.subplots()
    model = RuleListClassifier(GaussianNB(), queries=None, random_state=0)

    display = FidelityDisplay.from_estimator(model, X, y, sizes=[1, 2], ax=axes)

    assert display.axes_ is axes
    assert axes.get_xlabel() == "max rules"


# --- Errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"sizes": []}, "sizes must be one or more ascending whole numbers from 1 on"),
        ({"sizes": [2, 2, 3, 4]}, "sizes must be one or more ascending whole numbers"),
        ({"sizes": [4, 3, 2, 1]}, "sizes must be one or more ascending whole numbers"),
        ({"sizes": [0, 1, 2, 3]}, "sizes must be one or more ascending whole numbers"),
        ({"sizes": [1, 2, 3, 4.5]}, "sizes must be one or more ascending whole number"),
        ({"sizes": ["2", "3", "4", "5"]}, "sizes must be one or more ascending whole"),
        ({"sizes": 5}, "sizes must be one or more ascending whole numbers from 1 on"),
        (
            {"fidelity": [0.5]},
            "fidelity must have the shape (4,), as sizes has, got (1,).",
        ),
        ({"score": 0.5}, "score must have the shape (4,), as sizes has, got ()."),
        (
            {"interval": FIDELITY},
            "interval must have the shape (4, 2), lower and upper ends, got (4,).",
        ),
        ({"fidelity": [0.5, np.nan, 1, 1]}, "fidelity must be finite, got nan."),
        ({"interval": [[0, np.inf]] * 4}, "interval must be finite, got inf."),
        (
            {"knee": 5},
            "knee must be one of the sizes, [2, 4, 6, 10], got 5. Pass None to",
        ),
    ],
)
def test_what_does_not_fit_together_is_said(params, message):
    display = FidelityDisplay(**{"sizes": SIZES, "fidelity": FIDELITY} | params)

    with pytest.raises(ValueError, match=r"^FidelityDisplay: ") as caught:
        display.plot()

    assert str(caught.value).startswith(f"FidelityDisplay: {message}")
    assert not plt.get_fignums()


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(ImportError) as caught:
        FidelityDisplay.from_predictions(SIZES, FIDELITY)

    assert str(caught.value) == (
        "FidelityDisplay: a plot needs matplotlib, which is not installed. Install it "
        "with: pip install sklkd[plot]"
    )
