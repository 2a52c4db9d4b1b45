"""Axes to draw on, where the user passes none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def new_axes(who: str, n_axes: int, size: tuple[float, float]) -> list[Axes]:
    """Axes beside each other in a new figure.

    Parameters
    ----------
    who : str
        What draws; errors start with it.
    n_axes : int
        How many, at least 1.
    size : (float, float)
        Width and height of the figure, in inches.

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
    axes: Any = plt.subplots(
        1, n_axes, figsize=size, layout="constrained", squeeze=False
    )[1]
    return list(axes[0])


def quiet(ax: Axes) -> None:
    """Draw few lines, and those behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#000000", alpha=0.08, linewidth=0.8)
    ax.set_axisbelow(True)


def legend_above(ax: Axes) -> None:
    """Say what is drawn above the axes, where it covers nothing."""
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0)}
    ax.legend(ncols=2, frameon=False, borderaxespad=0.2, columnspacing=1.4, **place)
