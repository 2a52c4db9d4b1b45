"""GLVQ: the relative gap of two distances, by numpy."""

import numpy as np
from prototypes.networks import X, Y, network, quick, standardised
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestCentroid

from sklkd.prototypes import GLVQClassifier


def relative_gap(distances, y, owners):
    """1 + (d+ - d-) / (d+ + d-): (n, p), (n,), (p,) -> (n,)."""
    own = owners == y[:, None]
    right = np.where(own, distances, np.inf).min(axis=1)
    wrong = np.where(own, np.inf, distances).min(axis=1)
    return 1 + (right - wrong) / (right + wrong)


def test_the_loss_is_the_weighted_mean_of_relative_gaps():
    weight = np.random.default_rng(0).random(len(X))
    still = quick(max_epochs=1, lr=1e-12)

    model = network("glvq", student=still, n_prototypes=1).fit(X, Y, weight)

    share = weight / weight.sum()
    mean = share @ X
    scaled = (X - mean) / np.sqrt(share @ np.square(X - mean))
    means = [
        np.average(scaled[k == Y], axis=0, weights=share[k == Y]) for k in (0, 1, 2)
    ]
    distances = cdist(scaled, means, "sqeuclidean")
    expected = share @ relative_gap(distances, Y, np.arange(3))
    np.testing.assert_allclose(model.history_[0]["train_loss"], expected)
    np.testing.assert_allclose(model.history_[0]["label"], expected)


def test_before_training_it_is_the_nearest_centroid():
    still = quick(max_epochs=1, lr=1e-12)

    model = network("glvq", student=still, n_prototypes=1).fit(X, Y)

    centroid = NearestCentroid().fit(standardised(X), Y)
    np.testing.assert_array_equal(model.predict(X), centroid.predict(standardised(X)))


def test_decisions_are_minus_the_distance_to_each_class():
    model = network("glvq").fit(X, Y)

    by_class = model.transform(X).reshape(len(X), 3, 2).min(axis=2)

    np.testing.assert_allclose(model.decision_function(X), -by_class)


def test_a_row_on_a_prototype_has_its_label_and_the_distance_zero():
    model = network("glvq").fit(X, Y)

    distances = model.transform(model.prototypes_)

    np.testing.assert_allclose(np.diag(distances), 0, atol=1e-20)
    np.testing.assert_array_equal(
        model.predict(model.prototypes_), model.prototype_labels_
    )


def test_rows_far_away_are_still_told_apart():
    model = network("glvq").fit(X, Y)

    why = model.explain(1e8 * X)

    assert np.isfinite(why.gap).all()
    np.testing.assert_array_equal(why.predicted, model.predict(1e8 * X))


def test_as_it_comes_it_is_better_than_centroids_on_its_rows():
    model = GLVQClassifier(random_state=0).fit(X, Y)

    assert model.score(X, Y) >= 0.88
    assert model.prototypes_.shape == (3, 4)
