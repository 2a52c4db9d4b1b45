"""Features, and scores that are linear in them."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from surrogates.cases import evidence, of_labels

from sklkd.readable import Column, Feature
from sklkd.surrogates._design import (
    features_of,
    fit_scores,
    moments,
    schedule,
    strongest,
)


def test_a_number_is_filled_with_its_weighted_median():
    given = evidence([[1.0], [5.0], [np.nan]], of_labels([0, 1, 1]), [1, 3, 9])
    assert features_of(given) == [[Feature(0, fill=5.0)]]


def test_a_column_without_numbers_is_filled_with_0():
    given = evidence([[np.nan], [np.nan]], of_labels([0, 1]))
    assert features_of(given) == [[Feature(0, fill=0.0)]]


def test_a_category_has_a_feature_for_each_word():
    columns = (Column("job", 0, ("a", "b")),)
    given = evidence([[0], [1]], of_labels([0, 1]), columns=columns)
    assert features_of(given) == [[Feature(0, 0), Feature(0, 1)]]


def test_moments_are_weighted_and_a_constant_has_the_scale_1():
    values = np.array([[1.0, 7.0], [3.0, 7.0]])
    mean, scale = moments(values, np.array([1.0, 3.0]))
    np.testing.assert_allclose(mean, [2.5, 7])
    np.testing.assert_allclose(scale, [np.sqrt(0.75), 1])


def test_scores_of_hard_rows_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    Z, y = rng.normal(size=(60, 3)), rng.integers(0, 3, 60)
    given = evidence(Z, of_labels(y, 3), classes=(0, 1, 2))
    intercept, slopes = fit_scores("Test", Z, given, 0.1)
    own = LogisticRegression(C=1 / 6, tol=1e-8, max_iter=1000).fit(Z, y)
    np.testing.assert_allclose(slopes, own.coef_.T, atol=1e-5)
    np.testing.assert_allclose(intercept, own.intercept_, atol=1e-5)


def test_scores_of_two_classes_are_a_gap():
    rng = np.random.default_rng(0)
    Z, y = rng.normal(size=(60, 3)), rng.integers(0, 2, 60)
    intercept, slopes = fit_scores("Test", Z, evidence(Z, of_labels(y)), 0.1)
    own = LogisticRegression(C=1 / 6, tol=1e-8).fit(Z, y)
    np.testing.assert_allclose(slopes[:, 1] - slopes[:, 0], own.coef_[0], atol=1e-5)
    assert intercept[1] - intercept[0] == pytest.approx(own.intercept_[0], abs=1e-5)


def test_scores_of_values_are_those_of_a_ridge():
    rng = np.random.default_rng(0)
    Z, said = rng.normal(size=(60, 3)), rng.normal(size=(60, 1))
    given = evidence(Z, said, classes=None)
    intercept, slopes = fit_scores("Test", Z, given, 0.1)
    own = Ridge(alpha=6.0).fit(Z, said[:, 0])
    np.testing.assert_allclose(slopes[:, 0], own.coef_, atol=1e-9)
    assert intercept[0] == pytest.approx(own.intercept_)


def test_the_strongest_terms_are_those_that_vary_most():
    terms = [np.array([[0.0], [1.0]]), np.array([[5.0], [5.0]]), np.array([[0], [9.0]])]
    assert strongest(terms, np.ones(2), 2) == [0, 2]
    assert strongest(terms, np.ones(2), 3) == [0, 2]  # a constant says nothing
    assert strongest(terms, np.ones(2), 1) == [2]


def test_columns_are_halved_down_to_what_is_wanted():
    assert schedule(100, 10) == [50, 25, 12, 10]
    assert schedule(10, 10) == []
