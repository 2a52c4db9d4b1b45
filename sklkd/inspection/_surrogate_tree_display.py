"""A tree of tests, drawn from left to right; a list of rules, from above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sklkd._validation import Interval, check_interval
from sklkd.inspection._figure import new_axes
from sklkd.inspection._tree_drawing import Picture
from sklkd.inspection._tree_layout import lay_out
from sklkd.inspection._within import find_within
from sklkd.readable import ReadableTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "SurrogateTreeDisplay"
LEAST = Interval(2, integer=True)
SMALLEST = 0.62  # of the type's size: rather than in a smaller one, leaves are hidden
MARGIN = 6.5  # points between a tree and the borders of its figure, on both sides


class SurrogateTreeDisplay:
    """A tree of tests, read from left to right, with what its leaves say.

    A test has a line upwards for yes and one downwards for no; the thicker, the more
    rows go there. A list of rules is read from above. The bar of a leaf shows the
    probabilities of the classes, or a dot the value among those of all leaves, and
    beside it stands the likeliest class, or the value, and the share of the rows. Of a
    tree with too many leaves the top is drawn, and it says so. Make one with
    `from_estimator` or `from_predictions`.

    Parameters
    ----------
    tree : ReadableTree
        What is drawn.
    max_leaves : int, default=24
        At most so many leaves are drawn, at least 2: the nodes of the largest share are
        opened first. Fewer are drawn on axes that are too small for them.

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
            Where; None makes a figure, as large as the tree wants. Axes that are passed
            must have their final size.

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
                f"of rules is, got {type(self.tree).__name__}. Explain the teacher by "
                "'tree', 'trepan' or 'rules'."
            )
        check_interval(WHO, "max_leaves", self.max_leaves, LEAST)
        self.axes_ = new_axes(WHO, 1, (4.0, 3.0))[0] if ax is None else ax
        self.figure_: Figure = self.axes_.figure  # type: ignore[assignment]
        self.axes_.set_axis_off()
        picture = self._sized() if ax is None else self._fitted()
        picture.draw(self.axes_, self._room())
        self.n_hidden_ = self.tree.complexity - len(picture.layout.leaves)
        return self

    def _sized(self) -> Picture:
        """All that is wanted, and a figure as large as it."""
        picture = Picture(self.tree, lay_out(self.tree, self.max_leaves))
        size = (picture.width + MARGIN, picture.height + MARGIN)
        self.figure_.set_size_inches(size[0] / 72, size[1] / 72)
        return picture

    def _fitted(self) -> Picture:
        """As much as fits into the axes in letters that can be read."""
        room, most = self._room(), min(self.max_leaves, self.tree.complexity)
        for n_leaves in range(most, min(most, 2) - 1, -1):
            picture = Picture(self.tree, lay_out(self.tree, n_leaves))
            if picture.scale(room) >= SMALLEST:
                break
        return picture

    def _room(self) -> tuple[float, float]:
        """Width and height of the axes in points."""
        self.figure_.canvas.figure.draw_without_rendering()  # positions are final
        box = self.axes_.get_window_extent()
        return box.width * 72 / self.figure_.dpi, box.height * 72 / self.figure_.dpi
