"""Early-learning regularisation: by hand, its slope, and both ends of the memory."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from strategies import batches, extreme_batches, slope

from sklkd.losses import clamped_probabilities, early_learning


@st.composite
def unclamped(draw):
    """Logits without a probability near 0 or 1, and a memory of sum at most 1."""
    student, other, target = draw(batches())
    student = 3 * student / student.abs().max().clamp_min(1)
    filled = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return student, filled * other.softmax(1), target


def test_value_by_hand():
    # p = (3/4, 1/4): <p, t> = 3/8 + 1/16.
    logits = torch.tensor([[math.log(3.0), 0.0]])

    loss = early_learning(logits, torch.tensor([[0.5, 0.25]]))

    assert loss.item() == pytest.approx(math.log(1 - 7 / 16))


@given(case=unclamped())
def test_is_the_log_of_what_is_missing_to_agreement(case):
    z, memory, _ = case
    expected = (1 - (z.softmax(1) * memory).sum(1)).log()

    torch.testing.assert_close(early_learning(z, memory), expected)


@given(case=unclamped())
def test_slope_is_the_papers_formula(case):
    """g_c = p_c / (1 - <p, t>) · sum_k (t_k - t_c) p_k."""
    z, t, _ = case
    p = z.softmax(1)
    agreement = (p * t).sum(1, keepdim=True)
    # sum_k p_k = 1, so that the sum is <p, t> - t_c.
    expected = p / (1 - agreement) * (agreement - t)

    found = slope(lambda z: early_learning(z, t), z)

    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@given(case=unclamped())
def test_no_memory_costs_nothing_and_moves_nothing(case):
    z = case[0]
    nothing = torch.zeros_like(z)

    assert torch.equal(early_learning(z, nothing).abs(), torch.zeros_like(z[:, 0]))
    assert torch.equal(slope(lambda z: early_learning(z, nothing), z).abs(), nothing)


@given(case=unclamped())
def test_a_memory_sure_of_the_same_leaves_the_rest_of_the_probability(case):
    z = case[0]
    memory = F.one_hot(z.argmax(1), z.shape[1]).to(z)

    loss = early_learning(z, memory)

    torch.testing.assert_close(loss, (1 - z.softmax(1).amax(1)).log())


@given(case=unclamped())
def test_a_step_downhill_goes_towards_the_memory(case):
    z, _, target = case
    memory = F.one_hot(target, z.shape[1]).to(z)

    stepped = z - 0.01 * slope(lambda z: early_learning(z, memory), z)

    rows = torch.arange(len(z))
    assert (stepped.softmax(1)[rows, target] > z.softmax(1)[rows, target]).all()


@given(batch=extreme_batches())
def test_logits_of_1e4_leave_value_and_slope_finite(batch):
    z, target = batch
    memory = F.one_hot(target, z.shape[1]).to(z)

    loss = early_learning(z, memory)

    assert (loss >= math.log(1e-4) - 1e-3).all()
    assert (loss <= 0).all()
    assert slope(lambda z: early_learning(z, memory), z).isfinite().all()


@given(batch=batches())
def test_the_memory_is_read_and_not_written_to(batch):
    student, other, _ = batch
    memory = other.softmax(1)
    before = memory.clone()

    early_learning(student, memory)

    assert torch.equal(memory, before)


@pytest.mark.parametrize("shape", [(1, 3), (4, 1), (3,), (4, 2)])
def test_a_memory_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="memory") as caught:
        early_learning(torch.zeros(4, 3), torch.zeros(shape))

    assert str(caught.value) == (
        f"early_learning: student (4, 3) and memory {shape} must have one shape, "
        "(n_samples, n_classes)."
    )


def test_clamped_probabilities_by_hand():
    # (1, 0, 0) is clamped to (0.9999, 0.0001, 0.0001), whose sum is 1.0001.
    found = clamped_probabilities(torch.tensor([[1e3, 0.0, 0.0]], dtype=torch.float64))

    assert found[0].tolist() == pytest.approx([0.9999 / 1.0001, *[1e-4 / 1.0001] * 2])


@given(batch=extreme_batches())
def test_clamped_probabilities_have_the_sum_one(batch):
    found = clamped_probabilities(batch[0])

    torch.testing.assert_close(found.sum(1), torch.ones_like(found[:, 0]))
    assert (found > 0.9e-4).all()


@given(case=unclamped())
def test_in_between_they_are_the_softmax(case):
    torch.testing.assert_close(clamped_probabilities(case[0]), case[0].softmax(1))
