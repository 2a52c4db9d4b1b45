"""Fixed directions: orthonormal or a simplex, cosines with them, and what follows."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from training.classroom import blobs, trained

from sklkd.nn import MLP, FixedBasisHead, FixedBasisNet, MaxDropout
from sklkd.training import StudentNet
from sklkd.training._seeds import Randomness

BASES = ["identity", "orthogonal", "simplex"]
SIZES = st.integers(2, 7).flatmap(
    lambda k: st.tuples(st.integers(k, k + 4), st.just(k))
)
SEEDS = st.integers(0, 2**32 - 1)


def head(n_features, n_outputs, basis, scale=10.0, seed=0):
    """One in float64 from the beginning, as a small student's is."""
    with Randomness(0, torch.float64):
        return FixedBasisHead(n_features, n_outputs, basis, scale, seed)


def features(n, d, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d)))


# --- The directions -------------------------------------------------------------------


@given(SIZES, st.sampled_from(["identity", "orthogonal"]), SEEDS)
def test_axes_are_orthonormal(sizes, basis, seed):
    rows = head(*sizes, basis, seed=seed).basis

    gram = rows @ rows.T
    torch.testing.assert_close(gram, torch.eye(sizes[1], dtype=torch.float64))


@given(st.integers(2, 12), st.integers(-1, 4))
def test_corners_of_the_simplex_are_equally_far_apart(k, further):
    """Cosines of -1 / (K - 1), with one feature less than there are corners."""
    rows = head(k + further, k, "simplex").basis

    expected = torch.full((k, k), -1 / (k - 1), dtype=torch.float64)
    torch.testing.assert_close(rows @ rows.T, expected.fill_diagonal_(1.0))
    torch.testing.assert_close(rows.sum(0), torch.zeros_like(rows[0]))


@given(st.integers(2, 8))
def test_the_simplex_is_a_tight_frame(k):
    """The sum over corners of (f e)^2 is K / (K - 1) times f f, for every feature."""
    rows = head(k - 1, k, "simplex").basis

    frame = rows.T @ rows

    torch.testing.assert_close(
        frame, k / (k - 1) * torch.eye(k - 1, dtype=torch.float64)
    )


def test_three_corners_by_hand():
    rows = FixedBasisHead(2, 3, "simplex").basis

    half, high = math.sqrt(3) / 2, 0.5
    expected = torch.tensor([[half, high], [-half, high], [0.0, -1.0]])
    torch.testing.assert_close(rows, expected)


def test_identity_is_the_first_axes():
    assert FixedBasisHead(3, 2).basis.tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


def test_a_rotated_basis_is_that_of_its_seed():
    first, again, other = (head(5, 3, "orthogonal", seed=s).basis for s in (1, 1, 2))

    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_rotations_have_no_preferred_direction():
    """A coordinate of a random direction in d dimensions has mean 0, variance 1 / d."""
    rows = torch.stack([head(4, 4, "orthogonal", seed=s).basis for s in range(2000)])

    # Standard errors: 0.5 / sqrt(2000) = 0.011, and about 0.006 of the variance.
    assert rows.mean(0).abs().max() < 0.05
    assert (rows.square().mean(0) - 0.25).abs().max() < 0.03


@pytest.mark.parametrize("basis", BASES)
def test_no_global_generator_is_read_or_advanced(basis):
    before = torch.get_rng_state()
    first = FixedBasisHead(5, 3, basis).basis
    torch.manual_seed(99)

    again = FixedBasisHead(5, 3, basis).basis

    torch.set_rng_state(before)
    FixedBasisHead(5, 3, basis)
    assert torch.equal(first, again)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("basis", BASES)
def test_a_fits_own_randomness_changes_no_direction(basis):
    with Randomness(5):
        inside = FixedBasisHead(5, 3, basis).basis

    assert torch.equal(inside, FixedBasisHead(5, 3, basis).basis)


# --- The cosines ----------------------------------------------------------------------


@given(SIZES, st.sampled_from(BASES), st.sampled_from([0.5, 1.0, 30.0]), SEEDS)
def test_outputs_are_torchs_cosines(sizes, basis, scale, seed):
    net, f = head(*sizes, basis, scale), features(5, sizes[0], seed)

    expected = F.cosine_similarity(f[:, None], net.basis[None], dim=2)

    torch.testing.assert_close(net(f), scale * expected)


@given(SIZES, st.sampled_from(BASES), SEEDS)
def test_rotating_basis_and_features_together_changes_nothing(sizes, basis, seed):
    net, f = head(*sizes, basis), features(6, sizes[0], seed)
    rotation = torch.linalg.qr(features(sizes[0], sizes[0], seed + 1)).Q
    rotated = copy.deepcopy(net)
    rotated.basis = net.basis @ rotation

    torch.testing.assert_close(rotated(f @ rotation), net(f))


@given(SIZES, st.sampled_from(BASES), st.sampled_from([1e-6, 1.0, 1e6]), SEEDS)
def test_the_length_of_a_feature_does_not_count(sizes, basis, factor, seed):
    net, f = head(*sizes, basis), features(6, sizes[0], seed)

    torch.testing.assert_close(net(factor * f), net(f))


@given(SIZES, st.sampled_from(BASES), SEEDS)
def test_the_greatest_output_is_the_nearest_direction(sizes, basis, seed):
    net, f = head(*sizes, basis), features(20, sizes[0], seed)

    best = net(f).argmax(1)

    assert torch.equal(best, (f @ net.basis.T).argmax(1))
    assert torch.equal(best, torch.cdist(f, net.basis).argmin(1))


@pytest.mark.parametrize("basis", BASES)
def test_a_feature_along_a_direction_scores_the_scale(basis):
    net = head(6, 4, basis, scale=7.0)

    outputs = net(3.0 * net.basis)

    off = -7 / 3 if basis == "simplex" else 0.0
    expected = torch.full((4, 4), off, dtype=torch.float64).fill_diagonal_(7.0)
    torch.testing.assert_close(outputs, expected)


@given(SIZES, st.sampled_from(BASES), SEEDS)
def test_the_gradient_is_that_of_torchs_cosine(sizes, basis, seed):
    """The constant that it divides by leaves no trace in it."""
    net, f = head(*sizes, basis), features(4, sizes[0], seed).requires_grad_()
    weight = features(4, sizes[1], seed + 1)

    def gradient(outputs):
        return torch.autograd.grad((weight * outputs).sum(), f)[0]

    cosine = F.cosine_similarity(f[:, None], net.basis[None], dim=2)
    torch.testing.assert_close(gradient(net(f)), gradient(10 * cosine))


@pytest.mark.parametrize("size", [0.0, 1e-45, 1e-30, 1e-13])
@pytest.mark.parametrize("basis", BASES)
def test_a_feature_of_zero_scores_zero_and_has_a_small_gradient(basis, size):
    net = FixedBasisHead(4, 3, basis)
    f = torch.full((2, 4), size, requires_grad=True)

    outputs = net(f)
    outputs[:, 1].sum().backward()

    assert outputs.abs().max() < 1e-10
    torch.testing.assert_close(f.grad, 10 * net.basis[1].expand(2, 4))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_feature_near_the_end_of_its_type_has_its_cosines(dtype):
    f = torch.tensor([[3.0, 4.0]], dtype=dtype) * (torch.finfo(dtype).max / 5)
    f.requires_grad_()
    net = FixedBasisHead(2, 2).to(dtype)

    outputs = net(f)
    outputs[0, 0].backward()

    assert outputs[0].tolist() == pytest.approx([6.0, 8.0])
    assert f.grad.isfinite().all()


def test_a_row_of_zero_beside_others_leaves_them_alone():
    net, f = head(4, 3, "simplex"), features(3, 4)
    expected = net(f)
    f[1] = 0.0

    found = net(f)

    assert torch.equal(found[[0, 2]], expected[[0, 2]])
    assert found[1].tolist() == [0.0, 0.0, 0.0]


# --- What it is as a module -----------------------------------------------------------


def test_the_basis_is_kept_and_not_trained():
    net = FixedBasisHead(4, 3, "orthogonal", random_state=3)
    other = FixedBasisHead(4, 3, "orthogonal", random_state=4)

    other.load_state_dict(net.state_dict())

    assert list(net.state_dict()) == ["basis"]
    assert not list(net.parameters())
    assert not net.basis.requires_grad
    assert torch.equal(other.basis, net.basis)


def test_the_basis_has_the_type_of_new_layers():
    assert head(3, 2, "simplex").basis.dtype is torch.float64
    assert FixedBasisHead(3, 2, "simplex").basis.dtype is torch.float32


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))]
)
def test_a_copy_puts_out_the_same(copied):
    net, f = head(5, 3, "orthogonal"), features(4, 5)

    assert torch.equal(copied(net)(f), net(f))


def test_it_shows_its_sizes():
    assert repr(FixedBasisHead(5, 3, "simplex", 2.0)) == (
        "FixedBasisHead(n_features=5, n_outputs=3, scale=2.0)"
    )


# --- What is refused ------------------------------------------------------------------


@pytest.mark.parametrize("basis", ["identity", "orthogonal"])
def test_too_few_features_for_axes_are_refused(basis):
    with pytest.raises(ValueError, match="needs n_features") as caught:
        FixedBasisHead(2, 3, basis)

    assert str(caught.value) == (
        f"FixedBasisHead: basis={basis!r} needs n_features >= 3 for 3 outputs, got 2. "
        "Pass wider features, or basis='simplex' for one less."
    )


def test_too_few_features_for_corners_are_refused():
    with pytest.raises(ValueError, match="needs n_features") as caught:
        FixedBasisHead(2, 4, "simplex")

    assert str(caught.value) == (
        "FixedBasisHead: basis='simplex' needs n_features >= 3 for 4 outputs, got 2. "
        "Pass wider features."
    )


def test_a_simplex_of_one_corner_is_refused():
    with pytest.raises(ValueError, match="n_outputs") as caught:
        FixedBasisHead(4, 1, "simplex")

    assert str(caught.value) == (
        "FixedBasisHead: basis='simplex' needs n_outputs >= 2, got 1. Pass "
        "basis='identity'."
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"basis": "simplices"}, "basis must be one of 'identity', 'orthogonal'"),
        ({"scale": 0.0}, "scale must be a real number in (0, inf), got 0.0"),
        ({"scale": math.nan}, "scale must be a real number in (0, inf), got nan"),
        ({"random_state": -1}, "random_state must be an integer in [0, 4294967296)"),
        ({"n_features": 0}, "n_features must be an integer in [1, inf), got 0"),
        ({"n_outputs": 0}, "n_outputs must be an integer in [1, inf), got 0"),
    ],
)
def test_parameters_out_of_range_are_refused(options, told):
    with pytest.raises(ValueError, match="must be") as caught:
        FixedBasisHead(**{"n_features": 4, "n_outputs": 3, **options})

    assert str(caught.value).startswith(f"FixedBasisHead: {told}")


@pytest.mark.parametrize("seed", [None, 1.5, np.random.RandomState(0)])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises((TypeError, ValueError), match=r"^FixedBasisHead: random_state"):
        FixedBasisHead(4, 3, "orthogonal", random_state=seed)


# --- The net --------------------------------------------------------------------------


@pytest.mark.parametrize("basis", BASES)
def test_the_net_is_a_perceptron_and_the_head(basis):
    net, X = FixedBasisNet(4, 3, (8, 5), basis=basis, scale=2.0), torch.randn(6, 4)

    expected = 2 * F.cosine_similarity(net.body(X)[:, None], net.head.basis[None], 2)

    torch.testing.assert_close(net(X), expected)
    assert type(net.body) is MLP


def test_the_net_has_the_parameters_of_a_perceptron():
    def sizes(net):
        return [tuple(p.shape) for p in net.parameters()]

    assert sizes(FixedBasisNet(4, 3)) == sizes(MLP(4, 3))
    assert sizes(FixedBasisNet(4, 3, (8,), n_components=7)) == sizes(MLP(4, 7, (8,)))


def test_one_output_gets_an_angle_and_not_a_sign():
    net = FixedBasisNet(4, 1, ())

    assert net.head.basis.shape == (1, 2)


def test_options_of_the_body_reach_it():
    net = FixedBasisNet(4, 3, (8,), dropout=0.2, dropout_layer=MaxDropout)

    assert isinstance(net.body.layers[2], MaxDropout)


def test_too_few_components_are_refused_by_the_head():
    with pytest.raises(ValueError, match=r"needs n_features >= 3 for 3 outputs"):
        FixedBasisNet(4, 3, n_components=2)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_student_learns_with_it(basis, n_classes):
    X, y = blobs(150, n_classes=n_classes, gap=3.0)
    net = StudentNet(
        FixedBasisNet, module__basis=basis, standardize=True, max_epochs=60
    )

    student = trained(net, X, y, n_outputs=n_classes, soft=0.0)

    assert (student.outputs(X).argmax(1).numpy() == y).mean() > 0.9
    assert clone(net).get_params()["module__basis"] == basis
