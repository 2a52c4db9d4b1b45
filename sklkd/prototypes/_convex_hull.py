"""The nearest convex hull wins: a class is whatever lies between its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from scipy.optimize import nnls
from sklearn.cluster import KMeans

from sklkd._validation import COUNT, POSITIVE, check_interval
from sklkd.prototypes._scored import (
    BaseScoredClassifier,
    Floats,
    LabelledRows,
    class_sums,
    finite,
    weight_of,
)
from sklkd.training import atomic, draw_seed

STEPS = 30  # of the solver, for each point
ROUNDING = float(np.finfo(np.float64).eps)
SAME = 1e-9  # by which two sums of the same weights may differ


class ConvexHullClassifier(BaseScoredClassifier):
    r"""A classifier of distances to the convex hull of each class.

    .. math:: d_k(x) = \min_\lambda \Big\lVert x - \sum_{i:\, y_i = k} \lambda_i x_i
       \Big\rVert, \qquad \lambda_i \ge 0, \quad \sum_i \lambda_i = 1,

    as if a class had, besides its rows, all rows between them [1]_ [2]_. With one row a
    class it is the nearest neighbour, and with the mean instead of the rows the nearest
    mean. There is nothing to tune, and it is at its best on features where classes are
    convex, such as those of a trained network's last layers.

    Parameters
    ----------
    n_points : int, default=None
        At most so many points of each class are kept: centres of k-means, which lie
        inside the hull. None keeps every row.
    tol : float, default=1e-9
        Positive; a row is inside a hull if its distance is at most this part of
        `scale_`.
    random_state : int, RandomState instance or None, default=None
        Where k-means starts.
    n_jobs : int, default=None
        Processes in which rows are predicted; None is 1.

    Attributes
    ----------
    points_ : list of ndarray of shape (n_points_of_class, n_features)
        What the hulls are spanned by, for each class.
    centroids_ : ndarray of shape (n_classes, n_features)
        Weighted means of the classes, which break ties.
    scale_ : float
        Root mean squared distance of the rows to their mean; the unit of
        `predict_proba`.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where X is a DataFrame.

    See Also
    --------
    NearestMeanClassifier : The centroid of the hull alone; faster by far.
    sklearn.neighbors.KNeighborsClassifier : The corners of the hulls alone.

    Notes
    -----
    **Scores.** `decision_function` gives minus the distances; of two classes their
    difference. Where a row lies inside several hulls, which in few dimensions many do,
    the nearest centroid wins: instead of 0 these classes have minus ``tol`` times the
    distance to their centroid. `predict_proba` is the softmax of minus the distances
    in units of `scale_`. It is not calibrated.

    **Weights.** A hull does not know how often a row is there: besides the centroids
    and `scale_` weights change nothing, as long as equal rows have equal labels. Where
    they do not, the row goes to the hulls of those labels that have the greatest weight
    there, unless a class would be left without any. So a student of soft targets learns
    from every row its most probable class.

    **Cost.** A quadratic programme for each row and class, solved exactly by
    non-negative least squares [3]_: about a millisecond for 100 points. Hulls of few
    points in many dimensions are thin, and every row is outside of them.

    References
    ----------
    .. [1] P. Vincent and Y. Bengio, "K-Local Hyperplane and Convex Distance Nearest
       Neighbor Algorithms", NIPS 2001, Sec. 4.
    .. [2] G. Nalbantov et al., "Nearest Convex Hull Classification", Econometric
       Institute Report EI 2006-50, Erasmus University Rotterdam, 2006.
    .. [3] C. Lawson and R. Hanson, "Solving Least Squares Problems", 1974, Ch. 23.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.prototypes import ConvexHullClassifier
    >>> X = np.array([[0.0, 0.0], [0.0, 2.0], [3.0, 0.0], [3.0, 2.0]])
    >>> model = ConvexHullClassifier().fit(X, ["left", "left", "right", "right"])
    >>> model.predict([[1.0, 1.0]])
    array(['left'], dtype='<U5')
    >>> model.decision_function([[1.0, 1.0]])
    array([-1.])
    """

    def __init__(
        self,
        n_points: int | None = None,
        *,
        tol: float = 1e-9,
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_points = n_points
        self.tol = tol
        self.random_state = random_state
        self.n_jobs = n_jobs

    @atomic
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Keep the points that span the hulls.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.
        y : array-like of shape (n_samples,)
            Labels of two classes at least.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative; 2 is a repeated row, and 0 none.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If data and parameters do not fit together; the estimator is then what it
            was before.
        """
        if self.n_points is not None:
            check_interval(self._name, "n_points", self.n_points, COUNT)
        check_interval(self._name, "tol", self.tol, POSITIVE)
        seed = draw_seed(self.random_state)
        rows = self._labelled(X, y, sample_weight)
        with np.errstate(over="ignore", invalid="ignore"):
            count, total = class_sums(rows)
            mean = finite(self._name, total.sum(axis=0) / count.sum())
            self.centroids_ = finite(self._name, total / count[:, np.newaxis])
            self.scale_ = _spread(rows, mean)
        finite(self._name, np.array(self.scale_))
        self.points_ = [
            _kept(points, self.n_points, mean, seed) for points in _undisputed(rows)
        ]
        self._hulls = [_Hull.of(points) for points in self.points_]
        self._tol = self.tol
        self.classes_ = rows.classes
        return self

    @property
    def _unit(self) -> float:
        return self.scale_ or 1.0

    def _scores(self, X: Floats) -> Floats:
        with np.errstate(over="ignore"):
            finite(self._name, _lengths(X - self.centroids_[0]))
        n_parts = min(len(X), effective_n_jobs(self.n_jobs))
        parts = Parallel(n_jobs=self.n_jobs)(
            delayed(_distances)(self._hulls, part)
            for part in np.array_split(X, n_parts)
        )
        distances = finite(self._name, np.concatenate(parts))
        distances[distances <= self._tol * self.scale_] = 0.0
        return -_untied(distances, X, self.centroids_, self._tol)


# --- What spans the hulls -------------------------------------------------------------


def _undisputed(rows: LabelledRows) -> list[Floats]:
    """Distinct rows of each class, of several labels the heaviest: k of (m, p)."""
    distinct, where = np.unique(rows.X, axis=0, return_inverse=True)
    n, k = len(distinct), len(rows.classes)
    cell = where.ravel() * k + rows.codes
    weight = weight_of(cell, rows.weight, n * k).reshape(n, k)
    heaviest = weight >= (1 - SAME) * weight.max(axis=1, keepdims=True)
    return [
        distinct[own if own.any() else any_weight > 0]
        for own, any_weight in zip(heaviest.T, weight.T, strict=True)
    ]


def _kept(points: Floats, n_points: int | None, mean: Floats, seed: int) -> Floats:
    """The points, or that many centres of k-means: (m, p) -> (n_points, p)."""
    if n_points is None or len(points) <= n_points:
        return points
    size = _size(points - mean)
    means = KMeans(n_points, n_init=1, random_state=seed).fit((points - mean) / size)
    centres: Floats = means.cluster_centers_ * size + mean
    return centres


def _spread(rows: LabelledRows, mean: Floats) -> float:
    """Root mean squared distance to the mean."""
    size = _size(rows.X - mean)
    squares = (((rows.X - mean) / size) ** 2).sum(axis=1)
    return float(size * np.sqrt(rows.weight @ squares / rows.weight.sum()))


def _size(away: Floats) -> float:
    """The greatest coordinate, whose square may be too large or too small; not 0."""
    return float(np.abs(away).max()) or 1.0


# --- How far they are -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Hull:
    """Points in coordinates of the space that they span, if that is smaller."""

    origin: Floats  # (p,)
    axes: Floats | None  # (p, r), orthonormal; None where r would be p
    points: Floats  # (m, r)

    @classmethod
    def of(cls, points: Floats) -> _Hull:
        """(m, p) -> hull."""
        origin = points[0]
        points = points - origin
        if len(points) > points.shape[1]:
            return cls(origin, None, points)
        size = _size(points)
        axes = np.linalg.qr((points / size).T).Q
        return cls(origin, axes, points @ axes)

    def distances(self, X: Floats) -> Floats:
        """From each row to the hull: (n, p) -> (n,)."""
        X = X - self.origin
        within, aside = X, np.zeros(len(X))
        if self.axes is not None:
            within = X @ self.axes
            aside = _lengths(X - within @ self.axes.T)
        near = np.array([_distance(self.points, x) for x in within])
        distances: Floats = np.hypot(near, aside)
        return distances


def _distance(points: Floats, x: Floats) -> float:
    r"""Distance from x to the hull of points: (m, r), (r,).

    With :math:`u = s \lambda`, the least of
    :math:`\lVert \sum_i u_i (x_i - x) \rVert^2 + (\sum_i u_i - 1)^2` over
    :math:`u \ge 0` is :math:`D / (1 + D)` at the :math:`\lambda` of the least squared
    distance D: non-negative least squares solve the programme, and exactly.
    """
    away = points - x
    lengths = _lengths(away)
    unit = float(lengths.min())
    if unit <= ROUNDING * lengths.max():
        return unit
    away /= unit
    system = np.vstack([away.T, np.ones(len(away))])
    target = np.zeros(len(system))
    target[-1] = 1.0
    share, _ = nnls(system, target, maxiter=STEPS * len(away))
    length = float(_lengths((share / share.sum() @ away)[np.newaxis])[0])
    return unit * min(1.0, length)


def _lengths(rows: Floats) -> Floats:
    """Euclidean lengths, of tiny and huge rows too: (n, p) -> (n,)."""
    size = np.abs(rows).max(axis=1, initial=0.0, keepdims=True)
    size[size == 0] = 1.0
    lengths: Floats = size[:, 0] * np.sqrt(((rows / size) ** 2).sum(axis=1))
    return lengths


def _distances(hulls: list[_Hull], X: Floats) -> Floats:
    """From each row to each hull: (n, p) -> (n, k)."""
    return np.stack([hull.distances(X) for hull in hulls], axis=1)


def _untied(distances: Floats, X: Floats, centroids: Floats, tol: float) -> Floats:
    """Where several hulls hold a row, a little of the centroid's: (n, k) -> (n, k)."""
    inside = distances == 0
    tied = inside.sum(axis=1) > 1
    far = np.stack([_lengths(X[tied] - mean) for mean in centroids], axis=1)
    distances[tied] = np.where(inside[tied], tol * far, distances[tied])
    return distances
