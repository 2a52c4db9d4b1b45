"""The picture of prototypes: as images, or as a table of archetypes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array

from sklkd._validation import COUNT, check_interval
from sklkd.inspection._archetypes import draw_table, most_different
from sklkd.inspection._figure import axes_for, grid
from sklkd.inspection._labels import INK
from sklkd.inspection._occlusion_drawing import draw_images
from sklkd.inspection._within import find_within, names_within

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "PrototypesDisplay"
ACROSS = 10  # images beside each other, at most
ATTRIBUTES = ("prototypes_", "components_", "centroids_")
Floats = NDArray[np.float64]


class PrototypesDisplay:
    """Prototypes to look at: images, or a table of archetypes.

    An image each where they are images, or `image_shape` says how columns make one. All
    share one scale of grey: white is the lowest value of all.

    Otherwise a table, features down and prototypes across. Its cells are in the units
    of the data, and coloured by how far they are from the data's mean in standard
    deviations: an archetype is what its strong colours are.

    Parameters
    ----------
    prototypes : array-like of shape (n_prototypes, n_features) or \
(n_prototypes, n_channels, height, width)
        In any units.
    labels : array-like of shape (n_prototypes,), default=None
        What is written above each; None numbers them.
    image_shape : tuple of int, default=None
        (height, width), or (height, width, 3) for colours, of which `n_features` is the
        product. None draws a table of what is flat.
    feature_names : array-like of shape (n_features,), default=None
        Of the table; None numbers them.
    mean, scale : array-like of shape (n_features,), default=None
        Mean and standard deviation of each column of the data, for the colours. None
        leaves the table white.

    Attributes
    ----------
    axes_ : ndarray of matplotlib.axes.Axes
        One for each image, or one for the table.
    figure_ : matplotlib.figure.Figure
        The figure around them.

    See Also
    --------
    ReasoningDisplay : What prototypes say of a row.
    sklearn.inspection.DecisionBoundaryDisplay : Where classes end, for two features.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_wine
    >>> from sklkd.inspection import PrototypesDisplay
    >>> from sklkd.prototypes import GLVQClassifier
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> model = GLVQClassifier(random_state=0).fit(X, y)
    >>> display = PrototypesDisplay.from_estimator(model, n_features=5)
    >>> len(display.axes_), len(display.axes_[0].get_yticklabels())
    (1, 5)
    """

    def __init__(
        self,
        prototypes: Any,
        *,
        labels: Any = None,
        image_shape: tuple[int, ...] | None = None,
        feature_names: Any = None,
        mean: Any = None,
        scale: Any = None,
    ) -> None:
        self.prototypes = prototypes
        self.labels = labels
        self.image_shape = image_shape
        self.feature_names = feature_names
        self.mean = mean
        self.scale = scale

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        *,
        image_shape: tuple[int, ...] | None = None,
        feature_names: Any = None,
        n_features: int | None = 20,
        ax: Axes | Sequence[Axes] | None = None,
    ) -> Self:
        """Draw what a fitted estimator has.

        Parameters
        ----------
        estimator : estimator
            A fitted one with ``prototypes_``, ``components_`` or ``centroids_``, a
            search around it, or a `DistilledClassifier` whose student it is.
        X : array-like of shape (n_samples, n_features), default=None
            Rows of numbers, whose mean and standard deviation make the colours of a
            table. None takes those that the estimator standardises by, if it does.
        image_shape : tuple of int, default=None
            As for the class.
        feature_names : array-like of shape (n_features,), default=None
            None takes those that the estimator saw, or what its vectorizer made.
        n_features, ax
            As for `plot`.

        Returns
        -------
        PrototypesDisplay

        Raises
        ------
        TypeError
            If the estimator has no prototypes, or X is sparse.
        ValueError
            If X holds anything but numbers.
        """
        example = "a fitted GLVQClassifier or ComponentsClassifier"
        inner = find_within(WHO, estimator, ATTRIBUTES, example)
        name = next(name for name in ATTRIBUTES if hasattr(inner, name))
        prototypes = getattr(inner, name)
        mean, scale = _moments(inner) if X is None else _measured(X)
        if feature_names is None:
            feature_names = names_within(inner, np.shape(prototypes)[-1])
        labels = getattr(inner, "prototype_labels_", None)
        display = cls(
            prototypes,
            labels=inner.classes_ if name == "centroids_" else labels,
            image_shape=image_shape,
            feature_names=feature_names,
            mean=mean,
            scale=scale,
        )
        return display.plot(ax, n_features=n_features)

    def plot(
        self,
        ax: Axes | Sequence[Axes] | None = None,
        *,
        n_features: int | None = 20,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or sequence of them, default=None
            Where: one for each image, or one for a table. None makes a figure.
        n_features : int, default=20
            How many features a table has at most, at least 1: those in which the
            prototypes differ most. None draws them all.

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
        if n_features is not None:
            check_interval(WHO, "n_features", n_features, COUNT)
        prototypes = np.asarray(self.prototypes, dtype=np.float64)
        labels = self._titles(prototypes)
        if self.image_shape is not None or prototypes.ndim > 2:
            images = as_images(prototypes, self.image_shape)
            n_rows, n_columns = grid(len(images), ACROSS)
            size = (1.3 * n_columns, 1.45 * n_rows)
            axes = axes_for(WHO, ax, len(images), size, n_columns=n_columns)
            draw_images(axes, images)
            for each, label in zip(axes, labels, strict=True):
                each.set_title(label, size=9, color=INK, pad=3, parse_math=False)
        else:
            table = self._table(prototypes, n_features)
            size = (2.6 + 0.8 * len(prototypes), 0.8 + 0.27 * len(table[0]))
            axes = axes_for(WHO, ax, 1, size)
            draw_table(axes[0], labels, *table)
        self.axes_ = np.array(axes, dtype=object)
        self.figure_: Figure = axes[0].figure  # type: ignore[assignment]
        return self

    def _titles(self, prototypes: Floats) -> list[str]:
        """What is written above each prototype."""
        if prototypes.ndim not in (2, 4) or len(prototypes) == 0:
            raise ValueError(
                f"{WHO}: prototypes must have the shape (n_prototypes, n_features) or "
                "(n_prototypes, n_channels, height, width), and be one at least, got "
                f"{prototypes.shape}."
            )
        if self.labels is None:
            return [str(number) for number in range(len(prototypes))]
        labels = [str(label) for label in np.asarray(self.labels).tolist()]
        if len(labels) != len(prototypes):
            raise ValueError(
                f"{WHO}: labels must be one for each of the {len(prototypes)} "
                f"prototypes, got {len(labels)}."
            )
        return labels

    def _table(
        self, prototypes: Floats, n_features: int | None
    ) -> tuple[list[str], Floats, Floats]:
        """Names, values, and standard deviations from the mean: (p,), (p, P), (p, P).

        Deviations are zeros where mean and scale are not known.
        """
        width = prototypes.shape[1]
        names = self.feature_names
        if names is None:
            names = [f"feature {number}" for number in range(width)]
        mean = np.zeros(width) if self.mean is None else np.asarray(self.mean)
        known = self.mean is not None and self.scale is not None
        scale = np.asarray(self.scale) if known else np.ones(width)
        for name, column in [
            ("feature_names", names),
            ("mean", mean),
            ("scale", scale),
        ]:
            if len(column) != width:
                raise ValueError(
                    f"{WHO}: {name} must be one for each of the {width} columns, got "
                    f"{len(column)}."
                )
        # A column that is constant is where its mean is, but for rounding.
        deviations = (prototypes - mean) / np.where(scale > 0, scale, np.inf)
        shown = most_different(deviations, n_features)
        deviations = deviations if known else np.zeros_like(deviations)
        picked = [str(names[number]) for number in shown]
        return picked, prototypes[:, shown].T, deviations[:, shown].T


def as_images(prototypes: Floats, image_shape: tuple[int, ...] | None) -> Floats:
    """Prototypes as matplotlib draws them: (P, ...) -> (P, height, width[, 3]).

    Raises
    ------
    ValueError
        If a prototype is no image of that shape.
    """
    if prototypes.ndim == 4:
        last = np.moveaxis(prototypes, 1, -1)
        images = last[..., 0] if last.shape[-1] == 1 else last
    else:
        shape = tuple(image_shape or ())
        if int(np.prod(shape)) != prototypes.shape[1]:
            raise ValueError(
                f"{WHO}: image_shape must have as many pixels as a prototype has "
                f"columns, {prototypes.shape[1]}, got {image_shape!r}."
            )
        images = prototypes.reshape(len(prototypes), *shape)
    if images.ndim == 3 or (images.ndim == 4 and images.shape[-1] == 3):
        return images
    raise ValueError(
        f"{WHO}: an image must have the shape (height, width), or (height, width, 3) "
        f"for colours, got {images.shape[1:]}."
    )


def _moments(inner: Any) -> tuple[Any, Any]:
    """Mean and standard deviation by which an estimator standardises, or None twice."""
    scaling = getattr(getattr(inner, "student_", None), "scaling", None)
    return (None, None) if scaling is None else (scaling.mean, scaling.scale)


def _measured(X: Any) -> tuple[Floats, Floats]:
    """Mean and standard deviation of columns: (n, p) -> (p,), (p,)."""
    rows = check_array(
        X, dtype=np.float64, ensure_all_finite="allow-nan", input_name="X"
    )
    return np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
