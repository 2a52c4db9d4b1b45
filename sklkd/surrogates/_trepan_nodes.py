"""The nodes of a tree that grows, and how leaves of the same class become one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sklkd.readable import Node, Test
from sklkd.surrogates._evidence import Floats
from sklkd.surrogates._queries import Marginals
from sklkd.surrogates._trepan_rows import Place


@dataclass(slots=True)
class Growing:
    """A node of a tree that grows.

    Attributes
    ----------
    place : Place
        Where it is.
    model : Marginals
        How columns are distributed there.
    answers : ndarray of shape (n_queries, n_outputs)
        What the teacher said about rows made up for it.
    value : ndarray of shape (n_outputs,)
        What the node says.
    reach : float
        Estimated share of rows that come to it.
    share : float
        Share of the real rows that come to it, by weight.
    error : float
        1 - fidelity; 0 where it is pure enough.
    test : Test or None
        Its question; None for a leaf.
    children : tuple of int
        Positions of those for yes and no, above its own; empty for a leaf.
    """

    place: Place
    model: Marginals
    answers: Floats
    value: Floats
    reach: float
    share: float
    error: float
    test: Test | None = None
    children: tuple[int, ...] = ()


def n_leaves(nodes: list[Growing], *, merges: bool) -> int:
    """Return how many leaves there are, after merging if that is wished."""
    said = _said(nodes, merges)
    return sum(said[position] is not None for position in _kept(nodes, said))


def finished(nodes: list[Growing], *, merges: bool) -> tuple[Node, ...]:
    """Return nodes that can be read.

    With `merges`, a node beneath which every leaf has the same most probable class
    becomes a leaf itself. It says the mean of theirs, by how often they are reached, so
    that its most probable class is that of all of them.
    """
    said, means = _said(nodes, merges), _means(nodes)
    kept = _kept(nodes, said)
    place = {position: i for i, position in enumerate(kept)}
    found = []
    for position in kept:
        node = nodes[position]
        if said[position] is None:
            yes, no = (place[child] for child in node.children)
            found.append(Node(_plain(node.value), node.share, node.test, yes, no))
        else:
            found.append(Node(_plain(means[position]), node.share))
    return tuple(found)


def _said(nodes: list[Growing], merges: bool) -> list[int | None]:
    """By node: the class that is said everywhere beneath it, None for several.

    Without merging none but leaves say one.
    """
    said: list[int | None] = [int(node.value.argmax()) for node in nodes]
    for position in range(len(nodes) - 1, -1, -1):  # children before their parents
        if nodes[position].children:
            yes, no = (said[child] for child in nodes[position].children)
            said[position] = yes if merges and yes == no else None
    return said


def _kept(nodes: list[Growing], said: list[int | None]) -> list[int]:
    """Positions of what is left, parents before their children."""
    kept = [0]
    for position in kept:
        if said[position] is None:
            kept.extend(nodes[position].children)
    return kept


def _means(nodes: list[Growing]) -> list[Floats]:
    """By node, the mean of the values of its leaves, by how often they are reached."""
    means = [node.value for node in nodes]
    for position in range(len(nodes) - 1, -1, -1):
        children = nodes[position].children
        if children:
            reach = [nodes[child].reach for child in children]
            means[position] = np.average(
                [means[child] for child in children], axis=0, weights=reach
            )
    return means


def _plain(value: Floats) -> tuple[float, ...]:
    return tuple(value.tolist())
