"""Bootstrapping: by hand, by torch's soft cross-entropy, and where gradients flow."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from strategies import batches, slope

from sklkd.losses import bootstrapping, confidence_penalty

SHARES = st.sampled_from([0.0, 0.5, 0.8, 0.95, 1.0])


def test_value_by_hand():
    # p = (3/4, 1/4), the label is the second. Soft: the mixture is (3/8, 5/8).
    logits, target = torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([1])
    expected = 3 / 8 * math.log(4 / 3) + 5 / 8 * math.log(4)

    soft = bootstrapping(logits, target=target, target_share=0.5)
    hard = bootstrapping(logits, target=target, target_share=0.5, hard=True)

    assert soft.item() == pytest.approx(expected)
    assert hard.item() == pytest.approx((math.log(4 / 3) + math.log(4)) / 2)


def test_defaults_are_soft_with_the_papers_share():
    logits, target = torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([1])
    entropy = 3 / 4 * math.log(4 / 3) + 1 / 4 * math.log(4)

    loss = bootstrapping(logits, target=target)

    assert loss.item() == pytest.approx(0.95 * math.log(4) + 0.05 * entropy)


@pytest.mark.parametrize("hard", [False, True])
@given(batch=batches(), share=SHARES)
def test_is_cross_entropy_to_the_mixture(hard, batch, share):
    z, _, target = batch
    p, k = z.softmax(1), z.shape[1]
    own = F.one_hot(p.argmax(1), k) if hard else p
    mixture = share * F.one_hot(target, k) + (1 - share) * own

    loss = bootstrapping(z, target=target, target_share=share, hard=hard)

    torch.testing.assert_close(loss, F.cross_entropy(z, mixture, reduction="none"))


@pytest.mark.parametrize("hard", [False, True])
@given(batch=batches())
def test_whole_belief_in_the_label_is_cross_entropy(hard, batch):
    z, _, target = batch

    loss = bootstrapping(z, target=target, target_share=1.0, hard=hard)

    torch.testing.assert_close(loss, F.cross_entropy(z, target, reduction="none"))


@given(batch=batches(), share=SHARES)
def test_soft_is_cross_entropy_less_a_confidence_penalty(batch, share):
    """Both the value, up to a constant, and the slope: p is differentiated too."""
    z, _, target = batch

    def expected(z):
        label = F.cross_entropy(z, target, reduction="none")
        return share * label - (1 - share) * confidence_penalty(z)

    def loss(z):
        return bootstrapping(z, target=target, target_share=share)

    constant = (1 - share) * math.log(z.shape[1])
    torch.testing.assert_close(loss(z), expected(z) + constant)
    torch.testing.assert_close(slope(loss, z), slope(expected, z))


@given(batch=batches(), share=SHARES)
def test_hard_has_the_slope_of_a_fixed_mixture(batch, share):
    z, _, target = batch
    k = z.shape[1]
    mixture = share * F.one_hot(target, k) + (1 - share) * F.one_hot(z.argmax(1), k)

    found = slope(
        lambda z: bootstrapping(z, target=target, target_share=share, hard=True), z
    )

    torch.testing.assert_close(found, z.softmax(1) - mixture)


def test_of_two_equally_likely_classes_one_is_believed():
    def loss(z):
        return bootstrapping(z, target=torch.tensor([2]), target_share=0.0, hard=True)

    found = slope(loss, torch.zeros(1, 3))

    assert sorted(found[0].tolist()) == pytest.approx([-2 / 3, 1 / 3, 1 / 3])


def test_labels_are_needed():
    with pytest.raises(TypeError, match="bootstrapping: target must be"):
        bootstrapping(torch.zeros(2, 2))
