"""LGMLVQ: each prototype has a metric of its own."""

import numpy as np
import pytest
from prototypes.networks import X, Y, network, quick, standardised


@pytest.mark.parametrize("rank", [1, 2, None])
def test_every_metric_has_the_trace_one(rank):
    model = network("lgmlvq", rank=rank).fit(X, Y)

    metrics = np.einsum("prf,prg->pfg", model.omega_, model.omega_)
    assert model.omega_.shape == (6, 4 if rank is None else rank, 4)
    np.testing.assert_allclose(np.trace(metrics, axis1=1, axis2=2), 1)
    np.testing.assert_allclose(
        model.relevances_, np.diagonal(metrics, axis1=1, axis2=2), atol=1e-12
    )


def test_a_distance_is_measured_by_the_prototypes_own_metric():
    model = network("lgmlvq", rank=2, n_prototypes=1).fit(X, Y)
    prototypes = (model.prototypes_ - X.mean(axis=0)) / X.std(axis=0)

    expected = [
        np.square((standardised(X) - prototype) @ omega.T).sum(axis=1)
        for prototype, omega in zip(prototypes, model.omega_, strict=True)
    ]

    np.testing.assert_allclose(model.transform(X).T, expected, rtol=1e-9, atol=1e-12)


def test_metrics_differ_where_classes_do():
    """One class is known by the first column, and the other by the second."""
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    values = rng.normal(size=(80, 2)) * np.where(y[:, None] == 0, [0.05, 3], [3, 0.05])

    model = network("lgmlvq", student=quick(max_epochs=80), n_prototypes=1)
    model.fit(values, y)

    assert model.score(values, y) > 0.9
    assert model.relevances_[0, 0] > 0.5 > model.relevances_[1, 0]


@pytest.mark.parametrize("rank", [0, -1, 1.5, "2"])
def test_a_rank_that_is_none_is_refused(rank):
    with pytest.raises(
        (TypeError, ValueError),
        match=r"^LGMLVQClassifier: rank must be an integer in \[1, inf\), got ",
    ):
        network("lgmlvq", rank=rank).fit(X, Y)
