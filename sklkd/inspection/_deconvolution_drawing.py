"""How deconvolutions are drawn: parts of images beside their maps, bars of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._deconvolution_maps import windows
from sklkd.inspection._figure import grid
from sklkd.inspection._labels import FAINT, INK
from sklkd.inspection._occlusion_drawing import (
    draw_bars,
    draw_images,
    draw_maps,
)
from sklkd.inspection._reasoning_display import FOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACROSS = 3  # maps beside each other
LONG = 3.0  # sides of images; longer ones are drawn as if they were no longer
OUTSIDE = "#d9d9d9"  # of a row, where a receptive field goes beyond it
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Words:
    """What is written of maps.

    Attributes
    ----------
    titles : list of str
        Which unit each map is of.
    told : list of str
        How strong its activation is.
    scale : str
        What the numbers are that all maps share a scale of.
    """

    titles: list[str]
    told: list[str]
    scale: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """Maps, each beside its image or alone.

    Attributes
    ----------
    maps : ndarray of shape (n_maps, height, width)
        At least one.
    words : Words
        Of the maps.
    boxes : ndarray of shape (n_maps, 4)
        Receptive fields: top, left, bottom, right.
    images : ndarray of shape (n_maps, height, width[, 3]) or None
        None for maps alone.
    crop : bool
        Whether only receptive fields are shown.
    """

    maps: Floats
    words: Words
    boxes: Indices
    images: Floats | None
    crop: bool

    @property
    def panels(self) -> int:
        """How many axes each map has."""
        return 1 if self.images is None else 2

    @property
    def n_axes(self) -> int:
        """How many axes are needed."""
        return self.panels * len(self.maps)

    @property
    def n_columns(self) -> int:
        """How many axes are beside each other."""
        return self.panels * grid(len(self.maps), ACROSS)[1]

    def size(self) -> tuple[float, float]:
        """Width and height of a figure, in inches."""
        tall = 1.3 * min(max(self._steepness(), 1 / LONG), LONG)
        n_rows, _ = grid(len(self.maps), ACROSS)
        return 0.8 + 1.5 * self.n_columns, 0.1 + (tall + 0.25) * n_rows

    def draw(self, axes: Sequence[Axes], *, alone: bool) -> None:
        """Draw on `n_axes` axes, which are alone in their figure or not."""
        draw_maps(
            axes[self.panels - 1 :: self.panels], self.maps, axes, self.words.scale
        )
        if self.images is not None:
            draw_images(axes[::2], self.images)
        self._say(axes)
        views = self._views()
        for k, ax in enumerate(axes):
            window = None if views is None else views[k // self.panels]
            _look(ax, self.boxes[k // self.panels], window)
            if not 1 / LONG <= self._steepness() <= LONG:
                ax.set_aspect("auto")
            if alone and self.panels == 2:  # a pair stays together
                ax.set_anchor("W" if k % 2 else "E")

    def _views(self) -> Indices | None:
        """Windows that are shown, if not all: (n_maps, 4)."""
        return windows(self.boxes, self.maps.shape[1:]) if self.crop else None

    def _steepness(self) -> float:
        """Height over width of what is shown."""
        views, shape = self._views(), self.maps.shape[1:]
        height, width = shape if views is None else views[0, 2:] - views[0, :2]
        return float(height / width)

    def _say(self, axes: Sequence[Axes]) -> None:
        """Titles of images and of maps, or both of maps that stand alone."""
        pairs = zip(self.words.titles, self.words.told, strict=True)
        for k, (title, told) in enumerate(pairs):
            first, last = axes[self.panels * k], axes[self.panels * (k + 1) - 1]
            last.set_title(told, size=8, color=FAINT, pad=4)
            text = title if self.panels == 2 else f"{title}\n{told}"
            first.set_title(text, size=8, color=INK, pad=4, parse_math=False)


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of the same columns for each vector, on one scale.

    Attributes
    ----------
    maps : ndarray of shape (n_maps, n_columns)
        At least one.
    words : Words
        Of the maps.
    names : list of str
        Of the columns.
    n_features : int or None
        How many columns have a bar, those whose mean absolute value is largest; None
        for all.
    """

    maps: Floats
    words: Words
    names: list[str]
    n_features: int | None

    @property
    def n_axes(self) -> int:
        """How many axes are needed."""
        return len(self.maps)

    @property
    def n_columns(self) -> int:
        """How many axes are beside each other."""
        return grid(len(self.maps), ACROSS)[1]

    def size(self) -> tuple[float, float]:
        """Width and height of a figure, in inches."""
        n_rows, n_columns = grid(len(self.maps), ACROSS)
        n_bars = len(self._picked())
        return 1.5 + 2.2 * n_columns, 0.4 + (0.6 + 0.22 * n_bars) * n_rows

    def draw(self, axes: Sequence[Axes], *, alone: bool) -> None:
        """Draw on `n_axes` axes; alone in their figure they share names and scale."""
        picked = self._picked()
        shown = self.maps[:, picked]
        limit = 1.08 * (float(np.abs(shown).max()) or 1.0)
        words = zip(self.words.titles, self.words.told, strict=True)
        for k, (ax, told) in enumerate(zip(axes, words, strict=True)):
            named = not alone or k % self.n_columns == 0
            draw_bars(ax, [self.names[j] if named else "" for j in picked], shown[[k]])
            ax.locator_params(axis="x", nbins=4)
            ax.tick_params(labelsize=8)
            title: dict[str, Any] = {"loc": "left", "size": 8, "color": INK}
            ax.set_title(", ".join(told), parse_math=False, **title)
            ax.set_xlim(-limit, limit)
        n_others = self.maps.shape[1] - len(picked)
        hidden = f", {n_others} smaller columns not shown" if n_others else ""
        figure: Any = axes[0].figure
        for say in [figure.supxlabel] if alone else [ax.set_xlabel for ax in axes]:
            say(f"{self.words.scale}{hidden}", size=9, color=INK)

    def _picked(self) -> Indices:
        """Columns that have a bar, the largest first."""
        means = np.abs(self.maps).mean(axis=0)
        return np.argsort(-means, kind="stable")[: self.n_features]


def _look(ax: Axes, box: Indices, window: Indices | None) -> None:
    """Show a window of an image, grey outside of it; or all, and a frame."""
    if window is not None:
        top, left, bottom, right = window - 0.5
        ax.set(xlim=(left, right), ylim=(bottom, top), facecolor=OUTSIDE)
        return
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    corners = np.array([top, left, bottom, right]) + 0.5
    if (box != corners).any():
        top, left, bottom, right = box - 0.5
        x, y = [left, right, right, left, left], [top, top, bottom, bottom, top]
        ax.plot(x, y, color=FOR, linewidth=1.8, clip_on=False)
