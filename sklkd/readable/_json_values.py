"""Labels, categories and numbers as JSON has them: as they are, or with a tag."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np


def to_json(value: Any) -> Any:
    """Return a label or number as str, bool, int, float, None, or tagged.

    Raises
    ------
    TypeError
        If JSON has no room for it, or would change it.
    """
    times = (np.datetime64, np.timedelta64)  # whose item() may be a mere number
    if isinstance(value, np.generic) and not isinstance(value, times):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _tagged("float", value)
    return _date(value)


def from_json(value: Any) -> Any:
    """Return what `to_json` was given, as Python's own type where it was numpy's.

    Raises
    ------
    ValueError
        If a tagged value cannot be read.
    """
    if not isinstance(value, dict):
        return value
    try:
        return READERS[value["type"]](value["value"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"from_dict: {value!r} must have a 'type' of {', '.join(READERS)} and a "
            "'value' that can be read as one, as to_dict writes them."
        ) from error


READERS: dict[str, Any] = {
    "float": float,
    "date": dt.date.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
    "datetime64": np.datetime64,
}


def _date(value: Any) -> dict[str, str]:
    """A date with its tag; a tag must give back what it stands for."""
    tag, text = "", str(value)
    if isinstance(value, dt.datetime):
        tag, text = "datetime", value.isoformat()
    elif isinstance(value, dt.date):
        tag, text = "date", value.isoformat()
    elif isinstance(value, np.datetime64):
        tag = "datetime64"
    if not _reads_back(tag, text, value):
        raise TypeError(
            "to_dict: labels and categories must be str, bool, int, float, None or "
            f"dates, got {value!r} of type {type(value).__name__}. Convert them to "
            "str before fit."
        )
    return _tagged(tag, text)


def _reads_back(tag: str, text: str, value: Any) -> bool:
    """Whether a tag gives back what it stands for."""
    try:
        again = READERS[tag](text)
    except (KeyError, ValueError):
        return False
    return bool(again == value) or (tag == "datetime64" and text == "NaT")


def _tagged(tag: str, value: Any) -> dict[str, str]:
    """A value with its type."""
    return {"type": tag, "value": str(value)}
