"""What the distilled classifier and regressor share: everything but the labels."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from sklkd._validation import FRACTION, check_interval
from sklkd.distillation._request import (
    Extras,
    Request,
    check_weights,
    is_frame,
    weight_param,
)
from sklkd.objectives import Objective, as_objective
from sklkd.training import (
    Curriculum,
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
    stratify : ndarray of shape (n_rows,) or None
        Classes, to be represented among held-out rows.
    fitted : dict of str to object
        Attributes that the estimator gets.
    """

    target: NDArray[Any]
    n_outputs: int
    row_factor: NDArray[np.float64]
    stratify: NDArray[Any] | None
    fitted: dict[str, Any]


class BaseDistilled(BaseEstimator, ABC):
    """Fit a student to a teacher and the labels.

    Subclasses say what labels mean: how they are checked and encoded, what the teacher
    is asked, what the label loss is, and how outputs become predictions.
    """

    _precomputed_name: ClassVar[str]
    _y_checks: ClassVar[dict[str, Any]]
    _default_objective: ClassVar[Objective]

    @abstractmethod
    def _encode(self, request: Request) -> Encoded:
        """Encode the labels."""

    @abstractmethod
    def _question(self, encoded: Encoded) -> Question:
        """What the teacher is asked for."""

    @abstractmethod
    def _rescaled(
        self, said: NDArray[np.float64], encoded: Encoded
    ) -> NDArray[np.float64]:
        """Bring what a teacher said to the scale that the student learns on."""

    @staticmethod
    @abstractmethod
    def _label_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Loss of each row's label: (n, n_outputs), (n, ...) -> (n,)."""

    def _fit(self, X: Any, y: Any, extras: Extras) -> Self:
        """Fit; the caller is `atomic`."""
        self._check_params()
        student = as_student(self._name, self.student)
        student.check_seed(self.random_state)
        request = self._check_data(student, X, y, extras)
        seed = draw_seed(self.random_state)
        curriculum, previous = self._prepare(student, request, seed)
        try:
            trained = train(
                self._name,
                student,
                curriculum,
                seed=student.seed(seed),
                verbose=self.verbose,
                previous=previous,
            )
        except TrainingInterrupted as interrupt:
            self._keep(interrupt.student, request.X.shape[1:])
            raise
        return self._keep(trained, request.X.shape[1:])

    def _prepare(
        self, student: Student, request: Request, seed: int
    ) -> tuple[Curriculum, TrainedStudent | None]:
        """What the student learns from, and where it starts."""
        encoded = self._encode(request)
        question = self._question(encoded)
        objective = as_objective(
            self._name, self.objective, question.task, self._default_objective
        )
        previous = self._previous(encoded)
        said = self._ask(question, request, encoded, seed)
        used, signals = self._signals(request, encoded, said)
        self._set_fitted(encoded, said)
        curriculum = Curriculum(
            request.X if student.steps is None else request.X_original,
            None if len(used) == len(request.y) else used,
            signals,
            encoded.n_outputs,
            self._label_loss,
            objective.terms() if (signals.teacher_share > 0).any() else {},
            None if encoded.stratify is None else encoded.stratify[used],
        )
        return curriculum, previous

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there is a student; the attribute that ``fit`` sets last."""
        return hasattr(self, "student_")

    def __sklearn_tags__(self) -> Tags:
        """Return what the estimator takes: sparse X where its parts take it."""
        tags = super().__sklearn_tags__()
        try:
            parts = list(members_of(as_teacher(self._name, self.teacher)).values())
        except (TypeError, ValueError):
            parts = []  # `fit` says what is wrong with the teacher
        judges = [part for part in (*parts, self.student) if _judges_input(part)]
        tags.input_tags.sparse = all(get_tags(p).input_tags.sparse for p in judges)
        return tags

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the router: to the teachers' ``fit`` and the splitter's ``split``."""
        router = MetadataRouter(owner=self).add_self_request(self)
        teachers = self._fitted_here()
        if teachers:
            fit = MethodMapping().add(caller="fit", callee="fit")
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
        shipped.__dict__.pop("teacher_", None)
        return shipped

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _check_params(self) -> None:
        check_interval(self._name, "soft_weight", self.soft_weight, FRACTION)
        if self.transfer_set is not None:
            raise ValueError(
                f"{self._name}: transfer_set must be None, got {self.transfer_set!r}. "
                "Transfer sets are not there yet."
            )

    def _check_data(self, student: Student, X: Any, y: Any, extras: Extras) -> Request:
        """Check everything that came into ``fit``, before anything is fitted."""
        if extras.fit_params and not get_config()["enable_metadata_routing"]:
            raise TypeError(
                f"{self._name}.fit got unexpected arguments "
                f"{sorted(extras.fit_params)}. Other parameters reach the teacher by "
                "metadata routing, after "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
        checked, y = validate_data(
            self, X, y, **_input_checks(student), **self._y_checks
        )
        check_consistent_length(checked, extras.groups)
        teachers = members_of(as_teacher(self._name, self.teacher)).values()
        if extras.precomputed is not None and not any(map(is_precomputed, teachers)):
            raise ValueError(
                f"{self._name}: {self._precomputed_name} was passed to fit, but the "
                f"teacher is {name_of(self.teacher)}. Pass teacher='precomputed'."
            )
        return Request(
            checked,
            X if is_frame(X) else checked,
            y,
            check_weights(self._name, extras.sample_weight, len(y)),
            self._labelled(y),
            extras,
        )

    def _labelled(self, y: NDArray[Any]) -> NDArray[np.bool_]:
        """Rows with a label; one that lacks any of its targets has none."""
        if self.unlabeled is None:
            return np.ones(len(y), dtype=bool)
        labelled: NDArray[np.bool_] = (y != self.unlabeled).reshape(len(y), -1)
        return np.asarray(labelled.all(axis=1))

    def _ask(
        self, question: Question, request: Request, encoded: Encoded, seed: int
    ) -> TeacherTargets:
        """What the teacher says about every row; nothing where nobody listens."""
        if self.soft_weight == 0:
            n_rows = len(request.y)
            nothing = np.zeros((n_rows, question.n_outputs))
            return TeacherTargets(nothing, np.zeros(n_rows, bool))
        fit_params, split_params = self._routed(request)
        lessons = Lessons(
            request.X_original, request.y, encoded.target, request.label_weight
        )
        splits = None
        if self.cv is not None and self._fitted_here():
            splits = make_splits(
                question, self.cv, lessons, request.extras.groups, split_params
            )
        return teacher_targets(
            as_teacher(self._name, self.teacher),
            question,
            lessons,
            splits=splits,
            fit_params=fit_params,
            precomputed=request.extras.precomputed,
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
            extras = request.extras
            given = {"sample_weight": weight, "groups": extras.groups}
            routed = process_routing(self, "fit", **given, **extras.fit_params)
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
        weight = request.row_weight * encoded.row_factor
        used = np.flatnonzero(weight * (soft + hard) > 0)
        if len(used) == 0:
            raise ValueError(
                f"{self._name}: no row is left to learn from: each has weight zero, "
                "or neither a label nor a teacher."
            )
        weight = weight[used] / weight[used].mean()
        arrays = (
            encoded.target[used],
            self._rescaled(said.outputs[used], encoded),
            weight * hard[used],
            weight * soft[used],
        )
        return used, Signals(*map(torch.from_numpy, arrays))

    def _previous(self, encoded: Encoded) -> TrainedStudent | None:
        """The student that a warm start goes on from."""
        if not (self.warm_start and hasattr(self, "student_")):
            return None
        before = np.asarray(getattr(self, "classes_", [])).tolist()
        after = np.asarray(encoded.fitted.get("classes_", [])).tolist()
        if before != after:
            raise ValueError(
                f"{self._name}: warm_start goes on with the classes {before}, got "
                f"{after}. Pass warm_start=False."
            )
        previous: TrainedStudent = self.student_
        return previous

    def _set_fitted(self, encoded: Encoded, said: TeacherTargets) -> None:
        """Set what is known before the training."""
        for name in ("teacher_", "teacher_weights_"):
            self.__dict__.pop(name, None)
        for name, value in encoded.fitted.items():
            setattr(self, name, value)
        if said.teacher is not None:
            self.teacher_ = said.teacher
        if said.weights is not None:
            self.teacher_weights_ = said.weights

    def _keep(self, trained: TrainedStudent, row_shape: tuple[int, ...]) -> Self:
        """Set what is known after it; `student_` last."""
        self._row_shape = row_shape
        self.history_ = trained.history()
        self.n_iter_ = len(self.history_)
        self.net_ = trained.net
        if not self.warm_start:
            trained.trim()
        self.student_ = trained
        return self

    def _outputs(self, X: Any) -> torch.Tensor:
        """The student's outputs for X, once that is checked: (n, n_outputs)."""
        if not hasattr(self, "student_"):
            check_is_fitted(self)  # which takes its time to find out
        student: TrainedStudent = self.student_
        if self._is_plain(X):
            return student.outputs(X)
        checked = validate_data(
            self, X, reset=False, **_input_checks(student) | {"allow_nd": True}
        )
        if checked.shape[1:] != self._row_shape:
            raise ValueError(
                f"{self._name}: X must have rows of shape {self._row_shape}, as in "
                f"fit, got {checked.shape[1:]}."
            )
        return student.outputs(X if student.steps and is_frame(X) else checked)

    def _is_plain(self, X: Any) -> bool:
        """Whether X is what `validate_data` would return as it is.

        That takes longer over one row than a small network does.
        """
        return (
            type(X) is np.ndarray
            and X.dtype.kind == "f"
            and X.shape[1:] == self._row_shape
            and len(X) > 0
            and not hasattr(self, "feature_names_in_")
            and _is_finite(X)
        )

    def _fitted_here(self) -> dict[str, Any]:
        """The teachers that ``fit`` fits, by name."""
        members = members_of(as_teacher(self._name, self.teacher))
        return {name: t for name, t in members.items() if is_fitted_here(t)}


def _input_checks(student: Student | TrainedStudent) -> dict[str, Any]:
    """How `validate_data` looks at X; a student's own transformers see all of it."""
    own = student.steps is not None
    return {
        "accept_sparse": "csr",
        "dtype": None if own else "numeric",
        "ensure_all_finite": not own,
        "allow_nd": getattr(student, "takes_any_shape", True),
    }


def _is_finite(X: NDArray[Any]) -> bool:
    """Whether the sum is finite, and with it every number; rarely, too careful."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(X.sum()))


def _judges_input(part: Any) -> bool:
    """Whether a part's own tags say something about X; a bare network takes rows."""
    return hasattr(part, "__sklearn_tags__") and hasattr(part, "predict")
