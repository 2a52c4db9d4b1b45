"""Fitting a scikit-learn model of any kind: weights, Pipelines, columns, errors."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from sklkd.exceptions import UnweightedStudentWarning
from sklkd.training._cross_fit import take
from sklkd.training._soft_labels import Floats, Indices, LabelledRows
from sklkd.training._teachers import name_of

# These hand weights on to their parts without naming them in the signature of `fit`.
HANDING_ON = (
    GridSearchCV,
    RandomizedSearchCV,
    StackingClassifier,
    StackingRegressor,
    TransformedTargetRegressor,
    VotingClassifier,
    VotingRegressor,
)


def takes_weight(estimator: Any) -> bool:
    """Whether ``fit`` takes and uses ``sample_weight``, itself or by routing."""
    if has_fit_parameter(estimator, "sample_weight"):
        return True
    if get_config()["enable_metadata_routing"]:
        routing = get_routing_for_object(estimator)
        return bool(routing.consumes("fit", ["sample_weight"]))
    if not isinstance(estimator, HANDING_ON):
        return False
    params = estimator.get_params(deep=False)
    parts = [*params.values(), *(part for _, part in params.get("estimators", []))]
    return all(takes_weight(part) for part in parts if hasattr(part, "fit"))


def fit_transformers(
    who: str, pipeline: Pipeline, X: Any, y: NDArray[Any], weight: Floats
) -> Any:
    """Fit all but the last step in place, and return what that one is given."""
    if len(pipeline.steps) == 1:
        return X
    # A Pipeline does not cache its last step, so that another must be last.
    steps = [*pipeline.steps[:-1], (pipeline.steps[-1][0], "passthrough")]
    head = Pipeline(steps, memory=pipeline.memory, verbose=pipeline.verbose)
    params = {}
    if get_config()["enable_metadata_routing"]:
        routing = get_routing_for_object(head)
        if routing.consumes("fit_transform", ["sample_weight"]):
            params["sample_weight"] = weight
    try:
        transformed = head.fit_transform(X, y, **params)
    except Exception as error:
        raise _refused(who, head, X, error) from error
    pipeline.steps[:-1] = head.steps[:-1]  # out of a cache come other objects
    return transformed


def with_end(estimator: Any, end: Any) -> Any:
    """The estimator with another end, which is the end itself if it is no Pipeline."""
    if type(estimator) is not Pipeline:
        return end
    name, last = estimator.steps[-1]
    estimator.steps[-1] = (name, with_end(last, end))
    return estimator


def fit_values(who: str, end: Any, X: Any, values: Floats, weight: Floats) -> Any:
    """Fit a regressor to one or more columns: the fitted one, or one for each."""
    tags = get_tags(end).target_tags
    params = {}
    if takes_weight(end):
        params["sample_weight"] = weight
    elif (weight != weight[0]).any():
        kept = np.flatnonzero(weight > 0)
        X, values = take(X, kept), values[kept]
        if (weight[kept] != weight[kept[0]]).any():
            warn_unweighted(
                who,
                end,
                "it is fitted without, on the rows whose weight is not zero.",
            )
    if values.shape[1] == 1 and tags.single_output:
        return try_fit(who, end, X, values[:, 0].copy(), params)
    if values.shape[1] == 1 or tags.multi_output:
        return try_fit(who, end, X, values, params)
    together = MultiOutputRegressor(end)
    together.estimators_ = [
        try_fit(who, clone(end), X, column.copy(), params) for column in values.T
    ]
    return together


def try_fit(who: str, end: Any, X: Any, y: Any, params: dict[str, Any]) -> Any:
    """Fit, and return what was fitted; an error is told with the student's name.

    Raises
    ------
    TypeError
        Where the student raised one.
    ValueError
        Where it raised anything else.
    """
    try:
        end.fit(X, y, **params)
        return end
    except Exception as error:
        raise _refused(who, end, X, error) from error


def _refused(who: str, end: Any, X: Any, error: Exception) -> Exception:
    # scikit-learn's InvalidParameterError is both.
    is_type = isinstance(error, TypeError) and not isinstance(error, ValueError)
    kind = TypeError if is_type else ValueError
    return kind(
        f"{who}: the student {name_of(end)} cannot be fitted to X of shape "
        f"{tuple(X.shape)} ({type(error).__name__}: {error})."
    )


def warn_unweighted(who: str, end: Any, what_happens: str) -> None:
    warnings.warn(
        f"{who}: the student {name_of(end)} takes no sample_weight; {what_happens}",
        UnweightedStudentWarning,
        stacklevel=2,
    )


def fit_labels(
    who: str,
    end: Any,
    X: Any,
    rows: LabelledRows,
    *,
    classes: NDArray[Any],
    balanced: Floats,
) -> tuple[Any, Indices, NDArray[Any]]:
    """Fit a classifier to rows with one label each.

    Parameters
    ----------
    who : str
        Errors start with it.
    end : classifier
        Fitted in place, or a clone of it is.
    X : array, sparse array or DataFrame
        What `rows` are copies of.
    rows : LabelledRows
        What is learnt.
    classes : ndarray of shape (k,)
        Labels. Where the classifier refuses them, numbers from 0 take their place:
        XGBoost wants those, without gaps.
    balanced : ndarray of shape (k,)
        What ``class_weight="balanced"`` stands for.

    Returns
    -------
    fitted : classifier
    columns : ndarray of int
        The class of each of its columns, as an index.
    known : ndarray
        The same in the words that it was fitted on.
    """
    present, codes = np.unique(rows.classes, return_inverse=True)
    if len(present) < 2:
        raise ValueError(
            f"{who}: the student {name_of(end)} needs targets of at least 2 classes, "
            f"got 1: {classes.tolist()[present[0]]!r}."
        )
    copies, weights = _copies(who, end, X, rows.rows), balanced[present]
    params = {} if rows.weight is None else {"sample_weight": rows.weight}

    def fit(names: NDArray[Any]) -> tuple[Any, Indices, NDArray[Any]]:
        fitted = _balanced(clone(end), dict(zip(names.tolist(), weights, strict=True)))
        try_fit(who, fitted, copies, names[codes], params)
        order = _order(who, fitted, names)
        return fitted, present[order], names[order]

    labels, numbers = classes[present], np.arange(len(present))
    try:
        return fit(labels)
    except ValueError:
        # Numbers are no cure where a parameter names labels.
        if labels.tolist() != numbers.tolist() and not _names_labels(end):
            with contextlib.suppress(ValueError):
                return fit(numbers)
        raise


def _copies(who: str, end: Any, X: Any, rows: Indices) -> Any:
    """The rows of X, each as often as it is named."""
    if np.array_equal(rows, np.arange(X.shape[0])):
        return X
    if get_tags(end).input_tags.pairwise:
        raise ValueError(
            f"{who}: the student {name_of(end)} takes distances or similarities "
            "between rows, and soft targets need copies of rows. Pass one that takes "
            "columns, or labels alone, by soft_weight=0."
        )
    taken = take(X, rows)
    # pandas cannot join frames whose row labels are repeated.
    return taken.reset_index(drop=True) if hasattr(taken, "iloc") else taken


def _order(who: str, fitted: Any, names: NDArray[Any]) -> Indices:
    """Where the classes that a fitted classifier knows are in `names`."""
    known = np.asarray(getattr(fitted, "classes_", names)).tolist()
    position = {name: i for i, name in enumerate(names.tolist())}
    if set(known) != set(position):
        raise ValueError(
            f"{who}: the student {name_of(fitted)} was fitted on the classes "
            f"{names.tolist()}, but knows {known}."
        )
    return np.array([position[name] for name in known])


def _balanced(end: Any, weights: dict[Any, float]) -> Any:
    """Replace every "balanced", which would count copies, by weights of classes."""
    params = {
        name: weights
        for name, value in end.get_params(deep=True).items()
        if name.split("__")[-1] == "class_weight"
        and isinstance(value, str)
        and value == "balanced"
    }
    return end.set_params(**params) if params else end


def _names_labels(end: Any) -> bool:
    """Whether a parameter may name labels, as weights of classes do."""
    params = end.get_params(deep=True).values()
    return any(isinstance(value, dict) for value in params)
