"""The rows of one ``fit``, with their labels, folds and parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.estimators import Encoded, Request
from sklkd.training import Lessons, Question, Split, take_params
from sklkd.transfer_sets import TransferSet


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that a teacher and a student are given.

    Attributes
    ----------
    request : Request
        Rows.
    encoded : Encoded
        Their labels.
    question : Question
        What the teacher is asked for.
    splits : list of (train, test) or None
        Folds over the rows that came with labels.
    fit_params : dict of str to dict
        For the ``fit`` of each teacher.
    """

    request: Request
    encoded: Encoded
    question: Question
    splits: list[Split] | None
    fit_params: dict[str, dict[str, Any]]

    @property
    def lessons(self) -> Lessons:
        """What the teacher is given."""
        request = self.request
        return Lessons(
            request.X_original,
            request.y,
            self.encoded.target,
            request.label_weight,
            request.n_given,
        )

    @property
    def n_fits(self) -> int:
        """How often each teacher that is fitted here is fitted."""
        return 1 if self.splits is None else len(self.splits)

    def with_synthesised(self, transfer_set: TransferSet | None) -> Case:
        """Return the rows, and after them those that a transfer set makes of them."""
        if transfer_set is None:
            return self
        request = self.request
        made = transfer_set.synthesise(
            request.X_original, request.row_weight, who=self.question.who
        )
        return replace(
            self,
            request=request.followed_by(made.X, synthesised=True),
            encoded=self.encoded.followed_by(made.X.shape[0]),
        )

    def taken(self, rows: NDArray[np.int64]) -> Case:
        """Return some of the rows, in ascending order, with the folds of these."""
        given = rows[rows < self.request.n_given]
        n_given = self.request.n_given
        return replace(
            self,
            request=self.request.taken(rows),
            encoded=self.encoded.taken(rows),
            splits=None if self.splits is None else _among(self.splits, rows),
            fit_params={
                name: take_params(params, given, n_given)
                for name, params in self.fit_params.items()
            },
        )


def _among(splits: list[Split], rows: NDArray[np.int64]) -> list[Split]:
    """Folds over some rows only, which are numbered anew; none without training."""

    def renumbered(fold: NDArray[np.int64]) -> NDArray[np.int64]:
        kept = fold[np.isin(fold, rows)]
        return np.searchsorted(rows, kept)

    folds = [(renumbered(train), renumbered(test)) for train, test in splits]
    return [(train, test) for train, test in folds if len(train)]
