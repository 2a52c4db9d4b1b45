"""TREPAN: a tree grown from what the teacher answers, best node first."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sklkd.readable import Node, ReadableTree, Test
from sklkd.surrogates._evidence import Evidence, Floats
from sklkd.surrogates._literals import Sample
from sklkd.surrogates._queries import Conditions, Marginals, Path
from sklkd.surrogates._trepan_splits import Search, best_test


def grow_trepan(
    evidence: Evidence,
    *,
    max_leaves: int = 15,
    min_samples: float = 1000,
    m_of_n: bool = True,
    beam_width: int = 2,
    significance: float = 0.05,
    epsilon: float = 0.01,
    max_literals: int = 5,
    by: str | None = None,
    merge_same: bool = True,
    on_node: Callable[[int], None] | None = None,
) -> ReadableTree:
    """Return a tree that says what the teacher says, as well as few questions can.
    """
    search = Search(max_literals if m_of_n else 1, beam_width, significance)
    grower = _Grower(evidence, search, min_samples=min_samples, epsilon=epsilon)
    nodes = grower.grow(max_leaves, on_node or (lambda n_leaves: None))
    if merge_same and evidence.classes is not None:
        _merge(nodes, 0)
    return ReadableTree(
        columns=evidence.columns,
        classes=evidence.classes,
        targets=evidence.targets,
        nodes=_numbered(nodes),
    )


@dataclass(slots=True)
class _Growing:
    """A node while its tree grows."""

    path: Path
    rows: NDArray[np.bool_]
    model: Marginals
    sample: Sample
    reach: float
    share: float
    value: Floats
    error: float = 0.0
    test: Test | None = None
    children: tuple[int, ...] = ()


QT = 1e9
MINREL=1.0
VALQ = None
ERR = "all"
REACH = "all"
SPLITQ = True


class _Grower:
    def __init__(self, evidence, search, *, min_samples, epsilon):
        self.evidence = evidence
        self.search = search
        self.min_samples = min_samples
        self.epsilon = epsilon
        self.first, self.weight = _distinct(evidence)
        self.Z = evidence.Z[self.first]
        self.said = evidence.said[self.first]
        self.real = self.first < evidence.n_real
        self.total = self.weight[self.real].sum()
        self.scale = _scale(evidence)
        self.values = evidence.classes is None
        self.spread = None
        self.nodes = []

    def grow(self, max_leaves, on_node):
        everything = np.ones(len(self.Z), dtype=bool)
        real = self.real
        model = Marginals.of(self.evidence.columns, self.Z[real], self.weight[real])
        queue = [self.add((), everything, model, 1.0)]
        leaves = 1
        while queue and leaves < max_leaves:
            at = heapq.heappop(queue)[1]
            node = self.nodes[at]
            if node.error == 0:
                continue
            grouped = Conditions.of(node.path).grouped
            node.test = best_test(
                node.sample, self.evidence.columns, self.search,
                values=self.values, grouped=grouped,
            )
            if node.test is None:
                continue
            yes_s = node.test.holds(node.sample.Z)
            yes = node.test.holds(self.Z)
            w = node.sample.weight
            ratio = w[yes_s].sum() / w.sum()
            if REACH == 'kids':
                pass
            pos = []
            for answer, side, r in ((True, yes, ratio), (False, ~yes, 1 - ratio)):
                entry = self.add((*node.path, (node.test, answer)), node.rows & side, node.model, node.reach * r)
                heapq.heappush(queue, entry)
                pos.append(entry[1])
            node.children = tuple(pos)
            leaves += 1
            on_node(leaves)
        return self.nodes

    def add(self, path, rows, model, reach):
        at = len(self.nodes)
        conditions = Conditions.of(path)
        here = np.where(rows, self.weight, 0.0)[self.real]
        if path:
            model = model.refitted(here, conditions, self.search.significance)
        share = here.sum() / self.total
        weight = self.weight[rows]
        n_new = int(np.ceil(max(0.0, self.min_samples - weight.sum())))
        Z, said = self.Z[rows], self.said[rows]
        nreal = len(Z)
        if n_new:
            rng = np.random.default_rng([self.evidence.seed, at])
            source = model.draw(n_new, conditions, rng)
            if len(source):
                Z = np.concatenate([Z, self.Z[self.real][source, np.arange(Z.shape[1])]])
                origin = self.first[self.real][source]
                said = np.concatenate([said, self.evidence.oracle(origin)])
                weight = np.concatenate([weight, np.full(len(source), min(1.0, QT / len(source)))])
        sample = Sample(Z, said / self.scale, weight)
        vw = weight.copy()
        if VALQ is not None and nreal < len(Z):
            vw[nreal:] *= min(1.0, VALQ / (len(Z) - nreal))
        value = vw @ said / vw.sum()
        ew = weight.copy()
        if ERR == "real" and nreal:
            ew[nreal:] *= 1e-6
        if ERR == "val":
            ew = vw
        if REACH == "real":
            reach = share
        error = self._error(said, ew, value)
        self.nodes.append(_Growing(path, rows, model, sample, reach, share, value, error))
        return (-reach * error, at)

    def _error(self, said, weight, value):
        if self.values:
            return float((weight @ np.square((said - value) / self.scale)).sum() / weight.sum())
        agree = said.argmax(1) == value.argmax()
        p = weight @ agree / weight.sum()
        if p == 1:
            return 0.0
        z = ndtri(1 - self.epsilon) if self.epsilon else np.inf
        n = weight.size
        if self.epsilon:
            low = (p + z*z/(2*n) - z*np.sqrt(p*(1-p)/n + z*z/(4*n*n))) / (1 + z*z/n)
            if low >= 1 - self.epsilon:
                return 0.0
        return 1 - p


def _distinct(evidence):
    real = np.arange(len(evidence.Z)) < evidence.n_real
    Z = np.where(np.isnan(evidence.Z), np.nan, evidence.Z) + 0.0
    table = np.ascontiguousarray(np.column_stack([Z, evidence.said + 0.0, real]))
    raw = table.view(np.dtype((np.void, table.itemsize * table.shape[1]))).ravel()
    _, first, member = np.unique(raw, return_index=True, return_inverse=True)
    order = np.argsort(first)
    weight = np.bincount(member, evidence.weight)
    return first[order], weight[order]


def _scale(evidence):
    if evidence.classes is not None:
        return 1.0
    _, said, weight = evidence.real
    dev = said - weight @ said / weight.sum()
    sd = np.sqrt(weight @ dev**2 / weight.sum())
    return np.where(sd > 0, sd, 1.0)


def _merge(nodes, at):
    node = nodes[at]
    for child in node.children:
        _merge(nodes, child)
    if node.test is None:
        return
    kids = [nodes[c] for c in node.children]
    if any(k.test is not None for k in kids) or kids[0].value.argmax() != kids[1].value.argmax():
        return
    node.value = sum(k.reach * k.value for k in kids) / sum(k.reach for k in kids)
    node.test, node.children = None, ()


def _numbered(nodes):
    kept = [0]
    for at in kept:
        kept.extend(nodes[at].children)
    place = {at: i for i, at in enumerate(kept)}
    return tuple(
        Node(tuple(map(float, n.value)), float(n.share), n.test, *[place[c] for c in n.children])
        for n in (nodes[at] for at in kept)
    )
