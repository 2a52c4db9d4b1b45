"""What is valid can be fitted, and what is offered works."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sklkd.testing._answers import check_finite, plain_methods
from sklkd.testing._case import STYLES, Case, cases
from sklkd.testing._contract import contract
from sklkd.testing._same import Violation, as_array
from sklkd.testing._subject import METHODS, Subject

ROUNDING = 1e-6  # of a score


@contract("A01", variants={style: style for style in STYLES})
def valid_data(subject: Subject, case: Case, style: str) -> None:
    """Every valid table is fitted; outputs are finite, one for each row.

    With ties, a constant or a collinear column, repeated rows, whole numbers, columns
    far from zero or of very different size, and any number of rows. The other contracts
    do not repeat what this one finds: where data cannot be fitted, they say nothing.
    """
    X, y = subject.data(replace(case, style=style))
    model = subject.new()
    subject.fit(model, X, y)
    outputs = subject.outputs(model, X, only=plain_methods(subject))
    for method, output in outputs.items():
        shape = as_array(output).shape
        if shape[:1] != (case.n,):
            raise Violation(f"{method}: {case.n} rows give the shape {shape}.")
    check_finite(outputs, "of the rows of fit")


@contract("A03", examples=0)
def offered_methods(subject: Subject, case: Case) -> None:
    """What a fitted estimator has, works; and fit returns it.

    A method that cannot be had should not be there: `hasattr` is how scikit-learn asks.
    """
    X, y = subject.data(case)
    model = subject.new()
    returned = subject.fit(model, X, y)
    if returned is not model:
        raise Violation(
            f"fit: it returns {type(returned).__name__}, and must return the estimator."
        )
    for method in METHODS:
        if hasattr(model, method):
            output = getattr(model, method)(X)
            if output is None or output is NotImplemented:
                raise Violation(f"{method}: it is there, and returns {output}.")


@contract("A04", level="declared", claim="accurate", data=cases(styles=("blobs",)))
def better_than_a_constant(subject: Subject, case: Case) -> None:
    """On separated classes, or a smooth target, it beats a constant on its own rows."""
    subject.needs("predict")
    X, y = subject.data(case)
    score = subject.fitted(X, y).score(X, y)
    least = np.bincount(y).max() / len(y) if subject.kind == "classifier" else 0.0
    if score < least - ROUNDING:
        raise Violation(f"score: {score:.3f}, and a constant has {least:.3f}.")
