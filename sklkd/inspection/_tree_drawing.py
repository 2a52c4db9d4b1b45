"""A laid out tree on its axes: colours of classes, frames, bars, and what is on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sklkd.inspection._fitting_text import width_of
from sklkd.inspection._labels import FAINT, INK
from sklkd.inspection._tree_layout import BAR, LINE, PAD, SIZE, Frame, Layout, Leaf, Way
from sklkd.inspection._tree_words import name_of, note_on
from sklkd.readable import ReadableTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, which the colour-blind tell apart: plain, and then with lines
# and dots in them. Classes beyond share a black, and leaves name the likeliest anyway.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
HATCHES = ("", "////", "....", "xxxx")
TOLD_APART = len(COLOURS) * len(HATCHES)
GREY, PALE, OTHERS = "#9a9a9a", "#cfcfcf", "#333333"
QUESTION = 4  # what is written in frames is above all
ROW = 13.5  # points from a line on top to the next
LOOSEST = 2.0  # of usual distances from above to below, where there is room
BELOW = 6.0  # points from what is on top to the tree
KEY = 3.9  # of the type's size: what a colour takes beside its name in the legend
LEGEND: dict[str, Any] = {
    "loc": "upper left",
    "frameon": False,
    "borderpad": 0.0,
    "borderaxespad": 0.0,
    "handlelength": 1.7,
    "handletextpad": 0.6,
    "columnspacing": 1.6,
    "labelspacing": 0.45,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A tree, where its parts are, and what stands on top of it.

    Attributes
    ----------
    tree : ReadableTree
        What is drawn.
    layout : Layout
        Where, in points.
    """

    tree: ReadableTree
    layout: Layout

    @property
    def width(self) -> float:
        """Points that it takes from left to right."""
        notes = [width_of(note, SIZE) for note in self._notes()]
        return max([self.layout.width, self._widest(), *notes]) + 2

    @property
    def height(self) -> float:
        """Points that it takes from above to below."""
        return self._above() + self.layout.height

    def draw(self, ax: Axes, room: tuple[float, float]) -> None:
        """Draw on axes that are some points wide and high, smaller if it must be."""
        scale = self.scale(room)
        ax.set_xlim(0, room[0] / scale)
        ax.set_ylim(room[1] / scale, 0)
        spare = (room[1] / scale - self._above()) / self.layout.height
        brush = _Brush(ax, scale, self._above(), min(max(spare, 1.0), LOOSEST))
        self._head(brush)
        for way in self.layout.ways:
            brush.way(way)
        for frame in self.layout.frames:
            brush.frame(frame)
        for leaf in self.layout.leaves:
            self._leaf(brush, leaf)

    def scale(self, room: tuple[float, float]) -> float:
        """How large it is drawn on axes of some points, at most 1."""
        return min(1.0, room[0] / self.width, room[1] / self.height)

    # --- On top -----------------------------------------------------------------------

    def _names(self) -> list[str]:
        """What the legend says: the classes, as far as they have looks of their own."""
        if self.tree.classes is None:
            return []
        n_classes = len(self.tree.targets)
        names = [name_of(self.tree, k) for k in range(min(n_classes, TOLD_APART))]
        beyond = n_classes - len(names)
        return [*names, f"{beyond} others"] if beyond else names

    def _widest(self) -> float:
        """Points that an entry of the legend takes."""
        widths = [width_of(name, SIZE) for name in self._names()]
        return max(widths) + KEY * SIZE if widths else 0.0

    def _columns(self) -> int:
        return max(int(self.width / self._widest()), 1)

    def _notes(self) -> list[str]:
        """What is said besides: what is left out, and what dots mean."""
        notes = [note_on(self.tree, len(self.layout.leaves))]
        if self.tree.classes is None and len(self.tree.targets) == 1:
            low, high = self._ends()
            dots = f"Dots: the value, from {low:.4g} to {high:.4g}"
            notes.append(dots if low < high else None)
        return [note for note in notes if note is not None]

    def _above(self) -> float:
        """Points that the legend and the notes take."""
        names = self._names()
        n_rows = len(self._notes()) + (
            -(-len(names) // self._columns()) if names else 0
        )
        return ROW * n_rows + BELOW if n_rows else 0.0

    def _head(self, brush: _Brush) -> None:
        names, top = self._names(), 0.0
        if names:
            brush.legend(names, self._columns())
            top = ROW * -(-len(names) // self._columns())
        for note in self._notes():
            brush.text(note, 0.0, top + ROW / 2, FAINT)
            top += ROW

    # --- Leaves -----------------------------------------------------------------------

    def _leaf(self, brush: _Brush, leaf: Leaf) -> None:
        """What a leaf says, as a bar or a dot, and in words."""
        value = self.tree.nodes[leaf.position].value
        if self.tree.classes is not None:
            brush.bar(leaf, value)
        elif len(value) == 1:
            low, high = self._ends()
            brush.dot(leaf, (value[0] - low) / (high - low) if high > low else 0.5)
        brush.words(leaf)

    def _ends(self) -> tuple[float, float]:
        """The least and the largest value of all leaves, drawn or not."""
        said = [node.value[0] for node in self.tree.nodes if node.test is None]
        return min(said), max(said)


@dataclass(frozen=True, slots=True)
class _Brush:
    """Axes whose unit is a point, or less.

    Attributes
    ----------
    ax : Axes
        Where it draws.
    scale : float
        Points of a unit, at most 1.
    down : float
        Where the tree begins.
    loose : float
        How much further apart than usual things are from above to below.
    """

    ax: Axes
    scale: float
    down: float
    loose: float

    def y(self, y: float) -> float:
        """Where a height of the layout is on the axes."""
        return self.down + self.loose * y

    def text(self, text: str, x: float, y: float, color: str, **style: Any) -> None:
        """A line of text from its left end on, around its middle."""
        self.ax.text(
            x,
            y,
            text,
            size=SIZE * self.scale,
            color=color,
            va="center_baseline",
            parse_math=False,
            **style,
        )

    def way(self, way: Way) -> None:
        """A line as thick as many rows go along it."""
        x, y = [x for x, _ in way.points], [self.y(y) for _, y in way.points]
        width = (0.8 + 4.2 * way.share) * self.scale
        self.ax.plot(x, y, color=GREY, lw=width, zorder=1)
        if way.word:
            self.text(way.word, x[-2] + 4, y[-1] - 2 - SIZE / 2, FAINT)

    def frame(self, frame: Frame) -> None:
        """A question in its frame."""
        from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415

        middle = self.y(frame.y)
        corner = (frame.x, middle - frame.height / 2)
        colours: dict[str, Any] = {"facecolor": "white", "edgecolor": GREY, "zorder": 2}
        style = "round,pad=0,rounding_size=3"
        patch = FancyBboxPatch(corner, frame.width, frame.height, style, **colours)
        self.ax.add_patch(patch).set_linewidth(0.9 * self.scale)
        first = middle - LINE * (len(frame.lines) - 1) / 2
        for k, line in enumerate(frame.lines):
            self.text(line, frame.x + PAD, first + LINE * k, INK, zorder=QUESTION)

    def bar(self, leaf: Leaf, shares: tuple[float, ...]) -> None:
        """A part for each class."""
        widths = BAR[0] * np.array(shares)
        looks = [look(k) for k in range(len(shares))]
        self.ax.barh(
            self.y(leaf.y),
            widths,
            BAR[1],
            left=leaf.x + np.cumsum(widths) - widths,
            color=[colour for colour, _ in looks],
            hatch=[hatch for _, hatch in looks],
            edgecolor="white",
            linewidth=0.6 * self.scale,
            zorder=2,
        )

    def dot(self, leaf: Leaf, at: float) -> None:
        """A place between the ends of a line."""
        y = self.y(leaf.y)
        width = BAR[0] - 2 * PAD
        line: dict[str, Any] = {"color": PALE, "lw": 0.8 * self.scale, "zorder": 1}
        self.ax.plot([leaf.x + PAD, leaf.x + PAD + width], [y, y], **line)
        dot: dict[str, Any] = {"color": COLOURS[0], "ms": 7 * self.scale, "zorder": 2}
        self.ax.plot([leaf.x + PAD + width * at], [y], "o", **dot)

    def words(self, leaf: Leaf) -> None:
        """What stands beside a bar; the rows in the last line are of less weight."""
        last = len(leaf.lines) - 1
        first = self.y(leaf.y) - LINE * last / 2
        for k, line in enumerate(leaf.lines):
            self.text(line, leaf.text_x, first + LINE * k, FAINT if k == last else INK)

    def legend(self, names: list[str], n_columns: int) -> None:
        """The looks of classes, in the upper left corner."""
        from matplotlib.patches import Patch  # noqa: PLC0415 - matplotlib is optional

        style: dict[str, Any] = {"edgecolor": "white", "linewidth": 0}
        keys = [
            Patch(facecolor=colour, hatch=hatch, **style)
            for colour, hatch in map(look, range(len(names)))
        ]
        legend = self.ax.legend(
            keys,
            ["" for _ in names],
            ncols=n_columns,
            fontsize=SIZE * self.scale,
            bbox_to_anchor=(0, 0),
            bbox_transform=self.ax.transData,
            **LEGEND,
        )
        for text, name in zip(legend.get_texts(), names, strict=True):
            text.set(text=name, parse_math=False, color=INK)


def look(k: int) -> tuple[str, str]:
    """Colour and pattern of a class."""
    if k >= TOLD_APART:
        return OTHERS, ""
    return COLOURS[k % len(COLOURS)], HATCHES[k // len(COLOURS)]
