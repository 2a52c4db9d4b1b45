"""Text of sums: linear terms, and tables of what other columns add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sklkd.readable._additive import AdditiveModel, Curve
from sklkd.readable._columns import Floats
from sklkd.readable._words import aligned, plain, short, table, word

INDENT = "    "
POINTS = 7  # at which a curve is shown
FLAT = 1e-12  # slopes up to here go no way


@dataclass(frozen=True, slots=True)
class _Sum:
    """A model as it is shown: its outputs, or the log-odds of the second of two."""

    model: AdditiveModel

    @property
    def title(self) -> str:
        """What is summed up."""
        targets = self.model.targets
        if self.model.classes is None:
            return ", ".join(map(plain, targets))
        if len(targets) == 2:
            return f"log-odds of {plain(targets[1])}"
        return "scores, whose softmax is the probability"

    @property
    def names(self) -> list[str]:
        """What the numbers are about."""
        names = [plain(target) for target in self.model.targets]
        two = self.model.classes is not None and len(names) == 2
        return names[1:] if two else names

    def of(self, scores: Floats) -> Floats:
        """What is shown for scores: (n, n_outputs) -> (n, n_names)."""
        if len(self.names) == scores.shape[1]:
            return scores
        return scores[:, 1:] - scores[:, :1]

    def name(self, j: int) -> str:
        """How a column is called."""
        return plain(self.model.columns[j].name)

    def curves(self, j: int) -> list[Curve]:
        """The curves of a column."""
        return [curve for curve in self.model.curves if curve.feature.column == j]

    def added(self, curves: Sequence[Curve], values: Sequence[float]) -> Floats:
        """What curves of one column add at some values: (n,) -> (n, n_names)."""
        Z = np.zeros((len(values), len(self.model.columns)))
        Z[:, curves[0].feature.column] = values
        return self.of(np.sum([curve.of(Z) for curve in curves], axis=0))


@dataclass(frozen=True, slots=True)
class _Table:
    """What a column adds, in cells; `size` is how much of a difference it makes."""

    name: str
    rows: list[list[str]]
    size: float


def additive_lines(model: AdditiveModel) -> Iterator[str]:
    """Yield the lines of a model."""
    shown = _Sum(model)
    lines = [j for j in model.used if _is_linear(shown, j)]
    tables = [_table(shown, j) for j in model.used if j not in lines]
    tables.sort(key=lambda found: -found.size)
    yield f"{shown.title} ="
    yield from _linear_part(shown, lines)
    yield from (f"{INDENT}+ what {found.name} adds" for found in tables)
    for found in tables:
        yield ""
        yield f"{found.name} adds"
        yield from table([*_header(shown, found), *found.rows], INDENT)
    gaps = [j for j in lines if model.columns[j].gaps]
    fills = [note for j in gaps for note in _fill(shown, j)]
    if fills:
        yield ""
        yield f"missing counts as: {', '.join(fills)}"


def _header(shown: _Sum, found: _Table) -> list[list[str]]:
    """What stands above the columns of a table, if there are several."""
    if len(shown.names) == 1:
        return []
    empty = [""] * ((len(found.rows[0]) - 1) // len(shown.names) - 1)
    return [["", *(cell for name in shown.names for cell in (name, *empty))]]


def _is_linear(shown: _Sum, j: int) -> bool:
    """Whether a column enters as a factor times its number."""
    is_number = shown.model.columns[j].categories is None
    return is_number and all(
        curve.feature.code is None
        and len(curve.coefficients) == 1
        and len(curve.coefficients[0]) <= 2
        for curve in shown.curves(j)
    )


def _linear_part(shown: _Sum, lines: list[int]) -> Iterator[str]:
    """The constant, and linear terms with the largest factor first."""
    constant = shown.of(np.array([shown.model.intercept], dtype=np.float64))[0]
    factors = {}
    for j in lines:
        constant = constant + shown.added(shown.curves(j), [0.0])[0]
        slopes = [_slope(curve) for curve in shown.curves(j)]
        factors[j] = shown.added(slopes, [0.0])[0]
    lines = sorted(lines, key=lambda j: -np.abs(factors[j]).max())
    if len(shown.names) > 1:
        rows = [["", *shown.names], ["", *map(short, constant)]]
        rows += [[f"{shown.name(j)} *", *map(short, factors[j])] for j in lines]
        yield from table(rows, INDENT)
        return
    yield f"{INDENT}{short(constant[0])}"
    for j in lines:
        factor = factors[j][0]
        sign = "-" if factor < 0 else "+"
        yield f"{INDENT}{sign} {short(abs(factor))} * {shown.name(j)}"


def _fill(shown: _Sum, j: int) -> list[str]:
    """What stands for a missing number of a linear column, if it is one number."""
    fills = {curve.feature.fill for curve in shown.curves(j)}
    return [f"{shown.name(j)} {short(fill)}" for fill in fills if len(fills) == 1]


def _table(shown: _Sum, j: int) -> _Table:
    """The table of a column."""
    categories, curves = shown.model.columns[j].categories, shown.curves(j)
    if categories is None:
        points = _points(curves)
        labels = [f"at {short(point)}" for point in points]
    else:
        points = [float(code) for code in range(len(categories))]
        labels = [word(label) for label in categories]
    added = shown.added(curves, [*points, np.nan])
    cells = [aligned(own) for own in added.T.tolist()]
    rows = [list(row) for row in zip([*labels, "missing"], *cells, strict=True)]
    if categories is None:
        rows = _with_ways(rows, _ways(shown, curves, points))
    elif len(shown.names) == 1:
        order = np.argsort(-added[:-1, 0], kind="stable")
        rows = [*(rows[i] for i in order), rows[-1]]
    if not shown.model.columns[j].gaps:
        rows, added = rows[:-1], added[:-1]
    return _Table(shown.name(j), rows, float(np.ptp(added, axis=0).max()))


def _points(curves: Sequence[Curve]) -> list[float]:
    """Where curves are shown: some of their breaks; without any, around the centre."""
    breaks = sorted({point for curve in curves for point in curve.breaks})
    if not breaks:
        center = curves[0].centers[0]
        return [center - 1, center, center + 1]
    chosen = np.linspace(0, len(breaks) - 1, min(POINTS, len(breaks)))
    return [breaks[int(i)] for i in np.rint(chosen)]


def _ways(shown: _Sum, curves: Sequence[Curve], points: list[float]) -> list[list[str]]:
    """Which way curves go at points, and above the last one."""
    above = float(np.nextafter(points[-1], np.inf))
    slopes = shown.added([_slope(curve) for curve in curves], [*points, above])
    return [[_way(slope) for slope in row] for row in slopes]


def _with_ways(rows: list[list[str]], ways: list[list[str]]) -> list[list[str]]:
    """Rows of a curve's table with the way beside each number, and one for "above"."""
    none = [""] * len(ways[0])
    last = f"above {rows[-2][0].removeprefix('at ')}"
    wide = [*rows[:-1], [last, *none], rows[-1]]
    return [
        [row[0], *(cell for pair in zip(row[1:], own, strict=True) for cell in pair)]
        for row, own in zip(wide, [*ways, none], strict=True)
    ]


def _slope(curve: Curve) -> Curve:
    """The derivative of a curve."""
    pieces = tuple(
        tuple(tuple(power * c for c in row) for power, row in enumerate(piece))[1:]
        or ((0.0,) * len(piece[0]),)
        for piece in curve.coefficients
    )
    return replace(curve, coefficients=pieces)


def _way(slope: float) -> str:
    """Which way a curve goes."""
    if abs(slope) <= FLAT:
        return "flat"
    return "up" if slope > 0 else "down"
