"""How faithful a surrogate is at each size, and how stable at one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state

from sklkd.readable import ReadableModel
from sklkd.surrogates import Fidelity, Surrogate, as_surrogate, knee
from sklkd.training import take

SIZES = (2, 3, 4, 6, 8, 11, 16, 23, 32)
WHO = "fidelity_curve"


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
        The size from which on more of it gains little: the point of the curve furthest
        above its chord.
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
        A fitted one's teacher is asked as it is; an unfitted one's is fitted anew for
        each size, unless ``memory`` keeps it.
    X : array-like or DataFrame of shape (n_samples, n_features)
        Rows, of which `validation_fraction` is held out.
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
        If nothing is held out.

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
    parameter = size_parameter(WHO, estimator)
    if estimator.validation_fraction == 0:
        raise ValueError(
            f"{WHO}: validation_fraction of the estimator must be above 0, for "
            "fidelity is measured on held-out rows; got 0."
        )
    ordered = sorted({int(size) for size in sizes})
    if not ordered:
        raise ValueError(f"{WHO}: sizes must have a number, got none.")
    bare = _asking_the_same(estimator)
    fitted = []
    for size in ordered:
        model = clone(bare).set_params(**{parameter: size})
        fitted.append(model.fit(X, y, sample_weight=sample_weight))
    fidelities = tuple(model.fidelity_ for model in fitted)
    values = np.array([found.value for found in fidelities])
    best = knee(np.array(ordered), np.maximum.accumulate(values))
    complexity = np.array([model.surrogate_.complexity for model in fitted])
    return FidelityCurve(
        parameter, np.array(ordered), complexity, fidelities, ordered[best]
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
        For each column the share of the surrogates that use it, most used first.
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
    alone; an unfitted one's is fitted to each bootstrap, too.

    Parameters
    ----------
    estimator : SurrogateClassifier, SurrogateRegressor or one of their kind
        With a surrogate that can be read.
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
    size_parameter("stability", estimator)
    if n_bootstraps < 2:
        raise ValueError(
            f"stability: n_bootstraps must be at least 2, got {n_bootstraps}."
        )
    rng, n_rows = check_random_state(random_state), len(y)
    y = np.asarray(y)
    bare = _asking_the_same(estimator).set_params(validation_fraction=0.0)
    said, used = [], []
    for _ in range(n_bootstraps):
        rows = rng.randint(n_rows, size=n_rows)
        model = clone(bare).fit(take(X, rows), y[rows])
        said.append(np.asarray(model.predict(X)))
        names = model.get_feature_names_out()
        used.append({str(names[j]) for j in model.surrogate_.used})
    pairs = list(combinations(range(n_bootstraps), 2))
    alike = _same_labels if is_classifier(estimator) else _correlation
    agreement = float(np.mean([alike(said[i], said[j]) for i, j in pairs]))
    overlap = float(np.mean([_jaccard(used[i], used[j]) for i, j in pairs]))
    counted = {name: sum(name in own for own in used) for own in used for name in own}
    most = sorted(counted, key=lambda name: (-counted[name], name))
    shares = {name: counted[name] / n_bootstraps for name in most}
    return Stability(agreement, overlap, shares, n_bootstraps)


def size_parameter(who: str, estimator: Any) -> str:
    """The parameter that says how large a surrogate may be.

    Raises
    ------
    TypeError
        If there is none.
    """
    params = estimator.get_params(deep=False) if hasattr(estimator, "fit") else {}
    given = params.get("surrogate", "missing")
    if given != "missing":
        surrogate = as_surrogate(who, given)
        if isinstance(surrogate, Surrogate) and surrogate.size_parameter:
            return f"surrogate__{surrogate.size_parameter}"
    for name in ("max_leaves", "max_rules"):
        if "teacher" in params and name in params:
            return name
    raise TypeError(
        f"{who}: estimator must be a surrogate that can be read, such as a "
        f"SurrogateClassifier with a tree, got {type(estimator).__name__}."
    )


def _asking_the_same(estimator: Any) -> Any:
    """An unfitted copy, with the fitted one's teacher, and a seed of its own."""
    copy = clone(estimator)
    if "surrogate" in copy.get_params(deep=False):
        copy.set_params(surrogate=as_surrogate(WHO, copy.surrogate))
    if not isinstance(copy.random_state, (int, np.integer)):
        seed = check_random_state(copy.random_state).randint(2**31 - 1)
        copy.set_params(random_state=int(seed))
    teacher = getattr(estimator, "teacher_", None)
    if isinstance(getattr(estimator, "surrogate_", None), ReadableModel):
        if isinstance(teacher, dict):
            frozen = [(name, _frozen(member)) for name, member in teacher.items()]
            copy.set_params(teacher=frozen)
        else:
            copy.set_params(teacher=_frozen(teacher))
    return copy


def _frozen(teacher: Any) -> Any:
    """A fitted estimator, to be used as it is; networks and functions are anyway."""
    is_estimator = hasattr(teacher, "get_params") and hasattr(teacher, "predict")
    if isinstance(teacher, FrozenEstimator) or not is_estimator:
        return teacher
    return FrozenEstimator(teacher)


def _same_labels(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float((one == other).mean())


def _correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Squared correlation of two predictions, 1 where both are constant."""
    if one.std() == 0 or other.std() == 0:
        return float(one.std() == other.std())
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1] ** 2)


def _jaccard(one: set[str], other: set[str]) -> float:
    either = one | other
    return len(one & other) / len(either) if either else 1.0
