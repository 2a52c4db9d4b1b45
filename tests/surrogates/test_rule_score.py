"""Costs of lists: the formulas, and that trying a rule is having it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import rel_entr

from sklkd.readable import Column
from sklkd.surrogates._evidence import Evidence
from sklkd.surrogates._rule_pool import Pool
from sklkd.surrogates._rule_score import Score, Tally, comparable, promising
from sklkd.surrogates._rule_spans import Ranks, Span


def evidence_of(Z, said, weight=None, *, values=False, n_real=None):
    n, p = Z.shape
    return Evidence(
        columns=tuple(Column(f"x{j}", j) for j in range(p)),
        Z=Z,
        said=said,
        weight=np.ones(n) if weight is None else weight,
        n_real=n if n_real is None else n_real,
        classes=None if values else tuple(range(said.shape[1])),
        targets=tuple(f"y{k}" for k in range(said.shape[1])),
        oracle=lambda rows: rows,
    )


@st.composite
def problems(draw):
    """Evidence of any kind, and rules of one or two spans."""
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    n, k = draw(st.integers(3, 25)), draw(st.integers(2, 4))
    values = draw(st.booleans())
    said = rng.normal(size=(n, k)) * 1e3 if values else rng.dirichlet(np.ones(k), n)
    if not values and draw(st.booleans()):
        said = np.eye(k)[rng.integers(0, k, n)]  # of which logarithms are infinite
    Z = np.round(rng.normal(size=(n, 2)), 1)
    evidence = evidence_of(
        Z,
        said,
        rng.uniform(0.1, 3, n),
        values=values,
        n_real=draw(st.integers(1, n)),
    )
    ranks = Ranks.of(evidence)
    rules = []
    for _ in range(draw(st.integers(1, 12))):
        column = int(rng.integers(2))
        low = int(rng.integers(-1, ranks.last(column)))
        high = int(rng.integers(low + 1, ranks.last(column) + 1))
        rule = ranks.merged([Span(column, low, high, missing=False)])
        rules += [rule] if rule else []
    return evidence, ranks, list(dict.fromkeys(rules))


@settings(max_examples=200)
@given(problems())
def test_what_a_constant_leaves_is_a_divergence_or_a_squared_error(problem):
    evidence, _, _ = problem
    said, weight = comparable(evidence), evidence.weight / evidence.weight.sum()
    mean = np.average(said, axis=0, weights=weight)
    if evidence.classes is None:
        expected = weight @ ((said - mean) ** 2).sum(axis=1)
    else:
        expected = weight @ rel_entr(said, mean).sum(axis=1)

    tally = Tally.of(evidence)

    assert tally.whole == pytest.approx(expected, abs=1e-12)
    if not tally.constant:
        assert tally.unexplained(tally.rows.sum(axis=0)) == pytest.approx(1.0)


def test_values_count_in_units_of_their_spread():
    said = np.array([[1.0, 1e9], [3.0, 1e9], [5.0, 1e9]])
    evidence = evidence_of(np.zeros((3, 1)), said, values=True)

    spread = np.sqrt(8 / 3)
    expected = [[-2 / spread, 0], [0, 0], [2 / spread, 0]]
    np.testing.assert_allclose(comparable(evidence), expected, atol=1e-15)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e300])
def test_values_of_any_size_are_told_apart(size):
    said = size * np.array([[-1.0], [1.0]])
    evidence = evidence_of(np.zeros((2, 1)), said, values=True)

    np.testing.assert_allclose(comparable(evidence), [[-1.0], [1.0]])


@pytest.mark.parametrize("values", [True, False])
def test_rounding_alone_is_a_constant(values):
    said = np.full((7, 2), 0.1) + np.arange(7)[:, np.newaxis] * 1e-16
    if not values:
        said = said / said.sum(axis=1, keepdims=True)

    tally = Tally.of(evidence_of(np.zeros((7, 1)), said, values=values))

    assert tally.constant


@settings(max_examples=200)
@given(problems(), st.integers(0, 3), st.sampled_from([0.0, 0.1, 0.3]))
def test_trying_a_rule_costs_what_having_it_does(problem, n_around, least):
    """Up to what is the same for all candidates."""
    evidence, ranks, rules = problem
    tally = Tally.of(evidence)
    if tally.constant or len(rules) < 4:
        return
    score = Score(ranks, tally, penalty=0.01, min_coverage=least)
    around = tuple(rules[:3])
    before, after = around[:n_around], around[n_around:]

    tried, _ = score.costs(before, after, Pool.of(ranks, rules))

    had = np.array([score.cost((*before, rule, *after)) for rule in rules])
    fine = np.isfinite(had)
    assert np.isfinite(tried[fine]).all()
    if np.isfinite(score.cost(before)):  # else no candidate can mend it
        np.testing.assert_array_equal(np.isfinite(tried), fine)
    gap = tried[fine] - had[fine]
    np.testing.assert_allclose(gap, gap[:1].repeat(len(gap)), atol=1e-9)


@settings(max_examples=100)
@given(problems())
def test_what_was_asked_before_changes_nothing(problem):
    """Neither the lists that were paid for, nor the places that were looked at."""
    evidence, ranks, rules = problem
    tally = Tally.of(evidence)
    if tally.constant or len(rules) < 3:
        return

    def fresh():
        return Score(ranks, tally, penalty=0.01, min_coverage=0.0)

    a, b, c = ((rule,) for rule in rules[:3])
    places = [
        (a, b),
        (a, c),
        (b, a),
        (a + b, ()),
        ((), a + b),
        (a, b),
        (c, ()),
        ((), ()),
    ]
    used, pool = fresh(), Pool.of(ranks, rules)

    for place in places:
        for found, expected in zip(
            used.costs(*place, pool), fresh().costs(*place, pool), strict=True
        ):
            np.testing.assert_array_equal(found, expected)
        whole = place[0] + place[1]
        assert used.cost(whole) == fresh().cost(whole)


def test_a_cost_by_hand():
    """Two of four rows are taken and fully explained; the others are not at all."""
    Z = np.array([[1.0], [2.0], [3.0], [4.0]])
    said = np.array([[0.0], [0.0], [6.0], [2.0]])
    evidence = evidence_of(Z, said, values=True)
    ranks = Ranks.of(evidence)
    score = Score(ranks, Tally.of(evidence), penalty=0.01, min_coverage=0.0)

    cost = score.cost(((Span(0, -1, 1, missing=False),),))

    assert cost == pytest.approx(8 / 24 + 0.02)  # of the squares around 2


def test_no_hope_counts_only_what_a_rule_leaves_of_its_own():
    Z = np.array([[1.0], [2.0], [3.0], [4.0]])
    evidence = evidence_of(Z, np.array([[0.0], [0.0], [6.0], [2.0]]), values=True)
    ranks = Ranks.of(evidence)
    score = Score(ranks, Tally.of(evidence), penalty=0.0, min_coverage=0.0)
    pool = Pool.of(ranks, [(Span(0, -1, 1, False),), (Span(0, 1, 3, False),)])

    cost, merit = score.costs((), (), pool, hope=0.0)

    np.testing.assert_allclose(cost, [0.0, 8 / 24], atol=1e-12)
    np.testing.assert_allclose(merit, [0.5, 0.5])


def test_hope_is_only_for_what_no_rule_takes():
    """What the next rule leaves counts in full."""
    Z = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])
    said = np.array([[0.0], [2.0], [6.0], [2.0], [4.0]])
    evidence = evidence_of(Z, said, values=True)
    ranks = Ranks.of(evidence)
    score = Score(ranks, Tally.of(evidence), penalty=0.0, min_coverage=0.0)
    before, after = (Span(0, 3, 4, False),), (Span(0, 1, 3, False),)
    pool = Pool.of(ranks, [(Span(0, 0, 1, False),)])

    costs = [score.costs((before,), (after,), pool, h)[0][0] for h in (0.0, 0.5, 1.0)]

    # Rows 3 and 4 leave 8 of 20.8; the else has row 1 alone and leaves nothing.
    np.testing.assert_allclose(costs, [8 / 20.8] * 3)


@pytest.mark.parametrize(
    ("least", "allowed"), [(0.0, True), (0.25, True), (0.3, False)]
)
def test_a_candidate_must_cover_enough(least, allowed):
    Z = np.array([[1.0], [2.0], [3.0], [4.0]])
    evidence = evidence_of(Z, np.eye(2)[[0, 1, 1, 1]])
    ranks = Ranks.of(evidence)
    score = Score(ranks, Tally.of(evidence), penalty=0.0, min_coverage=least)

    cost, _ = score.costs((), (), Pool.of(ranks, [(Span(0, -1, 0, False),)]))

    assert np.isfinite(cost[0]) == allowed


def test_merit_is_coverage_times_precision():
    Z = np.array([[1.0], [2.0], [3.0], [4.0]])
    said = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6]])
    tally = Tally.of(evidence_of(Z, said))

    assert tally.merit(tally.rows[:2].sum(axis=0)) == pytest.approx(0.5 * 0.8)


def test_rows_that_were_made_up_do_not_cover():
    Z = np.array([[1.0], [2.0], [3.0], [4.0]])
    said = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    evidence = evidence_of(Z, said, n_real=2)
    ranks = Ranks.of(evidence)
    score = Score(ranks, Tally.of(evidence), penalty=0.0, min_coverage=0.0)

    assert score.cost(((Span(0, 1, 3, missing=False),),)) == np.inf
    assert score.cost(((Span(0, 0, 3, missing=False),),)) < np.inf


def stairs():
    """Eight rows of which the first is certain, the last three are, and others not."""
    Z = np.column_stack([np.arange(8.0), np.arange(8.0) % 2])
    said = np.eye(3)[[0, 1, 2, 1, 2, 2, 2, 2]]
    evidence = evidence_of(Z, said)
    ranks = Ranks.of(evidence)
    return Score(ranks, Tally.of(evidence), penalty=0.0, min_coverage=0.0)


def test_of_candidates_for_the_same_rows_the_shortest_stays():
    score = stairs()
    long = (Span(0, 0, 7, False), Span(1, 0, 1, False))  # odd, and above 0
    short, all_of_them = (Span(1, 0, 1, False),), (Span(0, -1, 7, False),)

    pool = promising(score, [long, short, all_of_them], 10, (1.0,))

    assert pool.rules == (short,)
    assert promising(score, [all_of_them], 10, (1.0,)) is None


def test_candidates_are_promising_as_splits_or_as_pure_rules():
    """In half, what is left is least; the last row alone leaves nothing of its own."""
    score = stairs()
    pure, split, neither = ((Span(0, low, 7, False),) for low in (6, 3, 0))

    kept = [
        promising(score, [neither, split, pure], n, hopes).rules
        for n, hopes in ((1, (1.0,)), (2, (1.0, 0.0)))
    ]

    assert kept == [(split,), (split, pure)]
