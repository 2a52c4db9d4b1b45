"""Surrogates: searchable objects that grow a model that can be read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from sklearn.base import BaseEstimator, clone

from sklkd._validation import Interval, check_interval
from sklkd.plugins import SURROGATES
from sklkd.readable import ReadableModel
from sklkd.surrogates._evidence import Evidence


class Surrogate(BaseEstimator, ABC):
    """What kind of model explains a teacher, and how large it may be.

    A subclass takes its hyperparameters in `__init__` and says in `grow` how a model
    comes from rows and what the teacher says of them.

    Attributes
    ----------
    bounds : mapping of str to Interval
        The range of each numeric hyperparameter, checked by ``fit``.
    optional : frozenset of str
        Those of them that may be None.
    size_parameter : str
        The hyperparameter that says how large a model may be.

    Examples
    --------
    A complete surrogate of one's own, which says the same of every row:

    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklkd.readable import Node, ReadableTree
    >>> from sklkd.surrogates import Surrogate, SurrogateClassifier
    >>> class Constant(Surrogate):
    ...     '''The mean of what the teacher says.'''
    ...
    ...     def grow(self, evidence):
    ...         mean = np.average(evidence.said, axis=0, weights=evidence.weight)
    ...         leaf = Node(tuple(mean.tolist()), 1.0)
    ...         return ReadableTree(
    ...             evidence.columns, evidence.classes, evidence.targets, (leaf,)
    ...         )
    >>> X, y = load_iris(return_X_y=True)
    >>> explained = SurrogateClassifier(
    ...     DecisionTreeClassifier(), Constant(), queries=None
    ... ).fit(X, y)
    >>> explained.predict_proba(X[:1]).round(2)
    array([[0.33, 0.33, 0.33]])
    """

    bounds: ClassVar[Mapping[str, Interval]] = {}
    optional: ClassVar[frozenset[str]] = frozenset()
    size_parameter: ClassVar[str] = ""

    @abstractmethod
    def grow(self, evidence: Evidence) -> ReadableModel:
        """Grow a model.

        Parameters
        ----------
        evidence : Evidence
            Rows, what the teacher says of them, and the teacher.

        Returns
        -------
        ReadableModel
            Of `evidence.columns`, `evidence.classes` and `evidence.targets`.
        """

    def check(self, who: str) -> None:
        """Raise if a hyperparameter is out of range; errors start with `who`."""
        name = type(self).__name__
        for parameter, interval in self.bounds.items():
            value = getattr(self, parameter)
            if value is not None or parameter not in self.optional:
                check_interval(who, f"{parameter} of {name}", value, interval)


def as_surrogate(who: str, surrogate: Any) -> Any:
    """Turn what the user passed as ``surrogate=`` into a checked clone.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    surrogate : Surrogate, str, estimator of scikit-learn or None
        One, the name of a registered one, any model, or None for a tree.

    Returns
    -------
    Surrogate or estimator

    Raises
    ------
    TypeError, ValueError
        If it is none of these, is unknown, or has a hyperparameter out of range.
    """
    if surrogate is None:
        surrogate = "tree"
    if isinstance(surrogate, str):
        surrogate = SURROGATES[surrogate].factory()
    is_model = hasattr(surrogate, "fit") and hasattr(surrogate, "get_params")
    if isinstance(surrogate, type) or not (
        is_model or isinstance(surrogate, Surrogate)
    ):
        known = ", ".join(repr(name) for name in SURROGATES)
        raise TypeError(
            f"{who}: surrogate must be a Surrogate, the name of one ({known}), or a "
            f"model of scikit-learn, got {surrogate!r}."
        )
    copy = clone(surrogate)
    if isinstance(copy, Surrogate):
        copy.check(who)
    return copy
