"""Additive models and prototypes in SQL: features, scores, and their softmax."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sklkd.readable._additive import AdditiveModel, Curve
from sklkd.readable._columns import Column, Feature
from sklkd.readable._export import category_of, trimmed
from sklkd.readable._nearest import NearestModel
from sklkd.readable._sql_dialect import WHO, Dialect, total
from sklkd.readable._sql_query import Names, Output, Step, around, case

# From here down, powers of e are taken for 0: they are less than 1e-299, and some
# databases answer with an error instead of 0 when one is too small for a float.
LEAST_EXPONENT = -690

Coefficients = Sequence[Sequence[float]]


def additive_steps(
    dialect: Dialect, model: AdditiveModel, names: Names, outputs: Sequence[Output]
) -> list[Step]:
    """Return steps from the user's table to `outputs`."""
    wanted = (curve.feature for curve in model.curves)
    features = _named_features(wanted, names)
    steps = _feature_step(dialect, model.columns, features, names)
    if model.classes is None:
        values = {
            each.name: _additive_score(dialect, model, features, each.index)
            for each in outputs
            if each.index is not None
        }
        return [*steps, Step("", values)]
    scores = [
        _additive_score(dialect, model, features, k)
        for k in range(len(model.intercept))
    ]
    return [*steps, *_softmax(dialect, model.classes, names, scores, outputs)]


def nearest_steps(
    dialect: Dialect, model: NearestModel, names: Names, outputs: Sequence[Output]
) -> list[Step]:
    """Return steps from the user's table to `outputs`."""
    model = trimmed(model)
    features = _named_features(model.features, names)
    columns = [dialect.name(features[feature]) for feature in model.features]
    found = {
        names.free(f"d{i + 1}"): _distance(dialect, model, columns, i)
        for i in range(len(model.prototypes))
    }
    scores = []
    for k in range(len(model.targets)):
        owned = zip(found, model.owners, strict=True)
        own = [dialect.name(name) for name, owner in owned if owner == k]
        nearest = _extreme(dialect.least, own)
        scores.append(f"-CAST({nearest} AS {dialect.real})")
    steps = _feature_step(dialect, model.columns, features, names)
    steps.append(Step(names.free("distances"), found))
    return [*steps, *_softmax(dialect, model.classes or (), names, scores, outputs)]


def _named_features(features: Iterable[Feature], names: Names) -> dict[Feature, str]:
    """Return a name for each feature, once."""
    different = dict.fromkeys(features)
    return {each: names.free(f"x{i}") for i, each in enumerate(different, start=1)}


def _feature_step(
    dialect: Dialect,
    columns: Sequence[Column],
    features: Mapping[Feature, str],
    names: Names,
) -> list[Step]:
    """Return the step that makes features of columns; none where there are none."""
    made = {
        name: _feature(dialect, columns[feature.column], feature)
        for feature, name in features.items()
    }
    return [Step(names.free("features"), made)] if made else []


def _feature(dialect: Dialect, column: Column, feature: Feature) -> str:
    """A number without gaps, or 1 for one category and 0 for all others."""
    name = dialect.name(column.name)
    category = category_of(WHO, column, feature)
    if category is None:
        fill = dialect.number(feature.fill)
        return f"COALESCE(CAST({name} AS {dialect.real}), {fill})"
    return f"CASE WHEN {name} = {dialect.literal(category)} THEN 1e0 ELSE 0e0 END"


def _additive_score(
    dialect: Dialect, model: AdditiveModel, features: Mapping[Feature, str], k: int
) -> str:
    """The intercept and all curves of an output."""
    start = f"CAST({dialect.number(model.intercept[k])} AS {dialect.real})"
    curves = (
        _curve(dialect, curve, dialect.name(features[curve.feature]), k)
        for curve in model.curves
    )
    return total([start, *(curve for curve in curves if curve != "0e0")])


def _curve(dialect: Dialect, curve: Curve, x: str, k: int) -> str:
    """A curve's pieces for one output."""
    pieces = [
        _polynomial(dialect, _shifted(dialect, x, center), [c[k] for c in powers])
        for center, powers in zip(curve.centers, curve.coefficients, strict=True)
    ]
    if set(pieces) == {"0e0"}:
        return "0e0"
    *before, last = pieces
    ends = (f"{x} <= {dialect.number(end)}" for end in curve.breaks)
    return case(zip(ends, before, strict=True), last)


def _polynomial(dialect: Dialect, x: str, coefficients: Sequence[float]) -> str:
    """A polynomial by Horner's rule, without what is 0; the power 0 comes first."""
    text = ""
    for power in reversed(range(len(coefficients))):
        if coefficients[power]:
            constant = dialect.number(coefficients[power])
            text = f"({total([text, constant])})" if text else constant
        if text and power > 0:
            text = f"{text} * {x}"
    return text or "0e0"


def _shifted(dialect: Dialect, x: str, center: float) -> str:
    """A column, less a number."""
    if center == 0:
        return x
    return f"({x} {'-' if center > 0 else '+'} {dialect.number(abs(center))})"


def _distance(dialect: Dialect, model: NearestModel, columns: list[str], i: int) -> str:
    """The squared distance to a prototype: a sum of squares of sums."""
    metric = model.metrics[i if len(model.metrics) > 1 else 0]
    differences = [
        _shifted(dialect, x, w)
        for x, w in zip(columns, model.prototypes[i], strict=True)
    ]
    sums = (_weighted(dialect, row, differences) for row in metric)
    return total(around("POWER(", each, ", 2)") for each in sums if each != "0e0")


def _weighted(dialect: Dialect, weights: Sequence[float], terms: list[str]) -> str:
    """A weighted sum, without what has the weight 0."""
    return total(
        term if weight == 1 else f"{dialect.number(weight)} * {term}"
        for weight, term in zip(weights, terms, strict=True)
        if weight != 0
    )


def _softmax(
    dialect: Dialect,
    classes: Sequence[Any],
    names: Names,
    scores: Sequence[str],
    outputs: Sequence[Output],
) -> list[Step]:
    """Return steps from scores to outputs: less the greatest, to the power, shared."""
    numbers = range(1, len(scores) + 1)
    s, p = ([names.free(f"{letter}{k}") for k in numbers] for letter in "sp")
    top, whole = names.free("greatest"), names.free("total")
    quoted = [*map(dialect.name, s)]
    labels = {
        each.name: _label(dialect, classes, quoted, dialect.name(top))
        for each in outputs
        if each.index is None
    }
    steps = [
        Step(names.free("scores"), dict(zip(s, scores, strict=True))),
        Step(
            names.free("best"),
            {**_same(dialect, s), top: _extreme(dialect.greatest, quoted)},
        ),
    ]
    if len(labels) == len(outputs):
        return [*steps, Step("", labels)]
    powers = {
        name: _power(f"{score} - {dialect.name(top)}")
        for name, score in zip(p, quoted, strict=True)
    }
    sum_ = {whole: total(map(dialect.name, p))}
    shares = {
        each.name: dialect.name(each.name)
        if each.index is None
        else f"{dialect.name(p[each.index])} / {dialect.name(whole)}"
        for each in outputs
    }
    return [
        *steps,
        Step(names.free("powers"), {**powers, **labels}),
        Step(names.free("totals"), {**_same(dialect, [*p, *labels]), **sum_}),
        Step("", shares),
    ]


def _power(exponent: str) -> str:
    return f"CASE WHEN {exponent} < {LEAST_EXPONENT} THEN 0e0 ELSE EXP({exponent}) END"


def _label(
    dialect: Dialect, classes: Sequence[Any], scores: Sequence[str], top: str
) -> str:
    """The first label with the greatest score."""
    pairs = zip(scores, classes, strict=True)
    return case((f"{s} = {top}", dialect.literal(c)) for s, c in pairs)


def _same(dialect: Dialect, names: Iterable[str]) -> dict[str, str]:
    """Return columns as they are."""
    return {name: dialect.name(name) for name in names}


def _extreme(function: str, columns: Sequence[str]) -> str:
    """The least or greatest of columns; of one, databases would take that of rows."""
    return columns[0] if len(columns) == 1 else f"{function}({', '.join(columns)})"
