"""The picture of a deconvolution: what excites a unit, beside where it was seen."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import COUNT, check_choice, check_flag, check_interval
from sklkd.inspection._deconvnet import Deconvolution, deconvnet
from sklkd.inspection._figure import axes_for
from sklkd.inspection._labels import FAINT, INK
from sklkd.inspection._occlusion_drawing import (
    as_pictures,
    draw_bars,
    draw_images,
    draw_maps,
)
from sklkd.inspection._reasoning_display import FOR
from sklkd.training import take

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "DeconvolutionDisplay"
MANY = 24  # maps; a figure of more is longer than a screen
ACROSS = 3  # maps beside each other
LONG = 3.0  # sides of images; longer ones are drawn as if they were no longer
WHAT = {"projections": "activation sent back", "maps": "what comes back of a 1"}
OUTSIDE = "#d9d9d9"  # of a row, where a receptive field goes beyond it
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class DeconvolutionDisplay:
    """What excites a unit of a network: maps beside images, or bars of columns.

    Beside each map is the part of the image that the unit sees, as in the paper [1]_.
    Purple, or blue, is what excites the unit where there is more of it; orange what
    does where there is less. All maps share one scale, which is symmetric. Of several
    channels a pixel of a map is that of the largest absolute value.

    Rows that are vectors have bars of the columns whose mean absolute value is largest.
    A bar is for one unit more of a column: columns in different units cannot be
    compared.

    Parameters
    ----------
    deconvolution : Deconvolution
        As `deconvnet` has it.
    images : array-like of shape (n_maps, height, width[, 3]), default=None
        To be shown beside the maps; None shows maps alone.
    image_shape : tuple of int, default=None
        (height, width), or (height, width, n_channels), of maps that are vectors and
        stand for images. None draws bars of them.
    feature_names : sequence of str, default=None
        Of the columns; None numbers them.
    labels : sequence of str, default=None
        What is written of each map besides the activation. None says which unit it is,
        and in parentheses at which position.

    Attributes
    ----------
    shown_ : ndarray of int
        Which maps are drawn, in the order of `axes_`.
    axes_ : ndarray of matplotlib.axes.Axes
        For each map two, image and map, or one without images; for each vector one.
    figure_ : matplotlib.figure.Figure
        The figure around them.

    See Also
    --------
    deconvnet : The numbers.
    OcclusionDisplay : What hiding parts of a row does, for any model.

    References
    ----------
    .. [1] M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional
       networks", ECCV 2014, Sec. 4 and Fig. 2. arXiv:1311.2901

    Examples
    --------
    A filter that looks for an edge, in two images with one:

    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import torch
    >>> from torch import nn
    >>> from sklkd.inspection import DeconvolutionDisplay
    >>> edge = nn.Conv2d(1, 1, (1, 2), bias=False)
    >>> _ = edge.weight.data.copy_(torch.tensor([[[[-1.0, 1.0]]]]))
    >>> net = nn.Sequential(edge, nn.ReLU())
    >>> X = [[[[0.0, 0.0, 3.0, 3.0]]], [[[0.0, 5.0, 5.0, 5.0]]]]
    >>> display = DeconvolutionDisplay.from_estimator(net, X, "1", 0)
    >>> [ax.get_title() for ax in display.axes_[:2]]
    ['unit 0 (0, 0)', 'activation 5']
    >>> display.axes_[1].images[0].get_array().tolist()
    [[-5.0, 5.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        deconvolution: Deconvolution,
        *,
        images: Any = None,
        image_shape: tuple[int, ...] | None = None,
        feature_names: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        self.deconvolution = deconvolution
        self.images = images
        self.image_shape = image_shape
        self.feature_names = feature_names
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        layer: Any,
        unit: int | tuple[int, ...] | None = None,
        *,
        top: int | None = 9,
        rule: str = "deconvnet",
        image_shape: tuple[int, ...] | None = None,
        feature_names: Sequence[str] | None = None,
        **options: Any,
    ) -> Self:
        """Send a unit's activations back, and draw.

        Parameters
        ----------
        estimator, X, layer, unit, rule
            As for `deconvnet`.
        top : int, default=9
            How many rows, those that excite the unit most; as many as in the paper.
            None takes all, in their order.
        image_shape : tuple of int, default=None
            As for the class, and of rows of X that stand for images.
        feature_names : sequence of str, default=None
            Of the columns. None takes those that the estimator saw, or what its
            vectorizer made, or those of X.
        **options
            As for `plot`.

        Returns
        -------
        DeconvolutionDisplay

        Raises
        ------
        TypeError, ValueError
            As `deconvnet` and `plot`.
        """
        found = deconvnet(estimator, X, layer, unit, top=top, rule=rule)
        if feature_names is None:
            feature_names = _fitting(_known_names(estimator), found.maps.shape[1])
        options |= {"image_shape": image_shape, "feature_names": feature_names}
        return cls.from_deconvolution(found, X, **options)

    @classmethod
    def from_deconvolution(
        cls,
        deconvolution: Deconvolution,
        X: Any = None,
        *,
        image_shape: tuple[int, ...] | None = None,
        feature_names: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
        **options: Any,
    ) -> Self:
        """Draw what was found.

        Parameters
        ----------
        deconvolution : Deconvolution
            As `deconvnet` has it.
        X : array-like, DataFrame or Tensor of shape (n_samples, ...), default=None
            The rows that it was given, for the images and the names of columns. Where
            they have another shape than the maps, and there is no `image_shape`, maps
            are shown alone.
        image_shape, feature_names, labels
            As for the class; `image_shape` is that of X as well.
        **options
            As for `plot`.

        Returns
        -------
        DeconvolutionDisplay

        Raises
        ------
        TypeError, ValueError
            As `plot`, and if X has too few rows.
        """
        _check_deconvolution(deconvolution)
        shape, images = deconvolution.maps.shape[1:], None
        if X is not None:
            if feature_names is None:
                feature_names = _fitting(getattr(X, "columns", None), shape[0])
            images = _pictures(X, deconvolution.rows, shape, image_shape)
        display = cls(
            deconvolution,
            images=images,
            image_shape=image_shape,
            feature_names=feature_names,
            labels=labels,
        )
        return display.plot(**options)

    def plot(
        self,
        ax: Axes | Sequence[Axes] | None = None,
        *,
        kind: str = "projections",
        crop: bool = True,
        n_features: int | None = 10,
        max_maps: int = MANY,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or sequence of them, default=None
            Where: as many as `axes_` will have. None makes a figure.
        kind : {"projections", "maps"}, default="projections"
            What is drawn of the deconvolution: what comes back of the activation, as in
            the paper, or of a 1, which is there for a unit that is not excited as well.
        crop : bool, default=True
            Whether only the receptive field is shown, with what it has outside of the
            image in grey. False shows whole rows, and a frame around it.
        n_features : int, default=10
            How many columns of vectors have a bar, at least 1. None draws them all.
        max_maps : int, default=24
            How many maps there are at most, at least 1: those of the highest
            activations, the highest first.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError, ValueError
            If shapes do not fit together, numbers are not finite, or there are too few
            axes.

        Warns
        -----
        UserWarning
            If there are more maps than `max_maps`, or projections of units that are not
            excited, which are zero.
        """
        check_choice(WHO, "kind", kind, WHAT)
        check_flag(WHO, "crop", crop)
        check_interval(WHO, "max_maps", max_maps, COUNT)
        if n_features is not None:
            check_interval(WHO, "n_features", n_features, COUNT)
        _check_deconvolution(self.deconvolution)
        maps = self._maps(kind)
        titles = self._titles()
        self.shown_ = _highest(self.deconvolution.activations, max_maps)
        self._warn(kind)
        parts = maps[self.shown_], [titles[k] for k in self.shown_], WHAT[kind]
        if maps.ndim == 2:
            axes = self._plot_vectors(ax, *parts, n_features)
        else:
            axes = self._plot_images(ax, *parts, crop=crop)
        self.axes_ = np.array(axes, dtype=object)
        self.figure_: Figure = axes[0].figure  # type: ignore[assignment]
        return self

    def _maps(self, kind: str) -> Floats:
        """Maps as they are looked at: (n, height, width), or (n, p) of vectors."""
        maps = np.asarray(getattr(self.deconvolution, kind), dtype=np.float64)
        if maps.ndim not in (2, 3, 4) or 0 in maps.shape:
            raise ValueError(
                f"{WHO}: maps must be of vectors or images, with one at least, got the "
                f"shape {maps.shape}."
            )
        wrong = ~np.isfinite(maps).reshape(len(maps), -1).all(axis=1)
        if wrong.any():
            raise ValueError(
                f"{WHO}: {kind} must be finite, got others in {wrong.sum()} of "
                f"{len(maps)}. Leave out the rows that they are of."
            )
        if maps.ndim == 2 and self.image_shape is not None:
            maps = _reshaped(maps, self.image_shape)
        elif maps.ndim == 4:
            maps = np.moveaxis(maps, 1, -1)
        if maps.ndim < 4:
            return maps
        strongest = np.abs(maps).argmax(axis=-1, keepdims=True)
        return np.take_along_axis(maps, strongest, axis=-1)[..., 0]

    def _titles(self) -> list[str]:
        """What is said of each map besides its activation."""
        units = self.deconvolution.units.tolist()
        if self.labels is None:
            return [_named(*unit) for unit in units]
        return _checked("labels", self.labels, len(units))

    def _warn(self, kind: str) -> None:
        """Warn the caller of the caller of what cannot be seen."""
        activations = self.deconvolution.activations
        n_all, n_shown = len(activations), len(self.shown_)
        silent = int((activations[self.shown_] <= 0).sum())
        told = []
        if n_shown < n_all:
            told.append(
                f"{n_all} maps are too many to be read, so only the {n_shown} of the "
                "highest activations are shown. Ask for fewer (top=9), or raise "
                "max_maps."
            )
        if silent and kind == "projections":
            told.append(
                f"{silent} of {n_shown} maps are zero, since their units are not "
                "excited. Ask for fewer (top=...), or for what comes back of a 1 "
                "(kind='maps')."
            )
        for text in told:
            warnings.warn(f"{WHO}: {text}", UserWarning, stacklevel=3)

    def _plot_images(
        self, ax: Any, maps: Floats, titles: list[str], what: str, *, crop: bool
    ) -> list[Axes]:
        """A map for each row, and its image to the left."""
        images = self._images(maps.shape)
        boxes, panels = self._boxes(maps.shape), 1 if images is None else 2
        views = _windows(boxes, maps.shape[1:]) if crop else None
        height, width = maps.shape[1:] if views is None else views[0, 2:] - views[0, :2]
        n_rows, n_columns = _grid(len(maps))
        tall = 1.3 * min(max(height / width, 1 / LONG), LONG)
        size = (0.8 + 1.5 * panels * n_columns, 0.1 + (tall + 0.25) * n_rows)
        axes = axes_for(WHO, ax, panels * len(maps), size, n_columns=panels * n_columns)
        draw_maps(axes[panels - 1 :: panels], maps, axes, what)
        if images is not None:
            draw_images(axes[::2], images)
        self._say(axes, titles, panels)
        for k, each in enumerate(axes):
            window = None if views is None else views[k // panels]
            _look(each, boxes[k // panels], window)
            if not 1 / LONG <= height / width <= LONG:
                each.set_aspect("auto")
            if ax is None and panels == 2:  # a pair stays together
                each.set_anchor("W" if k % 2 else "E")
        return axes

    def _say(self, axes: Sequence[Axes], titles: Sequence[str], panels: int) -> None:
        """Titles of images and of maps, or both of maps that stand alone."""
        for k, (title, told) in enumerate(zip(titles, self._told(), strict=True)):
            first, last = axes[panels * k], axes[panels * (k + 1) - 1]
            last.set_title(told, size=8, color=FAINT, pad=4)
            text = title if panels == 2 else f"{title}\n{told}"
            first.set_title(text, size=8, color=INK, pad=4, parse_math=False)

    def _plot_vectors(
        self,
        ax: Any,
        maps: Floats,
        titles: list[str],
        what: str,
        n_features: int | None,
    ) -> list[Axes]:
        """Bars of the same columns for each row, on one scale."""
        n_all = maps.shape[1]
        names = _checked("feature_names", self.feature_names, n_all)
        names = names or [f"feature {number}" for number in range(n_all)]
        picked = np.argsort(-np.abs(maps).mean(axis=0), kind="stable")[:n_features]
        n_rows, n_columns = _grid(len(maps))
        size = (1.5 + 2.2 * n_columns, 0.4 + (0.6 + 0.22 * len(picked)) * n_rows)
        axes = axes_for(WHO, ax, len(maps), size, n_columns=n_columns)
        limit = 1.08 * (float(np.abs(maps[:, picked]).max()) or 1.0)
        told = zip(titles, self._told(), strict=True)
        for k, (each, words) in enumerate(zip(axes, told, strict=True)):
            effects, first = maps[k, picked], ax is not None or k % n_columns == 0
            _draw_vector(each, [names[j] if first else "" for j in picked], effects)
            title = ", ".join(words)
            each.set_title(title, loc="left", size=8, color=INK, parse_math=False)
            each.set_xlim(-limit, limit)
        n_others = n_all - len(picked)
        what += f", {n_others} smaller columns not shown" if n_others else ""
        if ax is None:
            axes[0].figure.supxlabel(what, size=9, color=INK)
        for each in axes if ax is not None else []:
            each.set_xlabel(what, size=9, color=INK)
        return axes

    def _told(self) -> list[str]:
        """The activation of what is shown."""
        shown = self.deconvolution.activations[self.shown_]
        return [f"activation {value:.3g}" for value in shown]

    def _images(self, shape: tuple[int, ...]) -> Floats | None:
        """Those of the maps that are shown."""
        if self.images is None:
            return None
        images = np.asarray(self.images, dtype=np.float64)
        expected = (len(self.deconvolution.rows), *shape[1:])
        if images.shape[:3] != expected or images.shape[3:] not in ((), (3,)):
            raise ValueError(
                f"{WHO}: images must have the shape {expected}, and 3 colours as a "
                f"last axis if any, got {images.shape}."
            )
        shown: Floats = images[self.shown_]
        return shown

    def _boxes(self, shape: tuple[int, ...]) -> Indices:
        """Receptive fields of what is shown; whole rows where there is none: (n, 4)."""
        whole = np.tile([0, 0, *shape[1:]], (shape[0], 1))
        if self.deconvolution.boxes is None:
            return whole
        boxes = self.deconvolution.boxes[self.shown_]
        seen = (boxes[:, 2:] > boxes[:, :2]).all(axis=1, keepdims=True)
        fields: Indices = np.where(seen, boxes, whole)
        return fields


def _check_deconvolution(deconvolution: Any) -> None:
    """Raise unless it is what `deconvnet` has found."""
    if not isinstance(deconvolution, Deconvolution):
        raise TypeError(
            f"{WHO}: deconvolution must be a Deconvolution, as deconvnet returns it, "
            f"got {type(deconvolution).__name__}."
        )


def _known_names(estimator: Any) -> Any:
    """Names of what the network within an estimator gets, where they are known."""
    student = getattr(estimator, "student_", None)
    inner = getattr(student, "estimator", None)
    inner = getattr(estimator, "best_estimator_", inner)
    if inner is not None:
        return _known_names(inner)
    steps = getattr(student, "steps", None)
    if steps is None:
        return getattr(estimator, "feature_names_in_", None)
    try:
        return steps.get_feature_names_out()
    except AttributeError:  # a step that has none to say
        return None


def _pictures(
    X: Any, rows: Indices, shape: tuple[int, ...], image_shape: tuple[int, ...] | None
) -> Floats | None:
    """Rows of X as images, or None where they are none: -> (n, height, width[, 3])."""
    source = X.detach().cpu().double().numpy() if hasattr(X, "detach") else X
    source = source.tocsr() if hasattr(source, "tocsr") else source
    framed = hasattr(source, "columns") or hasattr(source, "tocsr")
    source = source if framed else np.asarray(source)
    if source.shape[0] <= rows.max():
        raise ValueError(
            f"{WHO}: X must have the rows that were sent through the network, at least "
            f"{rows.max() + 1}, got {source.shape[0]}."
        )
    if len(shape) > 1 and source.shape[1:] == shape:
        return as_pictures(source[rows], None)
    if image_shape is None:
        return None
    some = take(source, rows)
    flat = np.asarray(some.toarray() if hasattr(some, "tocsr") else some, dtype=float)
    images = _reshaped(flat.reshape(len(rows), -1), image_shape)
    return as_pictures(images, images.shape[1:])


def _fitting(names: Any, width: int) -> list[str] | None:
    """Names, if they are one for each column."""
    if names is None or len(names) != width:
        return None
    return [str(name) for name in names]


def _reshaped(flat: Floats, image_shape: tuple[int, ...]) -> Floats:
    """Vectors as images, channels last: (n, p) -> (n, height, width[, c])."""
    shape = tuple(image_shape)
    if len(shape) not in (2, 3) or int(np.prod(shape)) != flat.shape[1]:
        raise ValueError(
            f"{WHO}: image_shape must be (height, width), or (height, width, "
            f"n_channels), of {flat.shape[1]} numbers in all, got {image_shape!r}."
        )
    return flat.reshape(len(flat), *shape)


def _checked(what: str, texts: Sequence[str] | None, n: int) -> list[str]:
    """Texts, one for each; none at all is none."""
    listed = [] if texts is None else [str(text) for text in texts]
    if texts is not None and len(listed) != n:
        raise ValueError(f"{WHO}: {what} must be {n}, got {len(listed)}.")
    return listed


def _named(channel: int, *position: int) -> str:
    """A unit, and where it is."""
    place = ", ".join(map(str, position))
    return f"unit {channel} ({place})" if position else f"unit {channel}"


def _highest(activations: Floats, n: int) -> Indices:
    """Which maps are drawn: all in their order, or the n strongest: (m,) -> (k,)."""
    if len(activations) <= n:
        return np.arange(len(activations))
    return np.argsort(-activations, kind="stable")[:n]


def _grid(n: int) -> tuple[int, int]:
    """Rows and columns for maps."""
    n_rows = -(-n // ACROSS)
    return n_rows, -(-n // n_rows)


def _windows(boxes: Indices, shape: tuple[int, ...]) -> Indices:
    """Receptive fields that borders have cut, as large as the others: -> (n, 4).

    They go beyond the border that has cut them.
    """
    start, end = boxes[:, :2], boxes[:, 2:]
    size = (end - start).max(axis=0)
    lacking = size - (end - start)
    first, last = start == 0, end == np.asarray(shape)
    before = np.where(first == last, lacking // 2, np.where(first, lacking, 0))
    return np.hstack([start - before, start - before + size])


def _draw_vector(ax: Axes, names: Sequence[str], effects: Floats) -> None:
    """A bar for each column: (m,)."""
    draw_bars(ax, names, effects[np.newaxis])
    ax.locator_params(axis="x", nbins=4)
    ax.tick_params(labelsize=8)
    for name in ax.get_yticklabels():
        name.set_parse_math(False)


def _look(ax: Axes, box: Indices, window: Indices | None) -> None:
    """Show a window of an image, grey outside of it; or all, and a frame."""
    if window is not None:
        top, left, bottom, right = window - 0.5
        ax.set(xlim=(left, right), ylim=(bottom, top), facecolor=OUTSIDE)
        return
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    corners = np.array([top, left, bottom, right]) + 0.5
    if (box != corners).any():
        top, left, bottom, right = box - 0.5
        x, y = [left, right, right, left, left], [top, top, bottom, bottom, top]
        ax.plot(x, y, color=FOR, linewidth=1.8, clip_on=False)
