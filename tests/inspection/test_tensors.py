"""Tensors as arrays: every number stays what it is, whatever its type."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sklkd.inspection._tensors import untensored

LACKING = [torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2]


@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.float32, torch.float64, torch.uint8, torch.bool]
)
def test_types_that_numpy_knows_stay(dtype):
    X = torch.tensor([[0, 1], [1, 0]], dtype=dtype)

    found = untensored(X)

    assert str(found.dtype) == str(dtype).removeprefix("torch.")
    assert found.tolist() == X.tolist()


@pytest.mark.parametrize("dtype", LACKING)
def test_types_that_it_lacks_become_one_that_holds_their_numbers(dtype):
    X = torch.tensor([0.5, -1.25, 0.0]).to(dtype)

    found = untensored(X)

    assert found.dtype == np.float32
    assert found.tolist() == [0.5, -1.25, 0.0]


@given(st.lists(st.integers(0, 2**16 - 1), min_size=1))
def test_every_bfloat16_is_the_first_half_of_a_float32(words):
    """It is defined so: sign, exponent and seven bits of the fraction."""
    bits = np.array(words, dtype=np.uint16)
    X = torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16)

    expected = (bits.astype(np.uint32) << 16).view(np.float32)
    np.testing.assert_array_equal(untensored(X), expected)


def test_gradients_are_left_behind():
    X = torch.ones(2, requires_grad=True)

    assert untensored(X).tolist() == [1.0, 1.0]
    assert X.requires_grad


@pytest.mark.parametrize("X", [None, "mean", 0.0, [[1.0]], np.ones(2)])
def test_what_is_no_tensor_is_as_it_is(X):
    assert untensored(X) is X
