"""Fidelity against size, as a curve with its knee."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._confusion_panel import plain_text
from sklkd.inspection._fidelity_curve import SIZES, fidelity_curve
from sklkd.inspection._figure import legend_above, new_axes, quiet
from sklkd.inspection._labels import INK
from sklkd.surrogates import knee as knee_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "FidelityDisplay"
FIDELITY, SCORE, TEACHER = "#0072b2", "#d55e00", "#6b6b6b"  # told apart by all
MOST_TICKS = 14
Floats = NDArray[np.float64]


class FidelityDisplay:
    """How faithful a surrogate is at each size, with the knee of the curve.

    Make one with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    sizes : array-like of shape (n_sizes,)
        Whole numbers from 1 on, ascending.
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
            As for `fidelity_curve`: an unfitted estimator, or one whose teacher does
            not know the rows by heart.
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
            If the arrays do not fit together, or the knee is no size.
        """
        sizes, fidelity = self._sizes(), self._column("fidelity")
        score = None if self.score is None else self._column("score")
        ends = None if self.interval is None else self._ends()
        best = np.maximum.accumulate(fidelity)
        found = sizes[knee_of(sizes, best)] if self.knee is None else self.knee
        at = self._position(sizes, found)
        self.knee_ = int(found)
        self.axes_ = new_axes(WHO, 1, (5.6, 3.8))[0] if ax is None else ax
        self.figure_: Figure = self.axes_.figure  # type: ignore[assignment]
        if ends is not None:
            self._band(sizes, ends)
        self._line(sizes, fidelity, "fidelity", FIDELITY, "o-")
        if score is not None:
            self._line(sizes, score, "score", SCORE, "s--")
        if self.teacher_score is not None:
            line: dict[str, Any] = {"linestyle": ":", "linewidth": 1.4}
            line |= {"label": "score of the teacher", "color": TEACHER}
            self.axes_.axhline(self.teacher_score, **line)
        self._mark((sizes[at], fidelity[at]), at, len(sizes))
        self._label(sizes)
        return self

    def _line(
        self, sizes: Floats, values: Floats, label: str, color: str, fmt: str
    ) -> None:
        """A line with a dot at each size."""
        style: dict[str, Any] = {"markersize": 4, "linewidth": 1.8}
        self.axes_.plot(sizes, values, fmt, color=color, label=label, **style)

    def _band(self, sizes: Floats, ends: Floats) -> None:
        """The intervals; a single one is a bar."""
        if len(sizes) == 1:
            self.axes_.vlines(sizes, *ends.T, color=FIDELITY, alpha=0.3, lw=5)
            return
        band: dict[str, Any] = {"color": FIDELITY, "alpha": 0.15, "lw": 0}
        self.axes_.fill_between(sizes, *ends.T, **band)

    def _mark(self, point: tuple[float, float], at: int, n_sizes: int) -> None:
        """A ring around the knee, and its size at the foot of a line, below all."""
        ring: dict[str, Any] = {"s": 130, "facecolors": "none", "linewidths": 1.6}
        self.axes_.scatter(*point, edgecolors=INK, zorder=3, **ring)
        foot = self.axes_.get_xaxis_transform()  # sizes, and shares of the height
        line: dict[str, Any] = {"color": INK, "lw": 0.8, "ls": (0, (2, 3)), "zorder": 1}
        self.axes_.axvline(point[0], **line)
        aside = -1 if n_sizes > 1 and at == n_sizes - 1 else 1
        self.axes_.annotate(
            f"knee at {self.knee_}",
            (point[0], 0),
            xycoords=foot,
            xytext=(5 * aside, 5),
            textcoords="offset points",
            ha="left" if aside > 0 else "right",
            size=8.5,
            color=INK,
        )

    def _label(self, sizes: Floats) -> None:
        """Axes, and what is drawn."""
        self.axes_.set(ylabel="on held-out rows", xscale="log")
        self.axes_.set_xlabel(plain_text(self.name))
        ticks = _ticks(sizes)
        self.axes_.set_xticks(ticks, [f"{int(size)}" for size in ticks])
        self.axes_.minorticks_off()
        quiet(self.axes_)
        legend_above(self.axes_)

    def _sizes(self) -> Floats:
        """The sizes, if they can stand on the axis: (n_sizes,)."""
        sizes = np.asarray(self.sizes)
        fits = sizes.ndim == 1 and len(sizes) > 0 and sizes.dtype.kind in "iuf"
        if fits and (sizes >= 1).all() and (np.diff(sizes) > 0).all():
            whole = sizes.astype(np.float64)
            if (whole == np.rint(whole)).all():
                return whole
        raise ValueError(
            f"{WHO}: sizes must be one or more ascending whole numbers from 1 on, got "
            f"{self.sizes!r}."
        )

    def _column(self, name: str) -> Floats:
        """One of the arrays, as long as the sizes: (n_sizes,)."""
        column = np.asarray(getattr(self, name), dtype=np.float64)
        wanted = np.shape(self.sizes)
        if column.shape != wanted:
            raise ValueError(
                f"{WHO}: {name} must have the shape {wanted}, as sizes has, got "
                f"{column.shape}."
            )
        return _finite(name, column)

    def _ends(self) -> Floats:
        """Ends of the intervals: (n_sizes, 2)."""
        ends = np.asarray(self.interval, dtype=np.float64)
        wanted = (len(self.sizes), 2)
        if ends.shape != wanted:
            raise ValueError(
                f"{WHO}: interval must have the shape {wanted}, lower and upper ends, "
                f"got {ends.shape}."
            )
        return _finite("interval", ends)

    def _position(self, sizes: Floats, knee: Any) -> int:
        """Which of the sizes is the knee."""
        at = np.flatnonzero(sizes == knee)
        if not len(at):
            raise ValueError(
                f"{WHO}: knee must be one of the sizes, {sizes.astype(int).tolist()}, "
                f"got {knee!r}. Pass None to have it found."
            )
        return int(at[0])


def _finite(name: str, values: Floats) -> Floats:
    """The same, or an error if a number cannot be drawn."""
    if np.isfinite(values).all():
        return values
    wrong = values[~np.isfinite(values)][0]
    raise ValueError(f"{WHO}: {name} must be finite, got {wrong:g}.")


def _ticks(sizes: Floats) -> list[float]:
    """Those that have a number below them, and room for it, on a logarithmic axis."""
    least = np.log(sizes[-1] / sizes[0]) / MOST_TICKS
    kept = [float(sizes[0])]
    for size in sizes[1:].tolist():
        if np.log(size / kept[-1]) >= least:
            kept.append(size)
    return kept
