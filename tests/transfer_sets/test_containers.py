"""Arrays as containers, and what is missing or strange among objects."""

import datetime

import numpy as np
import pandas as pd
import pytest

from sklkd.transfer_sets._containers import ArrayContainer, is_missing, strangers

DAY = datetime.date(2024, 1, 1)


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("f2", "float"),
        ("f8", "float"),
        ("i1", "integer"),
        ("u8", "integer"),
        (np.longdouble, "ordered"),
        ("M8[D]", "ordered"),
        ("m8[s]", "ordered"),
        ("?", "label"),
        ("U3", "label"),
        ("S3", "label"),
        (object, "label"),
        (complex, "unusable"),
    ],
)
def test_the_kind_of_an_array_is_that_of_its_type(type_, kind):
    assert ArrayContainer(np.zeros((2, 1), dtype=type_)).kind(0) == kind


def test_an_image_is_put_together_from_moved_and_copied_columns():
    X = np.arange(12).reshape(2, 2, 3)

    new = ArrayContainer(X).rebuilt(
        [0, 1, 2, 5], np.full((1, 4), 7.0), [4, 3], np.array([[0, 1]])
    )

    assert new.tolist() == [[[7, 7, 7], [9, 4, 7]]]
    assert new.dtype == X.dtype


def test_objects_have_codes_and_numbers_too():
    words = np.array([["b"], ["a"], [None], ["b"]], dtype=object)

    assert ArrayContainer(words).codes(0).tolist()[2] == -1
    assert ArrayContainer(np.array([[3], [1], [3]])).codes(0).tolist() == [1, 0, 1]


def test_single_precision_stays_single():
    assert ArrayContainer(np.zeros((2, 1), "f4")).floats([0]).dtype == np.float32
    assert ArrayContainer(np.zeros((2, 1), "f2")).floats([0]).dtype == np.float32
    assert ArrayContainer(np.zeros((2, 1), "i1")).floats([0]).dtype == np.float64


@pytest.mark.parametrize(
    "value", [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT]
)
def test_nothing_is_missing(value):
    assert is_missing(value)


@pytest.mark.parametrize("value", ["", 0, False, DAY, b"", np.datetime64("2024")])
def test_something_is_not_missing(value):
    assert not is_missing(value)


def test_strangers_are_named_in_order():
    column = np.array([{}, "a", 1, None, pd.NA, [], DAY], dtype=object)

    assert strangers(column) == "dict, list"
