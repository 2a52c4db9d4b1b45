"""Fidelity against size, as a curve with its knee."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._fidelity_curve import SIZES, fidelity_curve
from sklkd.inspection._figure import legend_above, new_axes, quiet
from sklkd.surrogates import knee as knee_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "FidelityDisplay"
FIDELITY, SCORE, TEACHER = "#0072b2", "#d55e00", "#6b6b6b"  # told apart by all


class FidelityDisplay:
    """How faithful a surrogate is at each size, with the knee of the curve.

    Make one with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    sizes : array-like of shape (n_sizes,)
        Ascending.
    fidelity : array-like of shape (n_sizes,)
        At each size.
    interval : array-like of shape (n_sizes, 2), default=None
        Lower and upper ends.
    score : array-like of shape (n_sizes,), default=None
        Of the surrogate against the labels.
    teacher_score : float, default=None
        Of the teacher, drawn as a line.
    knee : int, default=None
        The size that is marked; None finds it.
    name : str, default="size"
        What is below the axis.

    Attributes
    ----------
    knee_ : int
        The size that is marked.
    axes_ : matplotlib.axes.Axes
        The axes, once drawn.
    figure_ : matplotlib.figure.Figure
        The figure, once drawn.

    See Also
    --------
    fidelity_curve : The numbers.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklkd.inspection import FidelityDisplay
    >>> display = FidelityDisplay.from_predictions([2, 4, 8], [0.7, 0.9, 0.92])
    >>> display.knee_
    4
    """

    def __init__(
        self,
        sizes: Any,
        fidelity: Any,
        *,
        interval: Any = None,
        score: Any = None,
        teacher_score: float | None = None,
        knee: int | None = None,
        name: str = "size",
    ) -> None:
        self.sizes = sizes
        self.fidelity = fidelity
        self.interval = interval
        self.score = score
        self.teacher_score = teacher_score
        self.knee = knee
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        sizes: Iterable[int] = SIZES,
        sample_weight: Any = None,
        ax: Axes | None = None,
    ) -> Self:
        """Fit the surrogate at several sizes, and draw.

        Parameters
        ----------
        estimator, X, y, sizes, sample_weight
            As for `fidelity_curve`.
        ax
            As for `plot`.

        Returns
        -------
        FidelityDisplay
        """
        curve = fidelity_curve(
            estimator, X, y, sizes=sizes, sample_weight=sample_weight
        )
        found = curve.fidelities
        name = curve.parameter.rpartition("__")[2].replace("_", " ")
        return cls(
            curve.sizes,
            [one.value for one in found],
            interval=[one.interval for one in found],
            score=[one.score for one in found],
            teacher_score=found[0].teacher_score,
            knee=curve.knee,
            name=name,
        ).plot(ax)

    @classmethod
    def from_predictions(
        cls, sizes: Any, fidelity: Any, *, ax: Axes | None = None, **params: Any
    ) -> Self:
        """Draw numbers that there are already; all are as for the class and `plot`."""
        return cls(sizes, fidelity, **params).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the arrays do not fit together.
        """
        sizes, fidelity = self._column("sizes"), self._column("fidelity")
        self.axes_ = new_axes(WHO, 1, (5.6, 3.8))[0] if ax is None else ax
        self.figure_: Figure = self.axes_.figure  # type: ignore[assignment]
        style: dict[str, Any] = {"marker": "o", "markersize": 4, "linewidth": 1.8}
        if self.interval is not None:
            low, high = self._ends(len(sizes)).T
            self.axes_.fill_between(sizes, low, high, color=FIDELITY, alpha=0.15, lw=0)
        self.axes_.plot(sizes, fidelity, color=FIDELITY, label="fidelity", **style)
        if self.score is not None:
            score = self._column("score")
            style |= {"linestyle": "--", "marker": "s"}
            self.axes_.plot(sizes, score, color=SCORE, label="score", **style)
        if self.teacher_score is not None:
            told = {"label": "score of the teacher", "color": TEACHER}
            self.axes_.axhline(self.teacher_score, linestyle=":", linewidth=1.4, **told)
        self._mark(sizes, fidelity)
        self.axes_.set(xlabel=self.name, ylabel="on held-out rows", xscale="log")
        self.axes_.set_xticks(sizes, [f"{size:g}" for size in sizes])
        self.axes_.minorticks_off()
        quiet(self.axes_)
        legend_above(self.axes_)
        return self

    def _mark(self, sizes: NDArray[Any], fidelity: NDArray[np.float64]) -> None:
        """A ring around the knee."""
        rising = np.maximum.accumulate(fidelity)
        found = sizes[knee_of(sizes, rising)] if self.knee is None else self.knee
        self.knee_ = int(found)
        at = int(np.flatnonzero(sizes == self.knee_)[0])
        ring: dict[str, Any] = {"s": 130, "facecolors": "none", "linewidths": 1.6}
        self.axes_.scatter(sizes[at], fidelity[at], edgecolors="#222222", **ring)
        self.axes_.annotate(
            f"knee at {self.knee_}",
            (sizes[at], fidelity[at]),
            xytext=(0, -18),
            textcoords="offset points",
            ha="center",
            size=8.5,
        )

    def _column(self, name: str) -> NDArray[Any]:
        """One of the arrays, as long as the sizes."""
        column = np.asarray(getattr(self, name))
        wanted = np.asarray(self.sizes).shape
        if column.ndim != 1 or column.shape != wanted or not len(column):
            raise ValueError(
                f"{WHO}: {name} must have the shape (n_sizes,), as sizes has, with one "
                f"at least, got {column.shape} and sizes of {wanted}."
            )
        return column

    def _ends(self, n_sizes: int) -> NDArray[np.float64]:
        ends = np.asarray(self.interval, dtype=np.float64)
        if ends.shape != (n_sizes, 2):
            raise ValueError(
                f"{WHO}: interval must have the shape {(n_sizes, 2)}, lower and upper "
                f"ends, got {ends.shape}."
            )
        return ends
