"""Confusions of hierarchical and multi-output labels, to be asked and summed up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from sklkd._validation import COUNT, check_interval
from sklkd.inspection._class_tree import Label
from sklkd.inspection._confusion_base import BaseConfusions
from sklkd.inspection._confusion_cells import nested
from sklkd.inspection._confusion_questions import (
    Answer,
    Output,
    find_groups,
    find_kind,
    find_name,
    find_nestable,
    find_nodes,
    find_pair,
    is_among,
    is_correct,
)
from sklkd.inspection._confusion_rows import count_columns, count_pairs, named_columns


@dataclass(frozen=True, eq=False, repr=False)
class ConfusionCube(BaseConfusions):
    r"""The joint distribution of actual and predicted labels, of any number of outputs.

    A confusion matrix is the table of :math:`P(a, p)`, of an actual label and a
    predicted one. With :math:`L` outputs there is a distribution of :math:`2 L` labels
    [1]_, and of further columns that are known of each row. A cube has the weights of
    its combinations, those that occur, and answers questions about them. Every method
    returns a new cube and leaves this one as it is.

    Best made by `from_predictions` or `from_columns`.

    Attributes
    ----------
    joint : Cells
        The combinations of labels, their weights, and the hierarchies.
    pairs : tuple of Output
        Names of the outputs, and their columns.
    conditions : tuple of str
        What this is conditioned on, in words.

    See Also
    --------
    ConfusionTreeDisplay : Its picture.
    sklearn.metrics.confusion_matrix : What `matrix` is for one output.

    Notes
    -----
    Labels are ordered as they stand in the hierarchy, or else are sorted. A label that
    is missing (None, NaN) is the label "none". Sets of labels are labels themselves,
    such as "{cat,dog}".

    References
    ----------
    .. [1] J. Görtler et al., "Neo: Generalizing Confusion Matrix Visualization to
       Hierarchical and Multi-Output Labels", CHI 2022. arXiv:2110.12536

    Examples
    --------
    >>> from sklkd.inspection import ConfusionCube
    >>> animals = {"pet": ["cat", "dog"], "wild": ["fox", "wolf"]}
    >>> y_true = ["cat", "dog", "fox", "wolf", "wolf"]
    >>> y_pred = ["cat", "cat", "dog", "fox", "wolf"]
    >>> cube = ConfusionCube.from_predictions(y_true, y_pred, hierarchy=animals)
    >>> cube.collapse("pet").labels()
    ('pet', 'fox', 'wolf')
    >>> cube.collapse("pet").matrix()
    array([[2, 0, 0],
           [1, 0, 0],
           [0, 1, 1]])
    >>> cube.condition(actual="wild").accuracy()
    0.3333333333333333

    What a student says where its teacher is wrong:

    >>> cube = ConfusionCube.from_columns(
    ...     {"label": y_true, "teacher": y_pred, "student": ["cat"] * 5}
    ... )
    >>> wrong = cube.condition("teacher", correct=False)
    >>> wrong.accuracy("student"), wrong.accuracy("student", against="teacher")
    (0.0, 0.3333333333333333)
    """

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        output_names: Sequence[str] | None = None,
        hierarchy: Any = None,
        sample_weight: Any = None,
        further: Any = None,
        multilabel: bool | None = None,
    ) -> Self:
        """Count actual and predicted labels.

        Parameters
        ----------
        y_true, y_pred : array-like, DataFrame or sparse matrix
            Labels of shape (n_samples,) or (n_samples, n_outputs), of strings, numbers
            or sets. The columns of an output called "size" are "actual_size" and
            "predicted_size".
        output_names : sequence of str, default=None
            What outputs are called. None takes the names of columns, or "output_0",
            "output_1" and so on; a single one is "label".
        hierarchy : mapping or list, default=None
            Groups of labels, such as ``{"pet": ["cat", "dog"], "wild": {"big":
            ["wolf"], "small": ["fox"]}}``. It must hold every label of the data, and
            may hold others. With several outputs, a mapping of their names to their
            hierarchies.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts.
        further : DataFrame, or mapping of str to array-like, default=None
            What else is known of each row, to condition on.
        multilabel : bool, default=None
            Whether columns of 0 and 1 are one output, whose labels are sets of the
            columns' names; `output_names` are then these. False makes each an output.
            None is True where `y_true` and `y_pred` both have nothing else, as in
            scikit-learn.

        Returns
        -------
        ConfusionCube

        Raises
        ------
        TypeError
            If a label cannot be a key of a dict.
        ValueError
            If the arrays do not fit together, or the hierarchy lacks a label.
        """
        joint, pairs = count_pairs(
            "ConfusionCube.from_predictions",
            (y_true, y_pred),
            {"output_names": output_names, "multilabel": multilabel},
            hierarchy=hierarchy,
            sample_weight=sample_weight,
            further=further,
        )
        return cls(joint, tuple(Output(*pair) for pair in pairs))

    @classmethod
    def from_columns(
        cls,
        columns: Any,
        *,
        truth: str | None = None,
        hierarchy: Any = None,
        sample_weight: Any = None,
        further: Any = None,
    ) -> Self:
        """Count what several models say of the same labels.

        Parameters
        ----------
        columns : DataFrame, or mapping of str to array-like of shape (n_samples,)
            The actual labels, and predicted ones, such as ``{"label": y, "teacher": t,
            "student": s}``. Each but the actual one is an output of that name.
        truth : str, default=None
            Which are the actual labels; None takes the first.
        hierarchy, sample_weight, further
            As for `from_predictions`.

        Returns
        -------
        ConfusionCube

        Raises
        ------
        TypeError, ValueError
            As for `from_predictions`.
        """
        who = "ConfusionCube.from_columns"
        named = named_columns(columns)
        if len(named) < 2:
            raise ValueError(
                f"{who}: columns must be at least 2, of actual labels and predicted "
                f"ones, got {list(named)}."
            )
        actual = next(iter(named)) if truth is None else truth
        find_name(who, "truth", actual, named)
        joint = count_columns(
            who,
            named,
            hierarchy=hierarchy,
            sample_weight=sample_weight,
            further=further,
        )
        outputs = (Output(name, actual, name) for name in named if name != actual)
        return cls(joint, tuple(outputs))

    def condition(
        self,
        output: str | None = None,
        *,
        actual: Any = None,
        predicted: Any = None,
        correct: bool | None = None,
        **columns: Any,
    ) -> Self:
        r"""Keep the rows of which something is known.

        Weights stay as they are: of :math:`P(\cdot, c)`, which ``normalize="all"``
        makes :math:`P(\cdot \mid c)`. Classes stay as well, even where nothing is left.

        Parameters
        ----------
        output : str, default=None
            What the next three are about; None where there is one output.
        actual, predicted : label, or list or set of them, default=None
            A label or group of labels, or one of several. What is missing is "none".
        correct : bool, default=None
            Whether the predicted class is the actual one; with groups that are
            collapsed, the group.
        **columns : label, or list or set of them
            The same by the name of a column, as in ``condition(teacher="cat")``.

        Returns
        -------
        ConfusionCube

        Raises
        ------
        ValueError
            If there is no such output, column or label; it says which is near.
        """
        who = "ConfusionCube.condition"
        told: list[Answer] = []
        wanted = dict(columns)
        if not all(value is None for value in (output, actual, predicted, correct)):
            pair = find_pair(who, self.pairs, output)
            sides = {pair.actual: actual, pair.predicted: predicted}
            wanted |= {name: each for name, each in sides.items() if each is not None}
            if correct is not None:
                told.append(is_correct(who, self.joint, pair, correct))
        told += [is_among(who, self.joint, *each) for each in wanted.items()]
        if not told:
            raise ValueError(f"{who}: something must be known of rows, got nothing.")
        chosen = np.logical_and.reduce([cells for cells, _ in told])
        words = (word for _, word in told)
        conditions = (*self.conditions, *words)
        return replace(self, joint=self.joint.where(chosen), conditions=conditions)

    def marginalise(self, keep: str | Iterable[str]) -> Self:
        """Sum over all outputs and columns but some.

        Parameters
        ----------
        keep : str or iterable of str
            Names of outputs or columns.

        Returns
        -------
        ConfusionCube

        Raises
        ------
        ValueError
            If there is no such output or column, or none at all is kept.
        """
        names = [keep] if isinstance(keep, str) else list(keep)
        who = "ConfusionCube.marginalise"
        if not names:
            raise ValueError(f"{who}: keep must be at least one name, got none.")
        for name in names:
            find_name(who, "keep", name, {*self.outputs, *self.columns})
        pairs = tuple(pair for pair in self.pairs if pair.name in names)
        kept = {column for pair in pairs for column in pair[1:]} | set(names)
        return replace(self, joint=self.joint.keep(kept), pairs=pairs)

    def nest(self, parent: str, child: str) -> Self:
        """Combine two outputs into one, whose labels are pairs: ``("red", "car")``.

        The parent's labels are groups of the new hierarchy, with the child's hierarchy
        within each. Collapsed to them, it is the parent's matrix again. What is
        collapsed when it is nested stays so.

        Parameters
        ----------
        parent, child : str
            Two outputs with labels of their own, or one and a further column. The new
            output is called "parent:child".

        Returns
        -------
        ConfusionCube
            Only combinations that occur are labels.

        Raises
        ------
        ValueError
            If there is no such output, or another one needs their columns.
        """
        who = "ConfusionCube.nest"
        outer, inner = find_nestable(who, self.joint, self.pairs, (parent, child))
        name = f"{parent}:{child}"
        pair = Output(name, f"actual_{name}", f"predicted_{name}")
        kinds = {self.joint.kind(outer.actual), self.joint.kind(inner.actual)}
        columns = [(outer.actual, inner.actual), (outer.predicted, inner.predicted)]
        joint = nested(self.joint.settled(kinds), columns, pair[1:])
        others = (each for each in self.pairs if each not in (outer, inner))
        return replace(self, joint=joint, pairs=(pair, *others))

    def collapse(
        self, *groups: Label, level: int | None = None, output: str | None = None
    ) -> Self:
        """Make groups of the hierarchy one class each; `expand` opens them again.

        Parameters
        ----------
        *groups : label
            Names of groups.
        level : int, default=None
            Collapse whatever lies deeper: 1 leaves what is on top. Without groups and
            level, it is 1.
        output : str, default=None
            Whose hierarchy; None where there is one.

        Returns
        -------
        ConfusionCube

        Raises
        ------
        ValueError
            If there is no such group.
        """
        who = "ConfusionCube.collapse"
        kind = find_kind("ConfusionCube.collapse", self.joint, self.pairs, output)
        tree = self.joint.trees[kind]
        find_groups(who, tree, groups)
        if level is not None or not groups:
            depth = 1 if level is None else level
            check_interval(who, "level", depth, COUNT)
            tree = tree.fold_to(depth)
        return replace(self, joint=self.joint.with_tree(kind, tree.fold(groups)))

    def expand(self, *groups: Label, output: str | None = None) -> Self:
        """Open groups that are collapsed, and those around them; all if none is named.

        Groups within stay as they are, so that one may go down step by step. Parameters
        and errors are those of `collapse`.
        """
        kind = find_kind("ConfusionCube.expand", self.joint, self.pairs, output)
        tree = self.joint.trees[kind]
        find_groups("ConfusionCube.expand", tree, groups)
        open_tree = tree.unfold(groups or tree.groups)
        return replace(self, joint=self.joint.with_tree(kind, open_tree))

    def filter(self, *names: Label, output: str | None = None) -> Self:
        """Keep rows whose labels are all within some groups, and only these classes.

        Rows are left out that come from there and are taken for something else, or the
        other way round: `condition` keeps these, and `collapse` sums them up.

        Parameters
        ----------
        *names : label
            Groups or labels.
        output : str, default=None
            Whose hierarchy; None where there is one.

        Returns
        -------
        ConfusionCube

        Raises
        ------
        ValueError
            If there is no such group or label, or none is named.
        """
        kind = find_kind("ConfusionCube.filter", self.joint, self.pairs, output)
        find_nodes("ConfusionCube.filter", self.joint.trees[kind], names)
        return replace(self, joint=self.joint.pruned(kind, names))
