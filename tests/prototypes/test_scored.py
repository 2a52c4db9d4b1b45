"""What classifiers without a network share: what they refuse, and what scores mean."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.special import softmax
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklkd.prototypes import (
    ConvexHullClassifier,
    KeyValueBottleneckClassifier,
    NearestMeanClassifier,
    PooledGaussianNB,
)
from sklkd.prototypes._scored import LabelledRows, class_sums, finite

ALL = [
    ConvexHullClassifier(),
    KeyValueBottleneckClassifier(n_heads=2, random_state=0),
    NearestMeanClassifier(),
    PooledGaussianNB(),
]
IN_BATCHES = [ALL[1], ALL[3]]
every = pytest.mark.parametrize("model", ALL, ids=lambda m: type(m).__name__)
batches = pytest.mark.parametrize("model", IN_BATCHES, ids=lambda m: type(m).__name__)


def rows(n=30, p=3, k=3, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % k
    return rng.normal(size=(n, p)) + 2.0 * y[:, np.newaxis], y


@every
def test_one_class_is_refused_by_its_name(model):
    X, _ = rows()
    says = "needs samples of at least 2 classes in y, got 1 class: 'ash'."

    with pytest.raises(ValueError, match=says):
        model.fit(X, np.full(len(X), "ash"))


@every
def test_a_class_whose_rows_all_weigh_nothing_is_not_there(model):
    X, y = rows()

    fitted = model.fit(X, y, sample_weight=(y != 1).astype(float))

    assert fitted.classes_.tolist() == [0, 2]
    assert fitted.predict_proba(X).shape == (30, 2)


@every
def test_of_equal_rows_the_heavier_label_wins(model):
    X, y = rows()
    both, labels = np.vstack([X, X]), np.append(y, (y + 1) % 3)

    for heavy, expected in ((slice(30), y), (slice(30, 60), (y + 1) % 3)):
        weight = np.full(60, 1e-3)
        weight[heavy] = 1.0
        fitted = model.fit(both, labels, weight)
        assert (fitted.predict(X) == expected).mean() > 0.8


@every
@pytest.mark.parametrize(
    ("weight", "says"),
    [
        (np.ones(29), "sample_weight must have the shape (30,)"),
        (np.full(30, -1.0), "sample_weight must not be negative, got -1."),
        (np.zeros(30), "sample_weight must have a weight that is not zero"),
    ],
)
def test_wrong_weights_are_refused(model, weight, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        model.fit(*rows(), sample_weight=weight)


@every
def test_a_refused_fit_leaves_the_model_of_before(model):
    X, y = rows()
    fitted = model.fit(X, y)
    before = fitted.predict_proba(X)

    with pytest.raises(ValueError, match="NaN"):
        fitted.fit(np.full((9, 5), np.nan), np.arange(9) % 2 + 7)

    assert np.array_equal(fitted.predict_proba(X), before)
    assert fitted.n_features_in_ == 3


@every
def test_fitting_writes_into_nothing_that_it_was_given(model):
    X, y = rows()
    weight = np.ones(30)
    before = X.copy(), y.copy(), weight.copy()

    model.fit(X, y, sample_weight=weight).predict_proba(X)

    for now, then in zip((X, y, weight), before, strict=True):
        assert np.array_equal(now, then)


@every
def test_tables_of_pandas_and_polars_are_arrays_with_names(model):
    X, y = rows()
    words = np.array(["ash", "birch", "cedar"])[y]
    expected = model.fit(X, words).predict_proba(X)

    for frame in (pd.DataFrame(X, columns=list("abc")), pl.DataFrame(X, list("abc"))):
        fitted = model.fit(frame, pd.Series(words, index=range(30, 60)))
        assert fitted.feature_names_in_.tolist() == ["a", "b", "c"]
        assert np.array_equal(fitted.predict_proba(frame), expected)


@every
def test_labels_scores_and_probabilities_say_the_same(model):
    X, y = rows(k=3)
    words = np.array(["ash", "birch", "cedar"])[y]
    fitted = model.fit(X, words)

    proba = fitted.predict_proba(X)

    assert np.array_equal(fitted.predict(X), fitted.classes_[proba.argmax(axis=1)])
    assert fitted.decision_function(X).shape == (30, 3)
    np.testing.assert_allclose(np.exp(fitted.predict_log_proba(X)), proba, rtol=1e-12)


@every
def test_two_classes_have_one_score_whose_sign_decides(model):
    X, y = rows(k=2)
    fitted = model.fit(X, y)

    scores = fitted.decision_function(X)

    assert scores.shape == (30,)
    assert np.array_equal(fitted.predict(X), (scores > 0).astype(int))


@every
def test_unfitted_models_say_so(model):
    with pytest.raises(NotFittedError):
        type(model)().predict(rows()[0])


@every
def test_one_column_is_enough(model):
    X, y = rows(p=1)

    assert np.isfinite(model.fit(X, y).predict_proba(X)).all()


@every
def test_rows_without_any_difference_end_in_finite_numbers(model):
    X = np.full((8, 2), 0.1)

    proba = model.fit(X, np.arange(8) % 2).predict_proba(X)

    np.testing.assert_allclose(proba, 0.5, rtol=1e-12)


@every
@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e300])
def test_tiny_and_huge_rows_are_finite_or_refused(model, scale):
    X, y = rows()

    try:
        proba = model.fit(scale * X, y).predict_proba(scale * X)
    except ValueError as error:
        assert "squares add up" in str(error)  # noqa: PT017 - either is right
    else:
        assert np.isfinite(proba).all()


@every
def test_rows_at_the_end_of_the_numbers_are_refused_after_fit(model):
    X, y = rows()
    fitted = model.fit(X, y)

    with pytest.raises(ValueError, match="squares add up"):
        fitted.predict(np.full((2, 3), 1.7e308))


# --- Batches --------------------------------------------------------------------------


@batches
def test_the_first_batch_must_name_the_classes(model):
    says = "classes must be passed in the first call of partial_fit, got None. Pass all"

    with pytest.raises(ValueError, match=says):
        type(model)().partial_fit(*rows())


@batches
def test_a_label_that_was_not_named_is_refused(model):
    X, y = rows()
    says = "y must hold the classes ['ash', 'elm'], got 'birch' too. Name every class"
    words = np.array(["ash", "birch", "elm"])[y]

    with pytest.raises(ValueError, match=re.escape(says)):
        type(model)().partial_fit(X, words, classes=["elm", "ash"])


@batches
def test_classes_are_those_of_the_first_call(model):
    X, y = rows()
    fitted = type(model)().partial_fit(X, y, classes=[0, 1, 2])
    says = "classes must be those of the first call, [0, 1, 2], got [0, 1, 2, 3]."

    with pytest.raises(ValueError, match=re.escape(says)):
        fitted.partial_fit(X, y, classes=range(4))

    assert fitted.partial_fit(X, y, classes=[2, 1, 0]).classes_.tolist() == [0, 1, 2]


@batches
def test_a_single_class_is_no_choice(model):
    says = "classes must be at least 2 labels, got [0]."

    with pytest.raises(ValueError, match=re.escape(says)):
        type(model)().partial_fit(np.ones((2, 2)), [0, 0], classes=[0, 0])


@batches
def test_a_class_that_has_not_come_yet_is_impossible(model):
    X, y = rows()
    own = y < 2

    fitted = clone(model)
    if hasattr(model, "smoothing"):
        fitted.set_params(smoothing=0.0)
    fitted.partial_fit(X[own], y[own], classes=[2, 0, 1])

    assert (fitted.predict_proba(X)[:, 2] == 0).all()
    assert set(fitted.predict(X)) <= {0, 1}


@batches
def test_a_refused_batch_changes_nothing(model):
    X, y = rows()
    fitted = type(model)().partial_fit(X, y, classes=[0, 1, 2])
    before = fitted.predict_proba(X)

    with pytest.raises(ValueError, match="features"):
        fitted.partial_fit(np.ones((2, 7)), [0, 1])

    assert np.array_equal(fitted.predict_proba(X), before)


# --- Parts ----------------------------------------------------------------------------


def test_probabilities_are_the_softmax_of_scores():
    X, y = rows()
    fitted = NearestMeanClassifier().fit(X, y)

    expected = softmax(fitted.decision_function(X), axis=1)

    np.testing.assert_allclose(fitted.predict_proba(X), expected, rtol=1e-12)


def test_sums_of_classes_by_hand():
    X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    labelled = LabelledRows(
        X, np.array([2, 0, 2]), np.array([1.0, 2.0, 0.5]), np.arange(3)
    )

    count, total = class_sums(labelled)

    assert count.tolist() == [2.0, 0.0, 1.5]
    assert total.tolist() == [[6.0, 8.0], [0.0, 0.0], [3.5, 5.0]]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="Example: X must hold numbers whose squares"):
        finite("Example", np.array([0.0, value]))
