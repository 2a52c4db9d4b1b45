"""Packed rules: the rows are those that fulfil them, and sums are those of matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklkd.readable import Column
from sklkd.surrogates import _rule_pool
from sklkd.surrogates._evidence import Evidence
from sklkd.surrogates._rule_pool import Pool
from sklkd.surrogates._rule_spans import Ranks, Span


@st.composite
def pools(draw):
    """Ranks of three columns, with gaps, and rules of one to three spans."""
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    n = draw(st.integers(2, 40))
    Z = np.round(rng.normal(size=(n, 3)), 1)
    Z[rng.random(Z.shape) < draw(st.sampled_from([0.0, 0.3]))] = np.nan
    columns = tuple(Column(f"x{j}", j) for j in range(3))
    said = rng.normal(size=(n, 2))
    ranks = Ranks.of(
        Evidence(columns, Z, said, np.ones(n), n, None, ("a", "b"), lambda rows: rows)
    )
    found = []
    for _ in range(draw(st.integers(1, 150))):
        spans = []
        for column in rng.choice(3, rng.integers(1, 4), replace=False).tolist():
            low, high = rng.integers(-1, ranks.last(column) + 1, 2).tolist()
            spans.append(Span(column, low, high, bool(rng.integers(2))))
        found.append(ranks.merged(spans))
    return ranks, said, [rule for rule in found if rule]


@settings(max_examples=100, deadline=None)
@given(pools())
def test_there_is_a_bit_for_each_rule_and_each_row(problem):
    ranks, _, rules = problem
    if not rules:
        return

    pool = Pool.of(ranks, rules)

    bits = np.unpackbits(pool.packed, axis=1, count=len(rules)).astype(bool)
    expected = np.stack([ranks.matches(rule) for rule in rules], axis=1)
    np.testing.assert_array_equal(bits, expected)
    assert pool.rules == tuple(rules)
    assert pool.sizes.tolist() == [ranks.size(rule) for rule in rules]


@pytest.mark.parametrize("at_once", [1, 100, 2**17])
@settings(max_examples=100, deadline=None)
@given(problem=pools())
def test_packed_rules_sum_as_matrices_do(problem, at_once):
    """However many bits are unpacked at a time."""
    ranks, said, rules = problem
    if not rules:
        return
    rows = np.arange(0, len(said), 2)
    dense = np.stack([ranks.matches(rule) for rule in rules])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_rule_pool, "AT_ONCE", at_once)
        sums = Pool.of(ranks, rules).sums(rows, said)

    expected = dense[:, rows].astype(float) @ said[rows]
    np.testing.assert_allclose(sums, expected, atol=1e-9)


def test_no_rows_have_no_sum():
    Z = np.array([[1.0], [2.0]])
    columns = (Column("x0", 0),)
    evidence = Evidence(columns, Z, Z, np.ones(2), 2, None, ("y",), lambda rows: rows)
    pool = Pool.of(Ranks.of(evidence), [(Span(0, -1, 0, missing=False),)])

    sums = pool.sums(np.array([], dtype=np.int64), Z)

    np.testing.assert_array_equal(sums, [[0.0]])
