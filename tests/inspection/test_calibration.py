"""Calibration: errors worked out by hand, limits, and invariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.inspection import expected_calibration_error

SURE = np.eye(3)


@st.composite
def said(draw):
    """Labels, and random probabilities of three classes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 40))
    return rng.integers(0, 3, n), rng.dirichlet([1, 1, 1], n), rng


def test_two_bins_by_hand():
    # (0.5, 0.6]: two rows at 0.6, one right; (0.9, 1]: two rows at 1, both right.
    proba = [[0.6, 0.4], [0.6, 0.4], [1.0, 0.0], [0.0, 1.0]]

    error = expected_calibration_error([0, 1, 0, 1], proba, n_bins=10)

    assert error == pytest.approx(2 / 4 * abs(0.5 - 0.6))


def test_gaps_within_a_bin_cancel():
    # One bin: certain by 0.9 and 0.7, one of two is right.
    proba = [[0.9, 0.1], [0.3, 0.7]]

    error = expected_calibration_error([0, 0], proba, labels=[0, 1], n_bins=1)

    assert error == pytest.approx(abs(0.5 - 0.8))


def test_a_bin_has_its_upper_edge():
    # 0.5 is in (0, 0.5] and 0.6 in (0.5, 1]: in one bin the gaps would cancel.
    error = expected_calibration_error([0, 1], [[0.5, 0.5], [0.6, 0.4]], n_bins=2)

    assert error == pytest.approx((0.5 + 0.6) / 2)


def test_certain_and_right():
    assert expected_calibration_error([0, 2, 1], SURE[[0, 2, 1]]) == 0


def test_certain_and_wrong():
    assert expected_calibration_error([1, 0, 2], SURE[[0, 2, 1]]) == 1


def test_labels_drawn_from_the_probabilities_are_calibrated():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet([1, 1, 1], size=20_000)
    labels = (proba.cumsum(axis=1) > rng.random((20_000, 1))).argmax(axis=1)

    # In a bin of 1300 rows the standard error of a share is about 0.013.
    assert expected_calibration_error(labels, proba) < 0.02


def test_overconfidence_is_seen():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet([1, 1, 1], size=5000)
    labels = (proba.cumsum(axis=1) > rng.random((5000, 1))).argmax(axis=1)
    sharp = proba**3 / (proba**3).sum(axis=1, keepdims=True)

    assert expected_calibration_error(labels, sharp) > 0.1


def test_labels_name_the_columns():
    proba = [[0.2, 0.8], [0.2, 0.8]]

    error = expected_calibration_error(["b", "b"], proba, labels=["a", "b"])

    assert error == pytest.approx(0.2)


@given(said())
def test_it_is_a_share(case):
    labels, proba, _ = case

    error = expected_calibration_error(labels, proba, labels=[0, 1, 2])

    assert 0 <= error <= 1


@given(said())
def test_the_order_of_rows_does_not_matter(case):
    labels, proba, rng = case
    order = rng.permutation(len(labels))

    shuffled = expected_calibration_error(labels[order], proba[order], labels=[0, 1, 2])

    error = expected_calibration_error(labels, proba, labels=[0, 1, 2])
    assert shuffled == pytest.approx(error)


@given(said())
def test_a_weight_of_two_is_a_repeated_row(case):
    labels, proba, rng = case
    weight = rng.integers(1, 3, len(labels))

    weighted = expected_calibration_error(
        labels, proba, labels=[0, 1, 2], sample_weight=weight
    )

    rows = np.repeat(np.arange(len(labels)), weight)
    repeated = expected_calibration_error(labels[rows], proba[rows], labels=[0, 1, 2])
    assert weighted == pytest.approx(repeated)


@pytest.mark.parametrize(
    ("labels", "proba", "message"),
    [
        (
            [0, 1],
            [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]],
            (
                "y_proba must have the shape (2, 2), a row for each row of y_true and "
                "a column for each label, got (2, 3). Pass labels=classifier.classes_ "
                "where y_true lacks some of them."
            ),
        ),
        (
            [0, 1],
            [[1.5, -0.5], [0.5, 0.5]],
            "y_proba must be probabilities, got -0.5. Pass what predict_proba returns.",
        ),
        (
            [0, 1],
            [[np.nan, 1.0], [0.5, 0.5]],
            "y_proba must be probabilities, got nan. Pass what predict_proba returns.",
        ),
        (
            [0, 1],
            [[0.5, 0.5], [0.5, 0.7]],
            (
                "y_proba must sum to 1 in every row, got 1.2 in row 1. Pass what "
                "predict_proba returns."
            ),
        ),
    ],
)
def test_what_are_no_probabilities(labels, proba, message):
    with pytest.raises(ValueError, match=r"^expected_calibration_error: ") as caught:
        expected_calibration_error(labels, proba)

    assert str(caught.value) == f"expected_calibration_error: {message}"


def test_a_label_without_a_column():
    with pytest.raises(ValueError, match=r"^expected_calibration_error: ") as caught:
        expected_calibration_error([0, 2], [[0.5, 0.5]] * 2, labels=[0, 1])

    assert str(caught.value) == (
        "expected_calibration_error: labels must name every label in y_true, got "
        "[0, 1] without [2]."
    )


def test_no_bins():
    with pytest.raises(ValueError, match=r"^expected_calibration_error: ") as caught:
        expected_calibration_error([0, 1], SURE[:2, :2], n_bins=0)

    assert str(caught.value) == (
        "expected_calibration_error: n_bins must be an integer in [1, inf), got 0."
    )
