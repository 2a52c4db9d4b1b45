"""How databases want names, numbers and words to be written."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sklkd.readable._export import scalar

WHO = "to_sql"
# Stands for a line break within a name or a word until a query is complete, so that
# indentation does not get into it. No name and no word can have it itself.
LINE_BREAK = "\0"
SHORT = 60
_SAFE = Fraction(45, 100)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one kind of database writes differently from others.

    Attributes
    ----------
    quote : str
        Stands before and after names, and twice within them.
    backslash : bool
        Whether a backslash within text means something, and so must be doubled.
    real : str
        The type of floating-point numbers of 64 bits.
    truth : tuple of str
        False and true.
    typed_dates : bool
        Whether dates have a type of their own; otherwise they are text.
    least, greatest : str
        Functions that return the least and the greatest of their arguments.
    step : str
        How a step of a query begins. Where a database would put a step into the next
        one, and so compute it as often as it is mentioned, the word MATERIALIZED says
        that it must not.
    """

    quote: str = '"'
    backslash: bool = False
    real: str = "DOUBLE PRECISION"
    truth: tuple[str, str] = ("FALSE", "TRUE")
    typed_dates: bool = True
    least: str = "LEAST"
    greatest: str = "GREATEST"
    step: str = "AS ("

    def name(self, text: str) -> str:
        """Quote the name of a table or column."""
        inner = _writable(text).replace(self.quote, 2 * self.quote)
        return f"{self.quote}{inner}{self.quote}"

    def number(self, value: float) -> str:
        """Write a number so that it is read as the very same 64 bits.

        The exponent makes it floating-point: 1.5 alone would be a decimal in most
        databases.
        """
        text = _digits(float(value)).removesuffix(".0")
        return text if "e" in text else f"{text}e0"

    def literal(self, value: Any) -> str:
        """Write a label or a category."""
        value = scalar(WHO, value)
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return self.truth[value]
        if isinstance(value, int):
            return str(int(value))
        if isinstance(value, float):
            return self.number(value)
        if isinstance(value, str):
            return self._text(value)
        return self._moment(value)

    def _text(self, value: str) -> str:
        inner = _writable(value).replace("'", "''")
        return f"'{_doubled(inner)}'" if self.backslash else f"'{inner}'"

    def _moment(self, value: dt.date) -> str:
        """Write a date, or a date with a time."""
        if not isinstance(value, dt.datetime):
            kind, text = "DATE", value.isoformat()
        else:
            kind, text = "TIMESTAMP", value.isoformat(" ")
            kind += "" if value.tzinfo is None else " WITH TIME ZONE"
        return f"{kind} '{text}'" if self.typed_dates else f"'{text}'"


DIALECTS = {
    "ansi": Dialect(),
    "duckdb": Dialect(step="AS MATERIALIZED ("),
    "mysql": Dialect(quote="`", backslash=True, real="DOUBLE"),
    "postgresql": Dialect(step="AS MATERIALIZED ("),
    "sqlite": Dialect(
        quote="`",  # a name in double quotes that SQLite does not know is text to it
        real="REAL",
        truth=("0", "1"),
        typed_dates=False,
        least="MIN",
        greatest="MAX",
        step="AS MATERIALIZED (",
    ),
}


def total(terms: Iterable[str], *, chunk: int = 100) -> str:
    """Add terms up, in groups: databases limit how deep one formula may nest.

    Terms are products, which may begin with a minus, or in parentheses.
    """
    terms = list(terms)
    while len(terms) > chunk:
        groups = [terms[i : i + chunk] for i in range(0, len(terms), chunk)]
        terms = [f"({_added(group)})" for group in groups]
    return _added(terms) if terms else "0e0"


def _added(terms: list[str]) -> str:
    """Return a sum, with one term a line if it is long."""
    signs = [f"- {term[1:]}" if term.startswith("-") else f"+ {term}" for term in terms]
    separator = " " if sum(map(len, signs)) <= SHORT else "\n"
    return separator.join([terms[0], *signs[1:]])


def _digits(value: float) -> str:
    """Return digits that are read as `value`, by sloppy readers too.

    The shortest digits of a number may lie close to the middle between it and its
    neighbour, where a reader that rounds twice, as that of SQLite does, takes the
    neighbour. Seventeen digits keep away from there.
    """
    if not math.isfinite(value):
        raise ValueError(
            f"{WHO}: the numbers of a model must be finite, got {value}. SQL has no "
            "way to write it; export with to_python."
        )
    shortest = repr(value)
    distance = abs(Fraction(shortest) - Fraction(value))
    near = distance > _SAFE * Fraction(math.ulp(value))
    return format(value, ".17g") if near else shortest


def _doubled(text: str) -> str:
    return text.replace("\\", "\\\\")


def _writable(text: str) -> str:
    """Return `text`, unless it has the one character that SQL cannot hold."""
    if LINE_BREAK in text:
        raise ValueError(
            f"{WHO}: names and words must be without the character NUL, got {text!r}. "
            "Rename it and fit again."
        )
    return text.replace("\n", LINE_BREAK)
