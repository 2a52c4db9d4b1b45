"""Which columns a teacher listens to: probed by gradients, perturbed by permutation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from tqdm.auto import tqdm

from sklkd.readable import Column
from sklkd.surrogates._evidence import Floats, Indices
from sklkd.surrogates._informant import Informant
from sklkd.surrogates._probing import attention, gradient
from sklkd.transfer_sets import recombined

MOST_NUMBERS = 2_000_000  # entries of X that are changed in a ranking
MOST_ROWS = 1_000
FEWEST_ROWS = 100
WHOLE_ABOVE = 64  # groups, of which parts are first tried whole
N_PARTS = 32


@dataclass(frozen=True, slots=True)
class Ranking:
    """How much a teacher listens to each column.

    Attributes
    ----------
    names : tuple of str
        Of the columns.
    importances : dict of str to ndarray of shape (n_columns,)
        By method. "permutation" and "leave_one_out": mean squared change of the
        outputs, summed over them. "gradient": mean length of the outputs' gradient
        times the column's standard deviation. "attention": mean weight.
    order : ndarray of int, shape (n_columns,)
        Columns from the most important on, by the mean of their ranks.
    kept : ndarray of int, shape (n_kept,)
        Columns that the surrogate sees, ascending.
    """

    names: tuple[str, ...]
    importances: dict[str, Floats]
    order: Indices
    kept: Indices

    @classmethod
    def of(cls, who: str, names: Any, importances: Any, kept: Any = None) -> Self:
        """Rank columns by importances that there are already.

        Raises
        ------
        ValueError
            If there are none, or not one for each column, or one that is negative or
            not finite, or if a column is kept that there is not.
        """
        found = {k: np.asarray(own, np.float64) for k, own in importances.items()}
        named = tuple(str(name) for name in names)
        right = [
            own.shape == (len(named),) and np.isfinite(own).all() and (own >= 0).all()
            for own in found.values()
        ]
        if not found or not all(right):
            raise ValueError(
                f"{who}: importances must be at least one array of {len(named)} finite "
                "numbers that are not negative, one for each name, got "
                f"{importances!r}."
            )
        every = np.arange(len(named))
        seen = every if kept is None else np.sort(np.asarray(kept))
        if not np.isin(seen, every).all():
            raise ValueError(
                f"{who}: kept must be positions of columns, 0 to {len(named) - 1}, got "
                f"{kept!r}."
            )
        return cls(named, found, ordered(found), seen)

    @property
    def mean_rank(self) -> Floats:
        """Mean over the methods of the rank of each column, 1 for the first."""
        ranks = [rankdata(-own, method="average") for own in self.importances.values()]
        mean: Floats = np.mean(ranks, axis=0)
        return mean


@dataclass(frozen=True, slots=True)
class Probe:
    """Rows on which a teacher is probed.

    Attributes
    ----------
    informant : Informant
        The teacher.
    X : array or DataFrame
        Rows.
    weight : ndarray of shape (n_rows,)
        Positive.
    groups : list of ndarray of int
        Columns that are perturbed together.
    seed : int
        Of what is drawn.
    verbose : int
        Whether to show a bar.
    """

    informant: Informant
    X: Any
    weight: Floats
    groups: list[Indices]
    seed: int
    verbose: int = 0


def permutation(probe: Probe) -> Floats:
    """Mean squared change of the outputs if a group comes from other rows: (p,)."""
    rng = np.random.default_rng(probe.seed)
    ends = np.cumsum(probe.weight)
    drawn = rng.random(len(probe.weight)) * ends[-1]
    others = np.searchsorted(ends, drawn, side="right").clip(max=len(ends) - 1)
    return _changed(probe, lambda _: others)


def leave_one_out(probe: Probe) -> Floats:
    """Mean squared change of the outputs if a group is as in a typical row: (p,)."""
    n_rows = len(probe.weight)

    def typical(column: int) -> Indices:
        return np.full(n_rows, _middle(_codes(probe.X, column), probe.weight))

    return _changed(probe, typical)


METHODS: dict[str, Callable[[Probe], Floats | None]] = {
    "permutation": permutation,
    "leave_one_out": leave_one_out,
    "gradient": lambda probe: gradient(probe.informant, probe.X, probe.weight),
    "attention": lambda probe: attention(probe.informant, probe.X, probe.weight),
}


def rank(
    columns: tuple[Column, ...], probe: Probe, methods: Sequence[str]
) -> dict[str, Floats]:
    """Return the importances by each method that the teacher has an answer to.

    Parameters
    ----------
    columns : tuple of Column
        All columns.
    probe : Probe
        The teacher and rows.
    methods : sequence of str
        Names in `METHODS`.

    Raises
    ------
    ValueError
        If none of them can be used with this teacher.
    """
    answers = {name: METHODS[name](probe) for name in methods}
    found = {name: own for name, own in answers.items() if own is not None}
    if not found:
        raise ValueError(
            f"{probe.informant.question.who}: importance must have a method that works "
            f"with this teacher, got {list(methods)}. Gradients and attention are "
            "those of torch networks that take X as it is; pass 'permutation'."
        )
    # All columns of a group are as important as the group.
    for own in found.values():
        for group in probe.groups:
            own[group] = own[group].max()
    assert all(len(own) == len(columns) for own in found.values())
    return found


def ordered(importances: dict[str, Floats]) -> Indices:
    """Columns from the most important on, by the mean of their ranks: (p,)."""
    ranks = [rankdata(-own, method="average") for own in importances.values()]
    return np.argsort(np.mean(ranks, axis=0), kind="stable")


def some_rows(n_rows: int, n_columns: int, seed: int) -> Indices:
    """As many rows as can be changed in all columns in reasonable time: (m,)."""
    most = int(np.clip(MOST_NUMBERS // n_columns, FEWEST_ROWS, MOST_ROWS))
    if n_rows <= most:
        return np.arange(n_rows)
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(n_rows, size=most, replace=False))


def _changed(probe: Probe, source: Callable[[int], Indices]) -> Floats:
    """Mean squared change of the outputs as each group comes from other rows: (p,)."""
    before = probe.informant.ask(probe.X)
    share = probe.weight / probe.weight.sum()
    swap = _Swap(probe.informant.question.who, probe.X)
    shown = tqdm(
        total=len(probe.groups),
        desc="ranking",
        unit="column",
        disable=not probe.verbose,
    )

    def effect(groups: list[Indices]) -> float:
        columns = np.concatenate(groups).tolist()
        after = probe.informant.ask(swap.of({j: source(j) for j in columns}))
        return float(share @ np.square(after - before).sum(axis=1))

    with shown:
        return _effects(effect, probe.groups, probe.X.shape[1], shown.update)


def _effects(
    effect: Callable[[list[Indices]], float],
    groups: list[Indices],
    n_columns: int,
    done: Callable[[int], Any],
) -> Floats:
    """Effect of each group alone, from as few trials as seem to do: (n_columns,).

    Of many groups, parts are tried whole: where a teacher does not notice that a part
    changes, none of it is tried alone. Where it does, halves of the part are tried in
    the same way. That takes up to twice as many trials as there are groups, so it is
    given up once it has cost more than one trial for each group so far.
    """
    found = np.zeros(n_columns)
    n_tried = n_settled = 0

    def settle(part: list[Indices]) -> None:
        nonlocal n_tried, n_settled
        own = effect(part)
        n_tried += 1
        if own == 0 or len(part) == 1:
            found[np.concatenate(part)] = own
            n_settled += len(part)
            done(len(part))
            return
        pieces = 2 if n_tried <= max(n_settled, len(groups) // 10) else len(part)
        for piece in np.array_split(np.arange(len(part)), pieces):
            settle([part[i] for i in piece])

    n_parts = len(groups) if len(groups) <= WHOLE_ABOVE else N_PARTS
    for part in np.array_split(np.arange(len(groups)), n_parts):
        settle([groups[i] for i in part])
    return found


class _Swap:
    """Rows of which some columns come from other rows; arrays are not copied anew."""

    def __init__(self, who: str, X: Any) -> None:
        self.who, self.X = who, X
        self.scratch = X.copy() if isinstance(X, np.ndarray) else None
        self.changed: list[int] = []

    def of(self, sources: dict[int, Indices]) -> Any:
        """Return the table, good until the next call."""
        if self.scratch is None:
            n_rows, n_columns = self.X.shape
            source = np.repeat(np.arange(n_rows)[:, np.newaxis], n_columns, axis=1)
            for column, rows in sources.items():
                source[:, column] = rows
            return recombined(self.who, self.X, source)
        self.scratch[:, self.changed] = self.X[:, self.changed]
        for column, rows in sources.items():
            self.scratch[:, column] = self.X[rows, column]
        self.changed = list(sources)
        return self.scratch


def _codes(X: Any, column: int) -> NDArray[Any]:
    """Values of a column that can be sorted, or counted where they are words: (n,)."""
    values = X[:, column] if isinstance(X, np.ndarray) else _series(X, column)
    return np.asarray(values)


def _series(X: Any, column: int) -> Any:
    return X.iloc[:, column] if hasattr(X, "iloc") else X.to_series(column)


def _middle(values: NDArray[Any], weight: Floats) -> int:
    """The row with the weighted median number, or the most frequent word."""
    if values.dtype.kind in "fiub":
        order = np.argsort(values, kind="stable")
        ends = np.cumsum(weight[order])
        return int(order[np.searchsorted(ends, ends[-1] / 2)])
    total: dict[str, float] = {}
    for value, own in zip(values.astype(str), weight, strict=True):
        total[value] = total.get(value, 0.0) + own
    best = max(sorted(total), key=lambda word: total[word])
    return int(np.flatnonzero(values.astype(str) == best)[0])
