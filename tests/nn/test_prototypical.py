"""An embedding with class means: distances and means against numpy."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from sklkd.nn import Prototypical


def some(n_latent=5):
    torch.manual_seed(0)
    net = Prototypical(4, 3, n_latent=n_latent, hidden=(6,)).double()
    X = torch.randn(10, 4, dtype=torch.float64)
    target = torch.arange(10) % 3
    return net, X, target


def test_means_are_those_of_numpy():
    net, X, target = some()
    weight = torch.linspace(0.5, 2, 10, dtype=torch.float64)
    codes = net.encoder(X).detach()

    net.set_means(codes, target, weight)

    for label in range(3):
        rows = target.numpy() == label
        expected = np.average(codes.numpy()[rows], axis=0, weights=weight[rows])
        np.testing.assert_allclose(net.means[label].numpy(), expected)


def test_logits_are_minus_the_squared_distances_to_the_means():
    net, X, target = some()
    net.set_means(net.encoder(X).detach(), target, torch.ones(10))

    logits, codes = net(X)

    expected = cdist(codes.detach().numpy(), net.means.numpy(), "sqeuclidean")
    np.testing.assert_allclose(-logits.detach().numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(net.distances(X).detach().numpy(), expected, atol=1e-12)


def test_the_means_are_kept_with_the_weights_and_not_trained():
    net, _, _ = some()

    assert "means" in net.state_dict()
    assert "means" not in dict(net.named_parameters())


def test_a_code_needs_a_width():
    with pytest.raises(ValueError, match="Prototypical: n_latent must be an integer"):
        Prototypical(4, 3, n_latent=0)
