"""Codebooks: which keys are made, and which one a row selects."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklkd.prototypes import _codebook
from sklkd.prototypes._codebook import Codebook


def made(X, encoder=None, **params):
    how = {"n_heads": 2, "n_keys": 4, "dim": None, "seed": 0, **params}
    return Codebook.made("Example", encoder, X, **how)


def rows(n=20, p=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, p))


def test_with_as_many_keys_as_rows_each_row_is_a_key():
    X = rows()

    book = made(X, n_keys=20)

    for numbers in book.selected(X).T:
        assert sorted(numbers) == list(range(20))


@given(st.integers(0, 999), st.integers(1, 5))
def test_projections_keep_distances_on_average(seed, p):
    row = np.arange(1.0, p + 1)

    drawn = _codebook._projections(p, 500, 3, np.random.default_rng(seed))

    lengths = [np.sum((row @ matrix) ** 2) for matrix in drawn]
    error = np.std(lengths) / np.sqrt(500)
    assert abs(np.mean(lengths) - row @ row) < 5 * error


@pytest.mark.parametrize(
    ("width", "n_heads", "dim", "expected"),
    [(5, 4, None, 5), (40, 4, None, 16), (100, 4, None, 25), (5, 4, 9, 9)],
)
def test_how_wide_projections_are(width, n_heads, dim, expected):
    book = made(rows(p=width), n_heads=n_heads, dim=dim)

    assert {matrix.shape for matrix in book.projections} == {(width, expected)}


def test_a_single_head_projects_only_if_told_to():
    assert made(rows(), n_heads=1).projections == [None]
    assert made(rows(), n_heads=1, dim=2).projections[0].shape == (3, 2)


def test_a_row_between_two_keys_selects_the_first():
    X = np.array([[0.0], [2.0]])

    book = made(X, n_heads=1, n_keys=2)

    assert book.selected(np.array([[1.0], [1.0 + 1e-12], [1.1]])).tolist() == [
        [0],
        [0],
        [1],
    ]


def test_chunks_of_rows_select_what_all_rows_select(monkeypatch):
    X = rows(50)
    book = made(X, n_keys=7)
    whole = book.selected(X)

    monkeypatch.setattr(_codebook, "CHUNK", 20)

    assert np.array_equal(book.selected(X), whole)
    assert np.array_equal(np.vstack([book.selected(row[None]) for row in X]), whole)


@pytest.mark.parametrize("size", [2.0**-1000, 2.0**1000])
def test_tiny_and_huge_rows_are_told_apart(size):
    X = rows()

    expected = made(X).selected(X)

    assert np.array_equal(made(size * X).selected(size * X), expected)


def test_far_rows_keep_their_digits():
    X = np.round(2.0**20 * rows())

    book = made(X + 2.0**50, n_heads=1, n_keys=20)

    nearest = NearestNeighbors(n_neighbors=1).fit(X)
    other = X + 2.0**17
    keys = X[nearest.kneighbors(other, return_distance=False)[:, 0]]
    found = book.selected(other + 2.0**50)
    assert np.array_equal(found, book.selected(keys + 2.0**50))


def test_keys_that_coincide_are_one_key():
    X = np.array([[0.0], [1.0], [2.0]])

    book = made(X, FunctionTransformer(np.zeros_like), n_heads=1, n_keys=3)

    assert book.keys[0].shape == (1, 1)


def test_the_encoder_is_a_fitted_clone():
    scaler = StandardScaler()

    book = made(rows(), scaler)

    assert not hasattr(scaler, "mean_")
    np.testing.assert_allclose(book.encoder.mean_, rows().mean(axis=0))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_encoder_that_makes_no_numbers_is_refused(value):
    encoder = FunctionTransformer(lambda X: np.full(X.shape, value))

    with pytest.raises(ValueError, match="Example: X must hold numbers"):
        made(rows(), encoder)


def test_a_flat_list_is_no_table():
    encoder = FunctionTransformer(lambda X: X[:, 0])
    says = "encoder must make a table of 20 rows of 20 rows, got the shape (20,)."

    with pytest.raises(ValueError, match=re.escape(says)):
        made(rows(), encoder)
