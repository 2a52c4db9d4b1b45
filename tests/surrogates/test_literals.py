"""The best question about a column: against every other, and scikit-learn's."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor
from surrogates.asked import columns_of

from sklkd.readable import Column, Literal
from sklkd.surrogates._literals import Sample, best_literals, gain, negated


def sample_of(Z, said, weight=None):
    weight = np.ones(len(Z)) if weight is None else np.asarray(weight, dtype=float)
    return Sample(np.asarray(Z, dtype=float), np.asarray(said, float), weight, weight)


def decrease(sample, side):
    """How much the summed squared deviation from the mean falls by a split."""

    def squares(part):
        weight, said = sample.weight[part], sample.said[part]
        return weight @ np.square(said - weight @ said / weight.sum()).sum(axis=1)

    return squares(np.ones_like(side)) - squares(side) - squares(~side)


@st.composite
def samples(draw, n_outputs=None):
    """A column of few different numbers, gaps, weights and outputs."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(2, 25))
    Z = rng.integers(0, 6, (n, 1)).astype(float)
    Z[rng.random(n) < draw(st.sampled_from([0.0, 0.3]))] = np.nan
    k = n_outputs or draw(st.integers(1, 4))
    return sample_of(Z, rng.normal(size=(n, k)), rng.integers(1, 4, n))


@settings(deadline=None)
@given(samples())
def test_the_gain_is_the_decrease_of_squared_deviations(sample):
    for candidate in best_literals(sample, columns_of(1)):
        side = candidate.literal.holds(sample.Z)
        assert candidate.gain == pytest.approx(decrease(sample, side))


@settings(deadline=None)
@given(samples())
def test_no_other_threshold_is_better_wherever_gaps_go(sample):
    found = best_literals(sample, columns_of(1))

    best = max((candidate.gain for candidate in found), default=0.0)
    for threshold in np.arange(5) + 0.5:
        for missing in (False, True):
            side = Literal(0, threshold=threshold, missing=missing).holds(sample.Z)
            known = sample.Z[~np.isnan(sample.Z[:, 0]), 0]
            if (known <= threshold).any() and (known > threshold).any():
                assert decrease(sample, side) <= best + 1e-9


@settings(deadline=None)
@given(samples(n_outputs=1))
def test_no_other_set_of_categories_is_better_for_one_output(sample):
    """Ordering by the mean finds the best of all sets (Breiman et al., 1984)."""
    columns = columns_of(1, categories=[(0, 6)])

    found = best_literals(sample, columns)

    best = max((candidate.gain for candidate in found), default=0.0)
    for size in range(1, 6):
        for codes in combinations(range(6), size):
            for missing in (False, True):
                side = Literal(0, codes=codes, missing=missing).holds(sample.Z)
                if 0 < side.sum() < len(side):
                    assert decrease(sample, side) <= best + 1e-9


@settings(deadline=None)
@given(samples())
def test_the_gain_of_a_set_of_categories_is_its_own(sample):
    for candidate in best_literals(sample, columns_of(1, categories=[(0, 6)])):
        side = candidate.literal.holds(sample.Z)
        assert candidate.literal.codes
        assert candidate.gain == pytest.approx(decrease(sample, side))


def test_the_best_split_of_many_columns_is_scikit_learns():
    rng = np.random.default_rng(0)
    Z, weight = rng.normal(size=(200, 6)), rng.integers(1, 4, 200)
    said = np.column_stack([Z[:, 3] + Z[:, 1] ** 2, np.sin(Z[:, 3])])
    stump = DecisionTreeRegressor(max_depth=1).fit(Z, said, sample_weight=weight)

    best = best_literals(sample_of(Z, said, weight), columns_of(6))[0].literal

    assert best.column == stump.tree_.feature[0]
    np.testing.assert_array_equal(best.holds(Z), stump.apply(Z) == 1)


def test_columns_come_by_gain_and_those_that_tell_nothing_not_at_all():
    Z = [[0, 7, 0, np.nan], [0, 7, 1, np.nan], [1, 7, 2, np.nan], [1, 7, 3, np.nan]]
    said = [[0.0], [0.1], [1.0], [0.9]]

    found = best_literals(sample_of(Z, said), columns_of(4))

    assert [candidate.literal.column for candidate in found] == [0, 2]


def test_an_answer_that_is_always_the_same_has_no_question():
    said = np.full((9, 3), [0.1, 0.2, 0.7])  # their mean is not, to the last bit

    assert best_literals(sample_of(np.arange(9.0)[:, None], said), columns_of(1)) == []


def test_a_gap_goes_where_its_answers_are():
    Z = np.array([[1.0], [2.0], [3.0], [4.0], [np.nan]])

    low = best_literals(sample_of(Z, [[0], [0], [1], [1], [0]]), columns_of(1))
    high = best_literals(sample_of(Z, [[0], [0], [1], [1], [1]]), columns_of(1))

    assert low[0].literal == Literal(0, threshold=2.5, missing=True)
    assert high[0].literal == Literal(0, threshold=2.5, missing=False)


def test_where_no_value_is_missing_gaps_would_go_with_most():
    said = [[0], [0], [0], [1]]

    (found,) = best_literals(sample_of([[1], [2], [3], [4]], said), columns_of(1))

    assert found.literal.missing


def test_the_side_with_fewer_categories_is_named():
    Z, columns = [[0], [1], [2], [3]], columns_of(1, categories=[(0, 4)])

    one = best_literals(sample_of(Z, [[0], [0], [1], [0]]), columns)[0].literal
    two = best_literals(sample_of(Z, [[1], [0], [1], [0]]), columns)[0].literal

    assert one.codes == (2,)
    assert two.codes == (0, 2)


def test_a_rare_category_does_not_decide_on_the_order():
    """One row says much in the second output; the others differ in the first."""
    Z = np.repeat([0, 1, 2, 3], [100, 100, 100, 1])[:, np.newaxis]
    means = np.array([[-1, 0], [2, 0.005], [-1, 0.01], [0, 10]])
    columns = columns_of(1, categories=[(0, 4)])

    (found,) = best_literals(sample_of(Z, means[Z[:, 0]]), columns)

    assert set(found.literal.codes) & {0, 1, 2} in ({0, 2}, {1})


def test_a_gap_can_stand_against_all_categories():
    Z, columns = [[0], [1], [np.nan], [np.nan]], columns_of(1, categories=[(0, 2)])

    (found,) = best_literals(sample_of(Z, [[0], [0], [1], [1]]), columns)

    assert found.literal == Literal(0, codes=(0, 1), missing=False)


def test_thresholds_of_whole_numbers_are_halves():
    column = Column("n", 0, whole=True)

    (found,) = best_literals(sample_of([[2], [4]], [[0], [1]]), (column,))

    assert found.literal.threshold % 1 == 0.5


@settings(deadline=None)
@given(samples())
def test_the_negation_holds_where_the_literal_does_not(sample):
    for columns in (columns_of(1), columns_of(1, categories=[(0, 6)])):
        for candidate in best_literals(sample, columns):
            other = negated(candidate.literal, columns)
            if other is not None:
                holds = candidate.literal.holds(sample.Z)
                np.testing.assert_array_equal(other.holds(sample.Z), ~holds)


def test_all_categories_have_no_negation():
    columns = columns_of(1, categories=[(0, 2)])

    assert negated(Literal(0, codes=(0, 1)), columns) is None


def test_an_empty_side_has_no_gain():
    pull = np.array([[1.0], [1.0], [1.0]])

    found = gain(np.array([0.0, 2.0, 4.0]), pull, 4.0)

    np.testing.assert_array_equal(found, [0.0, 1.0, 0.0])


def test_huge_numbers_are_split():
    Z = [[-1e308], [-1e307], [1e307], [1e308]]

    (found,) = best_literals(sample_of(Z, [[0], [0], [1], [1]]), columns_of(1))

    assert found.literal.threshold == 0.0
