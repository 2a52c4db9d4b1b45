"""Labels beside the points of a plot, where nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

Place = tuple[float, float]  # to the right and up, in points
Box = tuple[float, float, float, float]  # left, bottom, right, top, in points

INK, FAINT = "#222222", "#6b6b6b"
DOT = 7.0  # points across
LINE = 12.0  # points from a line of text to the next
ALIGNMENT = {1: "left", 0: "center", -1: "right"}  # by the side of its point
FAR = 1.0  # square points that a label would rather cover than move by one point


def place_labels(
    ax: Axes,
    texts: Sequence[tuple[str, str]],
    points: NDArray[np.float64],
    across: Sequence[float],
    spread: Sequence[float],
) -> None:
    """Put each label beside its point, where nothing else is.

    From the highest point down, a place is taken to the right or left of the disc,
    level with it or some lines off, or above or below: where little is covered, and
    near. Limits, scale and size of the axes must be final.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With the points on it.
    texts : sequence of (str, str)
        A name, and what is written below it.
    points : ndarray of shape (n_points, 2)
        In the units of the axes.
    across : sequence of float
        Diameter of the disc around each point, in points of typography.
    spread : sequence of float
        Half the height of each point's error bar, in units of the vertical axis.
    """
    ax.figure.canvas.figure.draw_without_rendering()  # lays out: positions are final
    taken = [
        box
        for point, width, error in zip(points, across, spread, strict=True)
        for box in _marks(ax, point, width, error)
    ]
    for i in np.argsort(-points[:, 1], kind="stable"):
        size = _text_size(ax, texts[i], points[i])
        places = _places(across[i])
        boxes = [_label_box(ax, points[i], place, size) for place in places]
        costs = [
            round(_clash(ax, box, taken) + FAR * abs(place[1]))
            for box, place in zip(boxes, places, strict=True)
        ]
        best = int(np.argmin(costs))
        _write(ax, texts[i], points[i], places[best])
        taken.append(boxes[best])


def _places(across: float) -> list[Place]:
    """Offsets from a point in points: beside it, and last above and below."""
    aside = max(across, DOT) / 2 + 5
    above = aside + LINE
    steps = [0.0, *(sign * k * LINE / 2 for k in range(1, 12) for sign in (1, -1))]
    beside = [(side * aside, step) for step in steps for side in (1, -1)]
    return [*beside, (0.0, above), (0.0, -above)]


def _marks(
    ax: Axes, point: NDArray[np.float64], across: float, error: float
) -> list[Box]:
    """What a model's disc and its error bar cover."""
    (x, y), half = _at(ax, point), max(across, DOT) / 2
    bottom, top = (_at(ax, (point[0], point[1] + s))[1] for s in (-error, error))
    return [(x - half, y - half, x + half, y + half), (x - 1, bottom, x + 1, top)]


def _text_size(
    ax: Axes, text: tuple[str, str], point: NDArray[np.float64]
) -> tuple[float, float]:
    """Width and height of a label, in points."""
    written = _write(ax, text, point, (0.0, 0.0))
    widths = [part.get_window_extent().width for part in written]
    for part in written:
        part.remove()
    return max(widths) * 72 / ax.figure.dpi, 2 * LINE


def _label_box(
    ax: Axes, point: NDArray[np.float64], place: Place, size: tuple[float, float]
) -> Box:
    """What a label covers at a place."""
    x, y = _at(ax, point) + place
    left = x - size[0] * (1 - np.sign(place[0])) / 2
    return left, y - size[1] / 2, left + size[0], y + size[1] / 2


def _clash(ax: Axes, box: Box, taken: Sequence[Box]) -> float:
    """Square points of a box that are taken, or outside of the axes."""
    area = (box[2] - box[0]) * (box[3] - box[1])
    corners = np.array([ax.bbox.p0, ax.bbox.p1]) * 72 / ax.figure.dpi
    (left, bottom), (right, top) = corners.tolist()
    outside = area - _shared(box, (left, bottom, right, top))
    return outside + sum(_shared(box, other) for other in taken)


def _shared(a: Box, b: Box) -> float:
    """Area that two boxes have in common."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)


def _write(
    ax: Axes, text: tuple[str, str], point: NDArray[np.float64], place: Place
) -> list[Annotation]:
    """Write a name and the numbers below it, with a line to a point that is far."""
    far = place[0] != 0 and abs(place[1]) > 1.5 * LINE
    line = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.6, "shrinkB": DOT / 2}
    styles: tuple[dict[str, Any], ...] = (
        {"color": INK, "weight": "bold", "size": 9},
        {"color": FAINT, "size": 8},
    )
    return [
        ax.annotate(
            part,
            (point[0], point[1]),
            (place[0], place[1] + up * LINE / 2),
            textcoords="offset points",
            ha=ALIGNMENT[int(np.sign(place[0]))],
            va="center",
            arrowprops=line if far and up > 0 else None,
            in_layout=False,
            parse_math=False,
            **style,
        )
        for part, style, up in zip(text, styles, (1, -1), strict=True)
    ]


def _at(ax: Axes, point: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Position in the figure of a point of the axes, in points: (2,) -> (2,)."""
    position: NDArray[np.float64] = ax.transData.transform(point) * 72 / ax.figure.dpi
    return position
