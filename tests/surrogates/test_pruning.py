"""Trees cut back: what is lost is least, and what stays says the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from surrogates.cases import evidence, of_labels

from sklkd.readable import Column, Literal, Node, ReadableTree, Test
from sklkd.surrogates import SoftTree
from sklkd.surrogates._pruning import pruned


def grown(given_, leaves):
    return SoftTree(max_leaves=leaves, min_share=0, overgrowth=1).grow(given_)


def drawn(seed, n=60):
    rng = np.random.default_rng(seed)
    return evidence(
        rng.normal(size=(n, 3)), rng.dirichlet([1, 1, 1], n), classes=("a", "b", "c")
    )


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.integers(1, 10))
def test_a_pruned_tree_is_small_enough_and_nested_in_the_other(seed, most):
    given_ = drawn(seed)
    tree = grown(given_, 12)
    small = pruned(tree, given_, most)
    assert small.complexity == min(most, tree.complexity)
    fine, coarse = tree.apply(given_.Z), small.apply(given_.Z)
    for leaf in np.unique(fine):
        assert len(np.unique(coarse[fine == leaf])) == 1


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000))
def test_leaves_say_the_mean_of_their_rows(seed):
    given_ = drawn(seed)
    small = pruned(grown(given_, 12), given_, 4)
    reached = small.apply(given_.Z)
    for leaf in np.unique(reached):
        mean = given_.said[reached == leaf].mean(axis=0)
        np.testing.assert_allclose(small.nodes[leaf].value, mean)


def test_a_tree_that_is_small_enough_stays():
    given_ = drawn(0)
    tree = grown(given_, 5)
    assert pruned(tree, given_, 5) == tree


def test_what_changes_no_label_goes_first():
    # x <= 1 tells a from b; x <= 0 and x <= 2 only 0.9 from 0.6, and 0.6 from 0.9.
    Z = np.arange(4.0)[:, np.newaxis]
    said = np.array([[0.9, 0.1], [0.6, 0.4], [0.4, 0.6], [0.1, 0.9]])
    small = pruned(grown(evidence(Z, said), 4), evidence(Z, said), 2)
    np.testing.assert_allclose(
        small.outputs(Z), [[0.75, 0.25]] * 2 + [[0.25, 0.75]] * 2
    )


def test_a_deep_split_that_pays_off_late_is_kept():
    # Exclusive or: the first split alone gains nothing, both together everything.
    Z = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 5, dtype=float)
    y = (Z[:, 0] != Z[:, 1]).astype(int)
    tests = [Test((Literal(j, 0.5),)) for j in (0, 1)]
    half, a, b = (0.5, 0.5), (1.0, 0.0), (0.0, 1.0)
    tree = ReadableTree(
        (Column("x0", 0), Column("x1", 1)),
        ("a", "b"),
        ("a", "b"),
        (
            Node(half, 1.0, tests[0], 1, 2),
            Node(half, 0.5, tests[1], 3, 4),
            Node(half, 0.5, tests[1], 5, 6),
            *(Node(value, 0.25) for value in (a, b, b, a)),
        ),
    )
    given_ = evidence(Z, of_labels(y))
    assert pruned(tree, given_, 4) == tree
    assert pruned(tree, given_, 1).complexity == 1


@pytest.mark.parametrize("classes", [None, ("a", "b")])
def test_a_constant_teacher_needs_no_leaf_but_one(classes):
    said = np.full((4, 1 if classes is None else 2), 0.5)
    Z = np.arange(4.0)[:, np.newaxis]
    given_ = evidence(Z, said, classes=classes)
    tree = grown(given_, 4)
    assert pruned(tree, given_, 1).complexity == 1
