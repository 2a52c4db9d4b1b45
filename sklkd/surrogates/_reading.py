"""Tables as rows of numbers that rules can speak about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from sklkd.readable import Column
from sklkd.surrogates._evidence import Floats
from sklkd.training import is_frame
from sklkd.transfer_sets import as_container

NUMBERS = ("float", "integer")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the columns of X become numbers.

    Numbers stay what they are. Words, categories and truth values become codes, in the
    order of what the teacher says of their rows: a tree may then cut between codes, and
    a person reads a set of words.

    Attributes
    ----------
    columns : tuple of Column
        All columns of X.
    """

    columns: tuple[Column, ...]

    @classmethod
    def fit(cls, who: str, X: Any, said: Floats, weight: Floats) -> Self:
        """Look at rows, and at what the teacher says of them.

        Parameters
        ----------
        who : str
            The estimator; errors start with it.
        X : array or DataFrame of n rows
            Checked.
        said : ndarray of shape (n, n_outputs)
            Probabilities or values.
        weight : ndarray of shape (n,)
            Not negative.

        Raises
        ------
        TypeError, ValueError
            If a column holds dates or anything else that rules cannot speak about, or
            an infinite number.
        """
        container = as_container(X)
        if container is None or len(X.shape) != 2:
            raise TypeError(
                f"{who}: X must be an array of two dimensions or a DataFrame of pandas "
                f"or polars, got {type(X).__name__} of shape {X.shape}."
            )
        names = _names(container.names, is_frame=is_frame(X))
        score = _first_component(said, weight)
        found = []
        for position, name in enumerate(names):
            kind = container.kind(position)
            if kind in NUMBERS or _holds_numbers(X, kind, position):
                values = _numbers(who, X, position, name)
                seen = values[~np.isnan(values)]
                whole = bool(len(seen) and (seen == np.rint(seen)).all())
                gaps = len(seen) < len(values)
                found.append(Column(name, position, whole=whole, gaps=gaps))
            elif kind == "label":
                words = _words(X, position)
                known, gaps = _ordered(words, score, weight), None in words
                found.append(Column(name, position, known, gaps=gaps))
            else:
                raise TypeError(
                    f"{who}: X must hold numbers, words, categories or truth values, "
                    f"got {container.holds(position)} in the column {name!r}. Turn it "
                    "into one of these."
                )
        return cls(tuple(found))

    def of(self, who: str, X: Any) -> Floats:
        """Return numbers and codes, NaN where there is neither: (n, n_columns)."""
        if isinstance(X, np.ndarray) and X.dtype.kind in "fiub":
            return _finite(who, X.astype(np.float64), self.columns)
        Z = np.empty((X.shape[0], len(self.columns)))
        for column in self.columns:
            if column.categories is None:
                Z[:, column.position] = _numbers(who, X, column.position, column.name)
            else:
                codes = {word: code for code, word in enumerate(column.categories)}
                words = _words(X, column.position)
                Z[:, column.position] = [codes.get(word, np.nan) for word in words]
        return Z


def _names(given: list[Any], *, is_frame: bool) -> list[str]:
    """Names of columns; those of an array are x0, x1 and so on."""
    return [str(name) if is_frame else f"x{name}" for name in given]


def _column(X: Any, position: int) -> Any:
    """One column, as an array or series."""
    if isinstance(X, np.ndarray):
        return X[:, position]
    return X.iloc[:, position] if hasattr(X, "iloc") else X.to_series(position)


def _words(X: Any, position: int) -> list[Any]:
    """Values of a column as Python has them, None where missing."""
    column = _column(X, position)
    values = column.to_list() if hasattr(column, "to_list") else column.tolist()
    return [None if _is_missing(value) else value for value in values]


def _is_missing(value: Any) -> bool:
    """Whether it is None, NaN, or NA of pandas."""
    if value is None or type(value).__name__ == "NAType":
        return True
    return isinstance(value, float) and np.isnan(value)


def _holds_numbers(X: Any, kind: str, position: int) -> bool:
    """Whether an array of objects has nothing but numbers in a column."""
    if kind != "label" or not isinstance(X, np.ndarray) or X.dtype.kind != "O":
        return isinstance(X, np.ndarray) and X.dtype.kind == "b"
    words = [word for word in _words(X, position) if word is not None]
    return all(isinstance(word, (int, float)) for word in words)


def _numbers(who: str, X: Any, position: int, name: str) -> Floats:
    """A column of numbers, NaN where missing: (n,)."""
    column = _column(X, position)
    if isinstance(X, np.ndarray):
        values = np.asarray(column, dtype=np.float64)
    elif hasattr(X, "iloc"):
        values = np.asarray(column.to_numpy(dtype=float, na_value=np.nan))
    else:
        values = np.asarray(column.cast(float).to_numpy())
    return _finite(who, values[:, np.newaxis], (Column(name, position),))[:, 0]


def _finite(who: str, values: Floats, columns: tuple[Column, ...]) -> Floats:
    """Return the values, unless one is infinite."""
    infinite = np.isinf(values).any(axis=0)
    if infinite.any():
        name = columns[int(np.flatnonzero(infinite)[0])].name
        raise ValueError(
            f"{who}: X must hold no infinity, got one in the column {name!r}."
        )
    return values


def _first_component(said: Floats, weight: Floats) -> Floats:
    """What teachers say along its direction of most variance: (n, k) -> (n,)."""
    share = weight / weight.sum()
    gap = said - share @ said
    axis = np.linalg.eigh(gap.T @ (share[:, np.newaxis] * gap))[1][:, -1]
    sign = 1.0 if axis[np.abs(axis).argmax()] >= 0 else -1.0
    score: Floats = gap @ (sign * axis)
    return score


def _ordered(words: list[Any], score: Floats, weight: Floats) -> tuple[Any, ...]:
    """The words that there are, by the mean score of their rows, then by name."""
    total: dict[Any, list[float]] = {}
    for word, value, own in zip(words, score, weight, strict=True):
        if word is not None:
            sums = total.setdefault(word, [0.0, 0.0])
            sums[0] += own * value
            sums[1] += own
    means = {w: round(s / n, 12) if n > 0 else 0.0 for w, (s, n) in total.items()}
    return tuple(sorted(means, key=lambda word: (means[word], str(word))))
