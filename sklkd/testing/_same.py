"""When two answers are the same: the tolerances that decide if a suite is believed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# Of the same mathematics in another order, by the precision that it was done in.
ORDER = {
    np.dtype(np.float64): 1e-6,
    np.dtype(np.float32): 1e-4,
    np.dtype(np.float16): 1e-2,
}
PATH = 1e-3  # of another way of training that must lead to the same place
MARGIN = 1e-4  # of the two best scores, below which labels may flip


class Violation(AssertionError):  # noqa: N818
    """A contract does not hold; the message says of what, and by how much.

    Examples
    --------
    >>> from sklkd.testing import Violation
    >>> raise Violation("predict: 3 of 12 labels differ")
    Traceback (most recent call last):
    sklkd.testing._same.Violation: predict: 3 of 12 labels differ
    """


class NotApplicable(Exception):  # noqa: N818
    """A contract says nothing about this estimator, or this case; the text says why.

    Examples
    --------
    >>> from sklkd.testing import NotApplicable
    >>> raise NotApplicable("it has no predict_proba")
    Traceback (most recent call last):
    sklkd.testing._same.NotApplicable: it has no predict_proba
    """


def same(
    one: Any,
    other: Any,
    what: str,
    *,
    exact: bool = False,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Raise unless two outputs are the same: in shape, and in values.

    Numbers agree where they differ by no more than ``rtol`` times the greatest finite
    one, or 1 if that is more; infinite and missing ones only where both are. Anything
    that is not a number is the same or is not.

    Parameters
    ----------
    one, other : array-like, sparse or DataFrame
        The output, and what it must be.
    what : str
        What an error calls them.
    exact : bool, default=False
        Whether numbers must be equal to the last bit.
    rtol : float, default=None
        None takes 1e-6 for float64, 1e-4 for float32 and 1e-2 for float16.
    atol : float, default=None
        By how much numbers may differ; None takes `rtol` times the greatest.

    Raises
    ------
    Violation
        If they are not.

    Examples
    --------
    >>> from sklkd.testing import same
    >>> same([1.0, 2.0], [1.0, 2.0 + 1e-9], "predict")
    >>> same([[1.0], [2.0]], [1.0, 2.0], "predict")
    Traceback (most recent call last):
    sklkd.testing._same.Violation: predict: the shape is (2, 1), and must be (2,).
    """
    a, b = as_array(one), as_array(other)
    if a.shape != b.shape:
        raise Violation(f"{what}: the shape is {a.shape}, and must be {b.shape}.")
    if not (_is_number(a) and _is_number(b)):
        same_items(a, b, what)
    elif exact:
        _exactly(a, b, what)
    else:
        rtol = _order(a, b) if rtol is None else rtol
        _close(a.astype(np.float64), b.astype(np.float64), what, rtol, atol)


def as_array(value: Any) -> NDArray[Any]:
    """What an estimator returned, of whatever kind, as a dense array."""
    if sparse.issparse(value):
        value = value.toarray()
    return np.asarray(value)


def _order(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Rounding of the coarser of two."""
    return max(ORDER.get(a.dtype, 1e-6), ORDER.get(b.dtype, 1e-6))


def greatest(values: NDArray[Any]) -> float:
    """The scale of numbers: the greatest finite one, or 1 if that is more."""
    finite = np.abs(values[np.isfinite(values)])
    return float(max(1.0, finite.max(initial=0.0)))


def _close(
    a: NDArray[Any], b: NDArray[Any], what: str, rtol: float, atol: float | None
) -> None:
    atol = rtol * greatest(b) if atol is None else atol
    close = np.isclose(a, b, rtol=0.0, atol=atol, equal_nan=True)
    if not close.all():
        raise Violation(
            f"{what}: {_gaps(a, b, ~close)}; at most {atol:.3g} is rounding."
        )


def _exactly(a: NDArray[Any], b: NDArray[Any], what: str) -> None:
    equal = (a == b) | (_is_nan(a) & _is_nan(b))
    if not equal.all():
        raise Violation(
            f"{what}: {_gaps(a, b, ~equal)}, and must be equal to the last bit."
        )


def _is_nan(a: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isnan(a) if a.dtype.kind == "f" else np.zeros(a.shape, bool)


def _gaps(a: NDArray[Any], b: NDArray[Any], differ: NDArray[Any]) -> str:
    """How many numbers differ, and by how much."""
    with np.errstate(invalid="ignore"):
        gap = np.abs(a[differ].astype(np.float64) - b[differ].astype(np.float64))
    finite = np.isfinite(gap).all()
    by = f"by up to {gap.max():.3g}" if finite else "one of them is not finite"
    return f"{gap.size} of {a.size} numbers differ, {by}"


def _is_number(a: NDArray[Any]) -> bool:
    return a.dtype.kind in "fiub"


def same_items(a: NDArray[Any], b: NDArray[Any], what: str) -> None:
    """Raise unless each item is equal to that in its place; the first that is not."""
    differ = np.array([x != y for x, y in zip(a.ravel(), b.ravel(), strict=True)], bool)
    if not differ.any():
        return
    first = int(np.flatnonzero(differ)[0])
    raise Violation(
        f"{what}: {int(differ.sum())} of {a.size} differ; the first, at {first}, is "
        f"{a.ravel()[first]!r} and must be {b.ravel()[first]!r}."
    )
