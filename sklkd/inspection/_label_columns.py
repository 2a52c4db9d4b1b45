"""Labels of any kind and container as plain columns: what a confusion counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._class_tree import MISSING, Label, listed, plain

INDICATORS = {0, 1}


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Labels of one or several outputs.

    Attributes
    ----------
    columns : tuple of list
        The labels of each output, in the order of rows.
    names : tuple of str or None
        What the user's table calls them.
    is_frame : bool
        Whether it was a data frame, whose names must then be those of others.
    """

    columns: tuple[list[Any], ...]
    names: tuple[str, ...] | None = None
    is_frame: bool = False

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0])

    @property
    def is_indicator(self) -> bool:
        """Whether it is, to scikit-learn, an indicator of several labels a row."""
        many = len(self.columns) > 1
        return many and all(_all_indicators(column) for column in self.columns)

    def as_sets(self, names: Sequence[str]) -> LabelTable:
        """One output, whose labels are the sets of what is 1 in a row."""
        rows = zip(*self.columns, strict=True)
        found = [set_label(np.compress(row, names).tolist()) for row in rows]
        return LabelTable((found,))


def _all_indicators(column: list[Any]) -> bool:
    return all(not isinstance(v, str) and v in INDICATORS for v in set(column))


def read_pair(
    who: str,
    y_true: Any,
    y_pred: Any,
    *,
    output_names: Sequence[str] | None = None,
    multilabel: bool | None = None,
) -> dict[str, tuple[list[Label], list[Label]]]:
    """Actual and predicted labels of each output, by its name.

    Parameters
    ----------
    who : str
        Who asks; errors start with it.
    y_true, y_pred : array-like, sparse matrix or DataFrame
        Of shape (n_samples,) or (n_samples, n_outputs); sets as labels are allowed.
    output_names : sequence of str, default=None
        What the columns are called; None takes the names of a table, or numbers.
    multilabel : bool, default=None
        Whether columns of 0 and 1 are one output. None is yes where both are such.

    Raises
    ------
    ValueError
        If the two do not fit together, or labels are numbers between the whole ones.
    """
    tables = [read(who, "y_true", y_true), read(who, "y_pred", y_pred)]
    _check_alike(who, *tables)
    n_columns = len(tables[0].columns)
    indicator = all(table.is_indicator for table in tables)
    if multilabel and not indicator:
        raise ValueError(
            f"{who}: multilabel=True needs columns of 0 and 1 in y_true and y_pred, "
            "at least two. Pass multilabel=None."
        )
    together = indicator and multilabel is not False
    names = _names(who, tables, output_names, together)
    if together:
        tables, names = [table.as_sets(names) for table in tables], ["label"]
    columns = [[clean(who, c) for c in table.columns] for table in tables]
    n_columns = len(names)
    return {names[k]: (columns[0][k], columns[1][k]) for k in range(n_columns)}


def read(who: str, name: str, y: Any) -> LabelTable:
    """Labels as columns of Python objects; an error is about the argument `name`.

    Raises
    ------
    ValueError
        If it has not one or two dimensions, or no rows.
    """
    if hasattr(y, "toarray"):
        y = y.toarray()
    if hasattr(y, "columns") and hasattr(y, "__getitem__"):
        table = _from_frame(y)
    elif hasattr(y, "to_list"):
        called = getattr(y, "name", None)
        known = None if called in (None, "") else (str(called),)
        table = LabelTable((list(y.to_list()),), known)
    else:
        table = _from_array(who, name, y)
    if not table.columns or not table.n_rows:
        raise ValueError(f"{who}: {name} must have at least one row, got none.")
    return table


def _from_frame(y: Any) -> LabelTable:
    """Columns of pandas or polars, each with its own type."""
    n_columns = len(y.columns)
    series = [
        y.iloc[:, k] if hasattr(y, "iloc") else y[y.columns[k]]
        for k in range(n_columns)
    ]
    names = tuple(str(column) for column in y.columns)
    return LabelTable(tuple(list(each.to_list()) for each in series), names, True)


def _from_array(who: str, name: str, y: Any) -> LabelTable:
    """Columns of an array, or of a list, whose elements keep their types."""
    array = np.asarray(y, dtype=object if isinstance(y, (list, tuple)) else None)
    if array.ndim not in (1, 2):
        raise ValueError(
            f"{who}: {name} must have the shape (n_samples,) or (n_samples, "
            f"n_outputs), got {array.shape}."
        )
    table = array if array.ndim == 2 else array[:, None]
    return LabelTable(tuple(column.tolist() for column in table.T))


def _check_alike(who: str, true: LabelTable, pred: LabelTable) -> None:
    """Raise unless both have the same rows and outputs."""
    shapes = [(table.n_rows, len(table.columns)) for table in (true, pred)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"{who}: y_true and y_pred must have as many rows and outputs as each "
            f"other, got {shapes[0]} and {shapes[1]}."
        )
    if true.is_frame and pred.is_frame and true.names != pred.names:
        raise ValueError(
            f"{who}: y_true and y_pred must have the same columns in the same order, "
            f"got {list(true.names or ())} and {list(pred.names or ())}."
        )


def _names(
    who: str,
    tables: Sequence[LabelTable],
    given: Sequence[str] | None,
    together: bool,
) -> list[str]:
    """What columns are called: as the user says, as tables do, or by numbers."""
    n_columns = len(tables[0].columns)
    found = [t.names for t in sorted(tables, key=lambda t: not t.is_frame) if t.names]
    if given is not None:
        names = [given] if isinstance(given, str) else [str(each) for each in given]
    elif found:
        names = list(found[0])
    else:
        word = "" if together else "output_"
        names = (
            ["label"] if n_columns == 1 else [f"{word}{k}" for k in range(n_columns)]
        )
    if len(names) != n_columns or len(set(names)) != n_columns:
        raise ValueError(
            f"{who}: output_names must be {n_columns} different names, one for each "
            f"column, got {names}."
        )
    return names


def clean(who: str, column: Iterable[Any]) -> list[Label]:
    """Labels that can be counted: sets are named, and what is missing is "none".

    Raises
    ------
    TypeError
        If a label cannot be a key of a dict.
    ValueError
        If one is a number that is not whole.
    """
    labels = [clean_label(value) for value in column]
    try:
        different = set(labels)
    except TypeError as error:
        raise TypeError(
            f"{who}: labels must be hashable, such as strings and numbers: {error}. "
            "Pass several labels of a row as a set."
        ) from error
    broken = [v for v in different if isinstance(v, float) and not v.is_integer()]
    if broken:
        raise ValueError(
            f"{who}: labels must be classes, got numbers that are not whole, such as "
            f"{listed(sorted(broken)[:1])}. Put a target of numbers into bins first."
        )
    return labels


def clean_label(value: Any) -> Any:
    """A label without its container's type."""
    if isinstance(value, (set, frozenset)):
        return set_label(value)
    return MISSING if _is_missing(value) else plain(value)


def set_label(names: Iterable[Any]) -> str:
    """The name of a set of labels, whatever their order: "{cat,dog}"."""
    return "{" + ",".join(str(name) for name in in_order(map(plain, names))) + "}"


def _is_missing(value: Any) -> bool:
    """Whether it is None, NaN, or what pandas has in their place."""
    if isinstance(value, (list, dict, tuple, np.ndarray)):
        return False
    try:
        return value is None or bool(value != value)  # noqa: PLR0124 - only NaN differs
    except TypeError:  # pandas.NA is neither true nor false
        return True


def in_order(labels: Iterable[Any]) -> list[Any]:
    """Different labels sorted as scikit-learn does; of mixed types, numbers first."""
    different = set(labels)
    try:
        return sorted(different)
    except TypeError:
        return sorted(different, key=_rank)


def _rank(label: Any) -> tuple[int, Any, str]:
    """A key that orders labels of any types."""
    if isinstance(label, (int, float)):
        return 0, label, ""
    return 1 if isinstance(label, str) else 2, 0, str(label)


def row_weights(who: str, sample_weight: Any, n_rows: int) -> NDArray[Any]:
    """Weights as they are, whole ones in int64; ones where none were given: (n,).

    Raises
    ------
    ValueError
        If they are not one for each row, finite and not negative.
    """
    if sample_weight is None:
        return np.ones(n_rows, dtype=np.int64)
    weight = np.asarray(sample_weight)
    if weight.shape != (n_rows,):
        raise ValueError(
            f"{who}: sample_weight must have the shape {(n_rows,)}, a weight for each "
            f"row, got {weight.shape}."
        )
    weight = weight.astype(np.int64 if weight.dtype.kind in "iub" else np.float64)
    if not np.isfinite(weight).all() or weight.min() < 0:
        raise ValueError(
            f"{who}: sample_weight must be finite and not negative, got values from "
            f"{weight.min():g} to {weight.max():g}."
        )
    return weight
