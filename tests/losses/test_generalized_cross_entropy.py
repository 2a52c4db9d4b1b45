"""Generalised cross-entropy: by hand, both its ends, and the slope."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from strategies import batches, slope

from sklkd.losses import generalized_cross_entropy

POWERS = st.sampled_from([0.01, 0.3, 0.7, 1.0])


def likelihood(z, target):
    return z.softmax(1)[torch.arange(len(z)), target]


def test_value_by_hand():
    # p_y = 1/4, and 1 - sqrt(1/4) = 1/2, over q = 1/2.
    logits = torch.tensor([[math.log(3.0), 0.0]])

    loss = generalized_cross_entropy(logits, target=torch.tensor([1]), q=0.5)

    assert loss.item() == pytest.approx(1.0)


def test_default_power_is_the_papers():
    loss = generalized_cross_entropy(torch.zeros(1, 2), target=torch.tensor([1]))

    assert loss.item() == pytest.approx((1 - 0.5**0.7) / 0.7)


@given(batch=batches(), q=POWERS)
def test_is_the_papers_formula(batch, q):
    z, _, target = batch
    expected = (1 - likelihood(z, target) ** q) / q

    loss = generalized_cross_entropy(z, target=target, q=q)

    torch.testing.assert_close(loss, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(batch=batches())
def test_small_powers_are_cross_entropy(dtype, batch):
    z, _, target = batch
    z = z.to(dtype)

    loss = generalized_cross_entropy(z, target=target, q=1e-9)

    torch.testing.assert_close(loss, F.cross_entropy(z, target, reduction="none"))


@given(batch=batches())
def test_the_power_one_is_half_the_absolute_error(batch):
    z, _, target = batch
    one_hot = F.one_hot(target, z.shape[1])

    loss = generalized_cross_entropy(z, target=target, q=1.0)

    torch.testing.assert_close(loss, 1 - likelihood(z, target))
    torch.testing.assert_close(loss, (z.softmax(1) - one_hot).abs().sum(1) / 2)


@given(batch=batches(), q=POWERS)
def test_slope_is_cross_entropys_times_a_power_of_the_likelihood(batch, q):
    z, _, target = batch
    heard = (likelihood(z, target) ** q).unsqueeze(1)

    found = slope(lambda z: generalized_cross_entropy(z, target=target, q=q), z)

    expected = heard * (z.softmax(1) - F.one_hot(target, z.shape[1]))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@given(batch=batches(), q=POWERS)
def test_no_label_costs_more_than_its_bound(batch, q):
    z, _, target = batch

    loss = generalized_cross_entropy(1e3 * z, target=target, q=q)

    assert (loss <= 1 / q).all()


@given(batch=batches())
def test_the_sum_over_all_labels_at_the_power_one_is_constant(batch):
    """The symmetry that makes it bear uniform noise: sum_k (1 - p_k) = K - 1."""
    z = batch[0]
    k = z.shape[1]

    total = sum(
        generalized_cross_entropy(z, target=torch.full((len(z),), label), q=1.0)
        for label in range(k)
    )

    torch.testing.assert_close(total, torch.full_like(total, k - 1))


def test_labels_are_needed():
    with pytest.raises(TypeError, match="generalized_cross_entropy: target must be"):
        generalized_cross_entropy(torch.zeros(2, 2))
