"""Which columns a teacher listens to."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklkd.readable import Column
from sklkd.surrogates._informant import Informant
from sklkd.surrogates._ranking import (
    Probe,
    Ranking,
    _effects,
    leave_one_out,
    ordered,
    permutation,
    rank,
    some_rows,
)
from sklkd.training import Question

VALUES = Question("Test", "regression", 1)


def probe(teacher, X, weight=None, groups=None, seed=0):
    n, p = X.shape
    groups = groups or [np.array([j]) for j in range(p)]
    weight = np.ones(n) if weight is None else weight
    return Probe(Informant(VALUES, {"teacher": teacher}), X, weight, groups, seed)


def drawn(n=200, p=4, seed=0):
    return np.random.default_rng(seed).normal(size=(n, p))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.integers(0, 3))
def test_a_column_that_is_not_used_has_exactly_none(seed, used):
    X = drawn(50, seed=seed)
    for method in (permutation, leave_one_out):
        found = method(probe(lambda rows: np.exp(rows[:, used]), X))
        assert (np.delete(found, used) == 0).all()
        assert found[used] > 0


def test_permutation_of_a_linear_model_is_twice_the_variance_of_the_term():
    X = drawn(4000)
    found = permutation(probe(lambda rows: rows @ [1.0, 2.0, 0.0, -3.0], X))
    np.testing.assert_allclose(found, 2 * np.array([1, 4, 0, 9]), rtol=0.1)


def test_leave_one_out_of_a_linear_model_is_the_variance_of_the_term():
    X = drawn(4001)
    found = leave_one_out(probe(lambda rows: rows @ [1.0, 2.0, 0.0, -3.0], X))
    np.testing.assert_allclose(found, np.array([1, 4, 0, 9]), rtol=0.1)


def test_wide_tables_are_ranked_as_narrow_ones():
    X = drawn(100, 200)
    teacher = lambda rows: 3 * rows[:, 7] + rows[:, 150]  # noqa: E731
    wide = permutation(probe(teacher, X))
    narrow = permutation(probe(lambda r: 3 * r[:, 0] + r[:, 1], X[:, [7, 150]]))
    np.testing.assert_array_equal(np.flatnonzero(wide), [7, 150])
    np.testing.assert_allclose(wide[[7, 150]], narrow)


def test_what_nobody_listens_to_is_asked_about_once_together():
    asked = []

    def teacher(rows):
        asked.append(len(rows))
        return np.zeros(len(rows))

    permutation(probe(teacher, drawn(10, 320)))
    assert len(asked) == 1 + 32


@settings(deadline=None, max_examples=60)
@given(
    n_groups=st.integers(1, 3000),
    share=st.floats(0, 1),
    together=st.booleans(),
    seed=st.integers(0, 100),
)
def test_every_effect_is_found_in_few_trials(n_groups, share, together, seed):
    rng = np.random.default_rng(seed)
    effect = np.zeros(n_groups)
    effect[: int(share * n_groups)] = 1 + rng.random(int(share * n_groups))
    if not together:
        rng.shuffle(effect)
    trials = []

    def tried(groups):
        trials.append(len(groups))
        return float(effect[np.concatenate(groups)].sum())

    groups = [np.array([j]) for j in range(n_groups)]
    found = _effects(tried, groups, n_groups, lambda _: None)
    np.testing.assert_array_equal(found, effect)
    assert len(trials) <= 1.1 * n_groups + 3 * 32


def test_few_columns_among_many_are_found_in_a_few_hundred_trials():
    trials = []

    def tried(groups):
        trials.append(len(groups))
        return float(np.isin([17, 5_000, 19_999], np.concatenate(groups)).any())

    groups = [np.array([j]) for j in range(20_000)]
    found = _effects(tried, groups, 20_000, lambda _: None)
    np.testing.assert_array_equal(np.flatnonzero(found), [17, 5_000, 19_999])
    assert len(trials) < 200


def test_columns_of_a_group_are_as_important_as_the_group():
    X = drawn()
    given_ = probe(
        lambda rows: rows[:, 0] * rows[:, 1],
        X,
        groups=[np.array([0, 1]), np.array([2]), np.array([3])],
    )
    found = rank(tuple(Column(f"x{j}", j) for j in range(4)), given_, ["permutation"])
    importance = found["permutation"]
    assert importance[0] == importance[1] > 0
    assert importance[2] == importance[3] == 0


def test_words_of_frames_are_permuted():
    X = pd.DataFrame({"a": ["x", "y"] * 50, "b": range(100)})
    teacher = lambda rows: (rows["a"] == "x").to_numpy(float)  # noqa: E731
    for method in (permutation, leave_one_out):
        found = method(probe(teacher, X))
        assert found[0] > 0
        assert found[1] == 0


def test_a_table_is_left_as_it_was():
    X = drawn()
    before = X.copy()
    permutation(probe(lambda rows: rows.sum(axis=1), X))
    np.testing.assert_array_equal(X, before)


def test_the_mean_rank_puts_what_all_methods_like_first():
    importances = {"a": np.array([3.0, 2.0, 1.0]), "b": np.array([2.0, 3.0, 0.0])}
    ranking = Ranking(("x", "y", "z"), importances, ordered(importances), np.arange(3))
    np.testing.assert_array_equal(ranking.mean_rank, [1.5, 1.5, 3.0])
    np.testing.assert_array_equal(ranking.order, [0, 1, 2])


def test_methods_that_a_teacher_does_not_have_are_left_out():
    columns = tuple(Column(f"x{j}", j) for j in range(4))
    given_ = probe(lambda rows: rows[:, 0], drawn())
    assert list(rank(columns, given_, ["permutation", "gradient"])) == ["permutation"]
    with pytest.raises(
        ValueError, match=r"works with this teacher, got \['gradient'\]"
    ):
        rank(columns, given_, ["gradient"])


def test_wide_tables_are_probed_on_fewer_rows():
    assert len(some_rows(5000, 10, 0)) == 1000
    assert len(some_rows(5000, 5000, 0)) == 400
    assert len(some_rows(50, 20_000, 0)) == 50
    assert len(some_rows(5000, 10**6, 0)) == 100


@pytest.mark.parametrize("wrong", [[1.0, np.nan], [1.0, -1.0], [np.inf, 0.0], [1.0]])
def test_importances_that_are_none_are_refused(wrong):
    with pytest.raises(ValueError, match="importances must be at least one array of 2"):
        Ranking.of("Test", ["a", "b"], {"own": wrong})


@pytest.mark.parametrize("kept", [[2], [-1, 0]])
def test_columns_that_are_not_there_cannot_be_kept(kept):
    with pytest.raises(ValueError, match="kept must be positions of columns, 0 to 1"):
        Ranking.of("Test", ["a", "b"], {"own": [1.0, 0.0]}, kept)
