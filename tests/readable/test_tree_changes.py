"""Changes of rows for trees: none is nearer, by trying every cell of every column."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from readable.random_models import rows, trees

from sklkd.readable import Column, Literal, Node, ReadableTree, Test
from sklkd.readable._conditions import condition_of
from sklkd.readable._goal import make_goal
from sklkd.readable._terms import make_terms
from sklkd.readable._tree_changes import _fulfils, tree_changes

AGE = Column("age", 0, whole=True)
INCOME = Column("income", 1)
SEX = Column("sex", 2, ("Female", "Male"))


def leaf(value):
    return Node((1.0 - value, value), 0.5)


def ask(test, yes, no):
    return Node((0.5, 0.5), 1.0, test, yes, no)


def any_tree(*nodes, columns=(AGE, INCOME, SEX)):
    return ReadableTree(columns, ("no", "yes"), ("no", "yes"), nodes)


def changes(tree, Z, target=None, **terms):
    """The nearest rows, and their costs by column."""
    Z = np.array(Z, dtype=np.float64)
    goal = make_goal("test", tree, tree.outputs(Z), target)
    terms = make_terms("test", tree.columns, **terms)
    found = tree_changes(tree, Z, goal, terms)
    return found, terms.costs(Z, found), goal


# --- By hand --------------------------------------------------------------------------


def test_a_whole_number_goes_to_the_next_one_beyond_the_threshold():
    tree = any_tree(ask(Test((Literal(0, 40.5),)), 1, 2), leaf(0.1), leaf(0.9))

    found, *_ = changes(tree, [[37, 0, 0], [52, 0, 0]])

    assert found.tolist() == [[41, 0, 0], [40, 0, 0]]


def test_a_number_goes_to_one_with_few_digits_just_beyond_the_threshold():
    threshold = 3141.5926
    tree = any_tree(ask(Test((Literal(1, threshold),)), 1, 2), leaf(0.1), leaf(0.9))

    found, *_ = changes(tree, [[0, 3000, 0], [0, 4000, 0]], scale=[1, 300, 1])

    assert found[:, 1].tolist() == [3150, 3140]  # by at most 5 % of 300


def test_at_the_threshold_itself_at_most_holds_and_above_does_not():
    tree = any_tree(ask(Test((Literal(1, 2.0),)), 1, 2), leaf(0.1), leaf(0.9))

    found, *_ = changes(tree, [[0, 2.0, 0], [0, 5.0, 0]])

    assert found[:, 1].tolist() == [2.01, 2.0]


def test_one_column_by_much_is_less_than_two_by_little():
    """Up one and Male is yes; so is an income far away."""
    both = Test((Literal(0, 40.5, above=True), Literal(2, codes=(1,))), m=2)
    rich = Test((Literal(1, 9.0, above=True),))
    tree = any_tree(ask(both, 1, 2), leaf(0.9), ask(rich, 3, 4), leaf(0.9), leaf(0.1))

    found, *_ = changes(tree, [[40, 0, 0], [40, 0, 1]])

    assert found.tolist() == [[40, 9.01, 0], [41, 0, 1]]


def test_of_two_in_three_the_cheaper_pair_changes():
    two = Test(
        (
            Literal(0, 40.5, above=True),
            Literal(1, 3.0, above=True),
            Literal(2, codes=(1,)),
        ),
        m=2,
    )
    tree = any_tree(ask(two, 1, 2), leaf(0.9), leaf(0.1))

    found, *_ = changes(tree, [[30, 1, 0], [30, 1, 1]], scale=[100, 1, 1])

    # Age costs 0.11, income 2 or so, sex 1; the second row lacks one of them only.
    assert found.tolist() == [[41, 1, 1], [41, 1, 1]]


def test_missing_values_are_filled_in_and_values_never_become_missing():
    asked = Test((Literal(1, math.inf),))  # is it there?
    tree = any_tree(ask(asked, 1, 2), leaf(0.9), leaf(0.1))

    found, cost, goal = changes(tree, [[0, np.nan, 0], [0, 5, 0]])

    assert found[0].tolist() == [0, 0, 0]
    assert cost[0].sum() == 1
    assert goal.reached(tree.outputs(found), np.arange(2)).tolist() == [True, False]


def test_gaps_are_filled_with_the_usual_where_that_will_do():
    asked = Test((Literal(1, math.inf),))
    tree = any_tree(ask(asked, 1, 2), leaf(0.9), leaf(0.1))
    background = np.array([[0, 7.0, 0], [0, 8.0, 0], [0, np.nan, 1]])

    found, *_ = changes(tree, [[0, np.nan, 0]], background=background)

    assert found[0, 1] == 7.5


def test_filling_a_gap_costs_as_much_as_one_unit():
    """Either being known to be rich or being older will do."""
    either = Test((Literal(0, 40.5, above=True), Literal(1, 9.0, above=True)))
    tree = any_tree(ask(either, 1, 2), leaf(0.9), leaf(0.1))

    found, cost, _ = changes(
        tree, [[35, np.nan, 0], [25, np.nan, 0]], scale=[12, 1, 1], mutable=[0, 1]
    )

    np.testing.assert_array_equal(found[0], [41, np.nan, 0])
    assert found[1].tolist() == [25, 9.01, 0]
    assert cost.sum(axis=1).tolist() == [0.5, 1]


def test_the_more_frequent_of_two_categories_is_taken():
    town = Column("town", 0, ("Ulm", "Rom", "Bonn"))
    tree = any_tree(
        ask(Test((Literal(0, codes=(0,)),)), 1, 2),
        leaf(0.1),
        leaf(0.9),
        columns=(town,),
    )

    found, *_ = changes(tree, [[0]], background=np.array([[1.0], [2], [2], [0]]))

    assert found.tolist() == [[2]]


def test_columns_that_may_not_change_do_not():
    either = Test((Literal(0, 40.5, above=True), Literal(2, codes=(1,))))
    tree = any_tree(ask(either, 1, 2), leaf(0.9), leaf(0.1))

    found, *_ = changes(tree, [[40, 0, 0]], mutable=["sex", "income"])

    assert found.tolist() == [[40, 0, 1]]


def test_a_leaf_without_a_whole_number_is_not_gone_to():
    narrow = ask(Test((Literal(0, 40.2),)), 1, 2), leaf(0.1), None
    tree = any_tree(
        *narrow[:2], ask(Test((Literal(0, 40.7),)), 3, 4), leaf(0.9), leaf(0.1)
    )

    found, *_ = changes(tree, [[37, 0, 0]])

    assert found.tolist() == [[37, 0, 0]]


def test_a_tree_of_one_leaf_has_nowhere_to_go():
    found, *_ = changes(any_tree(leaf(0.3)), [[1, 2, 0], [np.nan, np.nan, np.nan]])

    np.testing.assert_array_equal(found, [[1, 2, 0], [np.nan] * 3])


def test_a_row_that_is_there_already_stays():
    tree = any_tree(ask(Test((Literal(0, 40.5),)), 1, 2), leaf(0.1), leaf(0.9))

    found, *_ = changes(tree, [[37, 0, 0], [50, 0, 0]], target=1)

    assert found.tolist() == [[41, 0, 0], [50, 0, 0]]


def test_leaves_of_the_same_class_are_no_other_class():
    tree = any_tree(ask(Test((Literal(0, 40.5),)), 1, 2), leaf(0.1), leaf(0.2))

    found, *_ = changes(tree, [[37, 0, 0]])

    assert found.tolist() == [[37, 0, 0]]


def test_a_value_is_sought_within_its_interval():
    tree = ReadableTree(
        (AGE,),
        None,
        ("price",),
        (
            Node((2.0,), 1.0, Test((Literal(0, 10.5),)), 1, 2),
            Node((1.0,), 0.3),
            Node((3.0,), 0.7, Test((Literal(0, 20.5),)), 3, 4),
            Node((2.5,), 0.3),
            Node((4.0,), 0.4),
        ),
    )

    near, *_ = changes(tree, [[5], [30]])
    high, *_ = changes(tree, [[5], [30]], target=(3.5, math.inf))

    assert near.tolist() == [[11], [20]]
    assert high.tolist() == [[21], [30]]


# --- Against every cell ---------------------------------------------------------------


def cells(tree, j, value, unit):
    """Values to try in a column, and the least cost of being in their cells."""
    column = tree.columns[j]
    if column.categories is not None:
        codes = [float(code) for code in range(len(column.categories))]
        return [(value, 0.0), *((c, 1.0) for c in codes if c != value)]
    tests = [node.test for node in tree.nodes if node.test is not None]
    ends = {lit.threshold for test in tests for lit in test.literals if lit.column == j}
    edges = [-math.inf, *sorted(ends), math.inf]
    found = [(value, 0.0)]
    for low, high in itertools.pairwise(edges):
        found += [
            (v, 1.0 if math.isnan(value) else cost / unit)
            for v, cost in within(low, high, value, column.whole)
        ]
    return found


def within(low, high, value, whole):
    """Where a cell (low, high] is entered from a value, and how far that is."""
    if whole:
        first = math.floor(low) + 1.0 if math.isfinite(low) else None
        last = float(math.floor(high)) if math.isfinite(high) else None
        both = {end for end in (first, last) if end is not None and low < end <= high}
        return [(end, abs(end - value)) for end in both or {0.0}]
    above = np.nextafter(low, math.inf)
    entered = float(min(max(0.0 if math.isnan(value) else value, above), high))
    gap = max(low - value, value - high, 0.0)
    return [(entered, gap)]


def by_trying(tree, z, goal, row, terms):
    """The fewest changes and the least cost of any row that reaches the goal."""
    each = [
        cells(tree, j, z[j], terms.scale[j]) if terms.mutable[j] else [(z[j], 0.0)]
        for j in range(len(z))
    ]
    tried = [*itertools.product(*each)]
    values = np.array([[value for value, _ in one] for one in tried])
    good = goal.reached(tree.outputs(values), np.full(len(tried), row))
    changed = ~((values == z) | (np.isnan(values) & np.isnan(z)))
    costs = np.array([[cost for _, cost in one] for one in tried])
    found = [
        (c.sum(), float(costs[i][c].sum())) for i, c in enumerate(changed) if good[i]
    ]
    return min(found, default=None)


@given(st.data())
def test_nothing_is_nearer(data):
    tree = data.draw(trees())
    n_columns = len(tree.columns)
    assume(math.prod(len(cells(tree, j, 0.0, 1.0)) for j in range(n_columns)) < 20_000)
    Z = data.draw(rows(tree, max_size=4))
    units = st.lists(st.sampled_from([0.3, 1.0, 20.0]), min_size=4, max_size=4)
    frozen = data.draw(st.integers(0, 4))
    terms = make_terms(
        "test",
        tree.columns,
        scale=data.draw(units)[:n_columns],
        mutable=[j for j in range(n_columns) if j != frozen],
    )
    goal = make_goal("test", tree, tree.outputs(Z), None)

    found = tree_changes(tree, Z, goal, terms)

    reached = goal.reached(tree.outputs(found), np.arange(len(Z)))
    costs = terms.costs(Z, found).sum(axis=1)
    for i, z in enumerate(Z):
        best = by_trying(tree, z, goal, i, terms)
        assert reached[i] == (best is not None)
        if best is None:
            np.testing.assert_array_equal(found[i], z)
            continue
        changed = ~((found[i] == z) | (np.isnan(found[i]) & np.isnan(z)))
        # A number is rounded by at most 5 % of its unit, a whole one not at all.
        rounded = sum(
            column.categories is None and not column.whole
            for column in itertools.compress(tree.columns, changed)
        )
        assert changed.sum() == best[0]
        assert terms.mutable[changed].all()
        assert best[1] * (1 - 1e-12) - 1e-12 <= costs[i]
        assert costs[i] <= best[1] * (1 + 1e-12) + 0.05 * rounded + 1e-12


def test_beyond_the_limit_the_search_is_greedy_and_still_arrives(monkeypatch):
    """Two in three, thrice: more boxes than the limit, on the way to the one yes."""
    columns = tuple(Column(f"x{j}", j) for j in range(9))
    tests = [
        Test(tuple(Literal(j, 0.0, above=True) for j in range(3 * t, 3 * t + 3)), m=2)
        for t in range(3)
    ]
    tree = any_tree(
        ask(tests[0], 1, 6),
        ask(tests[1], 2, 5),
        ask(tests[2], 3, 4),
        leaf(0.9),
        leaf(0.1),
        leaf(0.1),
        leaf(0.1),
        columns=columns,
    )
    Z = -np.arange(1.0, 10.0)[np.newaxis]
    exact, cost, _ = changes(tree, Z)
    monkeypatch.setattr("sklkd.readable._tree_changes.MOST_BOXES", 3)

    greedy, *_ = changes(tree, Z)

    assert np.flatnonzero(exact[0] != Z[0]).tolist() == [0, 1, 3, 4, 6, 7]
    assert cost.sum() == pytest.approx(1 + 2 + 4 + 5 + 7 + 8, abs=0.31)
    assert tree.outputs(greedy).argmax() == 1


@given(st.data())
def test_a_single_value_is_judged_as_many_are(data):
    tree = data.draw(trees())
    Z = data.draw(rows(tree))
    tests = [node.test for node in tree.nodes if node.test is not None]
    literals = [literal for test in tests for literal in test.literals]
    for literal, answer in itertools.product(literals, [True, False]):
        condition = condition_of(literal, tree.columns, answer)

        single = [_fulfils(value, condition) for value in Z[:, literal.column]]

        assert single == condition.holds(Z).tolist()


@given(st.data())
def test_the_order_of_rows_does_not_matter(data):
    tree = data.draw(trees())
    Z = data.draw(rows(tree))

    together, *_ = changes(tree, Z)

    alone = np.concatenate([changes(tree, z[np.newaxis])[0] for z in Z])
    np.testing.assert_array_equal(together, alone)
