"""Literals and lists as Python source."""

import ast
import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.readable import Column, Feature
from sklkd.readable._python_source import (
    constant,
    described,
    indented,
    layout,
    literal,
    readers,
)

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.floats(allow_nan=False)
)
NESTED = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.lists(inner).map(tuple), max_leaves=40
)


def value_of(source):
    """What an expression is."""
    return eval(compile(source, "source", "eval"), {"__builtins__": {"float": float}})


@given(NESTED)
def test_what_is_written_is_read_again(value):
    assert value_of(layout(value)) == value


@given(SCALARS)
def test_literals_keep_their_type(value):
    assert type(value_of(literal(value))) is type(value)


def test_scalars_of_numpy_are_written_without_numpy():
    assert literal(np.float64(0.1)) == "0.1"
    assert literal(np.str_("a")) == "'a'"
    assert literal(np.True_) == "True"
    assert literal(float("-inf")) == 'float("-inf")'


def test_dates_are_written_as_text():
    assert literal(dt.date(2020, 1, 31)) == "'2020-01-31'"
    assert literal(np.datetime64("2020-01-31")) == "'2020-01-31T00:00:00'"


def test_lists_break_where_lines_are_full():
    numbers = [0.123456789] * 12

    lines = layout(numbers, before=9).split("\n")

    assert lines[0] == "["
    assert max(map(len, lines)) <= 88
    assert ast.literal_eval("\n".join(lines)) == numbers
    assert layout([(1, [2]), (3,)]) == "[(1, [2]), (3,)]"


def test_a_constant_is_an_assignment():
    assert constant("A", [1, "b"]) == "A = [1, 'b']"
    assert constant("A", ["b" * 50] * 2).startswith("A = [\n    'bbb")


def test_all_lines_are_indented():
    assert indented("a\nb") == "    a\n    b"


def test_readers_are_those_that_are_needed():
    number, word = Column("a", 0), Column("b", 1, ("x",))

    assert names(readers([number], both=False)) == ["missing", "number"]
    assert names(readers([word], both=False)) == ["missing", "word"]
    assert names(readers([], both=True)) == ["missing", "number", "word"]


def names(functions):
    """What is defined."""
    return [ast.parse(each).body[0].name for each in functions]


@pytest.mark.parametrize(
    ("category", "value"),
    [
        (dt.date(2020, 1, 31), dt.date(2020, 1, 31)),
        (dt.date(2020, 1, 31), "2020-01-31"),
        (dt.datetime(2020, 1, 31), np.datetime64("2020-01-31", "ns")),
        (np.datetime64("2020-01-31T10", "s"), dt.datetime(2020, 1, 31, 10)),
    ],
)
def test_dates_are_known_in_every_form(category, value):
    column, module = Column("day", 0, (category,)), {}
    exec("\n".join(readers([column], both=False)), module)

    assert module["word"]({"day": value}, "day") == value_of(literal(category))
    assert module["word"]({"day": None}, "day") is None
    assert module["word"]({"day": np.datetime64("NaT")}, "day") is None


def test_features_are_described_by_their_column():
    column = Column("colour", 0, ("red", "blue"))

    assert described(column, Feature(0, 1)) == ("colour", "blue", 0.0)
    assert described(Column("age", 0), Feature(0, fill=3)) == ("age", None, 3.0)
