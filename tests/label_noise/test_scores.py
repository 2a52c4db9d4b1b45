"""What is thought of each label: shares, the likeliest class, and doubt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.label_noise._scores import noise_report

WORDS = np.array(["elm", "fir", "oak"])


def test_by_hand():
    proba = np.array([[3.0, 1.0, 0.0], [0.1, 0.1, 0.3]])

    report = noise_report(proba, WORDS, np.array(["fir", "oak"]))

    np.testing.assert_allclose(
        report["label_distributions_"], [[0.75, 0.25, 0.0], [0.2, 0.2, 0.6]]
    )
    assert report["transduction_"].tolist() == ["elm", "oak"]
    np.testing.assert_allclose(report["label_noise_score_"], [0.75, 0.4])


@given(n=st.integers(1, 9), k=st.integers(2, 5), seed=st.integers(0, 99))
def test_scores_are_doubts_in_the_given_labels(n, k, seed):
    draws = np.random.default_rng(seed)
    proba = draws.uniform(size=(n, k)) ** 4 + 1e-12
    classes = np.sort(draws.choice(100, k, replace=False))
    y = draws.choice(classes, n)

    report = noise_report(proba, classes, y)

    shares = report["label_distributions_"]
    np.testing.assert_allclose(shares.sum(1), 1)
    score = report["label_noise_score_"]
    assert ((score >= 0) & (score <= 1)).all()
    own = (shares * (classes == y[:, None])).sum(1)
    np.testing.assert_allclose(score, 1 - own, atol=1e-12)
    assert (shares.max(1) >= own).all()


@pytest.mark.parametrize("label", ["ash", "gum", "zelkova"])
def test_a_label_that_is_no_class_is_in_full_doubt(label):
    """Whether it would stand before, between or after the others."""
    report = noise_report(np.full((1, 3), 1 / 3), WORDS, np.array([label]))

    assert report["label_noise_score_"].tolist() == [1.0]
    assert report["transduction_"].tolist() == ["elm"]


def test_what_was_given_is_left_alone():
    proba = np.array([[2.0, 2.0]])

    noise_report(proba, np.array([0, 1]), np.array([0]))

    assert proba.tolist() == [[2.0, 2.0]]
