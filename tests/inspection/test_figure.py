"""Axes to draw on: as many as asked for, in rows, and words that are no formulas."""

from __future__ import annotations

import sys

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from hypothesis import given
from hypothesis import strategies as st
from inspection.drawing import random_tree, texts_of

from sklkd import inspection
from sklkd.inspection import (
    CertifiedAccuracyDisplay,
    Comparison,
    ComparisonDisplay,
    ConfusionTreeDisplay,
    Deconvolution,
    DeconvolutionDisplay,
    FidelityDisplay,
    Measurement,
    OcclusionDisplay,
    PrototypesDisplay,
    RankingDisplay,
    ReasoningDisplay,
    SurrogateTreeDisplay,
)
from sklkd.inspection._figure import axes_for, grid, legend_above, new_axes, quiet
from sklkd.readable import Column


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


@given(st.integers(1, 60), st.integers(1, 12))
def test_a_grid_has_room_for_all_and_no_more_rows_than_needed(n_axes, most):
    n_rows, n_columns = grid(n_axes, most)

    assert n_rows * n_columns >= n_axes
    assert n_columns <= most
    assert (n_rows - 1) * most < n_axes
    assert n_rows * (n_columns - 1) < n_axes


# --- Names are no formulas, in whatever picture they stand ----------------------------


def drawn_comparison(name):
    model = Measurement(name, 0.974, 0.98, 0.02, 0.12, 0.00012, 0.0006, 7e6)
    return ComparisonDisplay.from_comparison(Comparison((model,), "accuracy"))


def drawn_ranking(name):
    return RankingDisplay.from_predictions([name, "b"], {name: [2.0, 1.0]})


def drawn_reasoning(name):
    shares = np.full((3, 2, 2), 1 / 3)
    options = {"labels": [name, "b"], "reasoning": shares, "classes": [name, "b"]}
    return ReasoningDisplay([1.0, -0.5], name, "b", **options).plot()


def drawn_confusions(name):
    hierarchy = {f"all {name}": [name, "b"]}
    return ConfusionTreeDisplay.from_predictions(
        [name, "b"], ["b", "b"], hierarchy=hierarchy, output_names=[f"of {name}"]
    )


def drawn_tree(name):
    columns = (Column(name, 0), Column("b", 1, ("c", f"in {name}")))
    tree = random_tree(9, columns=columns, classes=(f"is {name}", "b"))
    return SurrogateTreeDisplay.from_predictions(tree)


def deconvolution(*shape):
    n, channels = shape[0], np.zeros((shape[0], 1), dtype=np.int64)
    return Deconvolution(np.ones(shape), np.ones(n), np.arange(n), channels, None)


OCCLUSION, DECONVOLUTION = OcclusionDisplay, DeconvolutionDisplay.from_deconvolution
# By the display, and what of it is named.
PICTURES = {
    ("CertifiedAccuracyDisplay", "legend"): lambda name: (
        CertifiedAccuracyDisplay.from_predictions([0], [0], [1.0], name=name)
    ),
    ("ComparisonDisplay", "models"): drawn_comparison,
    ("ConfusionTreeDisplay", "classes"): drawn_confusions,
    ("DeconvolutionDisplay", "columns"): lambda name: DECONVOLUTION(
        deconvolution(1, 2), feature_names=[name, "b"]
    ),
    ("DeconvolutionDisplay", "bars"): lambda name: DECONVOLUTION(
        deconvolution(1, 2), labels=[name]
    ),
    ("DeconvolutionDisplay", "images"): lambda name: DECONVOLUTION(
        deconvolution(1, 1, 2, 2), labels=[name]
    ),
    ("FidelityDisplay", "sizes"): lambda name: FidelityDisplay.from_predictions(
        [1, 2], [0.5, 0.9], name=name
    ),
    ("OcclusionDisplay", "groups"): lambda name: OCCLUSION(
        [[1.0, 2.0]], names=[name, "b"]
    ).plot(),
    ("OcclusionDisplay", "bars"): lambda name: OCCLUSION(
        [[1.0, 2.0]], labels=[name]
    ).plot(),
    ("OcclusionDisplay", "images"): lambda name: OCCLUSION(
        np.ones((1, 2, 2)), labels=[name]
    ).plot(),
    ("OcclusionDisplay", "unit"): lambda name: OCCLUSION([[1.0]], unit=name).plot(),
    ("OcclusionDisplay", "scale"): lambda name: OCCLUSION(
        np.ones((1, 2, 2)), unit=name
    ).plot(),
    ("PrototypesDisplay", "columns"): lambda name: PrototypesDisplay(
        np.eye(2), feature_names=[name, "b"]
    ).plot(),
    ("PrototypesDisplay", "labels"): lambda name: PrototypesDisplay(
        np.eye(2), labels=[name, "b"]
    ).plot(),
    ("PrototypesDisplay", "images"): lambda name: PrototypesDisplay(
        np.ones((1, 1, 2, 2)), labels=[name]
    ).plot(),
    ("RankingDisplay", "columns"): drawn_ranking,
    ("ReasoningDisplay", "classes"): drawn_reasoning,
    ("SurrogateTreeDisplay", "columns"): drawn_tree,
}
WITHOUT_NAMES = {"LabelNoiseDisplay"}


@pytest.mark.parametrize("name", ["$a_{$", r"$\frac$", r"\$1 to $2", "$x^2$"])
@pytest.mark.parametrize("draw", PICTURES.values(), ids=map(" ".join, PICTURES))
def test_names_are_no_formulas(draw, name):
    figure = draw(name).figure_

    figure.draw_without_rendering()

    texts = texts_of(figure)
    assert any(name in as_seen(text) for text in texts)
    assert not any(is_formula(text) for text in texts if "$" in text.get_text())


def as_seen(text):
    """What a text shows, where it is no formula."""
    return (
        text.get_text().replace(r"\$", "$")
        if text.get_parse_math()
        else (text.get_text())
    )


def is_formula(text):
    """Whether matplotlib takes a text for mathematics, of which dollars are pairs."""
    words = text.get_text()
    n_dollars = words.count("$") - words.count(r"\$")
    return text.get_parse_math() and n_dollars > 0 and n_dollars % 2 == 0


def test_every_display_is_drawn_or_shows_no_names():
    displays = {name for name in inspection.__all__ if name.endswith("Display")}

    assert displays == {name for name, _ in PICTURES} | WITHOUT_NAMES
