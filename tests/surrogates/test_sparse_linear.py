"""Linear models of few columns."""

import numpy as np
import pytest
from surrogates.cases import evidence

from sklkd.readable import Column
from sklkd.surrogates import SparseLinear


def test_categories_have_a_number_each():
    columns = (Column("job", 0, ("a", "b", "c")), Column("age", 1))
    Z = np.array([[0, 1], [1, 2], [2, 3], [0, 4], [1, 5], [2, 7]], dtype=float)
    said = (np.array([3.0, 1.0, -2.0])[Z[:, 0].astype(int)] + Z[:, 1])[:, np.newaxis]
    model = SparseLinear(strength=1e-9).grow(
        evidence(Z, said, classes=None, columns=columns)
    )
    np.testing.assert_allclose(model.outputs(Z), said, atol=1e-5)
    assert model.complexity == 2


def test_max_terms_counts_columns_and_not_categories():
    columns = (Column("job", 0, ("a", "b", "c")), Column("age", 1))
    Z = np.array([[0, 1], [1, 2], [2, 3], [0, 4]], dtype=float)
    said = np.array([9.0, 0, 5, 9])[:, np.newaxis]
    model = SparseLinear(max_terms=1).grow(
        evidence(Z, said, classes=None, columns=columns)
    )
    assert model.used == (0,)
    assert len(model.curves) == 3


def test_a_missing_number_counts_as_the_median():
    Z = np.array([[0.0], [1.0], [2.0], [np.nan]])
    model = SparseLinear().grow(
        evidence(Z, np.array([[0.0], [1], [2], [1]]), classes=None)
    )
    assert model.outputs(Z)[3] == model.outputs(Z)[1]


def test_max_terms_must_be_positive():
    with pytest.raises(ValueError, match="Test: max_terms of SparseLinear must be an"):
        SparseLinear(max_terms=0).check("Test")
