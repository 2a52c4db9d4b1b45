"""Text that must fit into a picture: wrapped, shortened in the middle, measured."""

from __future__ import annotations

import textwrap
from functools import lru_cache

from sklkd.inspection._confusion_panel import plain_text

GAP = "..."
HINTING = 1.12  # how much wider words may be where few dots make up a letter


def printable(text: str) -> str:
    """Return a text as it is, or quoted where it would break lines or be nothing."""
    return text if text.strip() and text.isprintable() else repr(text)


def shortened(text: str, most: int) -> str:
    """Return a text of at most `most` letters: what is left out is in the middle.

    Names that begin alike, such as those of the categories of one column, then still
    differ.
    """
    if len(text) <= most:
        return text
    tail = (most - len(GAP)) // 2
    return f"{text[: most - len(GAP) - tail]}{GAP}{text[len(text) - tail :]}"


def wrapped(text: str, width: int, most: int) -> tuple[str, ...]:
    """Return lines of at most `width` letters; of more than `most` the middle is cut.

    The last line stays: it is where a threshold stands.
    """
    lines = textwrap.wrap(text, width, break_on_hyphens=False)
    if len(lines) > most:
        lines = [*lines[: most - 2], GAP, lines[-1]]
    return tuple(lines)


@lru_cache(maxsize=4096)
def width_of(text: str, size: float) -> float:
    """Return how many points wide a line of text is at most, from 72 dots per inch."""
    from matplotlib.textpath import TextPath  # noqa: PLC0415 - matplotlib is optional

    if not text.strip():
        return 0.0
    path = TextPath((0, 0), plain_text(text), size=size)
    return HINTING * float(path.get_extents().x1)
