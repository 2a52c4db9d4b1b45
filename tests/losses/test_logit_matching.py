"""Logit matching: values by hand, and the variance that it is half of."""

import pytest
import torch
from hypothesis import given
from strategies import batches

from sklkd.losses import logit_matching


@pytest.mark.parametrize(
    ("student", "teacher", "expected"),
    [
        # Gap (-4, -6), centred (1, -1): half the mean of (1, 1).
        ([1.0, -1.0], [5.0, 5.0], 0.5),
        # Gap (3, 0, 0), centred (2, -1, -1): half the mean of (4, 1, 1).
        ([3.0, 0.0, 0.0], [0.0, 0.0, 0.0], 1.0),
        # A gap that is one constant: both softmaxes are the same.
        ([7.0, 8.0, 9.0], [0.0, 1.0, 2.0], 0.0),
    ],
)
def test_value_by_hand(student, teacher, expected):
    loss = logit_matching(torch.tensor([student]), torch.tensor([teacher]))

    assert loss.tolist() == [pytest.approx(expected)]


@given(batch=batches())
def test_is_half_the_variance_of_the_gap(batch):
    student, teacher, _ = batch
    expected = (student - teacher).var(dim=1, correction=0) / 2

    loss = logit_matching(student, teacher)

    torch.testing.assert_close(loss, expected)


@given(batch=batches())
def test_gradient_is_the_centred_gap_over_the_number_of_classes(batch):
    student, teacher, _ = batch
    gap = student - teacher
    student.requires_grad_()

    logit_matching(student, teacher).sum().backward()

    expected = (gap - gap.mean(1, keepdim=True)) / gap.shape[1]
    torch.testing.assert_close(student.grad, expected.detach())


@given(batch=batches())
def test_is_symmetric(batch):
    student, teacher, _ = batch

    loss = logit_matching(student, teacher)

    torch.testing.assert_close(loss, logit_matching(teacher, student))


@given(batch=batches())
def test_labels_play_no_part(batch):
    student, teacher, target = batch

    with_labels = logit_matching(student, teacher, target)

    assert torch.equal(with_labels, logit_matching(student, teacher))
