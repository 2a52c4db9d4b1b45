"""Explanations: what prototypes contribute adds up to what the network computes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prototypes.networks import EVERY, NAMES, X, Y, network, quick, rows
from scipy.special import softmax

from sklkd.prototypes import Explanation
from sklkd.prototypes._explanation import best_two

LABELS = np.append(NAMES, "doum")
SEEDS = st.integers(0, 10_000)
every = pytest.mark.parametrize("name", EVERY)

# From logits to the scores whose gaps are explained.
SCORES = dict.fromkeys(EVERY, lambda logits: logits) | {
    "rslvq": lambda logits: softmax(logits, axis=1),
    "components": np.exp,
    "robust": np.exp,
}


def explanation(contributions, offset=0.0):
    n = len(contributions)
    labels = np.zeros(n, dtype=int)
    return Explanation(
        labels, labels + 1, np.array(contributions), np.full(n, float(offset))
    )


def test_the_gap_is_the_sum_of_contributions_and_what_there_is_besides():
    why = explanation([[1.0, -0.25, 0.0], [2.0, 2.0, -1.0]], offset=0.5)

    np.testing.assert_array_equal(why.gap, [1.25, 3.5])


def test_decisive_prototypes_come_by_their_contribution_and_then_by_position():
    why = explanation([[0.0, 3.0, -4.0, 3.0], [1.0, 1.0, 1.0, 1.0]])

    np.testing.assert_array_equal(why.decisive(), [[1], [0]])
    np.testing.assert_array_equal(why.decisive(3), [[1, 3, 0], [0, 1, 2]])


def test_an_explanation_stays_as_it_is():
    with pytest.raises(AttributeError):
        explanation([[1.0]]).offset = 3


@given(SEEDS, st.integers(2, 5))
def test_the_best_two_are_the_highest_and_the_next(seed, n_classes):
    scores = np.random.default_rng(seed).integers(0, 4, (20, n_classes)).astype(float)

    first, second = best_two(scores)

    ordered = np.sort(scores, axis=1)
    at = np.arange(20)
    np.testing.assert_array_equal(scores[at, first], ordered[:, -1])
    np.testing.assert_array_equal(scores[at, second], ordered[:, -2])
    np.testing.assert_array_equal(first, scores.argmax(axis=1))
    assert (first != second).all()


@every
@settings(max_examples=4)
@given(SEEDS, st.integers(2, 4))
def test_contributions_add_up_to_the_gap_between_the_two_best_classes(
    name, seed, n_classes
):
    values, y = rows(seed, n_classes=n_classes)
    student = quick(max_epochs=3, lr=0.02)
    model = network(name, student=student).fit(values, LABELS[y])
    asked = rows(seed + 1)[0]

    why = model.explain(asked)

    logits = model._logits(asked).numpy()
    scores = SCORES[name](logits)
    ordered = np.sort(scores, axis=1)
    np.testing.assert_array_equal(why.predicted, model.predict(asked))
    np.testing.assert_allclose(
        why.gap, ordered[:, -1] - ordered[:, -2], rtol=1e-6, atol=1e-9
    )


@every
def test_the_rival_is_the_class_with_the_next_best_score(name):
    model = network(name).fit(X, Y)

    why = model.explain(X)

    order = np.argsort(model.decision_function(X), axis=1)
    np.testing.assert_array_equal(why.predicted, order[:, -1])
    np.testing.assert_array_equal(why.rival, order[:, -2])
    assert why.contributions.shape == model.transform(X).shape
    assert (why.gap >= 0).all()


@every
def test_of_two_classes_the_gap_is_the_size_of_the_decision(name):
    two = Y > 0
    model = network(name).fit(X[two], Y[two])

    why = model.explain(X[two])

    proba = model.predict_proba(X[two])
    assert (np.sign(why.gap) == np.sign(np.abs(proba[:, 1] - proba[:, 0]))).all()
    np.testing.assert_array_equal(np.sort([why.predicted, why.rival], axis=0)[0], 1)


@every
def test_in_single_precision_what_is_explained_is_still_what_is_predicted(name):
    student = quick(dtype="float32", max_epochs=2)
    model = network(name, student=student).fit(X, Y)
    between = np.repeat(X[Y == 1].mean(axis=0)[None], 50, axis=0)
    between += 1e-7 * np.random.default_rng(0).normal(size=between.shape)

    why = model.explain(between)

    np.testing.assert_array_equal(why.predicted, model.predict(between))
