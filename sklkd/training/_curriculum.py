"""What a student is to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.objectives import Objective
from sklkd.training._criterion import LabelLoss
from sklkd.training._rows import Signals
from sklkd.training._scaling import Scaling


@dataclass(frozen=True, slots=True)
class Curriculum:
    """What a student is to learn from: inputs, signals and losses.

    Attributes
    ----------
    X : array, sparse array or DataFrame
        Inputs, already checked.
    rows : ndarray of int or None
        Which rows of X are learnt from; None means all. All else is of these rows.
    signals : Signals
        What is learnt of each, on the CPU, in float64.
    n_outputs : int
        Width of the network's output.
    label_loss : callable
        (output, target) -> one value per sample.
    terms : dict of str to Objective
        What is learnt from the teacher.
    stratify : ndarray of shape (n_rows,) or None
        Classes, to be represented among the held-out rows.
    real : ndarray of bool, shape (n_rows,), or None
        Rows that were not made up; only these are held out. None means all.
    classes : ndarray of shape (n_outputs,) or None
        Labels in the user's words; None where values are learnt.
    scaling : Scaling or None
        From standardised values to those of the user.
    unit : float
        The user's weight of a row whose shares sum to 1.
    row_weight : ndarray of shape (n_rows,) or None
        Weight of each row, where it is not the sum of its shares.
    """

    X: Any
    rows: NDArray[np.int64] | None
    signals: Signals
    n_outputs: int
    label_loss: LabelLoss
    terms: dict[str, Objective]
    stratify: NDArray[Any] | None = None
    real: NDArray[np.bool_] | None = None
    classes: NDArray[Any] | None = None
    scaling: Scaling | None = None
    unit: float = 1.0
    row_weight: NDArray[np.float64] | None = None

    @property
    def weight(self) -> NDArray[np.float64]:
        """Weight of each row, shared by its label and its teacher: (n_rows,)."""
        if self.row_weight is not None:
            return self.row_weight
        total: NDArray[np.float64] = (
            self.signals.label_share + self.signals.teacher_share
        ).numpy()
        return total

    @property
    def label_weight(self) -> NDArray[np.float64]:
        """Weight of each row that has a label, 0 where it has none: (n_rows,)."""
        labelled = self.signals.labelled
        return self.weight if labelled is None else self.weight * labelled.numpy()
