"""What an estimator's tags say is so: whoever reads them relies on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import get_tags

from sklkd.testing._answers import (
    agree,
    check_finite,
    fitted_and_asked,
    one_line,
    plain_methods,
    refusal,
    rejected,
    same_labels,
)
from sklkd.testing._case import Case, cases, make_data
from sklkd.testing._contract import FEW, SOME, contract
from sklkd.testing._same import PATH, NotApplicable, Violation
from sklkd.testing._subject import Subject


def _missing_values(subject: Subject, case: Case) -> None:
    if not subject.input_tags.allow_nan:
        raise NotApplicable("allow_nan is False: B16 and D06 look at that")
    X, y = subject.data(case)
    subject.fitted(X, y)
    row, column = np.indices(X.shape)
    X[(row + column) % 5 == 0] = np.nan
    model, what = subject.new(), "missing values, which allow_nan allows"
    _accepted(lambda: subject.fit(model, X, y), f"fit to {what}")
    outputs = {m: getattr(model, m)(X) for m in subject.methods}
    if subject.kind != "transformer":
        check_finite(outputs, what)


def _three_classes(subject: Subject, case: Case) -> None:
    tags = get_tags(subject.estimator).classifier_tags
    if subject.kind != "classifier" or tags is None:
        raise NotApplicable("it is no classifier")
    # Not `subject.data`, which gives a binary classifier two classes.
    X, y = make_data(Case(max(case.n, 12), case.p, 3, case.seed), "classifier")
    X = X - X.min() if subject.input_tags.positive_only else X
    model, what = subject.new(), "fit to three classes"
    if not tags.multi_class:
        rejected(lambda: subject.fit(model, X, y), f"{what}, against multi_class=False")
        return
    _accepted(lambda: subject.fit(model, X, y), f"{what}, which multi_class allows")
    same_labels(model.classes_, np.arange(3), "classes_")


def _several_targets(subject: Subject, case: Case) -> None:
    if not subject.target_tags.multi_output:
        raise NotApplicable("multi_output is False: D05 looks at that")
    # Of two classes: columns of 0 and 1 are what every such classifier takes.
    X, y = make_data(replace(case, k=2), subject.kind)
    X = X - X.min() if subject.input_tags.positive_only else X
    y = y - y.min() + 1 if subject.target_tags.positive_only else y
    targets = np.column_stack([y, y[::-1]])
    model = subject.new()
    what = "fit to two targets, which multi_output allows"
    _accepted(lambda: subject.fit(model, X, targets), what)
    if not hasattr(model, "predict"):
        return
    shape = np.shape(model.predict(X))
    if shape != (case.n, 2):
        raise Violation(
            f"predict of two targets: the shape is {shape}, and must be {(case.n, 2)}."
        )


def _accepted(call: Callable[[], Any], what: str) -> None:
    error = refusal(call, what)
    if error is not None:
        raise Violation(f"{what}: it is refused: {one_line(error)}")


TAGS: dict[str, Callable[[Subject, Case], None]] = {
    "allow_nan": _missing_values,
    "multi_class": _three_classes,
    "multi_output": _several_targets,
}


@contract("B21", variants=TAGS, data=cases(styles=("blobs",)), examples=FEW)
def tags_are_true(
    subject: Subject, case: Case, look: Callable[[Subject, Case], None]
) -> None:
    """What its tags say that it takes, it takes: gaps, many classes, many targets.

    And where multi_class is False, three classes are refused.
    """
    look(subject, case)


FORMATS: dict[str, Callable[[Any], Any]] = {
    "csr_array": sparse.csr_array,
    "csc_array": sparse.csc_array,
    "coo_array": sparse.coo_array,
    "csr_matrix": sparse.csr_matrix,
}


def _takes_no_sparse(subject: Subject) -> str | None:
    return None if subject.input_tags.sparse else "its tags say that it is not sparse"


@contract(
    "B20",
    applies=_takes_no_sparse,
    variants=FORMATS,
    data=cases(p=(2, 5), styles=("blobs",)),
    examples=SOME,
)
def sparse_rows(subject: Subject, case: Case, form: Callable[[Any], Any]) -> None:
    """Where its tags say that it takes sparse rows, they get what dense ones get.

    An entry that is not stored is a zero, and no missing value. Fitted to sparse rows
    it answers both alike; fitted to dense ones it may refuse sparse ones.
    """
    X, y = subject.data(case)
    row, column = np.indices(X.shape)
    X[(row + column) % 4 == 0] = 0.0
    rtol = subject.tolerance("B20", PATH)
    methods = plain_methods(subject)

    model = subject.new()
    subject.fit(model, form(X), y)
    expected = subject.outputs(model, X, only=methods)
    outputs = subject.outputs(model, form(X), only=methods)
    agree(subject, outputs, expected, rtol=rtol, what="fitted to sparse rows")

    model, expected = fitted_and_asked(subject, X, y)
    for method in methods:
        ask = partial(getattr(model, method), form(X))
        if refusal(ask, f"{method} of sparse rows") is None:
            agree(subject, {method: ask()}, expected, rtol=rtol, what="sparse rows")
