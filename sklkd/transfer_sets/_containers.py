"""Containers: tables that are read and put together again column by column."""

from __future__ import annotations

import datetime
import math
import numbers
from abc import ABC, abstractmethod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

# Numbers may be moved. What is ordered or a label is only ever copied; they differ in
# how far apart two values are.
Kind = Literal["float", "integer", "ordered", "label", "unusable"]

# Classes of pandas, by name, since it need not be installed.
MISSING = {"NAType", "NaTType"}
PLAIN = (
    str,
    bytes,
    numbers.Number,
    np.generic,
    datetime.date,
    datetime.time,
    datetime.timedelta,
)


class Container(ABC):
    """The columns of one table, by position.

    Parameters
    ----------
    X : array or DataFrame
        Never changed.
    """

    def __init__(self, X: Any) -> None:
        self.X = X

    def __len__(self) -> int:
        return len(self.X)

    @property
    @abstractmethod
    def names(self) -> list[Any]:
        """What errors call the columns."""

    @abstractmethod
    def kind(self, position: int) -> Kind:
        """What may be done with a column."""

    @abstractmethod
    def floats(self, positions: list[int]) -> NDArray[np.floating[Any]]:
        """Values of numbers and ordered columns, NaN where missing: (n, k)."""

    @abstractmethod
    def codes(self, position: int) -> NDArray[np.int64]:
        """Equal numbers for equal values, -1 where missing: (n,)."""

    @abstractmethod
    def rows(self, rows: NDArray[np.int64]) -> Container:
        """Some of the rows."""

    @abstractmethod
    def rebuilt(
        self,
        moved: list[int],
        values: NDArray[np.floating[Any]],
        copied: list[int],
        source: NDArray[np.int64],
    ) -> Any:
        """A table of this kind, of new values and of entries copied from rows.

        Parameters
        ----------
        moved, copied : list of int
            Positions, which together are those of all columns.
        values : ndarray of shape (n_new, n_moved)
            New numbers, NaN where missing.
        source : ndarray of int, shape (n_new, n_copied)
            Rows to copy from.
        """

    @abstractmethod
    def holds(self, position: int) -> str:
        """The types of what cannot be used in a column."""


class ArrayContainer(Container):
    """An array of two or more dimensions; all but the first are columns."""

    def __init__(self, X: NDArray[Any]) -> None:
        super().__init__(X)
        self.flat = X.reshape(len(X), math.prod(X.shape[1:]))

    @property
    def names(self) -> list[int]:
        """Positions."""
        return list(range(self.flat.shape[1]))

    def kind(self, position: int) -> Kind:
        """Of the array's type, or of what objects a column holds."""
        if self.X.dtype.kind == "O":
            return "unusable" if strangers(self.flat[:, position]) else "label"
        return kind_of(self.X.dtype)

    def floats(self, positions: list[int]) -> NDArray[np.floating[Any]]:
        """Single precision stays single, which halves the memory of images."""
        everything = len(positions) == self.flat.shape[1]
        columns = self.flat if everything else self.flat[:, positions]
        if columns.dtype.kind in "mM":
            missing, moments = np.isnat(columns), columns.astype("i8")
            return np.where(missing, np.nan, moments.astype(np.float64))
        single = columns.dtype.kind == "f" and columns.dtype.itemsize <= 4
        return columns.astype(np.float32 if single else np.float64)

    def codes(self, position: int) -> NDArray[np.int64]:
        """By value; objects by how they are written."""
        column = self.flat[:, position]
        if column.dtype.kind != "O":
            return np.unique(column, return_inverse=True)[1].astype(np.int64)
        missing = np.array([is_missing(value) for value in column])
        codes = np.unique(column.astype(str), return_inverse=True)[1]
        return np.where(missing, -1, codes)

    def rows(self, rows: NDArray[np.int64]) -> ArrayContainer:
        """A copy of some rows."""
        return ArrayContainer(self.X[rows])

    def rebuilt(
        self,
        moved: list[int],
        values: NDArray[np.floating[Any]],
        copied: list[int],
        source: NDArray[np.int64],
    ) -> NDArray[Any]:
        """An array of the same type, and shape but for the first dimension."""
        shape = (len(values), *self.X.shape[1:])
        if not copied:
            return values.astype(self.X.dtype, copy=False).reshape(shape)
        new = np.empty((len(values), self.flat.shape[1]), dtype=self.X.dtype)
        new[:, moved] = values
        new[:, copied] = self.flat[source, copied]
        return new.reshape(shape)

    def holds(self, position: int) -> str:
        """The types of the objects."""
        if self.X.dtype.kind == "O":
            return strangers(self.flat[:, position])
        return str(self.X.dtype)


def is_missing(value: Any) -> bool:
    """Whether an object stands for nothing: None, NaN, or NaT and NA of pandas."""
    if value is None or type(value).__name__ in MISSING:
        return True
    return isinstance(value, PLAIN) and bool(value != value)  # noqa: PLR0124


def strangers(column: NDArray[Any]) -> str:
    """The types of objects that are no strings, numbers or dates, by name."""
    types = {type(value) for value in column if value is not None}
    found = {t.__name__ for t in types if not issubclass(t, PLAIN)}
    return ", ".join(sorted(found - MISSING))


def kind_of(dtype: Any) -> Kind:
    """Of a type of numpy, or one of pandas that says which of numpy's it is like."""
    if dtype.kind in "iu":
        return "integer"
    if dtype.kind == "f" and dtype.itemsize <= 8:
        return "float"
    if dtype.kind in "fmM":
        return "ordered"
    return "unusable" if dtype.kind in "cV" else "label"
