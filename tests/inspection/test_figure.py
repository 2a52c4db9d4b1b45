"""Axes where the user passes none: as many as asked for, and words without them."""

from __future__ import annotations

import sys

import matplotlib as mpl
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt

from sklkd.inspection._figure import axes_for, legend_above, new_axes, quiet


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.mark.parametrize("n_axes", [1, 2])
def test_axes_stand_beside_each_other_in_one_figure(n_axes):
    axes = new_axes("Somebody", n_axes, (5.0, 3.0))

    assert [ax.figure for ax in axes] == [axes[0].figure] * n_axes
    assert axes[0].figure.get_size_inches().tolist() == [5.0, 3.0]
    assert axes == axes[0].figure.axes


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(ImportError) as caught:
        new_axes("Somebody", 1, (5.0, 3.0))

    assert str(caught.value) == (
        "Somebody: a plot needs matplotlib, which is not installed. Install it with: "
        "pip install sklkd[plot]"
    )


def test_a_legend_covers_nothing_of_what_is_drawn():
    (ax,) = new_axes("Somebody", 1, (5.0, 3.0))
    ax.plot([0, 1], [0, 1], label="a line to the corner")

    legend_above(ax)

    ax.figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1


def test_lines_are_behind_the_data():
    (ax,) = new_axes("Somebody", 1, (5.0, 3.0))

    quiet(ax)

    assert ax.get_axisbelow()
    assert [side for side, line in ax.spines.items() if line.get_visible()] == [
        "left",
        "bottom",
    ]


def test_a_grid_has_no_spare_axes():
    axes = new_axes("Somebody", 5, (5.0, 3.0), n_columns=3)

    assert axes[0].get_subplotspec().get_gridspec().get_geometry() == (2, 3)
    assert axes == axes[0].figure.axes
    assert len(axes) == 5


def test_axes_that_are_passed_are_taken_as_far_as_they_are_needed():
    _, grid = plt.subplots(2, 2)

    assert axes_for("Somebody", grid, 3, (5.0, 3.0)) == grid.ravel()[:3].tolist()
    assert axes_for("Somebody", grid[0, 0], 1, (5.0, 3.0)) == [grid[0, 0]]


def test_axes_are_made_where_none_are_passed():
    assert len(axes_for("Somebody", None, 2, (5.0, 3.0))) == 2


def test_too_few_axes_are_an_error():
    with pytest.raises(ValueError, match="ax must be") as caught:
        axes_for("Somebody", plt.gca(), 2, (5.0, 3.0))

    assert str(caught.value) == (
        "Somebody: ax must be at least 2 axes, got 1. Pass "
        "plt.subplots(1, 2, squeeze=False)[1], or None."
    )
