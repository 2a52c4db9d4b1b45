"""Trees that grew too large, cut back where the least is lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sklkd.readable import Node, ReadableTree
from sklkd.surrogates._evidence import Evidence, Floats, Indices


def pruned(tree: ReadableTree, evidence: Evidence, max_leaves: int) -> ReadableTree:
    """Cut the weakest links of a tree, until it has few enough leaves.

    The weakest is the node that loses least for each leaf that becomes superfluous if
    it is made one [1]_. What is lost is impurity and, of classes, as much again if all
    rows get another label: a tree is also read for what it decides. No cut takes more
    leaves than are too many.

    Parameters
    ----------
    tree : ReadableTree
        Grown on the evidence.
    evidence : Evidence
        By which losses are measured.
    max_leaves : int
        At least 1.

    References
    ----------
    .. [1] L. Breiman, J. Friedman, R. Olshen, C. Stone, "Classification and Regression
       Trees", 1984, Sec. 3.3.
    """
    n_nodes, loss = len(tree.nodes), _losses(tree, evidence)
    inner = [node.test is not None for node in tree.nodes]
    while True:
        leaves, below = _below(tree, inner, loss)
        if leaves[0] <= max_leaves:
            return _written(tree, inner)
        spare = leaves[0] - max_leaves
        found = [at for at in range(n_nodes) if inner[at] and leaves[at] - 1 <= spare]
        weakest = min(
            found, key=lambda at: ((loss[at] - below[at]) / (leaves[at] - 1), at)
        )
        for at in _descendants(tree, weakest):
            inner[at] = False


def _losses(tree: ReadableTree, evidence: Evidence) -> Floats:
    """What each node loses if it is a leaf, as a share of what the root does."""
    said, weight = evidence.said, evidence.weight
    here = _members(tree, evidence.Z)
    labels = said.argmax(axis=1)
    impurity, other = np.zeros(len(here)), np.zeros(len(here))
    for at, rows in enumerate(here):
        mean = np.average(said[rows], axis=0, weights=weight[rows])
        scale = _spread(evidence)
        gap = np.square((said[rows] - mean) / scale).sum(axis=1)
        impurity[at] = weight[rows] @ gap
        other[at] = weight[rows] @ (labels[rows] != mean.argmax())
    parts = [impurity] if evidence.classes is None else [impurity, other]
    total: Floats = np.sum([own / own[0] for own in parts if own[0] > 0], axis=0)
    return total if np.ndim(total) else np.zeros(len(here))


def _spread(evidence: Evidence) -> Floats | float:
    """Units of values, so that those of any size count alike."""
    if evidence.classes is not None:
        return 1.0
    spread = evidence.said.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _members(tree: ReadableTree, Z: Floats) -> list[Indices]:
    """Rows that come to each node."""
    here: list[Indices] = [np.arange(len(Z))] + [np.empty(0, int)] * (
        len(tree.nodes) - 1
    )
    for at, node in enumerate(tree.nodes):
        if node.test is not None:
            yes = node.test.holds(Z[here[at]])
            here[node.yes], here[node.no] = here[at][yes], here[at][~yes]
    return here


def _below(
    tree: ReadableTree, inner: list[bool], loss: Floats
) -> tuple[list[int], Floats]:
    """Number of leaves under each node, and the sum of what they lose."""
    leaves, below = [1] * len(tree.nodes), loss.copy()
    for at in reversed(range(len(tree.nodes))):  # children come after their parents
        if inner[at]:
            node = tree.nodes[at]
            leaves[at] = leaves[node.yes] + leaves[node.no]
            below[at] = below[node.yes] + below[node.no]
    return leaves, below


def _descendants(tree: ReadableTree, at: int) -> list[int]:
    """A node and all below it."""
    found = [at]
    for one in found:
        node = tree.nodes[one]
        if node.test is not None:
            found += [node.yes, node.no]
    return found


def _written(tree: ReadableTree, inner: list[bool]) -> ReadableTree:
    """The tree of the nodes that are left, numbered anew."""
    kept = [0]
    for at in kept:
        if inner[at]:
            kept += [tree.nodes[at].yes, tree.nodes[at].no]
    place = {at: i for i, at in enumerate(kept)}

    def node(at: int) -> Node:
        old = tree.nodes[at]
        if not inner[at]:
            return Node(old.value, old.share)
        return replace(old, yes=place[old.yes], no=place[old.no])

    return replace(tree, nodes=tuple(node(at) for at in kept))
