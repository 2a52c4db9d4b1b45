"""What estimators answer: whether two answers agree, and whether one is a refusal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError

from sklkd.testing._same import (
    MARGIN,
    NotApplicable,
    Violation,
    as_array,
    greatest,
    same,
    same_items,
)
from sklkd.testing._subject import Subject

SCORES = ("predict_proba", "decision_function")  # of classes, from which a label comes


def plain_methods(subject: Subject) -> list[str]:
    """What any rows allow: a density is rightly infinite where they have no spread."""
    return [method for method in subject.methods if method != "score_samples"]


def fitted_and_asked(
    subject: Subject, X: Any, y: Any, **fit_params: Any
) -> tuple[Any, dict[str, Any]]:
    """Fit to valid data, and ask about them: the estimator, and what it says.

    Raises
    ------
    NotApplicable
        If one or the other fails: other contracts report that.
    """
    model = subject.fitted(X, y, **fit_params)
    return model, asked(subject, model, X)


def asked(
    subject: Subject, model: Any, X: Any, *, only: Collection[str] | None = None
) -> dict[str, Any]:
    """What it says of valid rows; `NotApplicable` if it fails, as others report."""
    try:
        return subject.outputs(model, X, only=only)
    except NotApplicable:
        raise
    except Exception as error:
        raise NotApplicable(f"it cannot be asked here: {one_line(error)}") from error


def agree(
    subject: Subject,
    outputs: Mapping[str, Any],
    expected: Mapping[str, Any],
    *,
    rtol: float | None = None,
    what: str = "",
) -> None:
    """Raise unless an estimator says the same, labels being compared where clear.

    Parameters
    ----------
    subject : Subject
        Whose they are.
    outputs, expected : mapping of str to output
        As `Subject.outputs` gives them; methods of both are compared.
    rtol : float, default=None
        As `same` takes it; give ``subject.tolerance(id, default)``.
    what : str, default=""
        Under which circumstances.

    Raises
    ------
    Violation
        If they differ. A label counts only in rows where the scores of the two best
        classes are apart: elsewhere rounding decides.

    Notes
    -----
    Logarithms of probabilities are compared as probabilities, since what is nearly
    impossible has a logarithm that moves by itself.
    """
    for method in [m for m in expected if m in outputs]:
        output, wanted = as_array(outputs[method]), as_array(expected[method])
        name = f"{method}, {what}" if what else method
        if method == "predict_log_proba":
            output, wanted = np.exp(output), np.exp(wanted)
        if method == "predict" and _are_labels(subject, wanted):
            same_labels(output, wanted, name, clear_rows(expected, rtol))
        else:
            same(output, wanted, name, rtol=rtol)


def _are_labels(subject: Subject, values: NDArray[Any]) -> bool:
    """Whether predictions name one of several things: clusters and outliers do, too."""
    is_number = values.dtype.kind in "fc"
    return subject.kind == "classifier" or not (
        is_number or subject.kind == "regressor"
    )


def same_labels(
    labels: Any, expected: Any, what: str, clear: NDArray[np.bool_] | None = None
) -> None:
    """Compare labels, in clear rows alone if these are given."""
    labels, expected = as_array(labels), as_array(expected)
    if labels.shape != expected.shape:
        raise Violation(
            f"{what}: the shape is {labels.shape}, and must be {expected.shape}."
        )
    if clear is not None and len(clear) == len(labels):
        labels, expected = labels[clear], expected[clear]
    same_items(labels, expected, what)


def clear_rows(
    outputs: Mapping[str, Any], rtol: float | None = None
) -> NDArray[np.bool_] | None:
    """Rows in which no rounding changes the best class: (n,); None if nothing tells.

    Two scores that each move by `rtol` stay in order if they are twice that apart.
    """
    clear: NDArray[np.bool_] | None = None
    for method in [m for m in SCORES if m in outputs]:
        scores = as_array(outputs[method]).astype(np.float64)
        apart = max(MARGIN, 2 * (rtol or 0.0)) * greatest(scores)
        rows = margins(scores) > apart
        clear = rows if clear is None else clear & rows
    return clear


def margins(scores: NDArray[Any]) -> NDArray[np.float64]:
    """By how much the best class leads: (n,) of a binary decision or (n, k) -> (n,)."""
    if scores.ndim == 1:
        return np.abs(scores)
    if scores.shape[1] < 2:
        return np.full(len(scores), np.inf)
    best = np.sort(scores, axis=1)
    with np.errstate(invalid="ignore"):
        return best[:, -1] - best[:, -2]


def refusal(call: Callable[[], Any], what: str) -> Exception | None:
    """Call, and return the refusal; None if it was answered.

    Raises
    ------
    Violation
        If an error is neither a ValueError nor a TypeError, or says nothing.
    """
    try:
        call()
    except (Violation, NotApplicable):
        raise
    except (ValueError, TypeError) as error:
        if not str(error).strip():
            raise Violation(f"{what}: {type(error).__name__} without a word.") from None
        return error
    except Exception as error:
        raise Violation(
            f"{what}: {type(error).__name__} ({one_line(error)}), and must be a "
            "ValueError or TypeError that says what is wrong."
        ) from error
    return None


def rejected(call: Callable[[], Any], what: str) -> Exception:
    """Raise unless a call is refused, and return the refusal.

    Raises
    ------
    Violation
        If it is answered, or an error is neither a ValueError nor a TypeError.
    """
    error = refusal(call, what)
    if error is None:
        raise Violation(f"{what}: it is accepted, and must be refused.")
    return error


def answers_if_fitted(
    model: Any, X: Any, methods: Iterable[str], *, what: str, must: str
) -> Iterator[tuple[str, Any]]:
    """What a model says that may be fitted or not: method and output, one by one.

    A method that raises NotFittedError is passed over.

    Parameters
    ----------
    model, X, methods : estimator, table, and names of methods
        Whom to ask, about what.
    what, must : str
        Under which circumstances, and what must be the case in them, for the message.

    Raises
    ------
    Violation
        If a method raises anything else.
    """
    for method in methods:
        try:
            output = getattr(model, method)(X)
        except NotFittedError:
            continue
        except Exception as error:
            raise Violation(
                f"{method}, {what}: {type(error).__name__}: {one_line(error)}. {must}"
            ) from error
        yield method, output


def check_finite(outputs: Mapping[str, Any], what: str) -> None:
    """Raise unless all that an estimator says is a number; log 0 is one, too."""
    for method, output in outputs.items():
        values = as_array(output)
        if values.dtype.kind not in "fc":
            continue
        is_log = method == "predict_log_proba"
        wrong = np.isnan(values) if is_log else ~np.isfinite(values)
        if wrong.any():
            raise Violation(
                f"{method}, {what}: {int(wrong.sum())} of {wrong.size} values are not "
                f"finite; the first is {values[wrong][0]}."
            )


def one_line(error: Exception) -> str:
    """The beginning of an error's text."""
    return " ".join(str(error).split())[:200]
