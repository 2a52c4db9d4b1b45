"""A query as a chain of steps, each of which selects from the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sklkd.readable._sql_dialect import LINE_BREAK, Dialect

WIDTH = 72  # of lists of words, before they are indented
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Output:
    """A column that the user gets.

    Attributes
    ----------
    name : str
        How it is called.
    index : int or None
        Which of the model's outputs it is; None for the likeliest label.
    """

    name: str
    index: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One SELECT.

    Attributes
    ----------
    name : str
        How later steps call it; the last step of a query needs none.
    columns : Mapping of str to str
        What it selects: names, not quoted, to expressions.
    """

    name: str
    columns: Mapping[str, str]


class Names:
    """Names for what a query makes on its way, that differ from the user's.

    Databases disagree about whether case matters; here it does not.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {name.casefold() for name in taken}

    def free(self, name: str) -> str:
        """Return `name`, with underscores behind it until nobody else has it."""
        while name.casefold() in self._taken:
            name += "_"
        return name


def query(
    dialect: Dialect, table: str, keep: tuple[str, ...], steps: list[Step]
) -> str:
    """Write steps as one SELECT; the first is from `table`, which is quoted already."""
    sources = [table, *(dialect.name(step.name) for step in steps[:-1])]
    kept = {name: dialect.name(name) for name in keep}
    selects = [
        _select(dialect, source, {**kept, **step.columns})
        for source, step in zip(sources, steps, strict=True)
    ]
    named = [
        f"{name} {dialect.step}\n{indented(select)}\n)"
        for name, select in zip(sources[1:], selects, strict=False)
    ]
    steps_before = [f"WITH {', '.join(named)}"] if named else []
    return "\n".join([*steps_before, selects[-1]]).replace(LINE_BREAK, "\n")


def case(branches: Iterable[tuple[str, str]], otherwise: str | None = None) -> str:
    """Write a CASE with one condition a line; without conditions, what is left."""
    lines = [_branch(condition, result) for condition, result in branches]
    if otherwise is not None:
        if not lines:
            return otherwise
        lines.append(_placed("ELSE", otherwise))
    return "\n".join(["CASE", *map(indented, lines), "END"])


def indented(text: str) -> str:
    """Move text to the right."""
    return INDENT + text.replace("\n", f"\n{INDENT}")


def around(start: str, inner: str, end: str) -> str:
    """Put an expression between two others, on lines of its own if it has several."""
    if "\n" in inner:
        return f"{start}\n{indented(inner)}\n{end.lstrip()}"
    return f"{start}{inner}{end}"


def _select(dialect: Dialect, source: str, columns: Mapping[str, str]) -> str:
    named = [
        text if text == dialect.name(name) else f"{text} AS {dialect.name(name)}"
        for name, text in columns.items()
    ]
    listed = indented(",\n".join(named))
    return f"SELECT\n{listed}\nFROM {source}"


def _branch(condition: str, result: str) -> str:
    """WHEN and THEN: in one line where there is room."""
    if "\n" in condition:
        return f"WHEN\n{indented(condition)}\n{_placed('THEN', result)}"
    return _placed(f"WHEN {condition} THEN", result)


def _placed(keyword: str, result: str) -> str:
    """A result behind its keyword, or below it if it has several lines."""
    return f"{keyword}\n{indented(result)}" if "\n" in result else f"{keyword} {result}"
