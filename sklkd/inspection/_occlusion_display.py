"""The picture of an occlusion: a map beside each image, or a bar for each group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import COUNT, check_interval
from sklkd.inspection._figure import axes_for
from sklkd.inspection._labels import INK
from sklkd.inspection._occlusion import occlusion
from sklkd.inspection._occlusion_drawing import (
    as_pictures,
    draw_bars,
    draw_images,
    draw_maps,
    fitting_images,
    one_each,
)
from sklkd.inspection._occlusion_fill import hideable
from sklkd.inspection._reasoning_display import strongest
from sklkd.inspection._tensors import untensored
from sklkd.training import take

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "OcclusionDisplay"
Floats = NDArray[np.float64]


class OcclusionDisplay:
    """What a model lost by hiding: maps beside images, or bars of groups of columns.

    Purple, or blue, is what speaks for the prediction: with it hidden, what the model
    says falls. Orange speaks against it. All maps share one scale, which is symmetric.

    A bar is the effect on a row. Of several rows it is the mean, a line goes from their
    10th to their 90th percentile, and the groups are in the order of the mean without
    signs.

    Parameters
    ----------
    effects : array-like of shape (n_samples, height, width) or (n_samples, n_groups)
        Maps of images, or effects of groups of columns, as `occlusion` has them.
    images : array-like of shape (n_samples, height, width[, 3]), default=None
        To be shown beside the maps; None shows maps alone.
    names : sequence of str, default=None
        Of groups; None numbers them.
    labels : sequence of str, default=None
        What is written above each image, or one line above the bars.
    unit : str, default="probability"
        Of the effects.

    Attributes
    ----------
    axes_ : ndarray of matplotlib.axes.Axes
        For each row of images two, or one without images; of bars one.
    figure_ : matplotlib.figure.Figure
        The figure around them.

    See Also
    --------
    occlusion : The numbers.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklkd.inspection import OcclusionDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> model = LogisticRegression(max_iter=5000).fit(X[::2], y[::2])
    >>> display = OcclusionDisplay.from_estimator(
    ...     model, X, rows=[1, 3], window=3, image_shape=(8, 8)
    ... )
    >>> [ax.get_title() for ax in display.axes_]
    ['class 1, probability 1.00', '', 'class 3, probability 1.00', '']
    """

    def __init__(
        self,
        effects: Any,
        *,
        images: Any = None,
        names: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
        unit: str = "probability",
    ) -> None:
        self.effects = effects
        self.images = images
        self.names = names
        self.labels = labels
        self.unit = unit

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        rows: Sequence[int] | None = None,
        fill: Any = None,
        n_groups: int | None = 20,
        ax: Axes | Sequence[Axes] | None = None,
        **options: Any,
    ) -> Self:
        """Hide parts of some rows of X, and draw.

        Parameters
        ----------
        estimator : estimator, skorch net, torch.nn.Module or callable
            As for `occlusion`.
        X : array-like, sparse array or DataFrame
            Rows, of all of which the fill is the mean.
        rows : sequence of int, default=None
            Which of them are asked about. None is the first three images, or all rows
            of a table.
        fill, **options
            As for `occlusion`, except that ``target="all"`` cannot be drawn.
        n_groups, ax
            As for `plot`.

        Returns
        -------
        OcclusionDisplay

        Raises
        ------
        TypeError, ValueError
            As `occlusion`, and if `target` is "all".
        """
        if isinstance(options.get("target"), str) and options["target"] == "all":
            raise ValueError(f"{WHO}: target must be one output a row, got 'all'.")
        whole = hideable(WHO, X, fill)
        shape = options.get("image_shape")
        flat = shape is None and len(whole.row_shape) == 1
        if rows is None:
            rows = range(whole.n_rows if flat else min(3, whole.n_rows))
        some = _taken(X, rows)
        _cut_targets(options, whole.n_rows, rows)
        found = occlusion(estimator, some, fill=whole.fill, **options)
        labels = _titles(found.target, found.baseline, found.unit)
        return cls.from_predictions(
            found.effects if flat else found.maps,
            images=None if flat else as_pictures(some, shape),
            names=found.names,
            labels=[labels[0] if len(labels) == 1 else ""] if flat else labels,
            unit=found.unit,
            n_groups=n_groups,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        effects: Any,
        *,
        images: Any = None,
        names: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
        unit: str = "probability",
        n_groups: int | None = 20,
        ax: Axes | Sequence[Axes] | None = None,
    ) -> Self:
        """Draw what was found.

        Parameters
        ----------
        effects, images, names, labels, unit
            As for the class.
        n_groups, ax
            As for `plot`.

        Returns
        -------
        OcclusionDisplay
        """
        display = cls(effects, images=images, names=names, labels=labels, unit=unit)
        return display.plot(ax, n_groups=n_groups)

    def plot(
        self, ax: Axes | Sequence[Axes] | None = None, *, n_groups: int | None = 20
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or sequence of them, default=None
            Where: as many as `axes_` will have. None makes a figure.
        n_groups : int, default=20
            How many groups of columns have a bar, at least 1: those of the largest
            effects, to either side. None draws them all.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If shapes do not fit together, or there are too few axes.
        """
        if n_groups is not None:
            check_interval(WHO, "n_groups", n_groups, COUNT)
        effects = np.asarray(self.effects, dtype=np.float64)
        if effects.ndim not in (2, 3) or 0 in effects.shape:
            raise ValueError(
                f"{WHO}: effects must have the shape (n_samples, height, width) or "
                f"(n_samples, n_groups), with one at least, got {effects.shape}."
            )
        if effects.ndim == 3:
            axes = self._plot_maps(ax, effects)
        else:
            axes = self._plot_bars(ax, effects, n_groups)
        self.axes_ = np.array(axes, dtype=object)
        self.figure_: Figure = axes[0].figure  # type: ignore[assignment]
        return self

    def _plot_maps(self, ax: Any, maps: Floats) -> list[Axes]:
        """A map for each row, and its image to the left."""
        labels = self._checked("labels", self.labels, len(maps)) or [""] * len(maps)
        images = self.images
        if images is not None:
            images = fitting_images(WHO, images, maps.shape)
        panels = 1 if images is None else 2
        size = (1.0 + 1.9 * panels, 0.3 + 2.0 * len(maps))
        axes = axes_for(WHO, ax, panels * len(maps), size, n_columns=panels)
        for first, label in zip(axes[::panels], labels, strict=True):
            first.set_title(label, size=9, color=INK, pad=4, parse_math=False)
        if images is not None:
            draw_images(axes[::2], images)
        draw_maps(axes[panels - 1 :: panels], maps, axes, self._what)
        return axes

    def _plot_bars(self, ax: Any, effects: Floats, n_groups: int | None) -> list[Axes]:
        """Effects on a row, or on several."""
        names = self._checked("names", self.names, effects.shape[1])
        names = names or [f"group {number}" for number in range(effects.shape[1])]
        shown = strongest(effects[0], n_groups)
        if len(effects) > 1:  # those of rows may cancel, and are no small ones then
            shown = np.argsort(-np.abs(effects).mean(axis=0), kind="stable")[:n_groups]
        axes = axes_for(WHO, ax, 1, (5.0, 1.0 + 0.28 * len(shown)))
        picked = effects[:, shown]
        draw_bars(axes[0], [names[k] for k in shown], picked)
        n_rows, n_others = len(effects), effects.shape[1] - len(shown)
        told = [f"mean of {n_rows} rows"] if n_rows > 1 else []
        labels = [] if self.labels is None else list(self.labels)
        told += [str(label) for label in labels if label][:1]
        told += [f"{n_others} smaller ones not shown"] if n_others else []
        title: dict[str, Any] = {"loc": "left", "size": 9, "color": INK}
        axes[0].set_title(", ".join(told), parse_math=False, **title)
        axes[0].set_xlabel(self._what, parse_math=False)
        return axes

    @property
    def _what(self) -> str:
        """What is said of the scale."""
        return f"{self.unit} lost where it is hidden"

    def _checked(self, what: str, texts: Any, n: int) -> list[str]:
        """Texts, one for each; none at all is none."""
        listed = [] if texts is None else list(texts)
        return one_each(WHO, what, listed or None, n)


def _taken(X: Any, rows: Sequence[int]) -> Any:
    """Some rows of any X."""
    numbers = np.asarray(rows, dtype=np.int64)
    if not (hasattr(X, "columns") or hasattr(X, "tocsr")):
        return np.asarray(untensored(X))[numbers]
    return take(X.tocsr() if hasattr(X, "tocsr") else X, numbers)


def _cut_targets(options: dict[str, Any], n_rows: int, rows: Sequence[int]) -> None:
    """Leave the targets of some rows, where there is one for each of all."""
    target = options.get("target")
    if np.ndim(target) == 1 and len(target) == n_rows:  # type: ignore[arg-type]
        options["target"] = np.asarray(target)[np.asarray(rows)]


def _titles(target: Any, baseline: Floats, unit: str) -> list[str]:
    """What is predicted of each row, and how strongly."""
    labels = np.asarray(target).tolist()
    told = {
        "probability": "class {}, probability {:.2f}",
        "logit": "class {}, logit {:.3g}",
    }
    pattern = told.get(unit, "value {1:.3g}")
    return [pattern.format(*pair) for pair in zip(labels, baseline, strict=True)]
