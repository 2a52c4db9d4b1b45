"""A joint distribution of labels: the combinations that occur, and their weights."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd.inspection._class_tree import ClassTree, Label

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """The combinations of labels that occur, and how much each weighs.

    Attributes
    ----------
    columns : tuple of str
        What each column is called.
    kinds : tuple of int
        Which of `trees` a column's labels are in; columns of one kind can be compared.
    trees : tuple of ClassTree
        Labels of each kind.
    codes : ndarray of shape (n_cells, n_columns)
        Positions in the tree's labels; no two rows are the same.
    weights : ndarray of shape (n_cells,)
        Sums of the weights of rows, int64 where these are whole.
    """

    columns: tuple[str, ...]
    kinds: tuple[int, ...]
    trees: tuple[ClassTree, ...]
    codes: Codes
    weights: NDArray[Any]

    @classmethod
    def counted(
        cls,
        columns: Mapping[str, Sequence[Label]],
        kinds: Sequence[int],
        trees: Sequence[ClassTree],
        weights: NDArray[Any],
    ) -> Self:
        """Count rows, given as a list of labels for each column."""
        codes = [
            _codes(labels, trees[kind])
            for labels, kind in zip(columns.values(), kinds, strict=True)
        ]
        merged = _merged(np.stack(codes, axis=1), weights)
        return cls(tuple(columns), tuple(kinds), tuple(trees), *merged)

    def kind(self, column: str) -> int:
        """Return which of `trees` the labels of a column are in."""
        return self.kinds[self.columns.index(column)]

    def tree(self, column: str) -> ClassTree:
        """Return the tree of a column's labels."""
        return self.trees[self.kind(column)]

    def codes_of(self, column: str) -> Codes:
        """Return positions in the labels of a column's tree: (n_cells,)."""
        codes: Codes = self.codes[:, self.columns.index(column)]
        return codes

    def seen(self, column: str) -> Codes:
        """Return positions in what is visible in a column's tree: (n_cells,)."""
        return self.tree(column).visible_codes()[self.codes_of(column)]

    def among(self, column: str, labels: Collection[Label]) -> NDArray[np.bool_]:
        """Return which cells have one of these labels in a column: (n_cells,)."""
        known = np.array([label in labels for label in self.tree(column).labels])
        return known[self.codes_of(column)]

    def where(self, chosen: NDArray[np.bool_]) -> Self:
        """Keep some cells, and all labels."""
        return replace(self, codes=self.codes[chosen], weights=self.weights[chosen])

    def keep(self, columns: Collection[str]) -> Self:
        """Sum over all other columns."""
        kept = [k for k, name in enumerate(self.columns) if name in columns]
        codes, weights = _merged(self.codes[:, kept], self.weights)
        return replace(
            self,
            columns=tuple(self.columns[k] for k in kept),
            kinds=tuple(self.kinds[k] for k in kept),
            codes=codes,
            weights=weights,
        )

    def with_tree(self, kind: int, tree: ClassTree) -> Self:
        """Use another tree of the same labels, such as one with groups folded."""
        trees = list(self.trees)
        trees[kind] = tree
        return replace(self, trees=tuple(trees))

    def pruned(self, kind: int, names: Iterable[Label]) -> Self:
        """Keep cells whose labels of a kind are within some groups, and these only."""
        tree = self.trees[kind]
        smaller = tree.only(names)
        columns = [
            name
            for name, own in zip(self.columns, self.kinds, strict=True)
            if own == kind
        ]
        inside = [self.among(name, smaller.paths) for name in columns]
        less = self.where(np.logical_and.reduce(inside))
        position = {label: k for k, label in enumerate(smaller.labels)}
        moved = np.array([position.get(label, -1) for label in tree.labels])
        codes = less.codes.copy()
        for name in columns:
            at = self.columns.index(name)
            codes[:, at] = moved[codes[:, at]]
        return replace(less, codes=codes).with_tree(kind, smaller)

    def settled(self, settling: Collection[int]) -> Self:
        """Make what is folded a label, for good, in the trees of some kinds."""
        trees = [t.settled() if k in settling else t for k, t in enumerate(self.trees)]
        columns = [
            self.seen(name) if kind in settling else self.codes_of(name)
            for name, kind in zip(self.columns, self.kinds, strict=True)
        ]
        codes, weights = _merged(np.stack(columns, axis=1), self.weights)
        return replace(self, trees=tuple(trees), codes=codes, weights=weights)

    def labels_of(self, column: str) -> list[Label]:
        """Return what is visible of each cell in a column: (n_cells,)."""
        visible = self.tree(column).visible
        return [visible[k] for k in self.seen(column)]

    def matrix(self, row: str, column: str) -> NDArray[Any]:
        """Sum weights by what is visible in two columns of one kind: (k, k)."""
        n_classes = len(self.tree(row).visible)
        counts = np.zeros((n_classes, n_classes), dtype=self.weights.dtype)
        np.add.at(counts, (self.seen(row), self.seen(column)), self.weights)
        return counts


def nested(
    cells: Cells, pairs: Sequence[tuple[str, str]], names: Sequence[str]
) -> Cells:
    """Combine pairs of columns into one column each, of one new kind.

    Labels become tuples, and the first pair's parent labels the groups around them.
    Only combinations that occur are labels.
    """
    parent, child = (cells.tree(column) for column in pairs[0])
    together = [
        [
            _joined(a, b)
            for a, b in zip(cells.labels_of(p), cells.labels_of(c), strict=True)
        ]
        for p, c in pairs
    ]
    occurring = {label for column in together for label in column}
    tree = _product(parent, child, occurring)
    gone = {column for pair in pairs for column in pair}
    rest = [name for name in cells.columns if name not in gone]
    codes = [cells.codes_of(name) for name in rest]
    codes += [_codes(column, tree) for column in together]
    kinds = [cells.kind(name) for name in rest]
    merged = _merged(np.stack(codes, axis=1), cells.weights)
    return Cells(
        (*rest, *names),
        (*kinds, *[len(cells.trees)] * len(names)),
        (*cells.trees, tree),
        *merged,
    )


def _product(
    parent: ClassTree, child: ClassTree, occurring: Collection[Label]
) -> ClassTree:
    """The child's tree within each label of the parent's."""
    paths: dict[Label, tuple[Label, ...]] = {
        _joined(a, b): (*above, a, *(_joined(a, group) for group in within))
        for a, above in parent.paths.items()
        for b, within in child.paths.items()
        if _joined(a, b) in occurring
    }
    return ClassTree(paths)


def _joined(parent: Label, child: Label) -> tuple[Label, ...]:
    """A label within another, however deep either is nested already."""
    above = parent if isinstance(parent, tuple) else (parent,)
    return (*above, *child) if isinstance(child, tuple) else (*above, child)


def _codes(labels: Sequence[Label], tree: ClassTree) -> Codes:
    """Positions of labels in a tree: (n,) -> (n,)."""
    position = {label: k for k, label in enumerate(tree.labels)}
    found = (position[label] for label in labels)
    return np.fromiter(found, dtype=np.int64, count=len(labels))


def _merged(codes: Codes, weights: NDArray[Any]) -> tuple[Codes, NDArray[Any]]:
    """Different rows in order, and sums of weights: (n, c), (n,) -> (m, c), (m,).

    Weights are added from the first row to the last, as scikit-learn adds them, so
    that sums are the same to the last digit. What weighs nothing is left out.
    """
    order = np.lexsort(codes.T[::-1])
    ordered = codes[order]
    is_new = np.ones(len(codes), dtype=bool)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    group = np.empty(len(codes), dtype=np.int64)
    group[order] = np.cumsum(is_new) - 1
    sums = np.zeros(int(is_new.sum()), dtype=weights.dtype)
    np.add.at(sums, group, weights)
    return ordered[is_new][sums != 0], sums[sums != 0]
