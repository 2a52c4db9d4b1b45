"""Which columns a teacher listens to, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import COUNT, check_interval
from sklkd.inspection._confusion_panel import plain_text
from sklkd.inspection._figure import axes_for, quiet
from sklkd.inspection._fitting_text import printable, shortened, width_of
from sklkd.inspection._within import find_within
from sklkd.surrogates import Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "RankingDisplay"
KEPT, LEFT = "#0072b2", "#b8c4cc"
SIZE, LONGEST = 9.5, 40  # points of type, and letters of a name
WIDTH = 2.4  # inches of one method's bars
Floats = NDArray[np.float64]


class RankingDisplay:
    """How much a teacher listens to each column, by each method.

    Columns stand in the order of the mean of their ranks; those that the surrogate does
    not see are pale. Make one with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    ranking : Ranking
        As of ``ranking_``.
    n_features : int, default=15
        How many columns are drawn, at least 1.

    Attributes
    ----------
    axes_ : list of matplotlib.axes.Axes
        One for each method, once drawn.
    figure_ : matplotlib.figure.Figure
        The figure, once drawn.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklkd.inspection import RankingDisplay
    >>> display = RankingDisplay.from_predictions(
    ...     ["age", "job"], {"permutation": [0.1, 0.7]}
    ... )
    >>> [text.get_text() for text in display.axes_[0].get_yticklabels()]
    ['job', 'age']
    """

    def __init__(self, ranking: Ranking, *, n_features: int = 15) -> None:
        self.ranking = ranking
        self.n_features = n_features

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, n_features: int = 15, ax: Any = None
    ) -> Self:
        """Draw the ranking of a fitted surrogate.

        Parameters
        ----------
        estimator : estimator
            A fitted one with ``ranking_``, or a search around it.
        n_features : int, default=15
            How many columns are drawn.
        ax
            As for `plot`.

        Returns
        -------
        RankingDisplay

        Raises
        ------
        TypeError
            If it has no ranking.
        """
        example = "a fitted SurrogateClassifier with an importance"
        inner = find_within(WHO, estimator, ("ranking_",), example)
        return cls(inner.ranking_, n_features=n_features).plot(ax)

    @classmethod
    def from_predictions(
        cls,
        names: Any,
        importances: dict[str, Any],
        *,
        kept: Any = None,
        n_features: int = 15,
        ax: Any = None,
    ) -> Self:
        """Draw importances that there are already.

        Parameters
        ----------
        names : sequence of str
            Of the columns.
        importances : dict of str to array-like of shape (n_columns,)
            By method, not negative.
        kept : array-like of int, default=None
            Columns that are not pale; None is all.
        n_features, ax
            As for `from_estimator`.

        Returns
        -------
        RankingDisplay
        """
        ranking = Ranking.of(WHO, names, importances, kept)
        return cls(ranking, n_features=n_features).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or sequence of them, default=None
            One for each method; None makes a figure.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If there are fewer axes than methods, or `n_features` is below 1.
        """
        check_interval(WHO, "n_features", self.n_features, COUNT)
        methods = self.ranking.importances
        shown = self.ranking.order[: self.n_features]
        names = [
            plain_text(printable(shortened(self.ranking.names[j], LONGEST)))
            for j in shown.tolist()
        ]
        size = (WIDTH * len(methods), 1.1 + 0.27 * len(shown))
        self.axes_ = axes_for(WHO, ax, len(methods), size)
        figure: Figure = self.axes_[0].figure  # type: ignore[assignment]
        self.figure_ = figure
        if ax is None:  # names stand to the left, with a margin
            aside = max(width_of(name, SIZE) for name in names) / 72 + 0.4
            figure.set_size_inches(size[0] + aside, size[1])
        rows: set[float] = set()
        for axes, (method, importance) in zip(self.axes_, methods.items(), strict=True):
            row = round(axes.get_position().y0, 3)
            self._bars(axes, importance, [] if row in rows else names)
            title = plain_text(method.replace("_", " "))
            axes.set_title(title, size=SIZE, loc="left")
            rows.add(row)
        self._tell(len(shown))
        return self

    def _bars(self, axes: Axes, importance: Floats, names: list[str]) -> None:
        """The bars of one method, from above; named unless there are no names."""
        shown = self.ranking.order[: self.n_features]
        kept = set(self.ranking.kept.tolist())
        colours = [KEPT if j in kept else LEFT for j in shown.tolist()]
        axes.barh(range(len(shown)), importance[shown], color=colours)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_yticks(range(len(shown)), names or [""] * len(shown), size=SIZE)
        axes.tick_params(axis="y", length=0)
        axes.tick_params(axis="x", labelsize=SIZE - 1)
        axes.locator_params(axis="x", nbins=4, min_n_ticks=2)
        axes.ticklabel_format(axis="x", style="sci", scilimits=(-3, 4))
        axes.set_xlim(left=0)
        quiet(axes)
        axes.grid(visible=False, axis="y")

    def _tell(self, n_shown: int) -> None:
        """Say what is left out, and which columns are pale."""
        n_columns, n_kept = len(self.ranking.names), len(self.ranking.kept)
        told = [f"{n_shown} of {n_columns} columns"] if n_shown < n_columns else []
        if n_kept < n_columns:
            told.append(f"dark: the {n_kept} that the surrogate sees")
        if told:
            self.axes_[0].set_xlabel("\n".join(told), size=SIZE - 1, loc="left")
