"""Transfer sets: searchable objects that make rows to ask a teacher about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, clone

from sklkd._validation import COUNT, POSITIVE, Interval, check_interval
from sklkd.plugins import TRANSFER_SETS
from sklkd.transfer_sets._columns import Columns, Draft, Rows, as_container
from sklkd.transfer_sets._containers import Container

COMMON: Mapping[str, Interval] = {
    "size_factor": POSITIVE,
    "max_rows": COUNT,
    "random_state": Interval(0, integer=True),
}


@dataclass(frozen=True, slots=True)
class Synthesised:
    """New rows, and where each came from.

    Attributes
    ----------
    X : array or DataFrame
        The container, columns and types of the X that it was made from; a DataFrame of
        pandas is numbered from 0.
    parent : ndarray of int, shape (n_new,)
        The row of that X from which each new row was made, in ascending order.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.transfer_sets import Jitter
    >>> made = Jitter(size_factor=2).synthesise(np.array([[1.0], [2.0], [3.0]]))
    >>> made.X.shape
    (6, 1)
    >>> made.parent
    array([0, 0, 1, 1, 2, 2])
    """

    X: Any
    parent: Rows


class TransferSet(BaseEstimator, ABC):
    """Rows without labels, made from those of ``fit``, on which the teacher is asked.

    A subclass takes its hyperparameters in `__init__`, the three below among them, and
    says in `draw` how new rows come from their parents. Whatever it draws, each column
    keeps its type and its range: see `synthesise`.

    Parameters
    ----------
    size_factor : float
        Rows made for each row of X, above 0.
    max_rows : int
        At most so many rows are made, at least 1.
    random_state : int
        At least 0. The same one gives the same rows in every fit, so that what a
        teacher said about them can be cached.

    Attributes
    ----------
    bounds : mapping of str to Interval
        The range of each numeric hyperparameter, checked by ``fit``.
    min_rows : int
        How many rows of weight it needs.

    Examples
    --------
    A complete transfer set of one's own:

    >>> import numpy as np
    >>> from sklkd.transfer_sets import TransferSet
    >>> class Shuffled(TransferSet):
    ...     '''Every entry comes from a row of its own: all columns independent.'''
    ...
    ...     def __init__(self, *, size_factor=1.0, max_rows=1000, random_state=0):
    ...         self.size_factor = size_factor
    ...         self.max_rows = max_rows
    ...         self.random_state = random_state
    ...
    ...     def draw(self, columns, parent, rng):
    ...         shape = (len(parent), columns.n_columns)
    ...         source = columns.draw_rows(rng, np.prod(shape)).reshape(shape)
    ...         return columns.copies(source)
    >>> Shuffled().synthesise(np.array([[1, 10], [2, 20], [3, 30]])).X.shape
    (3, 2)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {}
    min_rows: ClassVar[int] = 1
    size_factor: float
    max_rows: int
    random_state: int

    @abstractmethod
    def draw(self, columns: Columns, parent: Rows, rng: np.random.Generator) -> Draft:
        """Draw one new row from each parent.

        Parameters
        ----------
        columns : Columns
            The rows of weight.
        parent : ndarray of int, shape (n_new,)
            The row of `columns` that each new row is made from.
        rng : Generator
            The only source of chance.

        Returns
        -------
        Draft
            Of `n_new` rows, from `columns.copies` or `columns.between` for a start.
        """

    def check(self, who: str | None = None) -> None:
        """Raise if a hyperparameter is out of range; errors start with `who`."""
        name = type(self).__name__
        for parameter, interval in {**COMMON, **self.bounds}.items():
            called = parameter if who is None else f"{parameter} of {name}"
            check_interval(who or name, called, getattr(self, parameter), interval)

    @final
    def synthesise(
        self, X: Any, sample_weight: Any = None, *, who: str | None = None
    ) -> Synthesised:
        """Make new rows.

        Rows are parents in proportion to their weights, as evenly as whole numbers can
        be; rows of weight 0 are as if they were not there. In every column of the new
        rows, strings, categories, booleans and dates are some that X has; numbers are
        within X's range, and whole where all of X's are; and missing where X has
        missing ones only.

        Parameters
        ----------
        X : array of shape (n_rows, ...) or DataFrame of pandas or polars
            Dense. Never changed.
        sample_weight : array-like of shape (n_rows,), default=None
            At least 0, with one that is above.
        who : str, default=None
            Errors start with it.

        Returns
        -------
        Synthesised
            ``round(size_factor * n)`` rows for `n` rows of weight, at least 1 and at
            most `max_rows`.
        """
        self.check(who)
        name = type(self).__name__
        called = name if who is None else f"{who}: {name}"
        container = _container(called, X)
        weight = _checked_weight(called, sample_weight, len(container))
        kept = np.flatnonzero(weight > 0)
        if len(kept) < self.min_rows:
            row = "row" if self.min_rows == 1 else "rows"
            raise ValueError(
                f"{called} needs at least {self.min_rows} {row} whose weight is not "
                f"zero, got {len(kept)}. Pass more, or transfer_set=None."
            )
        if len(kept) < len(container):
            container, weight = container.rows(kept), weight[kept]
        columns = Columns.of(called, container, weight)
        rng = np.random.default_rng(self.random_state)
        wanted = max(1, round(min(self.size_factor * len(kept), self.max_rows)))
        parent = systematic(weight, wanted, rng)
        # Where huge numbers overflow, the range of the column brings them back.
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            draft = self.draw(columns, parent, rng)
        return Synthesised(columns.table(draft), kept[parent])


def as_transfer_set(who: str, transfer_set: Any) -> TransferSet | None:
    """Turn what the user passed as ``transfer_set=`` into a checked clone, or None.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    transfer_set : TransferSet, str or None
        One, the name of a registered one, or None for none.

    Raises
    ------
    TypeError, ValueError
        If it is none of these, is unknown, or has a hyperparameter out of range.
    """
    if transfer_set is None:
        return None
    if isinstance(transfer_set, str):
        transfer_set = TRANSFER_SETS[transfer_set].factory()
    if not isinstance(transfer_set, TransferSet):
        raise TypeError(
            f"{who}: transfer_set must be a TransferSet, the name of one or None, got "
            f"{transfer_set!r}. Derive from sklkd.transfer_sets.TransferSet."
        )
    copy: TransferSet = clone(transfer_set)
    copy.check(who)
    return copy


def systematic(
    weight: NDArray[np.float64], size: int, rng: np.random.Generator
) -> Rows:
    r"""Rows drawn in proportion to their weights, as evenly as can be: (n,) -> (size,).

    A comb of `size` teeth, a random step aside, is laid over the weights, which stand
    in a row one after the other [1]_. A row of weight :math:`w` is drawn
    :math:`\lfloor s \rfloor` or :math:`\lceil s \rceil` times, where :math:`s` is
    `size` times its share of the total. The rows stand in random order, so that no
    period in them meets the comb's.

    References
    ----------
    .. [1] W. G. Madow, L. H. Madow, "On the Theory of Systematic Sampling, I", Annals
       of Mathematical Statistics 15(1), 1944.
    """
    order = rng.permutation(len(weight))
    ends = np.cumsum(weight[order] / weight.max())
    teeth = (np.arange(size) + rng.random()) * (ends[-1] / size)
    drawn = np.searchsorted(ends, teeth, side="right")
    return np.sort(order[np.minimum(drawn, len(weight) - 1)])


def _container(who: str, X: Any) -> Container:
    """The columns of X, an array if it is no DataFrame."""
    types = getattr(X, "dtypes", ()) if hasattr(X, "columns") else ()
    if issparse(X) or any(type(dtype).__name__ == "SparseDtype" for dtype in types):
        raise TypeError(
            f"{who} cannot synthesise rows of a sparse X. Pass a dense one, or "
            "transfer_set=None."
        )
    X = X if hasattr(X, "columns") else np.asarray(X)
    if len(X.shape) < 2 or 0 in X.shape[1:]:
        raise ValueError(
            f"{who}: X must have the shape (n_rows, n_columns), or more dimensions, "
            f"with at least one column, got {X.shape}."
        )
    container = as_container(X)
    if container is None:
        raise TypeError(
            f"{who}: X must be an array or a DataFrame of pandas or polars, got "
            f"{type(X).__name__}."
        )
    return container


def _checked_weight(who: str, sample_weight: Any, n_rows: int) -> NDArray[np.float64]:
    """Weights, all 1 where none were given: (n_rows,)."""
    if sample_weight is None:
        return np.ones(n_rows)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n_rows,) or not (np.isfinite(weight) & (weight >= 0)).all():
        raise ValueError(
            f"{who}: sample_weight must be {n_rows} finite numbers that are not "
            f"negative, one for each row, got {sample_weight!r}."
        )
    return weight
