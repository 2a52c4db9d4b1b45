"""RSLVQ: probabilities of a mixture of Gaussians, by scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prototypes.networks import NAMES, X, Y, network, quick, rows
from scipy.stats import multivariate_normal


def mixture(model, values, scaled):
    """Density of each prototype at each row, in standardised columns: (n, p)."""
    prototypes = (model.prototypes_ - values.mean(axis=0)) / values.std(axis=0)
    width = model.sigma**2 * np.eye(values.shape[1])
    return np.stack(
        [multivariate_normal(centre, width).pdf(scaled) for centre in prototypes], 1
    )


@settings(max_examples=5)
@given(st.integers(0, 1000), st.sampled_from([0.5, 1.0, 3]))
def test_probabilities_are_those_of_the_mixture(seed, sigma):
    values, y = rows(seed)
    model = network("rslvq", sigma=sigma).fit(values, NAMES[y])

    density = mixture(
        model, values, (values - values.mean(axis=0)) / values.std(axis=0)
    )

    by_class = density.reshape(len(values), 3, 2).sum(axis=2)
    expected = by_class / by_class.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        model.predict_proba(values), expected, rtol=1e-6, atol=1e-9
    )


def test_the_loss_is_the_mean_of_minus_the_logarithm_of_the_labels_probability():
    model = network("rslvq", student=quick(max_epochs=1, lr=1e-12)).fit(X, Y)

    expected = -np.log(model.predict_proba(X)[np.arange(len(X)), Y]).mean()

    np.testing.assert_allclose(model.history_[0]["label"], expected)


def test_contributions_are_shares_of_the_density():
    model = network("rslvq").fit(X, Y)
    density = mixture(model, X, (X - X.mean(axis=0)) / X.std(axis=0))
    share = density / density.sum(axis=1, keepdims=True)

    why = model.explain(X)

    owner = model.prototype_labels_
    for own, sign in ((why.predicted, 1), (why.rival, -1)):
        there = owner == own[:, None]
        np.testing.assert_allclose(why.contributions[there], sign * share[there])
    assert (np.count_nonzero(why.contributions, axis=1) == 4).all()


def test_two_prototypes_together_may_beat_the_nearest():
    """The nearest is of one class, and the prediction another."""
    values = np.array([[-1.0], [-1.0], [1.0], [1.0], [0.0], [9.0]])
    model = network(
        "rslvq",
        student=quick(max_epochs=1, lr=1e-12),
        n_prototypes=(2, 2),
        sigma=5.0,
    ).fit(values, [0, 0, 0, 0, 1, 1])

    why = model.explain([[0.0]])

    assert model.prototype_labels_[model.transform([[0.0]]).argmin()] == 1
    assert model.predict([[0.0]]).tolist() == why.predicted.tolist() == [0]
    assert why.gap[0] > 0


def test_wide_gaussians_are_unsure():
    unsure, sure = (network("rslvq", sigma=s).fit(X, Y) for s in (10.0, 0.5))

    assert unsure.predict_proba(X).max() < 0.5 < sure.predict_proba(X).max()


@pytest.mark.parametrize("sigma", [0, -1.0, np.nan, np.inf, "1", None])
def test_a_width_that_is_not_positive_is_refused(sigma):
    with pytest.raises(
        (TypeError, ValueError),
        match=r"^RSLVQClassifier: sigma must be a real number in \(0, inf\), got ",
    ):
        network("rslvq", sigma=sigma).fit(X, Y)
