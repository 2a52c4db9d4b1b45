"""What cannot be answered is refused, with a sentence, and never answered wrongly."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.testing._answers import (
    check_finite,
    plain_methods,
    refusal,
    rejected,
)
from sklkd.testing._case import Case
from sklkd.testing._contract import FEW, contract
from sklkd.testing._same import NotApplicable, Violation, as_array
from sklkd.testing._subject import Subject
from sklkd.testing._variants import bad_inputs
from sklkd.testing.contracts._inputs import checks_nothing

Array = NDArray[Any]
Spoil = Callable[[Array], Any]

NOT_FINITE = {name: bad_inputs()[name] for name in ("nan", "inf", "minus_inf")}
NO_TABLE = {
    name: spoil for name, spoil in bad_inputs().items() if name not in NOT_FINITE
}


def takes(subject: Subject, name: str | None) -> bool:
    """Whether its tags say that an estimator takes one of `bad_inputs` all the same."""
    tags = subject.input_tags
    return {
        "nan": tags.allow_nan,
        "sparse": tags.sparse,
        "words": tags.string or tags.categorical,
        "one_dimension": tags.one_d_array,
        "three_dimensions": tags.three_d_array,
    }.get(name or "", False)


# --- At prediction --------------------------------------------------------------------


@contract("B16", applies=checks_nothing, variants=NOT_FINITE, examples=FEW)
def rows_not_finite(subject: Subject, case: Case, spoil: Spoil) -> None:
    """A NaN or an infinite number in the rows is refused, by every method.

    A NaN is answered where the tag allow_nan says so. Who takes that may take an
    infinite number too, and then says something finite.
    """
    if takes(subject, case.variant):
        raise NotApplicable("its tags say that it takes missing values")
    X, y = subject.data(case)
    model = subject.fitted(X, y)
    for method in subject.methods:
        what = f"{method} of {case.variant}"
        call = partial(getattr(model, method), spoil(X))
        if not subject.input_tags.allow_nan:
            rejected(call, what)
        elif refusal(call, what) is None and subject.kind != "transformer":
            check_finite({method: call()}, f"of {case.variant}")


def _one_more(X: Array) -> Array:
    return np.column_stack([X, X[:, :1]])


def _twice(X: Array) -> Array:
    return np.column_stack([X, X])


def _one_less(X: Array) -> Array:
    return X[:, :-1]


@contract(
    "B17",
    applies=checks_nothing,
    variants={"one_more": _one_more, "twice": _twice, "one_less": _one_less},
    examples=FEW,
)
def rows_of_another_width(subject: Subject, case: Case, spoil: Spoil) -> None:
    """Rows with more or fewer columns than it was fitted to are refused."""
    X, y = subject.data(case)
    model = subject.fitted(X, y)
    for method in subject.methods:
        rejected(
            partial(getattr(model, method), spoil(X)), f"{method} of another width"
        )


@contract(
    "B18",
    applies=checks_nothing,
    variants={**NO_TABLE, "no_rows": lambda X: X[:0]},
    examples=FEW,
)
def no_table_of_rows(subject: Subject, case: Case, spoil: Spoil) -> None:
    """What is no table of real numbers is refused, by every method.

    No rows may be answered by no rows; and None by what is said of the rows of fit, as
    nearest neighbours do.
    """
    if takes(subject, case.variant):
        raise NotApplicable(f"its tags say that it takes {case.variant}")
    X, y = subject.data(case)
    model = subject.fitted(X, y)
    n_allowed = {"no_rows": 0, "none": case.n}.get(case.variant or "")
    for method in subject.methods:
        call = partial(getattr(model, method), spoil(X))
        what = f"{method} of {case.variant}"
        if n_allowed is None:
            rejected(call, what)
        elif refusal(call, what) is None:
            _check_rows(call(), n_allowed, what)


def _check_rows(output: Any, n: int, what: str) -> None:
    shape = as_array(output).shape
    if shape[:1] != (n,):
        raise Violation(f"{what}: the shape is {shape}, and must begin with {n}.")


SCALES = {f"{scale:g}": scale for scale in (1e-300, 1e-30, 1e30, 1e150, 1e300)}


@contract("B19", variants=SCALES, examples=FEW)
def rows_of_any_size(subject: Subject, case: Case, scale: float) -> None:
    """Rows that are tiny or huge get finite outputs, or are refused; never NaN.

    Beyond what float64 holds, infinity is a right answer of a regressor or a
    transformer. Probabilities stay what they are.
    """
    X, y = subject.data(case)
    model = subject.fitted(X, y)
    what = f"rows times {scale:g}"
    for method in plain_methods(subject):
        call = partial(getattr(model, method), X * scale)
        if refusal(call, f"{method} of {what}") is None:
            _check_no_nan(method, as_array(call()), what)


def _check_no_nan(method: str, output: Array, what: str) -> None:
    if method == "predict_proba":
        check_finite({method: output}, what)
    elif output.dtype.kind == "f" and np.isnan(output).any():
        raise Violation(
            f"{method}, {what}: {int(np.isnan(output).sum())} of {output.size} values "
            "are NaN."
        )


# --- At fit ---------------------------------------------------------------------------


@contract(
    "D06",
    applies=checks_nothing,
    variants={**bad_inputs(), "no_rows": lambda X: X[:0]},
    examples=FEW,
)
def fit_to_no_table(subject: Subject, case: Case, spoil: Spoil) -> None:
    """Rows that are missing, not finite or no table of numbers are refused by fit.

    Nothing else happens: no other error, and no model that nobody can use.
    """
    if takes(subject, case.variant):
        raise NotApplicable(f"its tags say that it takes {case.variant}")
    X, y = subject.data(case)
    subject.fitted(X, y)
    bad = spoil(X)
    if case.variant == "no_rows":
        y = y[:0]
    model = subject.new()
    what = f"fit to {case.variant}"
    is_maybe = subject.input_tags.allow_nan and case.variant in NOT_FINITE
    error = refusal(lambda: subject.fit(model, bad, y), what)
    if error is None and not is_maybe:
        raise Violation(f"{what}: it is accepted, and must be refused.")
