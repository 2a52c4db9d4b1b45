"""Sameness: what is rounding, what is not, and what the message says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from sklkd.testing import Violation, same
from sklkd.testing._same import as_array, greatest

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5)


def differ(one, other, **options):
    with pytest.raises(Violation) as raised:
        same(one, other, "it", **options)
    return str(raised.value)


@given(NUMBERS)
def test_what_is_the_same_is_the_same(values):
    assert same(values, values, "it") is None
    assert same(values, values, "it", exact=True) is None


@given(NUMBERS)
def test_a_thousandth_of_the_scale_is_no_rounding(values):
    scale = max(1.0, *map(abs, values))

    differ([v + scale / 1000 for v in values], values)


@given(NUMBERS)
def test_a_hundred_millionth_of_the_scale_is_rounding(values):
    scale = max(1.0, *map(abs, values))

    assert same([v + 1e-8 * scale for v in values], values, "it") is None


def test_a_shape_counts():
    assert (
        differ([[1.0], [2.0]], [1.0, 2.0])
        == "it: the shape is (2, 1), and must be (2,)."
    )


def test_single_precision_gets_its_own_tolerance():
    one = np.array([1.0, 2.0], dtype=np.float32)

    same(one + np.float32(1e-5), one, "it")
    same(one + np.float32(1e-5), one.astype(float), "it")
    differ(one.astype(float) + 1e-5, one.astype(float))


def test_half_precision_gets_its_own_tolerance():
    one = np.array([1.0, 2.0], dtype=np.float16)

    assert same(one, one.astype(float) + 5e-3, "it") is None


def test_the_message_says_how_many_and_by_how_much():
    assert differ([1.0, 2.0, 3.0], [1.0, 2.5, 3.0]) == (
        "it: 1 of 3 numbers differ, by up to 0.5; at most 3e-06 is rounding."
    )


def test_an_infinite_number_does_not_excuse_the_others():
    differ([-math.inf, -1.0], [-math.inf, -2.0])


def test_infinite_is_the_same_as_infinite_of_that_sign_only():
    same([math.inf, 1.0], [math.inf, 1.0], "it")
    differ([-math.inf, 1.0], [math.inf, 1.0])
    assert "one of them is not finite" in differ([5.0, 1.0], [math.inf, 1.0])


def test_missing_is_the_same_as_missing_only():
    same([math.nan, 1.0], [math.nan, 1.0], "it")
    same([math.nan, 1.0], [math.nan, 1.0], "it", exact=True)
    differ([math.nan, 1.0], [0.0, 1.0])
    differ([math.nan, 1.0], [0.0, 1.0], exact=True)


def test_exact_is_to_the_last_bit():
    same([0.1], [0.1], "it", exact=True)

    assert differ([0.1], [np.nextafter(0.1, 1.0)], exact=True) == (
        "it: 1 of 1 numbers differ, by up to 1.39e-17, and must be equal to the last "
        "bit."
    )


def test_an_absolute_tolerance_stands_alone():
    same([1000.0], [1000.5], "it", atol=1.0)
    differ([1000.0], [1002.0], atol=1.0, rtol=1.0)


def test_words_are_the_same_or_not():
    same(["a", "b"], np.array(["a", "b"], dtype=object), "it")

    assert differ(np.array(["a", "x"], object), np.array(["a", "b"], object)) == (
        "it: 1 of 2 differ; the first, at 1, is 'x' and must be 'b'."
    )


def test_a_number_is_not_its_name():
    differ(np.array([1, 2]), np.array(["1", "2"]))


def test_empty_outputs_are_the_same():
    assert same(np.empty((0, 2)), np.empty((0, 2)), "it") is None


def test_sparse_is_compared_as_dense():
    X = np.eye(2)

    same(sparse.csr_array(X), X, "it")
    assert isinstance(as_array(sparse.csr_array(X)), np.ndarray)


def test_the_scale_is_of_finite_numbers_and_at_least_one():
    assert greatest(np.array([0.1])) == 1.0
    assert greatest(np.array([-7.0, math.inf, math.nan])) == 7.0
    assert greatest(np.array([])) == 1.0
