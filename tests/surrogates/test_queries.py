"""Queries: what is asked fulfils its path, and has the distribution that it says."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, ks_2samp, kstwobign
from surrogates.asked import columns_of

from sklkd.readable import Literal, Test
from sklkd.surrogates._queries import Conditions, Marginals, _inverse

BITS = np.array(list(product([0.0, 1.0], repeat=3)))
ONES = tuple(Literal(j, threshold=0.5, above=True) for j in range(3))


def drawn(Z, path, n_new, *, weight=None, seed=0, columns=None):
    """Rows drawn under a path: (n_new, n_columns)."""
    weight = np.ones(len(Z)) if weight is None else np.asarray(weight, dtype=float)
    model = Marginals.of(columns or columns_of(Z.shape[1]), Z, weight)
    rng = np.random.default_rng(seed)
    source = model.draw(n_new, Conditions.of(path), rng)
    return Z[source, np.arange(Z.shape[1])]


@st.composite
def tables_and_paths(draw):
    """Rows with gaps and categories, and a path whose groups share no column."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    Z = np.round(rng.normal(size=(draw(st.integers(2, 30)), 7)), 1)
    Z[rng.random(Z.shape) < 0.1] = np.nan
    Z[:, 2], Z[:, 5] = rng.integers(0, 4, len(Z)), rng.integers(0, 3, len(Z))
    weight = rng.integers(1, 4, len(Z)).astype(float)
    free, path = list(rng.permutation(7)), []
    for _ in range(draw(st.integers(1, 4))):
        size = int(rng.integers(1, 4))
        taken = free[:size] if size > 1 else [int(rng.integers(7))]
        free = free[size:] if size > 1 else free
        if taken:
            literals = tuple(_literal(rng, Z, int(j)) for j in taken)
            m = int(rng.integers(1, len(literals) + 1))
            path.append((Test(literals, m), bool(rng.integers(2))))
    return Z, weight, tuple(path)


def _literal(rng, Z, j):
    missing = bool(rng.integers(2))
    if j in (2, 5):
        return Literal(
            j, codes=tuple(sorted({0, int(rng.integers(3))})), missing=missing
        )
    threshold = float(np.nan_to_num(rng.choice(Z[:, j])))
    return Literal(j, threshold=threshold, above=bool(rng.integers(2)), missing=missing)


@settings(deadline=None, max_examples=200)
@given(tables_and_paths(), st.integers(0, 100))
def test_every_query_fulfils_its_path(case, seed):
    Z, weight, path = case
    columns = columns_of(7, categories={2: 4, 5: 3}.items())

    rows = drawn(Z, path, 50, weight=weight, seed=seed, columns=columns)

    assert len(rows) in (0, 50)
    for test, answer in path:
        assert (test.holds(rows) == answer).all()


@settings(deadline=None, max_examples=100)
@given(tables_and_paths())
def test_there_are_queries_wherever_there_is_a_row(case):
    Z, weight, path = case
    reached = np.all([test.holds(Z) == answer for test, answer in path], axis=0)

    rows = drawn(Z, path, 5, weight=weight)

    assert len(rows) == 5 or not reached.any()


@pytest.mark.parametrize(
    ("m", "answer"), [(2, True), (2, False), (1, True), (3, False)]
)
def test_the_distribution_is_that_of_independent_columns_given_the_count(m, answer):
    """By hand: the probability of each pattern of bits, over those that qualify."""
    chances = np.array([0.25, 0.5, 0.75])  # of a 1, in Z's columns
    Z = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1]], dtype=float)
    wanted = np.prod(np.where(BITS == 1, chances, 1 - chances), axis=1)
    wanted *= (BITS.sum(axis=1) >= m) == answer

    rows = drawn(Z, ((Test(ONES, m), answer),), 40_000)

    found = np.bincount((rows @ [4, 2, 1]).astype(int), minlength=8)
    possible = wanted > 0
    assert found[~possible].sum() == 0
    expected = wanted[possible] / wanted.sum() * 40_000
    assert chisquare(found[possible], expected).pvalue > 1e-3


def test_a_column_is_truncated_and_stays_in_proportion():
    Z = np.arange(10.0)[:, np.newaxis]
    weight = np.arange(10.0) + 1
    path = ((Test((Literal(0, threshold=6.5, above=True),)), True),)

    rows = drawn(Z, path, 30_000, weight=weight)

    counts = np.bincount(rows[:, 0].astype(int), minlength=10)
    assert (counts[:7] == 0).all()
    expected = np.array([8, 9, 10]) / 27 * 30_000
    assert chisquare(counts[7:], expected).pvalue > 1e-3


def test_a_row_with_a_weight_of_2_is_a_row_that_is_there_twice():
    rng = np.random.default_rng(0)
    Z, weight = rng.normal(size=(40, 4)), rng.integers(1, 5, 40)
    path = (
        (Test((Literal(0, threshold=0.0),)), True),
        (Test(tuple(Literal(j, threshold=0.1) for j in (1, 2, 3)), 2), False),
    )

    once = drawn(Z, path, 500, weight=weight)
    often = drawn(np.repeat(Z, weight, axis=0), path, 500)

    np.testing.assert_array_equal(once, often)


@pytest.mark.parametrize("total", [1.0, 1.5, 3.0, 2.0**53 - 1, 1e-300])
def test_the_extremes_of_chance_find_rows_with_mass(total):
    mass = np.array([0.0, total / 2, 0.0, total / 2, 0.0])

    found = _inverse(np.arange(5), mass, np.array([0.0, 0.5, np.nextafter(1, 0)]))

    np.testing.assert_array_equal(found, [1, 3, 3])


def test_missing_values_are_drawn_as_often_as_they_are():
    Z = np.array([[1.0], [np.nan], [2.0], [np.nan]])

    rows = drawn(Z, (), 10_000)

    assert np.isnan(rows).mean() == pytest.approx(0.5, abs=0.02)


def test_what_cannot_be_has_no_query():
    above = Test((Literal(0, threshold=5.0, above=True),))
    group = Test((Literal(0, threshold=-1.0), Literal(1, threshold=-1.0)), 1)

    assert drawn(BITS, ((above, True),), 10).shape == (0, 3)
    assert drawn(BITS, ((group, True),), 10).shape == (0, 3)


def test_a_column_in_two_groups_is_refused():
    pair, other = Test(ONES[:2], 1), Test(ONES[1:], 1)

    with pytest.raises(ValueError, match=r"must be about different columns, got"):
        Conditions.of(((pair, True), (other, True)))


def test_a_group_of_which_all_or_none_hold_is_certain_for_each():
    conditions = Conditions.of(
        ((Test(ONES[:2], 2), True), (Test(ONES[1:], 1), False)),
    )

    assert conditions.groups == ()
    assert conditions.certain == {
        0: ((ONES[0], True),),
        1: ((ONES[1], True), (ONES[1], False)),
        2: ((ONES[2], False),),
    }


def refitted(Z, here, path, *, columns=None):
    """Which columns a child with these rows gets distributions of its own for."""
    model = Marginals.of(columns or columns_of(Z.shape[1]), Z, np.ones(len(Z)))
    weight = here.astype(float)
    child = model.refitted(weight, Conditions.of(path), 0.01)
    return [mass is weight for mass in child.mass]


def test_a_child_has_its_own_distribution_where_it_differs():
    rng = np.random.default_rng(0)
    first, same = rng.normal(size=(2, 400))
    code = np.where(first > 0, rng.integers(0, 2, 400), 2)
    Z = np.column_stack([first, first + 0.1 * rng.normal(size=400), same, code])
    path = ((Test((Literal(0, threshold=0.0),)), True),)
    columns = columns_of(4, categories=[(3, 3)])

    found = refitted(Z, first <= 0, path, columns=columns)

    # The first differs by the path alone, which the parent's is truncated to.
    assert found == [False, True, False, True]


def test_a_category_that_is_the_only_one_differs_from_nothing():
    Z = np.ones((200, 1))

    found = refitted(
        Z, np.arange(200) < 90, (), columns=columns_of(1, categories=[(0, 2)])
    )

    assert found == [False]


def test_the_order_of_rows_with_equal_values_does_not_matter():
    Z = np.repeat([[0.0], [1.0]], 200, axis=0)
    here = np.tile(np.arange(200) < 90, 2)  # the first of each value

    assert refitted(Z, here, ()) == [False]


def test_few_rows_keep_their_parents_distributions():
    Z = np.repeat(np.arange(10.0), 10)[:, np.newaxis]

    assert refitted(Z, Z[:, 0] < 4, ()) == [False]
    assert refitted(Z, Z[:, 0] < 5, ()) == [True]


def test_columns_of_a_group_keep_their_parents_distributions():
    Z = np.tile(BITS, (50, 1))
    test = Test(ONES[:2], 2)

    assert refitted(Z, ~test.holds(Z), ((test, False),)) == [False] * 3


def test_a_random_part_seldom_counts_as_different():
    """The p-values of random parts are below 0.01 in one of a hundred, or fewer."""
    rng = np.random.default_rng(0)
    Z = np.column_stack([rng.normal(size=(300, 1)), rng.integers(0, 5, (300, 1))])
    columns = columns_of(2, categories=[(1, 5)])

    found = [
        refitted(Z, rng.permutation(300) < 200, (), columns=columns)
        for _ in range(1000)
    ]

    assert np.mean(found, axis=0).max() < 0.02


def test_the_p_value_of_a_part_is_that_of_the_part_against_the_rest():
    """Kolmogorov and Smirnov's limit, for two samples of n and m."""
    rng = np.random.default_rng(1)
    Z = rng.normal(size=(400, 1))
    here = (rng.random(400) < 0.5) | (Z[:, 0] > 1.4)
    model = Marginals.of(columns_of(1), Z, np.ones(400))

    own = model._p_value(0, here.astype(float), np.ones(400))

    gap = ks_2samp(Z[here, 0], Z[~here, 0]).statistic
    size = here.sum() * (~here).sum() / 400
    assert own == pytest.approx(kstwobign.sf(np.sqrt(size) * gap), rel=1e-6)
