"""Label smoothing: torch's own, scipy's divergence, and the slope."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from strategies import batches, slope

from sklkd.losses import kl_divergence, label_smoothing, soft_targets


@st.composite
def priors(draw, k):
    """Probabilities of `k` classes, some of which may be 0."""
    counts = draw(st.lists(st.integers(0, 9), min_size=k, max_size=k).filter(any))
    return torch.tensor(counts, dtype=torch.float64) / sum(counts)


def test_value_by_hand():
    # p = (3/4, 1/4): 1/2 ln(2/3) + 1/2 ln 2; and with the prior (0, 1), ln 4.
    logits = torch.tensor([[math.log(3.0), 0.0]])

    uniform = label_smoothing(logits)
    certain = label_smoothing(logits, prior=torch.tensor([0.0, 1.0]))

    assert uniform.item() == pytest.approx(0.5 * math.log(4 / 3))
    assert certain.item() == pytest.approx(math.log(4.0))


@given(batch=batches(), smoothing=st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_with_cross_entropy_it_is_torchs_label_smoothing(batch, smoothing):
    """Exactly, with the prior's entropy, log K, as the constant."""
    z, _, target = batch
    expected = F.cross_entropy(z, target, reduction="none", label_smoothing=smoothing)
    label = F.cross_entropy(z, target, reduction="none")

    divergence = label_smoothing(z)

    torch.testing.assert_close(
        (1 - smoothing) * label + smoothing * (divergence + math.log(z.shape[1])),
        expected,
    )


@given(batch=batches(), smoothing=st.sampled_from([0.1, 0.5]))
def test_with_cross_entropy_it_has_torchs_slope(batch, smoothing):
    z, _, target = batch

    def torchs(z):
        return F.cross_entropy(z, target, reduction="none", label_smoothing=smoothing)

    def ours(z):
        label = F.cross_entropy(z, target, reduction="none")
        return (1 - smoothing) * label + smoothing * label_smoothing(z)

    torch.testing.assert_close(slope(ours, z), slope(torchs, z))


@given(data=st.data(), batch=batches())
def test_is_scipys_relative_entropy_of_the_prior(data, batch):
    z = batch[0]
    prior = data.draw(priors(z.shape[1]))
    p = z.softmax(1).numpy()
    expected = stats.entropy(np.broadcast_to(prior.numpy(), p.shape), p, axis=1)

    loss = label_smoothing(z, prior=prior)

    torch.testing.assert_close(loss, torch.from_numpy(expected), rtol=1e-9, atol=1e-12)
    assert (loss >= -1e-12).all()


@given(data=st.data(), batch=batches())
def test_slope_is_the_gap_to_the_prior(data, batch):
    z = batch[0]
    prior = data.draw(priors(z.shape[1]))

    found = slope(lambda z: label_smoothing(z, prior=prior), z)

    torch.testing.assert_close(found, z.softmax(1) - prior)


@given(batch=batches())
def test_a_balanced_prior_is_the_uniform_one(batch):
    z = batch[0]
    balanced = torch.full((z.shape[1],), 1 / z.shape[1], dtype=torch.float64)

    assert torch.equal(label_smoothing(z, prior=balanced), label_smoothing(z))


@given(batch=batches())
def test_it_is_distillation_from_a_teacher_who_knows_nothing(batch):
    z = batch[0]
    taught = soft_targets(z, torch.zeros_like(z), temperature=1.0)

    torch.testing.assert_close(label_smoothing(z), taught)


@given(data=st.data(), batch=batches())
def test_it_is_zero_only_for_the_prior(data, batch):
    z = batch[0]
    prior = data.draw(priors(z.shape[1]).filter(lambda u: (u > 0).all()))

    at_prior = label_smoothing(prior.log().expand_as(z) + 3.0, prior=prior)

    torch.testing.assert_close(at_prior, torch.zeros(len(z), dtype=torch.float64))
    torch.testing.assert_close(
        label_smoothing(z, prior=prior), kl_divergence(z, prior.log().expand_as(z))
    )


def test_a_class_without_a_prior_costs_nothing_however_unlikely():
    logits = torch.tensor([[0.0, -1e4]])

    assert label_smoothing(logits, prior=torch.tensor([1.0, 0.0])).item() == 0.0


def test_the_prior_takes_the_logits_type():
    prior = torch.tensor([0.5, 0.5], dtype=torch.float64)

    assert label_smoothing(torch.zeros(2, 2), prior=prior).dtype == torch.float32


@pytest.mark.parametrize("shape", [(1,), (2,), (4, 3), (4, 1)])
def test_a_prior_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="prior") as caught:
        label_smoothing(torch.zeros(4, 3), prior=torch.ones(shape))

    assert str(caught.value) == (
        "label_smoothing: prior must have one probability for each class, the shape "
        f"(3,), got {shape}."
    )
