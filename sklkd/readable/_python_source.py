"""Python source of what every exported model has: literals, and the same functions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from sklkd.readable._columns import Column, Feature
from sklkd.readable._export import category_of, filled, scalar

WHO = "to_python"
WIDTH = 88
INDENT = "    "

MISSING = '''
def missing(value):
    """Whether a value is missing: None, NaN, or what pandas puts in its place."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas' NA is neither equal to itself nor not
        return True
'''
NUMBER = '''
def number(row, column):
    """Return a number of a row; NaN, which no comparison holds of, if it is missing."""
    value = row[column]
    return math.nan if missing(value) else float(value)
'''
WORD = '''
def word(row, column):
    """Return a category of a row; None if it is missing."""
    value = row[column]
    return None if missing(value) else value
'''
WORD_OR_DATE = '''
def word(row, column):
    """Return a category of a row; None if it is missing. Dates become ISO text."""
    value = row[column]
    if missing(value):
        return None
    if type(value).__name__ == "datetime64":
        value = value.astype("datetime64[us]").item()
    return value.isoformat() if hasattr(value, "isoformat") else value
'''
FEATURE = '''
def feature(row, column, category, fill):
    """Return a number, or 1 for one category and 0 for all others."""
    if category is not None:
        return float(word(row, column) == category)
    value = number(row, column)
    return fill if value != value else value
'''
SOFTMAX = '''
def softmax(scores):
    """Return probabilities in proportion to e to the power of scores."""
    greatest = max(scores)
    powers = [math.exp(score - greatest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
'''


def literal(value: Any) -> str:
    """Write a label, a category or a number; dates as text in ISO format."""
    value = scalar(WHO, value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, bool | None):
        return repr(value)
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind.__repr__(value)  # of subclasses, too
    return repr(value.isoformat())


def layout(value: Any, *, before: int = 0) -> str:
    """Write nested lists and tuples of literals, in lines of usual width.

    `before` is how many letters stand before it on its line. Numbers and words without
    lists among them share lines.
    """
    if not isinstance(value, list | tuple):
        return literal(value)
    flat = _flat(value)
    if before + len(flat) <= WIDTH or not value:
        return flat
    start, end = "()" if isinstance(value, tuple) else "[]"
    if not any(isinstance(each, list | tuple) for each in value):
        lines = filled(map(literal, value), ", ", WIDTH - before - len(INDENT))
        return f"{start}\n{indented(lines)},\n{end}"
    inner = [indented(f"{layout(each, before=len(INDENT) + 1)},") for each in value]
    return "\n".join([start, *inner, end])


def indented(text: str) -> str:
    """Move text to the right."""
    return INDENT + text.replace("\n", f"\n{INDENT}")


def constant(name: str, value: Any) -> str:
    """Write an assignment."""
    return f"{name} = {layout(value, before=len(name) + 3)}"


def readers(columns: Iterable[Column], *, both: bool) -> list[str]:
    """Return functions that read columns from a row: those needed, or both kinds."""
    categories = [column.categories for column in columns]
    words = [word for known in categories for word in known or ()]
    dates = any(hasattr(scalar(WHO, word), "isoformat") for word in words)
    return [
        MISSING,
        *([NUMBER] if both or None in categories else []),
        *([WORD_OR_DATE if dates else WORD] if both or words else []),
    ]


def described(column: Column, feature: Feature) -> tuple[str, Any, float]:
    """Return what `feature` takes in exported source: column, category, fill."""
    return column.name, category_of(WHO, column, feature), float(feature.fill)


def _flat(value: Any) -> str:
    """Write nested lists and tuples in one line."""
    if not isinstance(value, list | tuple):
        return literal(value)
    inner = ", ".join(map(_flat, value))
    if isinstance(value, list):
        return f"[{inner}]"
    return f"({inner},)" if len(value) == 1 else f"({inner})"
