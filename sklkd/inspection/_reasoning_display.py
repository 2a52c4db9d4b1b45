"""The picture of a decision: what each prototype said, and what classes wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import COUNT, check_interval
from sklkd.inspection._figure import axes_for, quiet
from sklkd.inspection._labels import INK
from sklkd.inspection._within import find_within

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "ReasoningDisplay"
Floats = NDArray[np.float64]

# Okabe and Ito's colours, told apart by the colour-blind; what is in between is grey.
FOR, AGAINST, EITHER = "#0072B2", "#D55E00", "#d9d9d9"
KINDS = (
    ("wants to see it", FOR),
    ("wants not to see it", AGAINST),
    ("does not mind", EITHER),
)


class ReasoningDisplay:
    """Why one row was given its label, prototype by prototype.

    The first panel has a bar for each prototype: by how much it raises the gap between
    the predicted class and the next best; to the left where it speaks for the rival.
    The bars add up to the gap, which is what the network computes.

    Where there is `reasoning`, a panel follows for each of these two classes: how much
    it wants to see each component, wants not to see it, and does not mind.

    Parameters
    ----------
    contributions : array-like of shape (n_prototypes,)
        To the gap of one row.
    predicted, rival : object
        The label with the highest score, and the one with the next.
    offset : float, default=0.0
        What is in the gap besides.
    labels : array-like of shape (n_prototypes,), default=None
        The class of each prototype, to be written beside its number.
    reasoning : array-like of shape (2 or 3, n_prototypes, n_classes), default=None
        Shares, as ``reasoning_`` of `ComponentsClassifier`.
    classes : array-like of shape (n_classes,), default=None
        Whose `reasoning` it is; must be there with it.

    Attributes
    ----------
    axes_ : ndarray of 1 or 3 matplotlib.axes.Axes
        The panels.
    figure_ : matplotlib.figure.Figure
        The figure around them.

    See Also
    --------
    PrototypesDisplay : What the prototypes are.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_wine
    >>> from sklkd.inspection import ReasoningDisplay
    >>> from sklkd.prototypes import ComponentsClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> model = ComponentsClassifier(n_components=5, random_state=0).fit(X, y)
    >>> display = ReasoningDisplay.from_estimator(model, X[:1])
    >>> [ax.get_title(loc="left") for ax in display.axes_[1:]]
    ['class 0', 'class 1']
    """

    def __init__(
        self,
        contributions: Any,
        predicted: Any,
        rival: Any,
        *,
        offset: float = 0.0,
        labels: Any = None,
        reasoning: Any = None,
        classes: Any = None,
    ) -> None:
        self.contributions = contributions
        self.predicted = predicted
        self.rival = rival
        self.offset = offset
        self.labels = labels
        self.reasoning = reasoning
        self.classes = classes

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        n_prototypes: int | None = 10,
        ax: Axes | Sequence[Axes] | None = None,
    ) -> Self:
        """Ask a fitted estimator about a row, and draw.

        Parameters
        ----------
        estimator : estimator
            A fitted one with ``explain``, a search around it, or a
            `DistilledClassifier` whose student it is.
        X : array-like or DataFrame of shape (1, n_features)
            The row, such as ``X[:1]``.
        n_prototypes, ax
            As for `plot`.

        Returns
        -------
        ReasoningDisplay

        Raises
        ------
        TypeError
            If the estimator explains nothing.
        ValueError
            If X has not one row.
        """
        example = "a fitted GLVQClassifier or ComponentsClassifier"
        inner = find_within(WHO, estimator, ("explain",), example)
        n_rows = np.shape(X)[0]
        if n_rows != 1:
            raise ValueError(f"{WHO}: X must be one row, got {n_rows}. Pass X[:1].")
        why = inner.explain(X)
        display = cls(
            why.contributions[0],
            why.predicted[0],
            why.rival[0],
            offset=float(why.offset[0]),
            labels=getattr(inner, "prototype_labels_", None),
            reasoning=getattr(inner, "reasoning_", None),
            classes=inner.classes_,
        )
        return display.plot(ax, n_prototypes=n_prototypes)

    def plot(
        self,
        ax: Axes | Sequence[Axes] | None = None,
        *,
        n_prototypes: int | None = 10,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or sequence of them, default=None
            Where: one, or three with `reasoning`. None makes a figure.
        n_prototypes : int, default=10
            How many have a bar, at least 1: those that contribute most, to either
            side. What the others add up to is a bar of its own. None draws them all.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the arrays do not fit together, or there are too few axes.
        """
        if n_prototypes is not None:
            check_interval(WHO, "n_prototypes", n_prototypes, COUNT)
        contributions = np.asarray(self.contributions, dtype=np.float64)
        shares = self._shares(len(contributions))
        shown = strongest(contributions, n_prototypes)
        bars = self._bars(contributions, shown)
        size = (4.6 if not shares else 10.0, 1.1 + 0.28 * len(bars))
        axes = axes_for(WHO, ax, 1 + len(shares), size)
        _draw_bars(axes[0], bars, (self.predicted, self.rival))
        for panel, (label, of_class) in zip(axes[1:], shares, strict=True):
            _draw_shares(panel, label, of_class[:, shown], len(bars))
            panel.set_xlim(0, 1.03 * max(part.sum(axis=0).max() for _, part in shares))
        if shares:
            axes[2].legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        self.axes_ = np.array(axes, dtype=object)
        self.figure_: Figure = axes[0].figure  # type: ignore[assignment]
        return self

    def _bars(
        self, contributions: Floats, shown: NDArray[np.int64]
    ) -> list[tuple[str, float]]:
        """What is written beside each bar and how long it is, the first on top."""
        names = [str(number) for number in range(len(contributions))]
        if self.labels is not None:
            given = np.asarray(self.labels).tolist()
            names = [
                f"{n}, class {label}" for n, label in zip(names, given, strict=True)
            ]
        bars = [(names[k], float(contributions[k])) for k in shown]
        n_others = len(contributions) - len(shown)
        if n_others:
            rest = float(contributions.sum() - contributions[shown].sum())
            bars.append((f"{n_others} others", rest))
        return [*bars, ("offset", self.offset)] if self.offset else bars

    def _shares(self, n_prototypes: int) -> list[tuple[Any, Floats]]:
        """The two classes, and what each makes of components: (label, (kinds, P))."""
        if self.reasoning is None:
            return []
        reasoning = np.asarray(self.reasoning, dtype=np.float64)
        known = [] if self.classes is None else np.asarray(self.classes).tolist()
        wanted = f"(2 or 3, {n_prototypes}, {len(known)})"
        fits = reasoning.ndim == 3 and reasoning.shape[0] in (2, 3)
        if not fits or reasoning.shape[1:] != (n_prototypes, len(known)):
            raise ValueError(
                f"{WHO}: reasoning must have the shape {wanted}, of n_prototypes and "
                f"n_classes, got {reasoning.shape}."
            )
        pair = np.asarray([self.predicted, self.rival]).tolist()
        return [(label, reasoning[:, :, known.index(label)]) for label in pair]


def strongest(contributions: Floats, n_prototypes: int | None) -> NDArray[np.int64]:
    """Prototypes that contribute most to either side, from those for to those against.

    (P,) -> (m,)
    """
    most = np.argsort(-np.abs(contributions), kind="stable")[:n_prototypes]
    return most[np.argsort(-contributions[most], kind="stable")]


def _draw_bars(
    ax: Axes, bars: Sequence[tuple[str, float]], pair: tuple[Any, Any]
) -> None:
    """Contributions, those for the predicted class to the right."""
    names, values = zip(*bars, strict=True)
    colours = [FOR if value >= 0 else AGAINST for value in values]
    places = np.arange(len(bars))
    ax.barh(places, values, color=colours, height=0.7)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_yticks(places, names, parse_math=False)
    ax.set_ylim(len(bars) - 0.5, -0.5)
    ax.margins(x=0.08)
    quiet(ax)
    ax.grid(False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    predicted, rival = pair
    ax.set_xlabel(f"← {rival}    {predicted} →", parse_math=False)
    told = f"predicted {predicted}, gap {sum(values):.3g}"
    ax.set_title(told, loc="left", size=9.5, color=INK, parse_math=False)


def _draw_shares(ax: Axes, label: Any, shares: Floats, n_bars: int) -> None:
    """Stacked bars of what a class makes of components: (kinds, m)."""
    places = np.arange(shares.shape[1])
    left = np.zeros(shares.shape[1])
    for (name, colour), part in zip(KINDS, shares, strict=False):
        ax.barh(places, part, left=left, color=colour, height=0.7, label=name)
        left = left + part
    ax.set_ylim(n_bars - 0.5, -0.5)
    ax.set_yticks(places, [""] * len(places))
    quiet(ax)
    ax.grid(False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("share")
    title: dict[str, Any] = {"loc": "left", "size": 9.5, "color": INK}
    ax.set_title(f"class {label}", parse_math=False, **title)
