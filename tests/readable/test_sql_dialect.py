"""Names, numbers and words, as databases want them."""

import datetime as dt
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.readable._sql_dialect import DIALECTS, total

ANSI, SQLITE = DIALECTS["ansi"], DIALECTS["sqlite"]


def read(*expressions):
    """What SQLite reads."""
    with closing(sqlite3.connect(":memory:")) as connection:
        return connection.execute(f"SELECT {', '.join(expressions)}").fetchone()


@given(st.floats(-1e30, 1e30, allow_subnormal=False).filter(lambda x: abs(x) > 1e-30))
def test_a_number_is_read_as_the_same_64_bits(value):
    text = ANSI.number(value)

    assert float(text) == value
    assert read(text) == (value,)


def test_thousands_of_numbers_are_read_as_the_same_64_bits():
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(40, 500)) * 10.0 ** rng.integers(-9, 9, size=(40, 500))

    for row in numbers.tolist():
        assert list(read(*map(ANSI.number, row))) == row


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "1.5e0"),
        (3.0, "3e0"),
        (-2, "-2e0"),
        (2.0**-20, "9.5367431640625e-07"),
        (1e300, "1e+300"),
        (0.1, "0.1e0"),
        (np.float64(0.25), "0.25e0"),
        (-0.20813330818412, "-0.20813330818411999e0"),
    ],
)
def test_numbers_are_floating_point_and_short(value, text):
    assert ANSI.number(value) == text


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="to_sql") as error:
        ANSI.number(value)

    assert str(error.value) == (
        f"to_sql: the numbers of a model must be finite, got {value}. SQL has no way "
        "to write it; export with to_python."
    )


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_text_is_read_as_it_is(text):
    assert read(SQLITE.literal(text).replace("\0", "\n")) == (text,)


def test_names_are_quoted_and_quotes_doubled():
    assert ANSI.name('a"b`c') == '"a""b`c"'
    assert DIALECTS["mysql"].name('a"b`c') == '`a"b``c`'


def test_a_backslash_is_doubled_where_it_has_a_meaning():
    assert ANSI.literal("a\\'") == "'a\\'''"
    assert DIALECTS["mysql"].literal("a\\'") == "'a\\\\'''"


def test_labels_of_all_kinds_are_literals():
    moment = dt.datetime(2020, 1, 31, 12, 30)

    assert ANSI.literal(True) == "TRUE"
    assert SQLITE.literal(np.True_) == "1"
    assert ANSI.literal(np.int64(-3)) == "-3"
    assert ANSI.literal(0.5) == "0.5e0"
    assert ANSI.literal(None) == "NULL"
    assert ANSI.literal(dt.date(2020, 1, 31)) == "DATE '2020-01-31'"
    assert ANSI.literal(moment) == "TIMESTAMP '2020-01-31 12:30:00'"
    assert SQLITE.literal(moment) == "'2020-01-31 12:30:00'"
    assert (
        ANSI.literal(moment.replace(tzinfo=dt.UTC))
        == "TIMESTAMP WITH TIME ZONE '2020-01-31 12:30:00+00:00'"
    )


def test_what_sql_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="to_sql: names and words must be without the"):
        ANSI.name("a\0b")


def test_sums_have_their_signs():
    assert total(["-1e0 * x", "-2e0 * y", "3e0"]) == "-1e0 * x - 2e0 * y + 3e0"
    assert total([]) == "0e0"


def test_long_sums_nest_in_groups():
    """SQLite allows 1000 levels, and a sum of n terms has n."""
    terms = [f"{i}e0" for i in range(25_000)]

    assert read(total(terms)) == (sum(range(25_000)),)
