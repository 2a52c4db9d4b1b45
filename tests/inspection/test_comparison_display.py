"""The picture of a comparison: its places, its sizes, and that nothing overlaps."""

from __future__ import annotations

import dataclasses
import sys

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from sklkd.inspection import Comparison, ComparisonDisplay, Measurement

TEACHER = Measurement("teacher", 0.987, 1.0, 0.1, 0.14, 0.031, 0.28, 28e6)
STUDENT = Measurement("student", 0.974, 0.98, 0.02, 0.12, 0.00012, 0.0006, 7e6)
BOTH = Comparison((TEACHER, STUDENT), "accuracy", "teacher")


def discs_and_dots(display):
    """Of each model, what `scatter` drew: its disc, then its dot."""
    drawn = display.axes_.collections
    return drawn[0::2], drawn[1::2]


def test_dots_are_at_latency_and_score():
    display = ComparisonDisplay.from_comparison(BOTH)

    _, dots = discs_and_dots(display)

    np.testing.assert_allclose(dots[0].get_offsets(), [[31, 98.7]])
    np.testing.assert_allclose(dots[1].get_offsets(), [[0.12, 97.4]])
    assert display.axes_.get_xscale() == "log"


def test_areas_are_in_proportion_to_sizes():
    display = ComparisonDisplay.from_comparison(BOTH)

    discs, _ = discs_and_dots(display)

    teacher, student = (disc.get_sizes()[0] for disc in discs)
    assert teacher / student == pytest.approx(28e6 / 7e6)


def test_the_other_latency():
    display = ComparisonDisplay.from_comparison(BOTH, latency="1000 rows")

    _, dots = discs_and_dots(display)

    np.testing.assert_allclose(dots[0].get_offsets(), [[280, 98.7]])
    assert display.axes_.get_xlabel() == "latency of 1000 rows [ms]"


def test_labels_say_what_it_is():
    display = ComparisonDisplay.from_comparison(BOTH)

    texts = {text.get_text() for text in display.axes_.texts}

    assert texts == {
        "teacher",
        "98.7 % · 31 ms · 28 MB",
        "student",
        "97.4 % · 0.12 ms · 7.0 MB",
    }


def test_regressors_have_r2():
    rows = [dataclasses.replace(row, calibration_error=None) for row in BOTH.rows]

    display = ComparisonDisplay.from_comparison(Comparison(tuple(rows), "r2"))

    assert display.axes_.get_ylabel() == "R²"
    assert "0.987 · 31 ms · 28 MB" in {t.get_text() for t in display.axes_.texts}


def test_standard_errors_are_bars():
    lower = dataclasses.replace(STUDENT, score=0.964)
    pair = [Comparison((row,), "accuracy") for row in (STUDENT, lower)]

    display = ComparisonDisplay.from_comparison(Comparison.mean(pair))

    # Of 97.4 and 96.4: standard deviation sqrt(1/2), over sqrt(2).
    (bar,) = display.axes_.containers
    (segment,) = bar.lines[2][0].get_segments()
    np.testing.assert_allclose(segment[:, 1], [96.4, 97.4])


def test_it_draws_where_it_is_told():
    figure, axes = plt.subplots()

    display = ComparisonDisplay(BOTH).plot(axes)

    assert display.axes_ is axes
    assert display.figure_ is figure


def test_from_estimators_measures():
    X, y = load_iris(return_X_y=True)
    models = {
        "logistic": LogisticRegression(max_iter=1000).fit(X, y),
        "tree": DecisionTreeClassifier().fit(X, y),
    }

    display = ComparisonDisplay.from_estimators(models, X, y, teacher="tree")

    assert [row.name for row in display.comparison.rows] == ["logistic", "tree"]
    assert display.comparison.teacher == "tree"


def test_equal_models_can_be_drawn():
    rows = (STUDENT, dataclasses.replace(STUDENT, name="twin"))

    display = ComparisonDisplay.from_comparison(Comparison(rows, "accuracy"))

    low, high = display.axes_.get_ylim()
    assert low < 97.4 < high


def test_an_unknown_latency():
    with pytest.raises(ValueError, match=r"^ComparisonDisplay: ") as caught:
        ComparisonDisplay.from_comparison(BOTH, latency="10 rows")

    assert str(caught.value) == (
        "ComparisonDisplay: latency must be one of '1 row', '1000 rows', got "
        "'10 rows'. Did you mean '1000 rows'?"
    )


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(ImportError) as caught:
        ComparisonDisplay.from_comparison(BOTH)

    assert str(caught.value) == (
        "ComparisonDisplay: a plot needs matplotlib, which is not installed. Install "
        "it with: pip install sklkd[plot]"
    )
