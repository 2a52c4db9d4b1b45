"""The confidence penalty: scipy's entropy, the paper's slope, and the threshold."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from strategies import batches, slope

from sklkd.losses import confidence_penalty, kl_divergence

THRESHOLDS = st.sampled_from([0.1, 0.5, 1.0])


def entropy(z):
    return torch.from_numpy(stats.entropy(z.softmax(1).numpy(), axis=1))


def test_value_by_hand():
    # p = (3/4, 1/4), whose entropy is ln 4 - 3/4 ln 3 = 0.5623.
    logits = torch.tensor([[math.log(3.0), 0.0]])
    h = math.log(4.0) - 0.75 * math.log(3.0)

    assert confidence_penalty(logits).item() == pytest.approx(math.log(2.0) - h)
    assert confidence_penalty(logits, threshold=0.6).item() == pytest.approx(0.6 - h)
    assert confidence_penalty(logits, threshold=0.5).item() == 0.0


@given(batch=batches())
def test_is_what_is_missing_to_the_greatest_entropy(batch):
    z = batch[0]

    loss = confidence_penalty(z)

    expected = math.log(z.shape[1]) - entropy(z)
    torch.testing.assert_close(loss, expected, rtol=1e-9, atol=1e-12)


@given(batch=batches())
def test_is_the_divergence_of_the_prediction_from_the_uniform_one(batch):
    z = batch[0]

    torch.testing.assert_close(
        confidence_penalty(z), kl_divergence(torch.zeros_like(z), z)
    )


@given(batch=batches())
def test_slope_is_the_papers_formula(batch):
    """dH/dz_i = p_i (-log p_i - H), and the penalty has its negative."""
    z = batch[0]
    p = z.softmax(1)
    of_entropy = p * (-p.log() - entropy(z).unsqueeze(1))

    torch.testing.assert_close(
        slope(confidence_penalty, z), -of_entropy, rtol=1e-9, atol=1e-12
    )


@given(batch=batches(), threshold=THRESHOLDS)
def test_a_threshold_is_a_hinge_on_the_entropy(batch, threshold):
    z = batch[0]

    loss = confidence_penalty(z, threshold=threshold)

    expected = (threshold - entropy(z)).clamp_min(0)
    torch.testing.assert_close(loss, expected, rtol=1e-9, atol=1e-12)


@given(batch=batches(), threshold=THRESHOLDS)
def test_only_predictions_below_the_threshold_are_moved(batch, threshold):
    z = batch[0]
    is_sure = (entropy(z) < threshold).unsqueeze(1)

    found = slope(lambda z: confidence_penalty(z, threshold=threshold), z)

    expected = slope(confidence_penalty, z) * is_sure
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@given(batch=batches(), threshold=st.sampled_from([0.0, -1.0]))
def test_a_threshold_of_nothing_costs_nothing(batch, threshold):
    z = batch[0]

    loss = confidence_penalty(z, threshold=threshold)

    assert torch.equal(loss, torch.zeros_like(loss))


@given(batch=batches(), above=st.sampled_from([0.0, 1.0]))
def test_a_threshold_above_every_entropy_has_the_slope_of_none(batch, above):
    z = batch[0]
    threshold = math.log(z.shape[1]) + above

    found = slope(lambda z: confidence_penalty(z, threshold=threshold), z)

    torch.testing.assert_close(
        found, slope(confidence_penalty, z), rtol=1e-9, atol=1e-12
    )


def test_a_nearly_uniform_prediction_keeps_its_digits():
    # To second order KL(p | uniform) = var(z) / 2, here 5e-9: in float32, log K - H
    # as two sums would be a multiple of 6e-8.
    z = torch.tensor([[1e-4, -1e-4]])

    assert confidence_penalty(z.double()).item() == pytest.approx(5e-9, rel=1e-6)
    assert confidence_penalty(z).item() == pytest.approx(0.0, abs=6e-8)
