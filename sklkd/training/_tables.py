"""Rows of arrays, sparse arrays and DataFrames: taken, put together, made numbers."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder


def is_frame(X: Any) -> bool:
    """Whether X is a DataFrame, of pandas or polars."""
    return hasattr(X, "columns") and len(getattr(X, "shape", ())) == 2


def take(X: Any, rows: NDArray[np.int64] | slice) -> Any:
    """Rows of an array, a sparse array or a DataFrame of pandas or polars."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def stacked(X: Any, more: Any) -> Any:
    """The rows of X and those of another table of its kind, one below the other."""
    if is_frame(X):
        # By name: the type may be a subclass, of a module of the user's.
        if hasattr(X, "iloc"):
            pandas = importlib.import_module("pandas")
            return pandas.concat([X, more], ignore_index=True)
        polars = importlib.import_module("polars")
        return polars.concat([X, more], how="vertical_relaxed")
    if sparse.issparse(X):
        return sparse.vstack([X, more], format="csr")
    return np.concatenate([X, more])


def not_numbers(X: Any) -> list[Any]:
    """Columns of a DataFrame that hold something else than numbers, by name.

    Booleans count as numbers, as they do in an array; durations do not.
    """
    kinds = zip(X.columns, X.dtypes, strict=True)
    if hasattr(X, "iloc"):
        types = importlib.import_module("pandas").api.types
        return [name for name, kind in kinds if not types.is_numeric_dtype(kind)]
    boolean = importlib.import_module("polars").Boolean
    return [name for name, kind in kinds if not (kind.is_numeric() or kind == boolean)]


def vectorizer(who: str, columns: list[Any]) -> Pipeline:
    """What turns a DataFrame into numbers for a network; NaN stays where it is.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    columns : list
        Those that hold no numbers, for the error.

    Raises
    ------
    ImportError
        If skrub is missing.
    """
    try:
        from skrub import StringEncoder, TableVectorizer  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            f"{who}: X has columns that hold no numbers, {columns}. The default "
            "student needs skrub to read them: pip install 'sklkd[tables]'. Or pass a "
            "Pipeline as student, with transformers of your own."
        ) from error
    # No column is dropped: a word that was never seen is none of two either.
    few = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    many = StringEncoder(random_state=0)
    return make_pipeline(TableVectorizer(low_cardinality=few, high_cardinality=many))
