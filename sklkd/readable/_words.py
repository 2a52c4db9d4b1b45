"""Numbers, shares and labels as a person writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

EXACTLY_WHOLE = 2.0**53  # beyond, a float's neighbour is not the next whole number
CONFUSING = re.compile(r"^[\s'\"]|\s$|[,{}]| (and|or) |^(missing|True|False|None)?$")
DIGITS = 4


def number(value: float) -> str:
    """Return the shortest decimal that reads back as this float: 12, 0.1, 1e+300."""
    value = float(value)
    if value.is_integer() and abs(value) < EXACTLY_WHOLE:
        return str(int(value))
    return repr(value)


def short(value: float) -> str:
    """Return a number to four digits, whole ones in full: 0.3333, 12346, 1e+09."""
    value = float(value)
    if value == 0 or not math.isfinite(value):
        return number(value)
    size = math.floor(math.log10(abs(value)))
    if not -DIGITS <= size < 2 * DIGITS:
        return f"{value:.{DIGITS}g}"
    text = f"{value:.{max(DIGITS - 1 - size, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def aligned(values: Sequence[float]) -> list[str]:
    """Return numbers with as many decimals as the largest has among four digits."""
    largest = max(map(abs, values), default=0.0)
    if not math.isfinite(largest) or not 1e-4 <= largest < 1e8:
        return [*map(short, values)]
    decimals = max(DIGITS - 1 - math.floor(math.log10(largest)), 0)
    texts = [f"{round(value, decimals) + 0.0:.{decimals}f}" for value in values]
    while "." in texts[0] and all(text[-1] in "0." for text in texts):
        texts = [text[:-1] for text in texts]
    return texts


def percent(share: float) -> str:
    """Return a share in whole per cent; 0 % and 100 % only where they are exact."""
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{round(100 * share)} %"


def word(label: Any) -> str:
    """Return a category as a person writes it; quoted where it could mislead."""
    if isinstance(label, (float, np.floating)):
        return number(float(label))
    text = str(label)
    if isinstance(label, str) and (CONFUSING.search(text) or _is_number(text)):
        return repr(text)
    return plain(text)


def plain(text: str) -> str:
    """Return a text as it is, or quoted where it is empty or breaks lines."""
    return text if text and text.isprintable() else repr(str(text))


def values(targets: Sequence[str], value: Sequence[float]) -> str:
    """Return named numbers, as in "price = 12.3"."""
    pairs = zip(targets, value, strict=True)
    return ", ".join(f"{plain(name)} = {short(x)}" for name, x in pairs)


def table(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """Return lines of a table: the first column to the left, others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]
        lines.append(f"{indent}{'  '.join(cells)}".rstrip())
    return lines


def _is_number(text: str) -> bool:
    """Whether a word could be mistaken for a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
