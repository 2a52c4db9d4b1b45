"""What a fitted regressor believes about y: for each row, a mixture of normals."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from sklearn.ensemble import (
    BaggingRegressor,
    ExtraTreesRegressor,
    RandomForestRegressor,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.validation import check_array

from sklkd.exceptions import TeacherError

Floats = NDArray[np.float64]

FORESTS = ExtraTreesRegressor, RandomForestRegressor
VARIANCE_IS_IMPURITY = "squared_error", "friedman_mse"
HALVINGS = 40  # of a bracket, after which a quantile is found to 1e-12 of its width
EPSILON = np.finfo(np.float64).eps
LARGEST = np.finfo(np.float64).tiny  # by which a distance is divided where std is 0


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed about y: for each row and target a mixture of normals.

    Attributes
    ----------
    weight : ndarray of shape (n_parts,)
        Of each normal; they sum to 1.
    mean, std : ndarray of shape (n_parts, n_rows, n_targets)
        In the units of y. A normal of std 0 is an atom.
    """

    weight: Floats
    mean: Floats
    std: Floats

    def moments(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation, by the law of total variance: 2 x (n, k)."""
        mean = np.einsum("m,mnk->nk", self.weight, self.mean)
        inside = np.einsum("m,mnk->nk", self.weight, np.square(self.std))
        between = np.einsum("m,mnk->nk", self.weight, np.square(self.mean - mean))
        return mean, np.sqrt(inside + between)

    def quantiles(self, levels: tuple[float, ...]) -> Floats:
        """The least values that have the levels below them: (n_levels, n, k)."""
        if not self.std.any():
            return self._of_atoms(levels)
        return np.stack([self._quantile(level) for level in levels])

    def _of_atoms(self, levels: tuple[float, ...]) -> Floats:
        """The values at which the share of sorted atoms reaches the levels."""
        order = self.mean.argsort(axis=0, kind="stable")
        atoms = np.take_along_axis(self.mean, order, axis=0)
        below = self.weight[order].cumsum(axis=0)
        found = [(below < level - 1e-12).sum(axis=0) for level in levels]
        picked = np.minimum(np.stack(found), len(atoms) - 1)
        return np.asarray(np.take_along_axis(atoms, picked, axis=0))

    def _quantile(self, level: float) -> Floats:
        """One level, by bisection between the least and the largest of the parts'."""
        own = self.mean + ndtri(level) * self.std
        low, high = own.min(axis=0), own.max(axis=0)
        for _ in range(HALVINGS if len(own) > 1 else 0):
            middle = (low + high) / 2
            enough = self._below(middle) >= level
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return np.asarray(high)

    def _below(self, value: Floats) -> Floats:
        """Share of the mixture up to a value: (n, k) -> (n, k)."""
        with np.errstate(over="ignore"):
            distance = (value - self.mean) / np.maximum(self.std, LARGEST)
        # At an atom the distance is 0, and all of the atom is below.
        share = np.where((self.std == 0) & (distance == 0), 1.0, ndtr(distance))
        return np.einsum("m,mnk->nk", self.weight, share)


@dataclass(frozen=True, slots=True)
class _Part:
    """One normal; a variance of None is not known."""

    weight: float
    mean: Floats
    variance: Floats | None


def belief_of(who: str, teacher: Any, X: Any, *, is_member: bool = False) -> Belief:
    r"""Return what a fitted regressor believes about the rows of X.

    - A regressor whose ``predict`` takes ``return_std`` believes in that normal.
    - A tree, in the mean and the variance of the training rows in the leaf; so it needs
      ``criterion="squared_error"``. A forest or a bag of trees is the mixture of its
      trees' normals, with the variance

      .. math:: \mathrm{Var}_b(\mu_b) + \mathrm{mean}_b(\sigma_b^2)

      of [1]_. Where leaves hold one value the mixture's quantiles are those of a
      quantile regression forest [2]_ on the rows that the trees drew; larger leaves,
      whose rows a fitted forest does not keep, count as normals.
    - Other bags, and a ``VotingRegressor``, are mixtures of what their members believe.
      A member that knows no variance counts as certain: what remains is disagreement,
      in which the noise of y is not.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    teacher : regressor
        Fitted. What is inside a Pipeline, a search, a FrozenEstimator or a
        ``MultiOutputRegressor`` is asked.
    X : array, sparse array or DataFrame of n rows
        Rows.
    is_member : bool, default=False
        Whether it is one of several teachers, and so may know no variance.

    Raises
    ------
    TeacherError
        If it knows no variance, and no members that could disagree.

    References
    ----------
    .. [1] F. Hutter et al., "Algorithm runtime prediction: Methods & evaluation",
       Artificial Intelligence 206, 2014, Sec. 4.3.2.
    .. [2] N. Meinshausen, "Quantile Regression Forests", JMLR 7, 2006, Sec. 3.

    Examples
    --------
    Two leaves, with the values 0 and 2, and 5:

    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from sklkd.training._belief import belief_of
    >>> X, y = np.array([[0.0], [0.0], [1.0]]), np.array([0.0, 2.0, 5.0])
    >>> tree = DecisionTreeRegressor().fit(X, y)
    >>> mean, std = belief_of("Example", tree, np.array([[0.0], [1.0]])).moments()
    >>> mean.ravel().tolist(), std.ravel().tolist()
    ([1.0, 5.0], [1.0, 0.0])
    """
    parts = _parts(who, teacher, X)
    if len(parts) == 1 and parts[0].variance is None and not is_member:
        raise TeacherError(
            f"{who}: the teacher {type(teacher).__name__} says nothing about the "
            "spread of y. Pass one that does (a forest, a regressor whose predict "
            "takes return_std, several teachers as a list), or spread=None."
        )
    variance = [
        np.zeros_like(p.mean) if p.variance is None else p.variance for p in parts
    ]
    return Belief(
        np.array([part.weight for part in parts]),
        np.stack([part.mean for part in parts]),
        np.sqrt(np.stack(variance)),
    )


def _parts(who: str, teacher: Any, X: Any) -> list[_Part]:
    """The normals of a teacher of any kind."""
    teacher, X = _inside(teacher, X)
    if isinstance(teacher, DecisionTreeRegressor):
        return [_of_tree(who, teacher, X)]
    if isinstance(teacher, MultiOutputRegressor):
        return _side_by_side([_parts(who, part, X) for part in teacher.estimators_])
    if isinstance(teacher, (*FORESTS, BaggingRegressor, VotingRegressor)):
        return [
            replace(part, weight=share * part.weight)
            for share, member, own in _members(teacher, X)
            for part in _parts(who, member, own)
        ]
    if not knows_std(teacher):
        return [_Part(1.0, _columns(teacher.predict(X)), None)]
    mean, std = teacher.predict(X, return_std=True)
    return [_Part(1.0, _columns(mean), np.square(_columns(std)))]


def _inside(teacher: Any, X: Any) -> tuple[Any, Any]:
    """What speaks for a teacher in the end, and what that is given."""
    if isinstance(teacher, FrozenEstimator):
        return _inside(teacher.estimator, X)
    if hasattr(teacher, "best_estimator_"):
        return _inside(teacher.best_estimator_, X)
    if isinstance(teacher, Pipeline):
        if len(teacher.steps) > 1:
            X = teacher[:-1].transform(X)
        return _inside(teacher.steps[-1][1], X)
    return teacher, X


def knows_std(teacher: Any) -> bool:
    """Whether ``predict`` takes ``return_std``; of a distilled one, and knows it."""
    spread = getattr(teacher, "spread", "std")
    takes = "return_std" in inspect.signature(teacher.predict).parameters
    return takes and isinstance(spread, str)


def _members(teacher: Any, X: Any) -> list[tuple[float, Any, Any]]:
    """Share, member and its columns of X, for each member."""
    members = list(teacher.estimators_)
    if isinstance(teacher, VotingRegressor):
        used = [part != "drop" for _, part in teacher.estimators]
        weights = np.ones(len(used)) if teacher.weights is None else teacher.weights
        share = np.asarray(weights, dtype=np.float64)[used]
        return [(s, m, X) for s, m in zip(share / share.sum(), members, strict=True)]
    # Members know no names of columns; trees work in float32.
    dtype = np.float32 if isinstance(teacher, FORESTS) else None
    X = check_array(X, accept_sparse="csr", dtype=dtype, ensure_all_finite=False)
    drawn = getattr(teacher, "estimators_features_", [slice(None)] * len(members))
    return [
        (1 / len(members), m, X[:, own]) for m, own in zip(members, drawn, strict=True)
    ]


def _of_tree(who: str, tree: DecisionTreeRegressor, X: Any) -> _Part:
    """Mean and variance of the training rows in each row's leaf."""
    if tree.criterion not in VARIANCE_IS_IMPURITY:
        raise TeacherError(
            f"{who}: spread needs trees that know the variance in their leaves; pass a "
            f"teacher with criterion='squared_error', got {tree.criterion!r}."
        )
    leaf = tree.apply(X)
    mean = tree.tree_.value[leaf][:, :, 0]
    impurity = tree.tree_.impurity[leaf][:, np.newaxis]
    # Both are differences of large numbers: what is left of equal ones is rounding,
    # which in a sum of n equal numbers may go one way every time.
    rounding = EPSILON * (tree.tree_.n_node_samples[leaf][:, np.newaxis] + 4)
    rounding = rounding * np.square(mean).mean(axis=1, keepdims=True)
    noise = np.maximum(1e-12 * tree.tree_.impurity[0], rounding)
    variance = np.where(impurity > noise, impurity, 0.0)
    if mean.shape[1] > 1 and variance.any():
        raise TeacherError(
            f"{who}: trees of several targets keep one variance for all of them. Pass "
            "the teacher as MultiOutputRegressor(teacher), which has trees for each."
        )
    return _Part(1.0, mean, np.broadcast_to(variance, mean.shape))


def _side_by_side(targets: list[list[_Part]]) -> list[_Part]:
    """Parts of several targets from the parts of each, which are as many."""
    return [_joined(parts) for parts in zip(*targets, strict=True)]


def _joined(parts: tuple[_Part, ...]) -> _Part:
    """One normal for each target, side by side."""
    variances = [part.variance for part in parts if part.variance is not None]
    return _Part(
        parts[0].weight,
        np.hstack([part.mean for part in parts]),
        np.hstack(variances) if variances else None,
    )


def _columns(said: Any) -> Floats:
    """Values as columns: (n,) or (n, k) -> (n, k)."""
    values = np.asarray(said, dtype=np.float64)
    return values.reshape(len(values), -1)
