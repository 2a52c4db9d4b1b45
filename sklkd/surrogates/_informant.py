"""A teacher that has been fitted, to be asked about any rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Memory
from scipy.special import softmax

from sklkd.surrogates._evidence import Floats, Indices
from sklkd.training import (
    Lessons,
    Question,
    TeacherEnsemble,
    TeacherTargets,
    is_precomputed,
    members_of,
    take,
    teacher_targets,
)
from sklkd.transfer_sets import recombined


@dataclass(frozen=True, slots=True)
class Informant:
    """A teacher that has been fitted.

    Attributes
    ----------
    question : Question
        What it is asked.
    members : dict of str to object
        Fitted, by name; one, unless the teacher is an ensemble.
    ensemble : TeacherEnsemble or None
        How the members' answers become one.
    """

    question: Question
    members: dict[str, Any]
    ensemble: TeacherEnsemble | None = None

    def ask(self, X: Any) -> Floats:
        """Return probabilities or values: (n, n_outputs)."""
        n_rows = X.shape[0]
        known = np.ones(n_rows, dtype=bool)
        said = [
            TeacherTargets(self.question.ask(member, X), known)
            for member in self.members.values()
        ]
        outputs = said[0].outputs
        if self.ensemble is not None:
            nothing = np.zeros(n_rows)
            task = self.question.task
            outputs = self.ensemble.combined(said, task, nothing, nothing).outputs
        if self.question.task == "regression":
            return outputs
        proba: Floats = softmax(outputs, axis=1)
        return proba

    @property
    def teacher(self) -> Any:
        """The one fitted teacher, or all of an ensemble's by name."""
        members = list(self.members.values())
        return members[0] if self.ensemble is None else dict(self.members)


def inform(
    teacher: Any,
    question: Question,
    lessons: Lessons,
    *,
    fit_params: dict[str, dict[str, Any]],
    memory: Memory,
    seed: int | None,
) -> Informant:
    """Fit a teacher, where it comes unfitted.

    Parameters
    ----------
    teacher : object
        From `as_teacher`.
    question : Question
        What it will be asked.
    lessons : Lessons
        Rows to fit it on.
    fit_params : dict of str to dict
        For the ``fit`` of each member, by name.
    memory : joblib.Memory
        Keeps what is fitted here.
    seed : int or None
        For unset random states.
    """
    if any(map(is_precomputed, members_of(teacher).values())):
        raise ValueError(
            f"{question.who}: teacher must be one that can be asked about new rows, "
            "got 'precomputed'. To fit a tree to such numbers, use "
            "DistilledClassifier(teacher='precomputed', student=a tree)."
        )

    def fitted(member: Any, name: str) -> TeacherTargets:
        return teacher_targets(
            member,
            question,
            lessons,
            splits=None,
            fit_params={"teacher": fit_params.get(name, {})},
            precomputed=None,
            memory=memory,
            seed=seed,
            n_jobs=None,
            verbose=0,
        )

    said = {name: fitted(member, name) for name, member in members_of(teacher).items()}
    members = {name: targets.teacher for name, targets in said.items()}
    if not isinstance(teacher, TeacherEnsemble):
        return Informant(question, members)
    combined = teacher.combined(
        list(said.values()), question.task, lessons.target, lessons.weight
    )
    assert combined.weights is not None
    weights = list(combined.weights.values())
    pairs = list(members.items())
    ensemble = TeacherEnsemble(pairs, combine=teacher.combine, weights=weights)
    return Informant(question, members, ensemble)


def oracle_of(
    informant: Informant, X: Any, kept: Indices, weight: Floats, seed: int
) -> Callable[[Indices], Floats]:
    """Ask about rows put together from real ones, of which a model sees some columns.

    Parameters
    ----------
    informant : Informant
        Whom to ask.
    X : array or DataFrame of n rows
        The real rows.
    kept : ndarray of int, shape (n_kept,)
        The columns that the model sees; a new row's others all come from one real row,
        drawn anew for each.
    weight : ndarray of shape (n,)
        By which that row is drawn.
    seed : int
        Of the draws.

    Returns
    -------
    callable
        Row numbers (n_new, n_kept) -> what the teacher says (n_new, n_outputs).
    """
    rng = np.random.default_rng(seed)
    n_columns = X.shape[1]
    ends = np.cumsum(weight)

    def oracle(source: Indices) -> Floats:
        if len(kept) == n_columns:
            full = source
        else:
            drawn = rng.random(len(source)) * ends[-1]
            others = np.searchsorted(ends, drawn, side="right").clip(max=len(ends) - 1)
            full = np.repeat(others[:, np.newaxis], n_columns, axis=1)
            full[:, kept] = source
        return informant.ask(recombined(informant.question.who, X, full))

    return oracle


def rows_of(X: Any, rows: Indices) -> Any:
    """Some rows of X, or all of it as it is."""
    return X if len(rows) == X.shape[0] else take(X, rows)
