"""A tree of tests, drawn from left to right."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sklkd.inspection._figure import new_axes
from sklkd.inspection._labels import FAINT, INK
from sklkd.inspection._within import find_within
from sklkd.readable import ReadableTree, question

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "SurrogateTreeDisplay"
# Okabe and Ito's colours, which the colour-blind tell apart, and then shades of grey.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
GREY = "#9a9a9a"
BAR = 0.62  # height of a leaf's bar, in leaves
STEP = 3.4  # inches from a test to the next
BEND = 0.62  # where its line parts, in steps


@dataclass(slots=True)
class Spot:
    """Where a node is drawn."""

    position: int
    depth: int
    height: float
    children: list[Spot] = field(default_factory=list)
    is_cut: bool = False


class SurrogateTreeDisplay:
    """A tree of tests, read from left to right, with what its leaves say.

    A test has a line upwards for yes and one downwards for no. The bar of a leaf shows
    the probabilities of the classes, or the value, and beside it the share of the rows.
    Of a tree with too many leaves the top is drawn, and it says so. Make one with
    `from_estimator` or `from_predictions`.

    Parameters
    ----------
    tree : ReadableTree
        What is drawn.
    max_leaves : int, default=24
        At most so many leaves are drawn: the nodes of the largest share are opened
        first.

    Attributes
    ----------
    n_hidden_ : int
        How many leaves are not drawn, once drawn.
    axes_ : matplotlib.axes.Axes
        The axes, once drawn.
    figure_ : matplotlib.figure.Figure
        The figure, once drawn.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklkd import SurrogateClassifier
    >>> from sklkd.inspection import SurrogateTreeDisplay
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> forest = RandomForestClassifier(20, random_state=0)
    >>> explained = SurrogateClassifier(forest, random_state=0).fit(X, y)
    >>> display = SurrogateTreeDisplay.from_estimator(explained, max_leaves=4)
    >>> display.n_hidden_ == explained.surrogate_.complexity - 4
    True
    """

    def __init__(self, tree: ReadableTree, *, max_leaves: int = 24) -> None:
        self.tree = tree
        self.max_leaves = max_leaves

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, max_leaves: int = 24, ax: Axes | None = None
    ) -> Self:
        """Draw the tree of a fitted surrogate.

        Parameters
        ----------
        estimator : estimator
            A fitted one whose ``surrogate_`` is a tree or a list of rules, or a search
            around it.
        max_leaves : int, default=24
            As for the class.
        ax
            As for `plot`.

        Returns
        -------
        SurrogateTreeDisplay

        Raises
        ------
        TypeError
            If its surrogate is no tree.
        """
        example = "a fitted SurrogateClassifier"
        inner = find_within(WHO, estimator, ("surrogate_",), example)
        return cls.from_predictions(inner.surrogate_, max_leaves=max_leaves, ax=ax)

    @classmethod
    def from_predictions(
        cls, tree: ReadableTree, *, max_leaves: int = 24, ax: Axes | None = None
    ) -> Self:
        """Draw a tree that there is already; all are as for the class and `plot`."""
        return cls(tree, max_leaves=max_leaves).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where; None makes a figure, as large as the tree wants.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError, ValueError
            If there is no tree, or `max_leaves` is below 2.
        """
        if not isinstance(self.tree, ReadableTree):
            raise TypeError(
                f"{WHO}: tree must be a ReadableTree, as surrogate_ of a tree or list "
                f"of rules is, got {type(self.tree).__name__}."
            )
        if self.max_leaves < 2:
            raise ValueError(
                f"{WHO}: max_leaves must be at least 2, got {self.max_leaves!r}."
            )
        root, n_leaves = self._laid_out()
        self.n_hidden_ = self.tree.complexity - n_leaves
        depth = _depth(root)
        if ax is None:
            size = (STEP * (depth + 0.75), 0.9 + 0.42 * n_leaves)
            ax = new_axes(WHO, 1, size)[0]
        self.axes_ = ax
        self.figure_: Figure = ax.figure  # type: ignore[assignment]
        ax.set_axis_off()
        ax.set_xlim(-0.05, depth + 0.75)
        ax.set_ylim(n_leaves - 0.35, -1.1)
        self._draw(root)
        self._legend()
        return self

    def _laid_out(self) -> tuple[Spot, int]:
        """Where nodes are drawn: the largest ones are opened until there are enough."""
        nodes = self.tree.nodes
        opened: set[int] = set()
        border = [0]
        while True:
            inner = [at for at in border if nodes[at].test is not None]
            if not inner or len(border) >= self.max_leaves:
                break
            largest = max(inner, key=lambda at: (nodes[at].share, -at))
            opened.add(largest)
            border.remove(largest)
            border += [nodes[largest].yes, nodes[largest].no]
        place = iter(range(len(border)))

        def spot(at: int, depth: int) -> Spot:
            if at not in opened:
                is_cut = nodes[at].test is not None
                return Spot(at, depth, float(next(place)), is_cut=is_cut)
            both = [spot(child, depth + 1) for child in (nodes[at].yes, nodes[at].no)]
            height = float(np.mean([one.height for one in both]))
            return Spot(at, depth, height, both)

        return spot(0, 0), len(border)

    def _draw(self, spot: Spot) -> None:
        """A node, and what is to the right of it."""
        if not spot.children:
            self._draw_leaf(spot)
            return
        node = self.tree.nodes[spot.position]
        assert node.test is not None
        for child, answer in zip(spot.children, ("yes", "no"), strict=True):
            bend = spot.depth + BEND
            x = [spot.depth, bend, bend, child.depth]
            y = [spot.height, spot.height, child.height, child.height]
            width = 0.6 + 5 * self.tree.nodes[child.position].share
            self.axes_.plot(x[1:], y[1:], color=GREY, lw=width, zorder=1)
            self.axes_.plot(x[:2], y[:2], color=GREY, lw=1.0, zorder=1)
            self.axes_.text(
                bend + 0.03, child.height - 0.08, answer, size=7.5, color=FAINT
            )
            self._draw(child)
        text = _wrapped(question(node.test, self.tree.columns))
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": GREY}
        style: dict[str, Any] = {"size": 8, "color": INK, "bbox": box, "va": "center"}
        self.axes_.text(spot.depth, spot.height, text, zorder=3, **style)

    def _draw_leaf(self, spot: Spot) -> None:
        """A bar of what is said there, and for how many rows."""
        node, start = self.tree.nodes[spot.position], float(spot.depth)
        at = (spot.height - BAR / 2, BAR)
        if self.tree.classes is None:
            told = ", ".join(f"{value:.4g}" for value in node.value)
            self.axes_.text(start, spot.height, told, size=8, va="center", color=INK)
        else:
            for k, share in enumerate(node.value):
                style = {"facecolors": _colour(k), "edgecolors": "white", "zorder": 2}
                self.axes_.broken_barh([(start, 0.42 * share)], at, **style)
                start += 0.42 * share
        more = ", ..." if spot.is_cut else ""
        share = f"{node.share:.0%}" if node.share >= 0.01 else "<1%"
        place = (spot.depth + 0.45, spot.height)
        style = {"size": 7.5, "va": "center", "color": FAINT}
        self.axes_.text(*place, f"{share} of rows{more}", **style)

    def _legend(self) -> None:
        """The classes' colours, and what is left out."""
        from matplotlib.patches import Patch  # noqa: PLC0415 - matplotlib is optional

        if self.tree.classes is not None:
            named = [
                Patch(color=_colour(k), label=name)
                for k, name in enumerate(self.tree.targets[: len(COLOURS)])
            ]
            place = {"loc": "upper left", "bbox_to_anchor": (0.0, 1.0)}
            self.axes_.legend(handles=named, ncols=4, frameon=False, **place)
        if self.n_hidden_:
            self.axes_.set_title(
                f"The top of a tree of {self.tree.complexity} leaves; nodes with '...' "
                "go on.",
                size=9,
                color=FAINT,
                loc="left",
            )


def _depth(spot: Spot) -> int:
    return max((_depth(child) for child in spot.children), default=spot.depth)


def _colour(k: int) -> str:
    return COLOURS[k] if k < len(COLOURS) else GREY


def _wrapped(text: str, width: int = 30, most: int = 4) -> str:
    """Lines of some length, at most a few of them."""
    lines = textwrap.wrap(text, width)
    return "\n".join(lines if len(lines) <= most else [*lines[:most], "..."])
