"""A table of archetypes: what is in its cells, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._labels import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_COLOUR = 2.0  # standard deviations; what is further away looks no stronger
Floats = NDArray[np.float64]


def most_different(deviations: Floats, n_features: int | None) -> NDArray[np.int64]:
    """Columns in which rows differ most, as they come in the data: (P, p) -> (m,)."""
    spread = np.ptp(deviations, axis=0)
    return np.sort(np.argsort(-spread, kind="stable")[:n_features])


def told(value: float) -> str:
    """A number in three digits, or in all before the point of a few more."""
    return f"{value:.0f}" if 999.5 <= abs(value) < 1e6 else f"{value:.3g}"


def draw_table(
    ax: Axes,
    labels: Sequence[str],
    names: Sequence[str],
    values: Floats,
    deviations: Floats,
) -> None:
    """A coloured cell for each feature and prototype."""
    # From brown over white to purple: told apart by the colour-blind, and dark alike.
    style: dict[str, Any] = {"cmap": "PuOr", "vmin": -MOST_COLOUR, "vmax": MOST_COLOUR}
    mesh = ax.imshow(deviations, aspect="auto", **style)
    for (row, column), value in np.ndenumerate(values):
        strong = abs(deviations[row, column]) > 0.6 * MOST_COLOUR
        colour = "#ffffff" if strong else INK
        place: dict[str, Any] = {"ha": "center", "va": "center", "size": 8}
        ax.text(column, row, told(value), color=colour, **place)
    ax.set_xticks(range(len(labels)), labels, parse_math=False)
    ax.set_yticks(range(len(names)), names, parse_math=False)
    ax.tick_params(length=0, labelsize=8.5, top=False, labeltop=True, labelbottom=False)
    ax.spines[:].set_visible(False)
    if deviations.any():
        bar: Any = ax.figure.colorbar(mesh, ax=ax, extend="both", aspect=30, pad=0.02)
        bar.set_label("standard deviations from the mean", size=8, color=FAINT)
        bar.ax.tick_params(labelsize=8, length=2)
        bar.outline.set_visible(False)
