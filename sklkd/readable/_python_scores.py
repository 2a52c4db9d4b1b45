"""Additive models and prototypes in Python: tables, and what computes with them."""

from __future__ import annotations

from sklkd.readable._additive import AdditiveModel, Curve
from sklkd.readable._export import trimmed
from sklkd.readable._nearest import NearestModel
from sklkd.readable._python_source import FEATURE, SOFTMAX, constant, described

CURVES = """\
# Column, category whose presence is the number, stand-in for a missing number, where
# pieces meet, centers of pieces, and of each piece the coefficients of the powers 0, 1,
# ... of the distance from its center, one for each output."""
SUMS = '''
def scores(row):
    """Return the intercept and all curves, added up."""
    sums = INTERCEPT
    for column, category, fill, breaks, centers, pieces in CURVES:
        x = feature(row, column, category, fill)
        piece = sum(x > end for end in breaks)
        *lower, values = pieces[piece]
        for coefficients in reversed(lower):
            scaled = [(x - centers[piece]) * value for value in values]
            values = [a + b for a, b in zip(scaled, coefficients)]
        sums = [a + b for a, b in zip(sums, values)]
    return sums
'''
FEATURES = """\
# Column, category whose presence is the number, stand-in for a missing number."""
PROTOTYPES = """\
# Position of the label, and the features."""
METRICS = """\
# Weights of differences between features: sums of them are squared and added up."""
DISTANCES = '''
def distance(features, prototype, metric):
    """Return the squared distance of a row to a prototype."""
    differences = [a - b for a, b in zip(features, prototype)]
    sums = [sum(w * d for w, d in zip(weights, differences)) for weights in metric]
    return sum(value * value for value in sums)


def scores(row):
    """Return minus the distance to the nearest prototype of each label."""
    features = [feature(row, *each) for each in FEATURES]
    distances = [[] for _ in CLASSES]
    for (owner, prototype), metric in zip(PROTOTYPES, METRICS):
        distances[owner].append(distance(features, prototype, metric))
    return [-min(each) for each in distances]
'''
FUNCTION = '''
def {name}(row):
    """{says}"""
    return {what}
'''


def additive_source(model: AdditiveModel, name: str, says: str) -> list[str]:
    """Return definitions, the last of which is a function called `name`."""
    curves = [_curve_row(model, curve) for curve in model.curves]
    tables = [
        constant("INTERCEPT", [*map(float, model.intercept)]),
        f"{CURVES}\n{constant('CURVES', curves)}",
    ]
    if model.classes is None:
        last = FUNCTION.format(name=name, says=says, what="list(scores(row))")
        return [*tables, FEATURE, SUMS, last]
    last = FUNCTION.format(name=name, says=says, what="softmax(scores(row))")
    return [*tables, FEATURE, SUMS, SOFTMAX, last]


def nearest_source(model: NearestModel, name: str, says: str) -> list[str]:
    """Return definitions, the last of which is a function called `name`."""
    model = trimmed(model)
    features = [described(model.columns[f.column], f) for f in model.features]
    pairs = zip(model.owners, model.prototypes, strict=True)
    prototypes = [(int(owner), [*map(float, each)]) for owner, each in pairs]
    metrics = [_matrix(metric) for metric in model.metrics]
    if len(metrics) == 1:
        once = constant("METRIC", metrics[0])
        table = f"{once}\nMETRICS = [METRIC] * len(PROTOTYPES)"
    else:
        table = constant("METRICS", metrics)
    return [
        f"{FEATURES}\n{constant('FEATURES', features)}",
        f"{PROTOTYPES}\n{constant('PROTOTYPES', prototypes)}",
        f"{METRICS}\n{table}",
        FEATURE,
        DISTANCES,
        SOFTMAX,
        FUNCTION.format(name=name, says=says, what="softmax(scores(row))"),
    ]


def _curve_row(model: AdditiveModel, curve: Curve) -> tuple[object, ...]:
    """A curve as a row of a table."""
    feature = described(model.columns[curve.feature.column], curve.feature)
    breaks, centers = [*map(float, curve.breaks)], [*map(float, curve.centers)]
    return (*feature, breaks, centers, [*map(_matrix, curve.coefficients)])


def _matrix(rows: tuple[tuple[float, ...], ...]) -> list[list[float]]:
    """Lists of Python's own numbers."""
    return [[*map(float, row)] for row in rows]
