"""Labels and outputs of classes: names, weights, and what is no class."""

import numpy as np
import pytest
from distillation.doubles import blobs, outputs, quick
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_sample_weight

from sklkd import (
    ConfidencePenaltyClassifier,
    EarlyLearningClassifier,
    LabelSmoothingClassifier,
    RefinedClassifier,
    RegularizedClassifier,
)

X, Y = blobs()
SEEDED = {"random_state": 0}
# Every row alike, and no draw among rows: a weight is then a number of rows.
WEIGHED = {
    "plain": RegularizedClassifier(quick(), **SEEDED),
    "label smoothing": LabelSmoothingClassifier(quick(), **SEEDED),
    "unigram": LabelSmoothingClassifier(quick(), prior="unigram", **SEEDED),
    "confidence penalty": ConfidencePenaltyClassifier(quick(), beta=1.0, **SEEDED),
    "early learning": EarlyLearningClassifier(quick(), **SEEDED),
}
ALL = WEIGHED | {
    "early learning, a pair": EarlyLearningClassifier(
        quick(), variant="elr+", **SEEDED
    ),
    "refined": RefinedClassifier(quick(), cv=2, n_rounds=1, **SEEDED),
    "refined tree": RefinedClassifier(DecisionTreeClassifier(max_depth=2), **SEEDED),
}
weighed = pytest.mark.parametrize("model", WEIGHED.values(), ids=WEIGHED)
every = pytest.mark.parametrize("model", ALL.values(), ids=ALL)


@every
def test_it_is_a_classifier_of_any_number_of_classes(model):
    assert is_classifier(model)
    assert not model.__sklearn_tags__().classifier_tags.multi_label


@every
@pytest.mark.parametrize(
    "names",
    [[7, -3, 12], ["c", "a", "b"], [2.0, 0.0, 1.0], [True, False]],
    ids=str,
)
def test_labels_are_names_and_nothing_more(model, names):
    names = np.array(names)
    rows, y = X[len(names) > Y], Y[len(names) > Y]

    model = clone(model).fit(rows, names[y])

    assert model.classes_.tolist() == sorted(names.tolist())
    assert set(model.predict(rows).tolist()) <= set(names.tolist())
    ranks = np.argsort(np.argsort(names))
    numbered = clone(model).fit(rows, ranks[y])
    assert np.array_equal(model.decision_function(rows), outputs(numbered, rows))


@every
def test_of_two_classes_the_decision_is_their_log_odds(model):
    rows, y = X[Y < 2], Y[Y < 2]

    model = clone(model).fit(rows, y)

    proba = model.predict_proba(rows)
    odds = model.decision_function(rows)
    np.testing.assert_allclose(odds, np.log(proba[:, 1] / proba[:, 0]), rtol=1e-5)
    assert np.array_equal(model.predict(rows), (odds > 0).astype(int))


@every
def test_one_class_is_too_few(model):
    with pytest.raises(ValueError, match="classes") as caught:
        clone(model).fit(X, ["elm"] * 60)

    assert str(caught.value) == (
        f"{type(model).__name__} needs samples of at least 2 classes in y, got 1 "
        "class: 'elm'."
    )


# --- Weights --------------------------------------------------------------------------


@weighed
@settings(max_examples=8)
@given(seed=st.integers(0, 99))
def test_a_weight_of_two_is_the_row_twice_and_of_zero_none(model, seed):
    weight = np.random.default_rng(seed).integers(0, 3, 60)
    rows = np.repeat(np.arange(60), weight)

    by_weight = clone(model).fit(X, Y, weight)
    repeated = clone(model).fit(X[rows], Y[rows])

    np.testing.assert_allclose(
        by_weight.predict_proba(X), repeated.predict_proba(X), rtol=1e-7
    )


@every
def test_a_unit_of_weights_is_no_matter(model):
    weight = np.random.default_rng(0).uniform(0.5, 2, 60)

    one, other = (clone(model).fit(X, Y, unit * weight) for unit in (1.0, 2.0**20))

    np.testing.assert_allclose(
        one.predict_proba(X), other.predict_proba(X), rtol=1e-6, atol=1e-9
    )


@every
@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0, 1: 0.5}])
def test_class_weights_are_weights_of_rows(model, class_weight):
    rows, y = X[5:], np.where(Y[5:] == 2, 1, Y[5:])

    by_class = clone(model).set_params(class_weight=class_weight).fit(rows, y)

    by_row = clone(model).fit(rows, y, compute_sample_weight(class_weight, y))
    np.testing.assert_allclose(
        by_class.predict_proba(rows), by_row.predict_proba(rows), rtol=1e-6, atol=1e-9
    )


@every
def test_weights_of_classes_that_leave_no_row_are_refused(model):
    model = clone(model).set_params(class_weight={0: 0, 1: 0, 2: 0})

    with pytest.raises(ValueError, match="class_weight") as caught:
        model.fit(X, Y)

    assert str(caught.value) == (
        f"{type(model).__name__}: class_weight must leave a class with a weight above "
        "0, got {0: 0, 1: 0, 2: 0}."
    )


@every
@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_weights_of_classes_that_are_none_are_refused(model, wrong):
    model = clone(model).set_params(class_weight={0: wrong})

    with pytest.raises(ValueError, match="class_weight must have finite weights that"):
        model.fit(X, Y)


@every
def test_a_class_of_weight_zero_is_known_and_not_learnt(model):
    model = clone(model).set_params(class_weight={0: 0.0, 1: 1.0, 2: 1.0}).fit(X, Y)

    assert model.classes_.tolist() == [0, 1, 2]
    assert np.isfinite(model.predict_log_proba(X)).all()


@every
@pytest.mark.parametrize(
    ("weight", "sentence"),
    [
        (np.zeros(60), "must have a weight that is not zero, got 60 zeros."),
        (-np.ones(60), "must not be negative, got -1."),
        (
            np.ones((60, 1)),
            "must have the shape (60,), a weight for each row, got (60, 1).",
        ),
    ],
)
def test_weights_that_are_none_are_refused(model, weight, sentence):
    with pytest.raises(ValueError, match="sample_weight") as caught:
        clone(model).fit(X, Y, weight)

    assert str(caught.value) == f"{type(model).__name__}: sample_weight {sentence}"


@every
def test_a_word_for_class_weights_that_is_unknown_is_refused(model):
    with pytest.raises(ValueError, match="class_weight") as caught:
        clone(model).set_params(class_weight="balance").fit(X, Y)

    assert str(caught.value) == (
        f"{type(model).__name__}: class_weight must be one of 'balanced', got "
        "'balance'. Did you mean 'balanced'?"
    )
