"""One wording for all hyperparameter errors: who, what must hold, what came."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of real numbers, or of whole ones.

    Parameters
    ----------
    low, high : float
        The ends; infinite ends are always open.
    closed : {"both", "left", "right", "neither"}, default="both"
        Which ends belong to it.
    integer : bool, default=False
        Whether only whole numbers are in it.
    """

    low: float = -math.inf
    high: float = math.inf
    closed: Literal["both", "left", "right", "neither"] = "both"
    integer: bool = False

    def __contains__(self, value: Any) -> bool:
        kind: Any = numbers.Integral if self.integer else numbers.Real
        if isinstance(value, bool) or not isinstance(value, kind):
            return False
        above = value >= self.low if self._has("left") else value > self.low
        below = value <= self.high if self._has("right") else value < self.high
        return bool(above and below and -math.inf < value < math.inf)

    def __str__(self) -> str:
        kind = "an integer" if self.integer else "a real number"
        left = "[" if self._has("left") and math.isfinite(self.low) else "("
        right = "]" if self._has("right") and math.isfinite(self.high) else ")"
        return f"{kind} in {left}{_plain(self.low)}, {_plain(self.high)}{right}"

    def _has(self, side: Literal["left", "right"]) -> bool:
        return self.closed in (side, "both")


def _plain(number: float) -> str:
    """A number as one writes it: 1, 0.5, inf."""
    return f"{int(number)}" if float(number).is_integer() else f"{number}"


FRACTION = Interval(0, 1)
POSITIVE = Interval(0, closed="neither")
NON_NEGATIVE = Interval(0)
COUNT = Interval(1, integer=True)


def check_interval(who: str, name: str, value: Any, interval: Interval) -> None:
    """Raise unless `value` lies in `interval`; a wrong type is a TypeError."""
    if value in interval:
        return
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    error = ValueError if number else TypeError
    raise error(f"{who}: {name} must be {interval}, got {value!r}.")


def check_choice(who: str, name: str, value: Any, options: Iterable[str]) -> None:
    """Raise unless `value` is one of `options`, naming the nearest."""
    known = list(options)
    if isinstance(value, str) and value in known:
        return
    listed = ", ".join(repr(option) for option in known)
    raise ValueError(
        f"{who}: {name} must be one of {listed}, got {value!r}."
        f"{did_you_mean(value, known)}"
    )


def check_flag(who: str, name: str, value: Any) -> None:
    """Raise unless `value` is True or False; numpy's are too."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{who}: {name} must be True or False, got {value!r}.")


def did_you_mean(name: Any, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?", or nothing where nothing is near."""
    near = difflib.get_close_matches(str(name), list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
