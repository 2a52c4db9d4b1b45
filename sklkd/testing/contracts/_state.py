"""What a fitted estimator holds is its own: no earlier fit and no caller is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags

from sklkd.testing._answers import agree, check_finite
from sklkd.testing._case import Case
from sklkd.testing._contract import SOME, contract
from sklkd.testing._same import NotApplicable, Violation
from sklkd.testing._subject import METHODS, Subject
from sklkd.testing.contracts._randomness import exactly

Array = NDArray[Any]


# --- Fitted again ---------------------------------------------------------------------

_EARLIER: Mapping[str, Callable[[Subject, Case], tuple[Any, Any]]] = {
    "same_shape": lambda subject, case: subject.data(_other(case)),
    "other_columns": lambda subject, case: subject.data(_other(case, p=case.p + 1)),
    "other_rows": lambda subject, case: subject.data(_other(case, n=case.n + 3)),
    "other_classes": lambda subject, case: _relabelled(subject, _other(case, k=3)),
    "more_classes": lambda subject, case: subject.data(_other(case, k=case.k + 1)),
}


@contract("C06", variants=_EARLIER, examples=SOME)
def refit(
    subject: Subject,
    case: Case,
    earlier: Callable[[Subject, Case], tuple[Any, Any]],
) -> None:
    """A second fit knows nothing of the first: it is that of a fresh estimator.

    The first may have had other columns, other rows or other classes. With warm_start
    switched on the second is meant to go on, and this law is silent.
    """
    if subject.estimator.get_params(deep=False).get("warm_start"):
        raise NotApplicable("warm_start is on")
    X, y = subject.data(case)
    model = subject.fitted(*earlier(subject, case), new=subject.new())
    fresh = subject.outputs(subject.fitted(X, y, new=subject.new()), X)
    subject.fit(model, X, y)
    rtol = subject.tolerance("C06")
    agree(subject, subject.outputs(model, X), fresh, rtol=rtol, what="fitted again")


def _other(case: Case, **changed: Any) -> Case:
    return replace(case, seed=case.seed + 1, **changed)


def _relabelled(subject: Subject, case: Case) -> tuple[Any, Any]:
    """Data of other classes, by number and by name; values are scaled."""
    X, y = subject.data(case)
    return X, 1e3 * y + 5 if subject.kind == "regressor" else 2 * y + 1


def _without_warm_start(subject: Subject) -> str | None:
    if "warm_start" in subject.estimator.get_params(deep=False):
        return None
    return "it has no warm_start"


@contract("C18", applies=_without_warm_start, examples=SOME)
def warm_start(subject: Subject, case: Case) -> None:
    """A first fit is the same with warm_start and without; a second one goes on.

    There is nothing to start from the first time. The second time there is, and fitting
    the same data again must leave a model that answers in the same shape.
    """
    X, y = subject.data(case)
    cold = subject.outputs(subject.fitted(X, y, new=subject.new(warm_start=False)), X)
    model = subject.new(warm_start=True)
    subject.fit(model, X, y)
    warm = subject.outputs(model, X)
    rtol = subject.tolerance("C18")
    agree(subject, warm, cold, rtol=rtol, what="first fitted with warm_start")
    subject.fit(model, X, y)
    again = subject.outputs(model, X)
    check_finite(again, "fitted again with warm_start")
    for method, output in again.items():
        if np.shape(output) != np.shape(cold[method]):
            raise Violation(
                f"{method}, fitted again with warm_start: the shape is "
                f"{np.shape(output)}, and must be {np.shape(cold[method])}."
            )


# --- Not fitted -----------------------------------------------------------------------


def _needs_no_fit(subject: Subject) -> str | None:
    tags = get_tags(subject.estimator)
    return None if tags.requires_fit else "it needs no fit, it says"


@contract("C13", examples=0, applies=_needs_no_fit)
def unfitted(subject: Subject, case: Case) -> None:
    """Every method of an estimator that is not fitted raises NotFittedError.

    It is how callers learn that fit is missing; any other error looks like a bug of
    theirs.
    """
    X, y = subject.data(case)
    subject.fitted(X, y)
    for method in (*METHODS, "inverse_transform", "score"):
        call = getattr(subject.new(), method, None)
        if call is None:
            continue
        try:
            call(X, y) if method == "score" else call(X)
        except NotFittedError:
            continue
        except Exception as error:
            raise Violation(
                f"{method}: {type(error).__name__} "
                f"({' '.join(str(error).split())[:200]}), and must be NotFittedError."
            ) from error
        raise Violation(f"{method}: it answers without a fit.")


# --- Shared memory --------------------------------------------------------------------

_HELD: Mapping[str, Callable[[Array], Array]] = {
    "as_it_is": np.array,
    "fortran": np.asfortranarray,
    "float32": lambda X: X.astype(np.float32),
}


@contract("C14", variants=_HELD, examples=SOME)
def overwritten_input(
    subject: Subject, case: Case, held: Callable[[Array], Array]
) -> None:
    """What becomes of X, y and weights after fit changes nothing.

    Callers reuse their arrays. A model that keeps a reference instead of a copy then
    answers from numbers that it has never been fitted to.
    """
    X, y = subject.data(case)
    mine, target = held(X).copy(order="K"), y.copy()
    weights = {"sample_weight": np.ones(case.n)} if subject.takes_weight else {}
    model = subject.fitted(mine, target, new=subject.new(), **weights)
    # In the type that it was fitted to: some take no other.
    asked = held(X)
    expected = subject.outputs(model, asked)
    if not (mine.flags.writeable and target.flags.writeable):
        raise Violation("fit: it leaves X or y read-only.")
    _overwrite(mine)
    _overwrite(target)
    for weight in weights.values():
        weight[:] = 0
    what = "after X and y were overwritten"
    exactly(subject, "C14", subject.outputs(model, asked), expected, what)


@contract("C15", examples=SOME)
def overwritten_output(subject: Subject, case: Case) -> None:
    """Answers are the caller's own: numpy arrays, which may be overwritten.

    The next answer is what the first was.
    """
    X, y = subject.data(case)
    model = subject.fitted(X, y, new=subject.new())
    for method in subject.methods:
        first = getattr(model, method)(X.copy())
        if sparse.issparse(first) or hasattr(first, "columns"):
            continue  # of transformers
        if not isinstance(first, np.ndarray):
            raise Violation(
                f"{method}: it returns {type(first).__name__}, and must return a numpy "
                "array."
            )
        kept = first.copy()
        if first.flags.writeable:
            _overwrite(first)
        again = {method: getattr(model, method)(X.copy())}
        what = "after its first answer was overwritten"
        exactly(subject, "C15", again, {method: kept}, what)


def _overwrite(a: Array) -> None:
    """Put other values everywhere, of the same type."""
    a[...] = a[-1].copy() if a.dtype.kind not in "fc" else -3 * a + 7
