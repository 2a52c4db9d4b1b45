"""The arguments of one ``fit``, checked."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.validation import check_array

from sklkd.training import is_frame, stacked, take


@dataclass(frozen=True, slots=True)
class Extras:
    """What ``fit`` takes besides X and y, as it came.

    Attributes
    ----------
    sample_weight, groups, precomputed : array-like of shape (n_rows, ...) or None
        Weights, groups, and the numbers of a precomputed teacher.
    unlabelled : array-like of shape (n_more, n_features) or None
        Further rows, for the teacher to speak about.
    fit_params : dict
        More, to be routed.
    """

    sample_weight: Any = None
    groups: Any = None
    precomputed: Any = None
    unlabelled: Any = None
    fit_params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What ``fit`` works on: the rows of X, and after them rows without a label.

    Attributes
    ----------
    X : ndarray, memmap, CSR array or DataFrame
        Checked.
    X_original : array, sparse array or DataFrame
        For those who know columns by name.
    y : ndarray
        Labels, in the user's words; of further rows, anything.
    sample_weight : ndarray of shape (n_given,) or None
        As it was passed, for the rows that came with labels.
    labelled : ndarray of bool, shape (n_rows,)
        Rows with a label.
    precomputed : array-like of shape (n_given, ...) or None
        The numbers of a precomputed teacher.
    n_synthesised : int, default=0
        How many rows, the last ones, were made up.
    """

    X: Any
    X_original: Any
    y: NDArray[Any]
    sample_weight: NDArray[np.float64] | None
    labelled: NDArray[np.bool_]
    precomputed: Any = None
    n_given: int = 0
    n_synthesised: int = 0

    @property
    def row_weight(self) -> NDArray[np.float64]:
        """Weight of each row, 1 where none was given; further rows have the mean."""
        weight = np.ones(len(self.y))
        if self.sample_weight is not None:
            given = self.sample_weight
            weight *= given[given > 0].mean()
            weight[: len(given)] = given
        return weight

    @property
    def label_weight(self) -> NDArray[np.float64]:
        """Weight of each row's label, 0 where there is none."""
        return self.row_weight * self.labelled

    @property
    def real(self) -> NDArray[np.bool_]:
        """Rows that were not made up."""
        return np.arange(len(self.y)) < len(self.y) - self.n_synthesised

    def followed_by(self, more: Any, *, synthesised: bool = False) -> Request:
        """Return the rows, and after them others without a label."""
        n_more = more.shape[0]
        X = stacked(self.X, more if is_frame(self.X) else as_numbers(more, self.X))
        original = X if self.X_original is self.X else stacked(self.X_original, more)
        padding = np.broadcast_to(self.y[:1], (n_more, *self.y.shape[1:]))
        return replace(
            self,
            X=X,
            X_original=original,
            y=np.concatenate([self.y, padding]),
            labelled=np.concatenate([self.labelled, np.zeros(n_more, dtype=bool)]),
            n_synthesised=self.n_synthesised + n_more * synthesised,
        )

    def taken(self, rows: NDArray[np.int64]) -> Request:
        """Return some of the rows, in ascending order; none of them made up."""
        given = rows[rows < self.n_given]
        weight, numbers = self.sample_weight, self.precomputed
        if isinstance(numbers, (list, tuple)):
            numbers = np.asarray(numbers)
        X = take(self.X, rows)
        same = self.X_original is self.X
        return replace(
            self,
            X=X,
            X_original=X if same else take(self.X_original, rows),
            y=self.y[rows],
            sample_weight=None if weight is None else weight[given],
            labelled=self.labelled[rows],
            precomputed=None if numbers is None else take(numbers, given),
            n_given=len(given),
        )


def as_numbers(more: Any, X: Any) -> Any:
    """Further rows in the form of an array that has been checked.

    Where X holds whole numbers others may follow: its type is not forced on them.
    """
    if not isinstance(X, np.ndarray):
        return more
    dtype = {"f": X.dtype, "b": "numeric", "i": "numeric", "u": "numeric"}
    return check_array(
        readable(more),
        dtype=dtype.get(X.dtype.kind),
        ensure_all_finite=False,
        allow_nd=True,
    )


def readable(X: Any) -> Any:
    """A DataFrame as scikit-learn's checks can read it; anything else as it is.

    numpy cannot put moments and numbers of polars side by side, and polars does not ask
    it to make objects of them. scikit-learn takes pandas' truth values for numbers, and
    then categories of words beside them, too.
    """
    if hasattr(X, "iloc") and is_frame(X) and X.columns.is_unique:
        kinds = dict(zip(X.columns, X.dtypes, strict=True))
        truths = [name for name, kind in kinds.items() if str(kind) == "bool"]
        if truths and "category" in {str(kind) for kind in kinds.values()}:
            return X.astype(dict.fromkeys(truths, object))
        return X
    polars = sys.modules.get("polars")  # without it there is none of its frames
    if polars is None or not isinstance(X, polars.DataFrame):
        return X
    return X.with_columns(polars.selectors.temporal().to_physical())


def check_weights(
    who: str, sample_weight: Any, n_rows: int
) -> NDArray[np.float64] | None:
    """Check sample weights: finite, not negative, one a row, not all zero."""
    if sample_weight is None:
        return None
    if np.isscalar(sample_weight) and not isinstance(sample_weight, str):
        sample_weight = np.full(n_rows, sample_weight)
    weight: NDArray[np.float64] = check_array(
        sample_weight,
        dtype=np.float64,
        ensure_2d=False,
        input_name="sample_weight",
        copy=True,
    )
    if weight.shape != (n_rows,):
        raise ValueError(
            f"{who}: sample_weight must have the shape {(n_rows,)}, a weight for each "
            f"row, got {weight.shape}."
        )
    if weight.min() < 0:
        raise ValueError(
            f"{who}: sample_weight must not be negative, got {weight.min():g}."
        )
    if weight.max() == 0:
        raise ValueError(
            f"{who}: sample_weight must have a weight that is not zero, got {n_rows} "
            "zeros."
        )
    return weight


def check_further_rows(who: str, X: Any, unlabelled: Any) -> Any:
    """Check rows without labels: a table of the kind and the columns of X.

    Raises
    ------
    ValueError
        If it is of another kind, or has other columns.
    """
    if _kind(X) != _kind(unlabelled):
        raise ValueError(
            f"{who}: X_unlabeled must be a table of the kind of X, a "
            f"{type(X).__name__}, got a {type(unlabelled).__name__}. Convert it."
        )
    if not is_frame(X):
        if np.shape(unlabelled)[1:] != np.shape(X)[1:]:
            raise ValueError(
                f"{who}: X_unlabeled must have rows of the shape of those of X, "
                f"{np.shape(X)[1:]}, got {np.shape(unlabelled)[1:]}."
            )
        return unlabelled
    names, found = list(X.columns), list(unlabelled.columns)
    if set(names) != set(found):
        lacking = [name for name in names if name not in found]
        other = [name for name in found if name not in names]
        raise ValueError(
            f"{who}: X_unlabeled must have the columns of X; it lacks {lacking}, and "
            f"has {other} besides."
        )
    return _in_categories(unlabelled[names], X)


def _kind(X: Any) -> str:
    """Tables of one kind can be put together."""
    if is_frame(X):
        return "pandas" if hasattr(X, "iloc") else "polars"
    if sparse.issparse(X):
        return "sparse"
    return "other" if hasattr(X, "columns") or X is None else "array"


def _in_categories(more: Any, X: Any) -> Any:
    """Further rows with the categories of X; one that it lacks is a missing value."""
    kinds = dict(zip(X.columns, X.dtypes, strict=True))
    if hasattr(X, "iloc"):
        named = {name: kind for name, kind in kinds.items() if kind == "category"}
        more = more.copy(deep=False)
        for name, kind in named.items():
            known = more[name].isin(kind.categories)
            more[name] = more[name].where(known).astype(kind)
        return more
    named = {name: kind for name, kind in kinds.items() if kind == _polars().Enum}
    words = dict.fromkeys(named, _polars().String)
    return more.cast(words).cast(named, strict=False)


def _polars() -> Any:
    return importlib.import_module("polars")
