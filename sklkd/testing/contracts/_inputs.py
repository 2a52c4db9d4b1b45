"""The same table is the same, whatever holds it; and its columns have names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import get_tags

from sklkd.testing._answers import (
    agree,
    fitted_and_asked,
    refusal,
    rejected,
)
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import SOME, contract
from sklkd.testing._same import PATH, NotApplicable, Violation
from sklkd.testing._subject import Subject
from sklkd.testing._variants import containers, layouts

Array = NDArray[Any]

# On these, training in other arithmetic leads to the same place.
CALM = ("blobs", "ints", "constant", "duplicates")


def checks_nothing(subject: Subject) -> str | None:
    """Why contracts of what is refused say nothing."""
    tags = get_tags(subject.estimator)
    if tags.no_validation:
        return "its tag no_validation says that it checks nothing"
    return None if tags.requires_fit else "it needs no fitting, and so knows no table"


def _has_no_pandas(subject: Subject) -> str | None:
    return checks_nothing(subject) if find_spec("pandas") else "pandas is not installed"


# --- Where and how numbers are stored -------------------------------------------------


@contract("B06", variants=layouts(), examples=SOME)
def layout_of_rows(
    subject: Subject, case: Case, layout: Callable[[Array], Array]
) -> None:
    """Rows that lie otherwise in memory get the same outputs.

    Columns first, strided, backwards, read-only, in a file, as part of a larger array,
    or with the bytes of each number in the other order.
    """
    X, y = subject.data(case)
    model, expected = fitted_and_asked(subject, X, y)
    outputs = subject.outputs(model, layout(X))
    agree(subject, outputs, expected, rtol=subject.tolerance("B06"))


@contract("B07", variants=layouts(), data=cases(styles=CALM), examples=SOME)
def layout_at_fit(
    subject: Subject, case: Case, layout: Callable[[Array], Array]
) -> None:
    """Rows and targets that lie otherwise in memory fit the same estimator."""
    X, y = subject.data(case)
    _, expected = fitted_and_asked(subject, X, y)
    model = subject.new()
    subject.fit(model, layout(X), layout(y))
    rtol = subject.tolerance("B07", PATH)
    agree(subject, subject.outputs(model, X), expected, rtol=rtol)


@contract("B10", variants=containers(), data=cases(styles=CALM), examples=SOME)
def containers_of_rows(
    subject: Subject, case: Case, hold: Callable[[Array], Any]
) -> None:
    """A list, a tuple or a DataFrame is what an array of the same numbers is.

    An index in another order, or that repeats itself, says nothing; rows are in the
    order in which they stand.
    """
    X, y = subject.data(case)
    _, expected = fitted_and_asked(subject, X, y)
    model = subject.new()
    subject.fit(model, hold(X), y)
    outputs = subject.outputs(model, hold(X))
    agree(subject, outputs, expected, rtol=subject.tolerance("B10", PATH))


# --- Names and number of columns ------------------------------------------------------


def _frame(X: Array) -> Any:
    return containers()["pandas"](X)


def _permuted(frame: Any) -> Any:
    return frame[frame.columns[::-1]]


def _renamed(frame: Any) -> Any:
    return frame.rename(columns={frame.columns[-1]: "another"})


def _less(frame: Any) -> Any:
    return frame[frame.columns[:-1]]


def _more(frame: Any) -> Any:
    return frame.assign(another=0.0)


CHANGES: Mapping[str, Callable[[Any], Any]] = {
    "permuted": _permuted,
    "renamed": _renamed,
    "missing": _less,
    "extra": _more,
}


@contract(
    "B11",
    applies=_has_no_pandas,
    variants=CHANGES,
    data=cases(p=(2, 5), styles=("blobs", "mixed_scale")),
    examples=SOME,
)
def columns_by_name(subject: Subject, case: Case, change: Callable[[Any], Any]) -> None:
    """Columns in another order are put in order or refused; others are refused.

    To answer as if nothing were wrong is the mistake that nobody notices.
    """
    X, y = subject.data(case)
    frame = _frame(X)
    model, expected = fitted_and_asked(subject, frame, y)
    table = change(frame)
    for method in subject.methods:
        ask = partial(getattr(model, method), table)
        if change is not _permuted:
            rejected(ask, f"{method} of columns: {case.variant}")
        elif refusal(ask, f"{method} of permuted columns") is None:
            _check_in_order(subject, {method: ask()}, expected)


def _check_in_order(
    subject: Subject, outputs: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    try:
        agree(subject, outputs, expected, rtol=subject.tolerance("B11"))
    except Violation as error:
        raise Violation(f"permuted columns are taken as they come: {error}") from None


@contract("B12", applies=checks_nothing, examples=SOME)
def what_it_was_fitted_to(subject: Subject, case: Case) -> None:
    """`n_features_in_` and `feature_names_in_` are those of the last fit.

    Names vanish when it is fitted to an array, which has none.
    """
    X, y = subject.data(case)
    model = subject.fitted(X, y)
    _check_number(model, case.p)
    _check_no_names(model, "fitted to an array")
    if find_spec("pandas") is None:
        return
    frame = _frame(X)
    model = subject.fitted(frame, y)
    names = getattr(model, "feature_names_in_", None)
    if names is None or list(names) != list(frame.columns):
        raise Violation(
            f"feature_names_in_: it is {names}, and must be {list(frame.columns)}."
        )
    wider = np.column_stack([X, X[:, :1]])
    try:
        subject.fit(model, wider, y)
    except Exception as error:
        raise NotApplicable("it cannot be fitted again") from error
    _check_number(model, case.p + 1)
    _check_no_names(model, "fitted to a DataFrame, and then to an array")


def _check_number(model: Any, p: int) -> None:
    number = getattr(model, "n_features_in_", None)
    if number != p:
        raise Violation(f"n_features_in_: it is {number}, and must be {p}.")


def _check_no_names(model: Any, what: str) -> None:
    if hasattr(model, "feature_names_in_"):
        raise Violation(
            f"feature_names_in_: it is {model.feature_names_in_}, {what}, and must "
            "not be there."
        )
