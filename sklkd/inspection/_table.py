"""The table of a comparison: a record a model, and how its numbers are written."""

from __future__ import annotations

import dataclasses
import html
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

Metric = Literal["accuracy", "r2"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured of one model; None where it has no meaning.

    Attributes
    ----------
    name : str
        Of the model.
    score : float
        Accuracy in [0, 1], or R² in (-inf, 1].
    agreement : float or None
        With the teacher: share of rows with the same label in [0, 1], or R² of the
        values against the teacher's.
    calibration_error : float or None
        Expected calibration error in [0, 1], of classifiers with ``predict_proba``.
    log_loss : float or None
        Mean negative log-probability of the true label, in nats, of the same.
    seconds_1_row, seconds_1000_rows : float
        Median duration of a call for so many rows.
    n_bytes : float
        Size of the pickled model.
    """

    name: str
    score: float
    agreement: float | None
    calibration_error: float | None
    log_loss: float | None
    seconds_1_row: float
    seconds_1000_rows: float
    n_bytes: float


NUMBERS = [field.name for field in dataclasses.fields(Measurement)][1:]


@dataclass(frozen=True)
class Comparison:
    """What `compare` found: a row a model, shown as a table.

    Attributes
    ----------
    rows : tuple of Measurement
        One a model, in the order in which they were given.
    metric : {"accuracy", "r2"}
        What a row's score is.
    teacher : str or None
        The name of the model that `agreement` is with.
    errors : tuple of Measurement or None
        Standard errors of the rows' numbers, where they are means of several
        comparisons.

    Examples
    --------
    >>> from sklkd.inspection import Comparison, Measurement
    >>> forest = Measurement("forest", 0.97, 1.0, 0.1, 0.25, 0.02, 0.05, 4_200_000)
    >>> student = Measurement("student", 0.96, 0.98, 0.02, 0.1, 0.0001, 0.0004, 21_000)
    >>> print(Comparison((forest, student), "accuracy", "forest").to_markdown())
    | model   | accuracy | agreement | calibration error | log-loss |   1 row | ...
    |:--------|---------:|----------:|------------------:|---------:|--------:|...
    | forest  |   97.0 % |   100.0 % |            10.0 % |    0.250 |   20 ms | ...
    | student |   96.0 % |    98.0 % |             2.0 % |    0.100 | 0.10 ms | ...
    """

    rows: tuple[Measurement, ...]
    metric: Metric
    teacher: str | None = None
    errors: tuple[Measurement, ...] | None = None

    @classmethod
    def mean(cls, comparisons: Sequence[Comparison]) -> Self:
        """Average comparisons of the same models, such as of folds or seeds.

        Parameters
        ----------
        comparisons : sequence of Comparison
            At least two, with the same names in the same order.

        Returns
        -------
        Comparison
            Means, and their standard errors: the standard deviation over comparisons
            (``ddof=1``) over the root of their number. Folds share training rows, so
            there it is an estimate on the small side.

        Raises
        ------
        ValueError
            If there are fewer than two, or they are not about the same models.
        """
        first = _check_alike(comparisons)
        columns = list(zip(*(each.rows for each in comparisons), strict=True))
        return cls(
            tuple(_across(same, statistics.fmean) for same in columns),
            first.metric,
            first.teacher,
            tuple(_across(same, standard_error) for same in columns),
        )

    def to_records(self) -> list[dict[str, Any]]:
        """Return a dict a model, in SI units; ``pandas.DataFrame`` takes them."""
        return [dataclasses.asdict(row) for row in self.rows]

    def to_markdown(self) -> str:
        """Return an aligned Markdown table, with units in its cells."""
        header, *body = self._cells()
        widths = [max(map(len, column)) for column in zip(header, *body, strict=True)]
        left, *right = ("-" * (width + 1) for width in widths)
        rule = f"|:{left}|{''.join(f'{dashes}:|' for dashes in right)}"
        rows = [_line(row, widths) for row in body]
        return "\n".join([_line(header, widths), rule, *rows])

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        header, *body = self._cells()
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>"
            + "".join(_html_line(row) for row in body)
            + "</tbody></table>"
        )

    def __str__(self) -> str:
        return self.to_markdown()

    def _cells(self) -> list[list[str]]:
        """Header and rows as text, without the columns that are empty throughout."""
        formats = _formats(self.metric)
        shown = {
            name: how
            for name, how in formats.items()
            if any(getattr(row, name) is not None for row in self.rows)
        }
        errors = self.errors or [None] * len(self.rows)
        body = [
            [row.name, *(how.cell(row, error, name) for name, how in shown.items())]
            for row, error in zip(self.rows, errors, strict=True)
        ]
        return [["model", *(how.title for how in shown.values())], *body]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its title, and how a number of it is written."""

    title: str
    write: Callable[[float], str]
    with_error: bool = False

    def cell(self, row: Measurement, error: Measurement | None, name: str) -> str:
        """Write a row's number, with its standard error where that tells something."""
        value = getattr(row, name)
        if value is None:
            return "–"
        if error is None or not self.with_error:
            return self.write(value)
        number, _, unit = self.write(value).partition(" ")
        spread = self.write(getattr(error, name)).partition(" ")[0]
        return f"{number} ± {spread} {unit}".rstrip()


def _check_alike(comparisons: Sequence[Comparison]) -> Comparison:
    """The first of them, where all are about the same models."""
    names = {tuple(row.name for row in each.rows) for each in comparisons}
    if len(comparisons) < 2 or len(names) > 1:
        raise ValueError(
            "Comparison.mean: comparisons must be at least 2, of the same models, got "
            f"{len(comparisons)} of {sorted(names)}."
        )
    return comparisons[0]


def standard_error(values: Sequence[float]) -> float:
    """Of the mean of values: their standard deviation over the root of their number."""
    return statistics.stdev(values) / math.sqrt(len(values))


def _across(
    same: Sequence[Measurement], statistic: Callable[[list[float]], float]
) -> Measurement:
    """One statistic of each number of a model, over its measurements."""
    values = {name: [getattr(each, name) for each in same] for name in NUMBERS}
    summary = {
        name: None if None in found else statistic(found)
        for name, found in values.items()
    }
    return Measurement(same[0].name, **summary)  # type: ignore[arg-type]


def _formats(metric: Metric) -> dict[str, Column]:
    """The columns of the table, by the attribute that they show."""
    classes = metric == "accuracy"
    share = _percent if classes else _decimal
    return {
        "score": Column("accuracy" if classes else "R²", share, True),
        "agreement": Column(f"agreement{'' if classes else ' (R²)'}", share, True),
        "calibration_error": Column("calibration error", _percent, True),
        "log_loss": Column("log-loss", _decimal, True),
        "seconds_1_row": Column("1 row", milliseconds),
        "seconds_1000_rows": Column("1000 rows", milliseconds),
        "n_bytes": Column("size", byte_size),
    }


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _decimal(value: float) -> str:
    return f"{value:.3f}"


def milliseconds(seconds: float) -> str:
    """Write a duration in two digits: 0.0213 -> "21 ms"."""
    return f"{_two_digits(1000 * seconds)} ms"


def byte_size(n_bytes: float) -> str:
    """Write a size in two digits, in powers of 1000: 21300 -> "21 kB"."""
    unit, factor = ("MB", 1e6) if n_bytes >= 1e6 else ("kB", 1e3)
    return f"{_two_digits(n_bytes / factor)} {unit}"


def _two_digits(value: float) -> str:
    """Round to two digits, never to fewer than the whole part has: 213.4 -> "213"."""
    return f"{value:#.2g}".rstrip(".") if 0 < value < 10 else f"{value:.0f}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """A line of the table: names to the left, numbers to the right."""
    justified = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    justified[0] = cells[0].ljust(widths[0])
    return f"| {' | '.join(justified)} |"


def _html_line(cells: Sequence[str]) -> str:
    """A row of the HTML table; names are the caller's, and escaped."""
    name, *numbers = (html.escape(cell) for cell in cells)
    right = "".join(f'<td style="text-align: right">{n}</td>' for n in numbers)
    return f'<tr><th style="text-align: left">{name}</th>{right}</tr>'
