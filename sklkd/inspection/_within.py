"""The estimator that has something, in whatever is around it."""

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
        student = getattr(getattr(inner, "student_", None), "estimator", None)
        inner = getattr(inner, "best_estimator_", student)
    if inner is None:
        raise TypeError(
            f"{who}: estimator must have {' or '.join(names)}, as {example} has, got "
            f"{type(estimator).__name__}. Of a pipeline pass the last step."
        )
    return inner
