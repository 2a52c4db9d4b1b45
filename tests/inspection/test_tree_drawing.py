"""A tree on its axes: bars are probabilities, dots are values, looks can be told."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from inspection.drawing import cut_off, node, overlapping, random_tree, texts_of
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch

from sklkd.inspection._tree_drawing import (
    COLOURS,
    OTHERS,
    QUESTION,
    TOLD_APART,
    Picture,
    look,
)
from sklkd.inspection._tree_layout import BAR, lay_out
from sklkd.readable import Column, ReadableTree

LONG = (
    Column("the long name of a column that came from a survey of everybody", 0),
    Column("price in $ or $", 1),
    Column("job", 2, categories=tuple(f"job number {k}" for k in range(60))),
)


def drawn(tree, max_leaves=24, room=None, dpi=100):
    """The picture, on axes that are just as large as it, or as is asked for."""
    picture = Picture(tree, lay_out(tree, max_leaves))
    width, height = room or (picture.width, picture.height)
    figure = plt.figure(figsize=(width / 72, height / 72), dpi=dpi)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    picture.draw(ax, (width, height))
    return picture, ax


def points(ax, box):
    """A box of the screen in points from the upper left: (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = np.array(box.extents) * 72 / ax.figure.dpi
    height = ax.figure.bbox.height * 72 / ax.figure.dpi
    return x0, height - y1, x1, height - y0


# --- Leaves ---------------------------------------------------------------------------


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_the_parts_of_bars_are_the_probabilities(n_classes):
    tree = random_tree(9, classes=tuple(range(n_classes)))

    picture, ax = drawn(tree)

    assert len(ax.containers) == 9
    for leaf, bar in zip(picture.layout.leaves, ax.containers, strict=True):
        value = tree.nodes[leaf.position].value
        widths = [part.get_width() / BAR[0] for part in bar]
        assert widths == pytest.approx(value)
        starts = [(part.get_x() - leaf.x) / BAR[0] for part in bar]
        assert starts == pytest.approx(np.cumsum(value) - value, abs=1e-12)
        looks = [(to_hex(part.get_facecolor()), part.get_hatch() or "") for part in bar]
        assert looks == [look(k) for k in range(n_classes)]


def test_bars_stand_beside_their_words():
    tree = random_tree(6)

    _, ax = drawn(tree)

    middles = [bar[0].get_y() + bar[0].get_height() / 2 for bar in ax.containers]
    words = [t for t in ax.texts if t.get_text().endswith("of rows")]
    assert len(words) == 6
    for middle, text in zip(middles, words, strict=True):
        assert abs(text.get_position()[1] - middle) < BAR[1]


def test_dots_stand_at_their_values_from_the_least_to_the_largest():
    tree = random_tree(7, classes=None)

    picture, ax = drawn(tree)

    values = [tree.nodes[leaf.position].value[0] for leaf in picture.layout.leaves]
    dots = [own for own in ax.lines if own.get_marker() == "o"]
    at = [
        own.get_xdata()[0] - leaf.x
        for own, leaf in zip(dots, picture.layout.leaves, strict=True)
    ]
    assert np.corrcoef(values, at)[0, 1] == pytest.approx(1)
    assert max(at) < BAR[0]
    low, high = min(values), max(values)
    note = f"Dots: the value, from {low:.4g} to {high:.4g}"
    assert note in [text.get_text() for text in ax.texts]


def test_one_value_has_a_dot_and_no_range():
    _, ax = drawn(random_tree(1, classes=None))

    assert sum(own.get_marker() == "o" for own in ax.lines) == 1
    assert not any("Dots" in text.get_text() for text in ax.texts)


def test_several_values_are_told_in_words():
    _, ax = drawn(random_tree(3, classes=None, n_values=2))

    assert not ax.containers
    assert not any(own.get_marker() == "o" for own in ax.lines)
    assert sum(text.get_text().startswith("value1 = ") for text in ax.texts) == 3


def test_lines_are_the_thicker_the_more_rows_go_along():
    tree = random_tree(9)

    picture, ax = drawn(tree)

    shares = [way.share for way in picture.layout.ways]
    widths = [own.get_linewidth() for own in ax.lines]
    assert (
        np.argsort(shares, kind="stable") == np.argsort(widths, kind="stable")
    ).all()


# --- Text -----------------------------------------------------------------------------


@pytest.mark.parametrize("dpi", [72, 100, 200])
@pytest.mark.parametrize("leans", [False, True])
@pytest.mark.parametrize("columns", [None, LONG])
def test_questions_are_within_their_frames_at_any_resolution(columns, leans, dpi):
    tree = random_tree(12, columns=columns, leans=leans, seed=2)

    picture, ax = drawn(tree, dpi=dpi)

    ax.figure.canvas.draw()
    frames = [p for p in ax.patches if isinstance(p, FancyBboxPatch)]
    texts = [text for text in ax.texts if text.get_zorder() == QUESTION]
    assert len(texts) == sum(len(frame.lines) for frame in picture.layout.frames)
    rims = [frame.get_window_extent() for frame in frames]
    for text in texts:
        box = text.get_window_extent()
        rim = max(rims, key=lambda rim, box=box: _shared(rim, box))
        assert rim.x0 <= box.x0
        assert box.x1 <= rim.x1 + 1
        assert rim.y0 - 1 <= box.y0
        assert box.y1 <= rim.y1 + 1


def _shared(a, b):
    """Height of what two boxes have in common, if they do."""
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    return (min(a.y1, b.y1) - max(a.y0, b.y0)) * (width > 0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("leans", [False, True])
def test_no_text_covers_another_and_none_is_cut_off(seed, leans):
    classes = ("a class with a name that is long", "_b", "c$d$")
    tree = random_tree(24, classes=classes, columns=LONG, leans=leans, seed=seed)

    _, ax = drawn(tree)

    boxes = [points(ax, text.get_window_extent()) for text in texts_of(ax.figure)]
    shrunk = [(x0, y0 + 1.5, x1, y1 - 1.5) for x0, y0, x1, y1 in boxes]
    assert overlapping(shrunk) == []
    assert cut_off(ax.figure) == []


def test_dollars_are_no_mathematics():
    tree = random_tree(5, columns=(Column("$x_1$", 0),), classes=("$a$", r"$\frac$"))

    _, ax = drawn(tree)

    shown = [text.get_text() for text in texts_of(ax.figure)]
    assert any("$x_1$" in text for text in shown)
    assert {"$a$", r"$\frac$"} <= set(shown)


# --- Classes --------------------------------------------------------------------------


def test_every_class_up_to_28_has_a_look_of_its_own():
    looks = [look(k) for k in range(TOLD_APART)]

    assert len(set(looks)) == TOLD_APART == 28
    assert [colour for colour, _ in looks[:7]] == list(COLOURS)
    assert {hatch for _, hatch in looks[:7]} == {""}
    assert look(28) == look(99) == (OTHERS, "")


def test_colours_can_be_told_apart_by_the_colour_blind():
    """As they look with each kind of missing cone, after Machado et al. 2009."""
    deuteranopia = np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    )
    protanopia = np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    )
    seen = np.array([mpl.colors.to_rgb(colour) for colour in (*COLOURS, OTHERS)]) ** 2.2
    for matrix in (np.eye(3), deuteranopia, protanopia):
        rgb = np.clip(seen @ matrix.T, 0, 1) ** (1 / 2.2)
        apart = np.linalg.norm(rgb[:, None] - rgb[None], axis=2)
        assert apart[~np.eye(len(rgb), dtype=bool)].min() > 0.12


@pytest.mark.parametrize("n_classes", [2, 10, 28, 31])
def test_the_legend_names_all_that_can_be_told(n_classes):
    tree = random_tree(4, classes=tuple(f"_class {k}" for k in range(n_classes)))

    _, ax = drawn(tree)

    names = [text.get_text() for text in ax.get_legend().get_texts()]
    own = [f"_class {k}" for k in range(min(n_classes, 28))]
    assert names == own + ["3 others"] * (n_classes == 31)
    keys = ax.get_legend().get_patches()
    looks = [(to_hex(key.get_facecolor()), key.get_hatch() or "") for key in keys]
    assert looks == [look(k) for k in range(len(names))]


@pytest.mark.parametrize("n_classes", [2, 10, 31])
@pytest.mark.parametrize("leans", [False, True])
def test_the_legend_is_above_the_tree(n_classes, leans):
    classes = tuple(f"class {k}" for k in range(n_classes))

    picture, ax = drawn(random_tree(30, classes=classes, leans=leans), 5)

    ax.figure.canvas.draw()
    legend = points(ax, ax.get_legend().get_window_extent())
    (note,) = (text for text in ax.texts if text.get_text().startswith("The "))
    box = points(ax, note.get_window_extent())
    frames = [p for p in ax.patches if isinstance(p, FancyBboxPatch)]
    tops = [points(ax, frame.get_window_extent())[1] for frame in frames]
    assert legend[3] <= box[1] + 1
    assert box[3] <= min(tops)
    assert legend[2] <= picture.width + 1


def test_values_have_no_legend():
    _, ax = drawn(random_tree(4, classes=None))

    assert ax.get_legend() is None


# --- Room -----------------------------------------------------------------------------


def test_in_less_room_all_is_smaller():
    tree = random_tree(8)
    large, ax = drawn(tree)
    before = {text.get_text(): text.get_size() for text in ax.texts}

    small, ax = drawn(tree, room=(large.width / 2, large.height / 2))

    assert small.scale((large.width / 2, large.height / 2)) == pytest.approx(0.5)
    assert {text.get_text(): 2 * text.get_size() for text in ax.texts} == before
    assert cut_off(ax.figure) == []


@pytest.mark.parametrize("leans", [False, True])
def test_in_more_room_things_are_further_apart_and_as_large(leans):
    tree = random_tree(8, leans=leans)
    tight, ax = drawn(tree)
    before = [text.get_position()[1] for text in ax.texts]
    size = ax.texts[0].get_size()

    _, ax = drawn(tree, room=(2 * tight.width, 1.5 * tight.height))

    after = [text.get_position()[1] for text in ax.texts]
    assert ax.texts[0].get_size() == size
    assert np.ptp(after) > 1.3 * np.ptp(before)
    assert cut_off(ax.figure) == []


def test_a_tree_of_equal_values_is_drawn():
    nodes = (node((1.0,), 1.0, 0.5, 1, 2), node((1.0,), 0.5), node((1.0,), 0.5))
    tree = ReadableTree((Column("x", 0),), None, ("value",), nodes)

    _, ax = drawn(tree)

    assert sum(own.get_marker() == "o" for own in ax.lines) == 2
