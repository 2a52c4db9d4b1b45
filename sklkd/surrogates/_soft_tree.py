"""A binary tree of the size that one asks for, fitted to probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeRegressor

from sklkd._validation import COUNT, Interval
from sklkd.readable import Literal, Node, ReadableModel, ReadableTree, Test
from sklkd.surrogates._evidence import Evidence, Floats
from sklkd.surrogates._pruning import pruned
from sklkd.surrogates._surrogate import Surrogate
from sklkd.surrogates._thresholds import short_between


class SoftTree(Surrogate):
    r"""A binary tree that is grown best-first on what the teacher says.

    It reduces the squared error of all outputs at once, which for probabilities is
    their Gini impurity [1]_, :math:`\sum_c p_c (1 - p_c)`: a row that the teacher gives
    0.6 counts as 0.6 of a row, where a tree of hard labels would count 1. Thresholds
    are the shortest decimals between neighbouring rows.

    Parameters
    ----------
    max_leaves : int or None, default=15
        At least 2; None has no limit.
    max_depth : int or None, default=None
        At least 1.
    min_share : float, default=0.005
        The least share of the weight in a leaf, in [0, 0.5].
    overgrowth : int, default=4
        Leaves that are grown for each one that may stay, at least 1. Then those are
        pruned back that the least is lost with: half of that is impurity, and half the
        share of rows to which the teacher gives another label. 1 prunes nothing.
    short_thresholds : bool, default=True
        Whether a threshold is the shortest decimal between two rows, instead of their
        middle.

    References
    ----------
    .. [1] L. Breiman, J. Friedman, R. Olshen, C. Stone, "Classification and Regression
       Trees", 1984: Gini impurity of Chapter 4, weakest-link pruning of Chapter 3.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklkd import SurrogateClassifier
    >>> from sklkd.surrogates import SoftTree
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(30, random_state=0)
    >>> explained = SurrogateClassifier(forest, SoftTree(max_leaves=3)).fit(X, y)
    >>> explained.surrogate_.complexity
    3
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "max_leaves": Interval(2, integer=True),
        "max_depth": Interval(1, integer=True),
        "min_share": Interval(0, 0.5),
        "overgrowth": COUNT,
    }
    optional: ClassVar[frozenset[str]] = frozenset({"max_leaves", "max_depth"})
    size_parameter = "max_leaves"

    def __init__(
        self,
        *,
        max_leaves: int | None = 15,
        max_depth: int | None = None,
        min_share: float = 0.005,
        overgrowth: int = 4,
        short_thresholds: bool = True,
    ) -> None:
        self.max_leaves = max_leaves
        self.max_depth = max_depth
        self.min_share = min_share
        self.overgrowth = overgrowth
        self.short_thresholds = short_thresholds

    def grow(self, evidence: Evidence) -> ReadableModel:
        """Grow a tree."""
        most = self.max_leaves
        tree = DecisionTreeRegressor(
            max_leaf_nodes=None if most is None else most * self.overgrowth,
            max_depth=self.max_depth,
            min_weight_fraction_leaf=self.min_share,
            random_state=evidence.seed,
        )
        said = evidence.said
        if evidence.classes is None:  # values of any size count alike
            spread = said.std(axis=0)
            said = said / np.where(spread > 0, spread, 1.0)
        tree.fit(evidence.Z, _exact(said), sample_weight=evidence.weight)
        grown = tree_of(evidence, tree.tree_, short=self.short_thresholds)
        return grown if most is None else pruned(grown, evidence, most)


def _exact(said: Floats) -> Floats:
    """Multiples of a millionth: their sums do not depend on the order of the rows.

    Splits that are equally good then stay so, and a weight of 2 is a repeated row.
    """
    return np.rint(said * 2.0**20) / 2.0**20


def tree_of(evidence: Evidence, tree: Any, *, short: bool) -> ReadableTree:
    """Write a tree of scikit-learn down, with the teacher's mean words in its leaves.

    Parameters
    ----------
    evidence : Evidence
        The rows that it was fitted on.
    tree : sklearn.tree._tree.Tree
        Fitted on `evidence.Z`.
    short : bool
        Whether thresholds become short decimals.
    """
    single = evidence.Z.astype(np.float32)
    reached = np.asarray(tree.decision_path(single).todense(), dtype=bool)
    weight, total = evidence.weight, evidence.weight[: evidence.n_real].sum()
    nodes = []
    for position in range(tree.node_count):
        here = reached[:, position]
        value = np.average(evidence.said[here], axis=0, weights=weight[here])
        share = float(weight[: evidence.n_real][here[: evidence.n_real]].sum() / total)
        node = Node(tuple(value.tolist()), min(share, 1.0))
        if tree.children_left[position] >= 0:
            literal = _literal(evidence, tree, position, here, short=short)
            yes, no = tree.children_left[position], tree.children_right[position]
            test = Test((literal,))
            node = Node(node.value, node.share, test, int(yes), int(no))
        nodes.append(node)
    return ReadableTree(
        evidence.columns, evidence.classes, evidence.targets, tuple(nodes)
    )


def _literal(
    evidence: Evidence,
    tree: Any,
    position: int,
    here: NDArray[np.bool_],
    *,
    short: bool,
) -> Literal:
    """The condition of a node's left child."""
    column, threshold = int(tree.feature[position]), float(tree.threshold[position])
    missing = bool(tree.missing_go_to_left[position])
    values = evidence.Z[here, column]
    values = values[~np.isnan(values)]
    categories = evidence.columns[column].categories
    if categories is not None:
        left = np.arange(len(categories)) <= threshold
        codes = tuple(int(code) for code in np.flatnonzero(left))
        return Literal(column, codes=codes, missing=missing)
    low, high = _around(values, threshold)
    if short and np.isfinite(low) and np.isfinite(high):
        threshold = short_between(low, high)
    elif np.isfinite(low) and not low <= threshold < high:
        threshold = low  # what single precision put on the other side
    return Literal(column, threshold, missing=missing)


def _around(values: Floats, threshold: float) -> tuple[float, float]:
    """Neighbours of a threshold, which is compared in single precision."""
    left = values.astype(np.float32) <= threshold
    low = values[left].max() if left.any() else -np.inf
    high = values[~left].min() if not left.all() else np.inf
    return float(low), float(high)
