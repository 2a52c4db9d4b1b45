"""TREPAN: a tree grown from what a teacher answers, the worst node first."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from sklkd.readable import ReadableTree, Test
from sklkd.surrogates._evidence import Evidence, Floats
from sklkd.surrogates._literals import Sample
from sklkd.surrogates._queries import Marginals
from sklkd.surrogates._trepan_nodes import Growing, finished, n_leaves
from sklkd.surrogates._trepan_rows import Ground, Place
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
    fidelity: str = "class",
    merge_same: bool = True,
    on_node: Callable[[int], None] | None = None,
) -> ReadableTree:
    r"""Return a tree that says what a teacher says, in few questions.

    The node where most is wrong is split first: that with the largest
    :math:`\mathrm{reach}(n)\,(1 - \mathrm{fidelity}(n))`, the share of rows that come
    there times the share of these that the teacher judges otherwise [1]_, Sec. 3. A
    node that few rows come to is judged by queries as well: rows made up under the
    conditions of its path, about which the teacher is asked.

    Parameters
    ----------
    evidence : Evidence
        Rows, what the teacher says of them, and the teacher.
    max_leaves : int, default=15
        At least 1; counted as they are in the result, after merging. So that merging
        does not waste any, up to twice as many splits are tried.
    min_samples : float, default=1000
        Rows that a node is judged by, counted by weight. Queries fill up what is
        missing; with 0 there are none.
    m_of_n : bool, default=True
        Whether questions may have the form "at least m of these n".
    beam_width : int, default=2
        Tests that the search for these follows at the same time.
    significance : float, default=0.05
        In [0, 1]: of tests for a longer question being better, before it is divided
        by the number of questions tried, and for a node's values being distributed
        otherwise than its parent's.
    epsilon : float, default=0.01
        In [0, 1): a node is pure enough where its class has a share of at least
        1 - epsilon, with a confidence of as much. If all say the same that takes
        :math:`z^2 (1 - \epsilon) / \epsilon` rows and queries, 536 by default, with
        :math:`z = \Phi^{-1}(1 - \epsilon)`.
    max_literals : int, default=5
        The largest n.
    fidelity : {"class", "output"}, default="class"
        What a node should reproduce: which class is most probable, or the outputs
        themselves; then 1 - fidelity is their variance, and a node is pure enough
        where it is at most epsilon times that of the root. Values are outputs.
    merge_same : bool, default=True
        Whether leaves that differ in their probabilities alone become one. The class
        that is said stays the same; probabilities become the mean. With
        ``fidelity="output"`` and for values nothing is merged.
    on_node : callable, default=None
        Called after every split with the number of leaves, before merging.

    Returns
    -------
    ReadableTree
        The value of a node is the mean over rows, by weight, and queries; all queries
        of a node weigh as much as 30 rows together, or 1 each if they are fewer.

    Notes
    -----
    Other than in the paper, gains are of the teacher's probabilities instead of its
    classes, and queries weigh less than rows: with the weight of 1 nodes were split for
    the sake of rows that there are none of. Values are standardised before they are
    compared. The weight of a row counts as so many rows, in all tests.

    References
    ----------
    .. [1] M. W. Craven, J. W. Shavlik, "Extracting Tree-Structured Representations of
       Trained Networks", NIPS 1995.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.readable import Column
    >>> from sklkd.surrogates._evidence import Evidence
    >>> from sklkd.surrogates._trepan_growth import grow_trepan
    >>> Z = np.array(list(np.ndindex(2, 2, 2)), dtype=float)
    >>> def majority(Z):
    ...     yes = Z.sum(axis=1) >= 2
    ...     return np.column_stack([~yes, yes]).astype(float)
    >>> columns = tuple(Column(name, i, whole=True) for i, name in enumerate("abc"))
    >>> evidence = Evidence(
    ...     columns, Z, majority(Z), np.ones(8), 8, (0, 1), ("0", "1"),
    ...     oracle=lambda source: majority(Z[source, np.arange(3)]),
    ... )
    >>> tree = grow_trepan(evidence)
    >>> test = tree.nodes[0].test
    >>> tree.complexity, test.m, len(test.literals)
    (2, 2, 3)
    """
    by_class = evidence.classes is not None and fidelity == "class"
    growth = _Growth(
        Ground.of(evidence),
        Search(max_literals if m_of_n else 1, beam_width, significance),
        _Judge(epsilon, by_class),
        min_samples=min_samples,
        merges=by_class and merge_same,
    )
    growth.grow(max_leaves, on_node)
    return ReadableTree(
        evidence.columns,
        evidence.classes,
        evidence.targets,
        finished(growth.nodes, merges=growth.merges),
    )


@dataclass(slots=True)
class _Judge:
    """How wrong a node is: 1 - fidelity, and 0 where it is pure enough."""

    epsilon: float
    by_class: bool
    root_error: float | None = None

    def error(self, sample: Sample, value: Floats) -> float:
        """Of a node that says `value`: (n_outputs,)."""
        total = sample.weight.sum()
        if self.by_class:
            wrong = sample.said.argmax(axis=1) != value.argmax()
            error = float(sample.weight[wrong].sum() / total)
            return 0.0 if self._surely_pure(error, sample.count.sum()) else error
        squares = np.square(sample.said - value).sum(axis=1)
        error = float(sample.weight @ squares / total)
        if self.root_error is None:
            self.root_error = error
        return 0.0 if error <= self.epsilon * self.root_error else error

    def _surely_pure(self, error: float, n: float) -> bool:
        """Whether the lower end of Wilson's interval of 1 - error is 1 - epsilon."""
        if self.epsilon == 0:
            return False
        z = ndtri(1 - self.epsilon)
        middle = 1 - error + z**2 / (2 * n)
        width = z * np.sqrt(error * (1 - error) / n + z**2 / (4 * n**2))
        return bool((middle - width) / (1 + z**2 / n) >= 1 - self.epsilon)


class _Growth:
    """A tree that grows."""

    def __init__(
        self,
        ground: Ground,
        search: Search,
        judge: _Judge,
        *,
        min_samples: float,
        merges: bool,
    ) -> None:
        self.ground, self.search, self.judge = ground, search, judge
        self.min_samples, self.merges = min_samples, merges
        self.nodes: list[Growing] = []

    @property
    def n_leaves(self) -> int:
        """How many there are when those of one class have become one."""
        return n_leaves(self.nodes, merges=self.merges)

    def grow(self, max_leaves: int, on_node: Callable[[int], None] | None) -> None:
        """Split nodes until there are enough leaves, or nothing is left to split."""
        self._add(*self.ground.root, 1.0)
        queue, n_tried = [(-1.0, 0)], 0
        while queue and n_tried < 2 * max_leaves and self.n_leaves < max_leaves:
            node = self.nodes[heapq.heappop(queue)[1]]
            n_tried += 1
            if not self._split(node, max_leaves):
                continue
            for position in node.children:
                child = self.nodes[position]
                heapq.heappush(queue, (-child.reach * child.error, position))
            if on_node is not None:
                on_node(len(self.nodes) // 2 + 1)

    def _add(self, place: Place, model: Marginals, reach: float) -> None:
        """Ask the teacher about a place, and make it a leaf."""
        ground = self.ground
        source = ground.queries(place, model, self.min_samples)
        answers = ground.asked(source)
        sample = ground.sample(place.here, source, answers)
        value = sample.mean
        standard = replace(sample, said=ground.standard(sample.said))
        error = self.judge.error(standard, ground.standard(value))
        share = ground.share(place.here)
        self.nodes.append(Growing(place, model, answers, value, reach, share, error))

    def _split(self, node: Growing, max_leaves: int) -> bool:
        """Put the best question to a leaf, if it has one that leads somewhere."""
        ground, place = self.ground, node.place
        if node.error == 0:
            return False
        # Kept for all leaves, the queries of a wide table would fill the memory.
        source = ground.queries(place, node.model, self.min_samples)
        sample = ground.sample(place.here, source, node.answers)
        node.test = best_test(
            replace(sample, said=ground.standard(sample.said)),
            ground.evidence.columns,
            self.search,
            values=ground.evidence.classes is None,
            grouped=place.conditions.grouped,
        )
        if node.test is None:
            return False
        self._branch(node, node.test, sample)
        if self.n_leaves > max_leaves:
            node.test, node.children = None, ()
            del self.nodes[-2:]
        return node.test is not None

    def _branch(self, node: Growing, test: Test, sample: Sample) -> None:
        first = len(self.nodes)
        node.children = (first, first + 1)
        yes = sample.weight[test.holds(sample.Z)].sum() / sample.weight.sum()
        places = self.ground.children(node.place, test, first)
        for place, part in zip(places, (yes, 1 - yes), strict=True):
            model = self.ground.below(place, node.model, self.search.significance)
            self._add(place, model, node.reach * float(part))
