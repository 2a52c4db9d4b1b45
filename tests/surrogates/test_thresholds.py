"""Thresholds tell their neighbours apart, and are short."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sklkd.surrogates._thresholds import short_between

numbers = st.floats(-1e12, 1e12, allow_nan=False)


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (37, 38, 37.5),
        (37, 39, 38.0),
        (0, 1, 0.5),
        (0.1, 0.2, 0.15),
        (2.3812, 2.4507, 2.4),
        (-1, 1, 0.0),
        (1e-9, 3e-9, 2e-9),
        (999.7, 1000.4, 1000.0),
        (50_000, 80_000, 60_000.0),
    ],
)
def test_a_threshold_is_as_short_as_it_can_be(low, high, wanted):
    assert short_between(low, high) == wanted


@given(numbers, numbers)
def test_a_threshold_tells_its_neighbours_apart(one, other):
    low, high = sorted([one, other])
    assume(low < high)
    assert low <= short_between(low, high) < high


@given(numbers, st.floats(1e-3, 1e6))
def test_a_threshold_lies_in_the_middle_half(low, gap):
    high = low + gap
    assume(high - low > 1e-6 * abs(low))
    threshold = short_between(low, high)
    assert low + 0.24 * gap <= threshold <= high - 0.24 * gap


def test_neighbouring_floats_are_told_apart():
    low, high = 1.0, 1.0000000000000002
    assert short_between(low, high) == low


@pytest.mark.parametrize(
    ("low", "high", "wanted"), [(3, 4, 3.5), (0, 1000, 500.5), (-2, -1, -1.5)]
)
def test_between_whole_numbers_it_is_a_whole_number_and_a_half(low, high, wanted):
    assert short_between(low, high, whole=True) == wanted


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**6))
def test_whole_numbers_are_told_apart(low, gap):
    low, high = float(low), float(low + gap)
    assume(low < high)
    assert low <= short_between(low, high, whole=True) < high


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (-1e308, 1e308),
        (1e308, 1.7e308),
        (5e-324, 1e-323),
        (1e-320, 3e-320),
        (float("-inf"), 0.0),
        (0.0, float("inf")),
    ],
)
def test_extreme_numbers_are_told_apart(low, high):
    assert low <= short_between(low, high) < high
