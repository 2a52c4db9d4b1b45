"""Prototype autoencoders: distances decide, codes become rows, and images keep size."""

import copy
import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from torch import nn

from sklkd.losses import prototypes_to_rows, rows_to_prototypes
from sklkd.nn import ConvDecoder, ConvEncoder, PrototypeAutoencoder
from sklkd.training._seeds import Randomness

SEEDS = st.integers(0, 1000)


class Plain(nn.Identity):
    """An encoder that changes nothing, of rows of two columns."""

    n_latent = 2


def autoencoder(*args, seed=0, dtype=torch.float64, **kwargs):
    with Randomness(seed, dtype):
        net = PrototypeAutoencoder(*args, **kwargs)
        net.weights.data += torch.randn(net.weights.shape)
    return net


def rows(n, d, seed=0, dtype=torch.float64):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d))).to(dtype)


def start(net, X, y, weight=None, seed=0):
    X, y = torch.as_tensor(X), torch.as_tensor(y)
    weight = torch.ones(len(X)) if weight is None else torch.as_tensor(weight)
    net.start_from(X, y, weight, torch.Generator().manual_seed(seed))
    return net


# --- Distances decide -----------------------------------------------------------------


@given(SEEDS)
def test_logits_are_linear_in_scipys_distances_of_codes(seed):
    net, X = autoencoder(3, 2, 4, n_latent=5, seed=seed), rows(6, 3, seed)
    latent = net.encode(X).detach().numpy()
    expected = cdist(latent, net.prototypes.detach().numpy(), "sqeuclidean")

    logits, gaps, rebuilt, codes = net(X)

    np.testing.assert_allclose(gaps.detach(), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        logits.detach(), expected @ net.weights.detach().numpy(), rtol=1e-9, atol=1e-12
    )
    assert rebuilt.shape == X.shape
    assert torch.equal(codes, net.encode(X))
    assert torch.equal(net.distances(X), gaps)


@given(SEEDS)
def test_prototypes_that_are_codes_are_as_near_as_can_be(seed):
    net, X = autoencoder(3, 2, 6, seed=seed), rows(6, 3, seed)
    net.prototypes.data = net.encode(X).detach()

    gaps = net(X)[1]

    assert prototypes_to_rows(gaps) == 0
    assert (rows_to_prototypes(gaps) == 0).all()
    assert torch.equal(net.decoded(), net(X)[2])


def test_permuting_prototypes_with_rows_of_weights_changes_no_logit():
    net, X = autoencoder(3, 2, 4), rows(5, 3)
    turned, order = copy.deepcopy(net), [2, 0, 3, 1]
    turned.prototypes.data = net.prototypes.data[order]
    turned.weights.data = net.weights.data[order]

    torch.testing.assert_close(turned(X)[0], net(X)[0])
    torch.testing.assert_close(turned(X)[1], net(X)[1][:, order])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_finite_at_a_prototype_and_for_equal_rows(dtype):
    net, X = autoencoder(3, 2, 4, dtype=dtype), rows(1, 3, dtype=dtype).repeat(4, 1)
    net.prototypes.data[:2] = net.encode(X[:2]).detach()
    X.requires_grad_()

    logits, gaps, rebuilt, latent = net(X)
    loss = F.cross_entropy(logits, torch.tensor([0, 1, 0, 1]))
    loss = loss + (rebuilt - X).square().mean() + latent.mean()
    (loss + prototypes_to_rows(gaps) + rows_to_prototypes(gaps).mean()).backward()

    assert logits.dtype == dtype
    for part in (X, *net.parameters()):
        assert part.grad.isfinite().all()


# --- Starts ---------------------------------------------------------------------------


def test_a_start_by_hand():
    """Two clusters, 1 from their centres; the first is of class 0, the other of both.

    Class 0 is held by the shares 1 and 1/2, which are 2/3 and 1/3 of it; class 1 by
    the second cluster only.
    """
    X = torch.tensor([[-1.0, 0], [1, 0], [9, 0], [11, 0]], dtype=torch.float64)
    net = autoencoder(2, 2, 2, encoder=Plain, decoder=Plain)

    start(net, X, torch.tensor([0, 0, 0, 1]))

    order = net.prototypes[:, 0].argsort()
    expected = -torch.tensor([[2 / 3, 0.0], [1 / 3, 1.0]], dtype=torch.float64)
    assert net.prototypes[order, 0].tolist() == [0.0, 10.0]
    torch.testing.assert_close(net.weights[order].detach(), expected)


def test_after_a_start_rows_near_a_cluster_get_its_class():
    y = torch.arange(90) % 3
    X = rows(90, 2) + 8 * F.one_hot(y, 3)[:, :2]
    net = start(autoencoder(2, 3, 6, encoder=Plain, decoder=Plain), X, y)

    accuracy = (net(X)[0].argmax(1) == y).double().mean().item()

    assert accuracy > 0.95
    assert (net.weights <= 0).all()


@given(seed=SEEDS)
def test_a_weight_is_a_repeated_row_and_the_order_of_rows_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(30, 3)), rng.integers(0, 2, 30)
    weight = rng.integers(0, 3, 30)
    repeated = rng.permutation(np.repeat(np.arange(30), weight))

    net = start(autoencoder(3, 2, 4), X, y, weight)
    other = start(autoencoder(3, 2, 4), X[repeated], y[repeated])

    torch.testing.assert_close(net.state_dict(), other.state_dict())


def test_a_class_without_rows_does_not_matter():
    net = start(autoencoder(3, 4, 3), rows(20, 3), torch.arange(20) % 2)

    assert net(rows(5, 3))[0].isfinite().all()


def test_a_start_leaves_nothing_out_and_learns_nothing_but_prototypes_and_weights():
    """Dropout and the statistics of batches are off for it, and on again after it."""

    class Noisy(nn.Sequential):
        n_latent = 3

    noisy = Noisy(nn.Dropout(0.5), nn.BatchNorm1d(3)).double()
    net = autoencoder(3, 2, 4, encoder=noisy, decoder=nn.Identity())
    before = copy.deepcopy(net.encoder.state_dict())
    X, y = rows(20, 3), torch.arange(20) % 2

    first = start(copy.deepcopy(net), X, y).prototypes
    again = start(net, X, y).prototypes

    torch.testing.assert_close(net.encoder.state_dict(), before, rtol=0, atol=0)
    assert torch.equal(first, again)
    assert net.encoder.training
    assert all(module.training for module in net.encoder)


def test_fewer_distinct_codes_than_prototypes_are_refused():
    with pytest.raises(ValueError, match="distinct") as caught:
        start(autoencoder(2, 2, 3), torch.zeros(9, 2).double(), torch.arange(9) % 2)

    assert str(caught.value) == (
        "PrototypeAutoencoder: 3 prototypes need as many distinct rows in the "
        "encoder's code, got 1. Pass fewer prototypes, or more rows."
    )


# --- Images ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_channels", "size", "n_latent"),
    [(1, 28, 40), (3, 32, 40), (1, 8, 10), (2, (5, 17), 20), (1, 1, 10)],
)
def test_images_come_back_in_their_size(n_channels, size, n_latent):
    encoder, decoder = ConvEncoder(n_channels, size), ConvDecoder(n_channels, size)
    shape = size if isinstance(size, tuple) else (size, size)
    X = torch.rand(2, n_channels, *shape)

    latent = encoder(X)
    images = decoder(latent)

    assert latent.shape == (2, n_latent) == (2, encoder.n_latent)
    assert images.shape == X.shape
    assert ((images > 0) & (images < 1)).all()


def test_layers_are_those_of_the_paper():
    sizes = [tuple(p.shape) for p in ConvEncoder().parameters() if p.ndim == 4]

    assert sizes == [(32, 1, 3, 3), (32, 32, 3, 3), (32, 32, 3, 3), (10, 32, 3, 3)]


def test_pixels_may_be_outside_zero_and_one():
    decoder = ConvDecoder(sigmoid=False)

    assert decoder(1e3 * torch.randn(2, 40)).abs().max() > 1


def test_images_have_prototypes_that_are_images():
    net = PrototypeAutoencoder(1, 3, 5, encoder=ConvEncoder, decoder=ConvDecoder)
    X = torch.rand(30, 1, 28, 28, generator=torch.Generator().manual_seed(0))

    start(net, X, torch.arange(30) % 3)
    logits, gaps, rebuilt, latent = net(X)

    assert logits.shape == (30, 3)
    assert gaps.shape == (30, 5)
    assert rebuilt.shape == X.shape
    assert latent.shape == (30, 40)
    assert net.decoded().shape == (5, 1, 28, 28)


def test_images_are_refused_where_rows_are_flat():
    with pytest.raises(ValueError, match="flat") as caught:
        PrototypeAutoencoder(784, 3)(torch.zeros(5, 1, 28, 28))

    assert str(caught.value) == (
        "PrototypeAutoencoder: without an encoder of their own rows must be flat, of "
        "shape (n_samples, 784), got (5, 1, 28, 28). Flatten them, or pass "
        "encoder=ConvEncoder and decoder=ConvDecoder."
    )


def test_flat_rows_are_refused_where_images_are_encoded():
    net = PrototypeAutoencoder(784, 3, encoder=ConvEncoder, decoder=ConvDecoder)

    with pytest.raises(ValueError, match="images") as caught:
        net(torch.zeros(5, 784))

    assert str(caught.value) == (
        "ConvEncoder: images must have the shape (n_samples, 1, 28, 28), got (5, 784). "
        "Reshape them, or leave encoder and decoder out for flat rows."
    )


# --- The module -----------------------------------------------------------------------


def test_parts_that_are_given_are_copied():
    given = ConvEncoder(), ConvDecoder()
    nets = [
        PrototypeAutoencoder(1, 2, encoder=given[0], decoder=given[1]) for _ in "ab"
    ]

    pointers = {p.data_ptr() for part in (*given, *nets) for p in part.parameters()}

    n_given = sum(1 for part in given for _ in part.parameters())
    assert len(pointers) == 3 * n_given + 4


def test_pickles_and_state_dicts_keep_everything():
    net, X = autoencoder(3, 2, 4), rows(4, 3)
    other = autoencoder(3, 2, 4, seed=1)

    other.load_state_dict(net.state_dict())

    assert torch.equal(other(X)[0], net(X)[0])
    assert torch.equal(pickle.loads(pickle.dumps(net))(X)[0], net(X)[0])


@pytest.mark.parametrize(
    ("kwargs", "error", "message"),
    [
        ({"n_prototypes": 0}, ValueError, "n_prototypes must be an integer"),
        ({"n_latent": 0}, ValueError, "n_latent must be an integer"),
        ({"encoder": Plain}, ValueError, "both, or neither"),
        (
            {"encoder": nn.Identity(), "decoder": nn.Identity()},
            ValueError,
            "which Identity does not say. Pass n_latent.",
        ),
        ({"encoder": dict, "decoder": dict}, TypeError, "must be modules, or make"),
    ],
)
def test_wrong_parameters_are_told(kwargs, error, message):
    with pytest.raises(error, match=message):
        PrototypeAutoencoder(3, 2, **kwargs)


def test_a_code_of_another_width_than_said_is_refused():
    net = PrototypeAutoencoder(
        3, 2, encoder=nn.Identity, decoder=nn.Identity, n_latent=2
    )

    with pytest.raises(ValueError, match=r"encoder: rows must be flat.*, 2\), got"):
        net(torch.zeros(4, 3))


@pytest.mark.parametrize("make", [ConvEncoder, ConvDecoder])
def test_wrong_sizes_of_images_are_told(make):
    with pytest.raises(ValueError, match="size must be an integer"):
        make(1, 0)
    with pytest.raises(TypeError, match="maps must be an integer"):
        make(1, 28, (32, "10"))


def test_without_a_start_prototypes_take_turns():
    weights = PrototypeAutoencoder(3, 2, 3).weights.detach()

    assert weights.tolist() == [[-1.0, 0.0], [0.0, -1.0], [-1.0, 0.0]]


def test_maps_are_as_large_as_what_goes_in():
    """As torch draws weights they shrink, and decoded prototypes are blank."""
    torch.manual_seed(0)
    codes, images = torch.rand(200, 40), torch.rand(200, 1, 28, 28)

    coded = ConvEncoder()(images)
    *inner, _ = ConvDecoder().layers  # the last makes shares of pixels
    for layer in inner:
        codes = layer(codes)

    for made in (coded, codes):
        assert 0.2 < made.square().mean().sqrt() < 3
