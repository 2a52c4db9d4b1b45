"""What a bagged teacher says about rows by the members that never drew them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from sklkd.exceptions import TeacherError
from sklkd.training._cross_fit import Lessons, TeacherTargets
from sklkd.training._tables import take
from sklkd.training._teachers import Question, len_of, name_of


def fit_out_of_bag(
    teacher: Any, lessons: Lessons, fit_params: dict[str, Any], question: Question
) -> TeacherTargets:
    """Fit one teacher on all labelled rows, and ask for its out-of-bag estimates.

    Rows that it was not fitted on are asked about as usual. A row that every member
    drew has no estimate and is learnt from its label.

    Parameters
    ----------
    teacher : estimator
        A forest, or a bag; not changed.
    lessons : Lessons
        All rows.
    fit_params : dict
        For ``fit``; those as long as X are sliced.
    question : Question
        What is asked.

    Raises
    ------
    TeacherError
        If the teacher draws no bags, or is of another kind than the task.
    """
    rows = np.flatnonzero(lessons.labelled)
    params = lessons.params(fit_params, rows)
    question.check_task(teacher)
    fitted = _bagged(question.who, teacher)
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        # Rows without an estimate, 0/0 in a bag: that is handled.
        warnings.filterwarnings("ignore", "Some inputs do not have OOB", UserWarning)
        fitted.fit(take(lessons.X, rows), lessons.y[rows], **params)
    question.check_classes(fitted)
    outputs = np.zeros((len_of(lessons.X), question.n_outputs))
    known = np.ones(len(outputs), dtype=bool)
    outputs[rows], known[rows] = _estimates(question, fitted)
    others = np.flatnonzero(~lessons.labelled)
    if len(others):
        outputs[others] = question.ask(fitted, take(lessons.X, others))
    return TeacherTargets(outputs, known, fitted)


def _bagged(who: str, teacher: Any) -> Any:
    """A clone that keeps out-of-bag estimates."""
    params = teacher.get_params(deep=False) if hasattr(teacher, "get_params") else {}
    if "oob_score" not in params or not params.get("bootstrap", True):
        hint = "bootstrap=True" if "bootstrap" in params else "targets='out_of_fold'"
        raise TeacherError(
            f"{who}: targets='out_of_bag' needs a teacher that draws bags of rows, "
            f"such as RandomForestClassifier, got {name_of(teacher)}. Pass {hint}."
        )
    return clone(teacher).set_params(oob_score=True)


def _estimates(
    question: Question, fitted: Any
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Out-of-bag logits or values of the rows it was fitted on, and which there are."""
    if question.task == "regression":
        said = np.asarray(fitted.oob_prediction_, dtype=np.float64)
        values, known = said.reshape(len(said), -1), _left_out(fitted, len(said))
        return np.where(known[:, np.newaxis], values, 0.0), known
    proba = np.asarray(fitted.oob_decision_function_, dtype=np.float64)
    known = _left_out(fitted, len(proba))
    logits = np.zeros((len(proba), question.n_outputs))
    logits[known] = question.align(question.log(proba[known]), fitted.classes_)
    return logits, known


def _left_out(fitted: Any, n_rows: int) -> NDArray[np.bool_]:
    """Rows that some member never drew: (n_rows,).

    The estimates do not say: they are 0 or NaN for the others, but 0 may be a value.
    """
    left_out = np.zeros(n_rows, dtype=bool)
    for drawn in fitted.estimators_samples_:
        own = np.ones(n_rows, dtype=bool)
        own[drawn] = False
        left_out |= own
    return left_out
