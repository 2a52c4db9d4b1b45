"""Features of columns: numbers without gaps, and indicators of categories."""

import pickle

import numpy as np
import pytest

from sklkd.readable import Column, Feature

Z = np.array([[1.5, 0.0], [np.nan, 2.0], [-0.0, np.nan], [np.inf, 1.0]])


def test_a_number_is_itself_and_its_gaps_are_filled():
    np.testing.assert_array_equal(Feature(0, fill=7.0).of(Z), [1.5, 7.0, 0.0, np.inf])


@pytest.mark.parametrize(
    ("code", "expected"), [(0, [1, 0, 0, 0]), (1, [0, 0, 0, 1]), (2, [0, 1, 0, 0])]
)
def test_a_category_is_one_where_it_stands_and_zero_elsewhere(code, expected):
    found = Feature(1, code).of(Z)

    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.float64


def test_a_missing_category_is_none_of_them():
    indicators = np.stack([Feature(1, code).of(Z) for code in range(3)], axis=1)

    np.testing.assert_array_equal(indicators.sum(axis=1), [1, 1, 0, 1])


def test_the_fill_is_not_for_categories():
    assert Feature(1, 0, fill=1.0).of(Z)[2] == 0


def test_rows_are_not_changed():
    before = Z.copy()

    Feature(0, fill=7.0).of(Z)[:] = 3.0

    np.testing.assert_array_equal(Z, before)


def test_a_feature_of_no_rows_is_empty():
    assert Feature(0).of(np.empty((0, 1))).shape == (0,)


def test_columns_and_features_are_values():
    """Equal by content, of use as keys, and pickled as they are."""
    column = Column("age", 3, ("a", None, 1), whole=False)

    assert pickle.loads(pickle.dumps(column)) == column
    assert {Feature(0): 1}[Feature(0)] == 1
    with pytest.raises(AttributeError):
        column.name = "other"
