"""What the distilled classifier and regressor share: everything but the labels."""

from __future__ import annotations

import copy
import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.validation import (
    check_array,
    check_consistent_length,
    check_is_fitted,
    has_fit_parameter,
    validate_data,
)

from sklkd._validation import FRACTION, Interval, check_interval
from sklkd.exceptions import UnweightedTeacherWarning
from sklkd.objectives import Objective, Task, as_objective
from sklkd.training import (
    Curriculum,
    LabelLoss,
    Lessons,
    Question,
    Signals,
    Student,
    TeacherTargets,
    TrainedStudent,
    TrainingInterrupted,
    as_memory,
    as_student,
    as_teacher,
    draw_seed,
    is_fitted_here,
    is_precomputed,
    make_splits,
    members_of,
    name_of,
    teacher_targets,
    train,
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Labels as a student learns them.

    Attributes
    ----------
    target : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Class indices, or standardised values; anything for rows without a label.
    n_outputs : int
        Width of the student's output.
    row_factor : ndarray of shape (n_rows,)
        By which each row's weight is multiplied: the class weights.
    fitted : dict of str to object
        Attributes that the estimator gets.
    """

    target: NDArray[Any]
    n_outputs: int
    row_factor: NDArray[np.float64]
    fitted: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """The checked arguments of one ``fit``."""

    X: Any
    X_teacher: Any
    y: NDArray[Any]
    sample_weight: NDArray[np.float64] | None
    labelled: NDArray[np.bool_]
    groups: Any
    precomputed: Any
    fit_params: dict[str, Any]

    @property
    def weight(self) -> NDArray[np.float64]:
        """Weight of each row, 1 where none was given."""
        if self.sample_weight is None:
            return np.ones(len(self.y))
        return self.sample_weight


class BaseDistilled(BaseEstimator, ABC):
    """Fit a student to a teacher and the labels.

    Subclasses say what labels mean: how they are checked and encoded, what the label
    loss is, and how the student's outputs become predictions.
    """

    _task: ClassVar[Task]
    _precomputed_name: ClassVar[str]
    _y_checks: ClassVar[dict[str, Any]]
    _default_objective: ClassVar[Objective]
    _label_loss: ClassVar[LabelLoss]

    @abstractmethod
    def _encode(
        self, y: NDArray[Any], labelled: NDArray[np.bool_], weight: NDArray[np.float64]
    ) -> Encoded:
        """Encode the labels."""

    @abstractmethod
    def _on_student_scale(
        self, values: NDArray[np.float64], encoded: Encoded
    ) -> NDArray[np.float64]:
        """Bring what a teacher said to the scale that the student learns on."""

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        groups: Any,
        precomputed: Any,
        fit_params: dict[str, Any],
    ) -> Self:
        """Fit; the caller is `atomic`."""
        self._check_params()
        student = as_student(self._name, self.student)
        objective = as_objective(
            self._name, self.objective, self._task, self._default_objective
        )
        teacher = as_teacher(self._name, self.teacher)
        request = self._check_data(
            student, X, y, sample_weight, groups, precomputed, fit_params
        )
        seed = draw_seed(self.random_state)
        weight = request.weight * request.labelled
        encoded = self._encode(request.y, request.labelled, weight)
        said = self._ask_teacher(teacher, request, encoded, seed)
        used, signals = self._signals(request, encoded, said)
        curriculum = Curriculum(
            signals,
            encoded.n_outputs,
            type(self)._label_loss,
            objective.terms() if (signals.teacher_share > 0).any() else {},
            request.weight[used],
            encoded.target[used] if self._task == "classification" else None,
        )
        previous = self._previous(encoded)
        X_student = request.X if student.steps is None else request.X_teacher
        vars(self).update(encoded.fitted)
        if said.teacher is not None:
            self.teacher_ = said.teacher
        if said.weights is not None:
            self.teacher_weights_ = said.weights
        try:
            trained = train(
                self._name,
                student,
                _take(X_student, used),
                curriculum,
                seed=student_seed(student, seed),
                verbose=self.verbose,
                previous=previous,
            )
        except TrainingInterrupted as interrupt:
            self._keep(interrupt.args[0], request.X.shape[1:])
            raise
        return self._keep(trained, request.X.shape[1:])

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there is a student; the attribute that ``fit`` sets last."""
        return hasattr(self, "student_")

    def __sklearn_tags__(self) -> Tags:
        """Return what the estimator takes: sparse X where its teachers take it."""
        tags = super().__sklearn_tags__()
        parts = [*_estimators_of(self.teacher), self.student]
        parts = [part for part in parts if hasattr(part, "__sklearn_tags__")]
        inputs = [get_tags(p).input_tags for p in parts if _judges_input(p)]
        tags.input_tags.sparse = all(each.sparse for each in inputs)
        return tags

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the router: to the teachers' ``fit`` and the splitter's ``split``."""
        router = MetadataRouter(owner=self).add_self_request(self)
        fit = MethodMapping().add(caller="fit", callee="fit")
        teachers = self._fitted_here()
        if teachers:
            router.add(method_mapping=fit, **teachers)
        if hasattr(self.cv, "get_metadata_routing"):
            split = MethodMapping().add(caller="fit", callee="split")
            router.add(splitter=self.cv, method_mapping=split)
        return router

    def without_teacher(self) -> Self:
        """Return a fitted copy that carries no teacher, to be shipped.

        It predicts the same. Its ``teacher`` is "precomputed", so that what was a
        forest of a hundred megabytes is not pickled along.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.ensemble import RandomForestClassifier
        >>> from sklearn.frozen import FrozenEstimator
        >>> from sklkd import DistilledClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> forest = FrozenEstimator(RandomForestClassifier(random_state=0).fit(X, y))
        >>> student = DistilledClassifier(forest, random_state=0).fit(X, y)
        >>> student.without_teacher().teacher
        'precomputed'
        """
        check_is_fitted(self)
        shipped = copy.copy(self)
        shipped.teacher = "precomputed"
        vars(shipped).pop("teacher_", None)
        return shipped

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _check_params(self) -> None:
        check_interval(self._name, "soft_weight", self.soft_weight, FRACTION)
        floor = Interval(0, 1, closed="neither")
        check_interval(self._name, "proba_floor", self.proba_floor, floor)
        if self.transfer_set is not None:
            raise ValueError(
                f"{self._name}: transfer_set must be None, got {self.transfer_set!r}. "
                "Transfer sets are not there yet."
            )

    def _check_data(
        self,
        student: Student,
        X: Any,
        y: Any,
        sample_weight: Any,
        groups: Any,
        precomputed: Any,
        fit_params: dict[str, Any],
    ) -> Request:
        """Check everything that came into ``fit``, before anything is fitted."""
        if fit_params and not get_config()["enable_metadata_routing"]:
            raise TypeError(
                f"{self._name}.fit got unexpected arguments {sorted(fit_params)}. Other "
                "parameters reach the teacher by metadata routing, after "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
        checked, y = validate_data(
            self, X, y, **self._X_checks(student), **self._y_checks
        )
        weight = check_weights(self._name, sample_weight, len(y))
        groups = None if groups is None else np.asarray(groups)
        check_consistent_length(checked, groups)
        if precomputed is not None and not any(
            is_precomputed(t) for t in members_of(self._teacher_or_ensemble()).values()
        ):
            raise ValueError(
                f"{self._name}: {self._precomputed_name} was passed to fit, but the "
                f"teacher is {name_of(self.teacher)}. Pass teacher='precomputed'."
            )
        return Request(
            checked,
            X if is_frame(X) else checked,
            y,
            weight,
            np.ones(len(y), bool) if self.unlabeled is None else y != self.unlabeled,
            groups,
            precomputed,
            fit_params,
        )

    def _X_checks(self, student: Student) -> dict[str, Any]:
        """How `validate_data` looks at X: a student's own transformers see all of it."""
        own = student.steps is not None
        return {
            "accept_sparse": "csr",
            "dtype": None if own else "numeric",
            "ensure_all_finite": not own,
            "allow_nd": student.takes_any_shape,
        }

    def _ask_teacher(
        self, teacher: Any, request: Request, encoded: Encoded, seed: int
    ) -> TeacherTargets:
        """What the teacher says about every row; nothing where nobody listens."""
        question = Question(
            self._name,
            self._task,
            encoded.fitted.get("classes_"),
            encoded.n_outputs,
            self.proba_floor,
        )
        n_rows = len(request.y)
        if self.soft_weight == 0:
            return TeacherTargets(
                np.zeros((n_rows, encoded.n_outputs)), np.zeros(n_rows, bool)
            )
        fit_params, split_params = self._routed(request)
        lessons = Lessons(
            request.X_teacher,
            request.y,
            encoded.target,
            request.weight * request.labelled,
        )
        splits = None
        if self.cv is not None and self._fitted_here():
            splits = make_splits(
                question,
                self.cv,
                request.y,
                request.groups,
                lessons.labelled,
                split_params,
            )
        return teacher_targets(
            teacher,
            question,
            lessons,
            splits=splits,
            fit_params=fit_params,
            precomputed=request.precomputed,
            memory=as_memory(self._name, self.memory),
            seed=None if self.random_state is None else seed,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
        )

    def _routed(
        self, request: Request
    ) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
        """Parameters for each teacher's ``fit``, and for the splitter."""
        teachers = self._fitted_here()
        weight = request.sample_weight
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(
                self,
                "fit",
                sample_weight=weight,
                groups=request.groups,
                **request.fit_params,
            )
            splitter = routed.get("splitter", {}).get("split", {})
            return {name: dict(routed[name].fit) for name in teachers}, dict(splitter)
        if weight is None:
            return {name: {} for name in teachers}, {}
        return {n: weight_param(self._name, t, weight) for n, t in teachers.items()}, {}

    def _signals(
        self, request: Request, encoded: Encoded, said: TeacherTargets
    ) -> tuple[NDArray[np.int64], Signals]:
        """The rows that are learnt from, and what each is learnt from.

        A row's weight is shared between its label and the teacher; one without a label
        listens to the teacher alone, and the other way round.
        """
        soft = np.where(request.labelled, self.soft_weight, 1.0) * said.known
        hard = np.where(request.labelled, 1.0 - soft, 0.0)
        weight = request.weight * encoded.row_factor
        used = np.flatnonzero(weight * (soft + hard) > 0)
        if len(used) == 0:
            raise ValueError(
                f"{self._name}: sample weights must contain at least one that is not "
                "zero, on a row with a label or a teacher."
            )
        weight = weight[used] / weight[used].mean()
        teacher = self._on_student_scale(said.outputs[used], encoded)
        target = encoded.target[used]
        return used, Signals(
            torch.from_numpy(target),
            torch.from_numpy(teacher),
            torch.from_numpy(weight * hard[used]),
            torch.from_numpy(weight * soft[used]),
        )

    def _previous(self, encoded: Encoded) -> TrainedStudent | None:
        """The student that a warm start goes on from."""
        if not (self.warm_start and hasattr(self, "student_")):
            return None
        before = getattr(self, "classes_", None)
        if before is not None and not np.array_equal(before, encoded.fitted["classes_"]):
            raise ValueError(
                f"{self._name}: warm_start goes on with the classes {before.tolist()}, "
                f"got {encoded.fitted['classes_'].tolist()}. Pass warm_start=False."
            )
        previous: TrainedStudent = self.student_
        return previous

    def _keep(self, trained: TrainedStudent, row_shape: tuple[int, ...]) -> Self:
        """Set what is fitted; `student_` last."""
        self._row_shape = row_shape
        self.history_ = trained.history()
        self.n_iter_ = len(self.history_)
        self.net_ = trained.net
        if not self.warm_start:
            trained.trim()
        self.student_ = trained
        return self

    def _outputs(self, X: Any) -> torch.Tensor:
        """The student's outputs for a checked X: (n, n_outputs)."""
        check_is_fitted(self)
        student: TrainedStudent = self.student_
        own = student.steps is not None
        checked = validate_data(
            self,
            X,
            reset=False,
            accept_sparse="csr",
            dtype=None if own else "numeric",
            ensure_all_finite=not own,
            allow_nd=True,
        )
        if checked.shape[1:] != self._row_shape:
            raise ValueError(
                f"{self._name}: X must have rows of shape {self._row_shape}, as in fit, "
                f"got {checked.shape[1:]}."
            )
        return student.outputs(X if own and is_frame(X) else checked)

    def _teacher_or_ensemble(self) -> Any:
        return as_teacher(self._name, self.teacher)

    def _fitted_here(self) -> dict[str, Any]:
        """The teachers that ``fit`` fits, by name."""
        members = members_of(self._teacher_or_ensemble())
        return {name: t for name, t in members.items() if is_fitted_here(t)}


def check_weights(
    who: str, sample_weight: Any, n_rows: int
) -> NDArray[np.float64] | None:
    """Check sample weights: finite, not negative, one a row, not all zero."""
    if sample_weight is None:
        return None
    if np.isscalar(sample_weight):
        sample_weight = np.full(n_rows, sample_weight)
    weight: NDArray[np.float64] = check_array(
        sample_weight,
        dtype=np.float64,
        ensure_2d=False,
        input_name="sample_weight",
        copy=True,
    )
    if weight.shape != (n_rows,):
        raise ValueError(
            f"{who}: sample_weight must have the shape {(n_rows,)}, a weight for each "
            f"row, got {weight.shape}."
        )
    if weight.min() < 0:
        raise ValueError(
            f"{who}: sample_weight must not be negative, got {weight.min():g}."
        )
    if weight.max() == 0:
        raise ValueError(
            f"{who}: sample weights must contain at least one that is not zero, got "
            f"{n_rows} zeros."
        )
    return weight


def weight_param(
    who: str, teacher: Any, weight: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """The weights as a parameter of the teacher's ``fit``, in a Pipeline's form too."""
    name, target = "sample_weight", teacher
    while isinstance(target, Pipeline):
        step, target = target.steps[-1]
        name = f"{step}__{name}"
    if has_fit_parameter(target, "sample_weight"):
        return {name: weight}
    positive = weight[weight > 0]
    if (positive != positive[0]).any():
        warnings.warn(
            f"{who}: the teacher {name_of(teacher)} takes no sample_weight; it is "
            "fitted without, on the rows whose weight is not zero.",
            UnweightedTeacherWarning,
            stacklevel=2,
        )
    return {}


def student_seed(student: Student, seed: int) -> int:
    """The student's own seed where it has one, else the estimator's."""
    own = getattr(student.net, "random_state", None)
    return seed if own is None else draw_seed(own)


def is_frame(X: Any) -> bool:
    """Whether X is a DataFrame of pandas or polars."""
    return hasattr(X, "columns") and hasattr(X, "shape") and len(X.shape) == 2


def _take(X: Any, rows: NDArray[np.int64]) -> Any:
    """Some rows; X itself where that is all of them, so that a mapped one stays so."""
    if len(rows) == X.shape[0]:
        return X
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _estimators_of(teacher: Any) -> list[Any]:
    """The teachers as the user passed them, without checks."""
    if isinstance(teacher, (list, tuple)):
        return [part[-1] for part in teacher]
    return list(dict(teacher.named_parts).values()) if hasattr(
        teacher, "named_parts") else [teacher]


def _judges_input(part: Any) -> bool:
    """Whether a part's own tags say something about X; a bare network takes rows."""
    return hasattr(part, "fit") and not hasattr(part, "module")
