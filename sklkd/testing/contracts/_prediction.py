"""What is said of a row depends on that row alone, and asking changes nothing."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import get_scorer_names

from sklkd.testing._answers import agree, asked, fitted_and_asked
from sklkd.testing._case import Case
from sklkd.testing._contract import FEW, SOME, contract
from sklkd.testing._fence import changes, global_randomness
from sklkd.testing._same import NotApplicable, Violation, as_array, same
from sklkd.testing._subject import Subject
from sklkd.testing._variants import containers

N_THREADS = 4
N_ROUNDS = 5  # in which each thread asks


def rows_of(outputs: Mapping[str, Any], index: Any) -> dict[str, NDArray[Any]]:
    """Some rows of each output."""
    return {method: as_array(output)[index] for method, output in outputs.items()}


# --- One row and another --------------------------------------------------------------


@contract("B01")
def row_order(subject: Subject, case: Case) -> None:
    """Rows in another order get the same outputs, in that order."""
    X, y = subject.data(case)
    model, whole = fitted_and_asked(subject, X, y)
    order = np.random.default_rng(case.seed).permutation(case.n)
    expected = rows_of(whole, order)
    outputs = subject.outputs(model, X[order])
    agree(subject, outputs, expected, rtol=subject.tolerance("B01"))


@contract("B02")
def chunks(subject: Subject, case: Case) -> None:
    """Rows asked about in chunks of any size, of one row too, get the same outputs.

    Shapes are compared as well: one row is still a table.
    """
    X, y = subject.data(case)
    model, whole = fitted_and_asked(subject, X, y)
    for size in (1, 1 + case.n // 2):
        parts = []
        for start in range(0, case.n, size):
            parts.append(subject.outputs(model, X[start : start + size]))
            expected = rows_of(whole, slice(start, start + size))
            _check_shapes(parts[-1], expected)
        joined = {m: np.concatenate([as_array(p[m]) for p in parts]) for m in whole}
        what = f"{size} rows at a time"
        agree(subject, joined, whole, rtol=subject.tolerance("B02"), what=what)


def _check_shapes(outputs: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    for method, output in outputs.items():
        shape, wanted = np.shape(output), np.shape(expected[method])
        if shape != wanted:
            raise Violation(
                f"{method}: {wanted[0]} of the rows give the shape {shape}, and must "
                f"give {wanted}."
            )


@contract("B03")
def company(subject: Subject, case: Case) -> None:
    """What else is asked about, far away or twice, changes nothing for a row.

    Statistics of a batch, taken while predicting, break this.
    """
    X, y = subject.data(case)
    model, alone = fitted_and_asked(subject, X, y)
    rtol = subject.tolerance("B03")

    together = subject.outputs(model, np.concatenate([X, 3.0 * X + 50.0]))
    first = rows_of(together, slice(0, case.n))
    agree(subject, first, alone, rtol=rtol, what="with further rows")

    twice = np.repeat(np.arange(case.n), 2)
    expected = rows_of(alone, twice)
    repeated = subject.outputs(model, X[twice])
    agree(subject, repeated, expected, rtol=rtol, what="with every row twice")


# --- Nothing changes by asking --------------------------------------------------------


@contract("B04", examples=SOME)
def asking_changes_nothing(subject: Subject, case: Case) -> None:
    """Asked about other rows in between, it says the same as before, to the last bit.

    No attribute appears, vanishes or is replaced, and the global generators of random
    numbers stay where they are. What a prediction leaves behind, the next one and
    another thread may trip over.
    """
    X, y = subject.data(case)
    model = subject.fitted(X, y)
    # Computed before anything is looked at: finding them asks, too.
    methods = subject.methods
    state, randomness = _attributes(model), global_randomness()
    before = asked(subject, model, X, only=methods)
    subject.outputs(model, 2.0 * X[::-1][: 1 + case.n // 2], only=methods)
    after = subject.outputs(model, X, only=methods)
    moved = changes(randomness, global_randomness())
    if moved:
        raise Violation(f"asking advances the global generator of {moved[0]}.")
    _check_attributes(state, _attributes(model))
    if not subject.tags.deterministic:
        return
    for method, output in after.items():
        same(output, before[method], f"{method}, asked again", exact=True)


def _attributes(model: Any) -> dict[str, Any]:
    return dict(getattr(model, "__dict__", {}))


def _check_attributes(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            raise Violation(f"asking removes the attribute {name!r}.")
        if name not in before:
            raise Violation(f"asking adds the attribute {name!r}.")
        if before[name] is not after[name]:
            raise Violation(f"asking replaces the attribute {name!r}.")


def _is_told_not_to_copy(subject: Subject) -> str | None:
    params = subject.estimator.get_params()
    for name, value in params.items():
        last = name.split("__")[-1]
        if (last.startswith("copy") and value is False) or (
            last.startswith("overwrite") and value is True
        ):
            return f"{name}={value} allows it to write into X"
    return None


def _hands() -> dict[str, Callable[[NDArray[Any]], Any]]:
    """Ways to hand rows over without a copy."""
    ways: dict[str, Callable[[NDArray[Any]], Any]] = {
        "array": np.ascontiguousarray,
        "fortran": np.asfortranarray,
    }
    if find_spec("pandas") is not None:
        ways["pandas"] = containers()["pandas"]
    return ways


@contract("B05", applies=_is_told_not_to_copy, variants=_hands(), examples=SOME)
def given_data_stay(
    subject: Subject, case: Case, hand: Callable[[NDArray[Any]], Any]
) -> None:
    """Neither fitting nor asking changes the rows, targets or weights that are given.

    Nor may they be writeable before, and read-only after.
    """
    X, y = subject.data(case)
    given: dict[str, Any] = {"X": hand(X.copy()), "y": y.copy()}
    if subject.takes_weight:
        given["sample_weight"] = np.ones(case.n)
    model = subject.new()
    before = {name: _content(value) for name, value in given.items()}
    weights = {k: v for k, v in given.items() if k == "sample_weight"}
    subject.fitted(given["X"], given["y"], new=model, **weights)
    _check_content(before, given, "fit")
    for method in subject.methods:
        asked(subject, model, given["X"], only=[method])
        _check_content(before, given, method)


def _content(value: Any) -> tuple[Any, ...]:
    names = tuple(getattr(value, "columns", ()))
    array = np.asarray(value)
    is_writeable = array.flags.writeable if isinstance(value, np.ndarray) else None
    return array.tobytes(), array.shape, str(array.dtype), names, is_writeable


def _check_content(
    before: Mapping[str, Any], given: Mapping[str, Any], who: str
) -> None:
    for name, value in given.items():
        if _content(value) != before[name]:
            is_locked = _content(value)[:-1] == before[name][:-1]
            how = "makes the caller's {} read-only" if is_locked else "changes {}"
            raise Violation(f"{who}: it {how.format(name)}.")


# --- In one word: the score -----------------------------------------------------------


def _has_no_plain_score(subject: Subject) -> str | None:
    if subject.kind not in ("classifier", "regressor"):
        return "it neither classifies nor regresses"
    if not hasattr(subject.estimator, "score"):
        return "it has no score"
    scoring = subject.estimator.get_params(deep=False).get("scoring")
    if callable(scoring) or scoring in get_scorer_names():
        return f"it scores by a measure of its own, scoring={scoring!r}"
    return None


@contract("B14", applies=_has_no_plain_score)
def score(subject: Subject, case: Case) -> None:
    """The score is the accuracy, or R², of what it predicts, also with weights.

    Greater is better: whatever searches and validates relies on it.
    """
    subject.needs("predict")
    X, y = subject.data(case)
    model = subject.fitted(X, y)
    predicted = as_array(model.predict(X))
    rtol = subject.tolerance("B14", 1e-6)
    weight = np.random.default_rng(case.seed).integers(1, 4, size=case.n).astype(float)
    expected = _measured(subject, y, predicted, np.ones(case.n))
    same(model.score(X, y), expected, "score", rtol=rtol)
    if "sample_weight" in inspect.signature(model.score).parameters:
        expected = _measured(subject, y, predicted, weight)
        weighted = model.score(X, y, sample_weight=weight)
        same(weighted, expected, "score with weights", rtol=rtol)


def _measured(
    subject: Subject, y: NDArray[Any], predicted: NDArray[Any], w: NDArray[Any]
) -> float:
    """Weighted accuracy, or coefficient of determination: (n,), (n,), (n,) -> ()."""
    if subject.kind == "classifier":
        return float(np.average(predicted == y, weights=w))
    left = np.sum(w * (y - predicted) ** 2)
    spread = np.sum(w * (y - np.average(y, weights=w)) ** 2)
    if spread == 0:
        raise NotApplicable("the target is constant")
    return float(1.0 - left / spread)


# --- In threads -----------------------------------------------------------------------


@contract("B15", examples=FEW)
def threads_ask(subject: Subject, case: Case) -> None:
    """Four threads that ask one fitted estimator about different rows disturb nobody.

    A server does that. What a method keeps in the estimator while it works, the other
    threads overwrite.
    """
    X, y = subject.data(case)
    model, whole = fitted_and_asked(subject, X, y)
    shares = [np.arange(case.n)[i::N_THREADS] for i in range(N_THREADS)]

    def ask(share: NDArray[Any]) -> list[dict[str, Any]]:
        return [subject.outputs(model, X[share]) for _ in range(N_ROUNDS)]

    with _hasty_threads(), ThreadPoolExecutor(N_THREADS) as pool:
        asked = [pool.submit(ask, share) for share in shares]
        answers = [future.result() for future in asked]
    for share, rounds in zip(shares, answers, strict=True):
        expected = rows_of(whole, share)
        for outputs in rounds:
            _check_shapes(outputs, expected)
            rtol = subject.tolerance("B15")
            agree(subject, outputs, expected, rtol=rtol, what="among threads")


@contextmanager
def _hasty_threads() -> Iterator[None]:
    """Let threads take turns a thousand times as often.

    Warnings are not shown: filters belong to the process, and libraries that set them
    for a moment let others through in other threads.
    """
    interval = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda *_, **__: None
            yield
    finally:
        sys.setswitchinterval(interval)
