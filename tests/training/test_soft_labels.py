"""Soft targets as labelled rows: the loss of the ones is the loss of the others."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from sklkd.training._soft_labels import (
    apportioned,
    centred_logits,
    class_weights,
    log_proba,
    repeated_rows,
    two_columns,
    weighted_rows,
)


@st.composite
def soft_targets(draw):
    """Shares (n, k), some of them 0, rows that sum to 1, and weights (n,)."""
    n, k = draw(st.tuples(st.integers(1, 12), st.integers(2, 5)))
    rng = np.random.default_rng([draw(st.integers(0, 999)), n, k])
    shares = rng.dirichlet(np.full(k, draw(st.sampled_from([0.05, 1.0, 20.0]))), n)
    shares[rng.random((n, k)) < draw(st.sampled_from([0.0, 0.5]))] = 0.0
    shares[np.arange(n), rng.integers(k, size=n)] += 0.1
    spread = draw(st.sampled_from([0.0, 0.5, 4.0]))
    return shares / shares.sum(1, keepdims=True), np.exp(spread * rng.normal(size=n))


@st.composite
def fractions(draw):
    """Shares (n, k) in whole fractions of a number up to 10, and that number."""
    n, k, parts = draw(
        st.tuples(st.integers(1, 8), st.integers(2, 4), st.integers(1, 10))
    )
    rng = np.random.default_rng([draw(st.integers(0, 999)), n, k, parts])
    counts = rng.multinomial(parts, np.full(k, 1 / k), size=n)
    return counts / parts, parts


def shares_of(rows, n, k):
    """What labelled rows say together: the weight of each class in each row (n, k)."""
    weight = np.ones(len(rows.rows)) if rows.weight is None else rows.weight
    total = np.zeros((n, k))
    np.add.at(total, (rows.rows, rows.classes), weight)
    return total


# --- Weighted rows --------------------------------------------------------------------


@given(soft=soft_targets(), seed=st.integers(0, 99))
def test_the_weighted_log_loss_is_the_soft_cross_entropy_of_any_model(soft, seed):
    targets, weight = soft
    logits = np.random.default_rng(seed).normal(scale=5, size=targets.shape)
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    expected = -(weight * (targets * log_p).sum(1)).sum()

    rows = weighted_rows(targets, weight)

    loss = -(rows.weight * log_p[rows.rows, rows.classes]).sum()
    assert loss == pytest.approx(expected, rel=1e-12)


@given(soft=soft_targets())
def test_weighted_rows_say_all_that_shares_said(soft):
    targets, weight = soft

    rows = weighted_rows(targets, weight)

    np.testing.assert_array_equal(
        shares_of(rows, *targets.shape), targets * weight[:, None]
    )
    assert len(rows.rows) == np.count_nonzero(targets)
    assert rows.is_exact


@given(soft=soft_targets())
def test_the_weights_have_the_sum_that_they_had(soft):
    targets, weight = soft

    assert weighted_rows(targets, weight).weight.sum() == pytest.approx(weight.sum())


@pytest.mark.parametrize("expand", [weighted_rows, repeated_rows])
@given(seed=st.integers(0, 99))
def test_labels_come_back_as_they_are(expand, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=9)

    rows = expand(np.eye(3)[labels], np.ones(9))

    assert rows.rows.tolist() == list(range(9))
    assert rows.classes.tolist() == labels.tolist()
    assert rows.weight is None or rows.weight.tolist() == [1.0] * 9


@pytest.mark.parametrize("tiny", [1e-6, 1e-30, 1e-300, 5e-324])
def test_no_share_is_too_small_to_count(tiny):
    rows = weighted_rows(np.array([[1.0, tiny]]), np.ones(1))

    assert rows.weight.tolist() == [1.0, tiny]


@pytest.mark.parametrize("expand", [weighted_rows, repeated_rows])
def test_rows_of_weight_zero_are_left_out(expand):
    targets = np.array([[0.5, 0.5], [0.5, 0.5], [0.0, 1.0]])

    rows = expand(targets, np.array([1.0, 0.0, 1.0]))

    assert set(rows.rows.tolist()) == {0, 2}


# --- Repeated rows --------------------------------------------------------------------


@given(table=fractions())
def test_fractions_up_to_tenths_are_met_exactly(table):
    targets, _ = table

    rows = repeated_rows(targets, np.full(len(targets), 3.7))

    copies = shares_of(rows, *targets.shape)
    assert rows.is_exact
    np.testing.assert_allclose(copies / copies.sum(1, keepdims=True), targets)
    assert np.ptp(copies.sum(1)) == 0


@given(table=fractions())
def test_no_fewer_copies_would_do(table):
    targets, parts = table
    least = next(
        m
        for m in range(1, parts + 1)
        if np.allclose(m * targets, np.rint(m * targets), atol=1e-9)
    )

    rows = repeated_rows(targets, np.ones(len(targets)))

    assert len(rows.rows) == least * len(targets)


@given(counts=st.lists(st.integers(1, 4), min_size=1, max_size=8))
def test_a_whole_weight_is_a_number_of_rows(counts):
    labels = np.arange(len(counts)) % 2
    counts[0] = 1

    rows = repeated_rows(np.eye(2)[labels], 0.3 * np.array(counts))

    assert rows.rows.tolist() == np.repeat(np.arange(len(counts)), counts).tolist()
    assert rows.is_exact


@given(soft=soft_targets())
def test_rounded_copies_are_within_one_of_ten_times_the_share(soft):
    targets, weight = soft
    rows = repeated_rows(targets, weight)
    copies = shares_of(rows, *targets.shape)
    total = np.rint(10 * weight / weight.mean())

    if not rows.is_exact:
        np.testing.assert_array_equal(copies.sum(1), total)
        assert np.abs(copies - targets * total[:, None]).max() < 1

    assert len(rows.rows) <= 10.5 * len(targets)


def apportionments(seats, k):
    """Every way to give `seats` seats to k parties."""
    every = itertools.product(range(seats + 1), repeat=k)
    return np.array([way for way in every if sum(way) == seats])


@given(soft=soft_targets(), seats=st.integers(0, 5))
def test_no_apportionment_comes_nearer_than_largest_remainder(soft, seats):
    """Hamilton's method minimises the distance to the quotas, by exhaustion."""
    share = soft[0][:1, :4] / soft[0][:1, :4].sum() if soft[0][0, :4].any() else None
    if share is None:
        return
    ways = apportionments(seats, share.shape[1])
    nearest = np.square(ways - seats * share).sum(1).min()

    counts = apportioned(share, np.array([float(seats)]))

    assert counts.sum() == seats
    assert np.square(counts - seats * share).sum() == pytest.approx(nearest, abs=1e-7)


# --- Classes, logits ------------------------------------------------------------------


@given(seed=st.integers(0, 99))
def test_class_weights_of_labels_are_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    labels = np.r_[0, 1, 2, rng.integers(3, size=12)]
    weight = rng.integers(1, 4, size=15)
    repeated = np.repeat(labels, weight)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=repeated)

    weights = class_weights(np.eye(3)[labels], weight.astype(float))

    np.testing.assert_allclose(weights, expected)


@given(soft=soft_targets())
def test_class_weights_give_every_class_that_is_there_the_same_total(soft):
    targets, weight = soft
    totals = (weight @ targets) * class_weights(targets, weight)

    there = totals > 0

    np.testing.assert_allclose(totals[there], weight.sum() / there.sum())


@given(soft=soft_targets())
def test_the_softmax_of_centred_logits_is_the_shares(soft):
    targets = soft[0] * 0.9 + 0.1 / soft[0].shape[1]

    logits = centred_logits(targets, 1e-4)

    np.testing.assert_allclose(logits.sum(1), 0, atol=1e-12)
    np.testing.assert_allclose(
        np.exp(logits) / np.exp(logits).sum(1, keepdims=True), targets
    )


def test_a_share_of_zero_has_the_floors_logarithm():
    logits = centred_logits(np.array([[1.0, 0.0]]), 1e-4)

    assert (logits[0, 0] - logits[0, 1]) == pytest.approx(4 * np.log(10))


def test_two_columns_are_centred_logits_of_a_gap():
    assert two_columns(np.array([3.0, -1.0])).tolist() == [[-1.5, 1.5], [0.5, -0.5]]


def test_log_probabilities_are_finite_and_keep_zeros_to_rounding():
    logs = log_proba(np.array([[0.0, 1.0], [0.25, 0.75]]))

    assert np.isfinite(logs).all()
    np.testing.assert_allclose(np.exp(logs), [[0, 1], [0.25, 0.75]], atol=1e-300)
