"""Merging: the same classes, in fewer leaves."""

import numpy as np
import pytest

from sklkd.readable import Literal, Test
from sklkd.surrogates._trepan_nodes import Growing, finished, n_leaves

ASK = Test((Literal(0, threshold=0.5),))


def node(value, reach, *children):
    """A node, with a question if it has children."""
    test = ASK if children else None
    return Growing(None, None, None, np.array(value), reach, reach, 0.1, test, children)


def grown():
    """A tree of four leaves: two of class 0 below yes, one of each class below no."""
    return [
        node([0.6, 0.4], 1.0, 1, 2),
        node([0.8, 0.2], 0.5, 3, 4),
        node([0.5, 0.5], 0.5, 5, 6),
        node([0.7, 0.3], 0.4),
        node([0.9, 0.1], 0.1),
        node([1.0, 0.0], 0.2),
        node([0.0, 1.0], 0.3),
    ]


def test_leaves_of_one_class_become_one_that_says_their_mean():
    nodes = finished(grown(), merges=True)

    assert len(nodes) == 5
    assert nodes[1].test is None
    assert nodes[1].value == pytest.approx((0.4 / 0.5 * 0.7 + 0.1 / 0.5 * 0.9, 0.26))
    assert (nodes[2].yes, nodes[2].no) == (3, 4)


def test_what_is_not_merged_stays():
    nodes = finished(grown(), merges=False)

    assert len(nodes) == 7
    assert [n.value for n in nodes] == [tuple(n.value.tolist()) for n in grown()]


def test_merging_goes_all_the_way_up():
    tree = grown()
    tree[6].value = np.array([0.8, 0.2])

    nodes = finished(tree, merges=True)

    assert len(nodes) == 1
    wanted = 0.4 * 0.7 + 0.1 * 0.9 + 0.2 * 1.0 + 0.3 * 0.8
    assert nodes[0].value == pytest.approx((wanted, 1 - wanted))


def test_leaves_are_counted_as_they_will_be():
    assert n_leaves(grown(), merges=True) == 3
    assert n_leaves(grown(), merges=False) == 4
    assert n_leaves([node([0.5, 0.5], 1.0)], merges=True) == 1
