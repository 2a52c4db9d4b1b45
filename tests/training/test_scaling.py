"""Columns standardised by weighted moments: numpy's, and their edges."""

import functools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from sklkd.training import Scaling
from sklkd.training import _scaling as floor
from sklkd.training._scaling import chunks

SPARSE = [sparse.csr_array, sparse.csr_matrix]


@st.composite
def tables(draw):
    """Columns of several scales and offsets (n, p), and a weight for each row."""
    n, p = draw(st.tuples(st.integers(1, 12), st.integers(1, 4)))
    rng = np.random.default_rng([draw(st.integers(0, 999)), n, p])
    X = rng.normal(size=(n, p)) * rng.choice([1e-6, 1.0, 1e6], size=p)
    X += rng.choice([0.0, 1.0, -100.0], size=p)
    X[:, : draw(st.integers(0, 1))] = draw(st.sampled_from([0.0, 0.1, -1e5 / 3]))
    return X, rng.uniform(0.1, 3, size=n)


def moments(X, weight):
    mean = np.average(X, axis=0, weights=weight)
    return mean, np.sqrt(np.average((X - mean) ** 2, axis=0, weights=weight))


@given(table=tables())
def test_moments_are_numpys(table):
    X, weight = table
    mean, scale = moments(X, weight)

    scaling = Scaling.fit(X, weight)

    np.testing.assert_allclose(scaling.mean, mean, rtol=1e-10, atol=1e-12)
    size = np.abs(X).max(axis=0)
    np.testing.assert_allclose(scaling.scale, scale, rtol=1e-8, atol=1e-11 * size.max())


@given(table=tables(), seed=st.integers(0, 99))
def test_a_weight_of_two_is_a_repeated_row_and_none_is_no_row(table, seed):
    X, _ = table
    counts = np.random.default_rng(seed).integers(0, 3, size=len(X))
    counts[0] = 1
    repeated = np.repeat(X, counts, axis=0)
    expected = Scaling.fit(repeated, np.ones(len(repeated)))

    scaling = Scaling.fit(X, counts.astype(float))

    np.testing.assert_allclose(scaling.mean, expected.mean, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(scaling.scale, expected.scale, rtol=1e-8, atol=1e-13)


@given(table=tables(), factor=st.sampled_from([1e-3, 7.0, 1e6]))
def test_only_the_proportions_of_weights_count(table, factor):
    X, weight = table
    expected = Scaling.fit(X, weight)

    scaling = Scaling.fit(X, factor * weight)

    np.testing.assert_allclose(scaling.mean, expected.mean, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(scaling.scale, expected.scale, rtol=1e-8, atol=1e-15)


@pytest.mark.parametrize("kind", SPARSE)
@given(table=tables(), share=st.sampled_from([0.0, 0.3, 0.9]))
def test_sparse_columns_are_dense_columns(kind, table, share):
    X, weight = table
    X = np.where(np.random.default_rng(0).random(X.shape) < share, 0.0, X)
    mean, scale = moments(X, weight)

    scaling = Scaling.fit(kind(X), weight)

    np.testing.assert_allclose(scaling.mean, mean, rtol=1e-9, atol=1e-12)
    size = np.abs(X).max(axis=0, initial=1e-12)
    np.testing.assert_allclose(scaling.scale, scale, rtol=1e-6, atol=1e-9 * size.max())


@pytest.mark.parametrize("kind", [np.asarray, *SPARSE])
@pytest.mark.parametrize("value", [0.0, 0.1, -1e5 / 3, 1e8 + 1 / 3, 3e-300])
def test_a_constant_column_has_scale_zero_and_becomes_zero(kind, value):
    X = kind(np.full((7, 2), value))
    weight = np.linspace(0.1, 1.3, 7)

    scaling = Scaling.fit(X, weight)

    assert scaling.scale.tolist() == [0.0, 0.0]
    assert scaling.standardised(np.full((2, 2), 123.0)).tolist() == [[0.0, 0.0]] * 2
    np.testing.assert_allclose(scaling.mean, value, rtol=1e-12)


@given(table=tables())
def test_what_is_standardised_has_mean_zero_and_scale_one(table):
    X, weight = table
    scaling = Scaling.fit(X, weight)

    mean, scale = moments(scaling.standardised(X), weight)

    np.testing.assert_allclose(mean, 0, atol=1e-7)
    np.testing.assert_allclose(scale, scaling.scale > 0, atol=1e-7)


@given(table=tables())
def test_the_inverse_brings_back_what_was_standardised(table):
    X, weight = table
    scaling = Scaling.fit(X, weight)

    again = scaling.inverse(scaling.standardised(X))

    np.testing.assert_allclose(again, X, rtol=1e-10, atol=1e-11)


def test_a_constant_column_comes_back_exactly():
    scaling = Scaling.fit(np.full((5, 1), 0.1), np.ones(5))

    assert scaling.inverse(np.array([[17.0]])) == pytest.approx(0.1, rel=1e-15)


def test_standardising_leaves_the_array_alone():
    X = np.arange(6.0).reshape(3, 2)
    before = X.copy()

    Scaling.fit(X, np.ones(3)).standardised(X)

    np.testing.assert_array_equal(X, before)


@given(table=tables())
def test_columns_are_measured_alike_in_any_layout(table):
    X, weight = table
    apart = np.zeros((2 * len(X), 3 * X.shape[1]))[::2, ::3]
    apart[:] = X
    expected = Scaling.fit(X, weight)

    for held in (np.asfortranarray(X), apart, np.asfortranarray(X)[::-1][::-1]):
        scaling = Scaling.fit(held, weight)

        np.testing.assert_array_equal(scaling.mean, expected.mean)
        np.testing.assert_array_equal(scaling.scale, expected.scale)


def test_tensors_are_standardised_in_float64():
    X = np.arange(6.0).reshape(3, 2)

    tensor = Scaling.fit(X, np.ones(3)).forward(torch.from_numpy(X).to(torch.float16))

    assert tensor.dtype is torch.float64
    np.testing.assert_allclose(tensor.numpy(), (X - X.mean(0)) / X.std(0))


@pytest.mark.parametrize("size", [1, 5, 8, 1000])
def test_columns_read_in_chunks_are_columns_read_whole(monkeypatch, size):
    rng = np.random.default_rng(0)
    X, weight = rng.normal(3, 2, size=(23, 4)), rng.uniform(size=23)
    mean, scale = moments(X, weight)
    monkeypatch.setattr(floor, "chunks", functools.partial(chunks, size=size))

    scaling = Scaling.fit(X, weight)

    np.testing.assert_allclose(scaling.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(scaling.scale, scale, rtol=1e-12)


@pytest.mark.parametrize("kind", [np.asarray, *SPARSE])
def test_some_rows_are_measured_as_if_there_were_no_others(kind):
    rng = np.random.default_rng(0)
    X, rows = rng.normal(size=(9, 2)), np.array([7, 0, 3])
    weight = np.array([1.0, 2.0, 0.5])
    mean, scale = moments(X[rows], weight)

    scaling = Scaling.fit(kind(X), weight, rows)

    np.testing.assert_allclose(scaling.mean, mean)
    np.testing.assert_allclose(scaling.scale, scale)


@pytest.mark.parametrize("kind", [np.asarray, *SPARSE])
def test_a_column_far_from_zero_keeps_its_digits(kind):
    """One pass over squares would leave nothing of a spread of 1 at 1e8."""
    spread = np.random.default_rng(0).normal(size=(50, 1))

    scaling = Scaling.fit(kind(1e8 + spread), np.ones(50))

    assert scaling.scale[0] == pytest.approx(spread.std(), rel=1e-6)
    np.testing.assert_allclose(
        scaling.standardised(1e8 + spread),
        (spread - spread.mean()) / spread.std(),
        atol=1e-6,
    )


@pytest.mark.parametrize("kind", [np.asarray, *SPARSE])
@pytest.mark.parametrize("values", [[1e200, -1e200], [1e308, 1e308, -1e308]])
def test_values_whose_squares_are_infinite_are_refused(kind, values):
    with pytest.raises(
        ValueError, match=r"^X or y contains values too large to be standardised\.$"
    ):
        Scaling.fit(kind(np.array(values)[:, None]), np.ones(len(values)))


@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f2", "f4", ">f8"])
def test_moments_are_taken_in_float64(dtype):
    X = np.array([[0, 1], [1, 1], [1, 0]]).repeat(100, axis=0).astype(dtype)

    scaling = Scaling.fit(X, np.ones(300))

    np.testing.assert_allclose(scaling.mean, [2 / 3, 2 / 3], rtol=1e-12)
    np.testing.assert_allclose(scaling.scale, np.sqrt([2 / 9, 2 / 9]), rtol=1e-12)


@pytest.mark.parametrize("shape", [(5, 2, 3), (5, 5, 2), (2, 1, 4, 4)])
def test_images_are_standardised_number_by_number_or_refused(shape):
    X = np.random.default_rng(0).normal(size=shape)

    try:
        scaling = Scaling.fit(X, np.ones(len(X)))
    except ValueError as error:
        assert "standardize" in str(error)  # noqa: PT017 - either is right
    else:
        np.testing.assert_allclose(scaling.mean, X.mean(axis=0))
        np.testing.assert_allclose(scaling.scale, X.std(axis=0))


@given(n=st.integers(0, 30), width=st.integers(0, 4), size=st.integers(1, 20))
def test_chunks_cover_every_row_and_hold_at_most_so_many_numbers(n, width, size):
    slices = list(chunks((n, width), size))

    covered = [i for chunk in slices for i in range(n)[chunk]]
    lengths = [len(range(n)[chunk]) for chunk in slices]
    assert covered == list(range(n))
    assert all(length == 1 or length * width <= size for length in lengths)


@st.composite
def gaps(draw):
    """A table with NaN, some columns of it without any value, and counts of rows."""
    X, _ = draw(tables())
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    X = np.where(rng.random(X.shape) < draw(st.sampled_from([0.2, 0.7])), np.nan, X)
    X[:, -1] = np.where(draw(st.booleans()), np.nan, X[:, -1])
    return X, rng.integers(1, 4, size=len(X))


@given(table=gaps())
def test_moments_are_those_of_the_values_that_are_there(table):
    X, counts = table
    there = np.ma.masked_invalid(X)
    mean = np.ma.average(there, axis=0, weights=counts)
    scale = np.ma.average((there - mean) ** 2, axis=0, weights=counts) ** 0.5

    scaling = Scaling.fit(X, counts.astype(float))

    size = np.nan_to_num(np.abs(X)).max(axis=0)
    np.testing.assert_allclose(scaling.mean, mean.filled(0), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        scaling.scale, scale.filled(0), rtol=1e-8, atol=1e-11 * max(size.max(), 1e-3)
    )


@given(table=gaps())
def test_with_gaps_too_a_weight_of_two_is_a_repeated_row(table):
    X, counts = table
    repeated = np.repeat(X, counts, axis=0)
    expected = Scaling.fit(repeated, np.ones(len(repeated)))
    rows = torch.from_numpy(X)

    scaling = Scaling.fit(X, counts.astype(float))

    np.testing.assert_allclose(scaling.mean, expected.mean, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(
        scaling.forward(rows), expected.forward(rows), rtol=1e-6, atol=1e-8
    )


def test_a_gap_becomes_the_mean_and_an_indicator_says_so():
    X = np.array([[1.0, np.nan, 5.0], [3.0, 2.0, np.nan], [5.0, 4.0, np.nan]])
    scaling = Scaling.fit(X, np.ones(3))

    rows = scaling.forward(torch.from_numpy(X)).numpy()

    spread = np.sqrt(1.5)
    assert scaling.row_shape((3,)) == (5,)
    np.testing.assert_allclose(
        rows,
        [[-spread, 0, 0, 1, 0], [0, -1, 0, 0, 1], [spread, 1, 0, 0, 1]],
        atol=1e-12,
    )


def test_a_gap_in_a_column_that_had_none_is_the_mean_without_indicator():
    scaling = Scaling.fit(np.array([[1.0], [3.0]]), np.ones(2))

    assert scaling.forward(torch.tensor([[np.nan]])).tolist() == [[0.0]]
    assert scaling.row_shape((1,)) == (1,)


def test_a_column_without_values_becomes_zero():
    X = np.array([[np.nan, 1.0], [np.nan, 2.0]])

    rows = Scaling.fit(X, np.ones(2)).forward(torch.tensor([[7.0, 1.5]]))

    assert rows.tolist() == [[0.0, 0.0, 0.0]]


def test_a_row_without_weight_makes_no_gap():
    X = np.array([[np.nan], [1.0], [3.0]])

    scaling = Scaling.fit(X, np.array([0.0, 1.0, 1.0]))

    assert scaling.missing.tolist() == []
    assert (scaling.mean.tolist(), scaling.scale.tolist()) == ([2.0], [1.0])


def test_a_constant_column_with_a_gap_in_front_has_scale_zero():
    X = np.array([[np.nan], [0.1], [0.1], [0.1]])

    scaling = Scaling.fit(X, np.ones(4))

    assert (scaling.mean.tolist(), scaling.scale.tolist()) == ([0.1], [0.0])


def test_tiny_numbers_keep_their_scale_beside_gaps():
    X = np.array([[1e-200], [np.nan], [3e-200]])

    scaling = Scaling.fit(X, np.ones(3))

    assert scaling.scale.tolist() == pytest.approx([1e-200], rel=1e-12)


def test_a_number_too_large_is_no_gap():
    """Left infinite, it ends in an error; a zero would hide it."""
    scaling = Scaling.fit(np.array([[1.0], [3.0]]), np.ones(2))

    assert torch.isinf(scaling.forward(torch.tensor([[np.inf]]))).all()


def test_what_is_standardised_by_array_keeps_its_gaps():
    """Targets that are missing must stay so."""
    scaling = Scaling.fit(np.array([[1.0], [3.0]]), np.ones(2))

    assert np.isnan(scaling.standardised(np.array([[np.nan]]))).all()


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_gaps_are_found_in_any_chunk_and_among_the_rows_that_count(monkeypatch, size):
    X = np.random.default_rng(0).normal(size=(9, 3))
    X[7, 1] = X[0, 2] = np.nan
    rows, weight = np.array([7, 3, 5, 1]), np.array([1.0, 2.0, 0.5, 1.0])
    mean = np.ma.average(np.ma.masked_invalid(X[rows]), axis=0, weights=weight)
    monkeypatch.setattr(floor, "chunks", functools.partial(chunks, size=size))

    scaling = Scaling.fit(X, weight, rows)

    assert scaling.missing.tolist() == [1]
    np.testing.assert_allclose(scaling.mean, mean)
