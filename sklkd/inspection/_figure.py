"""Axes to draw on: those that the user passes, or new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def new_axes(
    who: str, n_axes: int, size: tuple[float, float], *, n_columns: int | None = None
) -> list[Axes]:
    """Axes beside each other in a new figure.

    Parameters
    ----------
    who : str
        What draws; errors start with it.
    n_axes : int
        How many, at least 1.
    size : (float, float)
        Width and height of the figure, in inches.
    n_columns : int, default=None
        How many are beside each other before there is another row; None is all.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt  # noqa: PLC0415 - matplotlib is optional
    except ImportError as error:
        raise ImportError(
            f"{who}: a plot needs matplotlib, which is not installed. Install it with: "
            "pip install sklkd[plot]"
        ) from error
    columns = n_columns or n_axes
    figure, grid = plt.subplots(
        -(-n_axes // columns),
        columns,
        figsize=size,
        layout="constrained",
        squeeze=False,
    )
    axes: list[Any] = list(grid.ravel())
    for spare in axes[n_axes:]:
        figure.delaxes(spare)
    return axes[:n_axes]


def axes_for(
    who: str, ax: Any, n_axes: int, size: tuple[float, float], **grid: Any
) -> list[Axes]:
    """Axes to draw on: those that the user passed, or new ones.

    Parameters
    ----------
    who : str
        What draws; errors start with it.
    ax : Axes or sequence of them, or None
        As the user passed them; None makes a figure.
    n_axes : int
        How many are needed, at least 1.
    size, **grid
        As for `new_axes`.

    Raises
    ------
    ImportError
        If matplotlib is needed and not installed.
    ValueError
        If there are too few.
    """
    if ax is None:
        return new_axes(who, n_axes, size, **grid)
    axes = list(np.ravel(np.asarray(ax, dtype=object)))
    if len(axes) < n_axes:
        raise ValueError(
            f"{who}: ax must be at least {n_axes} axes, got {len(axes)}. Pass "
            f"plt.subplots(1, {n_axes}, squeeze=False)[1], or None."
        )
    return axes[:n_axes]


def grid(n_axes: int, most: int) -> tuple[int, int]:
    """Rows and columns, of which there are at most `most`, as even as they can be."""
    n_rows = -(-n_axes // most)
    return n_rows, -(-n_axes // n_rows)


def quiet(ax: Axes) -> None:
    """Draw few lines, and those behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#000000", alpha=0.08, linewidth=0.8)
    ax.set_axisbelow(True)


def legend_above(ax: Axes) -> None:
    """Say what is drawn above the axes, where it covers nothing."""
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0)}
    ax.legend(ncols=2, frameon=False, borderaxespad=0.2, columnspacing=1.4, **place)
