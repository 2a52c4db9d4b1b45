"""Soft targets: values by hand, Hinton's gradient, and the losses it turns into."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from strategies import batches

from sklkd.losses import logit_matching, soft_targets

TEMPERATURES = st.sampled_from([0.5, 1.0, 4.0, 20.0])


def gradient(loss, student):
    """Slope of the summed loss at the student's logits: (n, k)."""
    student = student.clone().requires_grad_()
    return torch.autograd.grad(loss(student).sum(), student)[0]


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_value_by_hand(temperature):
    # Softened, the teacher says (3/4, 1/4) and the student (1/2, 1/2).
    teacher = torch.tensor([[temperature * math.log(3.0), 0.0]])
    student = torch.zeros(1, 2)
    expected = temperature**2 * (0.75 * math.log(1.5) + 0.25 * math.log(0.5))

    loss = soft_targets(student, teacher, temperature=temperature)

    assert loss.item() == pytest.approx(expected)


def test_default_temperature_is_four():
    teacher, student = torch.tensor([[4 * math.log(3.0), 0.0]]), torch.zeros(1, 2)

    loss = soft_targets(student, teacher)

    assert loss.item() == pytest.approx(16 * 0.13081203594113694)


@given(batch=batches(), temperature=TEMPERATURES)
def test_is_the_squared_temperature_times_scipys_relative_entropy(batch, temperature):
    student, teacher, _ = batch
    q, p = ((z / temperature).softmax(1).numpy() for z in (student, teacher))
    expected = temperature**2 * stats.entropy(p, q, axis=1)

    loss = soft_targets(student, teacher, temperature=temperature)

    torch.testing.assert_close(loss, torch.from_numpy(expected), rtol=1e-8, atol=1e-11)


@given(batch=batches(), temperature=TEMPERATURES)
def test_gradient_is_temperature_times_the_gap_of_probabilities(batch, temperature):
    student, teacher, _ = batch
    gap = (student / temperature).softmax(1) - (teacher / temperature).softmax(1)

    slope = gradient(
        lambda z: soft_targets(z, teacher, temperature=temperature), student
    )

    torch.testing.assert_close(slope, temperature * gap, rtol=1e-9, atol=1e-11)


@given(batch=batches())
def test_a_certain_teacher_at_temperature_one_is_cross_entropy(batch):
    student, _, target = batch
    certain = 1e3 * F.one_hot(target, student.shape[1]).to(student.dtype)

    loss = soft_targets(student, certain, temperature=1.0)

    torch.testing.assert_close(
        loss, F.cross_entropy(student, target, reduction="none"), rtol=1e-9, atol=1e-12
    )


@given(batch=batches(), temperature=TEMPERATURES)
def test_soft_cross_entropy_has_the_same_gradient(batch, temperature):
    """The two differ by the teacher's entropy, which the student cannot change."""
    student, teacher, _ = batch
    p = (teacher / temperature).softmax(1)

    def soft_cross_entropy(logits):
        loss = F.cross_entropy(logits / temperature, p, reduction="none")
        return temperature**2 * loss

    slope = gradient(
        lambda z: soft_targets(z, teacher, temperature=temperature), student
    )

    expected = gradient(soft_cross_entropy, student)
    torch.testing.assert_close(slope, expected, rtol=1e-9, atol=1e-11)


@given(batch=batches())
def test_hot_limit_is_logit_matching(batch):
    student, teacher, _ = batch

    loss = soft_targets(student, teacher, temperature=1e4)

    torch.testing.assert_close(
        loss, logit_matching(student, teacher), rtol=2e-2, atol=1e-4
    )


@given(batch=batches())
def test_hot_gradient_is_the_centred_gap_over_the_number_of_classes(batch):
    student, teacher, _ = batch
    gap = student - teacher
    centred = gap - gap.mean(1, keepdim=True)

    slope = gradient(lambda z: soft_targets(z, teacher, temperature=1e5), student)

    torch.testing.assert_close(slope, centred / student.shape[1], rtol=1e-2, atol=1e-3)


@given(batch=batches())
def test_labels_play_no_part(batch):
    student, teacher, target = batch

    with_labels = soft_targets(student, teacher, target)

    assert torch.equal(with_labels, soft_targets(student, teacher))


def test_classes_that_the_teacher_rules_out_cost_nothing():
    """Where p is 0, p log p is 0 and not nan."""
    teacher = torch.tensor([[0.0, 0.0, -1e4]])
    student = torch.tensor([[0.0, 0.0, -1e4]])

    loss = soft_targets(student, teacher, temperature=1.0)

    assert loss.item() == 0.0
