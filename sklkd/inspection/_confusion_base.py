"""What confusions tell: matrices, shares and tables of a joint distribution."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import check_choice
from sklkd.inspection._class_tree import Label, label_text
from sklkd.inspection._confusion_cells import Cells
from sklkd.inspection._confusion_questions import Output, find_pair, find_rows

Normalize = Literal["true", "pred", "all"]
AXES = {"true": 1, "pred": 0, "all": None}


@dataclass(frozen=True, eq=False, repr=False)
class BaseConfusions(ABC):
    """Numbers of a joint distribution; how one is made is in `ConfusionCube`."""

    joint: Cells
    pairs: tuple[Output, ...]
    conditions: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return tuple(pair.name for pair in self.pairs)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns: of outputs, and further ones."""
        return self.joint.columns

    @property
    def total(self) -> float:
        """The sum of all weights: how many rows, where these have no weights."""
        total: float = self.joint.weights.sum().item()
        return total

    @property
    def cells(self) -> dict[tuple[Label, ...], float]:
        """The combinations of labels that occur, in the order of `columns`: weights."""
        seen = self.joint.settled(range(len(self.joint.trees)))
        labels = (seen.labels_of(name) for name in seen.columns)
        return dict(zip(zip(*labels, strict=True), seen.weights.tolist(), strict=True))

    def labels(self, output: str | None = None) -> tuple[Label, ...]:
        """Return the classes of an output: its labels, and groups that are collapsed.

        Parameters
        ----------
        output : str, default=None
            Of outputs or columns; None where there is one output.
        """
        pair = find_pair("ConfusionCube.labels", self.pairs, output)
        return self.joint.tree(pair.actual).visible

    def matrix(
        self,
        output: str | None = None,
        *,
        normalize: Normalize | None = None,
        against: str | None = None,
    ) -> NDArray[Any]:
        """Return the confusion matrix of an output, summed over all others.

        Parameters
        ----------
        output : str, default=None
            Which; None where there is one.
        normalize : {"true", "pred", "all"}, default=None
            What sums to 1: each row, each column, or all. None returns weights, as
            int64 where those of rows are whole.
        against : str, default=None
            A column of the same labels that is in the rows, in place of the actual
            labels: what the teacher says, for instance.

        Returns
        -------
        ndarray of shape (n_classes, n_classes)
            Actual labels are rows and predicted ones columns, in the order of
            `labels`. What occurs nowhere stays 0 when normalised.

        Raises
        ------
        ValueError
            If there is no such output or column.
        """
        who = "ConfusionCube.matrix"
        if normalize is not None:
            check_choice(who, "normalize", normalize, AXES)
        pair = find_pair(who, self.pairs, output)
        row = find_rows(who, self.joint, pair, against)
        counts = self.joint.matrix(row, pair.predicted)
        if normalize is None:
            return counts
        sums = counts.sum(axis=AXES[normalize], keepdims=True)
        return np.divide(counts, sums, out=np.zeros(counts.shape), where=sums != 0)

    def accuracy(
        self, output: str | None = None, *, against: str | None = None
    ) -> float:
        """Return the share of weight in [0, 1] whose class is right; NaN of nothing.

        Parameters
        ----------
        output, against
            As for `matrix`. Against the teacher, it is the agreement with it.
        """
        counts = self.matrix(output, against=against)
        total = counts.sum()
        return float(np.trace(counts) / total) if total else float("nan")

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with a row for each of `cells`.

        Returns
        -------
        pandas.DataFrame
            With the columns of the cube, and "weight". Nested labels are strings.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415 - pandas is optional
        except ImportError as error:
            raise ImportError(
                "ConfusionCube.to_frame: pandas must be installed. Run pip install "
                "pandas, or take cells."
            ) from error
        rows = [
            [label_text(each) if isinstance(each, tuple) else each for each in cell]
            for cell in self.cells
        ]
        frame = pd.DataFrame(rows, columns=list(self.columns))
        return frame.assign(weight=list(self.cells.values()))

    def __repr__(self) -> str:
        given = f" | {', '.join(self.conditions)}" if self.conditions else ""
        return (
            f"<ConfusionCube of {', '.join(self.outputs) or 'no outputs'}{given}: "
            f"total {self.total:g} in {len(self.joint.weights)} cells>"
        )
