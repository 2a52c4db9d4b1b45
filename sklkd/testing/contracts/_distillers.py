"""Distillers: a student hears the labels and the teacher in the shares that were asked.

They apply to estimators with the parameters teacher and soft_weight.
"""

from __future__ import annotations

import inspect
import tempfile
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.frozen import FrozenEstimator

from sklkd.testing._answers import agree, clear_rows, same_labels
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import FEW, SOME, contract
from sklkd.testing._same import NotApplicable, Violation, same
from sklkd.testing._subject import Subject
from sklkd.testing.contracts._randomness import exactly

Array = NDArray[Any]
ENOUGH = cases(n=(16, 40), k=(2, 3), styles=("blobs", "ints", "offset"))
# What would bring labels in by another door, where there is such a parameter.
_PLAIN = {"calibration": None, "transfer_set": None}


def _no_distiller(subject: Subject) -> str | None:
    known = subject.estimator.get_params(deep=False)
    missing = [name for name in ("teacher", "soft_weight") if name not in known]
    if missing:
        return f"it has no {' and no '.join(missing)}"
    if not hasattr(_own_teacher(subject), "fit"):
        return "its teacher is no estimator that can be fitted"
    return None if subject.tags.deterministic else "it is not deterministic, it says"


@contract("T01", data=ENOUGH, examples=SOME, applies=_no_distiller)
def teacher_alone(subject: Subject, case: Case) -> None:
    """With soft_weight=1 labels are invisible: shuffled, they give the same student.

    The teacher has been fitted before. Classes remain those that there are.
    """
    X, y = subject.data(case)
    teacher = _taught(subject, X, y)
    noise = np.random.default_rng(case.seed).permutation(y)
    students = [
        _student(subject, X, labels, teacher=teacher, soft_weight=1.0)
        for labels in (y, noise)
    ]
    _alike(subject, "T01", students, X, "with shuffled labels and soft_weight=1")


@contract("T02", data=ENOUGH, examples=SOME, applies=_no_distiller)
def labels_alone(subject: Subject, case: Case) -> None:
    """With soft_weight=0 the teacher is invisible: any other gives the same student."""
    X, y = subject.data(case)
    noise = np.random.default_rng(case.seed).permutation(y)
    students = [
        _student(subject, X, y, teacher=_taught(subject, X, labels), soft_weight=0.0)
        for labels in (y, noise)
    ]
    _alike(subject, "T02", students, X, "with another teacher and soft_weight=0")


def _no_classes(subject: Subject) -> str | None:
    if subject.kind != "classifier":
        return "it is no classifier"
    return _no_distiller(subject)


@contract(
    "T03",
    variants={"reordered": False, "renamed": True},
    data=ENOUGH,
    examples=SOME,
    applies=_no_classes,
)
def teachers_classes(subject: Subject, case: Case, renamed: bool) -> None:
    """A teacher's columns are matched by its classes_, in whatever order they are.

    A teacher that lists them the other way round gives the same student. So do classes
    of other names in the same order, to teacher and student.
    """
    X, y = subject.data(case)
    teacher = _taught(subject, X, y)
    model = _student(subject, X, y, teacher=teacher, soft_weight=0.5)
    if not renamed:
        if not hasattr(teacher, "predict_proba"):
            raise NotApplicable("its teacher has no predict_proba")
        other = _student(
            subject, X, y, teacher=FrozenEstimator(_Reversed(teacher)), soft_weight=0.5
        )
        _alike(subject, "T03", [model, other], X, "with a teacher's classes reversed")
        return
    names = np.array(["eggs", "ham", "spam", "toast"])
    other = _student(
        subject,
        X,
        names[y],
        teacher=_taught(subject, X, names[y]),
        soft_weight=0.5,
    )
    expected = subject.outputs(model, X)
    got = subject.outputs(other, X)
    said, wanted = got.pop("predict", None), expected.pop("predict", None)
    rtol = subject.tolerance("T03")
    agree(subject, got, expected, rtol=rtol, what="with classes renamed")
    if said is not None:
        clear = clear_rows(expected, rtol)
        same_labels(said, names[wanted], "predict, with classes renamed", clear)


@contract(
    "T04",
    variants={"unfitted": False, "fitted": True},
    data=ENOUGH,
    examples=SOME,
    applies=_no_distiller,
)
def teacher_untouched(subject: Subject, case: Case, fitted: bool) -> None:
    """The caller's teacher is what it was: its parameters, its state, its answers.

    One that comes unfitted is still unfitted. It is fitted as a clone.
    """
    X, y = subject.data(case)
    teacher = _taught(subject, X, y) if fitted else clone(_own_teacher(subject))
    before, said = joblib.hash(teacher), teacher.predict(X) if fitted else None
    if before != joblib.hash(teacher):
        raise NotApplicable("its teacher cannot be looked into")
    model = _student(subject, X, y, teacher=teacher, soft_weight=0.5)
    model.predict(X)
    if model.get_params(deep=False)["teacher"] is not teacher:
        raise Violation("fit: it replaces the parameter teacher.")
    if joblib.hash(teacher) != before:
        raise Violation("fit: it changes the teacher that it was given.")
    if fitted:
        same(teacher.predict(X), said, "predict of the teacher", exact=True)


@contract("T05", data=ENOUGH, examples=SOME, applies=_no_distiller)
def precomputed(subject: Subject, case: Case) -> None:
    """What a teacher says, given as numbers, makes the student that the teacher makes.

    That is ``teacher="precomputed"``, and the argument of fit that begins with
    ``teacher_``.
    """
    name = _precomputed_name(subject)
    X, y = subject.data(case)
    teacher = _taught(subject, X, y)
    asked = "predict_proba" if subject.kind == "classifier" else "predict"
    if name is None or not hasattr(teacher, asked):
        raise NotApplicable("it takes no precomputed targets of such a teacher")
    students = [
        _student(subject, X, y, teacher=teacher, soft_weight=0.5),
        _student(
            subject,
            X,
            y,
            {name: getattr(teacher, asked)(X)},
            teacher="precomputed",
            soft_weight=0.5,
        ),
    ]
    _alike(subject, "T05", students, X, "with precomputed targets")


def _no_memory(subject: Subject) -> str | None:
    if "memory" not in subject.estimator.get_params(deep=False):
        return "it has no memory"
    return _no_distiller(subject)


@contract("T06", data=ENOUGH, examples=FEW, applies=_no_memory)
def remembered(subject: Subject, case: Case) -> None:
    """What memory keeps of a teacher makes the student that the teacher makes."""
    X, y = subject.data(case)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        given = clone(_own_teacher(subject))
        students = [
            _student(subject, X, y, teacher=given, soft_weight=0.5, memory=memory)
            for memory in (None, folder, folder)
        ]
    expected = subject.outputs(students[0], X)
    for model, what in zip(students[1:], ("first", "second"), strict=True):
        got = subject.outputs(model, X)
        exactly(subject, "T06", got, expected, f"with memory, the {what} time")


# --- Teachers and students ------------------------------------------------------------


class _Reversed(ClassifierMixin, BaseEstimator):
    """A fitted classifier that lists its classes the other way round."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        """Return itself: it is fitted."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Whether what it holds is fitted, as it is."""
        return True

    @property
    def classes_(self) -> Array:
        """The classes, from the last to the first."""
        classes: Array = self.estimator.classes_[::-1]
        return classes

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each, in that order: (n, k)."""
        proba: Array = self.estimator.predict_proba(X)[:, ::-1]
        return proba

    def predict(self, X: Any) -> Array:
        """Return the label of each row: (n,)."""
        labels: Array = self.estimator.predict(X)
        return labels


def _own_teacher(subject: Subject) -> Any:
    """The estimator's teacher, thawed."""
    teacher = subject.estimator.get_params(deep=False)["teacher"]
    return teacher.estimator if isinstance(teacher, FrozenEstimator) else teacher


def _taught(subject: Subject, X: Any, y: Any) -> Any:
    """A teacher that is fitted, and stays as it is."""
    teacher = clone(_own_teacher(subject))
    for name, value in teacher.get_params().items():
        if name.rpartition("__")[2] == "random_state" and value is None:
            teacher.set_params(**{name: 0})
    try:
        return FrozenEstimator(teacher.fit(X, y))
    except Exception as error:
        raise NotApplicable(f"its teacher cannot be fitted here: {error}") from error


def _student(
    subject: Subject, X: Any, y: Any, arguments: Any = None, **params: Any
) -> Any:
    """A distiller with these parameters, fitted."""
    model = subject.new()
    known = model.get_params(deep=False)
    plain = {name: value for name, value in _PLAIN.items() if name in known}
    model.set_params(**plain, **params)
    subject.fit(model, X, y, **(arguments or {}))
    return model


def _precomputed_name(subject: Subject) -> str | None:
    """The argument of fit that takes what a teacher said."""
    names = inspect.signature(subject.estimator.fit).parameters
    return next((name for name in names if name.startswith("teacher_")), None)


def _alike(
    subject: Subject, contract_id: str, students: list[Any], X: Any, what: str
) -> None:
    """Raise unless two students say the same."""
    expected, got = (subject.outputs(model, X) for model in students)
    rtol = subject.tolerance(contract_id)
    agree(subject, got, expected, rtol=rtol, what=what)
