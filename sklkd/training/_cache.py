"""A cache by content, in which one process computes and the others wait."""

from __future__ import annotations

import os
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
    if not isinstance(memory, Memory):
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
    if memory.store_backend is None:
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
    # Where joblib looks when it clears the memory or reduces its size.
    folder = Path(memory.store_backend.location) / "sklkd" / key
    folder.mkdir(parents=True, exist_ok=True)
    # Candidates of a parallel search that share a fold ask at the same moment.
    with FileLock(folder / "lock"):
        kept = folder / "output.pkl"
        if kept.exists():
            found: T = joblib.load(kept)
            return found
        result = function(*content, **how)
        unfinished = folder / f"{os.getpid()}.pkl"
        joblib.dump(result, unfinished, compress=memory.compress)
        unfinished.replace(kept)
    return result
