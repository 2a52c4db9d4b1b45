"""The nearest mean: its linear form, its transforms, weights."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.special import softmax
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import normalize

from sklkd import DistilledClassifier
from sklkd.prototypes import NearestMeanClassifier

KINDS = ["none", "l2", "cl2"]


@st.composite
def problems(draw):
    """Rows (n, p), labels of k classes that all occur, and whole weights."""
    n, p, k = draw(st.integers(8, 24)), draw(st.integers(2, 5)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    y = rng.permutation(np.arange(n) % k)
    return rng.normal(size=(n, p)) + y[:, np.newaxis], y, rng.integers(1, 4, size=n)


def by_hand(kind, X, y, weight):
    """Normalised rows, and the means of the classes, of the paper's definition."""
    Z = X - np.average(X, axis=0, weights=weight) if kind == "cl2" else X
    Z = Z if kind == "none" else normalize(Z)
    classes = np.unique(y)
    means = [np.average(Z[y == c], axis=0, weights=weight[y == c]) for c in classes]
    return Z, np.array(means)


@given(problems(), st.sampled_from(KINDS))
def test_it_is_the_softmax_of_minus_squared_distances_to_means(problem, kind):
    X, y, weight = problem
    Z, means = by_hand(kind, X, y, weight)

    model = NearestMeanClassifier(kind).fit(X, y, weight)

    np.testing.assert_allclose(model.centroids_, means, rtol=1e-9, atol=1e-12)
    expected = softmax(-cdist(Z, means, "sqeuclidean"), axis=1)
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-9)


@given(problems(), st.sampled_from(KINDS))
def test_it_is_a_linear_head(problem, kind):
    X, y, weight = problem
    model = NearestMeanClassifier(kind).fit(X, y, weight)
    Z, means = by_hand(kind, X, y, weight)

    linear = 2 * Z @ means.T - (means**2).sum(axis=1)

    expected = softmax(linear, axis=1)
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-9)


@given(problems(), st.sampled_from(KINDS))
def test_a_weight_of_two_is_a_row_twice(problem, kind):
    X, y, weight = problem
    times = np.repeat(np.arange(len(y)), weight)

    weighted = NearestMeanClassifier(kind).fit(X, y, weight)
    repeated = NearestMeanClassifier(kind).fit(X[times], y[times])

    np.testing.assert_allclose(weighted.centroids_, repeated.centroids_, atol=1e-12)


@given(problems())
def test_lengths_of_rows_do_not_matter_to_l2_nor_where_zero_is_to_cl2(problem):
    X, y, _ = problem
    lengths = np.random.default_rng(0).uniform(0.1, 10, size=(len(X), 1))

    by_length = NearestMeanClassifier("l2").fit(X, y).predict_proba(X)
    other = NearestMeanClassifier("l2").fit(X * lengths, y).predict_proba(X * lengths)
    np.testing.assert_allclose(other, by_length, atol=1e-9)

    centred = NearestMeanClassifier("cl2").fit(X, y).predict_proba(X)
    moved = NearestMeanClassifier("cl2").fit(3 * X - 5, y).predict_proba(3 * X - 5)
    np.testing.assert_allclose(moved, centred, atol=1e-9)


def test_it_predicts_as_scikit_learns_nearest_centroid():
    X, y = load_iris(return_X_y=True)

    model = NearestMeanClassifier().fit(X, y)
    other = NearestCentroid().fit(X, y)

    np.testing.assert_allclose(model.centroids_, other.centroids_)
    assert np.array_equal(model.predict(X), other.predict(X))


def test_rows_of_zeros_stay_zeros():
    X = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 2.0]])

    model = NearestMeanClassifier("l2").fit(X, [0, 0, 1])

    assert model.centroids_.tolist() == [[0.5, 0.0], [0.0, 1.0]]
    scores = model.decision_function([[0.0, 0.0]])
    np.testing.assert_allclose(scores, 0.25 - 1.0)


def test_the_mean_itself_is_a_row_of_zeros_whatever_rounding_makes_of_it():
    middle, step = np.array([0.1, 0.7]), np.array([0.3, 0.1])
    X = np.vstack([middle - step, middle, middle + step])

    model = NearestMeanClassifier("cl2").fit(X, [0, 1, 1])

    np.testing.assert_allclose(model.centroids_[1], -model.centroids_[0] / 2)


def test_tiny_and_huge_rows_have_a_direction():
    X = np.array([[1e-300, 0.0], [1e300, 0.0], [0.0, 1e-200], [0.0, 1e200]])

    model = NearestMeanClassifier("l2").fit(X, [0, 0, 1, 1])

    assert model.centroids_.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert model.predict(X).tolist() == [0, 0, 1, 1]


def test_a_parameter_that_is_changed_after_fit_changes_nothing():
    X, y = load_iris(return_X_y=True)
    model = NearestMeanClassifier("cl2").fit(X, y)
    before = model.predict_proba(X)

    model.set_params(normalization="none")

    assert np.array_equal(model.predict_proba(X), before)


def test_an_unknown_normalization_is_refused_with_the_nearest():
    says = (
        "NearestMeanClassifier: normalization must be one of 'none', 'l2', 'cl2', got "
        "'cl'. Did you mean 'cl2'?"
    )

    with pytest.raises(ValueError, match=re.escape(says)):
        NearestMeanClassifier("cl").fit([[0.0], [1.0]], [0, 1])


def test_as_a_student_its_means_are_weighted_by_the_teachers_shares():
    X, y = load_iris(return_X_y=True)
    teacher = LogisticRegression(max_iter=1000)
    distilled = DistilledClassifier(
        teacher,
        NearestMeanClassifier(),
        soft_weight=1.0,
        targets="in_sample",
        transfer_set=None,
        calibration=None,
        proba_floor=1e-300,
        random_state=0,
    ).fit(X, y)

    shares = teacher.fit(X, y).predict_proba(X)

    expected = shares.T @ X / shares.sum(axis=0)[:, np.newaxis]
    found = distilled.student_.estimator.centroids_
    np.testing.assert_allclose(found, expected, rtol=1e-6)
