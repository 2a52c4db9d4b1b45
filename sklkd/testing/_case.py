"""Cases: what hypothesis draws and shrinks, and the data that a seed makes of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Kind = Literal["classifier", "regressor", "transformer", "other"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """What a data set is made of: the same case is always the same data.

    Parameters
    ----------
    n : int, default=12
        Number of rows.
    p : int, default=2
        Number of columns.
    k : int, default=2
        Number of classes; regressors ignore it.
    seed : int, default=0
        Of the numbers.
    style : str, default="blobs"
        What is special about the columns; one of `STYLES`.
    variant : str, default=None
        Which of a contract's variants, by name.

    Examples
    --------
    >>> from sklkd.testing import Case, make_data
    >>> X, y = make_data(Case(n=20, p=3, style="constant"), "regressor")
    >>> X.shape, y.shape
    ((20, 3), (20,))
    """

    n: int = 12
    p: int = 2
    k: int = 2
    seed: int = 0
    style: str = "blobs"
    variant: str | None = None


def _blobs(X: Floats) -> Floats:
    return X


def _ints(X: Floats) -> Floats:
    return np.round(X)


def _ties(X: Floats) -> Floats:
    """Few values, and so rows at equal distances."""
    return 4.0 * np.round(X / 4.0)


def _mixed_scale(X: Floats) -> Floats:
    """Columns from thousandths to thousands."""
    return X * np.logspace(-3, 3, X.shape[1])


def _collinear(X: Floats) -> Floats:
    """The last column is the sum of the others."""
    if X.shape[1] > 1:
        X[:, -1] = X[:, :-1].sum(axis=1)
    return X


def _constant(X: Floats) -> Floats:
    """The last column says nothing, if there is another."""
    if X.shape[1] > 1:
        X[:, -1] = 1.0
    return X


def _offset(X: Floats) -> Floats:
    return X + 100.0


_STYLES: dict[str, Callable[[Floats], Floats]] = {
    "blobs": _blobs,
    "ints": _ints,
    "ties": _ties,
    "mixed_scale": _mixed_scale,
    "collinear": _collinear,
    "constant": _constant,
    "duplicates": _blobs,  # of whole rows, with their targets: see `make_data`
    "offset": _offset,
}
STYLES = tuple(_STYLES)


@st.composite
def cases(
    draw: Any,
    *,
    n: tuple[int, int] = (8, 40),
    p: tuple[int, int] = (1, 5),
    k: tuple[int, int] = (2, 4),
    styles: tuple[str, ...] = STYLES,
    batch_size: int | None = None,
) -> Case:
    """Draw cases, whose simplest is small, of two classes and of no special style.

    Parameters
    ----------
    n, p, k : tuple of int
        Least and greatest number of rows, columns and classes.
    styles : tuple of str
        Some of `STYLES`.
    batch_size : int, default=None
        Of the estimator. Numbers of rows next to it and to its double are drawn then,
        where the last batch is small or has one row.

    Returns
    -------
    hypothesis strategy of `Case`

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from sklkd.testing import cases, make_data
    >>> @settings(max_examples=5, database=None)
    ... @given(case=cases(n=(8, 12)))
    ... def test_rows(case):
    ...     assert len(make_data(case, "classifier")[0]) == case.n
    >>> test_rows()
    """
    rows = st.integers(*n)
    if batch_size is not None:
        near = [batch_size - 1, batch_size, batch_size + 1, 2 * batch_size + 1]
        near = [m for m in near if n[0] <= m <= max(n[1], 130)]
        rows = rows | st.sampled_from(near) if near else rows
    return Case(
        n=draw(rows),
        p=draw(st.integers(*p)),
        k=draw(st.integers(*k)),
        seed=draw(st.integers(0, 999)),
        style=draw(st.sampled_from(styles)),
    )


def make_data(case: Case, kind: Kind) -> tuple[Floats, NDArray[Any]]:
    """Make the data of a case: pure, from its own generator.

    Parameters
    ----------
    case : Case
        Of what kind.
    kind : {"classifier", "regressor", "transformer", "other"}
        Regressors get a noisy function of the columns as y. Others get class indices,
        each class at least twice if the rows suffice, in no order.

    Returns
    -------
    X : ndarray of shape (n, p), float64
    y : ndarray of shape (n,)
        Of int64, or float64.

    Examples
    --------
    >>> from sklkd.testing import Case, make_data
    >>> X, y = make_data(Case(n=8, k=3), "classifier")
    >>> sorted(set(y.tolist()))
    [0, 1, 2]
    """
    rng = np.random.default_rng([case.seed, case.n, case.p, case.k])
    n = max(1, case.n // 2) if case.style == "duplicates" else case.n
    label = rng.permutation(np.arange(n) % case.k)
    direction = rng.normal(size=case.p)
    direction /= np.linalg.norm(direction)
    X = 5.0 * label[:, np.newaxis] * direction + rng.normal(size=(n, case.p))
    noise = 0.1 * rng.normal(size=n)
    X = _STYLES[case.style](X)
    y = _values(X) + noise if kind == "regressor" else label
    row = np.arange(case.n) % n
    return X[row], y[row]


def _values(X: Floats) -> Floats:
    """A smooth function of the columns, whatever their scale: (n, p) -> (n,)."""
    spread = X.std(axis=0)
    Z = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return Z @ np.linspace(1.0, 2.0, X.shape[1]) + np.sin(2 * Z[:, 0])
