"""The same numbers in another type are the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.testing._answers import agree, check_finite, fitted_and_asked
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import SOME, contract
from sklkd.testing._same import PATH, NotApplicable
from sklkd.testing._subject import Subject

Array = NDArray[Any]

# A Golomb ruler: no two marks are as far from each other as any other two. Rows at such
# places have no ties, which each implementation of nearest neighbours breaks otherwise.
RULER = np.array([0, 2, 6, 24, 29, 40, 43, 55, 68, 75, 76, 85])
SMALL = cases(n=(8, len(RULER)), p=(1, 3), styles=("blobs",))

# Not of half precision, which linear algebra does not know, and nobody promises.
DTYPES = {
    name: np.dtype(name)
    for name in ("float32", "int64", "int32", "int16", "int8", "uint8", "object")
}


def whole_numbers(y: Array, p: int) -> Array:
    """Rows between 0 and 85 that tell of y, at distances that all differ: (n, p)."""
    X = np.zeros((len(y), p))
    X[np.argsort(y, kind="stable"), 0] = RULER[: len(y)]
    # Of so little weight that no distance overtakes another.
    X[:, 1:] = (np.arange(len(y))[:, np.newaxis] // np.arange(1, p)) % 2
    return X


def thermometers(y: Array) -> Array:
    """Rows of True up to a mark: as far from each other as the marks, (n, 85)."""
    return whole_numbers(y, 1) > np.arange(RULER[-1])


@contract("B08", variants=DTYPES, data=SMALL, examples=SOME)
def dtypes(subject: Subject, case: Case, dtype: np.dtype[Any]) -> None:
    """Whole numbers are the same in every type that holds them, at fit and after.

    Fitted to numbers of less precision it may train in it, and so end elsewhere; what
    it says must be finite.
    """
    if dtype.kind == "O" and subject.input_tags.categorical:
        raise NotApplicable("its tags say that objects are categories to it")
    _, y = subject.data(case)
    X = whole_numbers(y, case.p)
    model, expected = fitted_and_asked(subject, X, y)
    rtol, cast = subject.tolerance("B08", PATH), X.astype(dtype)
    what = f"rows of {dtype}"
    agree(subject, subject.outputs(model, cast), expected, rtol=rtol, what=what)

    other = subject.new()
    subject.fit(other, cast, y)
    what, outputs = f"fitted to {dtype}", subject.outputs(other, X)
    if dtype.kind == "f":
        check_finite(outputs, what)
    else:
        agree(subject, outputs, expected, rtol=rtol, what=what)


@contract("B09", data=SMALL)
def booleans(subject: Subject, case: Case) -> None:
    """True and False are 1 and 0, at fit and after."""
    _, y = subject.data(case)
    is_on = thermometers(y)
    X = is_on.astype(np.float64)
    model, expected = fitted_and_asked(subject, X, y)
    rtol = subject.tolerance("B09", PATH)
    outputs = subject.outputs(model, is_on)
    agree(subject, outputs, expected, rtol=rtol, what="rows of bool")

    other = subject.new()
    subject.fit(other, is_on, y)
    outputs = subject.outputs(other, X)
    agree(subject, outputs, expected, rtol=rtol, what="fitted to bool")
