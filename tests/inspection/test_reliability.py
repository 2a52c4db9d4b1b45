"""Reliability: bins worked out by hand, and what they add up to."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

mpl.use("agg")

import matplotlib.pyplot as plt

from sklkd.inspection import expected_calibration_error
from sklkd.inspection._reliability import reliability

CLASSES = np.array(["no", "yes"])


def test_two_bins_by_hand():
    # (0.5, 0.6]: 0.6 and 0.52, one right; (0.9, 1]: 1 and 0.92, both right.
    proba = np.array([[0.6, 0.4], [0.52, 0.48], [1.0, 0.0], [0.08, 0.92]])
    labels = np.array(["no", "yes", "no", "yes"])

    curve = reliability(labels, proba, CLASSES, 10)

    np.testing.assert_allclose(curve.sureness, [0.56, 0.96])
    np.testing.assert_allclose(curve.accuracy, [0.5, 1.0])
    np.testing.assert_allclose(curve.share, [0.5, 0.5])
    assert curve.error == pytest.approx(0.5 * (0.06 + 0.04))


def test_a_bin_has_its_upper_edge():
    proba = np.array([[0.5, 0.5], [0.75, 0.25], [0.76, 0.24]])

    curve = reliability(np.array(["no"] * 3), proba, CLASSES, 4)

    np.testing.assert_allclose(curve.share, [1 / 3, 1 / 3, 1 / 3])


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 20))
def test_gaps_by_share_add_up_to_the_error(seed, n_rows, n_bins):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet([0.5, 0.5, 0.5], n_rows)
    labels = rng.integers(0, 3, n_rows)

    curve = reliability(labels, proba, np.arange(3), n_bins)

    gaps = curve.share @ np.abs(curve.accuracy - curve.sureness)
    expected = expected_calibration_error(
        labels, proba, labels=[0, 1, 2], n_bins=n_bins
    )
    assert gaps == pytest.approx(expected, abs=1e-9)
    assert curve.share.sum() == pytest.approx(1)


def test_rows_that_are_all_right_or_all_wrong_have_a_curve_too():
    proba = np.array([[1.0, 0.0], [1.0, 0.0]])

    right = reliability(np.array(["no", "no"]), proba, CLASSES, 5)
    wrong = reliability(np.array(["yes", "yes"]), proba, CLASSES, 5)

    assert (right.accuracy.tolist(), right.error) == ([1.0], 0.0)
    assert (wrong.accuracy.tolist(), wrong.error) == ([0.0], 1.0)


def test_a_probability_that_is_rounded_above_one_is_one():
    proba = np.array([[1.0000001, 0.0]])

    curve = reliability(np.array(["no"]), proba, CLASSES, 10)

    assert curve.sureness.tolist() == [1.0]


def test_marks_are_where_the_bins_are_and_larger_where_they_are_fuller():
    proba = np.array([[0.6, 0.4], [0.9, 0.1], [0.9, 0.1], [0.9, 0.1]])
    _, ax = plt.subplots()

    reliability(np.array(["no"] * 4), proba, CLASSES, 10).draw(ax, "a, ", "k", "o")

    marks, in_legend = ax.collections
    few, many = marks.get_sizes()
    np.testing.assert_allclose(marks.get_offsets(), [[0.6, 1], [0.9, 1]])
    assert many > 2 * few
    assert in_legend.get_label() == "a, ECE 17.5 %"
