"""Symmetric cross-entropy: by hand, by its definition, and its two parts."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from strategies import batches, slope

from sklkd.losses import generalized_cross_entropy, symmetric_cross_entropy

WEIGHTS = st.sampled_from([0.0, 0.1, 6.0])


def test_value_by_hand():
    # p_y = 1/4: 0.1 ln 4 + 4 · 3/4.
    logits = torch.tensor([[math.log(3.0), 0.0]])

    loss = symmetric_cross_entropy(logits, target=torch.tensor([1]))

    assert loss.item() == pytest.approx(0.1 * math.log(4.0) + 3.0)


@given(
    batch=batches(), alpha=WEIGHTS, beta=WEIGHTS, log_zero=st.sampled_from([-2.0, -6.0])
)
def test_is_cross_entropy_there_and_back(batch, alpha, beta, log_zero):
    """The reverse is -sum_k p_k log t_k, in which log 0 is a number."""
    z, _, target = batch
    t = F.one_hot(target, z.shape[1])
    log_t = torch.where(t == 1, 0.0, log_zero)
    reverse = -(z.softmax(1) * log_t).sum(1)
    forward = F.cross_entropy(z, target, reduction="none")

    loss = symmetric_cross_entropy(
        z, target=target, alpha=alpha, beta=beta, log_zero=log_zero
    )

    torch.testing.assert_close(
        loss, alpha * forward + beta * reverse, rtol=1e-9, atol=1e-12
    )


@given(batch=batches())
def test_without_the_reverse_it_is_cross_entropy(batch):
    z, _, target = batch

    loss = symmetric_cross_entropy(z, target=target, alpha=1.0, beta=0.0)

    torch.testing.assert_close(loss, F.cross_entropy(z, target, reduction="none"))


@given(batch=batches())
def test_the_reverse_alone_is_a_multiple_of_absolute_error(batch):
    z, _, target = batch

    loss = symmetric_cross_entropy(z, target=target, alpha=0.0)

    expected = 4 * generalized_cross_entropy(z, target=target, q=1.0)
    torch.testing.assert_close(loss, expected)


@given(batch=batches())
def test_slope_hears_unlikely_labels_by_a_share(batch):
    z, _, target = batch
    gap = z.softmax(1) - F.one_hot(target, z.shape[1])
    p = z.softmax(1)[torch.arange(len(z)), target].unsqueeze(1)

    found = slope(lambda z: symmetric_cross_entropy(z, target=target), z)

    torch.testing.assert_close(found, (0.1 + 4 * p) * gap, rtol=1e-9, atol=1e-12)


def test_labels_are_needed():
    with pytest.raises(TypeError, match="symmetric_cross_entropy: target must be"):
        symmetric_cross_entropy(torch.zeros(2, 2))
