"""Components: detections, reasoning and scores, by numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prototypes.networks import NAMES, X, Y, network, quick, rows, standardised
from sklearn.metrics.pairwise import cosine_similarity

from sklkd import StudentNet


def scores(detected, reasoning):
    """What a class has of what matters to it: (n, p), (3, p, k) -> (n, k)."""
    positive, negative = reasoning[:2]
    right = detected @ positive + (1 - detected) @ negative
    return right / (positive + negative).sum(axis=0)


def in_network_units(model):
    return (model.components_ - X.mean(axis=0)) / X.std(axis=0)


@settings(max_examples=5)
@given(st.integers(0, 1000))
def test_scores_are_the_share_of_what_matters_that_is_as_it_shall_be(seed):
    values, y = rows(seed)
    model = network("components").fit(values, NAMES[y])

    expected = scores(model.transform(values), model.reasoning_)

    found = np.exp(model.decision_function(values))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert (found >= 0).all()
    assert (found <= 1).all()
    np.testing.assert_allclose(
        model.predict_proba(values), expected / expected.sum(axis=1, keepdims=True)
    )


def test_reasoning_is_a_distribution_for_each_component_and_class():
    model = network("components").fit(X, Y)

    assert model.reasoning_.shape == (3, 4, 3)
    assert (model.reasoning_ >= 0).all()
    np.testing.assert_allclose(model.reasoning_.sum(axis=0), 1)


def test_a_component_is_detected_by_its_distance():
    model = network("components", sigma=0.7).fit(X, Y)
    gaps = standardised(X)[:, None] - in_network_units(model)

    expected = np.exp(-np.square(gaps).sum(axis=2) / (2 * 0.7**2))

    np.testing.assert_allclose(model.transform(X), expected, rtol=1e-9)


def test_a_component_is_detected_by_its_direction():
    model = network("components", detection="cosine").fit(X, Y)

    expected = cosine_similarity(standardised(X), in_network_units(model)).clip(0)

    np.testing.assert_allclose(model.transform(X), expected, atol=1e-9)


def test_the_loss_is_what_the_score_of_the_label_lacks_of_the_margin():
    still = quick(max_epochs=1, lr=1e-12)

    model = network("components", student=still, margin=0.5).fit(X, Y)

    found = np.exp(model.decision_function(X))
    own = found[np.arange(len(X)), Y]
    found[np.arange(len(X)), Y] = -np.inf
    expected = np.maximum(0, found.max(axis=1) - own + 0.5).mean()
    np.testing.assert_allclose(model.history_[0]["label"], expected)


def test_fewer_components_than_classes_are_enough():
    student = quick(max_epochs=150)

    model = network("components", student=student, n_components=2).fit(X, Y)

    assert model.components_.shape == (2, 4)
    assert model.score(X, Y) > 0.8


def test_components_start_at_centres_of_rows():
    still = quick(max_epochs=1, lr=1e-12)

    model = network("components", student=still, n_components=1).fit(X, Y)

    np.testing.assert_allclose(model.components_, X.mean(axis=0)[None])


@pytest.mark.parametrize(
    ("name", "value", "interval"),
    [
        ("n_components", 0, "an integer in [1, inf)"),
        ("n_components", 2.0, "an integer in [1, inf)"),
        ("n_components", None, "an integer in [1, inf)"),
        ("margin", 0, "a real number in (0, 1]"),
        ("margin", -0.1, "a real number in (0, 1]"),
        ("margin", 1.1, "a real number in (0, 1]"),
        ("sigma", 0, "a real number in (0, inf)"),
        ("sigma", -1, "a real number in (0, inf)"),
        ("sigma", np.nan, "a real number in (0, inf)"),
    ],
)
def test_a_parameter_out_of_range_is_refused(name, value, interval):
    with pytest.raises((TypeError, ValueError)) as caught:
        network("components", **{name: value}).fit(X, Y)

    assert str(caught.value) == (
        f"ComponentsClassifier: {name} must be {interval}, got {value!r}."
    )


def test_a_detection_that_is_unknown_is_refused():
    with pytest.raises(ValueError, match=r"detection must be one of 'rbf', 'cosine'"):
        network("components", detection="rfb").fit(X, Y)


def test_there_may_be_no_more_components_than_rows():
    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        network("components", n_components=20).fit(
            X, Y, sample_weight=np.arange(len(X)) % 3 == 0
        )

    assert str(caught.value) == (
        "ComponentsClassifier: n_components must be at most the number of rows, got 20 "
        "for 17 rows."
    )


def test_a_training_that_diverges_is_no_model():
    student = StudentNet(max_epochs=3, lr=1e300, optimizer__eps=1e-300)
    model = network("components").fit(X, Y)
    before = model.components_.copy()

    with pytest.raises(Exception, match=r"diverged|too large"):
        model.set_params(student=student).fit(X, Y)

    np.testing.assert_array_equal(model.components_, before)
