"""Attributions: how much each column moves what a readable model says of a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sklkd.readable._additive import AdditiveModel
from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Floats
from sklkd.readable._nearest import NearestModel
from sklkd.readable._tree import ReadableTree


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """What is said of rows, taken apart by columns without a remainder.

    Attributes
    ----------
    contributions : ndarray of shape (n_rows, n_columns, n_outputs)
        In units of `scale_name`; 0 for columns that the model does not look at.
    baseline : ndarray of shape (n_outputs,)
        What is said before any column is looked at.
    scale_name : {"probability", "value", "log-odds", "centred score"}
        What baseline and contributions add up to, for each output: its probability,
        its value, its log-odds against the other of two classes, or its score minus
        the mean score of all classes. The softmax of scores is the probabilities.
    """

    contributions: Floats
    baseline: Floats
    scale_name: str


def attribute(
    model: ReadableModel, Z: Floats, background: Floats | None = None
) -> Attribution:
    r"""Take apart what a model says of rows: exactly, column by column.

    Trees: a node moves the value of its rows from its own to that of the child they go
    to; its column gets the difference [1]_, and several columns of one test share it
    equally. Sums of curves: a column gets its curves. Prototypes: the squared distance
    :math:`d^\top \Omega^\top \Omega d` is the sum over columns of
    :math:`d_j (\Omega^\top \Omega d)_j`, which is :math:`(\Omega_{jj} d_j)^2` where the
    matrix is diagonal; a column gets it for the nearest prototype of each class.

    Parameters
    ----------
    model : ReadableModel
        What speaks.
    Z : ndarray of shape (n_rows, n_columns)
        Numbers, codes of categories, NaN where missing.
    background : ndarray of shape (n_other_rows, n_columns), default=None
        Usual rows. Curves then count from their means over these, and the baseline is
        their mean score; None counts curves from 0. Others do not need it.

    Returns
    -------
    Attribution
        Baseline and contributions of each row.

    References
    ----------
    .. [1] A. Saabas, "Interpreting random forests", 2014.
       https://blog.datadive.net/interpreting-random-forests/

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.readable import Column, Literal, Node, ReadableTree, Test
    >>> tree = ReadableTree(
    ...     (Column("age", 0),), None, ("price",),
    ...     (Node((4.0,), 1.0, Test((Literal(0, 30.0),)), 1, 2),
    ...      Node((1.0,), 0.5), Node((7.0,), 0.5)),
    ... )
    >>> attribute(tree, np.array([[25.0]])).contributions
    array([[[-3.]]])
    """
    if isinstance(model, ReadableTree):
        baseline = np.array(model.nodes[0].value)
        name = "value" if model.classes is None else "probability"
        return Attribution(_steps(model, Z), baseline, name)
    if isinstance(model, AdditiveModel):
        return _relative(model, _terms(model, Z), model.intercept, background)
    if isinstance(model, NearestModel):
        return _relative(model, _distances(model, Z), np.zeros(len(model.targets)))
    raise TypeError(
        "attribute: model must be a ReadableTree, AdditiveModel or NearestModel, got "
        f"{type(model).__name__}."
    )


def scores(model: ReadableModel, Z: Floats) -> Floats:
    """What is said before the softmax, where there is one: (n, d) -> (n, n_outputs)."""
    if isinstance(model, AdditiveModel):
        return model.scores(Z)
    if isinstance(model, NearestModel):
        distances = model.distances(Z)
        nearest = _nearest(model, distances)
        return -np.take_along_axis(distances, nearest, axis=1)
    return model.outputs(Z)


def _steps(tree: ReadableTree, Z: Floats) -> Floats:
    """Differences of nodes' values on rows' paths: (n, d) -> (n, d, k)."""
    values = np.array([node.value for node in tree.nodes])
    found = np.zeros((*Z.shape, values.shape[1]))
    at = np.zeros(len(Z), dtype=np.int64)
    for position, node in enumerate(tree.nodes):
        here = np.flatnonzero(at == position)
        if node.test is None or len(here) == 0:
            continue
        at[here] = np.where(node.test.holds(Z[here]), node.yes, node.no)
        asked = sorted({literal.column for literal in node.test.literals})
        step = (values[at[here]] - values[position]) / len(asked)
        found[here[:, np.newaxis], asked] += step[:, np.newaxis]
    return found


def _terms(model: AdditiveModel, Z: Floats) -> Floats:
    """Sums of the curves of each column: (n, d) -> (n, d, k)."""
    found = np.zeros((*Z.shape, len(model.intercept)))
    for curve in model.curves:
        found[:, curve.feature.column] += curve.of(Z)
    return found


def _distances(model: NearestModel, Z: Floats) -> Floats:
    """Minus the parts of the distance to each class's nearest: (n, d) -> (n, d, k)."""
    rows = np.stack([feature.of(Z) for feature in model.features], axis=1)
    nearest = _nearest(model, model.distances(Z))
    metrics = np.array(model.metrics)
    found = np.zeros((*Z.shape, len(model.targets)))
    for p, (prototype, owner) in enumerate(
        zip(model.prototypes, model.owners, strict=True)
    ):
        metric = metrics[p if len(metrics) > 1 else 0]
        here = np.flatnonzero(nearest[:, owner] == p)
        gap = rows[here] - np.array(prototype)
        parts = gap * ((gap @ metric.T) @ metric)
        for j, feature in enumerate(model.features):
            found[here, feature.column, owner] -= parts[:, j]
    return found


def _nearest(model: NearestModel, distances: Floats) -> np.ndarray:
    """The nearest prototype of each class: (n, n_prototypes) -> (n, k)."""
    owners = np.array(model.owners)
    own = [np.flatnonzero(owners == k) for k in range(len(model.targets))]
    return np.stack([each[distances[:, each].argmin(axis=1)] for each in own], axis=1)


def _relative(
    model: AdditiveModel | NearestModel,
    parts: Floats,
    intercept: Floats | tuple[float, ...],
    background: Floats | None = None,
) -> Attribution:
    """Parts of scores, against the mean row and, of classes, against the others."""
    baseline = np.array(intercept, dtype=np.float64)
    if background is not None and isinstance(model, AdditiveModel):
        usual = _terms(model, background).mean(axis=0)
        parts, baseline = parts - usual, baseline + usual.sum(axis=0)
    if model.classes is None:
        return Attribution(parts, baseline, "value")
    if len(model.targets) == 2:
        odds = parts - parts[..., ::-1], baseline - baseline[::-1]
        return Attribution(*odds, "log-odds")
    centred = parts - parts.mean(axis=-1, keepdims=True), baseline - baseline.mean()
    return Attribution(*centred, "centred score")
