"""Candidates for rules: paths of the teacher's trees, and of trees that imitate it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sklkd.readable import Column
from sklkd.surrogates._evidence import Evidence, Floats, Indices
from sklkd.surrogates._rule_score import comparable
from sklkd.surrogates._rule_spans import Ranks, Rule, Span

TREES = DecisionTreeClassifier, DecisionTreeRegressor
FORESTS = (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
N_TREES = 32  # of our own
N_LEAVES = 32  # of each, at most
N_CELLS = 300_000  # of the table that each but the first is grown on, about
FINENESS = 2.0**16  # steps in a probability or a standard deviation
TOP = 2**31  # above all ranks

Path = tuple[Span, ...]  # in the order in which a tree asks
Cut = Callable[[int, float], tuple[int, int]]  # feature, threshold -> column, rank


def candidates(
    ranks: Ranks,
    evidence: Evidence,
    teacher: Any = None,
    *,
    max_conditions: int,
    min_coverage: float,
    limit: int,
) -> list[Rule]:
    """Collect rules that a tree would make of these rows.

    As in RuleFit [1]_ each node of a tree is a rule, namely all conditions on the way
    to it. Besides, what remains of it without the first of these conditions is one:
    earlier rules of a list may have taken the rows that they keep out.

    Parameters
    ----------
    ranks : Ranks
        The rows.
    evidence : Evidence
        What is said of them.
    teacher : object, default=None
        If it is a fitted tree, forest or boosting of trees of scikit-learn whose
        columns are those of `evidence`, its own trees are looked at, too.
    max_conditions : int
        Literals of a rule, at most.
    min_coverage : float
        The least share of the weight that comes to a node, in [0, 1).
    limit : int
        How many rules of the teacher's trees, and of our own; those of few conditions
        are preferred.

    Returns
    -------
    list of Rule
        All different; each holds for some rows and, perhaps, not for others.

    References
    ----------
    .. [1] J. Friedman, B. Popescu, "Predictive Learning via Rule Ensembles", Annals of
       Applied Statistics 2(3), 2008, Sec. 3.1.
    """
    sources = (
        _teacher_paths(ranks, evidence.columns, teacher, min_coverage),
        _own_paths(ranks, evidence, max_conditions, min_coverage),
    )
    found = (
        islice(_distinct(ranks, sorted(paths, key=len), max_conditions), limit)
        for paths in sources
    )
    return list(dict.fromkeys(chain.from_iterable(found)))


def _distinct(ranks: Ranks, paths: list[Path], max_conditions: int) -> Iterator[Rule]:
    """What paths and their ends say, each rule once, shorter paths first."""
    found: set[Rule] = set()
    for path in paths:
        for rule in _endings(ranks, path, max_conditions):
            if rule not in found:
                found.add(rule)
                yield rule


def _endings(ranks: Ranks, path: Path, max_conditions: int) -> Iterator[Rule]:
    """The last conditions of a path, as many as may be said."""
    for start in reversed(range(len(path))):
        rule = ranks.merged(path[start:])
        if rule is None or ranks.size(rule) > max_conditions:
            return
        if rule:
            yield rule


# --- Trees of the teacher -------------------------------------------------------------


def _teacher_paths(
    ranks: Ranks, columns: tuple[Column, ...], teacher: Any, min_coverage: float
) -> list[Path]:
    """Paths in all trees of a teacher, where it has any that we can read."""
    own = _features(columns, teacher)
    if own is None:
        return []
    single = [_single(values) for values in ranks.values]

    def cut(feature: int, threshold: float) -> tuple[int, int]:
        column = int(own[feature])
        at_most = np.searchsorted(single[column], threshold, side="right")
        return column, int(at_most) - 1

    members = trees_of(teacher)
    return list(chain.from_iterable(_paths(t, cut, min_coverage) for t in members))


def trees_of(teacher: Any) -> list[Any]:
    """Return the low-level trees of a fitted teacher; none where it has none.

    Parameters
    ----------
    teacher : object
        Perhaps a tree, a forest or boosting of scikit-learn, perhaps frozen.

    Returns
    -------
    list of sklearn.tree._tree.Tree
    """
    teacher = _thawed(teacher)
    if not hasattr(teacher, "n_features_in_"):
        return []
    if isinstance(teacher, FORESTS):
        return [member.tree_ for member in np.ravel(teacher.estimators_)]
    return [teacher.tree_] if isinstance(teacher, TREES) else []


def _thawed(teacher: Any) -> Any:
    """What is inside of FrozenEstimator."""
    while isinstance(teacher, FrozenEstimator):
        teacher = teacher.estimator
    return teacher


def _features(columns: tuple[Column, ...], teacher: Any) -> Indices | None:
    """The column of each of its features; None where they are not the same."""
    if not trees_of(teacher) or any(c.categories is not None for c in columns):
        return None
    position = np.array([column.position for column in columns])
    if sorted(position) != list(range(_thawed(teacher).n_features_in_)):
        return None
    return np.argsort(position)


def _single(values: Floats) -> NDArray[np.float32]:
    """Values as scikit-learn's trees see them."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


# --- Trees of our own -----------------------------------------------------------------


def _own_paths(
    ranks: Ranks, evidence: Evidence, max_conditions: int, min_coverage: float
) -> Iterable[Path]:
    """Paths in trees of random columns, half of them with random thresholds.

    All rows come to all trees, with their weights, so that weight 2 and a repeated row
    are the same; numbers of few digits, whose sums are exact, so that ties are ties
    for both.
    """
    rng = np.random.default_rng(evidence.seed)
    said = np.rint(comparable(evidence) * FINENESS) / FINENESS
    for i in range(N_TREES):
        columns = _drawn(rng, ranks.table.shape, first=i == 0)
        tree = DecisionTreeRegressor(
            splitter="best" if i % 2 == 0 else "random",
            max_depth=max_conditions,
            max_leaf_nodes=N_LEAVES,
            min_weight_fraction_leaf=min(min_coverage, 0.5),
            random_state=int(rng.integers(2**31 - 1)),
        )
        X = ranks.table[:, columns]
        grown = tree.fit(X, said, sample_weight=evidence.weight).tree_
        cut = _cut_of(ranks, columns)
        yield from _paths(grown, cut, min_coverage, seen=_saw_missing(grown, X))


def _saw_missing(tree: Any, X: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether a missing value came to each node's question: (n_nodes,).

    Where none did, scikit-learn sends them to the child of more rows, whatever their
    weights.
    """
    seen = np.zeros(tree.node_count, dtype=bool)
    if np.isnan(X).any():
        reached = tree.decision_path(X).tocsc()
        for node in np.flatnonzero(tree.children_left >= 0):
            rows = reached.indices[reached.indptr[node] : reached.indptr[node + 1]]
            seen[node] = np.isnan(X[rows, tree.feature[node]]).any()
    return seen


def _drawn(
    rng: np.random.Generator, shape: tuple[int, ...], *, first: bool
) -> NDArray[np.int64]:
    """Some columns, ascending; all for the first tree."""
    n_rows, n_columns = shape
    most = min(n_columns, max(10, N_CELLS // n_rows))
    size = n_columns if first else int(rng.integers(1, most + 1))
    return np.sort(rng.choice(n_columns, size, replace=False))


def _cut_of(ranks: Ranks, columns: NDArray[np.int64]) -> Cut:
    """What a threshold among ranks means; an infinite one is above them all."""

    def cut(feature: int, threshold: float) -> tuple[int, int]:
        column = int(columns[feature])
        return column, int(min(np.floor(threshold), ranks.last(column)))

    return cut


# --- What trees are made of -----------------------------------------------------------


def _paths(
    tree: Any, cut: Cut, min_coverage: float, seen: NDArray[np.bool_] | None = None
) -> Iterator[Path]:
    """The conditions on the way to each node but the root.

    Missing values fulfil none of those at nodes that have not `seen` any.
    """
    least = min_coverage * tree.weighted_n_node_samples[0]
    paths: dict[int, Path] = {0: ()}
    for node in range(tree.node_count):  # children come after their parents
        path = paths.pop(node, None)
        if path is None or tree.children_left[node] < 0:
            continue
        column, rank = cut(int(tree.feature[node]), float(tree.threshold[node]))
        left, known = (
            bool(tree.missing_go_to_left[node]),
            seen is None or bool(seen[node]),
        )
        ends = (
            (tree.children_left[node], Span(column, -1, rank, known and left)),
            (tree.children_right[node], Span(column, rank, TOP, known and not left)),
        )
        for child, span in ends:
            if tree.weighted_n_node_samples[child] >= least:
                paths[int(child)] = (*path, span)
                yield paths[int(child)]
