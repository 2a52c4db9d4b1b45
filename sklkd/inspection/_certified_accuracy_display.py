"""The picture of a certificate: how many rows stay right, however they are moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._columns import label_column
from sklkd.inspection._comparison_display import COLOURS
from sklkd.inspection._figure import new_axes, quiet
from sklkd.inspection._within import find_within

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "CertifiedAccuracyDisplay"
LINES = ("-", "--", "-.", ":")
UNITS = {
    "standardized": "radius [standard deviations]",
    "original": "radius [units of X]",
    None: "radius",
}
Floats = NDArray[np.float64]


class CertifiedAccuracyDisplay:
    """Certified accuracy against radius: rows that are right under any such move.

    The share of rows that are right, and whose certified radius is at least r, against
    r. It begins at the accuracy and falls; no attack that moves rows by at most r gets
    the accuracy below it.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Labels, and what is predicted.
    radius : array-like of shape (n_samples,)
        Certified radius of each prediction, not negative; infinite where no move
        changes it.
    unit : {"standardized", "original"}, default=None
        What the axis says of radii.
    name : str, default=None
        What the legend says.

    Attributes
    ----------
    line_ : matplotlib.lines.Line2D
        The curve.
    axes_ : matplotlib.axes.Axes
        What it was drawn on.
    figure_ : matplotlib.figure.Figure
        The figure around it.

    See Also
    --------
    sklkd.prototypes.RobustPrototypeClassifier : It has a certificate.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklkd.inspection import CertifiedAccuracyDisplay
    >>> display = CertifiedAccuracyDisplay.from_predictions(
    ...     ["a", "b", "b"], ["a", "b", "a"], [0.5, 1.0, 2.0]
    ... )
    >>> display.certified([0.0, 0.5, 0.6, 1.5]).round(2).tolist()
    [0.67, 0.67, 0.33, 0.0]
    """

    def __init__(
        self,
        y_true: Any,
        y_pred: Any,
        radius: Any,
        *,
        unit: str | None = None,
        name: str | None = None,
    ) -> None:
        self.y_true = y_true
        self.y_pred = y_pred
        self.radius = radius
        self.unit = unit
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        unit: str = "standardized",
        name: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Ask a fitted classifier, and draw.

        Parameters
        ----------
        estimator : estimator
            A fitted one with ``certified_radius``, a search around it, or a
            `DistilledClassifier` whose student it is.
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows that it was not fitted on.
        y : array-like of shape (n_samples,)
            Their labels.
        unit : {"standardized", "original"}, default="standardized"
            As of ``certified_radius``.
        name : str, default=None
            What the legend says; None is the name of the class.
        ax
            As for `plot`.

        Returns
        -------
        CertifiedAccuracyDisplay

        Raises
        ------
        TypeError
            If the estimator has no certificate.
        """
        example = "a fitted RobustPrototypeClassifier"
        inner = find_within(WHO, estimator, ("certified_radius",), example)
        return cls.from_predictions(
            y,
            inner.predict(X),
            inner.certified_radius(X, unit=unit),
            unit=unit,
            name=type(inner).__name__ if name is None else name,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        radius: Any,
        *,
        unit: str | None = None,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw numbers that there are already; all are as for the class and `plot`."""
        return cls(y_true, y_pred, radius, unit=unit, name=name).plot(ax)

    def plot(self, ax: Axes | None = None, **style: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where, besides what is there already; None makes a figure.
        **style
            Of the line, as for ``matplotlib.axes.Axes.plot``.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the arrays do not fit together, or a radius is negative or NaN.
        """
        rows = self._certain()
        self.axes_ = new_axes(WHO, 1, (5.0, 3.6))[0] if ax is None else ax
        self.figure_: Figure = self.axes_.figure  # type: ignore[assignment]
        drawn = len(self.axes_.lines)
        own: dict[str, Any] = {"color": COLOURS[drawn % len(COLOURS)]}
        own |= {"linestyle": LINES[drawn % len(LINES)], "linewidth": 1.8}
        told = {} if self.name is None else {"label": self.name}
        x, share = staircase(rows)
        (self.line_,) = self.axes_.plot(
            x, share, drawstyle="steps-pre", **{**own, **told, **style}
        )
        self.axes_.set(xlabel=UNITS[self.unit], ylabel="certified accuracy")
        right = self.axes_.get_xlim()[1] if drawn else 0.0
        self.axes_.set_xlim(0, max(right, 1.02 * x[-1]))
        self.axes_.set_ylim(-0.02, 1.02)
        quiet(self.axes_)
        if self.axes_.get_legend_handles_labels()[1]:
            legend = self.axes_.legend(frameon=False, loc="upper right")
            for text in legend.get_texts():
                text.set_parse_math(False)
        return self

    def certified(self, radii: Any) -> Floats:
        """Return the share of rows that are certain at some radii.

        Parameters
        ----------
        radii : array-like of shape (n,)
            Not negative.

        Returns
        -------
        ndarray of shape (n,)
            In [0, 1].
        """
        rows = self._certain()
        asked = np.asarray(radii, dtype=np.float64)
        shares: Floats = (rows >= asked[:, np.newaxis]).mean(axis=1)
        return shares

    def _certain(self) -> Floats:
        """Radii of right rows, and -1 for wrong ones: (n,)."""
        if self.unit not in UNITS:
            raise ValueError(
                f"{WHO}: unit must be 'standardized', 'original' or None, got "
                f"{self.unit!r}."
            )
        y_true = label_column(WHO, "y_true", self.y_true)
        y_pred = label_column(WHO, "y_pred", self.y_pred)
        radius = np.asarray(self.radius, dtype=np.float64)
        for name, column in [("y_pred", y_pred), ("radius", radius)]:
            if column.shape != y_true.shape:
                raise ValueError(
                    f"{WHO}: {name} must have the shape {y_true.shape}, as y_true, got "
                    f"{column.shape}."
                )
        if not (radius >= 0).all():  # also where it is not a number
            raise ValueError(
                f"{WHO}: radius must not be negative, got {radius.min():g}."
            )
        return np.where(y_true == y_pred, radius, -1.0)


def staircase(rows: Floats) -> tuple[Floats, Floats]:
    """Radii, and the share that is certain up to each: (n,) -> (m,), (m,).

    A row of an infinite radius is certain up to the end of the axis, a tenth after the
    largest finite one.
    """
    right = np.sort(rows[rows >= 0])
    finite = right[np.isfinite(right)]
    end = 1.1 * finite[-1] if len(finite) and finite[-1] > 0 else 1.0
    left = np.arange(len(right), 0, -1)[: len(finite)]  # that many are right up to it
    n_endless = len(right) - len(finite)
    last = end if n_endless or not len(finite) else finite[-1]
    x = np.concatenate([[0.0], finite, [last]])
    share = np.concatenate([[len(right)], left, [n_endless]]) / len(rows)
    return x, share
