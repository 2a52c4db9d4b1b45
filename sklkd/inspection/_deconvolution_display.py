"""The picture of a deconvolution: what excites a unit, beside where it was seen."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import COUNT, check_choice, check_flag, check_interval
from sklkd.inspection._deconvnet import Deconvolution, deconvnet
from sklkd.inspection._deconvolution_drawing import Bars, Pairs, Words
from sklkd.inspection._deconvolution_maps import (
    fields,
    highest,
    maps_to_see,
    rows_as_pictures,
    unit_name,
    unseen,
)
from sklkd.inspection._figure import axes_for
from sklkd.inspection._occlusion_drawing import fitting_images, one_each
from sklkd.inspection._within import fitting, names_within

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "DeconvolutionDisplay"
MANY = 24  # maps; a figure of more is longer than a screen
WHAT = {"projections": "activation sent back", "maps": "what comes back of a 1"}
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
            feature_names = names_within(estimator, found.maps.shape[1])
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
                feature_names = fitting(getattr(X, "columns", None), shape[0])
            images = rows_as_pictures(WHO, X, deconvolution, image_shape)
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
        found = getattr(self.deconvolution, kind)
        maps = maps_to_see(WHO, found, kind, self.image_shape)
        labels = self._labels()
        self.shown_ = highest(self.deconvolution.activations, max_maps)
        for text in unseen(self.deconvolution.activations, self.shown_, kind):
            warnings.warn(f"{WHO}: {text}", UserWarning, stacklevel=2)
        activations = self._shown(self.deconvolution.activations)
        told = [f"activation {value:.3g}" for value in activations]
        words = Words([labels[k] for k in self.shown_], told, WHAT[kind])
        picture = self._picture(self._shown(maps), words, crop, n_features)
        size, n_columns = picture.size(), picture.n_columns
        axes = axes_for(WHO, ax, picture.n_axes, size, n_columns=n_columns)
        picture.draw(axes, alone=ax is None)
        self.axes_ = np.array(axes, dtype=object)
        self.figure_: Figure = axes[0].figure  # type: ignore[assignment]
        return self

    def _labels(self) -> list[str]:
        """What is said of each map besides its activation."""
        units = self.deconvolution.units.tolist()
        given = one_each(WHO, "labels", self.labels, len(units))
        return given or [unit_name(*unit) for unit in units]

    def _picture(
        self, maps: Floats, words: Words, crop: bool, n_features: int | None
    ) -> Bars | Pairs:
        """What is drawn of maps: bars of vectors; of others pairs with their images."""
        if maps.ndim == 2:
            n_all = maps.shape[1]
            names = one_each(WHO, "feature_names", self.feature_names, n_all)
            names = names or [f"feature {number}" for number in range(n_all)]
            return Bars(maps, words, names, n_features)
        boxes, images = self.deconvolution.boxes, self.images
        seen = fields(None if boxes is None else self._shown(boxes), maps.shape)
        if images is not None:
            n_all = len(self.deconvolution.rows)
            images = self._shown(fitting_images(WHO, images, (n_all, *maps.shape[1:])))
        return Pairs(maps, words, seen, images, crop)

    def _shown(self, values: NDArray[Any]) -> NDArray[Any]:
        """What of an array, which has a part for each map, belongs to those drawn."""
        some: NDArray[Any] = values[self.shown_]
        return some


def _check_deconvolution(deconvolution: Any) -> None:
    """Raise unless it is what `deconvnet` has found."""
    if not isinstance(deconvolution, Deconvolution):
        raise TypeError(
            f"{WHO}: deconvolution must be a Deconvolution, as deconvnet returns it, "
            f"got {type(deconvolution).__name__}."
        )
