"""Keys that stay and values that count: a memory that learns and does not forget."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from sklkd._validation import COUNT, NON_NEGATIVE, check_interval
from sklkd.prototypes._codebook import Codebook
from sklkd.prototypes._scored import (
    BaseScoredClassifier,
    Floats,
    Indices,
    LabelledRows,
    weight_of,
)
from sklkd.training import atomic, draw_seed

MOST_KEYS = 256  # of a head, where nothing is said


class KeyValueBottleneckClassifier(BaseScoredClassifier):
    r"""A classifier that learns task after task, and forgets none of them.

    A row goes through an encoder that does not change, and is projected at random, once
    for each head. In every head it selects the nearest of a number of keys, which do
    not change either. A key's value is what came to it: how much weight of which class.
    The prediction is the mean over heads of the class shares at the selected keys,

    .. math:: p(k \mid x) = \frac1H \sum_h
       \frac{n_{hk} + a / K}{\sum_l n_{hl} + a},

    with the smoothing :math:`a`. A batch changes the values of the keys that its rows
    select, and nothing else: other rows get, to the last bit, the prediction of before
    [1]_. Values are sums, so that neither the order of tasks nor their borders matter.

    Parameters
    ----------
    encoder : transformer, default=None
        What rows go through first. A clone is fitted with the keys, without labels; one
        in a ``FrozenEstimator`` is used as it is. None leaves rows as they are;
        distances then depend on the units of columns.
    n_heads : int, default=16
        Projections, each with keys of its own.
    n_keys : int, default=None
        Keys of a head: centres of k-means, or the rows themselves if there are as many.
        None is an eighth of the distinct rows, 2 to 256.
    projection_dim : int, default=None
        Columns of a projection. None is an ``n_heads``-th of the encoder's, but 16 at
        least, or as many as there are; a single head then has no projection at all.
    smoothing : float, default=1.0
        Not negative: weight that is added to what came to a key, in equal shares of all
        classes. It makes keys that little came to say little.
    random_state : int, RandomState instance or None, default=None
        Projections, and where k-means starts.

    Attributes
    ----------
    keys_ : list of ndarray of shape (n_keys, projection_dim)
        Keys of each head, in the space of its projection.
    key_counts_ : list of ndarray of shape (n_keys, n_classes)
        Weight of the rows of each class that selected each key.
    class_count_ : ndarray of shape (n_classes,)
        Weight of the rows of each class.
    encoder_ : transformer or None
        The fitted encoder.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where X is a DataFrame.

    Notes
    -----
    A key that no row came to has no vote. A row all of whose keys are such gets the
    shares of the classes so far; it is the one kind of row for which batches matter
    that it has no key in common with.

    Keys should come from rows like those of all tasks: `fit_keys` takes them, without
    labels. Otherwise they come from the first batch, and later classes share what keys
    are near. They are made of the distinct rows, in no order, so that weights and
    repetitions do not move them. With one row a key it is, in a single head, the
    nearest neighbour; with a single key the prediction is the share of the classes.

    The paper learns values by gradient descent, through a softmax of their mean, and
    keys as moving averages. Here values are counted and keys are k-means, which is what
    makes the order of rows not matter at all.

    The encoder is given an array of numbers. Columns of other kinds need a transformer
    before this estimator, in a Pipeline.

    References
    ----------
    .. [1] F. Träuble et al., "Discrete Key-Value Bottleneck", ICML 2023.
       arXiv:2207.11240

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklkd.prototypes import KeyValueBottleneckClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = KeyValueBottleneckClassifier(n_heads=4, n_keys=100, random_state=0)
    >>> model = model.fit_keys(X)
    >>> for task in range(5):  # two classes at a time
    ...     own = y // 2 == task
    ...     model = model.partial_fit(X[own], y[own], classes=range(10))
    >>> bool(model.score(X, y) > 0.9)
    True
    """

    key_counts_: list[Floats]
    class_count_: Floats

    def __init__(
        self,
        encoder: Any = None,
        *,
        n_heads: int = 16,
        n_keys: int | None = None,
        projection_dim: int | None = None,
        smoothing: float = 1.0,
        random_state: Any = None,
    ) -> None:
        self.encoder = encoder
        self.n_heads = n_heads
        self.n_keys = n_keys
        self.projection_dim = projection_dim
        self.smoothing = smoothing
        self.random_state = random_state

    @atomic
    def fit_keys(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - as in sklearn
        """Make the keys, and forget all values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows like those to come; they need no labels.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If data and parameters do not fit together; the estimator is then what it
            was before.
        """
        self._check_params()
        X = validate_data(self, X, dtype=np.float64)
        self._make_keys(X)
        self.__dict__.pop("classes_", None)
        return self

    @atomic
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Make keys of these rows, and count them.

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
        self._check_params()
        rows = self._labelled(X, y, sample_weight)
        self._make_keys(rows.X)
        return self._count(rows, afresh=True)

    @atomic
    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> Self:
        """Count further rows; without keys, make them of these first.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.
        y : array-like of shape (n_samples,)
            Labels; a batch may lack classes.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever come; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative; 2 is a repeated row, and 0 none.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the batch does not fit what was there; the estimator is then what it was
            before.
        """
        self._check_params()
        has_keys = hasattr(self, "keys_")
        rows = self._batch(X, y, classes, sample_weight, reset=not has_keys)
        if not has_keys:
            self._make_keys(rows.X)
        return self._count(rows, afresh=not hasattr(self, "classes_"))

    def _check_params(self) -> None:
        check_interval(self._name, "n_heads", self.n_heads, COUNT)
        for name in ("n_keys", "projection_dim"):
            if getattr(self, name) is not None:
                check_interval(self._name, name, getattr(self, name), COUNT)
        check_interval(self._name, "smoothing", self.smoothing, NON_NEGATIVE)

    def _make_keys(self, X: Floats) -> None:
        """Fit the encoder, and choose the keys: (n, p)."""
        X = np.unique(X, axis=0)  # whose order and number depend on no weight
        n_keys = self.n_keys or min(max(len(X) // 8, 2), MOST_KEYS, len(X))
        if n_keys > len(X):
            raise ValueError(
                f"{self._name}: n_keys must be at most {len(X)}, the number of "
                f"distinct rows that keys are made of, got {n_keys}. Pass more rows to "
                "fit_keys, or n_keys=None."
            )
        self._codebook = Codebook.made(
            self._name,
            self.encoder,
            X,
            n_heads=self.n_heads,
            n_keys=n_keys,
            dim=self.projection_dim,
            seed=draw_seed(self.random_state),
        )
        self.encoder_, self.keys_ = self._codebook.encoder, self._codebook.keys

    def _count(self, rows: LabelledRows, *, afresh: bool) -> Self:
        """Add rows to the values of the keys that they select."""
        k = len(rows.classes)
        counts = [np.zeros((len(keys), k)) for keys in self.keys_]
        before = counts if afresh else self.key_counts_
        chosen = self._codebook.selected(rows.X).T
        self.key_counts_ = [
            old + _table(selected, rows, len(old))
            for old, selected in zip(before, chosen, strict=True)
        ]
        count = weight_of(rows.codes, rows.weight, k)
        self.class_count_ = count if afresh else self.class_count_ + count
        self.classes_ = rows.classes
        return self

    def selected_keys(self, X: Any) -> Indices:
        """Return the number of each row's key in each head: (n_samples, n_heads)."""
        check_is_fitted(self, "keys_")
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return self._codebook.selected(X)

    def _scores(self, X: Floats) -> Floats:
        k = len(self.classes_)
        votes, voters = np.zeros((len(X), k)), np.zeros((len(X), 1))
        chosen = self._codebook.selected(X).T
        for counts, selected in zip(self.key_counts_, chosen, strict=True):
            own = counts[selected]
            total = own.sum(axis=1, keepdims=True)
            heard = total > 0
            weight = np.where(heard, total + self.smoothing, 1.0)
            votes += heard * (own + self.smoothing / k) / weight
            voters += heard
        prior = self.class_count_ / self.class_count_.sum()
        shares = np.where(voters > 0, votes / np.maximum(voters, 1), prior)
        with np.errstate(divide="ignore"):
            logs: Floats = np.log(shares)
            return logs


def _table(selected: Indices, rows: LabelledRows, n_keys: int) -> Floats:
    """Weight of each class at each key: (n,) -> (n_keys, k)."""
    k = len(rows.classes)
    cells = weight_of(selected * k + rows.codes, rows.weight, n_keys * k)
    return cells.reshape(n_keys, k)
