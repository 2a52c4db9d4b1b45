"""What is seen of a deconvolution: its maps, its rows as images, receptive fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._deconvnet import Deconvolution
from sklkd.inspection._occlusion_drawing import as_pictures
from sklkd.inspection._tensors import untensored
from sklkd.training import take

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def maps_to_see(
    who: str, maps: NDArray[Any], kind: str, image_shape: tuple[int, ...] | None
) -> Floats:
    """Maps as they are looked at: (n, height, width), or (n, p) of vectors.

    Of several channels a pixel is that of the largest absolute value.

    Parameters
    ----------
    who : str
        What draws; errors start with it.
    maps : ndarray of shape (n, ...)
        Vectors, signals, or images with channels first.
    kind : str
        What they are, for the error.
    image_shape : tuple of int or None
        Of vectors that stand for images.

    Raises
    ------
    ValueError
        If they cannot be drawn.
    """
    maps = np.asarray(maps, dtype=np.float64)
    if maps.ndim not in (2, 3, 4) or 0 in maps.shape:
        raise ValueError(
            f"{who}: maps must be of vectors or images, with one at least, got the "
            f"shape {maps.shape}."
        )
    wrong = ~np.isfinite(maps).reshape(len(maps), -1).all(axis=1)
    if wrong.any():
        raise ValueError(
            f"{who}: {kind} must be finite, got others in {wrong.sum()} of "
            f"{len(maps)}. Leave out the rows that they are of."
        )
    if maps.ndim == 2 and image_shape is not None:
        maps = _reshaped(who, maps, image_shape)
    elif maps.ndim == 4:
        maps = np.moveaxis(maps, 1, -1)
    return _one_channel(maps) if maps.ndim == 4 else maps


def highest(activations: Floats, n: int) -> Indices:
    """Which maps are drawn: all in their order, or the n strongest: (m,) -> (k,)."""
    if len(activations) <= n:
        return np.arange(len(activations))
    return np.argsort(-activations, kind="stable")[:n]


def unseen(activations: Floats, shown: Indices, kind: str) -> list[str]:
    """What of some maps cannot be seen, and what to do about it."""
    n_all, n_shown = len(activations), len(shown)
    silent = int((activations[shown] <= 0).sum())
    told = []
    if n_shown < n_all:
        told.append(
            f"{n_all} maps are too many to be read, so only the {n_shown} of the "
            "highest activations are shown. Ask for fewer (top=9), or raise max_maps."
        )
    if silent and kind == "projections":
        told.append(
            f"{silent} of {n_shown} maps are zero, since their units are not excited. "
            "Ask for fewer (top=...), or for what comes back of a 1 (kind='maps')."
        )
    return told


def unit_name(channel: int, *position: int) -> str:
    """A unit, and where it is."""
    place = ", ".join(map(str, position))
    return f"unit {channel} ({place})" if position else f"unit {channel}"


def rows_as_pictures(
    who: str,
    X: Any,
    deconvolution: Deconvolution,
    image_shape: tuple[int, ...] | None,
) -> Floats | None:
    """Rows of X that maps are of, or None if they are no images: -> (n, h, w[, 3]).

    Raises
    ------
    ValueError
        If X has too few rows, or `image_shape` does not fit.
    """
    rows, shape = deconvolution.rows, deconvolution.maps.shape[1:]
    source = X.tocsr() if hasattr(X, "tocsr") else untensored(X)
    framed = hasattr(source, "columns") or hasattr(source, "tocsr")
    source = source if framed else np.asarray(source)
    if source.shape[0] <= rows.max():
        raise ValueError(
            f"{who}: X must have the rows that were sent through the network, at least "
            f"{rows.max() + 1}, got {source.shape[0]}."
        )
    if len(shape) > 1 and source.shape[1:] == shape:
        return as_pictures(source[rows], None)
    if image_shape is None:
        return None
    some = take(source, rows)
    flat = np.asarray(some.toarray() if hasattr(some, "tocsr") else some, dtype=float)
    images = _reshaped(who, flat.reshape(len(rows), -1), image_shape)
    return as_pictures(images, images.shape[1:])


def _reshaped(who: str, flat: Floats, image_shape: tuple[int, ...]) -> Floats:
    """Vectors as images, channels last: (n, p) -> (n, height, width[, c])."""
    shape = tuple(image_shape) if isinstance(image_shape, Iterable) else ()
    if len(shape) not in (2, 3) or int(np.prod(shape)) != flat.shape[1]:
        raise ValueError(
            f"{who}: image_shape must be (height, width), or (height, width, "
            f"n_channels), of {flat.shape[1]} numbers in all, got {image_shape!r}."
        )
    return flat.reshape(len(flat), *shape)


def _one_channel(maps: Floats) -> Floats:
    """Of several channels the largest value, of any sign: (n, h, w, c) -> (n, h, w)."""
    strongest = np.abs(maps).argmax(axis=-1, keepdims=True)
    return np.take_along_axis(maps, strongest, axis=-1)[..., 0]


def fields(boxes: Indices | None, shape: tuple[int, ...]) -> Indices:
    """Receptive fields, and whole maps of (n, h, w) where there is none: -> (n, 4)."""
    whole = np.tile([0, 0, *shape[1:]], (shape[0], 1))
    if boxes is None:
        return whole
    seen = (boxes[:, 2:] > boxes[:, :2]).all(axis=1, keepdims=True)
    found: Indices = np.where(seen, boxes, whole)
    return found


def windows(boxes: Indices, shape: tuple[int, ...]) -> Indices:
    """Receptive fields that borders have cut, as large as the others: -> (n, 4).

    They go beyond the border that has cut them.
    """
    start, end = boxes[:, :2], boxes[:, 2:]
    size = (end - start).max(axis=0)
    lacking = size - (end - start)
    first, last = start == 0, end == np.asarray(shape)
    before = np.where(first == last, lacking // 2, np.where(first, lacking, 0))
    return np.hstack([start - before, start - before + size])
