"""Gaussian classes: zero where moments match, torch's divergence, Mardia's constant."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import batches, slope
from torch.distributions import MultivariateNormal
from torch.distributions import kl_divergence as divergence

from sklkd.losses import gaussian_classes

BARE = {"margin": 4.0, "sigma": 1.5, "kurtosis_weight": 0.0, "ridge": 1e-12}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def exact(m, mean, covariance, seed=0):
    """Rows whose mean and covariance, over m, are these to the last digits: (m, d)."""
    d = len(mean)
    rows = torch.randn(m, d, dtype=torch.float64, generator=generator(seed))
    rows = rows - rows.mean(0)
    own = torch.linalg.cholesky(rows.T @ rows / m)
    white = torch.linalg.solve_triangular(own, rows.T, upper=False).T
    return white @ torch.linalg.cholesky(covariance).T + mean


def drawn(d, seed=0):
    """A mean (d,) and a covariance (d, d)."""
    mean = torch.randn(d, dtype=torch.float64, generator=generator(seed))
    square = torch.randn(d, d, dtype=torch.float64, generator=generator(seed + 1))
    return mean, square @ square.T / d + 0.1 * torch.eye(d, dtype=torch.float64)


def corner(label, d, margin):
    return margin * torch.eye(d, dtype=torch.float64)[label]


@pytest.mark.parametrize("ridge", [1e-12, 1e-3, 0.5])
@pytest.mark.parametrize("d", [2, 3, 6])
def test_is_zero_where_the_moments_match(d, ridge):
    """In every class: its mean its corner, its covariance, with the ridge, sigma²."""
    covariance = (1.5**2 - ridge) * torch.eye(d, dtype=torch.float64)
    rows = [exact(20, corner(i, d, 4.0), covariance, seed=i) for i in range(d)]
    labels = torch.arange(d).repeat_interleave(20)

    loss = gaussian_classes(torch.cat(rows), target=labels, **(BARE | {"ridge": ridge}))

    torch.testing.assert_close(loss, torch.zeros_like(loss), rtol=0, atol=1e-9)


@pytest.mark.parametrize("what", ["mean", "variance", "correlation"])
def test_is_above_zero_where_a_moment_differs(what):
    mean, covariance = corner(0, 2, 4.0), 1.5**2 * torch.eye(2, dtype=torch.float64)
    if what == "mean":
        mean = mean + 0.1
    elif what == "variance":
        covariance = 1.1 * covariance
    else:
        covariance = covariance + torch.tensor([[0.0, 0.2], [0.2, 0.0]])

    loss = gaussian_classes(
        exact(20, mean, covariance), target=torch.zeros(20, dtype=torch.int64), **BARE
    )

    assert (loss > 1e-3).all()


@given(d=st.integers(2, 5), seed=st.integers(0, 99))
def test_is_twice_torchs_divergence_between_gaussians(d, seed):
    """From the batch's to the wanted one, in this direction."""
    mean, covariance = drawn(d, seed)
    eye = torch.eye(d, dtype=torch.float64)
    of_batch = MultivariateNormal(mean, covariance)
    wanted = MultivariateNormal(corner(1, d, 4.0), 1.5**2 * eye)

    loss = gaussian_classes(
        exact(20, mean, covariance), target=torch.ones(20, dtype=torch.int64), **BARE
    )

    expected = 2 * divergence(of_batch, wanted)
    torch.testing.assert_close(loss, expected.expand(20), rtol=1e-8, atol=1e-8)


def test_the_ridge_is_added_to_every_variance():
    mean, covariance = drawn(3)
    eye = torch.eye(3, dtype=torch.float64)
    labels = torch.zeros(20, dtype=torch.int64)

    bare = gaussian_classes(
        exact(20, mean, covariance + 0.3 * eye), target=labels, **BARE
    )
    ridged = gaussian_classes(
        exact(20, mean, covariance), target=labels, **(BARE | {"ridge": 0.3})
    )

    torch.testing.assert_close(ridged, bare)


def test_the_classes_of_the_batch_are_added():
    rows = torch.randn(12, 3, dtype=torch.float64, generator=generator())
    labels = torch.tensor([0] * 5 + [2] * 7)

    together = gaussian_classes(rows, target=labels)

    first = gaussian_classes(rows[:5], target=labels[:5])
    second = gaussian_classes(rows[5:], target=labels[5:])
    torch.testing.assert_close(together, (first[0] + second[0]).expand(12))


@given(batch=batches())
def test_every_row_has_the_same_value_in_whatever_order(batch):
    rows, _, target = batch
    order = torch.arange(len(rows)).flip(0)

    loss = gaussian_classes(rows, target=target)

    assert (loss == loss[0]).all()
    torch.testing.assert_close(
        gaussian_classes(rows[order], target=target[order]), loss
    )


@given(batch=batches())
def test_a_class_of_one_row_counts_by_its_mean(batch):
    rows, _, target = batch

    loss = gaussian_classes(rows[:1], target=target[:1], margin=3.0, sigma=2.0)

    gap = rows[0] - corner(target[0], rows.shape[1], 3.0)
    torch.testing.assert_close(loss, gap.square().sum().unsqueeze(0) / 4)


def kurtosis_gap(rows, **others):
    """What the kurtosis adds, at the weight 1."""
    labels = torch.zeros(len(rows), dtype=torch.int64)
    hyper = {"ridge": 1e-12, **others}
    with_it = gaussian_classes(rows, target=labels, kurtosis_weight=1.0, **hyper)
    return (
        with_it - gaussian_classes(rows, target=labels, kurtosis_weight=0.0, **hyper)
    )[0]


@pytest.mark.parametrize("d", [2, 4])
def test_the_kurtosis_of_a_gaussian_is_mardias_constant(d):
    """D (D + 2), up to its standard error, the root of 8 D (D + 2) / m."""
    m = 200_000
    mean, covariance = drawn(d)
    mix = torch.linalg.cholesky(covariance)
    rows = torch.randn(m, d, dtype=torch.float64, generator=generator()) @ mix.T + mean

    gap = kurtosis_gap(rows)

    assert gap.item() < 3 * math.sqrt(8 * d * (d + 2) / m)


@given(d=st.integers(2, 4), seed=st.integers(0, 99))
def test_the_kurtosis_is_mardias_formula(d, seed):
    rows = torch.randn(15, d, dtype=torch.float64, generator=generator(seed))
    centred = rows - rows.mean(0)
    inverse = torch.linalg.inv(centred.T @ centred / 15)
    mardia = torch.einsum("na,ab,nb->n", centred, inverse, centred).square().mean()

    gap = kurtosis_gap(rows)

    torch.testing.assert_close(gap, (mardia - d * (d + 2)).abs(), rtol=1e-6, atol=1e-6)


def test_the_kurtosis_does_not_see_scale_nor_place():
    rows = torch.randn(30, 3, dtype=torch.float64, generator=generator())
    mean, covariance = drawn(3)
    moved = rows @ torch.linalg.cholesky(covariance).T + mean

    torch.testing.assert_close(
        kurtosis_gap(moved, sigma=3.0), kurtosis_gap(rows), rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "rows",
    [
        torch.zeros(1, 2),
        torch.zeros(2, 2),
        torch.ones(3, 6),
        torch.tensor([[1.0, 0.0], [1.0, 0.0], [2.0, 0.0]]),
        1e4 * torch.tensor([[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0]]),
        torch.full((4, 3), 1e4),
        torch.zeros(5, 1),
    ],
    ids=["one row", "equal rows", "more outputs than rows", "flat", "huge", "far", "1"],
)
def test_tiny_and_degenerate_batches_are_finite(rows, dtype):
    rows = rows.to(dtype)
    target = torch.zeros(len(rows), dtype=torch.int64)

    loss = gaussian_classes(rows, target=target)

    assert loss.dtype == dtype
    assert loss.isfinite().all()
    assert slope(lambda f: gaussian_classes(f, target=target), rows).isfinite().all()


def test_slope_is_that_of_finite_differences():
    rows = torch.randn(9, 3, dtype=torch.float64, generator=generator())
    target = torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 2])

    assert torch.autograd.gradcheck(
        lambda f: gaussian_classes(f, target=target)[0], rows.requires_grad_()
    )


def test_descent_brings_the_classes_to_their_corners():
    target = torch.arange(3).repeat_interleave(20)
    rows = torch.randn(60, 3, generator=generator()).requires_grad_()
    optimizer = torch.optim.Adam([rows], lr=0.1)

    for _ in range(300):
        optimizer.zero_grad()
        gaussian_classes(rows, target=target).mean().backward()
        optimizer.step()

    of_class = rows.detach().view(3, 20, 3)
    torch.testing.assert_close(of_class.mean(1), 10 * torch.eye(3), atol=0.1, rtol=0)
    torch.testing.assert_close(of_class.std(1), torch.ones(3, 3), atol=0.1, rtol=0)


def test_labels_are_needed():
    with pytest.raises(TypeError, match="gaussian_classes: target must be"):
        gaussian_classes(torch.zeros(2, 2))
