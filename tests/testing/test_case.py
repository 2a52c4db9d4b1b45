"""Cases: their data are theirs alone, of the structure that they name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.testing import STYLES, Case, cases, make_data
from sklkd.testing._fence import global_randomness

KINDS = ("classifier", "regressor", "transformer", "other")


@given(cases(), st.sampled_from(KINDS))
def test_a_case_is_always_the_same_data(case, kind):
    (X, y), (again, target) = make_data(case, kind), make_data(case, kind)

    np.testing.assert_array_equal(X, again)
    np.testing.assert_array_equal(y, target)


@given(cases(), st.sampled_from(KINDS))
def test_data_have_the_shape_of_their_case_and_are_finite(case, kind):
    X, y = make_data(case, kind)

    assert X.shape == (case.n, case.p)
    assert y.shape == (case.n,)
    assert X.dtype == np.float64
    assert np.isfinite(X).all()
    assert np.isfinite(y).all()


@given(cases())
def test_each_class_is_there_twice(case):
    _, y = make_data(case, "classifier")

    assert np.bincount(y, minlength=case.k).min() >= 2
    assert y.max() < case.k


def test_classes_come_in_no_order():
    orders = {
        tuple(dict.fromkeys(make_data(Case(k=3, seed=seed), "classifier")[1].tolist()))
        for seed in range(20)
    }

    assert len(orders) == 6


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", KINDS)
def test_few_rows_can_be_made(n, style, kind):
    X, y = make_data(Case(n=n, k=4, style=style), kind)

    assert len(X) == len(y) == n
    assert np.isfinite(X).all()


def test_data_do_not_touch_the_global_generator():
    before = global_randomness()

    make_data(Case(), "classifier")

    assert global_randomness() == before


def made(style, kind="classifier"):
    return make_data(Case(n=20, p=3, style=style), kind)


def test_ints_are_whole():
    X, _ = made("ints")

    np.testing.assert_array_equal(X, np.round(X))


def test_ties_are_many():
    X, _ = made("ties")

    assert max(len(np.unique(column)) for column in X.T) <= 8


def test_constant_says_nothing_in_the_last_column():
    X, _ = made("constant")

    assert np.ptp(X[:, -1]) == 0
    assert np.ptp(X[:, 0]) > 0


def test_collinear_has_a_column_too_many():
    X, _ = made("collinear")

    assert np.linalg.matrix_rank(X) == 2


def test_mixed_scale_has_columns_a_million_apart():
    X, _ = made("mixed_scale")

    spread = X.std(axis=0)
    assert spread[-1] / spread[0] > 1e4


def test_offset_is_far_from_zero():
    X, _ = made("offset")

    assert X.mean() > 80


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_duplicates_repeat_rows_with_their_targets(kind):
    X, y = made("duplicates", kind)

    np.testing.assert_array_equal(X[:10], X[10:])
    np.testing.assert_array_equal(y[:10], y[10:])


@given(cases(n=(5, 9), p=(2, 2), k=(3, 3), styles=("ints",)))
def test_cases_keep_to_their_ranges(case):
    assert 5 <= case.n <= 9
    assert (case.p, case.k, case.style) == (2, 3, "ints")


def test_rows_next_to_the_batch_size_are_drawn():
    drawn = set()

    @given(cases(batch_size=64))
    def look(case):
        drawn.add(case.n)

    look()

    assert drawn & {63, 64, 65, 129}


def test_a_batch_size_that_is_too_large_is_left_alone():
    @given(cases(batch_size=10_000))
    def look(case):
        assert 8 <= case.n <= 40

    look()
