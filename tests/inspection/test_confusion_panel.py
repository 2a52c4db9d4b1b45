"""One confusion matrix on its axes: colours, numbers that fit, and trees beside it."""

import itertools

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from matplotlib.text import Text

from sklkd.inspection._class_tree import tree_from
from sklkd.inspection._confusion_panel import Panel, number_text

TREE = tree_from("Who", {"pet": ["cat", "dog"], "wild": ["fox"]}, [])
COUNTS = np.array([[90, 1, 0], [2, 95, 0], [0, 4, 80]])


def drawn(matrix=COUNTS, tree=TREE, size=(6, 6), **settings):
    """Axes with a panel on them."""
    panel = Panel(
        title="kind",
        conditions=(),
        accuracy=0.5,
        n_classes=len(matrix),
        classes=tree.visible,
        lines=tree.lines(),
        matrix=np.asarray(matrix),
        normalize=settings.get("normalize"),
    )
    _, ax = plt.subplots(figsize=size, layout="constrained")
    panel.draw(ax, colorbar=settings.get("colorbar", True))
    return ax


def numbers(ax):
    """What is written in cells, by row and column of lines."""
    cells = [t for t in ax.texts if type(t) is Text]
    return {
        (int(t.get_position()[1]), int(t.get_position()[0])): t.get_text()
        for t in cells
    }


def test_numbers_stand_in_the_cells_of_their_classes():
    # The lines are pet, cat, dog, wild, fox.
    assert numbers(drawn()) == {
        (1, 1): "90",
        (1, 2): "1",
        (2, 1): "2",
        (2, 2): "95",
        (4, 2): "4",
        (4, 4): "80",
    }


def test_the_scale_of_errors_does_not_know_what_is_right():
    nothing, right, wrong = drawn().collections

    assert wrong.get_clim() == (0, 4)
    assert right.get_clim() == (0, 95)
    assert np.ma.count(wrong.get_array()) == 3
    assert np.ma.count(right.get_array()) == 3
    assert np.ma.count(nothing.get_array()) == 9


@pytest.mark.parametrize("which", [1, 2])
def test_colours_grow_darker_with_the_number(which):
    palette = drawn().collections[which].get_cmap()

    lightness = palette(np.linspace(0, 1, 9))[:, :3] @ [0.2126, 0.7152, 0.0722]

    assert (np.diff(lightness) < 0).all()


def test_without_errors_there_is_no_scale():
    ax = drawn(np.diag([1, 2, 3]))

    assert len(ax.collections) == 2
    assert len(ax.figure.axes) == 1


@pytest.mark.parametrize(
    ("matrix", "normalize", "label"),
    [
        (COUNTS, None, "errors [rows]"),
        (COUNTS / 2, None, "errors [weight]"),
        (COUNTS / 100, "true", "errors [% of the actual class]"),
        (COUNTS / 100, "pred", "errors [% of the predicted class]"),
        (COUNTS / 272, "all", "errors [% of all]"),
    ],
)
def test_the_scale_says_what_is_counted(matrix, normalize, label):
    ax = drawn(matrix, normalize=normalize)

    assert ax.figure.axes[1].get_ylabel() == label


def test_the_scale_may_be_left_out():
    assert len(drawn(colorbar=False).figure.axes) == 1


def test_numbers_that_do_not_fit_are_left_out():
    assert numbers(drawn(COUNTS * 1000, size=(2, 2))) == {}
    assert numbers(drawn(COUNTS * 1000, size=(6, 6))) != {}


@pytest.mark.parametrize("factor", [1, 1000, 1_000_000])
@pytest.mark.parametrize("size", [(3, 3), (5, 5), (9, 9)])
def test_numbers_that_are_written_stay_within_their_cells(factor, size):
    ax = drawn(COUNTS * factor, size=size)
    ax.figure.canvas.draw()

    cell = np.diff(ax.transData.transform([(0, 0), (1, 0)])[:, 0])[0]
    widths = [t.get_window_extent().width for t in ax.texts if type(t) is Text]
    assert all(width <= cell for width in widths)


@pytest.mark.parametrize("size", [(4, 4), (8, 8)])
def test_labels_cover_neither_each_other_nor_the_matrix(size):
    long = tree_from("Who", {"a group of them": ["cat", "hippopotamus"], "b": "x"}, [])
    ax = drawn(tree=long, size=size)
    ax.figure.canvas.draw()

    boxes = [Text.get_window_extent(t) for t in ax.texts if type(t) is not Text]

    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert not any(box.overlaps(ax.get_window_extent()) for box in boxes)
    page = ax.figure.bbox
    assert all(page.x0 <= b.x0 and page.y1 >= b.y1 - 1 for b in boxes)


def test_both_axes_have_the_tree():
    words = [t.get_text() for t in drawn().texts]

    assert [words.count(name) for name in ("pet", "cat", "dog", "fox")] == [2] * 4


def test_lines_reach_over_the_classes_of_a_group():
    ax = drawn()

    down, across, *_ = ax.lines
    assert list(down.get_ydata()) == list(across.get_xdata()) == [1, 3]


def test_dollars_are_no_mathematics():
    tree = tree_from("Who", ["$5 to $10", "more than $10", "a_b^c"], [])

    ax = drawn(tree=tree)
    ax.figure.canvas.draw()

    text = next(t for t in ax.texts if "to" in t.get_text())
    plain = ax.text(0, 0, "$5 to $10", size=text.get_size(), parse_math=False)
    widths = [Text.get_window_extent(t).width for t in (text, plain)]
    assert widths[0] == pytest.approx(widths[1], abs=1)


def test_long_labels_are_cut_and_lines_joined():
    tree = tree_from("Who", ["x" * 50, "two\nlines", "c"], [])

    words = [t.get_text() for t in drawn(tree=tree).texts]

    assert "x" * 31 + "…" in words
    assert "two lines" in words


@pytest.mark.parametrize(
    ("value", "text"),
    [(12, "12"), (12345, "12345"), (0.25, "0.25"), (1 / 3, "0.333")],
)
def test_weights_in_words(value, text):
    assert number_text(value, False) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(100, "100"), (99.6, ">99"), (99.4, "99"), (12.4, "12"), (9.96, "10")],
        *[(9.94, "9.9"), (0.06, "0.1"), (0.04, "<0.1")],
    ],
)
def test_shares_in_words_are_never_rounded_to_all_or_nothing(value, text):
    assert number_text(value, True) == text
