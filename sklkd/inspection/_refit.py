"""A surrogate that is to be fitted again, without its teacher being fitted again."""

from __future__ import annotations

import numbers
from typing import Any

from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from sklkd.surrogates import Surrogate, as_surrogate
from sklkd.training import (
    TeacherEnsemble,
    as_teacher,
    draw_seed,
    is_fitted_here,
    members_of,
)

OWN_SIZES = ("max_leaves", "max_rules")  # of TrepanClassifier, RuleListClassifier


def surrogate_within(who: str, estimator: Any) -> Any:
    """The surrogate itself, fitted or not; of a fitted search the best one."""
    inner = estimator
    while hasattr(inner, "best_estimator_"):
        inner = inner.best_estimator_
    is_one = hasattr(inner, "get_params") and not isinstance(inner, type)
    params = inner.get_params(deep=False) if is_one else {}
    if "teacher" in params and {"surrogate", *OWN_SIZES} & set(params):
        return inner
    raise TypeError(
        f"{who}: estimator must be a SurrogateClassifier, a SurrogateRegressor, one of "
        f"their kind or a fitted search around one, got {kind_of(estimator)}. Of a "
        "pipeline pass the last step, and X as it gets there."
    )


def size_parameter(who: str, estimator: Any) -> str:
    """The parameter that says how large a surrogate may be."""
    params = estimator.get_params(deep=False)
    for name in OWN_SIZES:
        if name in params:
            return name
    surrogate = as_surrogate(who, estimator.surrogate)
    if isinstance(surrogate, Surrogate) and surrogate.size_parameter:
        return f"surrogate__{surrogate.size_parameter}"
    raise TypeError(
        f"{who}: surrogate of the estimator must be one with a size, such as 'tree', "
        f"'rules' or 'linear', got {kind_of(surrogate)}."
    )


def asking_the_same(who: str, estimator: Any) -> Any:
    """An unfitted copy with a seed of its own, and a fitted one's teacher as it is."""
    copy = clone(estimator)
    params = copy.get_params(deep=False)
    if "surrogate" in params:
        copy.set_params(surrogate=as_surrogate(who, copy.surrogate))
    if "importance" in params and copy.n_features is None:
        copy.set_params(importance=None)  # nobody would look at the ranking
    if not isinstance(copy.random_state, numbers.Integral):
        copy.set_params(random_state=draw_seed(copy.random_state))
    return copy.set_params(teacher=_teacher_of(who, estimator))


def _teacher_of(who: str, estimator: Any) -> Any:
    """What a fitted estimator asked, not to be fitted again; or what it would ask."""
    given = as_teacher(who, estimator.teacher)
    parts = {
        name: part if is_fitted_here(part) else _lasting(part)
        for name, part in members_of(given).items()
    }
    fitted = getattr(estimator, "teacher_", None)
    if fitted is not None:
        several = fitted if isinstance(fitted, dict) else {"teacher": fitted}
        parts = {name: _lasting(part) for name, part in several.items()}
    if not isinstance(given, TeacherEnsemble):
        return parts["teacher"]
    pairs = list(parts.items())
    return TeacherEnsemble(pairs, combine=given.combine, weights=given.weights)


def _lasting(teacher: Any) -> Any:
    """A fitted teacher that a clone has, too; networks and functions are copied."""
    is_lasting = isinstance(teacher, FrozenEstimator)
    if is_lasting or not hasattr(teacher, "get_params"):
        return teacher
    return FrozenEstimator(teacher)


def kind_of(value: Any) -> str:
    """What an error calls a wrong value."""
    is_class = isinstance(value, type)
    return f"the class {value.__name__}" if is_class else type(value).__name__
