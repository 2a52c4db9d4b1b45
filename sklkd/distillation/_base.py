"""What the distilled classifier and regressor share: everything but the labels."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
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
    check_consistent_length,
    check_is_fitted,
    validate_data,
)
from torch import nn

from sklkd.distillation._case import Case
from sklkd.distillation._choice import Verdict, choose
from sklkd.distillation._course import Course, Trained
from sklkd.distillation._encoded import Encoded
from sklkd.distillation._policy import Policy, Wishes
from sklkd.distillation._request import (
    Extras,
    Request,
    check_further_rows,
    check_weights,
    readable,
    weight_param,
)
from sklkd.objectives import Objective, as_objective
from sklkd.training import (
    EstimatorStudent,
    Question,
    Student,
    TeacherTargets,
    TrainingInterrupted,
    as_memory,
    as_student,
    as_teacher,
    draw_seed,
    is_fitted_here,
    is_frame,
    is_mapped,
    is_precomputed,
    make_splits,
    members_of,
    name_of,
    not_numbers,
    vectorizer,
)


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

    @abstractmethod
    def _judged(self, student: Trained, X: Any, encoded: Encoded) -> Verdict:
        """Loss of each row, and of a classifier whether it was right, and logits."""

    @staticmethod
    @abstractmethod
    def _label_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Loss of each row's label: (n, n_outputs), (n, ...) -> (n,)."""

    def _wishes(self) -> Wishes:
        """What the parameters say about the targets."""
        return Wishes(self._name, self.targets, self.soft_weight, self.transfer_set)

    def _fit(self, X: Any, y: Any, extras: Extras) -> Self:
        """Fit; the caller is `atomic`."""
        self._check_params()
        wishes = self._wishes().checked()
        student = self._reading(as_student(self._name, self.student), X)
        student.check_seed(self.random_state)
        request = self._check_data(student, X, y, extras)
        seed = draw_seed(self.random_state)
        case = self._case(request, extras, asks=wishes.soft_weight != 0)
        course = self._course(student, case.question, seed)
        previous = self._previous(case.encoded)
        policy = self._policy(course, case, wishes, seed, extras.groups)
        case = case.with_synthesised(policy.transfer_set)
        said = course.ask(case, policy)
        self._set_fitted(case.encoded, policy, said)
        row_shape = tuple(request.X.shape[1:])
        try:
            trained = course.train(case, said, policy, seed=seed, previous=previous)
        except TrainingInterrupted as interrupt:
            self._keep(interrupt.student, row_shape)
            raise
        return self._keep(trained, row_shape)

    def _reading(
        self, student: Student | EstimatorStudent, X: Any
    ) -> Student | EstimatorStudent:
        """Let a bare network read a DataFrame that holds more than numbers."""
        if isinstance(student, EstimatorStudent) or student.sees_original:
            return student
        columns = not_numbers(X) if is_frame(X) else []
        if not columns:
            return student
        return replace(student, steps=vectorizer(self._name, columns))

    def _case(self, request: Request, extras: Extras, *, asks: bool) -> Case:
        """The rows, with labels, folds and parameters for the teachers."""
        encoded = self._encode(request)
        question = self._question(encoded)
        case = Case(request, encoded, question, None, {})
        if not asks:
            return case
        fit_params, split_params = self._routed(request, extras)
        splits = None
        if self.targets in ("auto", "out_of_fold") and self._fitted_here():
            splits = make_splits(
                question, self.cv, case.lessons, extras.groups, split_params
            )
        return replace(case, splits=splits, fit_params=fit_params)

    def _course(
        self, student: Student | EstimatorStudent, question: Question, seed: int
    ) -> Course:
        """How to teach."""
        return Course(
            self._name,
            as_teacher(self._name, self.teacher),
            student,
            as_objective(
                self._name, self.objective, question.task, self._default_objective
            ),
            self._label_loss,
            self._rescaled,
            as_memory(self._name, self.memory),
            None if self.random_state is None else seed,
            self.n_jobs,
            self.verbose,
        )

    def _policy(
        self, course: Course, case: Case, wishes: Wishes, seed: int, groups: Any
    ) -> Policy:
        """What the student learns from; a warm start goes on with what was chosen."""
        simple = case.request.X.ndim == 2 and not sparse.issparse(case.request.X)
        if not simple or is_mapped(case.request.X):
            wishes = wishes.without_auto_transfer()
        if self.warm_start and hasattr(self, "student_"):
            return wishes.resumed(wishes.first(course.teaching), self.policy_)
        return choose(
            course, case, wishes, judge=self._judged, seed=seed, groups=groups
        )

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
        inputs = [get_tags(part).input_tags for part in judges]
        tags.input_tags.sparse = all(own.sparse for own in inputs)
        modules = any(isinstance(part, nn.Module) for part in (*parts, self.student))
        takes_missing = not modules and all(own.allow_nan for own in inputs)
        tags.input_tags.allow_nan = takes_missing and self._student_takes_missing()
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

    def _student_takes_missing(self) -> bool:
        try:
            return as_student(self._name, self.student).takes_missing
        except (TypeError, ValueError):
            return False  # `fit` says what is wrong with the student

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _check_params(self) -> None:
        """Raise if a parameter is out of range."""

    def _check_data(
        self, student: Student | EstimatorStudent, X: Any, y: Any, extras: Extras
    ) -> Request:
        """Check everything that came into ``fit``, before anything is fitted."""
        if extras.fit_params and not get_config()["enable_metadata_routing"]:
            raise TypeError(
                f"{self._name}.fit got unexpected arguments "
                f"{sorted(extras.fit_params)}. Other parameters reach the teacher by "
                "metadata routing, after "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
        self._allow_nan = get_tags(self).input_tags.allow_nan
        self._refuses_missing = False  # in fit, where its parts judge
        checks = self._input_checks(student)
        seen = readable(X) if student.sees_original else X
        checked, y = validate_data(self, seen, y, **checks, **self._y_checks)
        check_consistent_length(checked, extras.groups)
        self._check_precomputed(extras)
        self._refuses_missing = self._refuses(student, X, checked)
        request = Request(
            checked,
            X if is_frame(X) else checked,
            y,
            check_weights(self._name, extras.sample_weight, len(y)),
            self._labelled(y),
            extras.precomputed,
            len(y),
        )
        if extras.unlabelled is None:
            return request
        more = check_further_rows(self._name, X, extras.unlabelled)
        seen = readable(more) if student.sees_original else more
        checked = validate_data(self, seen, reset=False, **checks)
        return request.followed_by(more if is_frame(X) else checked)

    def _refuses(
        self, student: Student | EstimatorStudent, X: Any, checked: Any
    ) -> bool:
        """Whether a model that could do with gaps is not to be asked about them.

        Its tags say that it takes none, for the teacher does not, and it saw none.
        """
        bare = getattr(student, "estimator", None)
        if bare is None or isinstance(bare, Pipeline) or is_frame(X) or self._allow_nan:
            return False
        values = checked.data if sparse.issparse(checked) else checked
        return values.dtype.kind in "biuf" and bool(np.isfinite(values).all())

    def _check_precomputed(self, extras: Extras) -> None:
        """A precomputed teacher has numbers, and knows no further rows."""
        teachers = members_of(as_teacher(self._name, self.teacher)).values()
        is_precomputed_here = any(map(is_precomputed, teachers))
        if extras.precomputed is not None and not is_precomputed_here:
            raise ValueError(
                f"{self._name}: {self._precomputed_name} was passed to fit, but the "
                f"teacher is {name_of(self.teacher)}. Pass teacher='precomputed'."
            )
        asked = self.transfer_set is not None and self.transfer_set != "auto"
        if is_precomputed_here and (asked or extras.unlabelled is not None):
            what = "X_unlabeled" if extras.unlabelled is not None else "transfer_set"
            raise ValueError(
                f"{self._name}: teacher='precomputed' cannot be asked about further "
                f"rows, but {what} was passed. Put the rows into X, with a label equal "
                f"to unlabeled=, and their numbers into {self._precomputed_name}."
            )

    def _labelled(self, y: NDArray[Any]) -> NDArray[np.bool_]:
        """Rows with a label; one that lacks any of its targets has none."""
        if self.unlabeled is None:
            return np.ones(len(y), dtype=bool)
        labelled: NDArray[np.bool_] = (y != self.unlabeled).reshape(len(y), -1)
        return np.asarray(labelled.all(axis=1))

    def _routed(
        self, request: Request, extras: Extras
    ) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
        """Parameters for each teacher's ``fit``, and for the splitter."""
        teachers = self._fitted_here()
        weight = request.sample_weight
        if get_config()["enable_metadata_routing"]:
            given = {"sample_weight": weight, "groups": extras.groups}
            routed = process_routing(self, "fit", **given, **extras.fit_params)
            splitter = routed.get("splitter", {}).get("split", {})
            return {name: dict(routed[name].fit) for name in teachers}, dict(splitter)
        if weight is None:
            return {name: {} for name in teachers}, {}
        return {n: weight_param(self._name, t, weight) for n, t in teachers.items()}, {}

    def _previous(self, encoded: Encoded) -> Trained | None:
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
        previous: Trained = self.student_
        return previous

    def _set_fitted(
        self, encoded: Encoded, policy: Policy, said: TeacherTargets
    ) -> None:
        """Set what is known before the training."""
        for name in ("teacher_", "teacher_weights_", "net_", "n_iter_"):
            self.__dict__.pop(name, None)
        self.policy_ = replace(policy, temperature=said.temperature)
        for name, value in encoded.fitted.items():
            setattr(self, name, value)
        if said.teacher is not None:
            self.teacher_ = said.teacher
        if said.weights is not None:
            self.teacher_weights_ = said.weights

    def _keep(self, trained: Trained, row_shape: tuple[int, ...]) -> Self:
        """Set what is known after it; `student_` last."""
        self._row_shape = row_shape
        self.history_ = trained.history()
        if trained.net is not None:
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
        student: Trained = self.student_
        if self._is_plain(X):
            return student.outputs(X)
        checks = self._input_checks(student) | {"allow_nd": True}
        seen = readable(X) if student.sees_original else X
        checked = validate_data(self, seen, reset=False, **checks)
        if checked.shape[1:] != self._row_shape:
            raise ValueError(
                f"{self._name}: X must have rows of shape {self._row_shape}, as in "
                f"fit, got {checked.shape[1:]}."
            )
        return student.outputs(X if student.sees_original and is_frame(X) else checked)

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

    def _input_checks(
        self, student: Student | EstimatorStudent | Trained
    ) -> dict[str, Any]:
        """How `validate_data` looks at X; transformers of a student's see all of it."""
        if student.sees_original and not self._refuses_missing:
            finite: Any = False
        else:
            finite = "allow-nan" if self._allow_nan else True
        return {
            "accept_sparse": "csr",
            "dtype": None if student.sees_original else "numeric",
            "ensure_all_finite": finite,
            "allow_nd": getattr(student, "takes_any_shape", True),
        }

    def _fitted_here(self) -> dict[str, Any]:
        """The teachers that ``fit`` fits, by name."""
        members = members_of(as_teacher(self._name, self.teacher))
        return {name: t for name, t in members.items() if is_fitted_here(t)}


def _is_finite(X: NDArray[Any]) -> bool:
    """Whether the sum is finite, and with it every number; rarely, too careful."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(X.sum()))


def _judges_input(part: Any) -> bool:
    """Whether a part's own tags say something about X; a bare network takes rows."""
    return hasattr(part, "__sklearn_tags__") and hasattr(part, "predict")
