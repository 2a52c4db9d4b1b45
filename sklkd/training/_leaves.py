"""Class frequencies in the leaves of trees, with a pseudo-count for every class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    RandomForestClassifier,
)
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import check_array

from sklkd.exceptions import TeacherError

VOTING = BaggingClassifier, ExtraTreesClassifier, RandomForestClassifier


def smoothed_proba(
    who: str, teacher: Any, X: Any, pseudo_count: float
) -> NDArray[np.float64]:
    r"""Probabilities of a tree, or of the mean of trees, none of them zero.

    In a leaf where class :math:`c` has the weight :math:`n_c` of :math:`n`,

    .. math:: p_c = \frac{n_c + \alpha}{n + \alpha K},

    which for :math:`\alpha = 1` is Laplace's correction [1]_. A leaf of one row says
    little, and so it is made to say.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    teacher : estimator
        A fitted tree or forest of scikit-learn, a bag of trees, or a Pipeline that
        ends in one.
    X : array-like of shape (n_rows, n_features)
        Rows.
    pseudo_count : float
        :math:`\alpha`, positive, in units of sample weight.

    Returns
    -------
    ndarray of shape (n_rows, n_classes)

    References
    ----------
    .. [1] F. Provost, P. Domingos, "Tree Induction for Probability-Based Ranking",
       Machine Learning 52, 2003, Sec. 3.
    """
    if isinstance(teacher, Pipeline):
        if len(teacher.steps) > 1:
            X = teacher[:-1].transform(X)
        return smoothed_proba(who, teacher.steps[-1][1], X, pseudo_count)
    if isinstance(teacher, DecisionTreeClassifier):
        n_classes = len(teacher.classes_)
        return _of_tree(teacher, X, (n_classes, np.arange(n_classes)), pseudo_count)
    members = _members(who, teacher)
    # Members of a forest know neither the columns' names nor the labels.
    X = check_array(
        X, accept_sparse="csr", dtype=np.float32, ensure_all_finite="allow-nan"
    )
    columns = getattr(teacher, "estimators_features_", [slice(None)] * len(members))
    total = np.zeros((X.shape[0], len(teacher.classes_)))
    for tree, own in zip(members, columns, strict=True):
        place = len(teacher.classes_), tree.classes_.astype(np.int64)
        total += _of_tree(tree, X[:, own], place, pseudo_count)
    return total / len(members)


def _members(who: str, teacher: Any) -> list[DecisionTreeClassifier]:
    """The trees of a forest or a bag; those of boosting have no equal votes."""
    members = list(teacher.estimators_) if isinstance(teacher, VOTING) else [teacher]
    if not all(isinstance(member, DecisionTreeClassifier) for member in members):
        raise TeacherError(
            f"{who}: leaf_smoothing needs a teacher made of decision trees that vote, "
            f"such as RandomForestClassifier, got {type(teacher).__name__}. Pass "
            "leaf_smoothing=0, and perhaps a higher proba_floor."
        )
    return members


def _of_tree(
    tree: DecisionTreeClassifier,
    X: Any,
    columns: tuple[int, NDArray[np.int64]],
    pseudo_count: float,
) -> NDArray[np.float64]:
    """One tree's smoothed frequencies; its classes are some `columns` of all."""
    n_classes, position = columns
    leaf = tree.apply(X)
    size = tree.tree_.weighted_n_node_samples[leaf][:, np.newaxis]
    count = np.zeros((len(leaf), n_classes))
    count[:, position] = size * tree.tree_.value[leaf, 0]
    return np.asarray((count + pseudo_count) / (size + pseudo_count * n_classes))
