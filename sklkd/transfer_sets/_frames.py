"""DataFrames of pandas and polars as containers of columns."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.transfer_sets._containers import Container, Kind, kind_of, strangers


class PandasContainer(Container):
    """A DataFrame of pandas."""

    @property
    def names(self) -> list[Any]:
        """Names, of which some may be equal."""
        return list(self.X.columns)

    def kind(self, position: int) -> Kind:
        """Of the column's type, or of what objects it holds."""
        column = self.X.iloc[:, position]
        if column.dtype == object:
            return "unusable" if self.holds(position) else "label"
        nested = column.dtype.type in (list, dict)  # of Arrow
        return "unusable" if nested else kind_of(column.dtype)

    def floats(self, positions: list[int]) -> NDArray[np.floating[Any]]:
        """Dates and spans of time in microseconds."""
        return _stacked(len(self), [self._floats(j) for j in positions])

    def _floats(self, position: int) -> NDArray[np.float64]:
        """One column."""
        column = self.X.iloc[:, position]
        if column.dtype.kind not in "mM":
            return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))
        if column.dtype.type is datetime.date:  # Arrow's days, which numpy cannot read
            column = column.astype("timestamp[us][pyarrow]")
        moment = np.timedelta64 if column.dtype.kind == "m" else np.datetime64
        type_ = np.dtype(f"{column.dtype.kind}8[us]")
        moments = column.to_numpy(dtype=type_, na_value=moment("NaT", "us"))
        return np.where(np.isnat(moments), np.nan, moments.astype("i8").astype(float))

    def codes(self, position: int) -> NDArray[np.int64]:
        """By order of appearance."""
        return np.asarray(self.X.iloc[:, position].factorize()[0], dtype=np.int64)

    def rows(self, rows: NDArray[np.int64]) -> PandasContainer:
        """A copy of some rows."""
        return PandasContainer(self.X.iloc[rows])

    def rebuilt(
        self,
        moved: list[int],
        values: NDArray[np.floating[Any]],
        copied: list[int],
        source: NDArray[np.int64],
    ) -> Any:
        """A DataFrame of the same columns and types, numbered from 0."""
        columns = {j: self._moved(j, values[:, i]) for i, j in enumerate(moved)}
        for i, j in enumerate(copied):
            column = self.X.iloc[:, j].take(source[:, i])
            columns[j] = column.reset_index(drop=True)
        new = type(self.X)({j: columns[j] for j in sorted(columns)}, copy=False)
        new.columns = self.X.columns
        return new

    def _moved(self, position: int, values: NDArray[Any]) -> Any:
        """A column of new numbers, in the type of the old one."""
        column, missing = self.X.iloc[:, position], np.isnan(values)
        if not missing.any():
            return type(column)(values.astype(_plain(column.dtype)), dtype=column.dtype)
        filled = np.where(missing, 0, values).astype(_plain(column.dtype))
        return type(column)(filled, dtype=column.dtype).mask(missing)

    def holds(self, position: int) -> str:
        """The types of the objects."""
        column = self.X.iloc[:, position]
        if column.dtype != object:
            return str(column.dtype)
        return strangers(column.to_numpy(dtype=object))


class PolarsContainer(Container):
    """A DataFrame of polars."""

    @property
    def names(self) -> list[str]:
        """Names."""
        return list(self.X.columns)

    def kind(self, position: int) -> Kind:
        """Of the column's type."""
        type_ = self.X.dtypes[position]
        if type_.is_integer() or type_.is_float():
            return "integer" if type_.is_integer() else "float"
        if type_.is_numeric() or type_.is_temporal():
            return "ordered"
        return "unusable" if type_.is_nested() or str(type_) == "Object" else "label"

    def floats(self, positions: list[int]) -> NDArray[np.floating[Any]]:
        """Nulls are NaN."""
        columns = [self.X.to_series(j).to_physical().cast(float) for j in positions]
        return _stacked(len(self), [column.to_numpy() for column in columns])

    def codes(self, position: int) -> NDArray[np.int64]:
        """By rank."""
        column = self.X.to_series(position)
        ranks = column.to_physical().rank("dense").cast(int).fill_null(-1)
        return np.asarray(ranks.to_numpy())

    def rows(self, rows: NDArray[np.int64]) -> PolarsContainer:
        """A copy of some rows."""
        return PolarsContainer(self.X[rows])

    def rebuilt(
        self,
        moved: list[int],
        values: NDArray[np.floating[Any]],
        copied: list[int],
        source: NDArray[np.int64],
    ) -> Any:
        """A DataFrame of the same schema."""
        columns = {j: self._moved(j, values[:, i]) for i, j in enumerate(moved)}
        for i, j in enumerate(copied):
            columns[j] = self.X.to_series(j).gather(source[:, i])
        return type(self.X)([columns[j] for j in sorted(columns)])

    def _moved(self, position: int, values: NDArray[Any]) -> Any:
        """A column of new numbers; missing is null if the old column has any null."""
        column = self.X.to_series(position)
        new = type(column)(column.name, values)
        if column.null_count():
            new = new.fill_nan(None)
        return new.cast(column.dtype)

    def holds(self, position: int) -> str:
        """The column's type."""
        return str(self.X.dtypes[position])


def _stacked(n_rows: int, columns: list[NDArray[Any]]) -> NDArray[np.float64]:
    """Columns side by side, of which there may be none: (n,), ... -> (n, k)."""
    stacked = np.empty((n_rows, len(columns)))
    for j, column in enumerate(columns):
        stacked[:, j] = column
    return stacked


def _plain(dtype: Any) -> Any:
    """The type of numpy that a type of pandas is like."""
    return getattr(dtype, "numpy_dtype", dtype)
