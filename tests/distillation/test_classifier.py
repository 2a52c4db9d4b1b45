"""The classifier: labels of every kind, and outputs that agree with one another."""

import inspect

import numpy as np
import pytest
from distillation.doubles import agreement, blobs, classifier, outputs, quick
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax
from sklearn.base import is_classifier
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import DataConversionWarning
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from sklearn.utils import get_tags

from sklkd import DistilledClassifier, LogitMatching, SoftTargets, StudentNet

TWO, THREE = blobs(n_classes=2), blobs()
FITTED = {2: classifier().fit(*TWO), 3: classifier().fit(*THREE)}


def rows(seed, n_rows):
    return np.random.default_rng(seed).normal(scale=5, size=(n_rows, 4))


many_rows = given(
    k=st.sampled_from([2, 3]), seed=st.integers(0, 100), n_rows=st.integers(1, 20)
)


# --- Outputs --------------------------------------------------------------------------


@many_rows
def test_probabilities_are_not_negative_and_sum_to_one(k, seed, n_rows):
    proba = FITTED[k].predict_proba(rows(seed, n_rows))

    assert proba.shape == (n_rows, k)
    assert proba.min() >= 0
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)


@many_rows
def test_the_label_is_that_of_the_greatest_probability(k, seed, n_rows):
    X = rows(seed, n_rows)
    model = FITTED[k]

    best = model.predict_proba(X).argmax(axis=1)

    assert model.predict(X).tolist() == model.classes_[best].tolist()


@many_rows
def test_log_probabilities_are_their_logarithms(k, seed, n_rows):
    X = rows(seed, n_rows)

    log_proba = FITTED[k].predict_log_proba(X)

    np.testing.assert_allclose(np.exp(log_proba), FITTED[k].predict_proba(X))


@given(seed=st.integers(0, 100))
def test_decisions_of_three_classes_are_logits(seed):
    X = rows(seed, 10)

    logits = FITTED[3].decision_function(X)

    assert logits.shape == (10, 3)
    np.testing.assert_allclose(softmax(logits, axis=1), FITTED[3].predict_proba(X))
    np.testing.assert_allclose(
        log_softmax(logits, axis=1), FITTED[3].predict_log_proba(X)
    )


@given(seed=st.integers(0, 100))
def test_the_decision_between_two_classes_is_their_log_odds(seed):
    X = rows(seed, 10)
    proba = FITTED[2].predict_proba(X)

    decision = FITTED[2].decision_function(X)

    np.testing.assert_allclose(decision, np.log(proba[:, 1] / proba[:, 0]), atol=1e-9)


def test_log_probabilities_stay_finite_where_probabilities_underflow():
    model = classifier(student=quick(max_epochs=50, lr=0.5)).fit(*THREE)
    X = 1e4 * THREE[0]

    log_proba = model.predict_log_proba(X)

    assert (model.predict_proba(X) == 0).any()
    assert np.isfinite(log_proba).all()


@pytest.mark.parametrize("method", ["predict_proba", "decision_function"])
def test_answers_are_float64_arrays(method):
    for student in (quick(), quick(batch_size=16)):
        answer = getattr(classifier(student=student).fit(*THREE), method)(THREE[0])

        assert type(answer) is np.ndarray
        assert answer.dtype == np.float64


def test_the_score_is_the_accuracy():
    X, y = THREE
    weight = np.linspace(0, 1, len(y))
    said = FITTED[3].predict(X)

    assert FITTED[3].score(X, y) == accuracy_score(y, said)
    assert FITTED[3].score(X, y, weight) == accuracy_score(
        y, said, sample_weight=weight
    )


# --- Labels ---------------------------------------------------------------------------

# Each keeps the order of 0, 1, 2, so that nothing but the names may differ.
NAMES = {
    "shifted": [7, 8, 9],
    "with gaps": [-5, 0, 1000],
    "floats": [-1.0, 0.0, 2.0],
    "large": [2**40, 2**40 + 1, 2**41],
    "words": ["eggs", "ham", "spam"],
    "words of many lengths": ["a", "aa", "b" * 40],
    "numeric words": ["1", "10", "2"],
    "unicode": ["a", "ß", "€"],
    "int8": np.array([-128, 0, 127], np.int8),
    "uint8": np.array([0, 1, 255], np.uint8),
    "objects": np.array(["eggs", "ham", "spam"], object),
    "big-endian": np.array([1, 2, 3], ">i4"),
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_labels_are_names_and_nothing_more(names):
    X, y = THREE
    names = np.asarray(names)

    model = classifier().fit(X, names[y])

    assert np.array_equal(outputs(model, X), outputs(FITTED[3], X))
    assert model.predict(X).tolist() == names[FITTED[3].predict(X)].tolist()
    assert model.classes_.tolist() == names.tolist()
    assert model.predict(X).dtype == names.dtype


def test_two_labels_may_be_true_and_false():
    X, y = TWO

    model = classifier().fit(X, y == 1)

    assert model.predict(X).dtype == bool
    assert np.array_equal(outputs(model, X), outputs(FITTED[2], X))


@pytest.mark.parametrize("kind", ["category", "string", "object"])
def test_labels_may_be_a_series_of_words(kind):
    pandas = pytest.importorskip("pandas")
    X, y = THREE
    names = np.array(["eggs", "ham", "spam"])

    model = classifier().fit(X, pandas.Series(names[y]).astype(kind))

    assert model.classes_.tolist() == names.tolist()
    assert np.array_equal(outputs(model, X), outputs(FITTED[3], X))


def test_classes_are_sorted_and_not_in_the_order_of_appearance():
    X, y = THREE
    order = np.argsort(-y, kind="stable")

    names = np.array(["x", "a", "m"])
    student = quick(hidden=(16,), max_epochs=100, lr=0.03)

    model = classifier(student=student).fit(X[order], names[y[order]])

    assert model.classes_.tolist() == ["a", "m", "x"]
    assert model.score(X, names[y]) > 0.8


def test_renaming_classes_permutes_the_columns():
    """Agreement, and not equality: the columns start from other weights."""
    X, y = blobs(90)
    y_new = (y + 1) % 3
    student = quick(hidden=(16,), max_epochs=150, lr=0.03)

    before = classifier(student=student).fit(X, y).predict_proba(X)
    after = classifier(student=student).fit(X, y_new).predict_proba(X)

    assert agreement(before.argmax(1), np.roll(after, -1, axis=1).argmax(1)) > 0.95


def test_a_linear_student_does_not_know_one_class_from_another():
    """It starts at one point for all classes and learns a convex loss."""
    X, y = blobs(90)
    teacher = GaussianNB()
    student = StudentNet(hidden=(), max_epochs=800, lr=0.1)

    before = classifier(teacher, student).fit(X, y).predict_proba(X)
    after = classifier(teacher, student).fit(X, (y + 1) % 3).predict_proba(X)

    np.testing.assert_allclose(np.roll(after, -1, axis=1), before, atol=1e-2)


def test_a_column_of_labels_is_warned_about():
    X, y = THREE

    with pytest.warns(DataConversionWarning, match="column-vector"):
        model = classifier().fit(X, y[:, np.newaxis])

    assert np.array_equal(outputs(model, X), outputs(FITTED[3], X))


@pytest.mark.parametrize("y", [np.linspace(0, 1, 60), np.linspace(0, 1, 60).tolist()])
def test_values_are_no_labels(y):
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        classifier().fit(THREE[0], y)


def test_several_labels_a_row_are_refused():
    y = np.stack([THREE[1], THREE[1]], axis=1)

    with pytest.raises(ValueError, match="1d array"):
        classifier().fit(THREE[0], y)


# --- What it is -----------------------------------------------------------------------


def test_it_is_a_classifier():
    model = DistilledClassifier(GaussianNB())

    assert is_classifier(model)
    assert model.__sklearn_tags__().classifier_tags.multi_class


@pytest.mark.parametrize(
    ("teacher", "takes"),
    [
        (SVC(), True),
        (FrozenEstimator(SVC()), True),
        (GaussianNB(), False),
        ([("one", SVC()), ("other", GaussianNB())], False),
        ([("one", SVC()), ("other", SVC())], True),
        ("precomputed", True),
    ],
)
def test_it_takes_sparse_rows_where_its_teachers_do(teacher, takes):
    assert get_tags(DistilledClassifier(teacher)).input_tags.sparse is takes


def test_tags_of_a_nonsensical_teacher_raise_nothing():
    assert get_tags(DistilledClassifier(5)).estimator_type == "classifier"


def test_parameters_beyond_teacher_and_student_are_keywords():
    parameters = inspect.signature(DistilledClassifier).parameters.values()

    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]

    assert positional == ["teacher", "student"]


def test_the_default_objective_is_soft_targets():
    X, y = THREE

    explicit = classifier(objective=SoftTargets()).fit(X, y)

    by_name = classifier(objective="soft_targets").fit(X, y)
    assert np.array_equal(outputs(explicit, X), outputs(FITTED[3], X))
    assert np.array_equal(outputs(by_name, X), outputs(FITTED[3], X))


def test_an_objectives_temperature_matters():
    X, y = THREE

    hot = classifier(objective=SoftTargets(8.0)).fit(X, y)

    assert not np.allclose(outputs(hot, X), outputs(FITTED[3], X), rtol=1e-3)


def test_a_weight_of_zero_is_an_objective_that_is_not_there():
    X, y = THREE
    with_zero = SoftTargets(2.0) + 0 * LogitMatching()

    model = classifier(objective=with_zero).fit(X, y)

    without = classifier(objective=SoftTargets(2.0)).fit(X, y)
    np.testing.assert_allclose(outputs(model, X), outputs(without, X), rtol=1e-9)


def test_a_student_of_a_forest_is_nearly_as_good_on_rows_it_never_saw():
    X, X_test, y, y_test = train_test_split(
        *load_digits(n_class=4, return_X_y=True), random_state=0
    )
    forest = RandomForestClassifier(20, random_state=0)
    student = quick(hidden=(32,), max_epochs=30, lr=0.01)

    model = classifier(forest, student, soft_weight=1.0).fit(X, y)

    assert model.score(X_test, y_test) > forest.fit(X, y).score(X_test, y_test) - 0.03
