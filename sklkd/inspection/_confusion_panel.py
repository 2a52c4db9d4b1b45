"""One confusion matrix on its axes: cells, numbers in them, and two indented trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._class_tree import Label, Line, label_text
from sklkd.inspection._labels import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

CELL, MATRIX = 0.36, 11.0  # inches across in a figure of our own: a cell, and all
INDENT = 9.0  # points by which a level of the tree is further in
SIZE = 8.5  # points of a label's type
SMALLEST = (
    5.0  # points of a number's type; where it does not fit in that, it is left out
)
LONGEST = 32  # characters of a label
EMPTY = "#f3f3f3"

# Lightness falls along both, and one is blue and one is orange: told apart by the
# colour-blind, and in print without colours.
WRONG = ("#fdebdc", "#f4a261", "#D55E00", "#7f3300")
RIGHT = ("#e1eef7", "#a9cfe8")
UNITS = {
    "true": "% of the actual class",
    "pred": "% of the predicted class",
    "all": "% of all",
}


@dataclass(frozen=True)
class Panel:
    """What is drawn of one output.

    Attributes
    ----------
    title : str
        The output's name, or nothing.
    conditions : tuple of str
        What it is conditioned on.
    accuracy : float
        Of all classes, shown or not.
    n_classes : int
        How many there are.
    classes : tuple
        Those that are shown, in order.
    lines : list of Line
        Their indented tree.
    matrix : ndarray of shape (n_shown, n_shown)
        Weights, or shares in [0, 1].
    normalize : {"true", "pred", "all"} or None
        What sums to 1.
    """

    title: str
    conditions: tuple[str, ...]
    accuracy: float
    n_classes: int
    classes: tuple[Label, ...]
    lines: list[Line]
    matrix: NDArray[Any]
    normalize: str | None

    def size(self) -> tuple[float, float]:
        """Width and height in inches at which cells have their usual size."""
        matrix = min(max(len(self.lines), 4) * CELL, MATRIX)
        tree = (self._extent() + 3.6 * SIZE) / 72
        return matrix + tree + 1.1, matrix + tree + 0.35 * (2 + bool(self.conditions))

    def draw(self, ax: Axes, *, colorbar: bool) -> None:
        """Draw it all on axes."""
        n_lines = len(self.lines)
        ax.set(xlim=(0, n_lines), ylim=(n_lines, 0), aspect="equal")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(False)
        self._title(ax)
        _draw_tree(ax, self.lines, self._extent())
        errors = self._draw_cells(ax)
        if colorbar and errors is not None:
            bar = ax.figure.colorbar(errors, ax=ax, shrink=0.6, aspect=22, pad=0.03)
            ticks: Any = bar.ax.yaxis.get_major_locator()
            ticks.set_params(integer=self._unit() == "rows")
            bar.set_label(f"errors [{self._unit()}]", size=SIZE, color=INK)
            bar.ax.tick_params(labelsize=SIZE - 1, length=2)
            bar.outline.set_visible(False)
        self._write_numbers(ax)

    def _extent(self) -> float:
        """Points from the start of the tree to the matrix."""
        ends = (INDENT * line.depth + _width(_words(line), line) for line in self.lines)
        return max(ends, default=0.0) + 5

    def _unit(self) -> str:
        """What a number counts; whole weights are repeated rows."""
        if self.normalize:
            return UNITS[self.normalize]
        return "rows" if self.matrix.dtype.kind == "i" else "weight"

    def _spread(self) -> tuple[Floats, NDArray[np.bool_]]:
        """Numbers on the lines of both trees, and where there is a cell: (l, l)."""
        at = [k for k, line in enumerate(self.lines) if not line.is_open]
        n_lines = len(self.lines)
        values = np.zeros((n_lines, n_lines))
        values[np.ix_(at, at)] = self.matrix * (100 if self.normalize else 1)
        is_cell = np.zeros((n_lines, n_lines), dtype=bool)
        is_cell[np.ix_(at, at)] = True
        return values, is_cell

    def _draw_cells(self, ax: Axes) -> Any:
        """Draw nothing, right and wrong, each with colours of its own."""
        values, is_cell = self._spread()
        right = np.eye(len(values), dtype=bool) & is_cell
        wrong = is_cell & ~right & (values > 0)
        style: dict[str, Any] = {"edgecolors": "white", "linewidth": 1.0}
        _mesh(ax, np.zeros_like(values), is_cell, (EMPTY, EMPTY), **style)
        _mesh(ax, values, right, RIGHT, **style)
        return _mesh(ax, values, wrong, WRONG, **style) if wrong.any() else None

    def _write_numbers(self, ax: Axes) -> None:
        """Write what is not 0, where the longest of all fits into a cell."""
        values, is_cell = self._spread()
        texts = {
            (row, column): number_text(values[row, column], self.normalize is not None)
            for row, column in np.argwhere(is_cell & (values > 0)).tolist()
        }
        size = _fitting_size(ax, list(texts.values()))
        if size < SMALLEST:
            return
        largest = max((v for (r, c), v in np.ndenumerate(values) if r != c), default=0)
        for (row, column), text in texts.items():
            dark = row != column and values[row, column] > 0.55 * largest
            ax.text(
                column + 0.5,
                row + 0.5,
                text,
                size=size,
                color="white" if dark else INK,
                ha="center",
                va="center",
            )

    def _title(self, ax: Axes) -> None:
        """The name, accuracy and conditions, above the tree of predicted classes."""
        extent = self._extent()
        share = f"{100 * self.accuracy:.1f} % right"
        told = "no rows" if np.isnan(self.accuracy) else share
        first = plain_text(f"{self.title}: {told}" if self.title else told)
        given = f"where {' and '.join(self.conditions)}" if self.conditions else ""
        hidden = self.n_classes - len(self.classes)
        part = f"the {len(self.classes)} most confused of {self.n_classes} classes"
        below = [text for text in (plain_text(given), part if hidden else "") if text]
        start = extent + 3 * SIZE
        corner: dict[str, Any] = {"xycoords": "axes fraction"}
        corner |= {"textcoords": "offset points", "ha": "left", "va": "bottom"}
        for k, text in enumerate([*below[::-1], first]):
            is_first = k == len(below)
            ax.annotate(
                text,
                (0, 1),
                (-start, start + 1.5 * SIZE * k),
                size=SIZE + 1 if is_first else SIZE,
                color=INK if is_first else FAINT,
                weight="bold" if is_first else "normal",
                **corner,
            )
        for words, place, turn in (
            ("actual", (0, 0.5), 90),
            ("predicted", (0.5, 1), 0),
        ):
            away = extent + 1.4 * SIZE
            ax.annotate(
                words,
                place,
                (-away, 0) if turn else (0, away),
                xycoords="axes fraction",
                textcoords="offset points",
                rotation=turn,
                ha="center",
                va="center",
                size=SIZE,
                color=FAINT,
            )


def _mesh(
    ax: Axes,
    values: Floats,
    where: NDArray[np.bool_],
    colours: tuple[str, ...],
    **style: Any,
) -> Any:
    """Squares of one family of colours, from 0 to the largest value."""
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    top = float(values[where].max(initial=0)) or 1.0
    palette = LinearSegmentedColormap.from_list("", list(colours))
    shown = np.ma.masked_array(values, ~where)
    return ax.pcolormesh(shown, cmap=palette, vmin=0, vmax=top, **style)


def _draw_tree(ax: Axes, lines: list[Line], extent: float) -> None:
    """The indented tree twice: to the left, and above, turned by a quarter."""
    from matplotlib.transforms import offset_copy  # noqa: PLC0415

    for k, line in enumerate(lines):
        start = extent - INDENT * line.depth
        style: dict[str, Any] = {"size": SIZE, "textcoords": "offset points"}
        style |= {"color": INK, "weight": "bold" if line.is_open else "normal"}
        left = (("axes fraction", "data"), (0, k + 0.5), (-start, 0), 0)
        above = (("data", "axes fraction"), (k + 0.5, 1), (0, extent - start + 5), 90)
        for coords, place, offset, turn in (left, above):
            ax.annotate(
                _words(line),
                place,
                offset,
                xycoords=coords,
                rotation=turn,
                ha="center" if turn else "left",
                va="bottom" if turn else "center",
                **style,
            )
    for first, last, depth in _spans(lines):
        away = extent - INDENT * depth - 3
        for base, x, y, shift in (
            (ax.get_yaxis_transform(), (0, 0), (first, last), (-away, 0)),
            (ax.get_xaxis_transform(), (first, last), (1, 1), (0, INDENT * depth + 8)),
        ):
            figure: Any = ax.figure
            moved = offset_copy(base, figure, x=shift[0], y=shift[1], units="points")
            ax.plot(x, y, color="#bbbbbb", lw=0.9, clip_on=False, transform=moved)


def _spans(lines: list[Line]) -> list[tuple[float, float, int]]:
    """From where to where the children of each open group reach, and its depth."""
    spans = []
    for k, line in enumerate(lines):
        if not line.is_open:
            continue
        after = [j for j in range(k + 1, len(lines)) if lines[j].depth <= line.depth]
        spans.append((k + 1.0, float(min(after, default=len(lines))), line.depth))
    return spans


def _words(line: Line) -> str:
    """A line of the tree; of a nested label only what is new below its parent."""
    name = line.name
    last = name[-1] if isinstance(name, tuple) and line.depth else name
    size = f" ({line.n_labels})" if line.n_labels > 1 else ""
    text = " ".join(label_text(last).split())
    shortened = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return plain_text(f"{shortened}{size}")


def plain_text(text: str) -> str:
    """Text in which dollars are no mathematics to matplotlib."""
    return text.replace("$", r"\$")


def _width(text: str, line: Line) -> float:
    """Points that a label is wide."""
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415
    from matplotlib.textpath import TextPath  # noqa: PLC0415

    if not text.strip():
        return 0.0
    font = FontProperties(weight="bold" if line.is_open else "normal")
    return float(TextPath((0, 0), text, size=SIZE, prop=font).get_extents().x1)


def number_text(value: float, is_percent: bool) -> str:
    """A number in about four characters: "12", "1234", "0.25"; "0.4" and "12" of 100.

    A share that is neither 0 nor 100 % is never written as if it were.
    """
    if not is_percent:
        return f"{value:.0f}" if float(value).is_integer() else f"{value:.3g}"
    if value < 9.95:
        return "<0.1" if value < 0.05 else f"{value:.1f}"
    return ">99" if 99.5 <= value < 100 - 1e-9 else f"{value:.0f}"


def _fitting_size(ax: Axes, texts: list[str]) -> float:
    """Points of type in which the longest of some texts fits into a cell."""
    ax.figure.canvas.figure.draw_without_rendering()  # lays out: positions are final
    corners = ax.transData.transform([(0, 0), (1, 0)]) * 72 / ax.figure.dpi
    across = float(corners[1, 0] - corners[0, 0])
    longest = max(map(len, texts), default=1)
    return min(SIZE, 0.5 * across, 0.88 * across / (0.62 * max(longest, 1)))
