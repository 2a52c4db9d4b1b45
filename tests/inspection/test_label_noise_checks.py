"""What goes into the picture of noisy labels: taken in every form, refused in words."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt

from sklkd.inspection._label_noise_checks import (
    check_axes,
    check_classes,
    check_noisy,
    check_proba,
    check_score,
)


def refused(check, *arguments):
    """What a check answers."""
    with pytest.raises(ValueError, match=r"^LabelNoiseDisplay: ") as caught:
        check(*arguments)
    return str(caught.value).removeprefix("LabelNoiseDisplay: ")


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, pl.Series])
def test_columns_come_in_any_container(kind):
    np.testing.assert_allclose(check_score(kind([0.0, 0.5, 1.0])), [0, 0.5, 1])
    assert check_noisy(kind([True, False]), 2).tolist() == [True, False]
    assert check_noisy(kind([1, 0]), 2).dtype == bool
    assert check_noisy(kind([1.0, 0.0]), 2).tolist() == [True, False]


def test_probabilities_come_as_a_frame():
    frame = pd.DataFrame({"a": [0.25], "b": [0.75]})

    assert check_proba("y_proba", frame, 1, 2).tolist() == [[0.25, 0.75]]


@pytest.mark.parametrize(
    ("score", "words"),
    [
        ([0.5, 1.5], "values from 0.5 to 1.5."),
        ([-0.1, 0.2], "values from -0.1 to 0.2."),
        ([0.5, np.nan], "values from nan to nan."),
    ],
)
def test_scores_out_of_range(score, words):
    assert refused(check_score, score) == (
        f"label_noise_score must be in [0, 1], got {words}"
    )


def test_scores_of_no_row():
    assert refused(check_score, []) == (
        "label_noise_score must have the shape (n_samples,), a label for each of at "
        "least one row, got (0,)."
    )


def test_marks_of_other_rows():
    assert refused(check_noisy, [True, False], 3) == (
        "is_noisy must have the shape (3,), as label_noise_score, got (2,). It is "
        "about the rows of fit."
    )


@pytest.mark.parametrize("marks", [[0, 2], ["True", "False"], [0.0, np.nan]])
def test_marks_that_are_none(marks):
    assert refused(check_noisy, marks, 2) == (
        "is_noisy must be True where a label is wrong and False elsewhere, got "
        f"{np.asarray(marks).dtype}. Pass y_noisy != y."
    )


def test_no_marks_are_fine():
    assert check_noisy(None, 3) is None


def test_classes_are_those_of_the_labels_where_none_are_given():
    assert check_classes(None, np.array(["b", "a", "b"])).tolist() == ["a", "b"]


def test_labels_without_a_column():
    assert refused(check_classes, [0, 1], np.array([0, 2])) == (
        "classes must name every label in y_true, got [0, 1] without [2]."
    )


def test_probabilities_of_another_shape():
    assert refused(check_proba, "y_proba_before", [[0.5, 0.5]], 1, 3) == (
        "y_proba_before must have the shape (1, 3), a row for each row of y_true and a "
        "column for each class, got (1, 2). Pass classes=classifier.classes_ where "
        "y_true lacks some of them."
    )


@pytest.mark.parametrize(
    ("proba", "words"),
    [
        ([[0.5, 0.6]], "values from 0.5 and sums up to 1.1."),
        ([[-0.5, 1.5]], "values from -0.5 and sums up to 1."),
        ([[0.2, 0.2]], "values from 0.2 and sums up to 0.4."),
        ([[np.nan, 0.2]], "values from nan and sums up to nan."),
    ],
)
def test_what_are_no_probabilities(proba, words):
    assert refused(check_proba, "y_proba", proba, 1, 2) == (
        "y_proba must be probabilities that sum to 1 in every row, got "
        f"{words} Pass what predict_proba returns."
    )


def test_axes_come_in_any_sequence():
    _, axes = plt.subplots(2, 1)

    assert check_axes(axes) == list(axes)
    assert check_axes(tuple(axes)) == list(axes)
    assert check_axes(axes[:, np.newaxis]) == list(axes)


def test_one_axes_are_too_few():
    _, ax = plt.subplots()

    assert refused(check_axes, ax) == (
        "ax must be two axes, got 1. Pass plt.subplots(1, 2)[1], or None."
    )
