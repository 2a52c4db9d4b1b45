"""Keys and values: what a batch may change, what it may not, and in which order."""

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from sklkd import DistilledClassifier
from sklkd.prototypes import KeyValueBottleneckClassifier

FEW = settings(max_examples=12)


@st.composite
def problems(draw):
    """Rows (n, p), labels of k classes that all occur, and a generator."""
    n, p, k = (
        draw(st.integers(10, 30)),
        draw(st.integers(1, 4)),
        draw(st.integers(2, 4)),
    )
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    y = rng.permutation(np.arange(n) % k)
    return rng.normal(size=(n, p)) + y[:, np.newaxis], y, rng


def small(**params):
    return KeyValueBottleneckClassifier(
        **{"n_heads": 3, "n_keys": 5, "random_state": 0, **params}
    )


@FEW
@given(problems())
def test_rows_that_share_no_key_with_a_batch_notice_nothing(problem):
    X, y, rng = problem
    model = small().fit(X, y)
    batch, labels = X[:2] + 0.1, rng.permutation(np.unique(y))[:2]
    keys, touched = model.selected_keys(X), model.selected_keys(batch)
    apart = ~(keys[:, np.newaxis] == touched).any(axis=(1, 2))
    assume(apart.any())
    before = model.predict_proba(X)

    model.partial_fit(batch, labels)

    after = model.predict_proba(X)
    assert np.array_equal(after[apart], before[apart])
    assert (after[~apart] != before[~apart]).any()


@FEW
@given(problems(), st.integers(1, 3))
def test_the_order_of_tasks_does_not_matter(problem, n_parts):
    X, y, rng = problem
    weight = rng.integers(1, 4, size=len(y)).astype(float)
    whole = small().fit_keys(X).partial_fit(X, y, np.unique(y), weight)
    order = rng.permutation(len(y))

    model = small().fit_keys(X)
    for part in np.array_split(order, n_parts):
        model.partial_fit(X[part], y[part], np.unique(y), weight[part])

    assert np.array_equal(model.predict_proba(X), whole.predict_proba(X))
    assert np.array_equal(model.class_count_, whole.class_count_)


@FEW
@given(problems())
def test_one_key_says_how_frequent_classes_are(problem):
    X, y, _ = problem

    model = small(n_keys=1, smoothing=0.0).fit(X, y)

    shares = np.bincount(y) / len(y)
    np.testing.assert_allclose(
        model.predict_proba(X), np.tile(shares, (len(X), 1)), rtol=1e-12
    )


@FEW
@given(problems())
def test_a_key_for_each_row_in_one_head_is_the_nearest_neighbour(problem):
    X, y, rng = problem
    rows = rng.normal(size=(20, X.shape[1])) + 1

    model = small(n_heads=1, n_keys=len(X)).fit(X, y)

    nearest = KNeighborsClassifier(1).fit(X, y)
    assert np.array_equal(model.predict(rows), nearest.predict(rows))
    assert np.array_equal(model.predict(X), y)


@FEW
@given(problems())
def test_a_weight_of_two_is_a_row_twice_and_of_zero_none(problem):
    X, y, rng = problem
    weight = rng.integers(0, 3, size=len(y))
    weight[:8] = 1 + weight[:8] // 2
    times = np.repeat(np.arange(len(y)), weight)
    assume(len(np.unique(y[times])) > 1)

    weighted = small(encoder=StandardScaler()).fit(X, y, weight)
    repeated = small(encoder=StandardScaler()).fit(X[times], y[times])

    assert np.array_equal(weighted.predict_proba(X), repeated.predict_proba(X))


@FEW
@given(problems(), st.floats(0, 5))
def test_it_is_the_mean_of_smoothed_shares_over_heads_whose_key_heard_a_row(
    problem, smoothing
):
    X, y, _ = problem
    k, half = y.max() + 1, len(y) // 2
    model = small(smoothing=smoothing).fit_keys(X)
    model.partial_fit(X[:half], y[:half], classes=range(k))
    keys = model.selected_keys(X)

    same = keys[:, np.newaxis] == keys[:half]  # (n, half, h): at the same key
    counts = np.einsum("ijh,jk->ihk", same.astype(float), np.eye(k)[y[:half]])
    total = counts.sum(axis=2, keepdims=True)
    shares = (counts + smoothing / k) / np.where(total > 0, total + smoothing, 1)

    heard = (total > 0).any(axis=1).ravel()
    expected = np.average(
        shares[heard],
        axis=1,
        weights=np.broadcast_to(total[heard] > 0, shares[heard].shape),
    )
    found = model.predict_proba(X)
    np.testing.assert_allclose(found[heard], expected, rtol=1e-9, atol=1e-15)
    prior = np.bincount(y[:half], minlength=k) / half
    np.testing.assert_allclose(found[~heard], np.tile(prior, ((~heard).sum(), 1)))


@FEW
@given(problems())
def test_each_row_selects_the_nearest_key(problem):
    X, y, _ = problem
    model = small(n_heads=1).fit(X, y)
    placed = (X - np.unique(X, axis=0)[0]) / np.abs(X - np.unique(X, axis=0)[0]).max()

    chosen = model.selected_keys(X)[:, 0]

    to_keys = cdist(placed, model.keys_[0])
    found = to_keys[np.arange(len(X)), chosen]
    np.testing.assert_allclose(found, to_keys.min(axis=1), atol=1e-9)


def test_units_of_all_columns_together_do_not_matter():
    X, y = load_iris(return_X_y=True)

    expected = small().fit(X, y).predict_proba(X)

    for size in (2.0**-900, 2.0**900):
        model = small().fit(size * X, y)
        np.testing.assert_allclose(model.predict_proba(size * X), expected, rtol=1e-9)


# --- Tasks ----------------------------------------------------------------------------


def test_it_learns_class_after_class_where_descent_forgets():
    X, y = load_digits(return_X_y=True)
    X, X_new, y, y_new = train_test_split(
        X / 16, y, train_size=600, test_size=300, random_state=0
    )
    model = small(n_heads=8, n_keys=60).fit_keys(X)
    linear = SGDClassifier(random_state=0)

    for task in np.arange(10).reshape(5, 2):
        own = np.isin(y, task)
        model.partial_fit(X[own], y[own], classes=range(10))
        linear.partial_fit(X[own], y[own], classes=range(10))

    assert model.score(X_new, y_new) > 0.85
    assert linear.score(X_new, y_new) < 0.6
    whole = small(n_heads=8, n_keys=60).fit_keys(X).partial_fit(X, y, range(10))
    assert np.array_equal(model.predict_proba(X_new), whole.predict_proba(X_new))


def test_without_keys_the_first_batch_makes_them():
    X, y = load_iris(return_X_y=True)
    first = y < 2

    model = small().partial_fit(X[first], y[first], classes=[0, 1, 2])
    keys = [k.copy() for k in model.keys_]
    model.partial_fit(X[~first], y[~first])

    expected = small().fit_keys(X[first]).keys_
    for now, then, made in zip(model.keys_, keys, expected, strict=True):
        assert np.array_equal(now, then)
        assert np.array_equal(now, made)


def test_a_key_to_which_nothing_came_has_no_vote():
    model = small(n_heads=1, n_keys=3, smoothing=0.0).fit_keys([[0.0], [5.0], [9.0]])
    model.partial_fit([[0.1], [5.1], [5.2], [4.9]], [0, 1, 1, 0], classes=[0, 1])

    proba = model.predict_proba([[0.0], [5.0], [8.9]])

    np.testing.assert_allclose(proba, [[1, 0], [1 / 3, 2 / 3], [0.5, 0.5]])


def test_new_keys_forget_the_values():
    X, y = load_iris(return_X_y=True)
    model = small().fit(X, y).fit_keys(X)

    with pytest.raises(NotFittedError):
        model.predict(X)
    with pytest.raises(ValueError, match="classes must be passed in the first call"):
        model.partial_fit(X, y)

    assert model.partial_fit(X, y, classes=[0, 1, 2]).class_count_.sum() == 150


def test_keys_alone_select_and_predict_nothing():
    X, _ = load_iris(return_X_y=True)

    model = small().fit_keys(X)

    assert model.selected_keys(X).shape == (150, 3)
    with pytest.raises(NotFittedError):
        model.predict(X)
    with pytest.raises(NotFittedError):
        small().selected_keys(X)


def test_a_batch_of_another_width_than_the_keys_is_refused():
    model = small().fit_keys(np.arange(20.0).reshape(10, 2))

    with pytest.raises(ValueError, match="X has 3 features, but"):
        model.partial_fit(np.ones((2, 3)), [0, 1], classes=[0, 1])


# --- Encoders -------------------------------------------------------------------------


def test_an_unfitted_encoder_is_cloned_and_fitted_to_distinct_rows():
    X, y = load_iris(return_X_y=True)
    encoder = PCA(2, random_state=0)

    model = small(encoder=encoder).fit(X, y)

    assert not hasattr(encoder, "components_")
    expected = PCA(2, random_state=0).fit(np.unique(X, axis=0))
    np.testing.assert_allclose(model.encoder_.components_, expected.components_)
    assert model.keys_[0].shape == (5, 2)


def test_a_frozen_encoder_is_used_as_it_is():
    X, y = load_iris(return_X_y=True)
    encoder = FrozenEstimator(StandardScaler().fit(X[:30]))

    model = small(encoder=encoder).fit(X, y)

    assert model.encoder_ is encoder
    before = small().fit(encoder.transform(X), y)
    assert np.array_equal(
        model.predict_proba(X), before.predict_proba(encoder.transform(X))
    )


def test_an_encoder_may_be_sparse_or_not_need_to_be_fitted():
    X, y = load_iris(return_X_y=True)
    X = np.round(X)

    model = small(encoder=OneHotEncoder(), n_keys=20).fit(X, y)
    other = small(encoder=FunctionTransformer(np.sqrt)).fit(X, y)

    assert model.score(X, y) > 0.8
    assert other.score(X, y) > 0.8


class Halving(TransformerMixin, BaseEstimator):
    """An encoder that loses rows."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return X[::2]


def test_an_encoder_that_loses_rows_is_refused():
    says = "encoder must make a table of 8 rows of 8 rows, got the shape (4, 1)."

    with pytest.raises(ValueError, match=re.escape(says)):
        small(encoder=Halving()).fit(np.arange(8.0)[:, np.newaxis], [0, 1] * 4)


def test_rows_that_an_encoder_cannot_tell_apart_share_their_keys():
    X = np.arange(8.0)[:, np.newaxis]

    model = small(encoder=FunctionTransformer(np.zeros_like)).fit(X, [0, 1] * 4)

    np.testing.assert_allclose(model.predict_proba(X), 0.5)


# --- Arguments ------------------------------------------------------------------------


def test_more_keys_than_rows_are_refused():
    says = (
        "KeyValueBottleneckClassifier: n_keys must be at most 2, the number of "
        "distinct rows that keys are made of, got 5. Pass more rows to fit_keys, or "
        "n_keys=None."
    )

    with pytest.raises(ValueError, match=re.escape(says)):
        small().fit([[0.0], [0.0], [1.0]], [0, 1, 1])


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"n_heads": 0}, "n_heads must be an integer in [1, inf), got 0."),
        ({"n_keys": 0}, "n_keys must be an integer in [1, inf), got 0."),
        (
            {"projection_dim": 0},
            "projection_dim must be an integer in [1, inf), got 0.",
        ),
        ({"smoothing": -1}, "smoothing must be a real number in [0, inf), got -1."),
    ],
)
def test_wrong_parameters_are_refused(params, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        small(**params).fit([[0.0], [1.0]], [0, 1])


def test_where_nothing_is_said_there_is_a_key_for_eight_rows():
    X, y = load_iris(return_X_y=True)
    distinct = len(np.unique(X, axis=0))

    model = KeyValueBottleneckClassifier(random_state=0).fit(X, y)

    assert [keys.shape for keys in model.keys_] == [(distinct // 8, 4)] * 16


def test_as_a_student_its_values_are_the_teachers_shares():
    X, y = load_iris(return_X_y=True)
    teacher = LogisticRegression(max_iter=1000)
    distilled = DistilledClassifier(
        teacher,
        small(),
        soft_weight=1.0,
        targets="in_sample",
        transfer_set=None,
        calibration=None,
        proba_floor=1e-300,
        random_state=0,
    ).fit(X, y)

    student = distilled.student_.estimator

    shares = teacher.fit(X, y).predict_proba(X)
    selected = student.selected_keys(X)[:, 0]
    expected = [shares[selected == key].sum(axis=0) for key in range(5)]
    np.testing.assert_allclose(student.key_counts_[0], expected, rtol=1e-6, atol=1e-9)
