"""Trees in SQL: a CASE that finds the leaf, and what the leaf says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sklkd.readable._export import filled, label_of, membership, preorder
from sklkd.readable._sql_dialect import Dialect, total
from sklkd.readable._sql_query import WIDTH, Names, Output, Step, around, case
from sklkd.readable._tree import Literal, ReadableTree, Test
from sklkd.readable._words import percent, plain, values

# How deep CASE stands in CASE: parsers have limits, and so have readers.
DEEPEST = 8


def tree_steps(
    dialect: Dialect, model: ReadableTree, names: Names, outputs: Sequence[Output]
) -> list[Step]:
    """Return steps from the user's table to `outputs`."""
    plan = _Plan.of(model)
    writer = _TreeWriter(dialect, model, plan)
    if len(outputs) == 1 and plan.n_stages == 1:
        return [Step("", {outputs[0].name: writer.directly(outputs[0])})]
    leaf, steps = names.free("leaf"), []
    for stage in range(plan.n_stages):
        columns = {} if stage == plan.n_stages - 1 else writer.used()
        columns[leaf] = writer.find(stage, leaf)
        number = "" if plan.n_stages == 1 else f"_{stage + 1}"
        steps.append(Step(names.free(f"leaves{number}"), columns))
    looked_up = {each.name: writer.look_up(leaf, each) for each in outputs}
    return [*steps, Step("", looked_up)]


@dataclass(frozen=True, slots=True)
class _Plan:
    """In which stage, and by which number, each node is found.

    Attributes
    ----------
    leaves : tuple of int
        Their positions, as they are read.
    numbers : Mapping of int to int
        What stands for a node: 1, 2, ... for leaves, less than 0 where a stage begins.
    stages : tuple of int
        For each node, in which stage its test is asked.
    starts : frozenset of int
        Nodes that a stage begins with.
    """

    leaves: tuple[int, ...]
    numbers: Mapping[int, int]
    stages: tuple[int, ...]
    starts: frozenset[int]

    @classmethod
    def of(cls, model: ReadableTree) -> _Plan:
        """Cut a tree where CASE would nest too deep; a "no" nests no deeper."""
        depth, stage = [0] * len(model.nodes), [0] * len(model.nodes)
        leaves, starts = [], {0}
        for position in preorder(model):
            node = model.nodes[position]
            if node.test is None:
                leaves.append(position)
                continue
            if depth[position] == DEEPEST:
                depth[position] = 0
                stage[position] += 1
                starts.add(position)
            depth[node.yes], depth[node.no] = depth[position] + 1, depth[position]
            stage[node.yes] = stage[node.no] = stage[position]
        numbers = {position: -position for position in starts}
        numbers |= {position: i for i, position in enumerate(leaves, start=1)}
        return cls(tuple(leaves), numbers, tuple(stage), frozenset(starts))

    @property
    def n_stages(self) -> int:
        """How many there are."""
        return 1 + max(self.stages)


@dataclass(frozen=True, slots=True)
class _TreeWriter:
    """Writes parts of a query about one tree."""

    dialect: Dialect
    model: ReadableTree
    plan: _Plan

    def used(self) -> dict[str, str]:
        """The columns that are asked about."""
        columns = [self.model.columns[j].name for j in self.model.used]
        return {name: self.dialect.name(name) for name in columns}

    def directly(self, output: Output) -> str:
        """What leaves say, within the tree."""
        said = self._tree(0, lambda leaf: self._says(leaf, output))
        return said if output.index is None else self._real(said)

    def find(self, stage: int, leaf: str) -> str:
        """Numbers of leaves, or of nodes that the next stage begins with."""
        if stage == 0:
            return self._tree(0, self._numbered)
        column = self.dialect.name(leaf)
        starts = [p for p in self.plan.starts if self.plan.stages[p] == stage]
        return case(
            (
                (f"{column} = {-start}", self._tree(start, self._numbered))
                for start in sorted(starts)
            ),
            column,
        )

    def look_up(self, leaf: str, output: Output) -> str:
        """What leaves say, by their numbers."""
        said: dict[str, list[str]] = {}
        for number, position in enumerate(self.plan.leaves, start=1):
            said.setdefault(self._says(position, output), []).append(str(number))
        column = self.dialect.name(leaf)
        if len(said) == 1:
            found = next(iter(said))
        else:
            found = case(
                (_among(column, numbers), what) for what, numbers in said.items()
            )
        return found if output.index is None else self._real(found)

    def _tree(self, position: int, says: Callable[[int], str]) -> str:
        """A CASE from a node down to leaves, or to where the next stage begins."""
        start, branches = position, []
        while not self._ends(position, start):
            node = self.model.nodes[position]
            assert node.test is not None
            answer = self._below(node.yes, says)
            branches.append((self._question(node.test), answer))
            position = node.no
        last = self._below(position, says) if branches else says(position)
        return case(branches, last)

    def _ends(self, position: int, start: int) -> bool:
        """Whether a chain of questions ends here."""
        is_leaf = self.model.nodes[position].test is None
        return is_leaf or (position in self.plan.starts and position != start)

    def _below(self, position: int, says: Callable[[int], str]) -> str:
        """What follows an answer."""
        node = self.model.nodes[position]
        if node.test is None:
            return f"{says(position)}  -- {self._comment(position)}"
        if position in self.plan.starts:
            return str(self.plan.numbers[position])
        return self._tree(position, says)

    def _numbered(self, position: int) -> str:
        return str(self.plan.numbers[position])

    def _says(self, position: int, output: Output) -> str:
        """What a leaf says about an output: a number, or the likeliest label."""
        value = self.model.nodes[position].value
        if output.index is None:
            return self.dialect.literal(label_of(self.model, value))
        return self.dialect.number(value[output.index])

    def _comment(self, position: int) -> str:
        """What a leaf says, in words that break no line."""
        node, targets = self.model.nodes[position], self.model.targets
        if self.model.classes is None:
            said = values(targets, node.value)
        else:
            best = int(np.argmax(node.value))
            said = f"{plain(targets[best])} ({percent(node.value[best])})"
        return f"{said}, {percent(node.share)} of rows"

    def _question(self, test: Test) -> str:
        """A test: by OR, by AND, or by counting."""
        literals = [self._literal(literal) for literal in test.literals]
        if len(literals) == 1:
            return literals[0]
        if test.m in (1, len(literals)):
            word = "OR" if test.m == 1 else "AND"
            return f"\n{word} ".join(map(_grouped, literals))
        counted = (f"CASE WHEN {literal} THEN 1 ELSE 0 END" for literal in literals)
        return f"{total(counted)}\n>= {test.m}"

    def _literal(self, literal: Literal) -> str:
        """A literal; unknown, which counts as no, where a missing value fails it."""
        column = self.model.columns[literal.column]
        name = self.dialect.name(column.name)
        if column.categories is None:
            threshold = self.dialect.number(literal.threshold)
            text = f"{name} {'>' if literal.above else '<='} {threshold}"
            return f"{name} IS NULL OR {text}" if literal.missing else text
        member = membership(column, literal)
        if not member.words:
            return "1 = 0" if member.among else "1 = 1"
        words = [self.dialect.literal(word) for word in member.words]
        if member.among:
            return _among(name, words)
        return f"{name} IS NULL OR {_among(name, words, negated=True)}"

    def _real(self, expression: str) -> str:
        return around("CAST(", expression, f" AS {self.dialect.real})")


def _among(column: str, words: Sequence[str], *, negated: bool = False) -> str:
    """Whether a column is one of some literals, or none of them."""
    if len(words) == 1:
        return f"{column} {'<>' if negated else '='} {words[0]}"
    start = f"{column} {'NOT ' if negated else ''}IN ("
    return around(start, filled(words, ", ", WIDTH), ")")


def _grouped(condition: str) -> str:
    """A condition that can stand beside others."""
    return f"({condition})" if " OR " in condition else condition
