"""Prototypes with labels: the nearest one decides, however distances are measured."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from prototypes.networks import LVQ, NAMES, WORDS, X, Y, network, quick, rows
from prototypes.networks import standardised as scaled
from sklearn.cluster import KMeans

from sklkd.prototypes._lvq import numbers, shares

every = pytest.mark.parametrize("name", LVQ)
HARD = [name for name in LVQ if name != "rslvq"]  # whose prediction is the nearest


def still(**options):
    """A training in which nothing moves."""
    return quick(max_epochs=1, lr=1e-12, **options)


@pytest.mark.parametrize("name", HARD)
@settings(max_examples=5)
@given(st.integers(0, 1000))
def test_a_row_has_the_label_of_the_nearest_prototype(name, seed):
    values, y = rows(seed)
    model = network(name, student=quick(max_epochs=4)).fit(values, NAMES[y])

    nearest = model.transform(values).argmin(axis=1)

    np.testing.assert_array_equal(
        model.predict(values), model.prototype_labels_[nearest]
    )


@every
def test_a_distance_is_that_of_the_metric_between_standardised_columns(name):
    model = network(name).fit(X, Y)
    prototypes = (model.prototypes_ - X.mean(axis=0)) / X.std(axis=0)
    gaps = scaled(X)[:, None] - prototypes
    if hasattr(model, "omega_"):
        maps = np.broadcast_to(model.omega_, (6, 4, 4))
        mapped = np.einsum("prf,npf->npr", maps, gaps)
    else:
        mapped = gaps * np.sqrt(getattr(model, "relevances_", np.ones(4)))

    np.testing.assert_allclose(
        model.transform(X), np.square(mapped).sum(axis=2), rtol=1e-9, atol=1e-12
    )


@every
def test_prototypes_belong_to_classes_in_sorted_order_as_many_as_was_said(name):
    model = network(name, n_prototypes=[1, 3, 2]).fit(X, WORDS)

    expected = ["ash", "birch", "birch", "birch", "cedar", "cedar"]
    assert model.prototype_labels_.tolist() == expected
    assert model.prototypes_.shape == (6, 4)


@every
def test_one_prototype_starts_at_the_weighted_mean_of_its_class(name):
    weight = np.random.default_rng(0).integers(0, 4, len(X)).astype(float)

    model = network(name, student=still(), n_prototypes=1).fit(X, Y, weight)

    means = [np.average(X[k == Y], axis=0, weights=weight[k == Y]) for k in range(3)]
    np.testing.assert_allclose(model.prototypes_, means, rtol=1e-9)


def test_several_prototypes_start_at_centres_of_their_class():
    apart = np.array([[0.0], [1.0], [10.0], [11.0], [40.0], [41.0], [60.0], [63.0]])
    y = np.repeat([0, 1], 4)

    model = network("glvq", student=still()).fit(apart, y)

    np.testing.assert_allclose(np.sort(model.prototypes_[:2, 0]), [0.5, 10.5])
    np.testing.assert_allclose(np.sort(model.prototypes_[2:, 0]), [40.5, 61.5])
    centres = KMeans(2, random_state=0).fit(apart[:4]).cluster_centers_
    np.testing.assert_allclose(np.sort(centres[:, 0]), [0.5, 10.5])


def test_as_many_prototypes_as_distinct_rows_are_these():
    model = network("glvq", student=still(), n_prototypes=3).fit(
        [[0.0], [1.0], [5.0], [2.0], [3.0], [4.0]], [0, 0, 0, 1, 1, 1]
    )

    np.testing.assert_allclose(np.sort(model.prototypes_[:3, 0]), [0, 1, 5], atol=1e-9)
    np.testing.assert_allclose(np.sort(model.prototypes_[3:, 0]), [2, 3, 4])


@every
def test_it_learns(name):
    before = network(name, student=still()).fit(X, Y)
    after = network(name, student=quick(max_epochs=60)).fit(X, Y)

    assert after.score(X, Y) > 0.93
    assert after.history_[-1]["train_loss"] < before.history_[-1]["train_loss"]


@pytest.mark.parametrize("count", [0, -1, 1.0, True, None, "2", [1, 0, 1], {0: 1}])
def test_a_number_of_prototypes_that_is_none_is_refused(count):
    with pytest.raises(
        (TypeError, ValueError),
        match=r"^GLVQClassifier: n_prototypes must be an integer in \[1, inf\), got ",
    ):
        network("glvq", n_prototypes=count).fit(X, Y)


@pytest.mark.parametrize("counts", [(1, 2), [1, 1, 1, 1], np.array([2])])
def test_there_must_be_a_number_for_each_class(counts):
    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        network("glvq", n_prototypes=counts).fit(X, Y)

    assert str(caught.value) == (
        "GLVQClassifier: n_prototypes must be one number, or one for each of the 3 "
        f"classes, got {counts!r}."
    )


@pytest.mark.parametrize("counts", [18, (1, 18, 1), np.array([1, 18, 1])])
def test_no_class_may_have_more_prototypes_than_rows(counts):
    few = np.append(np.flatnonzero(Y != 1), np.flatnonzero(Y == 1)[:5])
    many = np.repeat(few, 1 + 3 * (Y[few] != 1))

    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        network("glvq", n_prototypes=counts).fit(X[many], WORDS[many])

    assert str(caught.value) == (
        "GLVQClassifier: n_prototypes must be at most the number of rows of each "
        "class, got 18 for the class 'birch', which has 5."
    )


def test_rows_without_a_weight_do_not_count():
    weight = np.where((Y == 2) & (np.arange(len(Y)) > 36), 0.0, 1.0)

    with pytest.raises(
        ValueError, match=r"got 7 for the class 'cedar', which has 3\.$"
    ):
        network("glvq", n_prototypes=7).fit(X, WORDS, weight)
    with pytest.raises(ValueError, match=r"got 2 for the class 0, which has 0\.$"):
        network("glvq", class_weight={0: 0.0, 1: 1.0, 2: 1.0}).fit(X, Y)


def test_equal_rows_are_one_for_as_many_prototypes():
    same = X.copy()
    same[Y == 1] = same[Y == 1][0]

    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        network("glvq").fit(same, Y)

    assert str(caught.value) == (
        "GLVQClassifier: LVQ: 2 prototypes need as many distinct rows of the class "
        "with index 1, got 1. Pass fewer prototypes, or more rows."
    )


def test_shares_sum_to_one_in_the_last_axis():
    found = shares(torch.tensor([[1.0, 3.0], [2.0, 2.0]]))

    np.testing.assert_allclose(found, [[0.25, 0.75], [0.5, 0.5]])
    assert found.dtype == np.float64


def test_numbers_leave_the_graph_behind():
    assert numbers(torch.ones(2, requires_grad=True) * 2).tolist() == [2.0, 2.0]
