"""A tree of probabilities, held against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from surrogates.cases import evidence, of_labels

from sklkd.readable import Column
from sklkd.surrogates import SoftTree


def drawn(seed, n=60, p=3, k=2):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)), rng.dirichlet(np.ones(k), n)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.integers(2, 4), st.integers(2, 12))
def test_it_is_scikit_learns_tree_of_probabilities(seed, k, leaves):
    Z, said = drawn(seed, k=k)
    grown = SoftTree(
        max_leaves=leaves, min_share=0, overgrowth=1, short_thresholds=False
    ).grow(evidence(Z, said, classes=tuple(range(k))))
    tree = DecisionTreeRegressor(max_leaf_nodes=leaves, random_state=0)
    own = tree.fit(Z, said).predict(Z)
    np.testing.assert_allclose(grown.outputs(Z), own, atol=1e-9)
    assert grown.complexity == tree.get_n_leaves()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000))
def test_short_thresholds_part_the_rows_as_the_exact_ones_do(seed):
    given_ = evidence(*drawn(seed))
    short = SoftTree(max_leaves=8).grow(given_)
    exact = SoftTree(max_leaves=8, short_thresholds=False).grow(given_)
    np.testing.assert_array_equal(short.outputs(given_.Z), exact.outputs(given_.Z))


def test_soft_rows_count_as_parts_of_rows():
    # One leaf: the mean of what is said, not of its labels.
    grown = SoftTree().grow(evidence([[0.0], [0.0]], [[0.9, 0.1], [0.6, 0.4]]))
    np.testing.assert_allclose(grown.outputs(np.zeros((1, 1))), [[0.75, 0.25]])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000))
def test_a_weight_is_a_repeated_row(seed):
    Z, said = drawn(seed)
    times = np.random.default_rng(seed).integers(1, 4, len(Z))
    weighted = SoftTree(max_leaves=6).grow(evidence(Z, said, times))
    repeated = SoftTree(max_leaves=6).grow(
        evidence(Z.repeat(times, axis=0), said.repeat(times, axis=0))
    )
    np.testing.assert_allclose(weighted.outputs(Z), repeated.outputs(Z), atol=1e-12)


def test_missing_values_take_the_better_side():
    Z = np.array([[0.0], [1.0], [2.0], [3.0], [np.nan], [np.nan]])
    grown = SoftTree().grow(evidence(Z, of_labels([0, 0, 1, 1, 1, 1])))
    np.testing.assert_array_equal(grown.outputs(Z).argmax(axis=1), [0, 0, 1, 1, 1, 1])


def test_categories_are_parted_into_sets():
    columns = (Column("colour", 0, ("red", "green", "blue")),)
    grown = SoftTree().grow(
        evidence([[0], [1], [2], [2]], of_labels([0, 0, 1, 1]), columns=columns)
    )
    (literal,) = grown.nodes[0].test.literals
    assert literal.codes == (0, 1)


def test_shares_are_those_of_real_rows():
    Z, said = [[0.0], [1.0], [1.0], [1.0]], of_labels([0, 1, 1, 1])
    grown = SoftTree().grow(evidence(Z, said, n_real=2))
    assert [node.share for node in grown.nodes] == [1.0, 0.5, 0.5]


def test_values_of_any_size_count_alike():
    Z = np.arange(8.0)[:, np.newaxis]
    said = np.stack([1e6 * (Z[:, 0] > 1), 1e-6 * (Z[:, 0] > 5)], axis=1)
    grown = SoftTree(max_leaves=3).grow(evidence(Z, said, classes=None))
    np.testing.assert_allclose(grown.outputs(Z), said, rtol=1e-9)


def test_numbers_that_single_precision_confuses_are_told_apart():
    low = 16777216.0  # 2**24, beyond which float32 has even numbers only
    Z = np.array([[low], [low + 1.0], [low + 4.0]])
    grown = SoftTree(min_share=0).grow(evidence(Z, of_labels([0, 0, 1])))
    np.testing.assert_array_equal(grown.outputs(Z).argmax(axis=1), [0, 0, 1])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"max_leaves": 1}, "max_leaves of SoftTree must be an integer in [2, inf)"),
        ({"max_depth": 0}, "max_depth of SoftTree must be an integer in [1, inf)"),
        ({"overgrowth": 0}, "overgrowth of SoftTree must be an integer in [1, inf)"),
        ({"min_share": 0.6}, "min_share of SoftTree must be a real number in [0, 0.5]"),
    ],
)
def test_parameters_out_of_range_are_refused(params, message):
    with pytest.raises(ValueError, match="Test: ") as caught:
        SoftTree(**params).check("Test")
    assert message in str(caught.value)


def test_a_hard_tree_of_the_same_rows_agrees_where_probabilities_are_0_and_1():
    rng = np.random.default_rng(0)
    Z, y = rng.normal(size=(80, 2)), rng.integers(0, 2, 80)
    grown = SoftTree(max_leaves=None, min_share=0).grow(evidence(Z, of_labels(y)))
    own = DecisionTreeClassifier(random_state=0).fit(Z, y)
    np.testing.assert_array_equal(grown.outputs(Z).argmax(axis=1), own.predict(Z))
