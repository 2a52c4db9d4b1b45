"""What is hidden together: windows of an image, or groups of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import COUNT, Interval, check_interval, did_you_mean

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NAMED = 3  # columns of a group that its name lists
SIZE = Interval(0, integer=True)


@dataclass(frozen=True, slots=True)
class Windows:
    """Cells of a row that are hidden together, once for each window.

    Attributes
    ----------
    shape : (int, int) or (int,)
        Height and width of an image, or the number of columns.
    row_shape : tuple of int
        Of a row of X, which may have channels besides.
    cells : tuple
        An index into an array of that `shape` for each window.
    names : tuple of str
        Of the groups; empty where these are windows of an image.
    """

    shape: tuple[int, ...]
    row_shape: tuple[int, ...]
    cells: tuple[Any, ...]
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.cells)

    def masks(self, part: slice) -> Bools:
        """Which entries of a row some windows hide: -> (k, *row_shape or with 1s)."""
        cells = self.cells[part]
        masks = np.zeros((len(cells), *self.shape), dtype=bool)
        for mask, index in zip(masks, cells, strict=True):
            mask[index] = True
        if len(self.row_shape) > len(self.shape):  # channels come first
            return masks[:, np.newaxis]
        if len(self.row_shape) == len(self.shape):
            return masks
        flat = masks.reshape(len(cells), int(np.prod(self.shape)))
        return np.repeat(flat, self.row_shape[0] // flat.shape[1], axis=1)

    def spread(self, effects: Floats) -> Floats:
        """Mean effect of the windows that cover a cell, 0 where none does.

        (n, m, ...) -> (n, *shape, ...)
        """
        kept = effects.shape[2:]
        total = np.zeros((len(effects), *self.shape, *kept))
        for number, index in enumerate(self.cells):
            aside = (np.newaxis,) * len(self.shape)
            total[(slice(None), *index)] += effects[(slice(None), number, *aside)]
        times = np.maximum(self.covering(), 1)
        mean: Floats = total / times.reshape(*self.shape, *(1 for _ in kept))
        return mean

    def covering(self) -> NDArray[np.int64]:
        """How many windows cover each cell: -> shape."""
        times = np.zeros(self.shape, dtype=np.int64)
        for index in self.cells:
            times[index] += 1
        return times

    @property
    def empty(self) -> Bools:
        """Which windows hide nothing: (m,)."""
        sizes = [np.size(index[0]) if self.names else 1 for index in self.cells]
        return np.array(sizes, dtype=np.int64) == 0


def image_windows(
    who: str, row_shape: tuple[int, ...], image_shape: Any, window: Any, stride: Any
) -> tuple[Windows, NDArray[np.int64], tuple[int, int]]:
    """Windows that cover an image, and where each begins.

    They begin at every `stride`-th pixel from the top left. All lie within the image:
    where these do not reach the far border, a last one ends at it.

    Parameters
    ----------
    who : str
        What asks; errors start with it.
    row_shape : tuple of int
        Of a row of X: (n_channels, height, width), (height, width) or (n_pixels,).
    image_shape : tuple of int or None
        (height, width) or (height, width, n_channels) of a flat row.
    window : int or (int, int)
        Height and width; 0 makes no window at all.
    stride : int or (int, int) or None
        None is half the window.

    Returns
    -------
    windows : Windows
    positions : ndarray of shape (n_windows, 2)
        Top and left.
    size : (int, int)
        Of each window.
    """
    shape = _grid_of(who, row_shape, image_shape)
    height, width = _pair(who, "window", window, SIZE)
    for size, whole in zip((height, width), shape, strict=True):
        if size > whole:
            raise ValueError(
                f"{who}: window must fit into the image of {shape[0]} by {shape[1]} "
                f"pixels, got {window!r}."
            )
    steps = _steps(who, stride, (height, width))
    if height * width == 0:
        return Windows(shape, row_shape, ()), np.zeros((0, 2), int), (height, width)
    tops, lefts = (
        _starts(whole, size, step)
        for whole, size, step in zip(shape, (height, width), steps, strict=True)
    )
    positions = np.array([(top, left) for top in tops for left in lefts])
    cells = tuple(
        (slice(top, top + height), slice(left, left + width))
        for top, left in positions.tolist()
    )
    return Windows(shape, row_shape, cells), positions, (height, width)


def column_groups(who: str, names: list[Any], groups: Any) -> Windows:
    """Groups of columns: of what the user passed, or each column alone.

    Parameters
    ----------
    who : str
        What asks; errors start with it.
    names : list
        Of the columns; numbers where they have none.
    groups : iterable of groups, mapping from name to group, or None
        A group is a list of names or positions, or one of them.
    """
    shape = (len(names),)
    if groups is None:
        groups = [[position] for position in range(len(names))]
    if isinstance(groups, (str, Integral)) or not isinstance(groups, Iterable):
        raise TypeError(
            f"{who}: groups must be a list of lists of columns, or a mapping from "
            f"names to such lists, got {groups!r}."
        )
    parts = groups.values() if isinstance(groups, Mapping) else groups
    known = [_columns(who, names, group) for group in parts]
    titles = tuple(map(str, groups)) if isinstance(groups, Mapping) else ()
    titles = titles or tuple(_title(names, group) for group in known)
    return Windows(shape, shape, tuple((group,) for group in known), titles)


def _grid_of(who: str, row_shape: tuple[int, ...], image_shape: Any) -> tuple[int, int]:
    """Height and width of the image that a row is."""
    if image_shape is None or len(row_shape) > 1:
        if len(row_shape) not in (2, 3) or image_shape is not None:
            raise ValueError(
                f"{who}: image_shape must be there if and only if X is flat, got "
                f"image_shape={image_shape!r} for rows of shape {row_shape}."
            )
        return row_shape[-2], row_shape[-1]
    shape = tuple(image_shape) if isinstance(image_shape, Iterable) else ()
    if len(shape) not in (2, 3) or int(np.prod(shape)) != row_shape[0]:
        raise ValueError(
            f"{who}: image_shape must be (height, width) or (height, width, "
            f"n_channels), with as many pixels as X has columns, {row_shape[0]}, got "
            f"{image_shape!r}."
        )
    return int(shape[0]), int(shape[1])


def _pair(who: str, name: str, value: Any, interval: Interval) -> tuple[int, int]:
    """One number for both directions, or two."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise ValueError(
            f"{who}: {name} must be an integer or a pair of them, got {value!r}."
        )
    for part in pair:
        check_interval(who, name, part, interval)
    return int(pair[0]), int(pair[1])


def _steps(who: str, stride: Any, window: tuple[int, int]) -> tuple[int, int]:
    """By how much windows move; never by more than a window, which would leave gaps."""
    if stride is None:
        return max(1, window[0] // 2), max(1, window[1] // 2)
    steps = _pair(who, "stride", stride, COUNT)
    if any(s > w > 0 for s, w in zip(steps, window, strict=True)):
        raise ValueError(
            f"{who}: stride must be at most the window, {window}, so that every pixel "
            f"is hidden, got {stride!r}."
        )
    return steps


def _starts(whole: int, size: int, step: int) -> list[int]:
    """Where windows of a size begin, the last so that it ends at the border."""
    starts = list(range(0, whole - size + 1, step))
    return starts if starts[-1] == whole - size else [*starts, whole - size]


def _columns(who: str, names: list[Any], group: Any) -> NDArray[np.int64]:
    """Positions of a group's columns, each once and sorted."""
    alone = isinstance(group, (str, Integral)) or not isinstance(group, Iterable)
    members = [group] if alone else list(group)
    positions = {_position(who, names, member) for member in members}
    return np.array(sorted(positions), dtype=np.int64)


def _position(who: str, names: list[Any], member: Any) -> int:
    """Where a column is, which is meant by its name or else by its position."""
    times = names.count(member)
    if times == 1:
        return names.index(member)
    if times > 1:
        raise ValueError(
            f"{who}: groups must say which column is meant: {times} are called "
            f"{member!r}. Pass positions."
        )
    number = isinstance(member, Integral) and not isinstance(member, bool)
    if number and 0 <= member < len(names):
        return int(member)
    raise ValueError(
        f"{who}: groups must hold names or positions of the {len(names)} columns, got "
        f"{member!r}.{did_you_mean(member, map(str, names))}"
    )


def _title(names: list[Any], group: NDArray[np.int64]) -> str:
    """What a group is called: its first columns, and how many there are."""
    told = [
        f"feature {j}" if isinstance(names[j], Integral) else str(names[j])
        for j in group.tolist()
    ]
    if len(told) > NAMED:
        return f"{', '.join(told[:NAMED])}, … ({len(told)})"
    return ", ".join(told) or "nothing"
