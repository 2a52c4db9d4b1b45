"""Parcels: an estimator and a contract as bytes, for a process that knows neither."""

from __future__ import annotations

import contextlib
import importlib.machinery
import pickle
import sys
from collections.abc import Iterator
from types import ModuleType

import cloudpickle
import sklearn
import torch

from sklkd.testing._contract import Contract
from sklkd.testing._profiles import Profile
from sklkd.testing._subject import Subject

_OWN = __name__.rpartition(".")[0] + "."


class NotSentError(Exception):
    """The estimator does not reach the child; the text says why."""


def pack(
    contract: Contract,
    subject: Subject,
    how: tuple[Profile, int],
    by_value: set[str],
) -> bytes:
    """A job as bytes: what is not importable elsewhere goes by value."""
    is_own = contract.body.__module__.startswith(_OWN)
    try:
        with _sent_along(by_value):
            content = cloudpickle.dumps((subject.estimator, subject.tags))
            sent = b"" if is_own else cloudpickle.dumps(contract)
    except Exception as error:
        raise NotSentError(f"{type(error).__name__}: {error}") from error
    settings = (sklearn.get_config(), torch.get_num_threads(), sys.path)
    return pickle.dumps((contract.id, sent, content, how, settings))


@contextlib.contextmanager
def _sent_along(names: set[str]) -> Iterator[None]:
    """Pickle classes and functions of these modules by value."""
    modules = [
        module
        for name in names
        if isinstance(module := sys.modules.get(name), ModuleType)
        and name not in cloudpickle.list_registry_pickle_by_value()
    ]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def modules_of(subject: Subject) -> set[str]:
    """Names of the modules of an estimator, its bases, and its parts."""
    parts = [subject.estimator, *subject.estimator.get_params().values()]
    return {cls.__module__ for part in parts for cls in type(part).__mro__}


def is_found(name: str) -> bool:
    """Whether another process finds this very module, looking at the files."""
    module = sys.modules.get(name)
    if module is None or name == "__main__":
        return name != "__main__"
    file = getattr(module, "__file__", None)
    if file is None:  # what is built in is built in there, too
        return name in sys.builtin_module_names
    spec = _spec_of(name)
    return spec is not None and spec.origin == file


def _spec_of(name: str) -> importlib.machinery.ModuleSpec | None:
    """Find a module as for the first time; `find_spec` asks what is imported."""
    parts, path, spec = name.split("."), None, None
    for end in range(1, len(parts) + 1):
        found = ".".join(parts[:end])
        finders = (f for f in sys.meta_path if hasattr(f, "find_spec"))
        specs = (finder.find_spec(found, path, None) for finder in finders)
        spec = next((s for s in specs if s is not None), None)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    return spec


def is_in(name: str, package: str) -> bool:
    """Whether a module is a package, or in it."""
    return bool(package) and (name == package or name.startswith(f"{package}."))
