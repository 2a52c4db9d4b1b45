"""Measure fitted models on the same rows: what each is worth, what it costs to run."""

from __future__ import annotations

import copy
import pickle
import statistics
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_consistent_length

from sklkd._validation import COUNT, check_interval, did_you_mean
from sklkd.inspection._agreement import agreement_score
from sklkd.inspection._calibration import expected_calibration_error
from sklkd.inspection._table import Comparison, Measurement, Metric
from sklkd.training import take

MANY = 1000  # rows of the larger of the two latencies


def compare(
    models: Mapping[str, Any],
    X: Any,
    y: Any,
    *,
    teacher: str | None = None,
    n_repeats: int = 10,
) -> Comparison:
    """Measure fitted models on the same rows: how good, how fast, how large.

    A model is measured as it would be shipped: a search as its best estimator, and a
    distilled one without its teacher.

    Parameters
    ----------
    models : mapping of str to estimator
        Fitted classifiers, or fitted regressors, by the names to be shown.
    X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
        Rows that none of them was fitted on.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their labels or values.
    teacher : str, default=None
        The name of the model that the others are to agree with; None measures no
        agreement.
    n_repeats : int, default=10
        Calls whose median duration is a latency, after one that does not count. Calls
        are of ``predict_proba`` where there is one, else of ``predict``, with 1 row and
        with 1000; fewer rows are repeated up to that.

    Returns
    -------
    Comparison
        Printed, it is a Markdown table.

    Raises
    ------
    ValueError
        If there is no model, `teacher` is none of them, classifiers and regressors are
        mixed, or X and y differ in length.
    TypeError
        If a model cannot be pickled, so that it has no size.

    See Also
    --------
    ComparisonDisplay : The same as a picture.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.frozen import FrozenEstimator
    >>> from sklkd import DistilledClassifier
    >>> from sklkd.inspection import compare
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(random_state=0).fit(X[::2], y[::2])
    >>> student = DistilledClassifier(FrozenEstimator(forest), random_state=0)
    >>> student = student.fit(X[::2], y[::2])
    >>> both = {"forest": forest, "student": student}
    >>> found = compare(both, X[1::2], y[1::2], teacher="forest", n_repeats=1)
    >>> [row.name for row in found.rows if row.agreement > 0.9]
    ['forest', 'student']
    """
    check_interval("compare", "n_repeats", n_repeats, COUNT)
    shipped = {name: _shipped(model) for name, model in _check(models, teacher).items()}
    metric = _metric_of(shipped)
    X, y = X if hasattr(X, "shape") else np.asarray(X), np.asarray(y)
    check_consistent_length(X, y)
    said = {name: np.asarray(model.predict(X)) for name, model in shipped.items()}
    wanted = None if teacher is None else said[teacher]
    rows = (
        Measurement(
            name,
            _score(metric, y, said[name]),
            _agreement(metric, wanted, said[name]),
            *_probability_errors(metric, model, X, y),
            _seconds(model, _first(X, 1), n_repeats),
            _seconds(model, _first(X, MANY), n_repeats),
            _n_bytes(name, model),
        )
        for name, model in shipped.items()
    )
    return Comparison(tuple(rows), metric, teacher)


def _check(models: Mapping[str, Any], teacher: str | None) -> Mapping[str, Any]:
    if not isinstance(models, Mapping) or not models:
        raise ValueError(
            "compare: models must be a mapping from names to fitted estimators, with "
            f"at least one, got {models!r}."
        )
    if teacher is not None and teacher not in models:
        raise ValueError(
            f"compare: teacher must be one of the models {list(models)}, got "
            f"{teacher!r}.{did_you_mean(teacher, models)}"
        )
    return models


def _shipped(model: Any) -> Any:
    """What of a model one ships: a search's best, a student without its teacher."""
    if hasattr(model, "best_estimator_"):
        return _shipped(model.best_estimator_)
    if isinstance(model, Pipeline):
        shipped = copy.copy(model)
        name, last = model.steps[-1]
        shipped.steps = [*model.steps[:-1], (name, _shipped(last))]
        return shipped
    return model.without_teacher() if hasattr(model, "without_teacher") else model


def _metric_of(models: Mapping[str, Any]) -> Metric:
    if all(is_classifier(model) for model in models.values()):
        return "accuracy"
    if all(is_regressor(model) for model in models.values()):
        return "r2"
    kinds = {name: type(model).__name__ for name, model in models.items()}
    raise ValueError(
        f"compare: models must be all classifiers or all regressors, got {kinds}."
    )


def _score(metric: Metric, y: NDArray[Any], said: NDArray[Any]) -> float:
    return float(accuracy_score(y, said) if metric == "accuracy" else r2_score(y, said))


def _agreement(
    metric: Metric, wanted: NDArray[Any] | None, said: NDArray[Any]
) -> float | None:
    if wanted is None:
        return None
    if metric == "accuracy":
        return agreement_score(wanted, said)
    return float(r2_score(wanted, said))


def _probability_errors(
    metric: Metric, model: Any, X: Any, y: NDArray[Any]
) -> tuple[float | None, float | None]:
    """Calibration error and log-loss, where there are probabilities."""
    if metric == "r2" or not hasattr(model, "predict_proba"):
        return None, None
    proba, labels = model.predict_proba(X), model.classes_
    calibration_error = expected_calibration_error(y, proba, labels=labels)
    return calibration_error, float(log_loss(y, proba, labels=labels))


def _seconds(model: Any, X: Any, n_repeats: int) -> float:
    """Median duration of a call."""
    call = getattr(model, "predict_proba", model.predict)
    call(X)
    durations = []
    for _ in range(n_repeats):
        start = time.perf_counter()
        call(X)
        durations.append(time.perf_counter() - start)
    return statistics.median(durations)


def _first(X: Any, n_rows: int) -> Any:
    """The first rows, repeated where there are fewer: (n, d) -> (n_rows, d)."""
    return take(X, np.resize(np.arange(X.shape[0]), n_rows))


def _n_bytes(name: str, model: Any) -> int:
    try:
        return len(pickle.dumps(model))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(
            f"compare: the model {name!r} must be picklable, so that it has a size, "
            f"got {error}. Use functions that are defined in a module."
        ) from error
