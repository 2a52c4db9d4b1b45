"""Means, medians and most frequent words, of columns with gaps and huge numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from sklkd.inspection import _occlusion_typical
from sklkd.inspection._occlusion_typical import (
    means,
    medians,
    middle_of,
    most_frequent,
    typical_of,
)

GAPPED = st.floats(-1e6, 1e6) | st.just(np.nan)


@given(arrays(float, (5, 3), elements=GAPPED), st.integers(1, 20))
def test_they_are_numpys(X, chunk):
    X[0] = 1.0  # a column of gaps has none, of which numpy warns
    before, _occlusion_typical.CHUNK = _occlusion_typical.CHUNK, chunk
    try:
        mean = means(X)
    finally:
        _occlusion_typical.CHUNK = before

    np.testing.assert_allclose(mean, np.nanmean(X, axis=0), rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(medians(X), np.nanmedian(X, axis=0))


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_those_of_sparse_columns_count_zeros(kind):
    X = np.array([[0.0, 4.0], [0.0, 0.0], [3.0, 2.0]])

    assert means(kind(X)).tolist() == [1.0, 2.0]
    assert medians(kind(X)).tolist() == [0.0, 2.0]


@given(st.floats(-1e300, 1e300), st.integers(1, 50))
def test_the_mean_of_a_constant_is_the_constant(value, n):
    assert means(np.full((n, 1), value)).tolist() == [value]


def test_a_column_of_gaps_has_no_mean():
    assert np.isnan(means(np.full((2, 1), np.nan))).all()
    assert np.isnan(middle_of(np.array([np.nan]), "median"))


def test_huge_numbers_do_not_overflow_and_leave_tiny_ones():
    X = np.array([[1.6e308, 2e-300], [1.6e308, 4e-300]])

    np.testing.assert_allclose(means(X), [1.6e308, 3e-300], rtol=1e-12)
    assert middle_of(np.array([1.5e308, 1.7e308]), "median") == 1.6e308


def test_of_equally_frequent_words_it_is_the_first():
    values = ["x", "b", "a", "b", "a"]

    assert most_frequent(values, [True, False, False, False, False]) == 1
    assert most_frequent(values, [True] * 5) == 0


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([1, 2.0, None, 6], 3.0),
        (["a", "b", "b", None], "b"),
        (["a", 1, 1], 1),
        ([None, None], None),
    ],
)
def test_objects_are_numbers_if_all_are(column, expected):
    assert typical_of(np.array(column, dtype=object), "mean") == expected
