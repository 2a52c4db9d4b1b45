"""Any scikit-learn model as a student: soft targets in the form that it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray
from sklearn.base import clone, is_regressor
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline

from sklkd.training._estimator_fit import (
    fit_labels,
    fit_transformers,
    fit_values,
    takes_weight,
    try_fit,
    warn_unweighted,
    with_end,
)
from sklkd.training._seeds import seeded
from sklkd.training._soft_labels import (
    Floats,
    LabelledRows,
    centred_logits,
    class_weights,
    repeated_rows,
    weighted_rows,
)
from sklkd.training._trained_estimator import (
    SOFT_BINARY,
    Strategy,
    TrainedEstimator,
    as_input,
    as_input_of,
    soft_binary,
)


def fit_classifier(
    who: str,
    estimator: Any,
    X: Any,
    targets: Floats,
    weight: Floats,
    *,
    classes: NDArray[Any],
    seed: int,
    proba_floor: float = 1e-4,
) -> TrainedEstimator:
    """Fit any model to soft targets of classes.

    A classifier whose ``fit`` takes ``sample_weight`` is fitted on each row once a
    class, weighted by the class's share; what minimises a weighted log-loss, Gini
    impurity or entropy then minimises that of the soft targets, exactly. One that takes
    none is fitted on repeated rows, up to 10 times as many, which meet the targets to a
    tenth. Boosted trees with a cross-entropy for shares of two classes are given
    the shares themselves. A regressor learns centred logits, as in [1]_.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    estimator : classifier, regressor, or Pipeline that ends in one
        Not changed. Random states that are None are seeded in a clone.
    X : array, sparse array or DataFrame of n rows
        A Pipeline's transformers are fitted on these rows, not on copies, and see as
        ``y`` the most probable label of each.
    targets : ndarray of shape (n, k)
        Shares of the classes, which sum to 1 in every row.
    weight : ndarray of shape (n,)
        Positive. It reaches the estimator as it is: with a mean of 1, hyperparameters
        that are relative to a sum of weights (``C``, ``min_child_weight``) mean what
        they mean for labels.
    classes : ndarray of shape (k,)
        Labels, on which the estimator is fitted; as numbers from 0 if it refuses them,
        as XGBoost's does.
    seed : int
        Of what is random.
    proba_floor : float, default=1e-4
        Shares below are raised to it before their logarithm is taken. For regressors.

    Raises
    ------
    ValueError
        If the estimator fails to fit, learns two classes only and there are more, or if
        only one class has a share.

    Warns
    -----
    UnweightedStudentWarning
        If shares or weights had to be rounded.

    Notes
    -----
    Copies cost: with a share in each of k classes the estimator is fitted on ``k n``
    rows. Whatever counts rows counts copies (``min_samples_leaf``,
    ``min_child_samples``, ``max_samples``; prefer the parameters that sum weights, such
    as ``min_weight_fraction_leaf``), and what draws or splits rows draws and splits
    copies: bootstraps, out-of-bag scores, early stopping with a held-out part, searches
    and calibration inside the student may see one row on both sides. As many draws as
    there are rows are, in forests of scikit-learn 1.9, ``max_samples=1.0``.

    A ``class_weight`` that is "balanced" balances shares instead of numbers of copies.
    ``n_neighbors`` of a ``KNeighborsClassifier`` is multiplied with the number of
    copies, so that it counts rows.

    References
    ----------
    .. [1] J. Ba and R. Caruana, "Do Deep Nets Really Need to be Deep?", NeurIPS 2014,
       Sec. 2.2. arXiv:1312.6184

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklkd.training._estimator_student import fit_classifier
    >>> X = np.array([[0.0], [0.0], [1.0]])
    >>> targets = np.array([[0.9, 0.1], [0.7, 0.3], [0.0, 1.0]])
    >>> student = fit_classifier(
    ...     "Example", DecisionTreeClassifier(), X, targets, np.ones(3),
    ...     classes=np.array(["no", "yes"]), seed=0,
    ... )
    >>> student.estimator.predict_proba([[0.0], [1.0]])
    array([[0.8, 0.2],
           [0. , 1. ]])
    """
    shares = _Shares(who, targets, weight, classes, proba_floor)
    likely = classes[targets.argmax(axis=1)]
    return _fit(who, estimator, X, shares.fit, y=likely, weight=weight, seed=seed)


def fit_regressor(
    who: str, estimator: Any, X: Any, values: Floats, weight: Floats, *, seed: int
) -> TrainedEstimator:
    r"""Fit any regressor to values that blend targets and a teacher's predictions.

    For whatever minimises a squared error that is all there is to distillation, since

    .. math:: (1 - s)(y - f)^2 + s (t - f)^2 = (m - f)^2 + s (1 - s) (y - t)^2,
       \qquad m = (1 - s) y + s t.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    estimator : regressor, or Pipeline that ends in one
        Not changed. Random states that are None are seeded in a clone. One that takes
        a single target only is fitted once a column.
    X : array, sparse array or DataFrame of n rows
        What is learnt from.
    values : ndarray of shape (n, n_outputs)
        The blend, in the units of y.
    weight : ndarray of shape (n,)
        Positive; it reaches the estimator as it is.
    seed : int
        Of what is random.

    Raises
    ------
    ValueError
        If the estimator fails to fit.

    Warns
    -----
    UnweightedStudentWarning
        If it takes no sample weights, and they differ.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklkd.training._estimator_student import fit_regressor
    >>> X, values = np.arange(3.0)[:, np.newaxis], np.array([[1.0], [3.0], [5.0]])
    >>> line = fit_regressor(
    ...     "Example", LinearRegression(), X, values, np.ones(3), seed=0
    ... )
    >>> line.outputs(np.array([[10.0]])).round(decimals=6)
    tensor([[21.]], dtype=torch.float64)
    """

    def fit(end: Any, inputs: Any) -> TrainedEstimator:
        fitted = fit_values(who, end, inputs, values, weight)
        return TrainedEstimator(fitted, "regression", values.shape[1])

    y = values[:, 0] if values.shape[1] == 1 else values
    return _fit(who, estimator, X, fit, y=y, weight=weight, seed=seed)


@dataclass(frozen=True, slots=True)
class _Shares:
    """Soft targets of classes, and every way to fit an estimator to them."""

    who: str
    targets: Floats
    weight: Floats
    classes: NDArray[Any]
    proba_floor: float

    def fit(self, end: Any, X: Any) -> TrainedEstimator:
        """Fit in the form that the estimator takes."""
        if soft_binary(end):
            return self._native(end, X)
        if is_regressor(end):
            return self._regression(end, X)
        if takes_weight(end):
            rows = weighted_rows(self.targets, self.weight)
            return self._labelled("weighted_rows", end, X, rows)
        rows = repeated_rows(self.targets, self.weight)
        if not rows.is_exact:
            warn_unweighted(
                self.who,
                end,
                "each row is repeated about 10 times instead, with labels in "
                "proportion, so that soft targets and weights are rounded to tenths.",
            )
        if isinstance(end, KNeighborsClassifier):
            copies = len(rows.rows) / len(self.targets)
            end.set_params(n_neighbors=max(1, round(copies * end.n_neighbors)))
        return self._labelled("repeated_rows", end, X, rows)

    def _native(self, end: Any, X: Any) -> TrainedEstimator:
        """Shares of the second of two classes, as they are."""
        n_classes, name = len(self.classes), type(end).__name__
        if n_classes > 2:
            family = soft_binary(end)
            assert family is not None
            parameter = SOFT_BINARY[family][0]
            raise ValueError(
                f"{self.who}: the student {name} with "
                f"{parameter}={end.get_params()[parameter]!r} learns 2 classes only, "
                f"got {n_classes}. Pass a classifier of {family} with its default "
                f"{parameter}."
            )
        params = {"sample_weight": self.weight}
        try_fit(self.who, end, X, self.targets[:, 1].copy(), params)
        return TrainedEstimator(end, "native", n_classes)

    def _regression(self, end: Any, X: Any) -> TrainedEstimator:
        """Centred logits; of two classes the gap."""
        logits = centred_logits(self.targets, self.proba_floor)
        if len(self.classes) == 2:
            logits = logits[:, 1:] - logits[:, :1]
        fitted = fit_values(self.who, end, X, logits, self.weight)
        return TrainedEstimator(fitted, "regression", len(self.classes))

    def _labelled(
        self, strategy: Strategy, end: Any, X: Any, rows: LabelledRows
    ) -> TrainedEstimator:
        """Rows with one label each."""
        balanced = class_weights(self.targets, self.weight)
        fitted, columns, known = fit_labels(
            self.who, end, X, rows, classes=self.classes, balanced=balanced
        )
        return TrainedEstimator(fitted, strategy, len(self.classes), columns, known)


def _fit(
    who: str,
    estimator: Any,
    X: Any,
    fit_end: Callable[[Any, Any], TrainedEstimator],
    *,
    y: NDArray[Any],
    weight: Floats,
    seed: int,
) -> TrainedEstimator:
    """Fit a clone: a Pipeline's transformers, then what it ends in."""
    estimator = seeded(clone(estimator), seed)
    end, inputs = estimator, as_input(X)
    while type(end) is Pipeline:
        inputs = fit_transformers(who, end, inputs, y, weight)
        end = end.steps[-1][1]
    trained = fit_end(end, as_input_of(end, inputs))
    return replace(trained, estimator=with_end(estimator, trained.estimator))
