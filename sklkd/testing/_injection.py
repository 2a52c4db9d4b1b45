"""Faults: an exception that is raised in the middle of somebody else's call."""

from __future__ import annotations

import ast
import functools
import gc
import linecache
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

# Code that puts things right; what interrupts it cannot be made good by anyone.
CLEANUP = {"__enter__", "__exit__", "__aenter__", "__aexit__", "__del__"}


class InjectedFault(BaseException):
    """An interrupt that nobody expects, and nobody catches by its class.

    Like KeyboardInterrupt it is no Exception; unlike it, no library knows it.
    """


def count_calls(call: Callable[[], Any]) -> int:
    """Number of calls of Python functions that a call makes, itself among them."""
    counter = _Counter()
    _profiled(call, counter)
    return counter.calls


def interrupt(call: Callable[[], Any], at: int) -> BaseException | None:
    """Call, and raise `InjectedFault` at the first call inside from number `at` on.

    Calls that clean up are spared: those of context managers and destructors, and those
    from a finally or except.

    Returns
    -------
    BaseException or None
        What came out; None if the call returned, because no call was left, or because
        somebody on the way swallowed the fault.
    """
    counter = _Counter(at)
    try:
        _profiled(call, counter)
    except InjectedFault as error:
        return error
    except BaseException as error:
        if _comes_of_fault(error):
            return error
        raise
    return None


class _Counter:
    """A profile function that counts calls, and raises when it is time."""

    def __init__(self, at: int | None = None) -> None:
        self.calls = 0
        self.at = at

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or frame.f_code.co_filename == __file__:
            return
        self.calls += 1
        if self.at is not None and self.calls >= self.at and not _cleans_up(frame):
            self.at = None
            raise InjectedFault("injected to see what a fit leaves behind")


def _profiled(call: Callable[[], Any], function: _Counter) -> None:
    """Call; let a function see every call, and nothing else happen by chance."""
    before, hook, collects = sys.getprofile(), sys.unraisablehook, gc.isenabled()
    gc.disable()  # whose destructors come when they please
    sys.unraisablehook = lambda _: None
    try:
        sys.setprofile(function)
        call()
    finally:
        sys.setprofile(before)
        sys.unraisablehook = hook
        if collects:
            gc.enable()


def _comes_of_fault(error: BaseException | None) -> bool:
    """Whether an error was raised because of the fault, or while it was handled."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, InjectedFault):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


# --- Where code cleans up -------------------------------------------------------------


def _cleans_up(frame: FrameType) -> bool:
    """Whether a frame, or one that called it, is about putting things right."""
    current: FrameType | None = frame
    while current is not None and current.f_code.co_filename != __file__:
        code = current.f_code
        if code.co_name in CLEANUP:
            return True
        # The fault is raised in the first frame, before its first line.
        called = current is not frame
        if called and current.f_lineno in _cleanup_lines(code.co_filename):
            return True
        current = current.f_back
    return False


@functools.lru_cache(maxsize=256)
def _cleanup_lines(filename: str) -> frozenset[int]:
    """Lines of a source file that stand in a finally or an except."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except SyntaxError:
        return frozenset()
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try | ast.TryStar):
            parts: list[ast.stmt | ast.ExceptHandler]
            parts = [*node.finalbody, *node.handlers]
            for part in parts:
                lines.update(range(part.lineno, (part.end_lineno or part.lineno) + 1))
    return frozenset(lines)
