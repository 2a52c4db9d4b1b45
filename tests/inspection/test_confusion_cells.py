"""A joint distribution of labels: counted, summed over columns, and nested."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.inspection._class_tree import flat_tree, tree_from
from sklkd.inspection._confusion_cells import Cells, nested


def counted(*columns, weights=None, trees=None):
    """Cells of columns a, b, ... each with a tree of its own letters."""
    trees = trees or [flat_tree(sorted(set(column))) for column in columns]
    weights = np.ones(len(columns[0]), dtype=np.int64) if weights is None else weights
    named = dict(zip("abcd", columns, strict=False))
    return Cells.counted(named, range(len(columns)), trees, weights)


def as_dict(cells):
    rows = zip(*(cells.labels_of(name) for name in cells.columns), strict=True)
    return dict(zip(rows, cells.weights.tolist(), strict=True))


def test_equal_rows_are_one_cell():
    cells = counted("xyxx", "pqqp")

    assert as_dict(cells) == {("x", "p"): 2, ("x", "q"): 1, ("y", "q"): 1}


def test_cells_are_in_the_order_of_labels_the_first_column_leading():
    cells = counted("yxyx", "pqqp")

    assert list(as_dict(cells)) == [("x", "p"), ("x", "q"), ("y", "p"), ("y", "q")]


def test_what_weighs_nothing_is_no_cell_and_its_label_stays():
    cells = counted("xy", "pq", weights=np.array([0.0, 0.5]))

    assert as_dict(cells) == {("y", "q"): 0.5}
    assert cells.tree("a").labels == ("x", "y")


@given(st.lists(st.tuples(*[st.sampled_from("xyz")] * 3), min_size=1))
def test_columns_are_summed_over(rows):
    cells = counted(*zip(*rows, strict=True))

    kept = as_dict(cells.keep(["c", "a"]))

    expected = {(a, c): 0 for a, _, c in rows}
    for a, _, c in rows:
        expected[a, c] += 1
    assert kept == expected


def test_weights_are_added_in_the_order_of_rows():
    # In another order the ones are lost beside 1e16, or are not.
    weights = np.array([1e16, 1.0, 1.0, -1e16 + 2, 1.0])

    cells = counted("xxxxx", weights=weights)

    assert cells.weights.tolist() == [((((1e16 + 1) + 1) + (-1e16 + 2)) + 1)]


def test_cells_among_labels():
    cells = counted("xyz")

    assert cells.among("a", {"x", "z"}).tolist() == [True, False, True]


def test_a_pruned_tree_has_its_own_codes():
    tree = tree_from("Who", {"g": ["x"], "h": ["y", "z"]}, [])
    named = {"a": list("xyzz"), "b": list("yzzx")}
    cells = Cells.counted(named, [0, 0], [tree], np.ones(4, dtype=np.int64))

    pruned = cells.pruned(0, ["h"])

    assert as_dict(pruned) == {("y", "z"): 1, ("z", "z"): 1}
    assert pruned.tree("a").labels == ("y", "z")


def test_settled_are_only_the_kinds_asked_for():
    trees = [tree_from("Who", {"g": ["x", "y"]}, []).fold(["g"]) for _ in range(2)]
    cells = counted("xy", "xy", trees=trees)

    settled = cells.settled([0])

    assert settled.tree("a").labels == ("g",)
    assert settled.tree("b").labels == ("x", "y")
    assert settled.codes.tolist() == [[0, 0], [0, 1]]


def test_nested_labels_are_those_that_occur_in_the_order_of_both():
    cells = counted("yxx", "pqp")

    together = nested(cells, [("a", "b")], ["c"])

    assert together.columns == ("c",)
    assert together.tree("c").paths == {
        ("x", "p"): ("x",),
        ("x", "q"): ("x",),
        ("y", "p"): ("y",),
    }


def test_a_matrix_is_of_what_is_visible():
    tree = tree_from("Who", {"g": ["x", "y"], "h": ["z"]}, []).fold(["g"])
    named = {"a": list("xyz"), "b": list("yzz")}
    cells = Cells.counted(named, [0, 0], [tree], np.array([1.0, 2.0, 4.0]))

    np.testing.assert_array_equal(cells.matrix("a", "b"), [[1, 2], [0, 4]])


def test_no_cells_at_all():
    cells = counted("xy", "pq")

    nothing = cells.where(np.zeros(2, dtype=bool))

    assert as_dict(nothing.keep(["a"])) == {}
    assert nothing.keep(["a"]).weights.dtype == np.int64


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_sums_have_the_type_of_weights(dtype):
    cells = counted("xy", "pq", weights=np.ones(2, dtype=dtype))

    assert cells.keep(["a"]).weights.dtype == dtype
