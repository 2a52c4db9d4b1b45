"""Words for numbers and labels: exact where they must be, and never misleading."""

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.readable._words import (
    aligned,
    number,
    percent,
    plain,
    short,
    table,
    values,
    word,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (-3, "-3"),
        (0.1, "0.1"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e5, "100000"),
        (1e20, "1e+20"),
        (1e300, "1e+300"),
        (float("inf"), "inf"),
        (np.float64(2.5), "2.5"),
    ],
)
def test_a_number_is_as_short_as_it_can_be(value, text):
    assert number(value) == text


@given(st.floats(allow_nan=False))
def test_a_number_reads_back_as_itself(value):
    assert float(number(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.3333"),
        (12345.678, "12346"),
        (1234567.0, "1234567"),
        (1e9, "1e+09"),
        (0.5, "0.5"),
        (-2.0, "-2"),
        (0.0, "0"),
        (1e-9, "1e-09"),
        (99.999, "100"),
        (float("-inf"), "-inf"),
    ],
)
def test_a_short_number_has_four_digits(value, text):
    assert short(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_short_number_is_near(value):
    assert float(short(value)) == pytest.approx(value, rel=5.1e-4, abs=0)


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [
        ([0.4651, -0.004081, 0.0], ["0.4651", "-0.0041", "0.0000"]),
        ([1.5, 0.5, 0.0], ["1.5", "0.5", "0.0"]),
        ([100.0, 0.0], ["100", "0"]),
        ([12345.678, -0.1], ["12346", "0"]),
        ([0.0, 0.0], ["0", "0"]),
        ([1e9, 1.0], ["1e+09", "1"]),
        ([math.inf, 1.0], ["inf", "1"]),
        ([], []),
    ],
)
def test_aligned_numbers_have_the_same_decimals(numbers, texts):
    assert aligned(numbers) == texts


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1e-9, "<1 %"),
        (0.126, "13 %"),
        (0.99, "99 %"),
        (0.9999, ">99 %"),
        (1, "100 %"),
    ],
)
def test_nothing_and_all_are_said_only_where_they_are_exact(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Bachelors", "Bachelors"),
        (np.str_("HS-grad"), "HS-grad"),
        ("Outlying-US(Guam-USVI-etc)", "Outlying-US(Guam-USVI-etc)"),
        ("Côte d'Ivoire", "Côte d'Ivoire"),
        ("<=50K", "<=50K"),
        ("", "''"),
        (" x", "' x'"),
        ("a, b", "'a, b'"),
        (np.str_("a, b"), "'a, b'"),
        ("a or b", "'a or b'"),
        ("missing", "'missing'"),
        ("None", "'None'"),
        ("12", "'12'"),
        ("nan", "'nan'"),
        ("a\nb", r"'a\nb'"),
        (12, "12"),
        (12.0, "12"),
        (np.float32(0.5), "0.5"),
        (True, "True"),
        (np.False_, "False"),
        (None, "None"),
        (dt.date(2020, 1, 31), "2020-01-31"),
        (np.datetime64("2020-01-31"), "2020-01-31"),
    ],
)
def test_a_label_is_quoted_only_where_it_misleads(label, text):
    assert word(label) == text


def test_a_name_never_breaks_a_line():
    assert plain("a\nb") == r"'a\nb'"
    assert plain("hours per week") == "hours per week"
    assert plain("") == "''"


def test_values_are_named():
    assert values(("price", "size"), (1 / 3, 12.0)) == "price = 0.3333, size = 12"


def test_a_table_aligns_names_left_and_numbers_right():
    assert table([["", "yes"], ["age", "1"], ["hours", "-22"]], "  ") == [
        "         yes",
        "  age      1",
        "  hours  -22",
    ]
