"""Plugins by name: a record of what a plugin is, and a mapping from names to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from sklkd._validation import did_you_mean
from sklkd.exceptions import PluginError, UnknownNameError

__all__ = [
    "ESTIMATORS",
    "OBJECTIVES",
    "STUDENTS",
    "SURROGATES",
    "TRANSFER_SETS",
    "Plugin",
    "Registry",
]

T = TypeVar("T", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Plugin:
    """A registered function or class, and what its author claims about it.

    Attributes
    ----------
    name : str
        What users type.
    factory : callable
        The loss function, the objective class, the student class, the estimator class.
    laws : frozenset of str
        Names of the laws it claims to obey; only losses have some today.
    """

    name: str
    factory: Callable[..., Any]
    laws: frozenset[str] = field(default_factory=frozenset)


class Registry(Mapping[str, Plugin]):
    """Names to plugins: those of this process and those of installed packages.

    Names are listed without importing anything. Looking one up loads that one only,
    so a broken third-party package is reported when it is asked for, by name, and
    breaks nothing else.

    Parameters
    ----------
    group : str
        The entry-point group in which installed packages announce their plugins.

    Examples
    --------
    >>> from sklkd.plugins import OBJECTIVES
    >>> "soft_targets" in OBJECTIVES
    True
    >>> OBJECTIVES["soft_targets"].factory(temperature=2.0)
    SoftTargets(temperature=2.0)
    """

    def __init__(self, group: str) -> None:
        self.group = group
        self._plugins: dict[str, Plugin] = {}

    def register(self, name: str, *, laws: set[str] | None = None) -> Callable[[T], T]:
        """Return a decorator that adds a function or class under `name`.

        Raises
        ------
        PluginError
            If the name is taken.
        """

        def add(factory: T) -> T:
            if name in self:
                called = getattr(factory, "__qualname__", repr(factory))
                raise PluginError(
                    f"{self.group} already has {name!r}; register "
                    f"{factory.__module__}.{called} under another name."
                )
            self._plugins[name] = Plugin(name, factory, frozenset(laws or ()))
            return factory

        return add

    def __getitem__(self, name: str) -> Plugin:
        if name not in self._plugins:
            self._plugins[name] = Plugin(name, self._load(name))
        return self._plugins[name]

    def __contains__(self, name: object) -> bool:
        return name in set(self)

    def __iter__(self) -> Iterator[str]:
        announced = {entry.name for entry in entry_points(group=self.group)}
        return iter(sorted(announced | set(self._plugins)))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _load(self, name: str) -> Callable[..., Any]:
        """Import the one entry point of this name."""
        entry = self._entry(name)
        try:
            loaded: Callable[..., Any] = entry.load()
        except Exception as error:
            package = entry.dist.name if entry.dist else "an unknown package"
            raise PluginError(
                f"{self.group}: the plugin {name!r} of {package} cannot be loaded "
                f"({type(error).__name__}: {error}). Update or uninstall {package}."
            ) from error
        return loaded

    def _entry(self, name: str) -> EntryPoint:
        found = {entry.value: entry for entry in self._announced(name)}
        if not found:
            raise UnknownNameError(
                f"{self.group} has no {name!r}.{did_you_mean(name, self)} "
                f"Known: {', '.join(self) or 'none'}."
            )
        if len(found) > 1:
            raise PluginError(
                f"{self.group}: the name {name!r} is taken twice, by "
                f"{' and '.join(sorted(found))}. Uninstall one of the packages."
            )
        return next(iter(found.values()))

    def _announced(self, name: str) -> list[EntryPoint]:
        return [entry for entry in entry_points(group=self.group) if entry.name == name]


OBJECTIVES = Registry("sklkd.objectives")
STUDENTS = Registry("sklkd.students")
SURROGATES = Registry("sklkd.surrogates")
ESTIMATORS = Registry("sklkd.estimators")
TRANSFER_SETS = Registry("sklkd.transfer_sets")
