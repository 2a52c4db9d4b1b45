"""Data at the end of what is possible are fitted to finite numbers, or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.testing._answers import (
    check_finite,
    fitted_and_asked,
    plain_methods,
    refusal,
)
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import FEW, contract
from sklkd.testing._same import as_array, same
from sklkd.testing._subject import Subject

Array = NDArray[Any]


def _is_no_regressor(subject: Subject) -> str | None:
    return None if subject.kind == "regressor" else "it is no regressor"


def _fits(subject: Subject, model: Any, X: Array, y: Array, what: str) -> bool:
    return refusal(lambda: subject.fit(model, X, y), f"fit to {what}") is None


def _check_answers(subject: Subject, model: Any, X: Array, what: str) -> None:
    """Each method says finite numbers, or refuses."""
    for method in plain_methods(subject):
        ask = partial(getattr(model, method), X)
        if refusal(ask, f"{method} of {what}") is None:
            check_finite({method: ask()}, what)


@contract(
    "D07",
    variants={"one_row": 1, "two_rows": 2, "three_rows": 3},
    examples=FEW,
)
def few_rows(subject: Subject, case: Case, n: int) -> None:
    """One row, two or three are fitted to finite numbers, or refused in words."""
    X, y = subject.data(replace(case, n=n))
    model, what = subject.new(), f"{n} rows"
    if _fits(subject, model, X, y, what):
        _check_answers(subject, model, X, what)


def _rows_like_the_first(X: Array) -> Array:
    return np.repeat(X[:1], len(X), axis=0)


DEGENERATE: Mapping[str, Callable[[Array], Array]] = {
    "zeros": np.zeros_like,
    "ones": np.ones_like,
    "1e8": lambda X: np.full_like(X, 1e8),
    "equal_rows": _rows_like_the_first,
}


@contract("D08", variants=DEGENERATE, examples=FEW)
def rows_without_difference(
    subject: Subject, case: Case, make: Callable[[Array], Array]
) -> None:
    """Rows that are all the same, with different targets, end in finite outputs.

    Or they are refused. What fit accepts, the other methods must accept too.
    """
    X, y = subject.data(case)
    X, model = make(X), subject.new()
    what = f"rows that are {case.variant}"
    if _fits(subject, model, X, y, what):
        check_finite(subject.outputs(model, X, only=plain_methods(subject)), what)


X_SCALES = {f"{scale:g}": scale for scale in (1e-300, 1e-100, 1e30, 1e150, 1e300)}


@contract("D09", variants=X_SCALES, data=cases(styles=("blobs", "ints")), examples=FEW)
def fit_to_any_size(subject: Subject, case: Case, scale: float) -> None:
    """Fitted to tiny or huge rows it says finite numbers of them, or refuses.

    A model of NaN, made without a word, is the worst of both.
    """
    X, y = subject.data(case)
    model, what = subject.new(), f"rows times {scale:g}"
    if _fits(subject, model, X * scale, y, what):
        _check_answers(subject, model, X * scale, what)


Y_SCALES = {f"{scale:g}": scale for scale in (0.0, 1e-300, 1e-100, 1e100, 1e200)}


@contract("D10", applies=_is_no_regressor, variants=Y_SCALES, examples=FEW)
def targets_of_any_size(subject: Subject, case: Case, scale: float) -> None:
    """Targets that are zero, tiny or huge get finite predictions, or are refused."""
    X, y = subject.data(case)
    model, what = subject.new(), f"targets times {scale:g}"
    if _fits(subject, model, X, y * scale, what):
        _check_answers(subject, model, X, what)


@contract(
    "D11",
    level="declared",
    claim="constant_is_constant",
    applies=_is_no_regressor,
    variants={"zero": 0.0, "one": 1.0, "negative": -3.7, "large": 1e4},
)
def constant_target(subject: Subject, case: Case, value: float) -> None:
    """A constant target is predicted back, to a hundredth of it."""
    subject.needs("predict")
    X, y = subject.data(case)
    _, expected = fitted_and_asked(subject, X, np.full_like(y, value))
    predicted = as_array(expected["predict"])
    same(
        predicted,
        np.full(case.n, value),
        "predict",
        rtol=subject.tolerance("D11", 0.01),
    )
