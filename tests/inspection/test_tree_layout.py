"""Places of a drawn tree: nothing covers anything, nothing is left out by chance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspection.drawing import overlapping, random_tree

from sklkd.inspection._tree_layout import BAR, Frame, lay_out
from sklkd.readable import Column, Literal, Node, ReadableTree, Test

LONG = (
    *(Column(f"{'the long name of a column ' * 5}{j}", j) for j in range(3)),
    Column("job", 3, categories=tuple(f"job number {k}" for k in range(60))),
)
TREES = st.builds(
    random_tree,
    st.integers(1, 30),
    classes=st.sampled_from([("no", "yes"), tuple("abcdefghij"), None]),
    n_values=st.sampled_from([1, 3, 9]),
    columns=st.sampled_from([None, LONG]),
    leans=st.booleans(),
    seed=st.integers(0, 999),
)


def boxes(layout, extents=None):
    """What frames and leaves cover: (left, top, right, bottom)."""
    found = []
    for frame in layout.frames:
        half = frame.height / 2
        found.append((frame.x, frame.y - half, frame.x + frame.width, frame.y + half))
    for leaf in layout.leaves:
        half = max(BAR[1], 11 * len(leaf.lines)) / 2
        right = leaf.text_x + max(len(line) for line in leaf.lines) * 3.0
        found.append((leaf.x, leaf.y - half, right, leaf.y + half))
    return found


@given(TREES, st.integers(2, 40))
@settings(deadline=None, max_examples=30)
def test_frames_and_leaves_cover_nothing_of_each_other(tree, max_leaves):
    layout = lay_out(tree, max_leaves)

    found = boxes(layout)

    assert overlapping(found) == []
    assert min(box[0] for box in found) >= 0
    assert min(box[1] for box in found) >= 0
    assert max(box[2] for box in found) <= layout.width
    assert max(box[3] for box in found) <= layout.height


def with_long_questions(children, n_nodes):
    """A tree of questions of six lines, of which two fill more than two leaves do."""
    words = tuple(f"job number {k}" for k in range(60))
    column = Column("job", 0, categories=words)
    test = Test((Literal(0, codes=tuple(range(30))),))
    nodes = [
        Node((0.5, 0.5), 1 / n_nodes, test if at in children else None, *own)
        for at in range(n_nodes)
        for own in [children.get(at, (-1, -1))]
    ]
    return ReadableTree((column,), ("a", "b"), ("a", "b"), tuple(nodes))


@pytest.mark.parametrize(
    "children",
    [
        {at: (2 * at + 1, 2 * at + 2) for at in range(7)},  # both sides alike
        {at: (at + 1, at + 6) for at in range(5)},  # every no is a leaf
        {0: (1, 2), 2: (3, 4), 3: (5, 6), 5: (7, 8)},  # one side is heavier
    ],
)
def test_long_questions_cover_nothing_of_each_other(children):
    tree = with_long_questions(children, 2 * len(children) + 1)

    layout = lay_out(tree, 24)

    found = boxes(layout)
    assert {len(frame.lines) for frame in layout.frames} == {6}
    assert overlapping(found) == []
    assert min(box[1] for box in found) >= 0
    assert max(box[3] for box in found) <= layout.height


@given(TREES, st.integers(2, 40))
@settings(deadline=None, max_examples=30)
def test_every_row_comes_to_one_leaf_that_is_drawn(tree, max_leaves):
    layout = lay_out(tree, max_leaves)

    shares = [tree.nodes[leaf.position].share for leaf in layout.leaves]

    assert sum(shares) == pytest.approx(1)
    assert len(layout.leaves) == min(max_leaves, tree.complexity)
    assert len(layout.leaves) == len({leaf.position for leaf in layout.leaves})


@given(TREES)
@settings(deadline=None, max_examples=20)
def test_lines_meet_frames_and_leaves_and_nothing_else(tree):
    """A line is level or upright, and crosses no frame that it does not begin at."""
    layout = lay_out(tree, 30)
    ends = {(frame.x + frame.width, frame.y) for frame in layout.frames}

    for way in layout.ways:
        for (x0, y0), (x1, y1) in itertools.pairwise(way.points):
            assert x0 == x1 or y0 == y1
            if tree.is_list and x0 == x1:
                continue  # behind the frames that it binds together
            for frame in layout.frames:
                assert not _crosses(frame, (x0, y0), (x1, y1))
    assert {way.points[0] for way in layout.ways if way.word == ""} >= ends


def _crosses(frame: Frame, start, end):
    """Whether a line runs within a frame."""
    (x0, x1), (y0, y1) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    inside_x = x0 < frame.x + frame.width - 1e-6 and x1 > frame.x + 1e-6
    half = frame.height / 2 - 1e-6
    return inside_x and y0 < frame.y + half and y1 > frame.y - half


def test_yes_is_above_no_and_deeper_is_to_the_right():
    tree = random_tree(12, seed=3)

    layout = lay_out(tree, 12)

    assert not tree.is_list
    for out, yes, no in zip(*[iter(layout.ways)] * 3, strict=True):
        assert (out.word, yes.word, no.word) == ("", "yes", "no")
        assert yes.points[-1][1] < out.points[0][1] < no.points[-1][1]
        assert yes.points[-1][0] == no.points[-1][0] > out.points[0][0]


def test_lines_have_the_share_of_where_they_lead():
    tree = random_tree(12, seed=3)

    layout = lay_out(tree, 12)

    at = {(leaf.x, leaf.y): tree.nodes[leaf.position].share for leaf in layout.leaves}
    led = {way.points[-1]: way.share for way in layout.ways if way.word}
    assert at.items() <= led.items()


def test_the_nodes_that_most_rows_come_to_are_opened():
    """Those that are not are of no larger share than any that is."""
    tree = random_tree(30, seed=1)

    layout = lay_out(tree, 9)

    shown = {leaf.position for leaf in layout.leaves}
    closed = [tree.nodes[i].share for i in shown if tree.nodes[i].test is not None]
    parents = {
        child: at
        for at, node in enumerate(tree.nodes)
        if node.test is not None
        for child in (node.yes, node.no)
    }
    opened = set()
    for position in shown:
        while position in parents:
            position = parents[position]  # noqa: PLW2901 - up to the root
            opened.add(position)
    assert len(opened) == 8
    assert max(closed) <= min(tree.nodes[at].share for at in opened)


def test_a_list_of_rules_reads_from_above():
    tree = random_tree(5, leans=True)

    layout = lay_out(tree, 24)

    starts = [frame.lines[0].split()[0] for frame in layout.frames]
    assert starts == ["if", "else", "else", "else", "else"]
    assert layout.frames[-1].lines == ("else",)
    assert {frame.x for frame in layout.frames} == {0.0}
    assert len({leaf.x for leaf in layout.leaves}) == 1
    assert (np.diff([frame.y for frame in layout.frames]) > 0).all()
    assert [leaf.position for leaf in layout.leaves] == [
        position for position, _ in tree.leaves()
    ]


def test_the_lines_of_a_list_are_as_thick_as_rows_are_left():
    tree = random_tree(4, leans=True)

    layout = lay_out(tree, 24)

    down = [way.share for way in layout.ways if way.points[0][0] == way.points[1][0]]
    inner = [node.no for node in tree.nodes if node.test is not None]
    assert down == pytest.approx([tree.nodes[at].share for at in inner])


def test_a_tree_of_one_leaf_says_so():
    layout = lay_out(random_tree(1), 24)

    assert [frame.lines for frame in layout.frames] == [("always",)]
    assert layout.leaves[0].lines[-1] == "100 % of rows"


def test_lists_may_be_deeper_than_python_recurses():
    assert len(lay_out(random_tree(2000, leans=True), 1500).leaves) == 1500


def test_values_that_are_told_in_words_have_no_bar():
    layout = lay_out(random_tree(3, classes=None, n_values=2, seed=5), 24)

    assert all(leaf.text_x - leaf.x < 10 for leaf in layout.leaves)
