"""Ranges and choices: what is in them, and the whole sentence where something is not.

The file under test is `sklkd/_validation.py`.
"""

import math
from fractions import Fraction

import numpy as np
import pytest

from sklkd._validation import (
    COUNT,
    FRACTION,
    NON_NEGATIVE,
    POSITIVE,
    Interval,
    check_choice,
    check_flag,
    check_interval,
    did_you_mean,
)

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        (FRACTION, [0, 0.5, 1, Fraction(1, 3)], [-1e-9, 1 + 1e-9, NAN, INF, -INF]),
        (POSITIVE, [1e-300, 1, 1e300], [0, -0.0, -1, INF, NAN]),
        (NON_NEGATIVE, [0, -0.0, 1e300], [-1e-300, INF, NAN]),
        (COUNT, [1, 2, 10**9], [0, -1, 1.0, 1.5, INF]),
        (Interval(), [-1e300, 0, 1e300], [NAN, INF, -INF]),
        (Interval(0, 1, closed="left"), [0, 0.999], [1, -0.001]),
        (Interval(0, 1, closed="right"), [0.001, 1], [0, 1.001]),
        (Interval(0, 1, closed="neither"), [0.001, 0.999], [0, 1]),
        (Interval(2, 4, integer=True), [2, 3, 4], [1, 5, 3.0]),
    ],
    ids=str,
)
def test_interval_holds_what_it_says(interval, inside, outside):
    assert [value for value in inside if value not in interval] == []
    assert [value for value in outside if value in interval] == []


@pytest.mark.parametrize("value", [True, np.True_, None, "1", [1], np.ones(2), 1j])
def test_what_is_no_number_is_in_no_interval(value):
    assert value not in Interval()


@pytest.mark.parametrize(
    "value", [np.float32(0.5), np.float64(0.5), np.int64(1), np.uint8(1)]
)
def test_numbers_of_numpy_are_numbers(value):
    assert value in FRACTION


@pytest.mark.parametrize("value", [np.int64(3), np.uint8(3)])
def test_whole_numbers_of_numpy_are_whole(value):
    assert value in COUNT


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(), "a real number in (-inf, inf)"),
        (FRACTION, "a real number in [0, 1]"),
        (POSITIVE, "a real number in (0, inf)"),
        (NON_NEGATIVE, "a real number in [0, inf)"),
        (COUNT, "an integer in [1, inf)"),
        (Interval(0, 1, closed="left"), "a real number in [0, 1)"),
        (Interval(0, 1, closed="right"), "a real number in (0, 1]"),
        (Interval(-0.5, 0.25), "a real number in [-0.5, 0.25]"),
        (Interval(high=0), "a real number in (-inf, 0]"),
        (Interval(0, 1234567, integer=True), "an integer in [0, 1234567]"),
    ],
)
def test_interval_reads_as_words(interval, text):
    assert str(interval) == text


@pytest.mark.parametrize(
    ("interval", "value", "error", "sentence"),
    [
        (
            FRACTION,
            1.1,
            ValueError,
            "Student: share must be a real number in [0, 1], got 1.1.",
        ),
        (
            POSITIVE,
            0,
            ValueError,
            "Student: share must be a real number in (0, inf), got 0.",
        ),
        (
            POSITIVE,
            NAN,
            ValueError,
            "Student: share must be a real number in (0, inf), got nan.",
        ),
        (
            NON_NEGATIVE,
            INF,
            ValueError,
            "Student: share must be a real number in [0, inf), got inf.",
        ),
        (
            FRACTION,
            np.float64(2.0),
            ValueError,
            "Student: share must be a real number in [0, 1], got np.float64(2.0).",
        ),
        (
            COUNT,
            3.5,
            ValueError,
            "Student: share must be an integer in [1, inf), got 3.5.",
        ),
        (
            FRACTION,
            "half",
            TypeError,
            "Student: share must be a real number in [0, 1], got 'half'.",
        ),
        (
            FRACTION,
            None,
            TypeError,
            "Student: share must be a real number in [0, 1], got None.",
        ),
        (
            FRACTION,
            True,
            TypeError,
            "Student: share must be a real number in [0, 1], got True.",
        ),
        (
            COUNT,
            [3],
            TypeError,
            "Student: share must be an integer in [1, inf), got [3].",
        ),
    ],
)
def test_check_interval_says_who_what_and_what_came(interval, value, error, sentence):
    with pytest.raises(error) as caught:
        check_interval("Student", "share", value, interval)

    assert str(caught.value) == sentence


@pytest.mark.parametrize("value", [0, 0.5, 1, np.float32(1)])
def test_check_interval_lets_pass_what_is_inside(value):
    check_interval("Student", "share", value, FRACTION)


def test_an_integer_too_large_for_a_float_is_refused_like_any_other():
    with pytest.raises(ValueError, match=r"^Student: share must be a real number in"):
        check_interval("Student", "share", 10**400, FRACTION)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (
            "adan",
            (
                "Net: optimizer must be one of 'adam', 'sgd', got 'adan'. "
                "Did you mean 'adam'?"
            ),
        ),
        ("zzz", "Net: optimizer must be one of 'adam', 'sgd', got 'zzz'."),
        (None, "Net: optimizer must be one of 'adam', 'sgd', got None."),
        (
            ["adam"],
            (
                "Net: optimizer must be one of 'adam', 'sgd', got ['adam']. "
                "Did you mean 'adam'?"
            ),
        ),
    ],
)
def test_check_choice_lists_the_options_and_names_the_nearest(value, sentence):
    with pytest.raises(ValueError, match="must be one of") as caught:
        check_choice("Net", "optimizer", value, ["adam", "sgd"])

    assert str(caught.value) == sentence


def test_check_choice_lets_pass_an_option_of_a_generator():
    check_choice("Net", "optimizer", "sgd", (name for name in ["adam", "sgd"]))


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("soft_target", " Did you mean 'soft_targets'?"),
        ("logit-matching", " Did you mean 'logit_matching'?"),
        ("zzz", ""),
        ("", ""),
        (3, ""),
    ],
)
def test_did_you_mean_suggests_only_what_is_near(name, suggestion):
    assert did_you_mean(name, ["soft_targets", "logit_matching"]) == suggestion


def test_did_you_mean_of_nothing_known_is_silent():
    assert did_you_mean("soft_targets", []) == ""


@pytest.mark.parametrize("flag", [True, False, np.True_, np.False_])
def test_flags_are_true_or_false_of_any_library(flag):
    check_flag("Someone", "last_layer", flag)


@pytest.mark.parametrize("value", [1, 0, "True", None, np.array([True])])
def test_what_is_no_flag_is_told(value):
    with pytest.raises(TypeError) as caught:
        check_flag("Someone", "last_layer", value)

    sentence = f"Someone: last_layer must be True or False, got {value!r}."
    assert str(caught.value) == sentence
