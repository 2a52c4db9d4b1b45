"""Convex hulls: the programme against another solver, and what geometry promises."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib import parallel_config
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from scipy.special import softmax
from scipy.stats import ortho_group
from sklearn.datasets import load_digits, load_iris
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from sklkd import DistilledClassifier
from sklkd.prototypes import ConvexHullClassifier, NearestMeanClassifier


@st.composite
def clouds(draw):
    """Points of one class (m, p), of any shape, and a row (p,)."""
    m, p = draw(st.integers(1, 10)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    points = rng.normal(size=(m, p))
    if draw(st.booleans()):
        points = np.round(points)  # many of them equal, or on a line
    if draw(st.booleans()):
        points[:, 0] = 1.0  # flat
    return points, 2 * rng.normal(size=p), rng


@st.composite
def problems(draw):
    """Rows (n, p), labels of k classes that all occur, and further rows."""
    n, p, k = draw(st.integers(6, 18)), draw(st.integers(1, 4)), draw(st.integers(2, 3))
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    y = rng.permutation(np.arange(n) % k)
    return rng.normal(size=(n, p)) + 1.5 * y[:, np.newaxis], y, rng.normal(size=(5, p))


def to_hulls(model, X):
    """Distances to each hull, of at least three: (n, k)."""
    return -model.decision_function(X)


def with_third(X, y):
    """The same problem, and a class far away, so that each has a score of its own."""
    return np.vstack([X, np.full((1, X.shape[1]), 1e2)]), np.append(y, 99)


def by_slsqp(points, row):
    """The distance by sequential quadratic programming, from the centroid."""
    m = len(points)
    solution = minimize(
        lambda share: ((share @ points - row) ** 2).sum(),
        np.full(m, 1 / m),
        jac=lambda share: 2 * points @ (share @ points - row),
        bounds=[(0, 1)] * m,
        constraints={"type": "eq", "fun": lambda s: s.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return np.sqrt(solution.fun)


def fitted(points):
    """A classifier whose first class is these points, and the others one far away."""
    p = points.shape[1]
    X = np.vstack([points, np.full((1, p), 1e3), np.full((1, p), -1e3)])
    return ConvexHullClassifier().fit(X, [0] * len(points) + [1, 2])


def distance(points, row):
    return -fitted(points).decision_function(row[np.newaxis])[0, 0]


# --- The programme --------------------------------------------------------------------


@given(clouds())
def test_the_distance_is_that_of_another_solver(cloud):
    points, row, _ = cloud

    found = distance(points, row)

    assert found == pytest.approx(by_slsqp(points, row), abs=2e-6)


@given(clouds())
def test_no_point_lies_before_the_plane_through_the_nearest(cloud):
    """What proves the least: the hull is behind the plane at that distance."""
    points, row, rng = cloud
    least = distance(points, row)
    shares = rng.dirichlet(np.full(len(points), 0.3), size=200)

    others = np.linalg.norm(shares @ points - row, axis=1)

    assert least <= others.min() * (1 + 1e-12)
    assert least <= np.linalg.norm(points - row, axis=1).min() * (1 + 1e-12)


@given(clouds())
def test_whatever_lies_between_points_is_at_distance_zero(cloud):
    points, _, rng = cloud
    share = rng.dirichlet(np.ones(len(points)))

    assert distance(points, share @ points) == 0


@given(clouds())
def test_more_points_are_never_farther(cloud):
    points, row, _ = cloud
    by_number = [distance(points[: i + 1], row) for i in range(len(points))]

    assert (np.diff(by_number) <= 1e-9).all()


@given(clouds(), st.integers(0, 999))
def test_rigid_motions_move_everything(cloud, seed):
    points, row, _ = cloud
    p = len(row)
    turn = ortho_group.rvs(p, random_state=seed) if p > 1 else -np.eye(1)

    moved = distance(points @ turn + 3.0, row @ turn + 3.0)

    assert moved == pytest.approx(distance(points, row), rel=1e-7, abs=1e-7)


def test_a_square_by_hand():
    square = np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 0.0], [2.0, 2.0]])

    assert distance(square, np.array([1.0, 5.0])) == pytest.approx(3.0)
    assert distance(square, np.array([5.0, 6.0])) == pytest.approx(5.0)
    assert distance(square, np.array([2.0, 1.0])) == 0.0


def test_points_fewer_than_columns_span_a_space_of_their_own():
    rng = np.random.default_rng(0)
    points, rows = rng.normal(size=(4, 50)), rng.normal(size=(6, 50))

    found = -fitted(points).decision_function(rows)[:, 0]

    expected = [by_slsqp(points, row) for row in rows]
    np.testing.assert_allclose(found, expected, rtol=1e-7)
    inside = rng.dirichlet(np.ones(4), size=3) @ points
    assert (fitted(points).decision_function(inside)[:, 0] == 0).all()


@pytest.mark.parametrize("size", [1e-200, 1e-30, 1e30, 1e100])
def test_units_scale_distances_and_leave_probabilities(size):
    X, y = load_iris(return_X_y=True)
    model = ConvexHullClassifier().fit(X[::3], y[::3])
    other = ConvexHullClassifier().fit(size * X[::3], y[::3])

    found = other.decision_function(size * X[1::9])

    expected = size * model.decision_function(X[1::9])
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8 * size)
    np.testing.assert_allclose(
        other.predict_proba(size * X[1::9]), model.predict_proba(X[1::9]), rtol=1e-6
    )


# --- The classifier -------------------------------------------------------------------


@given(problems())
def test_with_one_row_a_class_it_is_the_nearest_neighbour(problem):
    X, _, rows = problem
    labels = np.arange(len(X))

    model = ConvexHullClassifier().fit(X, labels)

    np.testing.assert_allclose(to_hulls(model, rows), cdist(rows, X), atol=1e-12)
    nearest = KNeighborsClassifier(1).fit(X, labels)
    assert np.array_equal(model.predict(rows), nearest.predict(rows))


@given(problems())
def test_with_one_centre_a_class_it_is_the_nearest_mean(problem):
    X, y, rows = problem

    model = ConvexHullClassifier(1, random_state=0).fit(X, y)

    means = NearestMeanClassifier().fit(X, y)
    centres = np.vstack(model.points_)
    np.testing.assert_allclose(centres, means.centroids_, atol=1e-12)
    assert np.array_equal(model.predict(rows), means.predict(rows))


@given(problems())
def test_weights_do_not_move_a_hull(problem):
    X, y, rows = problem
    X, y = with_third(X, y)
    weight = np.random.default_rng(0).uniform(0.1, 10, size=len(y))

    model = ConvexHullClassifier(tol=1e-300).fit(X, y)
    other = ConvexHullClassifier(tol=1e-300).fit(X, y, weight)

    np.testing.assert_allclose(to_hulls(other, rows), to_hulls(model, rows), atol=1e-12)


@given(problems())
def test_a_weight_of_two_is_a_row_twice_and_of_zero_none(problem):
    X, y, rows = problem
    weight = np.random.default_rng(0).integers(0, 3, size=len(y))
    weight[:6] = 1
    times = np.repeat(np.arange(len(y)), weight)

    weighted = ConvexHullClassifier(3, random_state=0).fit(X, y, weight)
    repeated = ConvexHullClassifier(3, random_state=0).fit(X[times], y[times])

    np.testing.assert_allclose(
        weighted.predict_proba(rows), repeated.predict_proba(rows), atol=1e-9
    )


def test_inside_several_hulls_the_nearest_centroid_wins():
    wide = np.array([[-9.0], [9.0], [-1.0]])
    narrow = np.array([[1.0], [5.0]])
    model = ConvexHullClassifier().fit(np.vstack([wide, narrow]), [0, 0, 0, 1, 1])

    inside_both = np.array([[1.2], [2.0], [4.9]])

    assert model.predict(inside_both).tolist() == [0, 1, 1]
    np.testing.assert_allclose(model.decision_function(inside_both), 0, atol=1e-7)
    np.testing.assert_allclose(model.predict_proba(inside_both), 0.5, atol=1e-7)


def test_probabilities_are_the_softmax_of_distances_in_units_of_the_spread():
    X, y = load_iris(return_X_y=True)
    model = ConvexHullClassifier().fit(X, y)

    unit = np.sqrt(X.var(axis=0).sum())

    assert model.scale_ == pytest.approx(unit)
    expected = softmax(model.decision_function(X[::10]) / unit, axis=1)
    np.testing.assert_allclose(model.predict_proba(X[::10]), expected, rtol=1e-9)


def test_equal_rows_of_several_labels_belong_to_the_heaviest():
    X = np.array([[0.0], [1.0], [2.0], [1.0], [2.0], [3.0]])
    y = ["low", "low", "low", "high", "high", "high"]

    model = ConvexHullClassifier().fit(X, y, [1, 5, 1, 2, 2, 1])

    high, low = model.points_
    assert low.ravel().tolist() == [0.0, 1.0]
    assert high.ravel().tolist() == [2.0, 3.0]


def test_rows_on_which_labels_weigh_the_same_belong_to_both():
    X, y = [[0.0], [1.0], [1.0], [1.0], [3.0]], [0, 0, 0, 1, 1]

    model = ConvexHullClassifier().fit(X, y, [1, 0.1, 0.2, 0.3, 1])

    assert [points.ravel().tolist() for points in model.points_] == [[0, 1], [1, 3]]


def test_a_class_that_wins_no_row_keeps_those_it_has():
    model = ConvexHullClassifier().fit([[0.0], [1.0], [1.0]], [0, 0, 1], [1, 3, 2])

    assert [points.ravel().tolist() for points in model.points_] == [[0, 1], [1]]


def test_fewer_points_lie_inside_the_hull_and_are_nearly_as_good():
    X, y = load_digits(return_X_y=True)
    X, X_new, y, y_new = train_test_split(
        X, y, train_size=500, test_size=150, random_state=0
    )
    whole = ConvexHullClassifier().fit(X, y)
    small = ConvexHullClassifier(15, random_state=0).fit(X, y)

    own = np.vstack([points[:2] for points in small.points_])
    to_own = -whole.decision_function(own)[np.arange(20), np.arange(20) // 2]

    assert [len(points) for points in small.points_] == [15] * 10
    assert to_own.max() == 0
    means = NearestMeanClassifier().fit(X, y)
    assert whole.score(X_new, y_new) > means.score(X_new, y_new) + 0.03
    assert small.score(X_new, y_new) > means.score(X_new, y_new) + 0.03


def test_a_class_of_fewer_rows_keeps_them_all():
    X, y = np.arange(8.0)[:, np.newaxis], np.array([0] * 6 + [1] * 2)

    model = ConvexHullClassifier(3, random_state=0).fit(X, y)

    assert [len(points) for points in model.points_] == [3, 2]


def test_parts_say_what_the_whole_says():
    X, y = load_iris(return_X_y=True)
    alone = ConvexHullClassifier().fit(X, y).decision_function(X)

    with parallel_config("threading"):
        together = ConvexHullClassifier(n_jobs=2).fit(X, y).decision_function(X)

    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"n_points": 0}, "n_points must be an integer in [1, inf), got 0."),
        ({"tol": 0.0}, "tol must be a real number in (0, inf), got 0.0."),
    ],
)
def test_wrong_parameters_are_refused(params, says):
    with pytest.raises(ValueError, match=re.escape(f"ConvexHullClassifier: {says}")):
        ConvexHullClassifier(**params).fit([[0.0], [1.0]], [0, 1])


def test_as_a_student_it_takes_the_teachers_word_for_wrong_labels():
    X, y = load_iris(return_X_y=True)
    noisy = y.copy()
    noisy[::10] = (y[::10] + 1) % 3
    teacher = LogisticRegression(max_iter=1000).fit(X, y)
    alone = ConvexHullClassifier().fit(X, noisy)

    distilled = DistilledClassifier(
        FrozenEstimator(teacher),
        ConvexHullClassifier(),
        soft_weight=1.0,
        transfer_set=None,
        calibration=None,
        random_state=0,
    ).fit(X, noisy)

    assert distilled.score(X, y) > 0.95 > alone.score(X, y)
