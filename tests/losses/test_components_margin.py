"""The margin of scores: by hand, against torch's hinge, and where it is kept."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from strategies import batches, slope

from sklkd.losses import components_margin


def test_values_by_hand():
    scores = torch.tensor([[0.9, 0.2, 0.5], [0.5, 0.4, 0.6], [0.0, 1.0, 1.0]])

    found = components_margin(scores.log(), target=torch.tensor([0, 0, 0]), margin=0.5)

    torch.testing.assert_close(found, torch.tensor([0.1, 0.6, 1.5]))


@given(batches())
def test_with_two_classes_it_is_torchs_hinge(batch):
    """Which is summed over the other classes, and divided by the number of classes."""
    outputs, _, target = batch
    outputs, target = F.logsigmoid(outputs[:, :2]), target.clamp_max(1)
    expected = 2 * F.multi_margin_loss(
        outputs.exp(), target, margin=0.3, reduction="none"
    )

    torch.testing.assert_close(components_margin(outputs, target=target), expected)


@given(batches())
def test_it_is_less_than_the_margin_exactly_where_the_class_is_right(batch):
    outputs, _, target = batch
    outputs = F.logsigmoid(outputs)

    found = components_margin(outputs, target=target)

    assert torch.equal(found < 0.3, outputs.argmax(1) == target)


def test_a_margin_that_is_kept_has_no_gradient():
    outputs = torch.tensor([[0.0, -5.0]])

    found = slope(lambda z: components_margin(z, target=torch.tensor([0])), outputs)

    assert (found == 0).all()


def test_scores_of_zero_and_one_are_safe():
    outputs, target = torch.tensor([[-math.inf, 0.0]]), torch.tensor([0])

    assert components_margin(outputs, target=target).item() == pytest.approx(1.3)
    found = slope(lambda z: components_margin(z, target=target), outputs)
    assert found.tolist() == [[0.0, 1.0]]


def test_a_single_class_has_nothing_to_lose():
    outputs, target = torch.tensor([[-3.0]]), torch.tensor([0])

    assert components_margin(outputs, target=target).tolist() == [0.0]
    assert (slope(lambda z: components_margin(z, target=target), outputs) == 0).all()
