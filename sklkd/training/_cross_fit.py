"""What a teacher says about rows that it was not fitted on."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Memory, Parallel, delayed
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import clone
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    check_cv,
)
from skorch import NeuralNet
from tqdm.auto import tqdm

from sklkd._validation import Interval
from sklkd.training._cache import recall
from sklkd.training._tables import take
from sklkd.training._teachers import Question

Split = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Lessons:
    """The rows that a teacher is fitted on and asked about.

    Attributes
    ----------
    X : array, sparse array or DataFrame
        As the user passed it: a teacher may know columns by name.
    y : ndarray
        Labels in the user's words.
    target : ndarray
        Class indices or values.
    weight : ndarray of shape (n_rows,)
        0 for rows without a label.
    n_given : int or None, default=None
        How many rows, the first ones, came with parameters for ``fit``; None: all.
    """

    X: Any
    y: NDArray[Any]
    target: NDArray[Any]
    weight: NDArray[np.float64]
    n_given: int | None = None

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Rows that a teacher may be fitted on."""
        return self.weight > 0

    def params(
        self, fit_params: dict[str, Any], rows: NDArray[np.int64]
    ) -> dict[str, Any]:
        """The parameters of ``fit`` for some labelled rows."""
        n_given = len(self.y) if self.n_given is None else self.n_given
        return take_params(fit_params, rows, n_given)


@dataclass(frozen=True, slots=True)
class TeacherTargets:
    """What a teacher said about the training rows.

    Attributes
    ----------
    outputs : ndarray of shape (n_rows, n_outputs)
        Logits or values, 0 where not known.
    known : ndarray of bool, shape (n_rows,)
        False for rows in no test fold, and for rows of a class that their fold's
        teacher never saw: such rows are learnt from their labels.
    teacher : object or None
        The one fitted teacher that said it all, if there was one.
    weights : dict of str to float or None
        Of an ensemble's members.
    temperature : float or None
        By which logits were divided to calibrate them.
    """

    outputs: NDArray[np.float64]
    known: NDArray[np.bool_]
    teacher: Any = None
    weights: dict[str, float] | None = None
    temperature: float | None = None


def make_splits(
    question: Question,
    cv: Any,
    lessons: Lessons,
    groups: Any = None,
    split_params: dict[str, Any] | None = None,
    *,
    seed: int = 0,
) -> list[Split]:
    """Train and test indices of each fold, over the labelled rows.

    Parameters
    ----------
    question : Question
        Says what is asked, and by whom.
    cv : int, splitter, iterable of splits or None
        None is 5. An int makes shuffled folds, always the same ones: stratified for a
        classifier, kept together by `groups` where there are any.
    lessons : Lessons
        The rows.
    groups : array-like of shape (n_rows,), default=None
        Rows of a group stay together.
    split_params : dict, default=None
        More for the splitter, from metadata routing.
    seed : int, default=0
        Of the folds that an int makes. Those of one seed are nested: the first of five
        lies in the first of four.
    """
    cv = 5 if cv is None else cv
    listed = isinstance(cv, Iterable) and not isinstance(cv, str)
    if listed and not hasattr(cv, "split"):
        return _explicit(question, cv)
    rows, y = np.flatnonzero(lessons.labelled), lessons.y
    if groups is not None:
        groups = np.asarray(groups)[rows]
    cv = _splitter(question, cv, y[rows], groups, seed)
    with warnings.catch_warnings():
        # A class in fewer rows than folds is missing from some: that is handled.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        params = lessons.params(split_params or {}, rows)
        splits = cv.split(rows, y[rows], **{"groups": groups, **params})
        return [(rows[train], rows[test]) for train, test in splits]


def cross_fit(
    teacher: Any,
    lessons: Lessons,
    fit_params: dict[str, Any],
    splits: list[Split],
    question: Question,
    *,
    keep: Memory | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Fit a clone on each fold's training rows, and ask it about the others.

    Parameters
    ----------
    teacher : estimator
        Not changed.
    lessons : Lessons
        All rows. Those without a label are asked about in every fold.
    fit_params : dict
        For ``fit``; those as long as X are sliced.
    splits : list of (train, test)
        The folds. A row in several test folds gets the mean of what was said.
    question : Question
        What is asked.
    keep : joblib.Memory, default=None
        Keeps each fold's teacher where there are rows without a label: the next fit
        may have others of them, and ask again.
    n_jobs, verbose : int
        Folds at a time; whether to show a progress bar.

    Returns
    -------
    outputs : ndarray of shape (n_rows, n_outputs)
    known : ndarray of bool, shape (n_rows,)
    """
    tasks = (
        delayed(_fit_and_ask)(teacher, lessons, fit_params, split, question, keep=keep)
        for split in splits
    )
    results = Parallel(n_jobs=n_jobs, return_as="generator")(tasks)
    bar = tqdm(results, "teacher", len(splits), unit="fold", disable=not verbose)
    n_rows = len(lessons.y)
    total, count = np.zeros((n_rows, question.n_outputs)), np.zeros(n_rows)
    for rows, said in bar:
        total[rows] += said
        count[rows] += 1
    known = count > 0
    means = total[known] / count[known, np.newaxis]
    outputs = np.zeros_like(total)
    outputs[known] = means if question.task == "regression" else question.log(means)
    return outputs, known


def fit_teacher(teacher: Any, X: Any, y: Any, fit_params: dict[str, Any]) -> Any:
    """Fit a clone of a teacher; a skorch net wants the numbers that torch works in."""
    if isinstance(teacher, NeuralNet):
        X = np.asarray(X, dtype=np.float32)
    return clone(teacher).fit(X, y, **fit_params)


def take_params(
    params: dict[str, Any], rows: NDArray[np.int64], n_rows: int
) -> dict[str, Any]:
    """The parameters of ``fit`` for some rows; those as long as X are sliced."""
    sliced = dict(params)
    for name, value in params.items():
        if isinstance(value, (list, tuple)) and len(value) == n_rows:
            sliced[name] = [value[row] for row in rows]
        elif getattr(value, "shape", ())[:1] == (n_rows,):
            sliced[name] = take(value, rows)
    return sliced


def _fit_and_ask(
    teacher: Any,
    lessons: Lessons,
    fit_params: dict[str, Any],
    split: Split,
    question: Question,
    *,
    keep: Memory | None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """One fold: the rows it knows about, and probabilities or values for them."""
    train, test = split
    train = train[lessons.labelled[train]]
    if question.task == "classification":
        seen = np.unique(lessons.y[train])
        test = test[np.isin(lessons.y[test], seen)]
        if len(seen) < 2:
            return train[:0], np.zeros((0, question.n_outputs))
    rows = np.union1d(test, np.flatnonzero(~lessons.labelled))
    if len(rows) == 0:
        return rows, np.zeros((0, question.n_outputs))
    params = lessons.params(fit_params, train)
    if keep is None or lessons.labelled.all():
        keep = Memory(None)
    content = (teacher, take(lessons.X, train), lessons.y[train], params)
    fitted = recall(keep, fit_teacher, *content)
    said = question.ask(fitted, take(lessons.X, rows))
    return rows, said if question.task == "regression" else softmax(said, axis=1)


def _explicit(question: Question, cv: Iterable[Any]) -> list[Split]:
    """Splits that were listed one by one."""
    listed = cv if isinstance(cv, (list, tuple, dict)) else list(cv)
    try:
        splits = [(np.asarray(train), np.asarray(test)) for train, test in listed]
    except (TypeError, ValueError) as error:
        raise _bad_cv(question, listed) from error
    if not splits:  # an iterator, perhaps, that an earlier fit has used up
        raise _bad_cv(question, listed)
    return splits


def _bad_cv(question: Question, cv: Any) -> ValueError:
    return ValueError(
        f"{question.who}: cv must be at least 2 folds, a splitter, splits or None for "
        f"5 folds, got {cv!r}."
    )


def _splitter(
    question: Question, cv: Any, y: NDArray[Any], groups: Any, seed: int
) -> Any:
    """A splitter; an int makes shuffled folds that are the same in every fit."""
    if not isinstance(cv, (int, np.integer)):
        return check_cv(cv)
    if cv not in Interval(2, integer=True):
        raise _bad_cv(question, cv)
    n = len(y) if groups is None else len(np.unique(groups))
    if n < cv:
        unit = "sample" if groups is None else "group"
        raise ValueError(
            f"{question.who}: cv={cv} needs at least {cv} {unit}s, got {n} {unit}"
            f"{'s' * (n != 1)}. Pass fewer folds, or targets='in_sample' for those of "
            "a teacher fitted on all rows."
        )
    stratified = question.task == "classification"
    if stratified:
        stratified = np.unique(y, return_counts=True)[1].max() >= cv
    if groups is not None:
        folds = StratifiedGroupKFold if stratified else GroupKFold
    else:
        folds = StratifiedKFold if stratified else KFold
    return folds(cv, shuffle=True, random_state=seed)
