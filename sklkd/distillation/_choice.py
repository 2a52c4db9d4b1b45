"""Trials on held-out rows, by which a policy is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from tqdm.auto import tqdm

from sklkd.distillation._case import Case
from sklkd.distillation._course import Course
from sklkd.distillation._policy import ENOUGH, Policy, Trial, Wishes, decide
from sklkd.estimators import Encoded
from sklkd.exceptions import DivergedError
from sklkd.training import TeacherTargets, Trained, TrainingInterrupted, make_splits

FOLDS = 4  # a fold of the labelled rows is held out at a time
ONE_WILL_DO = 1000  # labelled rows from which one fold is enough; below, there are two
AT_MOST = 20_000  # rows that trials are made with

# (student, rows, their labels) -> loss of each row, whether its class was right, logits
Verdict = tuple[
    NDArray[np.float64], NDArray[np.bool_] | None, NDArray[np.float64] | None
]
Judge = Callable[[Trained, Any, Encoded], Verdict]


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

    A quarter of the labelled rows is held out, and below 1 000 another quarter after
    it. Each time the teacher is cross-fitted without them, and the student trained once
    for each candidate.

    Parameters
    ----------
    course : Course
        How to teach.
    case : Case
        The rows of ``fit``.
    wishes : Wishes
        What is free to be chosen.
    judge : callable
        (student, rows, labels) -> loss of each row, whether its class was right, and
        logits; the last two are None of a regressor.
    seed : int
        Of the student.
    groups : array-like of shape (n_given,), default=None
        Rows of one group are held out together.
    """
    first = wishes.first(course.teaching)
    candidates = wishes.candidates(first)
    if len(candidates) == 1:
        return first
    n_labelled = int((case.request.label_weight > 0).sum())
    if n_labelled < ENOUGH:
        why = f"{n_labelled} labelled rows are too few to hold any out."
        return wishes.untried(first, why)
    folds = _held_out(case, groups)
    if not folds:
        why = "Too few groups, or all rows of a class in one, to hold any out."
        return wishes.untried(first, why)
    if case.request.precomputed is not None:
        course.ask(case, first)  # raises before they are cut if they do not fit
    rounds = [
        _Round.of(course, case, held, judge=judge, seed=seed)
        for held in folds[: 1 if n_labelled >= ONE_WILL_DO else 2]
    ]
    tried = [each.run(first, candidates) for each in rounds]
    n_fits = course.n_members * sum(each.learnt.n_fits for each in rounds)
    trials = [Trial.joined(trials) for trials in zip(*tried, strict=True)]
    weight = np.concatenate([each.held.request.label_weight for each in rounds])
    if wishes.calibrates_student:
        target = np.concatenate([each.held.encoded.target for each in rounds])
        trials = [trial.calibrated(target, weight) for trial in trials]
    return decide(
        trials,
        weight,
        n_teacher_fits=n_fits,
        n_student_fits=len(candidates) * len(rounds),
    )


@dataclass(frozen=True, slots=True)
class _Round:
    """Rows to learn from and rows held out, and how to teach and judge on them.

    Attributes
    ----------
    course : Course
        How to teach a student in a trial.
    learnt, held : Case
        The rows.
    judge, seed : callable and int
        As `choose` takes them.
    """

    course: Course
    learnt: Case
    held: Case
    judge: Judge
    seed: int

    @classmethod
    def of(
        cls,
        course: Course,
        case: Case,
        held: NDArray[np.int64],
        *,
        judge: Judge,
        seed: int,
    ) -> Self:
        """Hold some rows out."""
        learnt = np.setdiff1d(np.arange(len(case.request.y)), held)
        return cls(
            replace(course, student=course.student.for_trial()),
            case.taken(_fewer(learnt, AT_MOST, _examples(case, learnt))),
            case.taken(_fewer(held, AT_MOST // 3, held[:0])),
            judge,
            seed,
        )

    def run(self, first: Policy, candidates: list[Policy]) -> list[Trial]:
        """Try all candidates; the teacher is asked once."""
        case = self.learnt.with_synthesised(first.transfer_set)
        said = self.course.ask(case, first)
        # What may go to another process is without the teacher, who has been asked.
        own = replace(
            self, course=replace(self.course, teacher=None, verbose=0), learnt=case
        )
        tasks = (delayed(own._try)(policy, said) for policy in candidates)
        n_jobs, verbose = self.course.n_jobs, self.course.verbose
        results = Parallel(n_jobs=n_jobs, return_as="generator")(tasks)
        n_tasks = len(candidates)
        return list(
            tqdm(results, "trials", n_tasks, unit="student", disable=not verbose)
        )

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


def _held_out(case: Case, groups: Any) -> list[NDArray[np.int64]]:
    """Labelled rows to hold out at a time, the same in every fit.

    A class that would be held out as a whole is learnt, for else the teacher would not
    know it; where that parts a group, the fold is none.
    """
    if groups is not None:
        labelled = np.flatnonzero(case.request.label_weight > 0)
        if len(np.unique(np.asarray(groups)[labelled])) < FOLDS:
            return []
    # Another seed than the teacher's: no fold of its may be held out as a whole.
    folds = make_splits(case.question, FOLDS, case.lessons, groups, seed=1)
    classes = case.encoded.stratify
    if classes is None:
        return [held for _, held in folds]
    kept = [held[np.isin(classes[held], classes[learnt])] for learnt, held in folds]
    whole = [len(k) == len(held) for k, (_, held) in zip(kept, folds, strict=True)]
    return [
        k for k, w in zip(kept, whole, strict=True) if len(k) and (w or groups is None)
    ]


def _examples(case: Case, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """A labelled row of each class."""
    classes = case.encoded.stratify
    if classes is None:
        return rows[:0]
    labelled = rows[case.request.label_weight[rows] > 0]
    return labelled[np.unique(classes[labelled], return_index=True)[1]]


def _fewer(
    rows: NDArray[np.int64], at_most: int, kept: NDArray[np.int64]
) -> NDArray[np.int64]:
    """At most so many rows, `kept` and others at random, the same ones in every fit."""
    if len(rows) <= at_most:
        return rows
    others, n_drawn = np.setdiff1d(rows, kept), max(0, at_most - len(kept))
    drawn = np.random.default_rng(0).choice(others, n_drawn, replace=False)
    return np.union1d(kept, drawn)
