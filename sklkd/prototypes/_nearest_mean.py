"""One mean a class, and the nearest one wins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np

from sklkd._validation import check_choice
from sklkd.prototypes._scored import (
    BaseScoredClassifier,
    Floats,
    class_sums,
    finite,
)
from sklkd.training import atomic

NORMALIZATIONS = ("none", "l2", "cl2")
ROUNDING = 64 * float(np.finfo(np.float64).eps)  # relative length of a row that is none


class NearestMeanClassifier(BaseScoredClassifier):
    r"""A classifier of one prototype a class: the mean of its rows.

    With rows :math:`z` and the means :math:`c_k` of their classes,

    .. math:: p(k \mid x) = \mathrm{softmax}_k\left(-\lVert z - c_k \rVert^2\right),

    the head of prototypical networks [1]_, which is linear: a square of z, the same for
    every class, drops out. On features of a trained network this is the simplest head
    there is; rows are often brought to one length first, after the mean of all of them
    is taken off [2]_.

    Parameters
    ----------
    normalization : {"none", "l2", "cl2"}, default="none"
        What becomes of a row before anything else: nothing; it is divided by its
        Euclidean length; or the mean of the training rows is taken off, and it is then
        divided by its length. A row of zeros stays one. The means of normalised rows
        are not normalised again.

    Attributes
    ----------
    centroids_ : ndarray of shape (n_classes, n_features)
        Weighted mean of the normalised rows of each class.
    mean_ : ndarray of shape (n_features,)
        What is taken off every row: their weighted mean for "cl2", else zeros.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where X is a DataFrame.

    See Also
    --------
    sklearn.neighbors.NearestCentroid : Without weights, and so no student of soft
        targets; take it for sparse X, for Manhattan distances, or where shrinking the
        means (``shrink_threshold``) is to leave columns out.
    PooledGaussianNB : Also a mean a class, with columns in units of their spread, and
        with how frequent classes are.

    Notes
    -----
    The probabilities are not calibrated: they depend on the units of X, and know
    nothing of how far rows spread around their means. `decision_function` gives minus
    the squared distances; of two classes their difference.

    References
    ----------
    .. [1] J. Snell et al., "Prototypical Networks for Few-shot Learning", NIPS 2017,
       Sec. 2.3 and 2.4. arXiv:1703.05175
    .. [2] Y. Wang et al., "SimpleShot: Revisiting Nearest-Neighbor Classification for
       Few-Shot Learning", 2019, Sec. 2. arXiv:1911.04623

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklkd.prototypes import NearestMeanClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = NearestMeanClassifier(normalization="cl2").fit(X, y)
    >>> model.centroids_.shape
    (10, 64)
    >>> round(model.score(X, y), 2)
    0.9
    """

    def __init__(self, normalization: str = "none") -> None:
        self.normalization = normalization

    @atomic
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Take the means.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.
        y : array-like of shape (n_samples,)
            Labels of two classes at least.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative; 2 is a repeated row.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If data and parameters do not fit together; the estimator is then what it
            was before.
        """
        check_choice(self._name, "normalization", self.normalization, NORMALIZATIONS)
        rows = self._labelled(X, y, sample_weight)
        self._normalization = self.normalization
        self.mean_ = np.zeros(rows.X.shape[1])
        with np.errstate(over="ignore", invalid="ignore"):
            if self.normalization == "cl2":
                mean = rows.weight @ rows.X / rows.weight.sum()
                self.mean_ = finite(self._name, mean)
            count, total = class_sums(replace(rows, X=self._normalised(rows.X)))
            self.centroids_ = finite(self._name, total / count[:, np.newaxis])
        self.classes_ = rows.classes
        return self

    def _scores(self, X: Floats) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            rows = self._normalised(X)
            squares = [((rows - mean) ** 2).sum(axis=1) for mean in self.centroids_]
            return -finite(self._name, np.stack(squares, axis=1))

    def _normalised(self, X: Floats) -> Floats:
        """Rows as `normalization` was in ``fit``: (n, p) -> (n, p)."""
        if self._normalization == "none":
            return X
        centred = X - self.mean_
        greatest = np.abs(centred).max(axis=1, keepdims=True)
        # The mean itself is a row of zeros, were it not for rounding.
        size = np.maximum(np.abs(X).max(axis=1), np.abs(self.mean_).max())
        is_none = greatest <= ROUNDING * size[:, np.newaxis]
        unit = centred / np.where(is_none, 1.0, greatest)  # whose squares are harmless
        length = np.sqrt((unit**2).sum(axis=1, keepdims=True))
        return np.where(is_none, 0.0, unit / np.where(is_none, 1.0, length))
