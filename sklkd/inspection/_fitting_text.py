"""Text that must fit into a picture: wrapped, shortened in the middle, measured."""

from __future__ import annotations

import re
import textwrap
from functools import lru_cache

GAP = "..."
SIGN, NO_BREAK = re.compile(r"([<>=]) (?=\S)"), "\N{NO-BREAK SPACE}"
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

    The last line stays: it is where a threshold stands, with its sign.
    """
    bound = SIGN.sub(f"\\1{NO_BREAK}", text)
    found = textwrap.wrap(bound, width, break_on_hyphens=False)
    lines = [line.replace(NO_BREAK, " ") for line in found]
    if len(lines) > most:
        lines = [*lines[: most - 2], GAP, lines[-1]]
    return tuple(lines)


@lru_cache(maxsize=4096)
def width_of(text: str, size: float) -> float:
    """Return how many points wide a line of text is at most, from 72 dots per inch."""
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - optional
    from matplotlib.textpath import TextToPath  # noqa: PLC0415 - optional

    measure = TextToPath().get_text_width_height_descent
    width, _, _ = measure(text, FontProperties(size=size), ismath=False)
    return HINTING * float(width)
