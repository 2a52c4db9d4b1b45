"""Searches for m-of-n tests: what is there is found, what is not is not."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import chi2_contingency, f_oneway
from surrogates.asked import certain, columns_of, two_of_three

from sklkd.readable import Column, Literal, Test
from sklkd.surrogates._literals import Candidate, Sample
from sklkd.surrogates._trepan_splits import (
    Search,
    _chi_square,
    _f_test,
    _Pool,
    _pruned,
    _State,
    best_test,
)


def bits(n_columns, n_times=1):
    """Every row of zeros and ones, so often."""
    rows = np.array(list(product([0.0, 1.0], repeat=n_columns)))
    return np.tile(rows, (n_times, 1))


def sample_of(Z, said):
    ones = np.ones(len(Z))
    return Sample(Z, said, ones, ones)


WHOLE = tuple(Column(f"x{j}", j, whole=True) for j in range(8))


@pytest.mark.parametrize(
    ("m", "n"), [(1, 2), (2, 2), (2, 3), (1, 3), (3, 3), (2, 4), (3, 4), (3, 5)]
)
def test_m_of_n_is_found_where_the_teacher_is_one(m, n):
    Z = bits(6, 20)
    yes = Z[:, 6 - n :].sum(axis=1) >= m

    test = best_test(sample_of(Z, certain(yes)), WHOLE[:6], Search())

    assert len(test.literals) == n
    assert {literal.column for literal in test.literals} == set(range(6 - n, 6))
    side = test.holds(Z)
    assert (side == yes).all() or (side == ~yes).all()


def test_literals_may_be_of_different_kinds_and_directions():
    rng = np.random.default_rng(0)
    Z = np.column_stack(
        [rng.normal(size=600), rng.integers(0, 4, 600), rng.normal(size=(600, 3))]
    )
    yes = (Z[:, 0] <= 0) & np.isin(Z[:, 1], [0, 3])
    columns = columns_of(5, categories=[(1, 4)])

    test = best_test(sample_of(Z, certain(yes)), columns, Search())

    assert {literal.column for literal in test.literals} == {0, 1}
    side = test.holds(Z)
    assert min((side != yes).sum(), (side == yes).sum()) <= 3


def test_a_plain_split_is_made_if_no_more_is_allowed():
    Z = bits(3, 20)

    test = best_test(sample_of(Z, two_of_three(Z)), WHOLE[:3], Search(max_literals=1))

    assert test == Test((Literal(0, threshold=0.5, missing=True),))


def test_no_test_is_longer_than_allowed():
    Z = bits(7, 5)
    sample = sample_of(Z, certain(Z.sum(axis=1) >= 4))

    for most in (2, 3, 4):
        assert (
            len(best_test(sample, WHOLE[:7], Search(max_literals=most)).literals)
            <= most
        )


def test_columns_of_a_group_above_are_asked_about_alone():
    Z = bits(4, 20)
    sample = sample_of(Z, two_of_three(Z))

    test = best_test(sample, WHOLE[:4], Search(), grouped=frozenset({0, 1, 2}))

    assert len(test.literals) == 1
    assert test.literals[0].column in {0, 1, 2}


def test_only_the_best_columns_are_asked_about_together():
    Z = bits(5, 20)
    yes = (Z * [5, 4, 3, 2, 1]).sum(axis=1) >= 8

    test = best_test(sample_of(Z, certain(yes)), WHOLE[:5], Search(max_columns=2))

    assert {literal.column for literal in test.literals} <= {0, 1}


def test_noise_is_seldom_asked_about_together():
    """21 of 100 for a seed; 95 if the number of extensions tried did not count."""
    rng = np.random.default_rng(0)
    lengths = []
    for _ in range(40):
        Z, heads = rng.normal(size=(300, 8)), rng.random(300) < 0.5
        test = best_test(sample_of(Z, certain(heads)), WHOLE, Search(max_literals=2))
        lengths.append(len(test.literals))

    assert np.mean(np.array(lengths) > 1) <= 0.4


def test_a_literal_that_does_nothing_is_dropped():
    """2 of {a, b}, and one about a column that is never above."""
    Z = np.column_stack([bits(2, 20), np.zeros(80)])
    sample = sample_of(Z, certain(Z[:, 0] * Z[:, 1] == 1))
    above = [Literal(j, threshold=0.5, above=True) for j in range(3)]
    pool = _Pool(sample, [Candidate(1.0, lit) for lit in above], WHOLE[:3], False)
    picks = tuple(pool.literals.index(literal) for literal in above)
    gain = pool.gains(pool.side(2, picks)[:, np.newaxis])[0]

    left = _pruned(pool, _State(gain, 2, picks), 0.05)

    assert {pool.literals[i] for i in left.picks} == set(above[:2])
    assert (left.m, left.gain) == (2, gain)


def test_with_a_significance_of_0_no_test_is_extended():
    Z = bits(3, 20)

    test = best_test(sample_of(Z, two_of_three(Z)), WHOLE[:3], Search(significance=0.0))

    assert len(test.literals) == 1


def test_values_are_asked_about_like_classes():
    Z = bits(4, 20)
    value = 10.0 * (Z[:, :3].sum(axis=1) >= 2)

    test = best_test(sample_of(Z, value[:, None]), WHOLE[:4], Search(), values=True)

    assert {literal.column for literal in test.literals} == {0, 1, 2}
    assert test.m == 2


def test_nothing_to_ask_is_none():
    Z = np.ones((10, 2))

    assert (
        best_test(sample_of(Z, certain(np.arange(10) > 4)), WHOLE[:2], Search()) is None
    )


def test_chi_square_of_certain_answers_is_scipys():
    rng = np.random.default_rng(0)
    label, one = rng.integers(0, 3, 90), rng.random(90) < 0.4
    table = [np.bincount(label[part], minlength=3) for part in (one, ~one)]

    own = _chi_square(sample_of(np.zeros((90, 1)), np.eye(3)[label]), one, ~one)

    assert own == pytest.approx(chi2_contingency(table, correction=False).pvalue)


def test_the_f_test_of_one_output_is_scipys():
    rng = np.random.default_rng(0)
    value, one = rng.normal(size=50), rng.random(50) < 0.4

    own = _f_test(sample_of(np.zeros((50, 1)), value[:, None]), one, ~one)

    assert own == pytest.approx(f_oneway(value[one], value[~one]).pvalue)


def test_groups_that_cannot_be_told_apart_have_a_p_value_of_1():
    sample = sample_of(np.zeros((4, 1)), np.ones((4, 1)))
    one, nobody = np.array([1, 1, 0, 0], bool), np.zeros(4, bool)

    assert _f_test(sample, one, ~one) == 1.0
    assert _f_test(sample, one, nobody) == 1.0
    assert _chi_square(sample, one, ~one) == 1.0
    assert _chi_square(sample_of(np.zeros((4, 1)), np.eye(4)), one, nobody) == 1.0


def test_groups_without_spread_differ_for_certain():
    sample = sample_of(np.zeros((4, 1)), np.array([[0.0], [0.0], [1.0], [1.0]]))
    one = np.array([1, 1, 0, 0], bool)

    assert _f_test(sample, one, ~one) == 0.0
