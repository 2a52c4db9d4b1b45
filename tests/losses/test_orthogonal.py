"""The orthogonal loss: zero along the axis, half a squared distance, any rotation."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from strategies import batches, slope

from sklkd.losses import orthogonal
from sklkd.nn import FixedBasisHead

SCALES = st.sampled_from([0.5, 1.0, 10.0])


def turned(k):
    """A rotation: orthonormal rows (k, k)."""
    square = np.random.default_rng(k).normal(size=(k, k))
    return torch.from_numpy(np.linalg.qr(square).Q)


def cosines(features, basis):
    return F.normalize(features, dim=1) @ basis.T


def test_value_by_hand():
    # (3, 4) has the cosines 0.6 and 0.8.
    scaled = torch.tensor([[6.0, 8.0], [6.0, 8.0]])

    loss = orthogonal(scaled, target=torch.tensor([0, 1]), scale=10.0)

    assert loss.tolist() == pytest.approx([0.4, 0.2])


@given(batch=batches(), scale=SCALES)
def test_is_half_the_squared_distance_to_the_axis(batch, scale):
    features, _, target = batch
    basis = turned(features.shape[1])
    gap = F.normalize(features, dim=1) - basis[target]

    loss = orthogonal(scale * cosines(features, basis), target=target, scale=scale)

    torch.testing.assert_close(loss, gap.square().sum(1) / 2, rtol=1e-9, atol=1e-12)
    assert (loss >= -1e-12).all()
    assert (loss <= 2 + 1e-12).all()


@given(batch=batches(), length=st.sampled_from([0.01, 1.0, 100.0]))
def test_is_zero_for_features_along_the_axis_and_for_no_others(batch, length):
    features, _, target = batch
    basis = turned(features.shape[1])
    along = length * basis[target]

    at_axis = orthogonal(cosines(along, basis), target=target)
    beside = orthogonal(cosines(features, basis), target=target)

    torch.testing.assert_close(at_axis, torch.zeros_like(at_axis))
    assert (beside > 0).all()


@given(batch=batches())
def test_basis_and_features_may_be_turned_together(batch):
    features, _, target = batch
    rotation = turned(features.shape[1])
    basis = torch.eye(features.shape[1], dtype=torch.float64)

    loss = orthogonal(cosines(features, basis), target=target)

    moved = orthogonal(cosines(features @ rotation, basis @ rotation), target=target)
    torch.testing.assert_close(moved, loss)


@given(batch=batches())
def test_a_step_downhill_turns_features_and_keeps_their_length(batch):
    features, _, target = batch
    basis = turned(features.shape[1])

    found = slope(lambda f: orthogonal(cosines(f, basis), target=target), features)

    along = (found * features).sum(1)
    torch.testing.assert_close(along, torch.zeros_like(along))


def test_it_reads_what_a_fixed_basis_puts_out():
    head = FixedBasisHead(3, 3, scale=10.0)
    features = torch.tensor([[0.0, 2.0, 0.0], [3.0, 0.0, 4.0]])

    loss = orthogonal(head(features), target=torch.tensor([1, 2]), scale=10.0)

    torch.testing.assert_close(loss, torch.tensor([0.0, 0.2]))


def test_labels_are_needed():
    with pytest.raises(TypeError, match="orthogonal: target must be"):
        orthogonal(torch.zeros(2, 2))
