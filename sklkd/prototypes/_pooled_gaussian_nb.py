"""Naive Bayes whose Gaussians share a variance, and which is linear therefore."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from sklkd._validation import POSITIVE, check_interval
from sklkd.prototypes._scored import (
    BaseScoredClassifier,
    Floats,
    LabelledRows,
    class_sums,
    finite,
)
from sklkd.training import atomic


class PooledGaussianNB(BaseScoredClassifier):
    r"""A linear classifier that counts instead of searching: pooled naive Bayes.

    Columns are taken for independent and Gaussian within each class, with a mean
    :math:`\mu_{kj}` of their own and a variance :math:`v_j` that the classes share.
    Then

    .. math:: \log p(k \mid x) = \log \pi_k
       + \sum_j \frac{\mu_{kj}}{v_j} x_j - \frac{\mu_{kj}^2}{2 v_j} + c(x),

    a linear function of x, as in logistic regression, whose parameters are weighted
    means. Of n columns it needs in the order of log n rows to come near its best,
    logistic regression n [1]_; which has a better best where columns depend on each
    other. As the head on features of a deep network it often wins with few rows [2]_.

    Parameters
    ----------
    priors : array-like of shape (n_classes,), default=None
        Probabilities of the classes, positive and in the order of ``classes_``. None
        takes their shares of the weight.
    var_smoothing : float, default=1e-9
        Positive; which part of a column's variance over all rows is added to that
        within classes. It keeps columns that are constant within classes finite.

    Attributes
    ----------
    theta_ : ndarray of shape (n_classes, n_features)
        Mean of each column in each class; NaN for a class that had no row yet.
    var_ : ndarray of shape (n_features,)
        Variance within classes, smoothed. A column where it is 0 is constant, and says
        nothing.
    class_prior_ : ndarray of shape (n_classes,)
        Probability of each class.
    class_count_ : ndarray of shape (n_classes,)
        Weight of the rows of each class.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Of the linear function; a single row of two classes, the gap. More have one row
        each, :math:`(\mu_k - m) / v` with the mean m of all rows, which differs from
        the formula above by the same amount for every class.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Of the same; minus infinity for a class that had no row yet.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where X is a DataFrame.

    See Also
    --------
    sklearn.naive_bayes.GaussianNB : A variance for each class; its borders are curved.
    sklearn.discriminant_analysis.LinearDiscriminantAnalysis : The same without
        independence.

    Notes
    -----
    Means and variances are weighted, so that as a student it learns a teacher's
    probabilities exactly: a row that is 70 % of one class and 30 % of another counts
    0.7 in the one and 0.3 in the other.

    scikit-learn's ``GaussianNB`` adds to every variance a part of the greatest one, so
    that a column in large units drowns the others. Here each column gets a part of its
    own, and units do not matter.

    References
    ----------
    .. [1] A. Ng and M. Jordan, "On Discriminative vs. Generative Classifiers: A
       Comparison of Logistic Regression and Naive Bayes", NIPS 2001, Sec. 3.
    .. [2] C. Zheng et al., "Revisiting Discriminative vs. Generative Classifiers:
       Theory and Implications", ICML 2023. arXiv:2302.02334

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklkd.prototypes import PooledGaussianNB
    >>> X, y = load_iris(return_X_y=True)
    >>> model = PooledGaussianNB().fit(X, y)
    >>> model.coef_.shape
    (3, 4)
    >>> round(model.score(X, y), 2)
    0.96
    """

    def __init__(self, *, priors: Any = None, var_smoothing: float = 1e-9) -> None:
        self.priors = priors
        self.var_smoothing = var_smoothing

    @atomic
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Measure means and variances.

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
        check_interval(self._name, "var_smoothing", self.var_smoothing, POSITIVE)
        rows = self._labelled(X, y, sample_weight)
        return self._learn(rows, _Moments.none(rows))

    @atomic
    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> Self:
        """Go on with further rows; the result is that of all rows at once.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.
        y : array-like of shape (n_samples,)
            Labels; a batch may lack classes.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever come; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative; 2 is a repeated row.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the batch does not fit what was there; the estimator is then what it was
            before.
        """
        check_interval(self._name, "var_smoothing", self.var_smoothing, POSITIVE)
        known = hasattr(self, "classes_")
        rows = self._batch(X, y, classes, sample_weight, reset=not known)
        return self._learn(rows, self._moments if known else _Moments.none(rows))

    def _learn(self, rows: LabelledRows, before: _Moments) -> Self:
        """Add rows to what was there, and set every attribute."""
        moments = before.joined(rows)
        finite(self._name, moments.size)
        count = moments.count
        prior = self._checked_priors(len(count), count / count.sum())
        variance, slopes = moments.lines(self.var_smoothing)
        centred = moments.mean - moments.centre
        offset = -0.5 * (slopes * centred).sum(axis=1)
        offset += np.log(np.where(count > 0, prior, 1.0))
        offset[count == 0] = -np.inf  # of a class without rows there is no mean
        self._moments, self._slopes, self._offset = moments, slopes, offset
        seen = (count > 0)[:, np.newaxis]
        self.theta_ = np.where(seen, moments.mean + moments.shift, np.nan)
        self.var_ = variance
        self.class_count_, self.class_prior_ = count, prior
        intercept = offset - slopes @ (moments.shift + moments.centre)
        binary = len(count) == 2
        self.coef_ = slopes[1:] - slopes[:1] if binary else slopes
        self.intercept_ = intercept[1:] - intercept[:1] if binary else intercept
        self.classes_ = rows.classes
        return self

    def _checked_priors(self, k: int, shares: Floats) -> Floats:
        """The classes' probabilities: (k,)."""
        if self.priors is None:
            return shares
        priors = np.asarray(self.priors, dtype=np.float64)
        if (
            priors.shape != (k,)
            or not (priors > 0).all()
            or not np.isclose(priors.sum(), 1)
        ):
            raise ValueError(
                f"{self._name}: priors must be {k} positive numbers that sum to 1, one "
                f"for each class, got {priors.tolist()}."
            )
        return priors

    def _scores(self, X: Floats) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            centred = X - self._moments.shift - self._moments.centre
            return finite(self._name, centred @ self._slopes.T) + self._offset


@dataclass(frozen=True, slots=True)
class _Moments:
    """What is known of all rows so far.

    Columns are shifted by their first value: one that is constant becomes 0, exactly,
    and one far from 0 keeps its digits.
    """

    shift: Floats  # (p,)
    count: Floats  # (k,), weights of the classes
    mean: Floats  # (k, p), of shifted columns; 0 where there is no row
    scatter: Floats  # (p,), weighted squared distances to the means of the classes

    @classmethod
    def none(cls, rows: LabelledRows) -> _Moments:
        """Of no row, in the units of those that are to come."""
        k, p = len(rows.classes), rows.X.shape[1]
        return cls(rows.X[0].copy(), np.zeros(k), np.zeros((k, p)), np.zeros(p))

    @property
    def centre(self) -> Floats:
        """The mean of all rows, shifted: (p,)."""
        centre: Floats = self.count @ self.mean / self.count.sum()
        return centre

    @property
    def size(self) -> Floats:
        """What is infinite, or not a number, where a square was: (p,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            size: Floats = self.scatter + self.count @ self.mean**2
            return size

    def joined(self, rows: LabelledRows) -> _Moments:
        """Those of these rows as well, by Chan's update of means and scatter."""
        with np.errstate(over="ignore", invalid="ignore"):
            rows = replace(rows, X=rows.X - self.shift)
            count, total = class_sums(rows)
            mean = total / np.where(count > 0, count, 1.0)[:, np.newaxis]
            scatter = rows.weight @ (rows.X - mean[rows.codes]) ** 2
            both = self.count + count
            share = (count / np.where(both > 0, both, 1.0))[:, np.newaxis]
            apart = mean - self.mean
            between = (self.count[:, np.newaxis] * share * apart**2).sum(axis=0)
            return _Moments(
                self.shift,
                both,
                self.mean + share * apart,
                self.scatter + scatter + between,
            )

    def lines(self, smoothing: float) -> tuple[Floats, Floats]:
        """Smoothed variances, and the slopes that they make: (p,), (k, p)."""
        total, centred = self.count.sum(), self.mean - self.centre
        centred[self.count == 0] = 0.0
        within = self.scatter / total
        variance = within + smoothing * (within + self.count @ centred**2 / total)
        slopes = np.zeros_like(centred)
        np.divide(centred, variance, out=slopes, where=variance > 0)
        return variance, slopes
