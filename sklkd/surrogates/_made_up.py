"""Rows that are made up, for a teacher to be asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from sklkd.surrogates._evidence import Floats
from sklkd.surrogates._reading import Reading
from sklkd.training import is_frame
from sklkd.transfer_sets import Munge, TransferSet, as_transfer_set

AUTO = "auto"
FEW = 60  # rows up to which "auto" makes none up
MOST_ROWS, MOST_NUMBERS = 20_000, 20_000_000  # that "auto" makes up


@dataclass(frozen=True, slots=True)
class Queries:
    """Which rows are made up.

    Attributes
    ----------
    source : TransferSet, callable or None
        Makes them; None makes none.
    automatic : bool
        Whether few rows are left alone.
    seed : int
        Of a callable's generator.
    """

    source: TransferSet | Callable[..., Any] | None
    automatic: bool = False
    seed: int = 0

    @classmethod
    def of(cls, who: str, queries: Any, seed: int) -> Queries:
        """Check what the user passed as ``queries=``."""
        if isinstance(queries, str) and queries == AUTO:
            return cls(Munge(size_factor=10.0), automatic=True)
        if callable(queries) and not isinstance(queries, (type, TransferSet)):
            return cls(queries, seed=seed)
        return cls(as_transfer_set(who, queries))

    def rows(self, who: str, X: Any, weight: Floats, reading: Reading) -> Any:
        """Return new rows of the kind of X, or None."""
        if self.source is None or (self.automatic and X.shape[0] <= FEW):
            return None
        if isinstance(self.source, TransferSet):
            source = clone(self.source)
            if self.automatic:
                most = min(MOST_ROWS, max(1, MOST_NUMBERS // X.shape[1]))
                source.set_params(max_rows=most)
            return source.synthesise(X, weight, who=who).X
        made = self.source(X, np.random.default_rng(self.seed))
        check_domain(who, X, made, reading)
        return made


def check_domain(who: str, X: Any, made: Any, reading: Reading) -> None:
    """Raise unless new rows are such as the real ones might be.

    Raises
    ------
    TypeError, ValueError
        If they are of another kind, have other columns, numbers beyond those of X, or
        words that X has not.
    """
    if type(made) is not type(X) or made.shape[1:] != X.shape[1:]:
        raise TypeError(
            f"{who}: queries must return a {type(X).__name__} with {X.shape[1]} "
            f"columns, as X is, got a {type(made).__name__} of shape "
            f"{getattr(made, 'shape', None)}."
        )
    if is_frame(X) and list(made.columns) != list(X.columns):
        raise ValueError(
            f"{who}: queries must return the columns of X, {list(X.columns)}, got "
            f"{list(made.columns)}."
        )
    real, new = reading.of(who, X), reading.of(who, made)
    for column in reading.columns:
        own, others = real[:, column.position], new[:, column.position]
        if np.isnan(others).any() and not np.isnan(own).any():
            raise ValueError(
                f"{who}: queries must stay in the domain of X, but leave values "
                f"missing, or make up words, in the column {column.name!r}, where X "
                "does not."
            )
        low, high = np.fmin.reduce(own), np.fmax.reduce(own)
        if (others < low).any() or (others > high).any():
            worst = others[(others < low) | (others > high)][0]
            raise ValueError(
                f"{who}: queries must stay in the domain of X, which has {low:g} to "
                f"{high:g} in the column {column.name!r}, got {worst:g} there. Clip "
                "them to it."
            )
