"""Trials on held-out rows, by which a policy is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from sklkd.distillation._case import Case
from sklkd.distillation._course import Course, Trained
from sklkd.distillation._encoded import Encoded
from sklkd.distillation._policy import ENOUGH, Policy, Trial, Wishes, decide
from sklkd.exceptions import DivergedError
from sklkd.training import TeacherTargets, TrainingInterrupted

HELD_OUT = 0.25  # share of the labelled rows that trials are judged on
AT_MOST = 20_000  # labelled rows that trials are made with

# (student, rows, their labels) -> loss of each row, and whether its class was right
Judge = Callable[
    [Trained, Any, Encoded], tuple[NDArray[np.float64], NDArray[np.bool_] | None]
]


def choose(
    course: Course,
    case: Case,
    wishes: Wishes,
    *,
    judge: Judge,
    seed: int,
    groups: Any = None,
) -> Policy:
    """Choose a policy by trials on rows held out from student and teacher alike.

    The teacher is cross-fitted once more, without the held-out rows, and the student
    trained once for each candidate.

    Parameters
    ----------
    course : Course
        How to teach.
    case : Case
        The rows of ``fit``.
    wishes : Wishes
        What is free to be chosen.
    judge : callable
        (student, rows, labels) -> loss of each row, and whether its class was right.
    seed : int
        Of the student.
    groups : array-like of shape (n_given,), default=None
        Rows of one group are held out together.
    """
    first = wishes.first(course.teaching)
    candidates = wishes.candidates(first)
    if len(candidates) == 1:
        return first
    labelled = np.flatnonzero(case.request.label_weight > 0)
    if len(labelled) < ENOUGH:
        why = f"{len(labelled)} labelled rows are too few to hold any out."
        return wishes.untried(first, why)
    held = _held_out(labelled, case, groups)
    learnt = np.setdiff1d(np.arange(len(case.request.y)), held)
    learnt, held = _fewer(learnt, AT_MOST), _fewer(held, AT_MOST // 3)
    trials = _Trials(
        replace(course, student=course.student.for_trial(), verbose=0),
        case.taken(learnt).with_synthesised(first.transfer_set),
        case.taken(held),
        judge,
        seed,
    )
    n_fits = course.n_members * (len(case.splits) if case.splits else 1)
    is_fitted = course.teaching.is_fitted_here
    return decide(
        trials.run(first, candidates),
        trials.held.request.label_weight,
        n_fits if is_fitted else 0,
    )


@dataclass(frozen=True, slots=True)
class _Trials:
    """The arguments of `choose`, on rows that are learnt from and rows held out."""

    course: Course
    learnt: Case
    held: Case
    judge: Judge
    seed: int

    def run(self, first: Policy, candidates: list[Policy]) -> list[Trial]:
        """Try all candidates; the teacher is asked once."""
        said = self.course.ask(self.learnt, first)
        return [self._try(policy, said) for policy in candidates]

    def _try(self, policy: Policy, said: TeacherTargets) -> Trial:
        """Train by a policy; a student that diverges has lost."""
        request, encoded = self.held.request, self.held.encoded
        X = request.X_original if self.course.student.sees_original else request.X
        try:
            student = self.course.train(self.learnt, said, policy, seed=self.seed)
            return Trial(policy, *self.judge(student, X, encoded))
        except DivergedError:
            n_rows = len(request.y)
            wrong = None if encoded.stratify is None else np.zeros(n_rows, bool)
            return Trial(policy, np.full(n_rows, np.finfo(np.float32).max), wrong)
        except TrainingInterrupted as interrupt:  # not of the fit's own student
            raise KeyboardInterrupt from interrupt


def _held_out(
    labelled: NDArray[np.int64], case: Case, groups: Any
) -> NDArray[np.int64]:
    """A share of the labelled rows, the same in every fit, of every class that can."""
    if groups is not None:
        groups = np.asarray(groups)[labelled]
        splitter = GroupShuffleSplit(1, test_size=HELD_OUT, random_state=0)
        _, held = next(splitter.split(labelled, groups=groups))
        return np.sort(labelled[held])
    classes = case.encoded.stratify
    if classes is not None:  # a class of one row stays where it is learnt
        counts = np.bincount(classes[labelled])
        labelled = labelled[counts[classes[labelled]] > 1]
        classes = classes[labelled]
    _, held = train_test_split(
        labelled, test_size=HELD_OUT, stratify=classes, random_state=0
    )
    return np.sort(held)


def _fewer(rows: NDArray[np.int64], at_most: int) -> NDArray[np.int64]:
    """At most so many rows, drawn at random, the same ones in every fit."""
    if len(rows) <= at_most:
        return rows
    drawn = np.random.default_rng(0).choice(rows, at_most, replace=False)
    return np.sort(drawn)
