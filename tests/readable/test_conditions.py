"""Conditions on columns: laws of sets, and words for every kind of them."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sklkd.readable import Column, Literal
from sklkd.readable._conditions import (
    ColumnCondition,
    CountCondition,
    both,
    bracketed,
    condition_of,
    either,
    opposite,
)

AGE = Column("age", 0, whole=True)
HEIGHT = Column("height", 0)
DEGREE = Column("degree", 0, ("none", "Bachelors", "Masters", "Doctorate"))
FULL_AGE = Column("age", 0, whole=True, gaps=False)
FULL_DEGREE = Column("degree", 0, DEGREE.categories, gaps=False)
SMOKER = Column("smoker", 0, (False, True))
NUMBERS = [-np.inf, -3.5, -1.0, 0.0, 0.5, 1.0, 2.0, 1e300, np.inf, np.nan]


def number(column=HEIGHT, low=None, high=None, *, missing=False):
    return ColumnCondition(0, column, low, high, None, missing)


def among(*codes, column=DEGREE, missing=False):
    return ColumnCondition(0, column, None, None, codes, missing)


def rows_of(column):
    """Every value that matters, as rows of one column: (n, 1)."""
    known = NUMBERS if column.categories is None else [0, 1, 2, 3, np.nan]
    return np.array(known, dtype=float)[:, np.newaxis]


@st.composite
def literals(draw, column):
    missing = draw(st.booleans())
    if column.categories is not None and draw(st.booleans()):
        codes = draw(st.sets(st.integers(0, len(column.categories) - 1)))
        return Literal(0, codes=tuple(sorted(codes)), missing=missing)
    threshold = draw(st.sampled_from(NUMBERS[:-1]))
    return Literal(0, threshold, draw(st.booleans()), None, missing)


@st.composite
def pairs(draw):
    """Two conditions, each a literal or its negation, about the same column."""
    column = draw(st.sampled_from([HEIGHT, AGE, DEGREE]))
    found = [
        condition_of(draw(literals(column)), (column,), draw(st.booleans()))
        for _ in range(2)
    ]
    return column, *found


# --- Laws -----------------------------------------------------------------------------


@given(st.data())
def test_a_literal_and_its_negation_are_what_they_say(data):
    column = data.draw(st.sampled_from([HEIGHT, AGE, DEGREE]))
    literal = data.draw(literals(column))
    Z = rows_of(column)

    yes, no = (condition_of(literal, (column,), answer) for answer in (True, False))

    np.testing.assert_array_equal(yes.holds(Z), literal.holds(Z))
    np.testing.assert_array_equal(no.holds(Z), ~literal.holds(Z))


@given(pairs())
def test_both_is_the_intersection(pair):
    column, a, b = pair
    Z = rows_of(column)

    np.testing.assert_array_equal(both(a, b).holds(Z), a.holds(Z) & b.holds(Z))


@given(pairs())
def test_either_is_the_union_where_that_is_one_piece(pair):
    column, a, b = pair
    Z = rows_of(column)
    union = either(a, b)
    assume(union is not None)

    np.testing.assert_array_equal(union.holds(Z), a.holds(Z) | b.holds(Z))


def test_two_ends_with_a_gap_between_have_no_union():
    assert either(number(high=1.0), number(low=2.0)) is None
    assert either(number(high=2.0), number(low=1.0)) == number()
    assert either(number(low=1.0), number(high=1.0)) == number()


@given(pairs())
def test_opposite_is_the_complement(pair):
    column, a, _ = pair
    Z = rows_of(column)

    np.testing.assert_array_equal(opposite(a).holds(Z), ~a.holds(Z))


@given(pairs())
def test_what_is_full_holds_always_and_what_is_empty_never(pair):
    column, a, b = pair
    found = both(a, b)

    held = found.holds(rows_of(column))

    assert not found.full or held.all()
    assert not found.empty or not held.any()


def test_no_category_and_all_are_recognised():
    assert among().empty
    assert not among(missing=True).empty
    assert among(0, 1, 2, 3, missing=True).full
    assert not among(0, 1, 2, 3).full


def test_a_count_counts():
    Z = np.array([[0.0], [1.5], [3.0], [np.nan]])
    parts = (number(low=1.0), number(low=2.0), number(high=5.0))

    at_least = CountCondition(parts, 2).holds(Z)
    fewer = CountCondition(parts, 2, fewer=True).holds(Z)

    np.testing.assert_array_equal(at_least, [False, True, True, False])
    np.testing.assert_array_equal(fewer, ~at_least)


def test_conditions_can_be_asked_about_no_rows():
    Z = np.empty((0, 1))

    assert number(low=1.0).holds(Z).shape == (0,)
    assert CountCondition((number(low=1.0), among(1))).holds(Z).shape == (0,)


# --- Words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (number(low=25.0), "height > 25"),
        (number(high=0.1), "height <= 0.1"),
        (number(low=25.5, high=40.0), "25.5 < height <= 40"),
        (number(high=40.0, missing=True), "height <= 40 or missing"),
        (number(low=0.1 + 0.2), "height > 0.30000000000000004"),
        (number(missing=True, low=2.0, high=1.0), "height is missing"),
        (number(), "height is not missing"),
        (number(low=1.0, high=-1.0), "1 < height <= -1"),
        (number(AGE, low=25.5), "age >= 26"),
        (number(AGE, low=25.0), "age >= 26"),
        (number(AGE, low=-25.5), "age >= -25"),
        (number(AGE, high=40.7), "age <= 40"),
        (number(AGE, high=-0.5), "age <= -1"),
        (number(AGE, low=25.5, high=40.5), "26 <= age <= 40"),
        (number(AGE, low=25.5, high=26.5), "age = 26"),
        (number(AGE, low=25.1, high=25.9), "25.1 < age <= 25.9"),
        (number(AGE, low=2.0**53), f"age > {2.0**53!r}"),
        (number(AGE, low=-np.inf), "age > -inf"),
        (number(AGE, low=25.5, missing=True), "age >= 26 or missing"),
    ],
)
def test_a_condition_on_numbers_reads_like_this(condition, text):
    assert condition.text == text


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (among(1), "degree is Bachelors"),
        (among(1, 2), "degree is one of {Bachelors, Masters}"),
        (among(1, missing=True), "degree is one of {Bachelors, missing}"),
        (among(0, 1, 2, missing=True), "degree is not Doctorate"),
        (among(1, 2, 3, missing=True), "degree is not none"),
        (among(1, 2, 3), "degree is none of {none, missing}"),
        (among(missing=True), "degree is missing"),
        (among(0, 1, 2, 3), "degree is not missing"),
        (among(1, column=SMOKER), "smoker is True"),
        (among(1, column=SMOKER, missing=True), "smoker is not False"),
    ],
)
def test_a_condition_on_categories_names_the_fewer_ones(condition, text):
    assert condition.text == text


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (number(FULL_AGE, low=25.5, missing=True), "age >= 26"),
        (number(FULL_AGE, low=25.5), "age >= 26"),
        (number(FULL_AGE), "age is not missing"),
        (number(FULL_AGE, low=1.0, high=1.0, missing=True), "age is missing"),
        (among(0, 1, 2, column=FULL_DEGREE), "degree is not Doctorate"),
        (among(3, column=FULL_DEGREE, missing=True), "degree is Doctorate"),
        (among(1, 2, column=FULL_DEGREE), "degree is one of {Bachelors, Masters}"),
        (among(column=FULL_DEGREE), "degree is one of {}"),
        (among(column=FULL_DEGREE, missing=True), "degree is missing"),
    ],
)
def test_of_columns_without_gaps_nothing_is_said_of_missing_values(condition, text):
    assert condition.text == text
    assert bracketed(condition) == text


def test_a_condition_is_silent_if_it_asks_for_what_is_always_there():
    assert number(FULL_AGE).silent
    assert among(0, 1, 2, 3, column=FULL_DEGREE).silent
    assert not number(AGE).silent
    assert not number(FULL_AGE, low=25.5).silent
    assert not CountCondition((number(FULL_AGE), among(1))).silent


def test_a_negation_by_words_includes_what_is_missing():
    """So that "is not a" is true of what nobody knows, as a reader expects."""
    condition = among(0, 1, 2, missing=True)

    assert condition.text == "degree is not Doctorate"
    assert condition.holds(np.array([[np.nan]])).all()


def test_a_count_reads_like_this():
    old, degree = number(AGE, low=25.5), among(2)
    gap = number(HEIGHT, high=1.0, missing=True)

    texts = [
        CountCondition((old, degree)).text,
        CountCondition((old, gap, degree), 2).text,
        CountCondition((old, gap, degree), 2, fewer=True).text,
    ]

    assert texts == [
        "age >= 26 or degree is Masters",
        "at least 2 of: age >= 26, height <= 1 or missing, degree is Masters",
        "fewer than 2 of: age >= 26, height <= 1 or missing, degree is Masters",
    ]


def test_what_others_could_tear_apart_is_bracketed():
    gap = number(high=1.0, missing=True)

    assert bracketed(gap) == "(height <= 1 or missing)"
    assert bracketed(number(high=1.0)) == "height <= 1"
    assert bracketed(among(1, missing=True)) == among(1, missing=True).text
    assert bracketed(CountCondition((gap, among(1)))).startswith("(height <= 1")


@given(st.integers(-50, 50), st.floats(-50, 50))
def test_whole_ends_say_the_same_of_whole_numbers(value, threshold):
    Z = np.array([[float(value)]])
    above, upto = number(AGE, low=threshold), number(AGE, high=threshold)

    assert above.holds(Z)[0] == (value >= int(above.text.removeprefix("age >= ")))
    assert upto.holds(Z)[0] == (value <= int(upto.text.removeprefix("age <= ")))
