"""Spans: what they say is what is written down, and joining them is "and"."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklkd.readable import Column, Literal
from sklkd.surrogates._evidence import Evidence
from sklkd.surrogates._rule_spans import Ranks, Span

N_CODES = 5


def evidence_of(Z, said=None, named=()):
    """Evidence of values; some columns hold codes."""
    n, p = Z.shape
    said = np.arange(n, dtype=float)[:, np.newaxis] if said is None else said
    columns = tuple(
        Column(f"x{j}", j, tuple("abcde") if j in named else None) for j in range(p)
    )
    return Evidence(columns, Z, said, np.ones(n), n, None, ("y",), lambda rows: rows)


@st.composite
def tables(draw):
    """Ranks of a number and a category, with gaps, the rows, and some spans."""
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    n = draw(st.integers(2, 20))
    size = draw(st.sampled_from([1e-300, 1.0, 1e300]))
    Z = np.stack([rng.normal(size=n) * size, rng.integers(0, N_CODES, n)], axis=1)
    Z[:, 0] = np.round(Z[:, 0] / size, draw(st.integers(0, 3))) * size
    Z[rng.random(Z.shape) < draw(st.sampled_from([0.0, 0.3, 1.0]))] = np.nan
    ranks = Ranks.of(evidence_of(Z, rng.normal(size=(n, 2)), named=(1,)))
    spans = []
    for _ in range(draw(st.integers(1, 4))):
        column = int(rng.integers(2))
        low, high = rng.integers(-1, ranks.last(column) + 1, 2)
        spans.append(Span(column, int(low), int(high), bool(rng.integers(2))))
    return ranks, Z, spans


@settings(max_examples=200)
@given(tables())
def test_a_rule_is_written_down_as_what_it_says(table):
    ranks, Z, spans = table
    rule = ranks.merged(spans)
    if not rule:
        return

    test = ranks.test(rule)

    np.testing.assert_array_equal(test.holds(Z), ranks.matches(rule))
    assert test.m == len(test.literals) == ranks.size(rule)
    bounds = [(literal.column, literal.above) for literal in test.literals]
    assert len(set(bounds)) == len(bounds)  # at most a lower and an upper one


@settings(max_examples=200)
@given(tables())
def test_a_merged_rule_holds_where_all_its_conditions_do(table):
    ranks, _, spans = table
    expected = np.all([ranks.holds(span) for span in spans], axis=0)

    rule = ranks.merged(spans)

    if rule is None:
        assert not expected.any()
    else:
        np.testing.assert_array_equal(ranks.matches(rule), expected)
        assert ranks.merged(rule) == rule


@settings(max_examples=200)
@given(tables())
def test_variants_are_no_longer_than_their_rule(table):
    ranks, _, spans = table
    rule = ranks.merged(spans)
    if not rule:
        return

    variants = list(ranks.variants(rule))

    assert all(0 < ranks.size(variant) <= ranks.size(rule) for variant in variants)
    assert {s.column for v in variants for s in v} <= {s.column for s in rule}


@settings(max_examples=200)
@given(tables())
def test_variants_are_rules_that_merging_leaves_as_they_are(table):
    ranks, _, spans = table
    rule = ranks.merged(spans)
    if not rule:
        return

    variants = list(ranks.variants(rule))

    assert [ranks.merged(variant) for variant in variants] == variants


def test_variants_of_a_rule_by_hand():
    """One bound goes, or one condition; what is left of the other stays."""
    ranks = Ranks.of(evidence_of(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])))
    first, second = Span(0, -1, 0, missing=False), Span(1, 0, 1, missing=False)

    variants = set(ranks.variants((first, second)))

    wider = Span(0, -1, 1, missing=False)
    below, above = Span(1, -1, 1, missing=False), Span(1, 0, 2, missing=False)
    assert variants == {
        (first, second),
        (second,),
        (wider, second),
        (first,),
        (first, below),
        (first, above),
    }


def test_thresholds_part_rows_that_fulfil_the_rest_of_a_rule():
    """The gap in x0 is from 1.11 to 5.55: the row between has x1 = 0."""
    Z = np.array([[1.11, 1.0], [2.22, 0.0], [5.55, 1.0], [9.0, 1.0]])
    ranks = Ranks.of(evidence_of(Z))
    rule = Span(0, 0, 3, missing=False), Span(1, 0, 1, missing=False)

    test = ranks.test(rule)

    assert test.literals == (Literal(0, 3.0, above=True), Literal(1, 0.5, above=True))


def test_thresholds_are_short_and_lie_between_two_values():
    ranks = Ranks.of(evidence_of(np.array([[1.03], [2.46], [2.61], [7.0]])))

    test = ranks.test((Span(0, 0, 1, missing=False),))

    assert test.literals == (
        Literal(0, 2.0, above=True),
        Literal(0, 2.5),
    )


def test_numbers_that_single_precision_confuses_are_told_apart():
    Z = np.array([[2.0**24], [2.0**24 + 1]])
    ranks = Ranks.of(evidence_of(Z))

    test = ranks.test((Span(0, -1, 0, missing=False),))

    assert test.holds(Z).tolist() == [True, False]


def test_codes_stand_in_the_order_of_what_is_said_of_them():
    Z = np.array([[0.0], [1.0], [2.0], [1.0], [np.nan]])
    said = np.array([[5.0], [1.0], [3.0], [2.0], [9.0]])
    ranks = Ranks.of(evidence_of(Z, said, named=(0,)))

    assert ranks.values[0].tolist() == [1.0, 2.0, 0.0]  # means 1.5, 3 and 5
    np.testing.assert_array_equal(ranks.table[:, 0], [2, 0, 1, 0, np.nan])
    literal = ranks.test((Span(0, 0, 2, missing=True),)).literals[0]
    assert literal.codes == (0, 2)
    assert literal.missing


def test_of_several_outputs_codes_go_by_the_direction_of_most_variance():
    Z = np.array([[0.0], [1.0], [2.0]])
    said = np.array([[0.1, 0.9, 0.0], [0.9, 0.1, 0.0], [0.5, 0.49, 0.01]])
    ranks = Ranks.of(evidence_of(Z, said, named=(0,)))

    order = ranks.values[0].tolist()

    assert order in ([0.0, 2.0, 1.0], [1.0, 2.0, 0.0])


def test_being_missing_is_a_condition_of_its_own():
    Z = np.array([[1.0], [np.nan], [2.0]])
    ranks = Ranks.of(evidence_of(Z))
    known = ranks.merged([Span(0, -1, 1, missing=False)])
    missing = ranks.merged([Span(0, 0, 1, True), Span(0, -1, 0, True)])

    assert known is not None
    assert missing is not None
    assert ranks.test(known).holds(Z).tolist() == [True, False, True]
    assert ranks.test(missing).holds(Z).tolist() == [False, True, False]
    assert ranks.size(known) == ranks.size(missing) == 1


def test_a_column_without_gaps_has_no_word_about_missing_values():
    ranks = Ranks.of(evidence_of(np.array([[1.0], [2.0]])))

    rule = ranks.merged([Span(0, -1, 0, missing=True)])

    assert rule == (Span(0, -1, 0, missing=False),)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([Span(0, -1, 2, False)], ()),  # all of them
        ([Span(0, -1, 0, False), Span(0, 0, 2, False)], None),  # none of them
        ([Span(0, 0, 2, False), Span(0, -1, 1, False)], (Span(0, 0, 1, False),)),
        ([Span(0, -1, 0, False), Span(0, -1, 1, False)], (Span(0, -1, 0, False),)),
    ],
)
def test_merging_by_hand(spans, expected):
    ranks = Ranks.of(evidence_of(np.array([[1.0], [2.0], [3.0]])))

    assert ranks.merged(spans) == expected
