"""What an estimator may claim not to depend on: order, units and origin."""

from __future__ import annotations

import numpy as np

from sklkd.testing._answers import agree, fitted_and_asked
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import contract
from sklkd.testing._same import PATH, as_array, greatest, same
from sklkd.testing._subject import Subject
from sklkd.testing.contracts._inputs import CALM


def _is_no_regressor(subject: Subject) -> str | None:
    return None if subject.kind == "regressor" else "it is no regressor"


@contract("F01", level="declared", claim="row_order_invariant", data=cases(styles=CALM))
def order_of_training_rows(subject: Subject, case: Case) -> None:
    """Fitted to the rows in another order it says the same."""
    X, y = subject.data(case)
    _, expected = fitted_and_asked(subject, X, y)
    order = np.random.default_rng(case.seed).permutation(case.n)
    model = subject.new()
    subject.fit(model, X[order], y[order])
    rtol = subject.tolerance("F01", PATH)
    agree(subject, subject.outputs(model, X), expected, rtol=rtol)


@contract(
    "F02",
    level="declared",
    claim="column_order_invariant",
    data=cases(p=(2, 5), styles=CALM),
)
def order_of_columns(subject: Subject, case: Case) -> None:
    """Fitted to the columns in another order, and asked in it, it says the same.

    Outputs that are columns themselves are not compared.
    """
    X, y = subject.data(case)
    _, expected = fitted_and_asked(subject, X, y)
    turned = X[:, ::-1].copy()
    model = subject.new()
    subject.fit(model, turned, y)
    asked = [method for method in subject.methods if method != "transform"]
    outputs = subject.outputs(model, turned, only=asked)
    agree(subject, outputs, expected, rtol=subject.tolerance("F02", PATH))


TARGET_UNITS = {
    "shifted": (1.0, 5.0),
    "scaled": (3.0, 0.0),
    "tiny": (1e-3, 0.0),
    "huge": (1e4, -1e4),
}


@contract(
    "F03",
    level="declared",
    claim="target_affine",
    applies=_is_no_regressor,
    variants=TARGET_UNITS,
    data=cases(styles=CALM),
)
def unit_of_the_target(subject: Subject, case: Case, unit: tuple[float, float]) -> None:
    """Targets in another unit, from another zero, give predictions in that unit.

    Upside down they need not be the same: nothing says that a network bends both ways.
    """
    subject.needs("predict")
    factor, shift = unit
    X, y = subject.data(case)
    _, expected = fitted_and_asked(subject, X, y)
    wanted = factor * as_array(expected["predict"]) + shift
    model = subject.fitted(X, factor * y + shift)
    rtol = subject.tolerance("F03", PATH)
    # In the unit of the target: a small one must not hide behind the least scale of 1.
    atol = abs(factor) * max(
        (rtol or PATH) * greatest(as_array(expected["predict"])), 0.01
    )
    same(model.predict(X), wanted, "predict", atol=atol)


COLUMN_UNITS = {
    "shifted": (1.0, 50.0),
    "thousandth": (1e-3, 0.0),
    "thousandfold": (1e3, 0.0),
    "both": (0.1, 5.0),
}


@contract(
    "F04",
    level="declared",
    claim="scale_invariant",
    variants=COLUMN_UNITS,
    data=cases(styles=CALM),
)
def unit_of_the_columns(
    subject: Subject, case: Case, unit: tuple[float, float]
) -> None:
    """Columns in another unit, from another zero, change nothing."""
    factor, shift = unit
    X, y = subject.data(case)
    _, expected = fitted_and_asked(subject, X, y)
    moved = factor * X + shift
    model = subject.fitted(moved, y)
    rtol = subject.tolerance("F04", 1e-2)
    agree(subject, subject.outputs(model, moved), expected, rtol=rtol)
