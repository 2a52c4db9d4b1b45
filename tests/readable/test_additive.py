"""Sums of curves: against polynomials of scipy, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readable.random_models import additives, rows
from scipy.interpolate import CubicSpline

from sklkd.readable import AdditiveModel, Column, Curve, Feature

COLUMNS = (Column("age", 0), Column("degree", 1, ("a", "b", "c")))


def model_of(*curves, intercept=(0.0,), classes=None, targets=("price",)):
    return AdditiveModel(COLUMNS, classes, targets, intercept, curves)


def column(*values):
    return np.array(values, dtype=float)[:, np.newaxis]


def test_a_line_is_a_line():
    line = Curve(Feature(0, fill=2.0), (), (1.0,), (((10.0, 0.0), (3.0, -1.0)),))

    np.testing.assert_allclose(
        line.of(column(1.0, 3.0, np.nan)), [[10, 0], [16, -2], [13, -1]]
    )


def test_a_break_belongs_to_the_piece_before_it():
    steps = Curve(Feature(0), (0.0, 1.0), (0.0,) * 3, (((1.0,),), ((2.0,),), ((3.0,),)))
    Z = column(-5.0, 0.0, np.nextafter(0.0, 1), 1.0, np.nextafter(1.0, 2), 1e300)

    np.testing.assert_array_equal(steps.of(Z)[:, 0], [1, 1, 2, 2, 3, 3])


@given(st.integers(0, 1000))
def test_a_curve_is_scipys_spline(seed):
    """Between its knots; scipy centres each piece at its left end."""
    rng = np.random.default_rng(seed)
    knots = np.sort(rng.normal(size=6))
    spline = CubicSpline(knots, rng.normal(size=(6, 2)))
    pieces = spline.c[::-1].transpose(1, 0, 2)  # the power 0 first
    curve = Curve(
        Feature(0),
        tuple(knots[1:-1].tolist()),
        tuple(knots[:-1].tolist()),
        tuple(tuple(map(tuple, piece.tolist())) for piece in pieces),
    )
    x = rng.uniform(knots[0], knots[-1], size=20)

    np.testing.assert_allclose(curve.of(column(*x)), spline(x), rtol=1e-9, atol=1e-9)


@given(st.data())
def test_scores_are_the_intercept_and_all_curves(data):
    model = data.draw(additives())
    Z = data.draw(rows(model))

    expected = np.array(model.intercept) + sum(
        (curve.of(Z) for curve in model.curves), np.zeros((len(Z), 1))
    )

    np.testing.assert_allclose(model.scores(Z), expected, rtol=1e-9, atol=1e-9)


def test_values_are_the_scores():
    line = Curve(Feature(0), (), (0.0,), (((0.0,), (2.0,)),))

    np.testing.assert_array_equal(
        model_of(line, intercept=(1.0,)).outputs(np.array([[3.0, 0.0]])), [[7.0]]
    )


def test_of_two_classes_log_odds_are_the_difference_of_scores():
    line = Curve(Feature(0), (), (0.0,), (((0.0, 0.0), (1.0, 3.0)),))
    model = model_of(line, intercept=(0.5, 0.0), classes=("a", "b"), targets=("a", "b"))

    p = model.outputs(np.array([[0.75, 0.0]]))[0]

    assert np.log(p[1] / p[0]) == pytest.approx(2 * 0.75 - 0.5)


def test_scores_of_any_size_give_probabilities():
    line = Curve(Feature(0), (), (0.0,), (((0.0, 0.0), (1.0, -1.0)),))
    model = model_of(line, intercept=(0.0, 0.0), classes=("a", "b"), targets=("a", "b"))

    found = model.outputs(np.array([[1e300, 0.0], [-1e300, 0.0]]))

    np.testing.assert_array_equal(found, [[1, 0], [0, 1]])


def test_a_category_adds_its_own_number():
    curves = [
        Curve(Feature(1, code), (), (0.0,), (((0.0,), (size,)),))
        for code, size in [(1, 2.0), (2, 5.0)]
    ]
    Z = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [0.0, np.nan]])

    np.testing.assert_array_equal(model_of(*curves).outputs(Z)[:, 0], [0, 2, 5, 0])
    assert model_of(*curves).used == (1,)
    assert model_of(*curves).complexity == 1


def test_a_sum_of_nothing_is_the_intercept():
    model = model_of(intercept=(4.0,))

    np.testing.assert_array_equal(model.outputs(np.zeros((2, 2))), [[4.0], [4.0]])
    assert model.complexity == 0
    assert model.used == ()
