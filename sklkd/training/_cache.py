"""A cache by content, in which one process computes and the others wait."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import joblib
from filelock import FileLock
from joblib import Memory

from sklkd.exceptions import CacheWarning

T = TypeVar("T")


def as_memory(who: str, memory: Any) -> Memory:
    """Turn ``memory=`` into a `joblib.Memory`; None caches nothing."""
    if memory is None or isinstance(memory, (str, Path)):
        return Memory(memory, verbose=0)
    if not hasattr(memory, "cache"):
        raise TypeError(
            f"{who}: memory must be None, a path or a joblib.Memory, got {memory!r}."
        )
    return memory


def recall(memory: Memory, function: Callable[..., T], *content: Any, **how: Any) -> T:
    """Return ``function(*content, **how)``, computed once for each content.

    Parameters
    ----------
    memory : joblib.Memory
        Where results are kept.
    function : callable
        Of a module's top level.
    *content
        Its arguments; their content is the key, whatever process they come from.
    **how
        Arguments that change how it is computed and not what; no part of the key.
    """
    folder = getattr(memory, "location", None)
    if folder is None:
        return function(*content, **how)
    try:
        key = joblib.hash((function.__qualname__, content), coerce_mmap=True)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        warnings.warn(
            f"memory= cannot identify {content[0]!r} by its content ({error}); it is "
            "fitted anew in every fit. Use functions defined in a module.",
            CacheWarning,
            stacklevel=2,
        )
        return function(*content, **how)
    cached = memory.cache(_keyed, ignore=["function", "content", "how"])
    # Candidates of a parallel search that share a fold ask at the same moment.
    Path(folder).mkdir(parents=True, exist_ok=True)
    with FileLock(Path(folder) / f"sklkd-{key}.lock"):
        result: T = cached(key, function, content, how)
    return result


def _keyed(
    key: str, function: Callable[..., T], content: tuple[Any, ...], how: dict[str, Any]
) -> T:
    """Compute; joblib files the result under the key alone."""
    del key
    return function(*content, **how)
