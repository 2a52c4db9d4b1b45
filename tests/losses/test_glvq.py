"""Generalised learning vector quantisation: by hand, scale, sides, and zero gaps."""

import math

import pytest
import torch
from hypothesis import given
from strategies import batches, slope

from sklkd.losses import glvq


def test_values_by_hand():
    gaps = torch.tensor([[1.0, 3.0, 9.0], [4.0, 9.0, 1.0], [2.0, 2.0, 8.0]])

    found = glvq(-gaps, target=torch.tensor([0, 0, 1]))

    # The relative gaps are -2 of 4, 3 of 5, and 0.
    torch.testing.assert_close(found, torch.tensor([0.5, 1.6, 1.0]))


def test_a_sigmoid_by_hand():
    found = glvq(torch.tensor([[-1.0, -3.0]]), target=torch.tensor([0]), beta=2.0)

    assert found.item() == pytest.approx(1 / (1 + math.exp(1.0)))


@given(batches())
def test_it_is_less_than_one_exactly_where_the_class_is_right(batch):
    outputs, _, target = batch
    outputs = -outputs.abs()

    found = glvq(outputs, target=target)

    assert ((found >= 0) & (found <= 2)).all()
    assert torch.equal(found < 1, outputs.argmax(1) == target)


@given(batches())
def test_the_unit_of_distances_does_not_matter(batch):
    outputs, _, target = batch
    outputs = -outputs.abs()

    torch.testing.assert_close(
        glvq(1e3 * outputs, target=target), glvq(outputs, target=target)
    )


@given(batches())
def test_only_one_s_own_and_the_nearest_other_class_get_a_gradient(batch):
    outputs, _, target = batch
    outputs = -outputs.abs() - 0.1
    other = outputs.scatter(1, target[:, None], -torch.inf).argmax(1)

    found = slope(lambda z: glvq(z, target=target), outputs)

    expected = torch.zeros_like(found).bool()
    rows = torch.arange(len(target))
    expected[rows, target] = expected[rows, other] = True
    assert torch.equal(found != 0, expected)
    assert (found[rows, target] < 0).all()  # a smaller distance is a larger output
    assert (found[rows, other] > 0).all()


@pytest.mark.parametrize("beta", [None, 3.0])
@pytest.mark.parametrize("size", [0.0, 1e-44, 1e-38, 1e-30])
def test_two_distances_of_nearly_zero_are_safe(beta, size):
    outputs = torch.tensor([[-size, -size, -1.0]])
    target = torch.tensor([0])

    found = glvq(outputs, target=target, beta=beta)

    assert found.item() == pytest.approx(1.0 if beta is None else 0.5)
    assert slope(lambda z: glvq(z, target=target, beta=beta), outputs).isfinite().all()


def test_what_is_above_zero_counts_as_a_distance_of_zero():
    target = torch.tensor([0])

    found = glvq(torch.tensor([[5.0, -2.0]]), target=target)

    assert torch.equal(found, glvq(torch.tensor([[0.0, -2.0]]), target=target))


def test_a_single_class_has_nothing_to_lose():
    outputs, target = torch.tensor([[-3.0], [0.0]]), torch.tensor([0, 0])

    assert glvq(outputs, target=target).tolist() == [0.0, 0.0]
    assert (slope(lambda z: glvq(z, target=target), outputs) == 0).all()


def test_labels_are_needed():
    with pytest.raises(TypeError, match="glvq: target must be the class index"):
        glvq(torch.zeros(2, 2))
