"""Labels and numbers in JSON: what goes in comes out, or is refused."""

import datetime as dt
import json
from decimal import Decimal
from enum import Enum

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.readable._json_values import from_json, to_json

ZONE = dt.timezone(dt.timedelta(hours=5, minutes=30))


class Colour(str, Enum):  # noqa: UP042, whose str() is not its value
    RED = "red"


def there_and_back(value):
    return from_json(json.loads(json.dumps(to_json(value), allow_nan=False)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("it's", "it's"),
        ("", ""),
        (True, True),
        (3, 3),
        (2**70, 2**70),
        (0.1, 0.1),
        (1.0, 1.0),
        (None, None),
        (float("inf"), float("inf")),
        (np.str_("a"), "a"),
        (np.bool_(False), False),
        (np.int64(-7), -7),
        (np.uint8(7), 7),
        (np.float32(0.1), float(np.float32(0.1))),
        (Colour.RED, "red"),
        (dt.date(2020, 1, 31), dt.date(2020, 1, 31)),
        (dt.datetime(2020, 1, 31, 1, 2, 3, 4), dt.datetime(2020, 1, 31, 1, 2, 3, 4)),
        (dt.datetime(2020, 1, 31, tzinfo=ZONE), dt.datetime(2020, 1, 31, tzinfo=ZONE)),
        (pd.Timestamp("2020-01-31 12:00"), dt.datetime(2020, 1, 31, 12)),
        (np.datetime64("2020-01-31"), np.datetime64("2020-01-31")),
        (np.datetime64("2020-01-31T01:02:03.000000001"),
         np.datetime64("2020-01-31T01:02:03.000000001")),
    ],
    ids=repr,
)  # fmt: skip
def test_a_label_keeps_value_and_type(value, expected):
    found = there_and_back(value)

    assert found == expected
    assert type(found) is type(expected)


@given(st.floats())
def test_a_float_keeps_every_bit_but_those_of_nan(value):
    found = there_and_back(value)

    assert np.isnan(found) if np.isnan(value) else found.hex() == value.hex()


def test_a_date_has_a_tag():
    assert to_json(dt.date(2020, 1, 31)) == {"type": "date", "value": "2020-01-31"}


@pytest.mark.parametrize(
    "value",
    [
        b"bytes",
        Decimal("0.1"),
        1j,
        (1, 2),
        pd.Interval(0, 1),
        pd.NaT,
        pd.NA,
        dt.timedelta(1),
        np.timedelta64(1, "D"),
        np.timedelta64(1, "ns"),
        pd.Timestamp(1),
        np.longdouble("0.1"),
    ],
    ids=repr,
)
def test_what_json_cannot_keep_is_refused(value):
    with pytest.raises(TypeError) as caught:
        to_json(value)

    assert str(caught.value) == (
        "to_dict: labels and categories must be str, bool, int, float, None or dates, "
        f"got {value!r} of type {type(value).__name__}. Convert them to str before fit."
    )


@pytest.mark.parametrize(
    "value",
    [
        {"type": "date", "value": "31.1.2020"},
        {"type": "colour", "value": "red"},
        {"type": "date"},
        {"type": "date", "value": 7},
        {"type": ["date"], "value": "2020-01-31"},
    ],
)
def test_a_tag_that_cannot_be_read_is_refused(value):
    with pytest.raises(
        ValueError, match=r"^from_dict: .* must have a 'type' of float, "
    ):
        from_json(value)
