"""Distances: scipy's, zero without a slope at a prototype, and two means of minima."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from sklkd.losses import (
    _distances,
    distances,
    prototypes_to_rows,
    rows_to_prototypes,
    squared_distances,
)

KINDS = {"squared": squared_distances, "plain": distances}
METRICS = {"squared": "sqeuclidean", "plain": "euclidean"}


@st.composite
def tables(draw):
    """Rows (n, d) and prototypes (p, d) in float64; some prototypes are rows."""
    n, p, d = (draw(st.integers(1, 6)) for _ in range(3))
    scale = draw(st.sampled_from([1e-3, 1.0, 1e4]))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    X, prototypes = rng.normal(scale=scale, size=(n, d)), rng.normal(size=(p, d))
    prototypes[: draw(st.integers(0, p))] = X[0]
    return torch.from_numpy(X), torch.from_numpy(prototypes)


@pytest.fixture
def by_product(monkeypatch):
    """No table is small enough for differences, where a gradient is wanted."""
    monkeypatch.setattr(_distances, "LARGE", 0)


@pytest.mark.parametrize("kind", KINDS)
@given(tables())
def test_distances_are_scipys(kind, batch):
    expected = cdist(*batch, metric=METRICS[kind])

    torch.testing.assert_close(KINDS[kind](*batch), torch.from_numpy(expected))


@given(st.integers(0, 1000))
def test_a_product_gives_scipys_distances_too(seed):
    rng = np.random.default_rng(seed)
    X, prototypes = 5 + rng.normal(size=(7, 3)), 5 + rng.normal(size=(4, 3))
    wanted = torch.from_numpy(prototypes).requires_grad_()
    expected = torch.from_numpy(cdist(X, prototypes, "sqeuclidean"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_distances, "LARGE", 0)
        found = squared_distances(torch.from_numpy(X), wanted)
    found.sum().backward()

    torch.testing.assert_close(found.detach(), expected, rtol=1e-9, atol=1e-12)
    slope = 2 * (7 * prototypes - X.sum(axis=0))
    torch.testing.assert_close(wanted.grad, torch.from_numpy(slope))


def test_a_product_never_falls_below_zero(by_product):
    """In float32, 1000 from their mean: without a clamp about half were negative."""
    generator = torch.Generator().manual_seed(0)
    X = 1e3 * torch.randn(50, 8, generator=generator)

    found = squared_distances(X, X.clone().requires_grad_())

    assert (found >= 0).all()
    assert found.diagonal().max() < 10.0  # of about 1.6e7 between others


def test_without_a_gradient_large_tables_are_taken_by_differences(by_product):
    X = 1e3 * torch.randn(9, 4, generator=torch.Generator().manual_seed(0))

    with torch.no_grad():
        found = squared_distances(X, X.clone().requires_grad_())

    assert (found.diagonal() == 0).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(tables())
def test_a_row_on_a_prototype_is_at_zero_and_has_no_slope(kind, dtype, batch):
    X, prototypes = (part.to(dtype) for part in batch)
    prototypes[0] = X[0]
    X.requires_grad_()
    prototypes.requires_grad_()

    found = KINDS[kind](X[:1], prototypes[:1])
    found.sum().backward()

    assert found.item() == 0.0
    assert found.dtype == dtype
    assert (X.grad == 0).all()
    assert (prototypes.grad == 0).all()


@pytest.mark.parametrize("kind", KINDS)
@given(tables())
def test_gradients_are_finite_with_equal_rows_and_equal_prototypes(kind, batch):
    X = batch[0].repeat(2, 1).requires_grad_()
    prototypes = torch.cat([batch[0][:1], batch[1], batch[1]]).requires_grad_()

    KINDS[kind](X, prototypes).square().sum().backward()

    assert X.grad.isfinite().all()
    assert prototypes.grad.isfinite().all()


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_finite_differences(kind):
    rng = np.random.default_rng(0)
    X, prototypes = (torch.from_numpy(rng.normal(size=(n, 3))) for n in (4, 2))
    X.requires_grad_()
    prototypes.requires_grad_()

    assert torch.autograd.gradcheck(KINDS[kind], (X, prototypes))
    assert torch.autograd.gradgradcheck(KINDS[kind], (X, prototypes))


def test_the_slope_of_a_distance_has_length_one_however_near():
    for gap in (1e-15, 1e-5, 1.0):
        X = torch.tensor([[gap, 0.0]], requires_grad=True)

        distances(X, torch.zeros(1, 2)).sum().backward()

        torch.testing.assert_close(X.grad, torch.tensor([[1.0, 0.0]]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_number_is_no_distance_of_zero(kind):
    X = torch.tensor([[float("nan"), 0.0]])

    assert KINDS[kind](X, torch.zeros(1, 2)).isnan().all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_rows", [0, 3])
def test_there_is_one_distance_for_each_pair(kind, n_rows):
    assert KINDS[kind](torch.zeros(n_rows, 2), torch.zeros(5, 2)).shape == (n_rows, 5)


def test_tables_of_different_width_are_refused():
    with pytest.raises(ValueError, match="squared_distances") as caught:
        distances(torch.zeros(4, 1), torch.zeros(3, 2))

    assert str(caught.value) == (
        "squared_distances: rows and prototypes must have the shapes (n_samples, "
        "n_features) and (n_prototypes, n_features), got (4, 1) and (3, 2)."
    )


# --- What makes prototypes look like rows ---------------------------------------------


def test_means_of_minima_by_hand():
    gaps = torch.tensor([[0.0, 4.0, 2.0], [7.0, 6.0, 1.0]])

    assert prototypes_to_rows(gaps).item() == pytest.approx(5 / 3)  # 0, 4, 1
    assert rows_to_prototypes(gaps).tolist() == [0.0, 1.0]


@given(tables(), st.randoms(use_true_random=False))
def test_both_are_zero_where_the_prototypes_are_the_rows(batch, random):
    X = batch[0]
    order = random.sample(range(len(X)), len(X))

    gaps = squared_distances(X, X[order])

    assert prototypes_to_rows(gaps) == 0
    assert (rows_to_prototypes(gaps) == 0).all()


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_prototypes_does_not_matter(batch, random):
    X, prototypes = batch
    order = random.sample(range(len(prototypes)), len(prototypes))
    gaps = squared_distances(X, prototypes)

    torch.testing.assert_close(
        prototypes_to_rows(gaps[:, order]), prototypes_to_rows(gaps)
    )
    assert torch.equal(rows_to_prototypes(gaps[:, order]), rows_to_prototypes(gaps))
