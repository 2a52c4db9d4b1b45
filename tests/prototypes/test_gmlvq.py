"""GMLVQ: a metric of trace 1, a space of a rank, and its columns' shares."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prototypes.networks import X, Y, network, quick, rows, standardised


@settings(max_examples=5)
@given(st.integers(0, 1000), st.integers(1, 3))
def test_the_metric_has_the_trace_one_and_the_rank_that_was_said(seed, rank):
    values, y = rows(seed)

    model = network("gmlvq", rank=rank).fit(values, y)

    metric = model.omega_.T @ model.omega_
    assert model.omega_.shape == (rank, 3)
    np.testing.assert_allclose(np.trace(metric), 1)
    np.testing.assert_allclose(model.relevances_, np.diag(metric), atol=1e-12)


def test_distances_are_euclidean_in_the_space_of_the_metric():
    model = network("gmlvq", rank=2).fit(X, Y)
    mapped = standardised(X) @ model.omega_.T
    centres = (model.prototypes_ - X.mean(axis=0)) / X.std(axis=0) @ model.omega_.T

    expected = np.square(mapped[:, None] - centres).sum(axis=2)

    np.testing.assert_allclose(model.transform(X), expected, rtol=1e-9, atol=1e-12)


def test_columns_of_noise_get_little():
    noise = np.random.default_rng(0).normal(size=(len(X), 2))
    wide = np.column_stack([noise, X[:, 2:]])

    model = network("gmlvq", student=quick(max_epochs=80)).fit(wide, Y)

    assert model.relevances_[2:].sum() > 0.8


def test_two_numbers_of_a_row_are_enough_for_iris():
    model = network("gmlvq", student=quick(max_epochs=80), rank=2).fit(X, Y)

    assert model.score(X, Y) > 0.95


@pytest.mark.parametrize("rank", [0, -1, 1.5, "2"])
def test_a_rank_that_is_none_is_refused(rank):
    with pytest.raises(
        (TypeError, ValueError),
        match=r"^GMLVQClassifier: rank must be an integer in \[1, inf\), got ",
    ):
        network("gmlvq", rank=rank).fit(X, Y)


def test_a_rank_above_the_number_of_columns_is_refused():
    with pytest.raises(ValueError, match=r"rank must be an integer in \[1, 4\], got 5"):
        network("gmlvq", rank=5).fit(X, Y)
