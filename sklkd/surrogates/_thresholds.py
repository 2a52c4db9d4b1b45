"""Numbers that are easy to read, to put between two values."""

from __future__ import annotations

import math

_MOST_DIGITS = 17  # as many as tell any two float64 apart


def short_between(low: float, high: float, *, whole: bool = False) -> float:
    """Return a number of few digits between two neighbouring values of a column.

    It is the shortest decimal in the middle half of the gap, and among several the one
    closest to the middle. For a column of whole numbers it is the shortest whole number
    plus a half, so that "at most 500" and "above 500" are said of 500.5.

    Parameters
    ----------
    low, high : float
        The values, ``low < high``.
    whole : bool, default=False
        Whether the column has whole numbers only.

    Returns
    -------
    float
        A threshold t with ``low <= t < high``; `low` itself where nothing else fits,
        as between two neighbouring float64 numbers.

    Examples
    --------
    >>> from sklkd.surrogates._thresholds import short_between
    >>> short_between(4.8921, 5.2204), short_between(3.0, 4.0, whole=True)
    (5.0, 3.5)
    """
    if math.isinf(low) or math.isinf(high):
        return low
    shift = 0.5 if whole else 0.0
    start = 0.75 * low + 0.25 * high - shift
    found = _shortest(start, 0.25 * low + 0.75 * high - shift) + shift
    return found if low <= found < high else low


def _shortest(start: float, end: float) -> float:
    """The decimal in ``[start, end]`` with the fewest digits."""
    if start <= 0 <= end:
        return 0.0
    first = math.floor(math.log10(max(abs(start), abs(end))))
    for exponent in range(first, first - _MOST_DIGITS, -1):
        unit = float(f"1e{exponent}")
        if unit == 0:
            break
        lowest, highest = math.ceil(start / unit), math.floor(end / unit)
        if lowest <= highest:
            middle = round((0.5 * start + 0.5 * end) / unit)
            return float(f"{min(max(middle, lowest), highest)}e{exponent}")
    return start
