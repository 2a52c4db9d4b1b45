"""A report: what came of every contract, as a table, Markdown, HTML or JSON."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from sklkd.testing._result import WORDS, ContractResult, Status

BAD = ("failed", "xpassed", "out_of_budget")
WRITERS = {".md": "to_markdown", ".html": "to_html", ".json": "to_json"}
COLUMNS = ("contract", "law", "what came of it", "examples", "seconds")


class ContractReport(list[ContractResult]):
    """What came of every contract, of one estimator or several; a list of results.

    Attributes
    ----------
    counts : dict of str to int
        Number of results of each status.
    examples : int
        Cases that were looked at.
    cpu_seconds : float
        Of the processor.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklkd.testing import check_contracts
    >>> report = check_contracts(GaussianNB(), include=["B01", "B02"], profile="quick")
    >>> report.counts
    {'passed': 2}
    >>> print(report.to_markdown().splitlines()[0].rpartition(",")[0])
    contracts: 2 run, 2 held, 10 examples
    """

    @property
    def counts(self) -> dict[str, int]:
        """Number of results of each status that came up."""
        found = Counter(result.status for result in self)
        return {status: found[status] for status in WORDS if found[status]}

    @property
    def examples(self) -> int:
        """Number of cases that were looked at."""
        return sum(result.examples for result in self)

    @property
    def cpu_seconds(self) -> float:
        """Seconds of the processor."""
        return sum(result.cpu_seconds for result in self)

    @property
    def failures(self) -> list[ContractResult]:
        """The results that break a contract."""
        return [result for result in self if result.status == "failed"]

    def summary(self) -> str:
        """Return one line: how many were run, and what came of them."""
        counts = self.counts
        n_run = len(self) - counts.get("not_applicable", 0)
        told = [f"{n} {WORDS[status]}" for status, n in counts.items()]  # type: ignore[index]
        return (
            f"contracts: {', '.join([f'{n_run} run', *told])}, {self.examples} "
            f"examples, {self.cpu_seconds:.1f} s of the processor"
        )

    def raise_for_failures(self) -> None:
        """Raise if a contract is broken, or an expected failure did not come.

        Raises
        ------
        AssertionError
            With each broken contract, and how to see it again.
        """
        wrong = [r for r in self if r.status in ("failed", "xpassed")]
        if wrong:
            raise AssertionError("\n\n".join([self.summary(), *map(str, wrong)]))

    def to_frame(self) -> Any:
        """Return the results as a pandas DataFrame, a row each.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415
        except ImportError as error:
            raise ImportError(
                "ContractReport.to_frame: pandas must be installed. Run pip install "
                "pandas, or use to_json()."
            ) from error
        return pd.DataFrame([result.as_dict() for result in self])

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the results as JSON, and write them to `path` if there is one."""
        content = {
            "counts": self.counts,
            "examples": self.examples,
            "cpu_seconds": self.cpu_seconds,
            "results": [result.as_dict() for result in self],
        }
        return _written(json.dumps(content, indent=1, ensure_ascii=False), path)

    def to_markdown(self, path: str | Path | None = None) -> str:
        """Return the report in Markdown, and write it to `path` if there is one."""
        head = ["| " + " | ".join(COLUMNS) + " |", "|:--|:--|:--|--:|--:|"]
        rows = [
            "| " + " | ".join(_cell(text) for text in row) + " |" for row in _rows(self)
        ]
        parts = [self.summary(), "", *head, *rows]
        for result in self:
            if result.status in BAD:
                parts += ["", f"## {result.contract}", "", "```", str(result), "```"]
        return _written("\n".join(parts), path)

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the report as a piece of HTML, and write it to `path` if given."""
        head = "".join(f"<th>{name}</th>" for name in COLUMNS)
        rows = [
            "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>"
            for row in _rows(self)
        ]
        told = [
            f"<pre>{html.escape(str(result))}</pre>"
            for result in self
            if result.status in BAD
        ]
        return _written(
            f"<p>{html.escape(self.summary())}</p>\n<table>\n<tr>{head}</tr>\n"
            + "\n".join([*rows, "</table>", *told]),
            path,
        )

    def write(self, path: str | Path) -> None:
        """Write the report into a file, in the form that its name ends with.

        Parameters
        ----------
        path : path
            It ends in .md, .html or .json, and its folder is there.

        Raises
        ------
        ValueError
            If it ends otherwise, or there is no such folder.
        """
        path = check_report_path("ContractReport.write", path)
        getattr(self, WRITERS[path.suffix])(path)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        """A table, the broken ones first, and what is wrong with them below.

        Those of scikit-learn's checks that ask for nothing share a line.
        """
        rows = [COLUMNS, *_rows(_together(self))]
        rows = [[_short(text) for text in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        told = [f"\n{result}" for result in self if result.status in BAD]
        if told:  # which a reader may have to scroll over
            told += ["", self.summary()]
        return "\n".join([self.summary(), "", *lines, *told])

    __repr__ = __str__


def check_report_path(who: str, path: str | Path) -> Path:
    """Raise unless a report can be written there; the path.

    For those who know it long before there is a report.
    """
    path = Path(path)
    if path.suffix not in WRITERS:
        raise ValueError(
            f"{who}: the file must end in .md, .html or .json, got {path}."
        )
    if not path.absolute().parent.is_dir():
        raise ValueError(f"{who}: the folder must exist, got {path.absolute().parent}.")
    return path


def _rows(results: Collection[ContractResult]) -> list[list[str]]:
    """The cells of a table, those that ask for action first."""
    rank = {status: i for i, status in enumerate(WORDS)}
    several = len({result.estimator for result in results}) > 1
    return [
        [
            f"{r.estimator} {r.contract}" if several else r.contract,
            r.title,
            WORDS[r.status] + (f": {r.reason}" if r.reason else ""),
            str(r.examples),
            f"{r.cpu_seconds:.2f}",
        ]
        for r in sorted(results, key=lambda r: rank[r.status])
    ]


def _together(results: Iterable[ContractResult]) -> list[ContractResult]:
    """Results with one for all of scikit-learn's checks that held, and so on."""
    kept: list[ContractResult] = []
    groups: dict[tuple[str, Status], list[ContractResult]] = {}
    for result in results:
        if result.is_of_sklearn and result.status in ("passed", "not_applicable"):
            groups.setdefault((result.estimator, result.status), []).append(result)
        else:
            kept.append(result)
    for (estimator, status), group in groups.items():
        kept.append(
            ContractResult(
                estimator=estimator,
                contract=f"{len(group)} more",
                title="Checks of scikit-learn.",
                level="must",
                status=status,
                examples=sum(result.examples for result in group),
                cpu_seconds=sum(result.cpu_seconds for result in group),
            )
        )
    return kept


def _short(text: str, most: int = 72) -> str:
    """A text, cut where it is too long for a table on a screen."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _written(text: str, path: str | Path | None) -> str:
    """The text, which a file holds whole or not at all."""
    if path is not None:
        path = Path(path)
        unfinished = path.with_name(f"{path.name}.unfinished")
        unfinished.write_text(f"{text}\n", encoding="utf-8")
        unfinished.replace(path)
    return text
