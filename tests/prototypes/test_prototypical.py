"""Prototypical networks as an estimator: class means, students, and what is refused."""

import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

from sklkd import DistilledClassifier, StudentNet
from sklkd.prototypes import PrototypicalClassifier

X, Y = load_iris(return_X_y=True)
QUICK = StudentNet(max_epochs=15, balanced_batches=True)


def quick(**params):
    return PrototypicalClassifier(QUICK, random_state=0, **params)


def test_it_learns_and_repeats_itself():
    first, second = quick().fit(X, Y), quick().fit(X, Y)

    assert first.score(X, Y) > 0.9
    assert np.array_equal(first.predict_proba(X), second.predict_proba(X))


def test_a_class_is_the_mean_of_the_codes_of_its_rows():
    model = quick().fit(X, Y)
    module = model.net_.module_
    codes = model.student_.through(X, module.encoder).numpy()

    expected = [codes[label == Y].mean(axis=0) for label in range(3)]

    np.testing.assert_allclose(module.means.double().numpy(), expected, rtol=1e-5)


def test_the_nearest_mean_is_predicted_with_the_softmax_of_distances():
    model = quick().fit(X, Y)

    distances = model.transform(X)

    assert np.array_equal(model.predict(X), distances.argmin(axis=1))
    proba = np.exp(-distances)
    proba /= proba.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(X), proba, rtol=1e-6, atol=1e-12)


def test_rows_of_weight_zero_are_not_there():
    weight = np.r_[np.ones(120), np.zeros(30)]
    rows = np.random.default_rng(0).permutation(150)
    noisy = Y[rows].copy()
    noisy[120:] = 0

    weighed = quick().fit(X[rows], noisy, weight)
    without = quick().fit(X[rows][:120], noisy[:120])

    np.testing.assert_allclose(
        weighed.predict_proba(X), without.predict_proba(X), atol=1e-6
    )


def test_it_is_a_student_of_a_forest():
    teacher = RandomForestClassifier(20, random_state=0)
    model = DistilledClassifier(
        teacher, quick(), soft_weight=0.5, transfer_set=None, random_state=0
    )

    assert model.fit(X, Y).score(X, Y) > 0.9


def test_a_student_with_a_module_is_refused():
    model = clone(quick()).set_params(student=StudentNet("module"))
    sentence = "student must be None or a StudentNet without a module"

    with pytest.raises(TypeError, match=re.escape(sentence)):
        model.fit(X, Y)
