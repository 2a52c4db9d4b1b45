"""Rows of which a part is hidden: what is put there, in arrays and in DataFrames."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sklkd._validation import check_choice
from sklkd.inspection._occlusion_typical import (
    as_dense,
    means,
    medians,
    middle_of,
    most_frequent,
    typical_of,
)
from sklkd.inspection._tensors import untensored
from sklkd.training import is_frame, take

Array = NDArray[Any]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SIMPLE = "biuf"  # kinds of numbers


class Hideable(ABC):
    """Rows of X, of which parts are replaced by a fill; X itself stays as it is."""

    n_rows: int
    row_shape: tuple[int, ...]
    names: list[Any]
    together: bool  # whether several windows may be asked about in one call
    fill: Any

    @abstractmethod
    def shown(self, rows: slice, copies: int) -> Any:
        """Some rows as they are, one copy after the other."""

    @abstractmethod
    def hidden(self, rows: slice, masks: Bools) -> Any:
        """Some rows for each mask, with the fill where it is True."""


def hideable(who: str, X: Any, fill: Any) -> Hideable:
    """Rows of an array, a sparse array or a DataFrame, and what is to hide them.

    Parameters
    ----------
    who : str
        What asks; errors start with it.
    X : array-like, sparse array or DataFrame
        With at least one row.
    fill : float, "mean", "median", a row, or None
        None is the mean.
    """
    X, fill = untensored(X), untensored(fill)
    if isinstance(fill, str):
        check_choice(who, "fill", fill, ["mean", "median"])
    if not is_frame(X):
        X = X.tocsr() if sparse.issparse(X) else np.asarray(X)
        if X.ndim < 2:
            raise ValueError(
                f"{who}: X must have the shape (n_samples, ...) of rows, got "
                f"{X.shape}. Of one row pass X[np.newaxis]."
            )
    _check_rows(who, X.shape[0], fill)
    return HideableFrame(who, X, fill) if is_frame(X) else HideableArray(who, X, fill)


def _check_rows(who: str, n_rows: int, fill: Any) -> None:
    if n_rows == 0:
        raise ValueError(f"{who}: X must have at least one row, got 0.")
    if n_rows == 1 and (fill is None or isinstance(fill, str)):
        raise ValueError(
            f"{who}: fill must be given for a single row, whose mean is itself. "
            "Pass that of the training rows, such as fill=X_train.mean(axis=0)."
        )


class HideableArray(Hideable):
    """Rows of an array, dense or sparse."""

    together = True

    def __init__(self, who: str, X: Any, fill: Any) -> None:
        self.X = X
        self.n_rows, self.row_shape = int(X.shape[0]), tuple(X.shape[1:])
        self.names = list(range(self.row_shape[0]))
        exact = self._fill_of(who, fill)
        self.dtype = _type_for(X.dtype.newbyteorder("="), exact)
        self.fill = exact.astype(self.dtype)

    def shown(self, rows: slice, copies: int) -> Any:
        """Some rows as they are, one copy after the other."""
        nothing = np.zeros((copies, *(1 for _ in self.row_shape)), dtype=bool)
        return self.hidden(rows, nothing)

    def hidden(self, rows: slice, masks: Bools) -> Any:
        """Some rows for each mask, with the fill where it is True."""
        dense = as_dense(self.X[rows]).astype(self.dtype, copy=False)
        # Row-major whatever X is: linear algebra rounds otherwise in another layout.
        filled = np.where(masks[:, np.newaxis], self.fill, dense[np.newaxis])
        block = np.ascontiguousarray(filled).reshape(-1, *self.row_shape)
        return type(self.X)(block) if sparse.issparse(self.X) else block

    def _fill_of(self, who: str, fill: Any) -> Array:
        """What is put there, before it gets the type of X: row_shape."""
        if fill is None or isinstance(fill, str):
            return self._typical(fill or "mean")
        row = np.asarray(fill)
        if row.ndim == 0:
            return np.full(self.row_shape, row[()])
        if row.shape in (self.row_shape, (1, *self.row_shape)):
            return row.reshape(self.row_shape)
        raise ValueError(
            f"{who}: fill must be a number, 'mean', 'median', or a row of the shape "
            f"{self.row_shape}, got the shape {row.shape}."
        )

    def _typical(self, kind: str) -> Array:
        """Mean or median of every entry; of words the most frequent."""
        if self.X.dtype.kind not in SIMPLE:
            columns = self.X.reshape(self.n_rows, -1).T
            typical = [typical_of(column, kind) for column in columns]
            return np.array(typical, dtype=self.X.dtype).reshape(self.row_shape)
        flat = self.X if sparse.issparse(self.X) else self.X.reshape(self.n_rows, -1)
        middle = means(flat) if kind == "mean" else medians(flat)
        return middle.reshape(self.row_shape)


class HideableFrame(Hideable):
    """Rows of a DataFrame, of pandas or polars; a hidden column is a constant one."""

    together = False

    def __init__(self, who: str, X: Any, fill: Any) -> None:
        self.X = X
        self.n_rows, self.row_shape = int(X.shape[0]), (int(X.shape[1]),)
        self.names = list(X.columns)
        self._kind = _Pandas() if hasattr(X, "iloc") else _Polars()
        self._ones = self._columns(who, fill)
        everything = np.ones((1, *self.row_shape), dtype=bool)
        self.fill = self.hidden(slice(0, 1), everything)

    def shown(self, rows: slice, copies: int) -> Any:  # noqa: ARG002 - always one
        """Some rows as they are."""
        return take(self.X, rows)

    def hidden(self, rows: slice, masks: Bools) -> Any:
        """Some rows, with the fill in the columns where the only mask is True."""
        (mask,) = masks
        replaced = {int(j): self._ones[j] for j in np.flatnonzero(mask)}
        return self._kind.replaced(take(self.X, rows), replaced)

    def _columns(self, who: str, fill: Any) -> list[Any]:
        """A column of one row for each column: what is put there."""
        kind, columns = self._kind, self._kind.columns(self.X)
        whole = fill is None or isinstance(fill, (str, Real))
        values = [fill] * len(columns) if whole else self._values(who, fill)
        ones = []
        for column, value in zip(columns, values, strict=True):
            if kind.is_number(column):
                if value is None or isinstance(value, str):
                    value = middle_of(kind.floats(column), value or "mean")  # noqa: PLW2901
                ones.append(kind.number(column, float(value)))
            elif whole:
                ones.append(kind.most_frequent(column))
            else:
                ones.append(kind.word(who, column, value))
        return ones

    def _values(self, who: str, fill: Any) -> list[Any]:
        """A value for each column, of a row in any form."""
        if is_frame(fill) and fill.shape[0] == 1:
            values = {name: fill[name].to_list()[0] for name in fill.columns}
        elif isinstance(fill, Mapping) or hasattr(fill, "to_dict"):
            values = dict(fill)
        else:
            row = np.asarray(fill, dtype=object).reshape(-1).tolist()
            if len(row) == len(self.names):
                return row
            values = dict(enumerate(row))
        if set(values) != set(self.names) or len(values) != len(self.names):
            raise ValueError(
                f"{who}: fill must have a value for each of the {len(self.names)} "
                f"columns of X, got {len(values)}. Pass a DataFrame of one row, or a "
                "mapping from names."
            )
        return [values[name] for name in self.names]


class _Pandas:
    """Columns of pandas."""

    def __init__(self) -> None:
        self.pandas = importlib.import_module("pandas")

    def columns(self, X: Any) -> list[Any]:
        return [X.iloc[:, j] for j in range(X.shape[1])]

    def is_number(self, column: Any) -> bool:
        types = self.pandas.api.types
        boolean = types.is_bool_dtype(column.dtype)
        return bool(types.is_numeric_dtype(column.dtype)) and not boolean

    def floats(self, column: Any) -> Floats:
        return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))

    def number(self, column: Any, value: float) -> Any:
        """In the column's type, or in one that has fractions."""
        types, one = self.pandas.api.types, self.pandas.Series([value])
        if types.is_float_dtype(column.dtype) or value.is_integer():
            return one.astype(column.dtype)
        if not types.is_extension_array_dtype(column.dtype):
            return one
        arrow = hasattr(column.dtype, "pyarrow_dtype")
        return one.astype("double[pyarrow]" if arrow else "Float64")

    def most_frequent(self, column: Any) -> Any:
        position = most_frequent(column.tolist(), column.isna().to_numpy())
        return column.iloc[[position]]

    def word(self, who: str, column: Any, value: Any) -> Any:
        missing = self.pandas.isna(value)
        categories = getattr(column.dtype, "categories", None)
        if categories is not None and not missing and value not in categories:
            raise _no_such_word(who, column.name, column.dtype, value)
        return self.pandas.Series([value], dtype=object).astype(column.dtype)

    def replaced(self, X: Any, ones: Mapping[int, Any]) -> Any:
        """Columns of rows that were just taken, so that this changes nothing else."""
        for j, one in ones.items():
            X.isetitem(j, one.iloc[np.zeros(len(X), dtype=int)].array)
        return X


class _Polars:
    """Columns of polars."""

    def __init__(self) -> None:
        self.polars = importlib.import_module("polars")

    def columns(self, X: Any) -> list[Any]:
        return list(X.get_columns())

    def is_number(self, column: Any) -> bool:
        return bool(column.dtype.is_numeric())

    def floats(self, column: Any) -> Floats:
        return np.asarray(column.cast(self.polars.Float64).to_numpy(), dtype=float)

    def number(self, column: Any, value: float) -> Any:
        """In the column's type, or in one that has fractions; NaN is null."""
        values = [None if np.isnan(value) else value]
        one = self.polars.Series(column.name, values, dtype=self.polars.Float64)
        fits = column.dtype.is_float() or value.is_integer() or np.isnan(value)
        return one.cast(column.dtype) if fits else one

    def most_frequent(self, column: Any) -> Any:
        position = most_frequent(column.to_list(), column.is_null().to_numpy())
        return column[position : position + 1]

    def word(self, who: str, column: Any, value: Any) -> Any:
        try:
            return self.polars.Series(column.name, [value], dtype=column.dtype)
        except (self.polars.exceptions.PolarsError, TypeError) as error:
            raise _no_such_word(who, column.name, column.dtype, value) from error

    def replaced(self, X: Any, ones: Mapping[int, Any]) -> Any:
        n, names = X.shape[0], X.columns
        return X.with_columns(
            *(one.new_from_index(0, n).alias(names[j]) for j, one in ones.items())
        )


def _no_such_word(who: str, name: Any, dtype: Any, value: Any) -> ValueError:
    return ValueError(
        f"{who}: fill must have a value of the type {dtype} for the column {name!r}, "
        f"got {value!r}."
    )


def _type_for(dtype: np.dtype[Any], fill: Array) -> np.dtype[Any]:
    """The type of X where it can hold the fill, else the next that can."""
    if dtype.kind == "f" and fill.dtype.kind in SIMPLE:
        return dtype
    if dtype.kind not in SIMPLE or fill.dtype.kind not in SIMPLE:
        return np.result_type(dtype, fill.dtype)
    with np.errstate(invalid="ignore"):
        held = np.array_equal(fill.astype(dtype), fill)
    return dtype if held else np.dtype(np.float64)
