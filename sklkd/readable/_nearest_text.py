"""Text of prototypes: a table of what they are like."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sklkd.readable._columns import Feature
from sklkd.readable._nearest import NearestModel
from sklkd.readable._words import plain, short, table, word

ABREAST = 5  # prototypes beside each other
SURE = 0.995  # from here on, the share of a category is not worth mentioning


def nearest_lines(model: NearestModel) -> Iterator[str]:
    """Yield the lines of a model."""
    yield "as the nearest of these prototypes"
    for start in range(0, len(model.prototypes), ABREAST):
        chosen = range(start, min(start + ABREAST, len(model.prototypes)))
        yield ""
        yield from table(list(_rows(model, chosen)))
    unused = sorted({f.column for f in model.features} - set(model.used))
    fills = [_fill(model, f) for f in model.features if _is_filled(model, f)]
    if unused or fills:
        yield ""
    if unused:
        names = ", ".join(plain(model.columns[j].name) for j in unused)
        yield f"of no importance: {names}"
    if fills:
        yield f"missing counts as: {', '.join(fills)}"


def _rows(model: NearestModel, chosen: range) -> Iterator[list[str]]:
    """The cells of some prototypes: whose they are, and a row for each column."""
    owners = [plain(model.targets[model.owners[i]]) for i in chosen]
    yield ["", *(f"{i + 1}: {owner}" for i, owner in zip(chosen, owners, strict=True))]
    for j in model.used:
        numbers = _places(model, j, of_categories=False)
        codes = _places(model, j, of_categories=True)
        name = plain(model.columns[j].name)
        for place in numbers:
            yield [name, *(short(model.prototypes[i][place]) for i in chosen)]
        if codes:
            yield [name, *(_category(model, i, codes) for i in chosen)]


def _places(model: NearestModel, j: int, *, of_categories: bool) -> list[int]:
    """Which features are about a column."""
    return [
        place
        for place, feature in enumerate(model.features)
        if feature.column == j and (feature.code is not None) == of_categories
    ]


def _category(model: NearestModel, i: int, places: list[int]) -> str:
    """The likeliest category of a prototype, and how likely it is."""
    shares = [model.prototypes[i][place] for place in places]
    feature = model.features[places[int(np.argmax(shares))]]
    categories = model.columns[feature.column].categories or ()
    label = word(categories[feature.code or 0])
    return label if max(shares) >= SURE else f"{label} {short(max(shares))}"


def _fill(model: NearestModel, feature: Feature) -> str:
    """What stands for a missing number."""
    return f"{plain(model.columns[feature.column].name)} {short(feature.fill)}"


def _is_filled(model: NearestModel, feature: Feature) -> bool:
    """Whether it is a number that may be missing, and matters."""
    is_used = feature.column in model.used
    return feature.code is None and is_used and model.columns[feature.column].gaps
