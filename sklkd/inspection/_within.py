"""The estimator that has something, in whatever is around it, and its columns."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted


def find_within(who: str, estimator: Any, names: tuple[str, ...], example: str) -> Any:
    """Return a fitted estimator, or the one within it that has an attribute.

    It looks into searches, and into a `DistilledClassifier` whose student is an
    estimator. A pipeline is none of them: what is within it is about other columns.

    Parameters
    ----------
    who : str
        What asks; errors start with it.
    estimator : estimator
        Fitted.
    names : tuple of str
        Attributes, of which one is enough.
    example : str
        Estimators that have it, for the error.

    Raises
    ------
    TypeError
        If there is no such attribute.
    """
    check_is_fitted(estimator)
    inner = estimator
    while inner is not None and not any(hasattr(inner, name) for name in names):
        inner = inner_of(inner)
    if inner is None:
        raise TypeError(
            f"{who}: estimator must have {' or '.join(names)}, as {example} has, got "
            f"{type(estimator).__name__}. Of a pipeline pass the last step."
        )
    return inner


def inner_of(estimator: Any) -> Any:
    """The best one of a search, or the student that is an estimator; None of others."""
    student = getattr(getattr(estimator, "student_", None), "estimator", None)
    return getattr(estimator, "best_estimator_", student)


def names_within(estimator: Any, width: int) -> list[str] | None:
    """Names of the columns that a student within an estimator learns from.

    They are those that its transformers make, or that it saw where it has none. None is
    returned where nobody knows them, or they are not as many as the columns.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    width : int
        How many columns there are.
    """
    inner = inner_of(estimator)
    if inner is not None:
        return names_within(inner, width)
    steps = getattr(getattr(estimator, "student_", None), "steps", None)
    if steps is None:
        return fitting(getattr(estimator, "feature_names_in_", None), width)
    try:
        return fitting(steps.get_feature_names_out(), width)
    except (AttributeError, ValueError):  # a step has none to say, or one for two
        return None


def fitting(names: Any, width: int) -> list[str] | None:
    """Names, if they are one for each column."""
    if names is None or len(names) != width:
        return None
    return [str(name) for name in names]
