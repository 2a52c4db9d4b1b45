"""A table of archetypes: short numbers, and the columns that tell most."""

from __future__ import annotations

import numpy as np
import pytest

from sklkd.inspection._archetypes import most_different, told


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.12345, "0.123"), (1234.5, "1234"), (-99999, "-99999"), (2.5e7, "2.5e+07")],
)
def test_numbers_are_told_short(value, expected):
    assert told(value) == expected


def test_columns_in_which_rows_differ_most_come_in_the_order_of_the_data():
    rows = np.array([[0.0, 5.0, 0.0, 1.0], [1.0, 5.0, -3.0, 1.5]])

    assert most_different(rows, 2).tolist() == [0, 2]
    assert most_different(rows, None).tolist() == [0, 1, 2, 3]
    assert most_different(rows, 99).tolist() == [0, 1, 2, 3]


def test_of_columns_that_differ_alike_the_first_are_taken():
    assert most_different(np.zeros((2, 4)), 2).tolist() == [0, 1]
