"""Terms of a change: costs by hand, numbers with few digits, and bad wishes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.readable import Column
from sklkd.readable._terms import make_terms

COLUMNS = (Column("age", 0, whole=True), Column("income", 1), Column("sex", 2, "FM"))
finite = st.floats(allow_nan=False, allow_infinity=False)


def terms(**wishes):
    return make_terms("explain", COLUMNS, **wishes)


def test_numbers_cost_by_their_unit_and_everything_else_costs_one():
    before = np.array([[30, 100, 0], [30, np.nan, np.nan], [30, np.nan, 1]])
    after = np.array([[35, 50, 1], [30, 7.0, np.nan], [30, np.nan, 0]])

    costs = terms(scale=[10, 200, 55]).costs(before, after)

    assert costs.tolist() == [[0.5, 0.25, 1], [0, 1, 0], [0, 0, 1]]


def test_units_are_standard_deviations_of_the_usual_rows():
    background = np.array([[1.0, 5, 0], [3.0, 5, 1], [np.nan, 5, 1]])

    made = terms(background=background)

    assert made.scale[:2].tolist() == [1, 1]  # of 1 and 3; of a constant, 0 is 1
    assert made.usual[:2].tolist() == [2, 5]
    assert made.preference[2] == (1, 0)


def test_without_usual_rows_units_are_one():
    assert terms().scale.tolist() == [1, 1, 1]


def test_a_column_of_gaps_alone_has_unit_one():
    assert terms(background=np.full((3, 3), np.nan)).scale.tolist() == [1, 1, 1]


def test_a_unit_of_nothing_stands_for_one():
    assert terms(scale=[0, 2, 0]).scale.tolist() == [1, 2, 1]


def test_units_of_categories_do_not_matter():
    assert terms(scale=[3, 2, np.nan]).scale.tolist() == [3, 2, 1]


@pytest.mark.parametrize(
    "chosen", [["sex", "age"], [2, 0], ["sex", np.int64(0)], (0, 2)]
)
def test_columns_are_given_by_name_or_position(chosen):
    assert terms(mutable=chosen).mutable.tolist() == [True, False, True]


def test_no_column_may_change_where_none_is_listed():
    assert not terms(mutable=[]).mutable.any()


@pytest.mark.parametrize(
    ("value", "last", "unit", "expected"),
    [
        (3141.5926, math.inf, 300, 3150),
        (3141.5926, -math.inf, 300, 3140),
        (3141.5926, 3145, 300, 3142),
        (0.123, 1, 1, 0.13),
        (-0.123, 1, 1, -0.12),
        (-0.001, 1, 1, 0.0),
        (2.5, 2.5, 1, 2.5),
        (1e300, math.inf, 1, 1e300),
        (0.0, 1.0, 1e-320, 0.0),
        (math.nextafter(2, 3), math.nextafter(2, 3), 1, math.nextafter(2, 3)),
    ],
)
def test_numbers_are_rounded_towards_the_end(value, last, unit, expected):
    rounded = terms(scale=[1, unit, 1]).beyond(1, value, last)

    assert rounded == expected
    assert str(rounded)[0] != "-" or rounded < 0  # no minus zero


@pytest.mark.parametrize(
    ("value", "last", "unit", "expected"),
    [
        (40.5, math.inf, 1, 41),
        (40.5, -math.inf, 1, 40),
        (40.2, 40.9, 1, None),
        (41, 45, 1, 41),
        (123456.5, math.inf, 50_000, 124_000),
        (123456.5, 123_457, 50_000, 123_457),
    ],
)
def test_whole_numbers_stay_whole(value, last, unit, expected):
    assert terms(scale=[unit, 1, 1]).beyond(0, value, last) == expected


@given(finite, finite, st.floats(1e-3, 1e6))
def test_a_rounded_number_lies_on_the_way(value, last, unit):
    rounded = terms(scale=[1, unit, 1]).beyond(1, value, last)

    assert min(value, last) <= rounded <= max(value, last)
    assert abs(rounded - value) <= 0.05 * unit + 1e-14 * abs(value)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(1e-3, 1e6))
def test_a_whole_number_is_found_if_there_is_one(value, last, unit):
    rounded = terms(scale=[unit, 1, 1]).beyond(0, value, last)

    low, high = min(value, last), max(value, last)
    assert (rounded is None) == (math.ceil(low) > math.floor(high))
    assert rounded is None or (low <= rounded <= high and rounded == int(rounded))


@pytest.mark.parametrize(
    ("scale", "error", "message"),
    [
        ([1, 2], ValueError, r"scale must be 3 numbers, one for each column, got the "),
        (["a", 1, 1], TypeError, r"scale must be 3 numbers, one for each column, got "),
        ([-1, 1, 1], ValueError, "not negative, got -1.0 for 'age'. Pass the standard"),
        ([1, np.nan, 1], ValueError, "must be finite .* got nan for 'income'"),
        ([1, np.inf, 1], ValueError, "must be finite .* got inf for 'income'"),
    ],
)
def test_units_must_be_numbers(scale, error, message):
    with pytest.raises(error, match=f"^explain: .*{message}"):
        terms(scale=scale)


@pytest.mark.parametrize("chosen", [["wage"], [3], [-1], [True], [0.0], [None]])
def test_columns_that_may_change_must_be_there(chosen):
    message = (
        r"^explain: mutable must list names of columns or positions in \[0, 3\), got "
        rf"{chosen[0]!r}. The columns are 'age', 'income', 'sex'.$"
    )

    with pytest.raises(ValueError, match=message):
        terms(mutable=chosen)


@pytest.mark.parametrize("chosen", ["age", 1])
def test_columns_that_may_change_must_be_listed(chosen):
    message = (
        "^explain: mutable must be a list of names or positions of columns, got "
        rf"{chosen!r}. Pass \[{chosen!r}\] for one column.$"
    )

    with pytest.raises(TypeError, match=message):
        terms(mutable=chosen)
