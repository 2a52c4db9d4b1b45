"""Additive models of few columns."""

import numpy as np
import pytest
from surrogates.cases import evidence, of_labels

from sklkd.surrogates._additive_terms import fit_terms, line


def lines(feature, x, weight):
    return line(feature, x)


def fitted(given, **params):
    params = {"max_terms": None, "strength": 1e-9} | params
    return fit_terms("Test", given, lines, **params)


def test_a_linear_teacher_is_written_down_exactly():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(50, 3)) * [1, 10, 0.1] + 5
    said = Z @ [[2.0], [0.0], [-3.0]] + 7
    model = fitted(evidence(Z, said, classes=None))
    np.testing.assert_allclose(model.outputs(Z), said, atol=1e-5)
    assert model.intercept[0] == pytest.approx(7, abs=1e-5)


def test_a_logistic_teacher_is_written_down_exactly():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(200, 2))
    gap = Z @ [1.0, -2.0] + 0.5
    proba = 1 / (1 + np.exp(-gap))
    model = fitted(evidence(Z, np.stack([1 - proba, proba], axis=1)))
    np.testing.assert_allclose(model.outputs(Z)[:, 1], proba, atol=1e-4)


def test_scores_of_classes_sum_to_0_in_every_term():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(60, 2))
    model = fitted(evidence(Z, rng.dirichlet([1, 1, 1], 60), classes=(0, 1, 2)))
    for curve in model.curves:
        np.testing.assert_allclose(curve.of(Z).sum(axis=1), 0, atol=1e-12)


def test_the_terms_that_matter_are_kept():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(80, 12))
    said = Z[:, [3]] * 2 + Z[:, [8]]
    model = fitted(evidence(Z, said, classes=None), max_terms=2)
    assert model.used == (3, 8)
    np.testing.assert_allclose(model.outputs(Z), said, atol=1e-5)


def test_a_constant_teacher_has_no_terms():
    model = fitted(evidence(np.eye(4), np.full((4, 1), 3.0), classes=None), max_terms=2)
    np.testing.assert_allclose(model.outputs(np.zeros((1, 4))), 3.0)


def test_a_class_that_is_never_said_is_never_predicted():
    rng = np.random.default_rng(0)
    Z, y = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    model = fitted(evidence(Z, of_labels(y, 3), classes=(0, 1, 2)), strength=1e-3)
    assert model.outputs(Z)[:, 2].max() < 1e-3
