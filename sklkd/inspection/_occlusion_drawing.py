"""How occlusions are drawn: images, maps on one scale, and bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._figure import quiet
from sklkd.inspection._labels import FAINT, INK
from sklkd.inspection._reasoning_display import AGAINST, FOR
from sklkd.inspection._tensors import untensored

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SPREAD = (10, 90)  # percentiles of rows between which a bar's line goes
Floats = NDArray[np.float64]


def as_pictures(X: Any, image_shape: tuple[int, ...] | None) -> Floats:
    """Rows as they are looked at: (n, ...) -> (n, height, width[, 3]).

    Of two channels, or more than three, it is the mean.
    """
    dense = X.toarray() if hasattr(X, "tocsr") else untensored(X)
    rows = np.asarray(dense, dtype=np.float64)
    if image_shape is not None:
        rows = rows.reshape(len(rows), *image_shape)
    elif rows.ndim == 4:
        rows = np.moveaxis(rows, 1, -1)
    if rows.ndim == 3 or rows.shape[-1] == 3:
        return rows
    mean: Floats = rows.mean(axis=-1)
    return mean


def fitting_images(who: str, images: Any, shape: tuple[int, ...]) -> Floats:
    """Images as they were passed, if there is one for each map: -> (n, h, w[, 3]).

    Raises
    ------
    ValueError
        If they have another shape than maps of (n, h, w).
    """
    found = np.asarray(untensored(images), dtype=np.float64)
    if found.shape[:3] != shape or found.shape[3:] not in ((), (3,)):
        raise ValueError(
            f"{who}: images must have the shape {shape}, and 3 colours as a last axis "
            f"if any, got {found.shape}."
        )
    return found


def one_each(who: str, what: str, texts: Any, n: int) -> list[str]:
    """What the user wrote of each of n; nothing where it is None.

    Raises
    ------
    ValueError
        If there are more or fewer.
    """
    if texts is None:
        return []
    listed = [str(text) for text in texts]
    if len(listed) != n:
        raise ValueError(f"{who}: {what} must be {n}, got {len(listed)}.")
    return listed


def draw_images(axes: Sequence[Axes], images: Floats) -> None:
    """Images on one scale, white the lowest value of all."""
    low, high = float(np.nanmin(images)), float(np.nanmax(images))
    if images.ndim == 4:  # colours are drawn as shares
        images = (images - low) / ((high - low) or 1.0)
    for ax, image in zip(axes, images, strict=True):
        ax.imshow(image, cmap="Greys", vmin=low, vmax=high)
        _bare(ax)


def draw_maps(
    axes: Sequence[Axes], maps: Floats, every: Sequence[Axes], what: str
) -> None:
    """Maps on one scale, which is as long to either side."""
    # From brown over white to purple: told apart by the colour-blind, and dark alike.
    limit = float(np.nanmax(np.abs(maps))) or 1.0
    style: dict[str, Any] = {"cmap": "PuOr", "vmin": -limit, "vmax": limit}
    for ax, effects in zip(axes, maps, strict=True):
        mesh = ax.imshow(effects, **style)
        _bare(ax)
    bar: Any = axes[0].figure.colorbar(mesh, ax=list(every), aspect=25, pad=0.02)
    bar.set_label(what, size=8, color=FAINT, parse_math=False)
    bar.ax.tick_params(labelsize=8, length=2)
    bar.outline.set_visible(False)


def _bare(ax: Axes) -> None:
    """No ticks, and a faint frame."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_color("#cccccc")


def draw_bars(ax: Axes, names: Sequence[str], effects: Floats) -> None:
    """Mean effects, and of several rows the percentiles: (n, m)."""
    means, places = effects.mean(axis=0), np.arange(effects.shape[1])
    colours = [FOR if value >= 0 else AGAINST for value in means]
    ax.barh(places, means, color=colours, height=0.7)
    if len(effects) > 1:
        low, high = np.percentile(effects, SPREAD, axis=0)
        ax.hlines(places, low, high, color=INK, linewidth=1.0)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_yticks(places, names, parse_math=False)
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.margins(x=0.08)
    ax.locator_params(axis="x", nbins=6)
    quiet(ax)
    ax.grid(False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
