"""Fidelity against scikit-learn's and scipy's numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy
from sklearn.metrics import accuracy_score, r2_score

from sklkd.surrogates._fidelity import explained, fidelity_of


def drawn(seed, n=40, k=3):
    rng = np.random.default_rng(seed)
    return rng, rng.dirichlet(np.ones(k), n), rng.dirichlet(np.ones(k), n)


def measured(said, own, target, weight=None, *, is_classifier=True):
    weight = np.ones(len(said)) if weight is None else weight
    return fidelity_of(said, own, target, weight, is_classifier=is_classifier, seed=0)


@given(st.integers(0, 1000))
def test_numbers_are_those_of_scikit_learn_and_scipy(seed):
    rng, said, own = drawn(seed)
    target, weight = rng.integers(0, 3, 40), rng.uniform(0.1, 3, 40)
    found = measured(said, own, target, weight)
    labels, guess = said.argmax(axis=1), own.argmax(axis=1)
    assert found.value == pytest.approx(
        accuracy_score(labels, guess, sample_weight=weight)
    )
    assert found.score == pytest.approx(
        accuracy_score(target, guess, sample_weight=weight)
    )
    assert found.teacher_score == pytest.approx(
        accuracy_score(target, labels, sample_weight=weight)
    )
    assert found.divergence == pytest.approx(
        np.average(entropy(said, own, axis=1), weights=weight)
    )
    assert found.interval[0] <= found.value <= found.interval[1]


def test_a_teacher_is_faithful_to_itself():
    _, said, _ = drawn(0)
    found = measured(said, said, said.argmax(axis=1))
    assert (found.value, found.interval, found.r2) == (1.0, (1.0, 1.0), 1.0)
    assert found.divergence == pytest.approx(0, abs=1e-15)


def test_fidelity_of_values_is_explained_variance():
    rng = np.random.default_rng(0)
    said, own = rng.normal(size=(30, 1)), rng.normal(size=(30, 1))
    found = measured(said, own, said, is_classifier=False)
    assert found.value == pytest.approx(r2_score(said, own))
    assert found.divergence is None
    assert found.interval[0] < found.value < found.interval[1]


def test_a_constant_is_explained_by_itself_alone():
    constant, weight = np.full((5, 1), 3.0), np.ones(5)
    assert explained(constant, constant, weight) == 1
    assert explained(constant, constant + 1, weight) == 0


def test_the_interval_narrows_with_the_root_of_the_rows():
    rng, widths = np.random.default_rng(0), []
    for n in (100, 1600):
        said = np.eye(2)[rng.integers(0, 2, n)]
        own = np.where(rng.random((n, 1)) < 0.8, said, 1 - said)
        low, high = measured(said, own, said.argmax(axis=1)).interval
        widths.append(high - low)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.3)
    assert widths[0] == pytest.approx(2 * 1.96 * 0.04, rel=0.3)  # of a binomial


def test_a_fidelity_reads_as_a_sentence():
    said = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert str(measured(said, said, np.array([0, 0]))) == (
        "fidelity 1.000 [1.000, 1.000], score 0.500, of the teacher 0.500, on 2 "
        "held-out rows"
    )
