"""The picture of a comparison: how good each model is against how long it takes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import check_choice
from sklkd.inspection._comparison import compare
from sklkd.inspection._table import Comparison, Measurement, byte_size, milliseconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation

Latency = Literal["1 row", "1000 rows"]
Place = tuple[float, float]  # to the right and up, in points
Box = tuple[float, float, float, float]  # left, bottom, right, top, in points

# Okabe and Ito's colours, told apart by the colour-blind; black is the teacher's.
TEACHER = "#000000"
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
INK, FAINT = "#222222", "#6b6b6b"
DOT = 7.0  # points across
LARGEST = 62.0  # points across, the disc of the largest model
LINE = 12.0  # points from a line of text to the next
FAR = 1.0  # square points that a label would rather cover than move by one point


class ComparisonDisplay:
    """A picture of a `Comparison`: score against latency, with discs for size.

    Up and to the left is better. The area of a model's disc is its size on disk, and
    its label says what the axes cannot be read off to.

    Parameters
    ----------
    comparison : Comparison
        What is drawn; best made by `from_estimators` or `from_comparison`.

    Attributes
    ----------
    axes_ : matplotlib.axes.Axes
        What it was drawn on.
    figure_ : matplotlib.figure.Figure
        The figure around it.

    See Also
    --------
    compare : The numbers.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklkd.inspection import ComparisonDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> models = {
    ...     "logistic": LogisticRegression(max_iter=500).fit(X[::2], y[::2]),
    ...     "tree": DecisionTreeClassifier().fit(X[::2], y[::2]),
    ... }
    >>> display = ComparisonDisplay.from_estimators(models, X[1::2], y[1::2])
    >>> display.axes_.get_ylabel()
    'accuracy [%]'
    """

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison

    @classmethod
    def from_estimators(
        cls,
        models: Mapping[str, Any],
        X: Any,
        y: Any,
        *,
        teacher: str | None = None,
        latency: Latency = "1 row",
        ax: Axes | None = None,
    ) -> Self:
        """Measure fitted models, and draw.

        Parameters
        ----------
        models, X, y, teacher
            As for `compare`.
        latency, ax
            As for `plot`.

        Returns
        -------
        ComparisonDisplay
            The numbers are in its ``comparison``.
        """
        measured = compare(models, X, y, teacher=teacher)
        return cls.from_comparison(measured, latency=latency, ax=ax)

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        *,
        latency: Latency = "1 row",
        ax: Axes | None = None,
    ) -> Self:
        """Draw a comparison that there is already; `latency` and `ax` as for `plot`."""
        return cls(comparison).plot(ax, latency=latency)

    def plot(self, ax: Axes | None = None, *, latency: Latency = "1 row") -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where; None makes a figure. Labels are placed for the size that it has now.
        latency : {"1 row", "1000 rows"}, default="1 row"
            Of which call.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        check_choice(type(self).__name__, "latency", latency, ("1 row", "1000 rows"))
        self.axes_ = _new_axes() if ax is None else ax
        self.figure_: Figure = self.axes_.figure  # type: ignore[assignment]
        rows = self.comparison.rows
        points = np.array([self._point(row, latency) for row in rows])
        _frame(self.axes_, points, self._spread())
        self.axes_.set_xlabel(f"latency of {latency} [ms]")
        self.axes_.set_ylabel(self._factor_and_label()[1])
        self.axes_.set_title(self._key(), loc="left", size=8, color=FAINT)
        across = _discs(rows)
        for colour, point, width, spread in zip(
            self._colours(), points, across, self._spread(), strict=True
        ):
            _draw(self.axes_, colour, point, width, spread)
        texts = [(row.name, self._numbers(row, latency)) for row in rows]
        _place_labels(self.axes_, texts, points, across, self._spread())
        return self

    def _factor_and_label(self) -> tuple[float, str]:
        """What a score is multiplied by, and what the axis says."""
        shares = self.comparison.metric == "accuracy"
        return (100.0, "accuracy [%]") if shares else (1.0, "R²")

    def _point(self, row: Measurement, latency: Latency) -> tuple[float, float]:
        """Milliseconds and score."""
        return 1000 * _seconds(row, latency), self._factor_and_label()[0] * row.score

    def _spread(self) -> list[float]:
        """The standard error of each score, 0 where there is none."""
        errors = self.comparison.errors
        if errors is None:
            return [0.0] * len(self.comparison.rows)
        return [self._factor_and_label()[0] * error.score for error in errors]

    def _key(self) -> str:
        """What discs and bars mean."""
        bars = "" if self.comparison.errors is None else ", bar: standard error"
        return f"disc area: size on disk{bars}"

    def _colours(self) -> list[str]:
        """A colour a model; the teacher's is black."""
        names = [row.name for row in self.comparison.rows]
        cycle = itertools.cycle(COLOURS)
        teacher = self.comparison.teacher
        return [TEACHER if name == teacher else next(cycle) for name in names]

    def _numbers(self, row: Measurement, latency: Latency) -> str:
        """The second line of a label."""
        factor, _ = self._factor_and_label()
        score = f"{factor * row.score:.1f} %" if factor == 100 else f"{row.score:.3f}"
        duration = milliseconds(_seconds(row, latency))
        return f"{score} · {duration} · {byte_size(row.n_bytes)}"


def _new_axes() -> Axes:
    try:
        import matplotlib.pyplot as plt  # noqa: PLC0415 - matplotlib is optional
    except ImportError as error:
        raise ImportError(
            "ComparisonDisplay: a plot needs matplotlib, which is not installed. "
            "Install it with: pip install sklkd[plot]"
        ) from error
    axes: Axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")[1]
    return axes


def _seconds(row: Measurement, latency: Latency) -> float:
    return row.seconds_1_row if latency == "1 row" else row.seconds_1000_rows


def _discs(rows: Sequence[Measurement]) -> list[float]:
    """Diameters in points, of areas in proportion to size: (n_models,)."""
    largest = max(row.n_bytes for row in rows)
    return [LARGEST * (row.n_bytes / largest) ** 0.5 for row in rows]


def _frame(ax: Axes, points: NDArray[np.float64], spread: Sequence[float]) -> None:
    """Axes with room around the points, since labels are placed within: (n, 2)."""
    low, high = points[:, 0].min(), points[:, 0].max()
    margin = max((high / low) ** 0.12, 2.0)
    ax.set_xscale("log")
    ax.set_xlim(low / margin, high * margin)
    bottom = (points[:, 1] - spread).min()
    top = (points[:, 1] + spread).max()
    room = max(0.3 * (top - bottom), 1e-3 * max(abs(top), 1e-9), 1e-6)
    ax.set_ylim(bottom - room, top + room)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#000000", alpha=0.08, linewidth=0.8)
    ax.set_axisbelow(True)


def _draw(
    ax: Axes, colour: str, point: NDArray[np.float64], across: float, spread: float
) -> None:
    """A disc for the size, a dot for the place, and a bar of one standard error."""
    x, y = point
    ax.scatter(x, y, s=across**2, color=colour, alpha=0.15, linewidth=0)
    ax.scatter(x, y, s=DOT**2, color=colour, zorder=3)
    if spread:
        ax.errorbar(x, y, yerr=spread, color=colour, linewidth=1.2, zorder=2)


def _place_labels(
    ax: Axes,
    texts: Sequence[tuple[str, str]],
    points: NDArray[np.float64],
    across: Sequence[float],
    spread: Sequence[float],
) -> None:
    """Put each label beside its point, where nothing else is.

    From the best model down, a place is taken to the right or left of the disc, level
    with it or some lines above or below: where little is covered, and near.
    """
    ax.figure.canvas.figure.draw_without_rendering()  # lays out: positions are final
    taken = [
        box
        for point, width, error in zip(points, across, spread, strict=True)
        for box in _marks(ax, point, width, error)
    ]
    for i in np.argsort(-points[:, 1], kind="stable"):
        size = _text_size(ax, texts[i], points[i])
        places = _places(across[i])
        boxes = [_label_box(ax, points[i], place, size) for place in places]
        costs = [
            round(_clash(ax, box, taken) + FAR * abs(place[1]))
            for box, place in zip(boxes, places, strict=True)
        ]
        best = int(np.argmin(costs))
        _write(ax, texts[i], points[i], places[best])
        taken.append(boxes[best])


def _places(across: float) -> list[Place]:
    """Offsets from a point in points, nearest first; negative x is to the left."""
    aside = max(across, DOT) / 2 + 5
    steps = [0.0, *(sign * k * LINE / 2 for k in range(1, 12) for sign in (1, -1))]
    return [(side * aside, step) for step in steps for side in (1, -1)]


def _marks(
    ax: Axes, point: NDArray[np.float64], across: float, error: float
) -> list[Box]:
    """What a model's disc and its error bar cover."""
    (x, y), half = _at(ax, point), max(across, DOT) / 2
    bottom, top = (_at(ax, (point[0], point[1] + s))[1] for s in (-error, error))
    return [(x - half, y - half, x + half, y + half), (x - 1, bottom, x + 1, top)]


def _text_size(
    ax: Axes, text: tuple[str, str], point: NDArray[np.float64]
) -> tuple[float, float]:
    """Width and height of a label, in points."""
    written = _write(ax, text, point, (0.0, 0.0))
    widths = [part.get_window_extent().width for part in written]
    for part in written:
        part.remove()
    return max(widths) * 72 / ax.figure.dpi, 2 * LINE


def _label_box(
    ax: Axes, point: NDArray[np.float64], place: Place, size: tuple[float, float]
) -> Box:
    """What a label covers at a place."""
    x, y = _at(ax, point) + place
    left = x if place[0] > 0 else x - size[0]
    return left, y - size[1] / 2, left + size[0], y + size[1] / 2


def _clash(ax: Axes, box: Box, taken: Sequence[Box]) -> float:
    """Square points of a box that are taken, or outside of the axes."""
    area = (box[2] - box[0]) * (box[3] - box[1])
    corners = np.array([ax.bbox.p0, ax.bbox.p1]) * 72 / ax.figure.dpi
    (left, bottom), (right, top) = corners.tolist()
    outside = area - _shared(box, (left, bottom, right, top))
    return outside + sum(_shared(box, other) for other in taken)


def _shared(a: Box, b: Box) -> float:
    """Area that two boxes have in common."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)


def _write(
    ax: Axes, text: tuple[str, str], point: NDArray[np.float64], place: Place
) -> list[Annotation]:
    """Write a name and the numbers below it, with a line to a point that is far."""
    far = abs(place[1]) > 1.5 * LINE
    line = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.6, "shrinkB": DOT / 2}
    styles: tuple[dict[str, Any], ...] = (
        {"color": INK, "weight": "bold", "size": 9},
        {"color": FAINT, "size": 8},
    )
    return [
        ax.annotate(
            part,
            (point[0], point[1]),
            (place[0], place[1] + up * LINE / 2),
            textcoords="offset points",
            ha="left" if place[0] > 0 else "right",
            va="center",
            arrowprops=line if far and up > 0 else None,
            in_layout=False,
            **style,
        )
        for part, style, up in zip(text, styles, (1, -1), strict=True)
    ]


def _at(ax: Axes, point: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Position in the figure of a point of the axes, in points: (2,) -> (2,)."""
    position: NDArray[np.float64] = ax.transData.transform(point) * 72 / ax.figure.dpi
    return position
