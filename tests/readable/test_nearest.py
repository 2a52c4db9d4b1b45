"""Prototypes: distances by hand and by scipy, and what follows from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readable.random_models import nearests, rows
from scipy.spatial.distance import cdist

from sklkd.readable import Column, Feature, NearestModel

COLUMNS = (Column("age", 0), Column("degree", 1, ("a", "b")), Column("hours", 2))
FEATURES = (Feature(0, fill=1.0), Feature(1, 0), Feature(1, 1))


def model_of(prototypes, metrics, owners=(0, 1), features=FEATURES):
    names = ("no", "yes")
    return NearestModel(COLUMNS, names, names, features, prototypes, owners, metrics)


IDENTITY = tuple(map(tuple, np.eye(3).tolist()))
TWO = ((0.0, 1.0, 0.0), (3.0, 0.0, 1.0))


def test_a_distance_by_hand():
    """(1 - 0)^2 with b for a: 1 + 1 + 1; and (1 - 3)^2 with the same category: 4."""
    Z = np.array([[1.0, 1.0, 99.0], [np.nan, np.nan, np.nan]])

    found = model_of(TWO, (IDENTITY,)).distances(Z)

    np.testing.assert_allclose(found, [[3, 4], [2, 5]])


@given(st.data())
def test_distances_with_one_metric_are_those_of_mapped_rows(data):
    model = data.draw(nearests())
    Z = data.draw(rows(model))
    features = np.stack([feature.of(Z) for feature in model.features], axis=1)
    metrics = np.array(model.metrics)

    for i, prototype in enumerate(np.array(model.prototypes)):
        omega = metrics[min(i, len(metrics) - 1)]
        mapped = cdist(features @ omega.T, [omega @ prototype], "sqeuclidean")[:, 0]
        size = np.square(features @ omega.T).sum(axis=1).max()
        np.testing.assert_allclose(
            model.distances(Z)[:, i], mapped, rtol=1e-6, atol=1e-9 * (1 + size)
        )


def test_each_prototype_may_have_its_own_metric():
    half = tuple(map(tuple, (np.eye(3) / 2).tolist()))
    Z = np.array([[1.0, 1.0, 0.0]])

    found = model_of(TWO, (IDENTITY, half)).distances(Z)

    np.testing.assert_allclose(found, [[3, 1]])


def test_the_score_is_minus_the_distance_to_the_nearest_of_a_class():
    model = model_of((*TWO, (1.0, 0.0, 1.0)), (IDENTITY,), owners=(0, 1, 1))
    Z = np.array([[1.0, 1.0, 0.0]])

    p = model.outputs(Z)[0]

    assert np.log(p[1] / p[0]) == pytest.approx(3 - 0)


@given(st.data())
def test_the_likeliest_class_is_that_of_the_nearest_prototype(data):
    model = data.draw(nearests())
    Z = data.draw(rows(model))
    distances = model.distances(Z)

    outputs = model.outputs(Z)

    owner = np.array(model.owners)[distances.argmin(axis=1)]
    assert (outputs[np.arange(len(Z)), owner] == outputs.max(axis=1)).all()


def test_columns_without_weight_are_not_used():
    metric = ((0.0, 0.0, 2.0),)

    assert model_of(TWO, (metric,)).used == (1,)
    assert model_of(TWO, (((1.0, 0.0, 0.0),),)).used == (0,)
    assert model_of(TWO, (metric, ((1.0, 0.0, 0.0),))).used == (0, 1)


def test_opposite_weights_do_not_cancel():
    assert model_of(TWO, (((1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)),)).used == (0,)


def test_complexity_counts_prototypes():
    assert model_of(TWO, (IDENTITY,)).complexity == 2
