"""Labels: a likelihood by hand, and one sentence for what are no labels."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from strategies import batches

from sklkd.losses._labels import check_target, log_likelihood, pick

LOGITS = torch.zeros(4, 3)


def test_likelihood_by_hand():
    logits = torch.tensor([[math.log(3.0), 0.0], [0.0, 0.0]])

    found = log_likelihood("loss", logits, torch.tensor([1, 0]))

    assert found.tolist() == pytest.approx([math.log(1 / 4), math.log(1 / 2)])


@given(batch=batches())
def test_likelihood_is_torchs_cross_entropy_with_its_sign_changed(batch):
    student, _, target = batch

    found = log_likelihood("loss", student, target)

    torch.testing.assert_close(
        -found, F.cross_entropy(student, target, reduction="none")
    )


def test_pick_takes_each_rows_own_column():
    values = torch.tensor([[1.0, 2.0], [3.0, 4.0]])

    assert pick(values, torch.tensor([1, 0])).tolist() == [2.0, 3.0]


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.int16, torch.uint8])
def test_whole_numbers_of_every_size_are_labels(dtype):
    labels = check_target("loss", LOGITS, torch.tensor([0, 1, 2, 1], dtype=dtype))

    assert labels.dtype == torch.int64
    assert labels.tolist() == [0, 1, 2, 1]


def test_no_labels_are_refused():
    with pytest.raises(TypeError) as caught:
        check_target("loss", LOGITS, None)

    assert str(caught.value) == (
        "loss: target must be the class index of each row, got None. Pass the labels, "
        "as a tensor of shape (n_samples,)."
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bool])
def test_labels_that_are_no_whole_numbers_are_refused(dtype):
    with pytest.raises(TypeError) as caught:
        check_target("loss", LOGITS, torch.zeros(4, dtype=dtype))

    assert str(caught.value) == (
        f"loss: target must be class indices, whole numbers, got {dtype}. "
        "Pass target.long()."
    )


@pytest.mark.parametrize("shape", [(4, 1), (1,), (3,), (4, 3), ()])
def test_labels_that_are_not_one_a_row_are_refused(shape):
    with pytest.raises(ValueError, match="target") as caught:
        check_target("loss", LOGITS, torch.zeros(shape, dtype=torch.int64))

    assert str(caught.value) == (
        "loss: target must have one class index for each row, the shape (4,), got "
        f"{shape}."
    )
