"""The picture of a comparison: how good each model is against how long it takes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import check_choice
from sklkd.inspection._comparison import compare
from sklkd.inspection._figure import new_axes, quiet
from sklkd.inspection._labels import DOT, FAINT, place_labels
from sklkd.inspection._table import Comparison, Measurement, byte_size, milliseconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "ComparisonDisplay"
Latency = Literal["1 row", "1000 rows"]

# Okabe and Ito's colours, told apart by the colour-blind; black is the teacher's.
TEACHER = "#000000"
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
LARGEST = 0.26  # of the shorter side of the axes, across the largest model's disc


class ComparisonDisplay:
    """A picture of a `Comparison`: score against latency, with discs for size.

    Up and to the left is better. The area of a model's disc is its size on disk, and
    its label gives the numbers.

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
        check_choice(WHO, "latency", latency, ("1 row", "1000 rows"))
        self.axes_ = new_axes(WHO, 1, (6.4, 4.0))[0] if ax is None else ax
        self.figure_: Figure = self.axes_.figure  # type: ignore[assignment]
        rows = self.comparison.rows
        points = np.array([self._point(row, latency) for row in rows])
        _frame(self.axes_, points, self._spread())
        self.axes_.set_xlabel(f"latency of {latency} [ms]")
        self.axes_.set_ylabel(self._factor_and_label()[1])
        self.axes_.set_title(self._key(), loc="left", size=8, color=FAINT)
        across = _discs(self.axes_, rows)
        for colour, point, width, spread in zip(
            self._colours(), points, across, self._spread(), strict=True
        ):
            _draw(self.axes_, colour, point, width, spread)
        texts = [(row.name, self._numbers(row, latency)) for row in rows]
        place_labels(self.axes_, texts, points, across, self._spread())
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


def _seconds(row: Measurement, latency: Latency) -> float:
    return row.seconds_1_row if latency == "1 row" else row.seconds_1000_rows


def _discs(ax: Axes, rows: Sequence[Measurement]) -> list[float]:
    """Diameters in points, of areas in proportion to size: (n_models,)."""
    widest = LARGEST * min(ax.bbox.width, ax.bbox.height) * 72 / ax.figure.dpi
    largest = max(row.n_bytes for row in rows)
    return [widest * (row.n_bytes / largest) ** 0.5 for row in rows]


def _frame(ax: Axes, points: NDArray[np.float64], spread: Sequence[float]) -> None:
    """Axes with room around the points, since labels are placed within: (n, 2)."""
    low, high = points[:, 0].min(), points[:, 0].max()
    margin = max((high / low) ** 0.12, 2.0)
    ax.set_xlim(low / margin, high * margin)
    bottom = (points[:, 1] - spread).min()
    top = (points[:, 1] + spread).max()
    room = max(0.3 * (top - bottom), 1e-3 * max(abs(top), 1e-9), 1e-6)
    ax.set_ylim(bottom - room, top + room)
    narrow = high / low < 100
    ax.set_xscale("log", subs=range(2, 10))
    ax.locator_params("x", subs=(1, 2, 5) if narrow else (1,))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter("")
    quiet(ax)


def _draw(
    ax: Axes, colour: str, point: NDArray[np.float64], across: float, spread: float
) -> None:
    """A disc for the size, a dot for the place, and a bar of one standard error."""
    x, y = point
    ax.scatter(x, y, s=across**2, color=colour, alpha=0.15, linewidth=0)
    ax.scatter(x, y, s=DOT**2, color=colour, zorder=3)
    if spread:
        ax.errorbar(x, y, yerr=spread, color=colour, linewidth=1.2, zorder=2)
