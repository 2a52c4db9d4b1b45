"""Labels beside points: they cover neither each other nor a dot, and stay inside."""

from __future__ import annotations

import itertools

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from matplotlib.text import Text

from sklkd.inspection._labels import DOT, place_labels


@pytest.fixture
def ax():
    figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    yield axes
    plt.close(figure)


def labelled(ax, points, across=DOT, spread=0.0):
    """Label points: the box of each text, without the line to a far point."""
    points = np.asarray(points)
    n = len(points)
    texts = [(f"model {i}", "98.7 % · 31 ms") for i in range(n)]
    place_labels(ax, texts, points, [across] * n, [spread] * n)
    ax.figure.canvas.draw()
    return [Text.get_window_extent(text) for text in ax.texts]


def test_a_lone_label_stands_to_the_right_level_with_its_point(ax):
    name, numbers = labelled(ax, [[0.3, 0.5]])

    x, y = ax.transData.transform([0.3, 0.5])
    pixels = ax.figure.dpi / 72
    assert name.x0 == pytest.approx(x + (DOT / 2 + 5) * pixels, abs=2)
    assert numbers.y1 < y < name.y0 + 2


def test_at_the_right_end_it_stands_to_the_left(ax):
    name, numbers = labelled(ax, [[0.98, 0.5]])

    x, _ = ax.transData.transform([0.98, 0.5])
    assert max(name.x1, numbers.x1) < x


def test_it_stands_clear_of_a_large_disc(ax):
    name, _ = labelled(ax, [[0.3, 0.5]], across=60.0)

    x, _ = ax.transData.transform([0.3, 0.5])
    assert name.x0 > x + 30 * ax.figure.dpi / 72


def test_below_an_error_bar_that_is_in_the_way(ax):
    # The second point's bar stands where the first one's label would.
    boxes = labelled(ax, [[0.3, 0.5], [0.35, 0.5]], spread=0.1)

    x, y = ax.transData.transform([0.35, 0.5])
    _, low = ax.transData.transform([0.35, 0.4])
    assert not any(b.x0 < x < b.x1 and b.y1 > low and b.y0 < y for b in boxes)


@pytest.mark.parametrize("seed", range(5))
def test_crowded_labels_cover_nothing_and_stay_inside(ax, seed):
    points = np.random.default_rng(seed).uniform(0.1, 0.9, size=(7, 2))

    boxes = labelled(ax, points)

    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    dots = ax.transData.transform(points)
    assert not any(box.contains(*dot) for box in boxes for dot in dots)
    assert all(ax.bbox.contains(*corner) for b in boxes for corner in (b.p0, b.p1))


def test_a_label_far_from_its_point_has_a_line_to_it(ax):
    labelled(ax, [[0.5, 0.5]] * 8)

    lines = [text.arrow_patch is not None for text in ax.texts]

    assert not lines[0]
    assert any(lines)
