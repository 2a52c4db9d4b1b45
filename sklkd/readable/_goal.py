"""Goals of counterfactuals: what a model shall say of a row that it does not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Floats, Indices


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """What outputs shall become.

    Attributes
    ----------
    start : ndarray of shape (n_rows, n_outputs)
        What the model says of the rows as they are.
    classes : bool
        Whether outputs are probabilities of classes, of which the highest counts.
    target : int, tuple of two arrays of shape (n_outputs,), or None
        The class to be reached, or the ends of the interval of values, which belong to
        it; None for whatever is not said now.
    """

    start: Floats
    classes: bool
    target: int | tuple[Floats, Floats] | None

    def reached(self, outputs: Floats, rows: Indices) -> NDArray[np.bool_]:
        """Whether outputs are what they shall be: (m, k), (m,) -> (m,).

        `rows` says which row each of them started from.
        """
        if self.classes:
            now = outputs.argmax(axis=1)
            if self.target is None:
                return np.asarray(now != self.start[rows].argmax(axis=1))
            return np.asarray(now == self.target)
        if isinstance(self.target, tuple):
            low, high = self.target
            return np.asarray(((low <= outputs) & (outputs <= high)).all(axis=1))
        return np.asarray((outputs != self.start[rows]).any(axis=1))

    def side(self, outputs: Floats, rows: Indices) -> Indices:
        """On which side of the goal outputs are, 0 if they are there: (m, k) -> (m,).

        A single value is below (-1) or above (1), everything else is elsewhere (1).
        """
        away = ~self.reached(outputs, rows)
        if isinstance(self.target, tuple) and outputs.shape[1] == 1:
            return np.where(away, np.where(outputs[:, 0] < self.target[0], -1, 1), 0)
        return away.astype(np.int64)

    def progress(self, scores: Floats, rows: Indices) -> Floats:
        """How near scores are to the goal, higher is nearer: (m, k), (m,) -> (m,).

        Of classes it is by how much the best that would do is ahead of the best that
        would not; of values, minus how far they are out.
        """
        if isinstance(self.target, tuple):
            low, high = self.target
            return -np.maximum(np.maximum(low - scores, scores - high), 0).sum(axis=1)
        k = scores.shape[1]
        if self.target is None:
            good = np.arange(k) != self.start[rows].argmax(axis=1)[:, np.newaxis]
        else:
            good = np.broadcast_to(np.arange(k) == self.target, scores.shape)
        best = np.where(good, scores, -np.inf).max(axis=1)
        other = np.where(good, -np.inf, scores).max(axis=1)
        return np.asarray(best - other)


def make_goal(who: str, model: ReadableModel, start: Floats, target: Any) -> Goal:
    """Check what a user wants a model to say, and return it as a goal."""
    if target is None:
        return Goal(start, model.classes is not None, None)
    if model.classes is not None:
        return Goal(start, True, _class(who, target, len(model.targets)))
    return Goal(start, False, _interval(who, target, len(model.targets)))


def _class(who: str, target: Any, n_classes: int) -> int:
    """The position of a class, checked."""
    must = f"{who}: target must be None or the position of a class in [0, {n_classes})"
    if isinstance(target, bool) or not isinstance(target, (int, np.integer)):
        raise TypeError(f"{must}, got {target!r}.")
    if not 0 <= target < n_classes:
        raise ValueError(f"{must}, got {target!r}.")
    return int(target)


def _interval(who: str, target: Any, n_outputs: int) -> tuple[Floats, Floats]:
    """The ends of an interval of values, checked: two of (n_outputs,)."""
    must = (
        f"{who}: target must be None or the interval (low, high) of the values to be "
        f"reached, each a number or {n_outputs} of them"
    )
    if not isinstance(target, (tuple, list, np.ndarray)) or len(target) != 2:
        raise TypeError(f"{must}, got {target!r}.")
    try:
        ends = [np.asarray(end, dtype=np.float64) for end in target]
        low, high = (np.broadcast_to(end, (n_outputs,)) for end in ends)
    except (TypeError, ValueError):
        raise ValueError(f"{must}, got {target!r}.") from None
    if not (low <= high).all():  # also where one is not a number
        raise ValueError(f"{must}, with low <= high, got {target!r}.")
    return low, high
