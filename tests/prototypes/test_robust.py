"""Robust components: scores by numpy, and no move inside a radius changes a class."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prototypes.networks import NAMES, WORDS, X, Y, network, quick, rows
from sklearn.exceptions import NotFittedError

INSIDE = 0.999


def detections(model, values):
    """exp(-|x - w| / sigma) in standardised columns: (n, p)."""
    mean, scale = X.mean(axis=0), X.std(axis=0)
    gaps = (values - mean)[:, None] / scale - (model.components_ - mean) / scale
    return np.exp(-np.linalg.norm(gaps, axis=2) / model.sigma)


def moved(model, values, radius, unit, *, seed, towards):
    """Rows at a share of their radius, at random or along a line: (n, d)."""
    scale = unit if np.ndim(unit) else np.full(values.shape[1], unit)
    if towards is None:
        way = np.random.default_rng(seed).normal(size=values.shape)
    else:
        way = (towards - values) / scale
    length = np.linalg.norm(way, axis=1, keepdims=True)
    way = np.divide(way, length, out=np.zeros_like(way), where=length > 0)
    return values + INSIDE * radius[:, None] * way * scale


def flips(model, values, radius, unit, seed):
    """How many rows change their class by a move of less than their radius."""
    radius = np.where(np.isinf(radius), 1e6, radius)
    before, n_flips = model.predict(values), 0
    # At random, to every component, and away from it: what an attack would follow.
    goals = [None] * 10 + [*model.components_]
    goals += [2 * values - component for component in model.components_]
    for number, goal in enumerate(goals):
        far = moved(model, values, radius, unit, seed=seed + number, towards=goal)
        n_flips += int((model.predict(far) != before).sum())
    return n_flips


@pytest.mark.parametrize("loss", ["margin", "radius"])
@settings(max_examples=6)
@given(seed=st.integers(0, 10_000), sigma=st.sampled_from([None, 0.3, 2.0]))
def test_no_move_inside_the_radius_changes_the_class(loss, seed, sigma):
    values, y = rows(seed)
    model = network("robust", loss=loss, sigma=sigma, n_components=5)
    model.fit(values, NAMES[y])
    asked = np.vstack([values, rows(seed + 1)[0], model.components_])

    standardised = model.certified_radius(asked)
    original = model.certified_radius(asked, unit="original")

    assert flips(model, asked, standardised, values.std(axis=0), seed) == 0
    assert flips(model, asked, original, 1.0, seed) == 0


def test_the_radius_is_reached_where_there_is_one_line_and_two_components():
    """Between two components on a line the border is half way, and the bound exact."""
    values = np.repeat([[0.0], [10.0]], 10, axis=0)
    y = np.repeat([0, 1], 10)
    model = network("robust", n_components=2, sigma=1.0).fit(values, y)
    asked = np.array([[1.0], [9.0]])

    radius = model.certified_radius(asked, unit="original")

    # Detections are swapped at 5, where both classes have the same score.
    found = model.predict(asked + 1.05 * radius[:, None] * [[1.0], [-1.0]])
    assert found.tolist() == [1, 0]
    assert (radius > 0).all()


def test_the_radius_of_the_predicted_class_is_positive():
    model = network("robust", student=quick(max_epochs=60)).fit(X, Y)

    assert (model.certified_radius(X) > 0).all()


def test_an_original_unit_is_the_least_standard_deviation():
    model = network("robust").fit(X, Y)

    np.testing.assert_allclose(
        model.certified_radius(X, unit="original"),
        model.certified_radius(X) * X.std(axis=0).min(),
    )


def test_without_standardising_both_units_are_the_same():
    model = network("robust", student=quick(standardize=False)).fit(X, Y)

    np.testing.assert_array_equal(
        model.certified_radius(X, unit="original"), model.certified_radius(X)
    )


def test_a_constant_column_may_move_as_far_as_it_likes():
    padded = np.column_stack([X, np.ones(len(X))])
    model = network("robust").fit(padded, Y)
    far = padded + np.array([0, 0, 0, 0, 1e6])

    np.testing.assert_array_equal(model.predict(far), model.predict(padded))
    np.testing.assert_allclose(
        model.certified_radius(padded, unit="original"),
        model.certified_radius(padded) * X.std(axis=0).min(),
    )


def test_where_all_columns_are_constant_no_move_matters():
    model = network("robust", n_components=1).fit(np.ones((6, 2)), [0, 0, 0, 0, 1, 1])

    assert np.isposinf(model.certified_radius(np.ones((2, 2)), unit="original")).all()


def test_a_class_that_no_move_can_beat_has_an_infinite_radius():
    """One component that every class wants to see alike tells nothing apart."""
    model = network("robust", n_components=1).fit(X, Y)
    module = model.net_.module_
    module.evidence.data[:] = 0.0
    module.evidence.data[1, 0, 1] = -50.0  # this one hardly minds its absence
    module.evidence.data[1, 0, 0] = module.evidence.data[1, 0, 2] = 50.0

    near = model.certified_radius(model.components_)

    assert np.isfinite(near[model.predict(model.components_) == 1]).all()
    far = model.certified_radius(model.components_ + 1e3)
    assert np.isfinite(far).all()
    module.evidence.data[:, 0] = 0.0
    module.evidence.data[0, 0, 2] = 9.0
    module.prototypes.data[:] = 0.0
    assert not np.isnan(model.certified_radius(X)).any()


def test_the_radius_of_a_frame_of_words_is_one_of_the_columns_that_were_made():
    table = pd.DataFrame({"size": X[:, 0], "colour": np.where(Y == 0, "red", "blue")})
    model = network("robust").fit(table, WORDS)

    assert (model.certified_radius(table) >= 0).all()
    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        model.certified_radius(table, unit="original")
    assert str(caught.value) == (
        "RobustPrototypeClassifier.certified_radius: unit must be 'standardized' where "
        "X has columns that are not numbers, got 'original'."
    )


def test_a_frame_of_numbers_has_its_own_unit():
    table = pd.DataFrame(X, columns=list("abcd"))

    model = network("robust").fit(table, Y)

    assert (model.certified_radius(table, unit="original") >= 0).all()


def test_a_unit_that_is_unknown_is_refused():
    model = network("robust").fit(X, Y)

    with pytest.raises(
        ValueError, match=r"unit must be one of 'standardized', 'original', got 'cm'"
    ):
        model.certified_radius(X, unit="cm")


def test_there_is_no_radius_before_the_training():
    with pytest.raises(NotFittedError):
        network("robust").certified_radius(X)


@settings(max_examples=5)
@given(st.sampled_from([0.5, 1.0, 4.0]))
def test_scores_are_what_is_there_and_shall_be_and_what_is_not_and_shall_not(sigma):
    model = network("robust", sigma=sigma).fit(X, Y)
    detected = detections(model, X)
    positive, negative = model.reasoning_

    expected = detected @ positive + (1 - detected) @ negative

    np.testing.assert_allclose(model.transform(X), detected, rtol=1e-9)
    np.testing.assert_allclose(np.exp(model.decision_function(X)), expected, rtol=1e-9)
    assert (expected >= 0).all()
    assert (expected <= 1).all()


def test_reasoning_is_one_distribution_for_each_class():
    model = network("robust").fit(X, Y)

    assert model.reasoning_.shape == (2, 4, 3)
    assert (model.reasoning_ >= 0).all()
    np.testing.assert_allclose(model.reasoning_.sum(axis=(0, 1)), 1)


def test_the_loss_of_the_margin_is_what_scores_lack():
    still = quick(max_epochs=1, lr=1e-12)

    model = network("robust", student=still, margin=0.3).fit(X, Y)

    found = np.exp(model.decision_function(X))
    own = found[np.arange(len(X)), Y]
    found[np.arange(len(X)), Y] = -np.inf
    expected = np.maximum(0, found.max(axis=1) - own + 0.3).mean()
    np.testing.assert_allclose(model.history_[0]["label"], expected)


def test_the_loss_of_the_radius_is_what_certified_radii_lack():
    still = quick(max_epochs=1, lr=1e-12)

    model = network("robust", student=still, loss="radius", gamma=0.8).fit(X, Y)

    right = model.predict(X) == Y
    lack = np.maximum(0, 0.8 - model.certified_radius(X))[right]
    total = model.history_[0]["certified_radius"] * len(X)
    assert total >= lack.sum() + 0.8 * (~right).sum() - 1e-9
    assert "label" not in model.history_[0]


def test_training_for_radii_makes_them_larger():
    student = quick(max_epochs=60)

    plain = network("robust", student=student, sigma=1.0).fit(X, Y)
    robust = network("robust", student=student, sigma=1.0, loss="radius", gamma=1.0)
    robust.fit(X, Y)

    def certified(model):
        return np.where(model.predict(X) == Y, model.certified_radius(X), 0).mean()

    assert certified(robust) > certified(plain)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gamma", 0),
        ("gamma", -1.0),
        ("gamma", np.inf),
        ("gamma", "1"),
        ("sigma", 0),
        ("sigma", -1.0),
        ("margin", 0),
        ("margin", -1),
    ],
)
def test_a_parameter_out_of_range_is_refused(name, value):
    with pytest.raises(
        (TypeError, ValueError),
        match=rf"^RobustPrototypeClassifier: {name} must be a real number in \(0, ",
    ):
        network("robust", **{name: value}).fit(X, Y)


def test_a_loss_that_is_unknown_is_refused():
    with pytest.raises(ValueError, match=r"loss must be one of 'margin', 'radius'"):
        network("robust", loss="margins").fit(X, Y)
