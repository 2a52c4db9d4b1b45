"""The process around an estimator: it leaves it as it was, and does not lean on it."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import torch

from sklkd.testing._answers import agree
from sklkd.testing._case import Case
from sklkd.testing._contract import SOME, contract
from sklkd.testing._fence import changes, fenced, global_settings
from sklkd.testing._same import PATH, NotApplicable, Violation
from sklkd.testing._subject import Subject

LAST_WORDS = 200  # characters of what is printed that a message shows
WRONG = (FutureWarning, DeprecationWarning, PendingDeprecationWarning, RuntimeWarning)


@contract("C04", examples=SOME)
def leaves_no_trace(subject: Subject, case: Case) -> None:
    """Fitting and asking print nothing, write no file and change no setting.

    Settings are those that belong to everybody in the process: numpy's treatment of
    errors, warnings filters, environment, working directory, logging, scikit-learn's
    configuration, torch's default type, gradient mode, threads and determinism.
    """
    X, y = subject.data(case)
    with fenced(), _in_empty_folder(), _listening():
        subject.fitted(X, y)  # what happens once, on import, is not counted
        methods = subject.methods
    model = subject.new()
    with _in_empty_folder() as folder, _listening() as heard:
        _unchanged(lambda: subject.fit(model, X, y), "fit")
        for method in methods:
            _unchanged(partial(getattr(model, method), X), method)
        files = sorted(path.name for path in folder.iterdir())
    if files:
        raise Violation(f"fit, or a method, writes to the working directory: {files}.")
    if heard and not _is_verbose(subject):
        raise Violation(f"fit, or a method, prints {''.join(heard)[:LAST_WORDS]!r}.")


@contextlib.contextmanager
def _float64_by_default() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


_AMBIENT: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "float64_by_default": _float64_by_default,
}


@contract("C05", variants=_AMBIENT, examples=SOME)
def ambient_modes(
    subject: Subject, case: Case, mode: Callable[[], AbstractContextManager[Any]]
) -> None:
    """Under torch's no_grad, inference_mode or another default type all is the same.

    Both a fit there and a question there: callers have their own reasons for these
    modes, and an evaluation loop may well fit a model inside.
    """
    X, y = subject.data(case)
    rtol = subject.tolerance("C05", PATH)
    model = subject.fitted(X, y, new=subject.new())
    expected = subject.outputs(model, X)
    inside = subject.new()
    with mode():
        agree(
            subject, subject.outputs(model, X), expected, rtol=rtol, what="asked inside"
        )
        subject.fit(inside, X, y)
    found = subject.outputs(inside, X)
    try:
        agree(subject, found, expected, rtol=rtol, what="fitted inside")
    except Violation:
        again = subject.outputs(subject.fitted(X, y, new=subject.new()), X)
        _check_repeatable(lambda: agree(subject, again, expected, rtol=rtol, what=""))
        raise


@contract("C16", level="declared", claim="quiet")
def quiet(subject: Subject, case: Case) -> None:
    """Valid data raise no warning that something is wrong or will change.

    These are RuntimeWarning, FutureWarning and DeprecationWarning. Where they come from
    a library below, they are the estimator's to settle: users can do nothing about
    them.
    """
    X, y = subject.data(case)
    model = subject.new()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        subject.fitted(X, y, new=model)
        for method in subject.methods:
            getattr(model, method)(X)
    for warning in caught:
        if issubclass(warning.category, WRONG):
            where = f"{Path(warning.filename).name}:{warning.lineno}"
            raise Violation(f"{warning.category.__name__}, {where}: {warning.message}")


def _check_repeatable(check: Callable[[], None]) -> None:
    """Say nothing of an estimator whose fits differ anyway."""
    try:
        check()
    except Violation as error:
        raise NotApplicable("two fits of it differ, whatever the mode") from error


def _is_verbose(subject: Subject) -> bool:
    """Whether a parameter asks it to talk."""
    params = subject.estimator.get_params().items()
    return any(value for name, value in params if name.split("__")[-1] == "verbose")


# --- Around a call --------------------------------------------------------------------


def _unchanged(call: Callable[[], Any], what: str) -> None:
    """Call, and raise if a setting is another afterwards."""
    before = global_settings()
    call()
    changed = changes(before, global_settings())
    if changed:
        raise Violation(f"{what}: it changes {' and '.join(changed)}.")


@contextlib.contextmanager
def _in_empty_folder() -> Iterator[Path]:
    """Work in a folder that is there for the block."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


@contextlib.contextmanager
def _listening() -> Iterator[list[str]]:
    """Collect what Python code and compiled code print; it is there after the block."""
    heard: list[str] = []
    with tempfile.TemporaryFile() as file:
        stream = open(os.dup(file.fileno()), "w", encoding="utf-8")  # noqa: SIM115
        with (
            stream,
            _descriptors_to(file.fileno()),
            contextlib.redirect_stdout(stream),
            contextlib.redirect_stderr(stream),
        ):
            yield heard
        file.seek(0)
        said = file.read().decode(errors="replace").strip()
    if said:
        heard.append(said)


@contextlib.contextmanager
def _descriptors_to(target: int) -> Iterator[None]:
    """Send what is written to the process's output and error there."""
    for stream in (sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()  # type: ignore[union-attr]
    saved = []
    try:
        for descriptor in (1, 2):
            with contextlib.suppress(OSError):  # one that is closed stays so
                saved.append((descriptor, os.dup(descriptor)))
                os.dup2(target, descriptor)
        yield
    finally:
        for descriptor, copy in saved:
            os.dup2(copy, descriptor)
            os.close(copy)
