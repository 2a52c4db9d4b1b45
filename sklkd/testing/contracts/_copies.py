"""Copies: of files and processes, of parameters, and how large they are."""

from __future__ import annotations

import copy
import inspect
import pickle
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import joblib
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from sklkd.testing._answers import agree, rejected
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import FEW, SOME, contract
from sklkd.testing._same import Violation
from sklkd.testing._subject import Subject
from sklkd.testing.contracts._randomness import exactly

Copy = Callable[[Any], Any]
UNKNOWN = "no_such_parameter"
MORE_ROWS = 360
BYTES_PER_ROW = 0.5


# --- Copies of the whole --------------------------------------------------------------


def _pickled(protocol: int) -> Copy:
    return lambda model: pickle.loads(pickle.dumps(model, protocol=protocol))


def _cloudpickled(model: Any) -> Any:
    import cloudpickle  # noqa: PLC0415

    return pickle.loads(cloudpickle.dumps(model))


_COPIES: dict[str, Copy] = {
    "pickle_2": _pickled(2),
    "pickle_5": _pickled(5),
    "joblib": lambda model: _by_file(model, mmap_mode=None),
    "joblib_mapped": lambda model: _by_file(model, mmap_mode="r"),
    "deepcopy": copy.deepcopy,
}
if find_spec("cloudpickle") is not None:
    _COPIES["cloudpickle"] = _cloudpickled


def _by_file(model: Any, *, mmap_mode: str | None) -> Any:
    """Save and load; arrays that are mapped outlive the name of their file."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        joblib.dump(model, Path(folder) / "model")
        return joblib.load(Path(folder) / "model", mmap_mode=mmap_mode)


@contract("C07", variants=_COPIES, examples=SOME)
def copies(subject: Subject, case: Case, copied: Copy) -> None:
    """A copy answers as the original, to the last bit, and an unfitted one fits alike.

    By pickle, joblib, also mapped into memory, copy and cloudpickle: how models reach
    other processes, machines and days.
    """
    X, y = subject.data(case)
    model = subject.fitted(X, y, new=subject.new())
    expected = subject.outputs(model, X)
    exactly(subject, "C07", subject.outputs(copied(model), X), expected, "of a copy")
    other = copied(subject.new())
    subject.fit(other, X, y)
    what = "of a copy made before the fit"
    agree(
        subject,
        subject.outputs(other, X),
        expected,
        rtol=subject.tolerance("C07"),
        what=what,
    )


@contract("C08", examples=SOME)
def clone_of_fitted(subject: Subject, case: Case) -> None:
    """A clone of a fitted estimator is not fitted, and fits as the first did."""
    X, y = subject.data(case)
    model = subject.fitted(X, y, new=subject.new())
    expected = subject.outputs(model, X)
    other = clone(model)
    if get_tags(subject.estimator).requires_fit and _is_fitted(other):
        raise Violation("clone: the clone of a fitted estimator looks fitted.")
    subject.fit(other, X, y)
    rtol = subject.tolerance("C08")
    agree(subject, subject.outputs(other, X), expected, rtol=rtol, what="of a clone")


def _is_fitted(model: Any) -> bool:
    try:
        check_is_fitted(model)
    except NotFittedError:
        return False
    return True


# --- Parameters -----------------------------------------------------------------------


@contract("C09", examples=SOME)
def parameters(subject: Subject, case: Case) -> None:
    """Parameters are stored as given, set by name, and left alone by fit.

    The constructor takes what get_params returns; set_params returns the estimator, and
    refuses a name that it does not know. Searches, pipelines and clones stand on it.
    """
    X, y = subject.data(case)
    subject.fitted(X, y)
    model = subject.new()
    own = model.get_params(deep=False)
    _same_params(own, type(model)(**own).get_params(deep=False), "the constructor")
    if model.set_params(**own) is not model:
        raise Violation("set_params: it must return the estimator.")
    if not _takes_any_keyword(type(model)):
        rejected(lambda: model.set_params(**{UNKNOWN: 1}), f"set_params({UNKNOWN}=1)")
    deep = model.get_params()
    prints = {name: _fingerprint(value) for name, value in deep.items()}
    subject.fit(model, X, y)
    _same_params(deep, model.get_params(), "fit")
    if isinstance(model, Pipeline):  # which fits its steps in place, and says so
        return
    for name, value in deep.items():
        if prints[name] is not None and prints[name] != _fingerprint(value):
            raise Violation(f"fit: it changes the object passed as {name}.")


def _same_params(
    params: Mapping[str, Any], others: Mapping[str, Any], what: str
) -> None:
    differ = [
        name
        for name, value in params.items()
        if name not in others or others[name] is not value
    ]
    differ += sorted(set(others) - set(params))
    # Numbers are as good as themselves; they are made anew by some constructors.
    differ = [n for n in differ if not _equal_plain(params.get(n), others.get(n))]
    if differ:
        raise Violation(
            f"{what}: it changes the parameters {', '.join(differ)}; the first from "
            f"{params.get(differ[0])!r} to {others.get(differ[0])!r}."
        )


def _equal_plain(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):  # of the same parts, as of a Pipeline's steps
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(_is_same(a, b) for a, b in pairs)
    return isinstance(one, bool | int | float | str | bytes) and one == other


def _is_same(one: Any, other: Any) -> bool:
    return one is other or _equal_plain(one, other)


def _takes_any_keyword(cls: type) -> bool:
    kinds = [p.kind for p in inspect.signature(cls).parameters.values()]
    return inspect.Parameter.VAR_KEYWORD in kinds


def _fingerprint(value: Any) -> str | None:
    """A hash of what an object holds; None if it is not the same twice."""
    try:
        one, other = joblib.hash(value), joblib.hash(value)
    except Exception:  # what cannot be pickled cannot be looked into
        return None
    return str(one) if one == other else None


# --- Size -----------------------------------------------------------------------------


@contract(
    "C17",
    level="declared",
    claim="size_independent",
    data=cases(n=(40, 60)),
    examples=FEW,
)
def size(subject: Subject, case: Case) -> None:
    """What is fitted to many rows is no larger, pickled, than what is fitted to few.

    A model that carries its rows, or a record of every batch, grows by bytes a row. A
    student that carries its teacher's data is no student.
    """
    case = replace(case, n=max(case.n, 40))
    few, many = (
        len(pickle.dumps(subject.fitted(*subject.data(c), new=subject.new())))
        for c in (case, replace(case, n=case.n + MORE_ROWS))
    )
    if many - few > BYTES_PER_ROW * MORE_ROWS:
        raise Violation(
            f"pickle: {case.n} rows make {few} bytes and {case.n + MORE_ROWS} rows "
            f"{many}, {(many - few) / MORE_ROWS:.1f} more for each row."
        )
