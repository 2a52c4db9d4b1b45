"""The hierarchy of classes: labels, the groups around them, and which are folded."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import did_you_mean

Label = Hashable  # a class, or a group of classes
LISTED = 10  # names in an error
MISSING = "none"  # stands for a label that is not there


@dataclass(frozen=True, slots=True)
class Line:
    """A label or group as it stands in an indented tree.

    Attributes
    ----------
    name : hashable
        What it is.
    depth : int
        How many groups are around it.
    n_labels : int
        How many labels it stands for: 1 for a label.
    is_open : bool
        Whether what it consists of stands on the next lines.
    """

    name: Label
    depth: int
    n_labels: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class ClassTree:
    """Labels in order, with the groups around each; it never changes.

    Attributes
    ----------
    paths : mapping of hashable to tuple
        The groups around each label, the outermost first. Labels of a group follow
        each other.
    folded : frozenset
        Groups that are one class for as long as they are folded. As in a folder of
        files, folding and unfolding a group leaves those within as they are.
    """

    paths: Mapping[Label, tuple[Label, ...]]
    folded: frozenset[Label] = field(default=frozenset())

    @property
    def labels(self) -> tuple[Label, ...]:
        """All labels, in order."""
        return tuple(self.paths)

    @property
    def groups(self) -> tuple[Label, ...]:
        """All groups, each before those within it."""
        return tuple(dict.fromkeys(g for path in self.paths.values() for g in path))

    @property
    def visible(self) -> tuple[Label, ...]:
        """What is a class at the moment: labels, and groups that are folded."""
        return tuple(dict.fromkeys(map(self.shown_as, self.paths)))

    def shown_as(self, label: Label) -> Label:
        """Return the outermost folded group around a label, or the label."""
        return next((g for g in self.paths[label] if g in self.folded), label)

    def visible_codes(self) -> NDArray[np.int64]:
        """Return the position in `visible` of what each label is shown as."""
        position = {name: k for k, name in enumerate(self.visible)}
        found = [position[self.shown_as(label)] for label in self.paths]
        return np.array(found, dtype=np.int64)

    def within(self, name: Label) -> tuple[Label, ...]:
        """Return the labels of a group, or a label itself; none of another name."""
        return tuple(
            label for label, path in self.paths.items() if name == label or name in path
        )

    def fold(self, groups: Iterable[Label]) -> Self:
        """Make each of these groups one class."""
        return replace(self, folded=self.folded | frozenset(groups))

    def fold_to(self, level: int) -> Self:
        """Fold whatever has `level` names above and including its own: 1 is the top."""
        paths = self.paths.values()
        deep = frozenset(g for path in paths for g in path[level - 1 :])
        return replace(self, folded=deep)

    def unfold(self, groups: Iterable[Label]) -> Self:
        """Open these groups, and those around them."""
        named = set(groups)
        inner = [self._down_to(path, named) for path in self.paths.values()]
        return replace(self, folded=self.folded.difference(*inner))

    def only(self, names: Iterable[Label]) -> Self:
        """Keep the labels of these groups, and these labels."""
        kept = {label for name in names for label in self.within(name)}
        paths = {label: path for label, path in self.paths.items() if label in kept}
        return replace(self, paths=paths)

    def settled(self) -> ClassTree:
        """Return a tree in which folded groups are labels."""
        names = {self.shown_as(label): path for label, path in self.paths.items()}
        return ClassTree(
            {
                n: path[: path.index(n)] if n in path else path
                for n, path in names.items()
            }
        )

    def lines(self, shown: Collection[Label] | None = None) -> list[Line]:
        """Return the indented tree of what is visible, or of a part of that."""
        lines: dict[Label, Line] = {}
        for label, path in self.paths.items():
            name = self.shown_as(label)
            if shown is not None and name not in shown:
                continue
            around = path[: path.index(name)] if name in path else path
            for depth, group in enumerate(around):
                lines.setdefault(group, Line(group, depth, 0, True))
            size = len(self.within(name)) if name in path else 1
            lines.setdefault(name, Line(name, len(around), size, False))
        return list(lines.values())

    @staticmethod
    def _down_to(path: tuple[Label, ...], named: set[Label]) -> tuple[Label, ...]:
        """The groups of a path down to the innermost that is named."""
        last = max((k for k, group in enumerate(path) if group in named), default=-1)
        return path[: last + 1]


def flat_tree(labels: Iterable[Label]) -> ClassTree:
    """A tree without groups."""
    return ClassTree(dict.fromkeys(labels, ()))


def tree_from(who: str, hierarchy: Any, labels: Iterable[Label]) -> ClassTree:
    """The tree of a hierarchy as the user wrote it.

    Parameters
    ----------
    who : str
        Who asks; errors start with it.
    hierarchy : mapping or list
        ``{"animal": ["cat", "dog"]}``, as deep as it likes; a list may hold both
        labels and mappings.
    labels : iterable of hashable
        Those in the data, which must all be in it.

    Raises
    ------
    ValueError
        If a name stands in it twice, a group is empty, or a label is missing.
    """
    paths: dict[Label, tuple[Label, ...]] = {}
    for label, path in _walk(who, hierarchy, ()):
        if label in paths:
            raise _twice(who, label)
        paths[label] = path
    tree = ClassTree(paths)
    for group in tree.groups:
        if group in paths or not _is_whole(tree, group):
            raise _twice(who, group)
    homeless = [label for label in labels if label not in paths]
    if MISSING in homeless:
        homeless.remove(MISSING)
        paths[MISSING] = ()
    if homeless:
        raise ValueError(
            f"{who}: hierarchy must hold every label, and lacks {listed(homeless)}."
            f"{nearest(homeless[0], tree.labels)} Add them, at the top if they are in "
            "no group."
        )
    return tree


def _walk(
    who: str, part: Any, path: tuple[Label, ...]
) -> Iterator[tuple[Label, tuple[Label, ...]]]:
    """Labels of a part of a hierarchy, each with the groups around it."""
    if isinstance(part, Mapping):
        for group, inner in part.items():
            found = list(_walk(who, inner, (*path, plain(group))))
            if not found:
                raise ValueError(
                    f"{who}: a group of hierarchy must hold labels, and {group!r} has "
                    "none. Leave it out."
                )
            yield from found
    elif isinstance(part, Iterable) and not isinstance(part, (str, bytes)):
        for inner in part:
            yield from _walk(who, inner, path)
    else:
        yield plain(part), path


def _is_whole(tree: ClassTree, group: Label) -> bool:
    """Whether a group stands in one place only."""
    places = {p[: p.index(group)] for p in tree.paths.values() if group in p}
    repeated = any(path.count(group) > 1 for path in tree.paths.values())
    return len(places) == 1 and not repeated


def _twice(who: str, name: Label) -> ValueError:
    return ValueError(
        f"{who}: a name must stand in hierarchy once, and {name!r} stands there twice. "
        "Give groups names that are no labels."
    )


def plain(value: Any) -> Any:
    """A numpy scalar as Python's own; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def label_text(name: Label) -> str:
    """A label in words; a nested one has colons between its parts."""
    return ":".join(map(str, name)) if isinstance(name, tuple) else str(name)


def listed(names: Collection[Any]) -> str:
    """The first names, and how many others there are."""
    shown = [repr(name) for name in list(names)[:LISTED]]
    others = len(names) - len(shown)
    return ", ".join(shown) + (f" and {others} others" if others else "")


def nearest(name: Any, known: Iterable[Label]) -> str:
    """Return " Did you mean 3?", also for "3", or nothing where nothing is near."""
    texts = {label_text(label): label for label in known}
    if label_text(name) in texts:
        return f" Did you mean {texts[label_text(name)]!r}?"
    return did_you_mean(label_text(name), texts)
