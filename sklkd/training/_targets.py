"""From (teacher, X, y) to what the teacher said about every training row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from joblib import Memory
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone

from sklkd.training._cache import recall
from sklkd.training._cross_fit import (
    Lessons,
    Split,
    TeacherTargets,
    cross_fit,
    fit_teacher,
)
from sklkd.training._ensemble import TeacherEnsemble
from sklkd.training._out_of_bag import fit_out_of_bag
from sklkd.training._seeds import seeded
from sklkd.training._tables import take
from sklkd.training._teachers import (
    Question,
    check_teacher,
    is_precomputed,
    is_prefit,
    len_of,
)


def as_teacher(who: str, teacher: Any) -> Any:
    """Check what the user passed as ``teacher=``; a list becomes an ensemble."""
    if isinstance(teacher, (list, tuple)):
        teacher = TeacherEnsemble(list(teacher))
    if not isinstance(teacher, TeacherEnsemble):
        check_teacher(who, teacher)
        return teacher
    teacher.check(who)
    for _, member in teacher.named_parts:
        check_teacher(who, member)
    return teacher


def members_of(teacher: Any) -> dict[str, Any]:
    """The teachers by name; a single one is called "teacher"."""
    if isinstance(teacher, TeacherEnsemble):
        return dict(teacher.named_parts)
    return {"teacher": teacher}


def is_fitted_here(teacher: Any) -> bool:
    """Whether a single teacher is one that is fitted for the user."""
    return not (is_prefit(teacher) or is_precomputed(teacher))


def teacher_targets(
    teacher: Any,
    question: Question,
    lessons: Lessons,
    *,
    splits: list[Split] | None,
    out_of_bag: bool = False,
    fit_params: Mapping[str, dict[str, Any]],
    precomputed: NDArray[Any] | None,
    memory: Memory,
    seed: int | None,
    n_jobs: int | None,
    verbose: int,
) -> TeacherTargets:
    """Return what a teacher, or an ensemble of them, says about every row.

    Parameters
    ----------
    teacher : object
        From `as_teacher`; not changed.
    question : Question
        What is asked.
    lessons : Lessons
        The rows.
    splits : list of (train, test) or None
        Folds for teachers that are fitted here; None fits on all rows.
    out_of_bag : bool, default=False
        Whether such a one's out-of-bag estimates are wanted instead.
    fit_params : mapping of str to dict
        For the ``fit`` of each member.
    precomputed : ndarray or None
        What was handed to ``fit``.
    memory : joblib.Memory
        Keeps the targets of teachers that are fitted here.
    seed : int or None
        For unset random states of a teacher.
    n_jobs, verbose : int
        Folds at a time; whether to show a bar.
    """
    how = {"keep": memory, "n_jobs": n_jobs, "verbose": verbose}

    def single(name: str, member: Any) -> TeacherTargets:
        if is_precomputed(member):
            return _given(question, precomputed, len_of(lessons.X))
        if is_prefit(member):
            question.check_classes(member)
            return _said_by(question, member, lessons.X)
        if seed is not None and isinstance(member, BaseEstimator):
            member = seeded(clone(member), seed)
        params = fit_params[name]
        if out_of_bag:
            content = (member, lessons, params, question)
            return recall(memory, fit_out_of_bag, *content)
        if splits is None:
            return _in_sample(question, member, lessons, params, memory)
        folds = (member, lessons, params, splits, question)
        return TeacherTargets(*recall(memory, cross_fit, *folds, **how))

    spread, question = question.spread, _asked_of_each(question, teacher)
    said = [single(name, member) for name, member in members_of(teacher).items()]
    if not isinstance(teacher, TeacherEnsemble):
        return said[0]
    return teacher.combined(
        said, question.task, _in_units(question, lessons), lessons.weight, spread
    )


def _asked_of_each(question: Question, teacher: Any) -> Question:
    """What each member is asked, where the spread of an ensemble is wanted."""
    spread = question.spread
    if spread is None or not isinstance(teacher, TeacherEnsemble):
        return question
    own = spread.of_members(question.who, members_of(teacher).values())
    n_outputs = spread.n_targets if own is None else own.width
    return replace(question, n_outputs=n_outputs, spread=own)


def _in_units(question: Question, lessons: Lessons) -> NDArray[Any]:
    """Class indices, or the values in the units in which members speak."""
    if question.task == "classification":
        return lessons.target
    return lessons.y.reshape(len(lessons.y), -1).astype(np.float64)


def _given(
    question: Question, precomputed: NDArray[Any] | None, n_rows: int
) -> TeacherTargets:
    """Numbers that were handed to ``fit``."""
    name = (
        "teacher_proba" if question.task == "classification" else "teacher_prediction"
    )
    if precomputed is None:
        raise ValueError(
            f"{question.who}: teacher='precomputed' needs the teacher's numbers; pass "
            f"fit(X, y, {name}=...)."
        )
    check = (
        question.from_proba
        if question.task == "classification"
        else question.check_values
    )
    return TeacherTargets(check(precomputed, n_rows, name), np.ones(n_rows, bool))


def _in_sample(
    question: Question,
    teacher: Any,
    lessons: Lessons,
    fit_params: dict[str, Any],
    memory: Memory,
) -> TeacherTargets:
    """One teacher, fitted on all labelled rows, asked about all rows."""
    rows = np.flatnonzero(lessons.labelled)
    params = lessons.params(fit_params, rows)
    # A mapped array that is used whole stays mapped.
    X = lessons.X if lessons.labelled.all() else take(lessons.X, rows)
    content = (teacher, X, lessons.y[rows], params)
    fitted = recall(memory, fit_teacher, *content)
    question.check_classes(fitted)
    return _said_by(question, fitted, lessons.X)


def _said_by(question: Question, teacher: Any, X: Any) -> TeacherTargets:
    said = question.ask(teacher, X)
    return TeacherTargets(said, np.ones(len(said), bool), teacher)
