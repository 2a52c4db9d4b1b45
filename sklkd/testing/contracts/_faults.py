"""A fit that is interrupted in the middle, by Ctrl-C or for want of memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sklkd.testing._answers import agree, answers_if_fitted, check_finite
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import SOME, contract
from sklkd.testing._fence import changes, fenced, global_randomness, global_settings
from sklkd.testing._injection import InjectedFault, count_calls, interrupt
from sklkd.testing._same import NotApplicable, Violation
from sklkd.testing._subject import Subject

SMALL = cases(n=(8, 20), p=(1, 3), k=(2, 3))


@contract("C10", level="should", data=SMALL, isolate=True, examples=SOME)
def interrupted_fit(subject: Subject, case: Case) -> None:
    """A first fit that is interrupted leaves an estimator that is not fitted.

    An exception is raised at some call of a Python function inside; it must come out.
    Then every method raises NotFittedError, or all of them work, and the next fit is
    that of a fresh estimator.
    """
    X, y = subject.data(case)
    whole, model = subject.new(), subject.new()
    n_calls = count_calls(lambda: subject.fitted(X, y, new=whole))
    expected = subject.outputs(whole, X)
    where = _interrupted(subject, model, case, n_calls)
    _unfitted_or_working(model, X, expected, where)
    subject.fit(model, X, y)
    again = subject.outputs(model, X)
    rtol = subject.tolerance("C10")
    agree(subject, again, expected, rtol=rtol, what=f"fitted after a fault {where}")


@contract("C11", data=SMALL, isolate=True, examples=SOME)
def process_after_interrupt(subject: Subject, case: Case) -> None:
    """A fit that is interrupted leaves random states, modes and settings as they were.

    What a fit changes for its own use, and puts back at its end, must be put back where
    the end is an exception.
    """
    X, y = subject.data(case)
    model = subject.fitted(X, y, new=subject.new())
    with fenced():
        before = _process()
        n_calls = count_calls(lambda: subject.fitted(X, y, new=model))
        by_itself = changes(before, _process())  # which other contracts report
    before = _process()
    where = _interrupted(subject, subject.new(), case, n_calls)
    left = [name for name in changes(before, _process()) if name not in by_itself]
    if left:
        raise Violation(f"fit, interrupted {where}: it leaves {' and '.join(left)}.")


def _process() -> dict[str, Any]:
    return {**global_randomness(), **global_settings()}


def _interrupted(subject: Subject, model: Any, case: Case, n_calls: int) -> str:
    """Interrupt a fit at a call that the case decides, and return where that was."""
    X, y = subject.data(case)
    rng = np.random.default_rng([case.seed, case.n, case.p])
    at = int(rng.integers(3, n_calls + 1))  # not before `Subject.fit`
    error = interrupt(lambda: subject.fitted(X, y, new=model), at)
    if error is None:
        raise NotApplicable(f"the fault at call {at} of {n_calls} is swallowed")
    return _place(error)


def _place(error: BaseException) -> str:
    """Where a fault was raised: name and file of the function."""
    while not isinstance(error, InjectedFault):
        error = error.__cause__ or error.__context__ or InjectedFault()
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame.f_code)
        trace = trace.tb_next
    names = [(code.co_name, Path(code.co_filename).name) for code in frames]
    inside = [name for name in names if name[1] != "_injection.py"]
    return f"in {inside[-1][0]} of {inside[-1][1]}" if inside else "somewhere"


def _unfitted_or_working(
    model: Any, X: Any, expected: Mapping[str, Any], where: str
) -> None:
    """Raise if a method does anything but say that it is not fitted, or work."""
    what, must = f"after a fault {where}", "It must raise NotFittedError."
    for method, output in answers_if_fitted(model, X, expected, what=what, must=must):
        if np.shape(output) != np.shape(expected[method]):
            raise Violation(f"{method}, {what}: the shape is {np.shape(output)}.")
        check_finite({method: output}, what)
