"""What becomes of a surrogate that is fitted again: at other sizes, to other rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier

from sklkd._validation import COUNT, Interval, check_interval
from sklkd.inspection._refit import (
    asking_the_same,
    kind_of,
    size_parameter,
    surrogate_within,
)
from sklkd.readable import ReadableModel
from sklkd.surrogates import Fidelity, knee
from sklkd.training import draw_seed, take

SIZES = (2, 3, 4, 6, 8, 11, 16, 23, 32)
CURVE, STABILITY = "fidelity_curve", "stability"
SEVERAL = Interval(2, integer=True)


@dataclass(frozen=True, slots=True)
class FidelityCurve:
    """How faithful a surrogate is at each size.

    Attributes
    ----------
    parameter : str
        What was set to the sizes.
    sizes : ndarray of int, shape (n_sizes,)
        Ascending.
    complexity : ndarray of int, shape (n_sizes,)
        Leaves, terms or prototypes that there came to be.
    fidelities : tuple of Fidelity
        One for each size, on the same held-out rows.
    knee : int
        The size from which on more of it gains little: where the best fidelity so far
        is furthest above the straight line from the first size to the last.
    """

    parameter: str
    sizes: NDArray[np.int64]
    complexity: NDArray[np.int64]
    fidelities: tuple[Fidelity, ...]
    knee: int


def fidelity_curve(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    sizes: Iterable[int] = SIZES,
    sample_weight: Any = None,
) -> FidelityCurve:
    """Fit a surrogate at several sizes to the same teacher.

    Parameters
    ----------
    estimator : SurrogateClassifier, SurrogateRegressor or one of their kind
        Or a fitted search around one. A fitted one's teacher is asked as it is; an
        unfitted one's is fitted anew for each size, without the rows held out, unless
        ``memory`` keeps it.
    X : array-like or DataFrame of shape (n_samples, n_features)
        Rows, of which `validation_fraction` is held out. They should be new to a fitted
        teacher: what one says of rows that it knows by heart, no small model follows.
    y : array-like of shape (n_samples,)
        Labels or values.
    sizes : iterable of int, default=(2, 3, 4, 6, 8, 11, 16, 23, 32)
        Leaves, rules, terms or prototypes.
    sample_weight : array-like of shape (n_samples,), default=None
        Not negative.

    Returns
    -------
    FidelityCurve

    Raises
    ------
    TypeError
        If it is no surrogate, or one without a size.
    ValueError
        If nothing is held out, or there are no sizes.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklkd import SurrogateClassifier
    >>> from sklkd.inspection import fidelity_curve
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(20, random_state=0)
    >>> explained = SurrogateClassifier(forest, random_state=0).fit(X, y)
    >>> fidelity_curve(explained, X, y, sizes=[2, 3, 6]).knee
    3
    """
    inner = surrogate_within(CURVE, estimator)
    parameter = size_parameter(CURVE, inner)
    ordered = _ascending(sizes)
    if inner.validation_fraction == 0:
        raise ValueError(
            f"{CURVE}: validation_fraction of the estimator must be above 0, for "
            "fidelity is measured on held-out rows, got 0. Set it to 0.2, for instance."
        )
    bare = asking_the_same(CURVE, inner)
    fitted = []
    for size in ordered:
        model = clone(bare).set_params(**{parameter: size})
        fitted.append(model.fit(X, y, sample_weight=sample_weight))
    fidelities = tuple(model.fidelity_ for model in fitted)
    best = np.maximum.accumulate([found.value for found in fidelities])
    found = np.array(ordered)
    complexity = np.array([model.surrogate_.complexity for model in fitted])
    return FidelityCurve(
        parameter, found, complexity, fidelities, ordered[knee(found, best)]
    )


@dataclass(frozen=True, slots=True)
class Stability:
    """How much of a surrogate stays if the rows are drawn anew.

    Attributes
    ----------
    agreement : float
        Mean share of the rows to which two of the surrogates give the same label; of
        values their mean squared correlation.
    overlap : float
        Mean of the columns that two of them both use, as a share of those that either
        uses (the Jaccard index); 1 where none uses any.
    used : dict of str to float
        For each column the share of the surrogates that use it, most used first; not
        those that none uses.
    n_bootstraps : int
        How many surrogates there were.
    """

    agreement: float
    overlap: float
    used: dict[str, float]
    n_bootstraps: int


def stability(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    n_bootstraps: int = 20,
    random_state: Any = None,
) -> Stability:
    """Fit a surrogate to bootstraps of the rows, and compare what comes out.

    A fitted estimator's teacher is asked as it is, so that what varies is the surrogate
    alone; an unfitted one's is fitted to each bootstrap, too. Of each class as many
    rows are drawn as there are, so that none is missing.

    Parameters
    ----------
    estimator : SurrogateClassifier, SurrogateRegressor or one of their kind
        With a surrogate that can be read, or a fitted search around one.
    X : array-like or DataFrame of shape (n_samples, n_features)
        Rows.
    y : array-like of shape (n_samples,)
        Labels or values.
    n_bootstraps : int, default=20
        At least 2.
    random_state : int, RandomState or None, default=None
        Of the bootstraps.

    Returns
    -------
    Stability

    Raises
    ------
    TypeError
        If it is no surrogate, or one that cannot be read.
    ValueError
        If there are too few bootstraps, or rows and labels differ in number.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklkd import SurrogateClassifier
    >>> from sklkd.inspection import stability
    >>> X, y = load_iris(return_X_y=True)
    >>> teacher = LogisticRegression(max_iter=1000)
    >>> explained = SurrogateClassifier(teacher, random_state=0).fit(X, y)
    >>> found = stability(explained, X, y, n_bootstraps=5, random_state=0)
    >>> bool(found.agreement > 0.9)
    True
    """
    inner = surrogate_within(STABILITY, estimator)
    check_interval(STABILITY, "n_bootstraps", n_bootstraps, SEVERAL)
    X, y = X if hasattr(X, "shape") else np.asarray(X), np.asarray(y)
    if X.shape[0] != len(y):
        raise ValueError(
            f"{STABILITY}: y must have a label or value for each of the {X.shape[0]} "
            f"rows of X, got {len(y)}."
        )
    rng = np.random.default_rng(draw_seed(random_state))
    bare = asking_the_same(STABILITY, inner).set_params(validation_fraction=0.0)
    kind = np.unique(y, return_inverse=True)[1] if is_classifier(inner) else None
    said, used = [], []
    for _ in range(n_bootstraps):
        rows = _bootstrap(rng, len(y), kind)
        model = _readable(clone(bare).fit(take(X, rows), y[rows]))
        said.append(np.asarray(model.predict(X)))
        columns = model.surrogate_.columns
        used.append({columns[j].name for j in model.surrogate_.used})
    pairs = list(combinations(range(n_bootstraps), 2))
    alike = _correlation if kind is None else _same_labels
    agreement = float(np.mean([alike(said[i], said[j]) for i, j in pairs]))
    overlap = float(np.mean([_jaccard(used[i], used[j]) for i, j in pairs]))
    return Stability(agreement, overlap, _shares(used), n_bootstraps)


def _ascending(sizes: Any) -> list[int]:
    """Checked sizes, each once."""
    if not isinstance(sizes, Iterable) or isinstance(sizes, str):
        raise TypeError(
            f"{CURVE}: sizes must be a list of integers, got {sizes!r}. Pass [{sizes}]."
        )
    given = list(sizes)
    for size in given:
        check_interval(CURVE, "each of the sizes", size, COUNT)
    if not given:
        raise ValueError(f"{CURVE}: sizes must have at least one integer, got none.")
    return sorted({int(size) for size in given})


def _bootstrap(
    rng: np.random.Generator, n_rows: int, kind: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    """Rows drawn with replacement, of each kind as many as it has: (n,) -> (n,)."""
    if kind is None:
        return np.sort(rng.integers(n_rows, size=n_rows))
    own = [np.flatnonzero(kind == k) for k in range(kind.max() + 1)]
    return np.sort(np.concatenate([rng.choice(rows, len(rows)) for rows in own]))


def _readable(model: Any) -> Any:
    """The same, or an error if it cannot be read."""
    if isinstance(model.surrogate_, ReadableModel):
        return model
    raise TypeError(
        f"{STABILITY}: surrogate of the estimator must be one that can be read, such "
        f"as 'tree', 'rules' or 'linear', got {kind_of(model.surrogate_)}."
    )


def _same_labels(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Share of the rows with the same label: (n,), (n,) -> number."""
    return float((one == other).mean())


def _correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Mean squared correlation of the values: (n,) or (n, k), twice -> number.

    It is 1 where both are constant, and 0 where one of them is.
    """
    columns = zip(np.atleast_2d(one.T), np.atleast_2d(other.T), strict=True)
    return float(np.mean([_squared_correlation(a, b) for a, b in columns]))


def _squared_correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    spread = np.array([np.ptp(one), np.ptp(other)])
    if (spread == 0).any():
        return float((spread == 0).all())
    units = (one / spread[0], other / spread[1])  # squares stay finite
    return float(np.corrcoef(*units)[0, 1] ** 2)


def _jaccard(one: set[str], other: set[str]) -> float:
    """What two sets share, as a part of what either has."""
    either = one | other
    return len(one & other) / len(either) if either else 1.0


def _shares(used: list[set[str]]) -> dict[str, float]:
    """How many of the sets have each name, most first."""
    counted = {name: sum(name in own for own in used) for name in set().union(*used)}
    most = sorted(counted, key=lambda name: (-counted[name], name))
    return {name: counted[name] / len(used) for name in most}
