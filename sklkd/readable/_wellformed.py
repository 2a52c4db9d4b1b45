"""Whether the parts of a model fit together, when it came from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sklkd.readable._additive import AdditiveModel, Curve
from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Column, Feature
from sklkd.readable._nearest import NearestModel
from sklkd.readable._tree import Literal, ReadableTree, Test


def misfits(model: ReadableModel) -> Iterator[str]:
    """Yield what does not fit, as in "nodes[3].value must have 2 entries, got 3"."""
    if model.classes is not None:
        yield from _length("classes", model.classes, len(model.targets))
    if isinstance(model, ReadableTree):
        yield from _of_a_tree(model)
    if isinstance(model, AdditiveModel):
        yield from _of_sums(model)
    if isinstance(model, NearestModel):
        yield from _of_prototypes(model)


def _of_a_tree(tree: ReadableTree) -> Iterator[str]:
    """What does not fit in a tree."""
    last = len(tree.nodes) - 1
    children: list[int] = []
    for i, node in enumerate(tree.nodes):
        where = f"data.nodes[{i}]"
        yield from _length(f"nodes[{i}].value", node.value, len(tree.targets))
        if node.test is None:
            continue
        children += [node.yes, node.no]
        for name, child in (("yes", node.yes), ("no", node.no)):
            if not i < child <= last:
                yield f"{where}.{name} must be in [{i + 1}, {last}], got {child}"
        yield from _of_a_test(tree, node.test, f"{where}.test")
    if sorted(children) != [*range(1, last + 1)]:
        yield (
            "data.nodes must each be the child of one other, except for the first, "
            f"got the children {children}"
        )


def _of_a_test(tree: ReadableTree, test: Test, where: str) -> Iterator[str]:
    """What does not fit in a test."""
    if test.m > len(test.literals):
        yield f"{where}.m must be in [1, {len(test.literals)}], got {test.m}"
    for i, literal in enumerate(test.literals):
        yield from _of_a_literal(tree.columns, literal, f"{where}.literals[{i}]")


def _of_a_literal(
    columns: Sequence[Column], literal: Literal, where: str
) -> Iterator[str]:
    """What does not fit in a literal."""
    if literal.column >= len(columns):
        yield _no_column(columns, literal.column, where)
        return
    categories = columns[literal.column].categories
    if literal.codes is not None and categories is None:
        yield f"{where} must have no 'codes', as its column holds numbers, got some"
    for code in literal.codes or ():
        if categories is not None and code >= len(categories):
            yield f"{where}.codes must be below {len(categories)}, got {code}"


def _of_sums(model: AdditiveModel) -> Iterator[str]:
    """What does not fit in sums of curves."""
    n_outputs = len(model.targets)
    yield from _length("intercept", model.intercept, n_outputs)
    for i, curve in enumerate(model.curves):
        yield from _of_a_feature(model, curve.feature, f"data.curves[{i}].feature")
        yield from _of_a_curve(curve, f"curves[{i}]", n_outputs)


def _of_a_curve(curve: Curve, where: str, n_outputs: int) -> Iterator[str]:
    """What does not fit in a curve."""
    n_pieces, degrees = len(curve.breaks) + 1, len(curve.coefficients[0])
    yield from _length(f"{where}.centers", curve.centers, n_pieces)
    yield from _length(f"{where}.coefficients", curve.coefficients, n_pieces)
    for j, piece in enumerate(curve.coefficients):
        yield from _length(f"{where}.coefficients[{j}]", piece, degrees)
        for row in piece:
            yield from _length(
                f"{where}.coefficients[{j}] for each power", row, n_outputs
            )
    if list(curve.breaks) != sorted(curve.breaks):
        yield f"data.{where}.breaks must ascend, got {list(curve.breaks)}"


def _of_prototypes(model: NearestModel) -> Iterator[str]:
    """What does not fit in prototypes."""
    n_features, n_prototypes = len(model.features), len(model.prototypes)
    for i, feature in enumerate(model.features):
        yield from _of_a_feature(model, feature, f"data.features[{i}]")
    for i, prototype in enumerate(model.prototypes):
        yield from _length(f"prototypes[{i}]", prototype, n_features)
    yield from _length("owners", model.owners, n_prototypes)
    if {*model.owners} != {*range(len(model.targets))}:
        n = len(model.targets)
        yield f"data.owners must name each of the {n} classes, got {list(model.owners)}"
    if model.classes is None:
        yield "data.classes must be a list, as prototypes have classes, got null"
    if len(model.metrics) > 1:
        yield from _length("metrics", model.metrics, n_prototypes)
    for i, metric in enumerate(model.metrics):
        yield from _length(f"metrics[{i}]", metric, len(model.metrics[0]))
        for row in metric:
            yield from _length(f"metrics[{i}] in each row", row, n_features)


def _of_a_feature(model: ReadableModel, feature: Feature, where: str) -> Iterator[str]:
    """What does not fit in a feature."""
    if feature.column >= len(model.columns):
        yield _no_column(model.columns, feature.column, where)
        return
    n = len(model.columns[feature.column].categories or ())
    if feature.code is not None and feature.code >= n:
        yield f"{where}.code must be below {n}, got {feature.code}"


def _no_column(columns: Sequence[Column], position: int, where: str) -> str:
    """A column that is not there."""
    return f"{where}.column must be below {len(columns)}, got {position}"


def _length(where: str, values: Sequence[object], n: int) -> Iterator[str]:
    """A list that is too long or too short."""
    if len(values) != n:
        yield f"data.{where} must have {n} entries, got {len(values)}"
