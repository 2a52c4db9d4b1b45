"""Prototypes as a surrogate."""

import numpy as np
import pytest
from surrogates.cases import evidence, of_labels

from sklkd.readable import Column
from sklkd.surrogates import Prototypes


def blobs(n=60):
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    return rng.normal(size=(n, 2)) + 6 * y[:, np.newaxis], y


def test_prototypes_lie_among_the_rows_of_their_class():
    Z, y = blobs()
    model = Prototypes(n_prototypes=1).grow(evidence(Z * [1, 100], of_labels(y)))
    np.testing.assert_array_equal(model.owners, [0, 1])
    found = np.array(model.prototypes) / [1, 100]
    np.testing.assert_allclose(found, [[0, 0], [6, 6]], atol=2)
    np.testing.assert_array_equal(model.outputs(Z * [1, 100]).argmax(axis=1), y)


def test_no_prototype_leaves_the_range_of_the_rows():
    rng = np.random.default_rng(0)  # labels are noise: there is nothing to be learnt
    Z = rng.uniform(size=(300, 3))
    model = Prototypes(n_prototypes=3).grow(
        evidence(Z, of_labels(rng.integers(0, 2, 300)))
    )
    found = np.array(model.prototypes)
    assert (found >= Z.min(axis=0)).all()
    assert (found <= Z.max(axis=0)).all()


def test_categories_enter_distances():
    columns = (Column("job", 0, ("a", "b")),)
    Z = np.array([[0.0], [1.0]] * 10)
    model = Prototypes(n_prototypes=1).grow(
        evidence(Z, of_labels([0, 1] * 10), columns=columns)
    )
    np.testing.assert_array_equal(model.outputs(Z).argmax(axis=1), [0, 1] * 10)


def test_values_have_no_prototypes():
    with pytest.raises(ValueError, match="must be a classifier, got a regressor"):
        Prototypes().grow(evidence([[0.0], [1.0]], [[0.0], [1.0]], classes=None))
