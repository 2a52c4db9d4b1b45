"""Sums of splines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from surrogates.cases import evidence, of_labels

from sklkd.readable import Feature
from sklkd.surrogates import AdditiveSplines
from sklkd.surrogates._additive_splines import spline


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.integers(1, 4), st.integers(2, 7))
def test_a_curve_is_the_weighted_sum_of_its_basis(seed, degree, n_knots):
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=30), rng.uniform(0.5, 2, 30)
    basis = spline(Feature(0), x, weight, n_knots, degree)
    slopes = rng.normal(size=(basis.values.shape[1], 2))
    curve = basis.curve(slopes)
    np.testing.assert_allclose(
        curve.of(x[:, np.newaxis]), basis.values @ slopes, atol=1e-9
    )


def test_beyond_the_outer_knots_a_curve_is_constant():
    x = np.linspace(0, 1, 20)
    basis = spline(Feature(0), x, np.ones(20), 4, 3)
    curve = basis.curve(
        np.random.default_rng(0).normal(size=(basis.values.shape[1], 1))
    )
    ends = curve.of(np.array([[-9.0], [0.0], [1.0], [99.0]]))
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-12)
    np.testing.assert_allclose(ends[2], ends[3], rtol=1e-12)


def test_a_sum_of_curves_is_found():
    rng = np.random.default_rng(0)
    Z = rng.uniform(-2, 2, size=(400, 3))
    said = np.sin(Z[:, [0]]) + np.square(Z[:, [1]])
    model = AdditiveSplines(n_knots=7, strength=1e-6).grow(
        evidence(Z, said, classes=None)
    )
    assert np.abs(model.outputs(Z) - said).max() < 0.05


def test_a_column_of_few_values_has_a_line():
    rng = np.random.default_rng(0)
    Z = rng.integers(0, 2, size=(50, 1)).astype(float)
    model = AdditiveSplines().grow(evidence(Z, of_labels(Z[:, 0].astype(int))))
    assert model.curves[0].breaks == ()


def test_a_weight_is_a_repeated_row():
    rng = np.random.default_rng(0)
    Z, said = rng.normal(size=(40, 2)), rng.normal(size=(40, 1))
    times = rng.integers(1, 4, 40)
    grow = AdditiveSplines().grow
    weighted = grow(evidence(Z, said, times, classes=None))
    repeated = grow(
        evidence(Z.repeat(times, axis=0), said.repeat(times, axis=0), classes=None)
    )
    np.testing.assert_allclose(weighted.outputs(Z), repeated.outputs(Z), atol=1e-9)


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"n_knots": 1}, "n_knots"),
        ({"degree": 6}, "degree"),
        ({"strength": 0}, "stren"),
    ],
)
def test_parameters_out_of_range_are_refused(params, name):
    with pytest.raises(ValueError, match=f"Test: {name}"):
        AdditiveSplines(**params).check("Test")
