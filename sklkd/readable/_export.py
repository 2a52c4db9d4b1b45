"""What every export to another language does first: check, and put codes in words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Column, Feature
from sklkd.readable._nearest import NearestModel
from sklkd.readable._tree import Literal, ReadableTree


@dataclass(frozen=True, slots=True)
class Membership:
    """A condition on a category, in words instead of codes.

    Attributes
    ----------
    words : tuple
        Categories, as in `Column.categories`.
    among : bool
        Whether the value must be one of them; otherwise it must be none of them, which
        holds of a missing value and of a word that nobody knows, too.
    """

    words: tuple[Any, ...]
    among: bool


def membership(column: Column, literal: Literal) -> Membership:
    """Say a literal about a category in words that need no list of those unseen."""
    words = tuple(
        word
        for code, word in enumerate(column.categories or ())
        if _fulfils(literal, code) != literal.missing
    )
    return Membership(words, not literal.missing)


def category_of(who: str, column: Column, feature: Feature) -> Any:
    """Return the category that makes a feature 1; None if it is the number itself."""
    if (column.categories is None) != (feature.code is None):
        raise ValueError(
            f"{who}: a feature must be a number of a column of numbers, or a category "
            f"of one of categories, got {feature} of {column.name!r}."
        )
    if column.categories is None or feature.code is None:
        return None
    return column.categories[feature.code]


def check_exportable(who: str, model: Any) -> None:
    """Raise unless `model` can be read, and its columns can be told apart by name."""
    if not isinstance(model, ReadableModel):
        raise unreadable(who, model)
    names = repeated(column.name for column in model.columns)
    if names:
        raise ValueError(
            f"{who}: columns must differ in name, got {_listed(names)} more than "
            "once. Rename the columns and fit again."
        )
    _check_categories(who, model)


def unreadable(who: str, model: Any) -> TypeError:
    """Return the error that says which models there are."""
    return TypeError(
        f"{who}: model must be a ReadableTree, an AdditiveModel or a NearestModel, got "
        f"{_article(model)}. Pass what a fitted surrogate shows as its readable model."
    )


def label_of(model: ReadableModel, value: Sequence[float]) -> Any:
    """Return the likeliest label, the first of those that tie."""
    assert model.classes is not None
    return model.classes[int(np.argmax(value))]


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that come more than once, in the order of their first."""
    return [name for name, count in Counter(names).items() if count > 1]


def scalar(who: str, value: Any) -> Any:
    """Return a label or category as one of Python's own scalars.

    That is text, a truth value, an int, a float, a date, a datetime or None. Moments of
    numpy become datetimes, to the microsecond.
    """
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | int | float | dt.date):
        return value
    raise TypeError(
        f"{who}: labels and categories must be text, numbers, truth values or dates, "
        f"got {value!r}. Encode them as text and fit again."
    )


def trimmed(model: NearestModel) -> NearestModel:
    """Return the same model without features that enter no distance."""
    weight = np.abs(np.array(model.metrics)).sum(axis=(0, 1))
    kept = np.flatnonzero(weight).tolist()

    def cut(rows: Iterable[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(row[j] for j in kept) for row in rows)

    return replace(
        model,
        features=tuple(model.features[j] for j in kept),
        prototypes=cut(model.prototypes),
        metrics=tuple(map(cut, model.metrics)),
    )


def filled(items: Iterable[str], separator: str, width: int) -> str:
    """Join items to lines of at most `width` letters, if no item is longer."""
    lines, line = [], ""
    for item in items:
        longer = f"{line}{separator}{item}" if line else item
        if line and len(longer) > width:
            lines.append(line + separator.rstrip())
            longer = item
        line = longer
    return "\n".join([*lines, line])


def preorder(tree: ReadableTree) -> Iterator[int]:
    """Yield the positions of nodes as they are read: a node, its yes, then its no."""
    waiting = [0]
    while waiting:
        position = waiting.pop()
        yield position
        node = tree.nodes[position]
        if node.test is not None:
            waiting += [node.no, node.yes]


def _fulfils(literal: Literal, code: int) -> bool:
    """Whether a category fulfils a literal, by its code."""
    if literal.codes is not None:
        return code in literal.codes
    return (code > literal.threshold) == literal.above


def _check_categories(who: str, model: ReadableModel) -> None:
    """Raise where a missing value is a category: exports take it for missing."""
    for column in (model.columns[j] for j in model.used):
        for word in column.categories or ():
            if word is None or word != word:  # noqa: PLR0124 -- NaN, of any kind
                raise ValueError(
                    f"{who}: categories must not be missing values, got {word!r} "
                    f"among those of column {column.name!r}. Put a word in its place "
                    "and fit again."
                )


def _article(value: Any) -> str:
    """Name the type of a value: a dict, an int."""
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
