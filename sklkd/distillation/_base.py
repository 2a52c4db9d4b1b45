"""What the distilled classifier and regressor share: everything but the labels."""

from __future__ import annotations

import contextlib
import copy
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn import get_config
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.validation import check_is_fitted

from sklkd.distillation._case import Case
from sklkd.distillation._choice import Verdict, choose
from sklkd.distillation._course import Course
from sklkd.distillation._policy import Policy, Wishes
from sklkd.estimators import BaseStudentEstimator, Encoded, Extras, Request
from sklkd.objectives import Objective, as_objective
from sklkd.training import (
    EstimatorStudent,
    Question,
    Student,
    TeacherTargets,
    Trained,
    TrainingInterrupted,
    as_memory,
    as_teacher,
    draw_seed,
    is_fitted_here,
    is_mapped,
    is_precomputed,
    make_splits,
    members_of,
    name_of,
    weight_param,
)


class BaseDistilled(BaseStudentEstimator):
    """Fit a student to a teacher and the labels.

    Subclasses say what labels mean: how they are checked and encoded, what the teacher
    is asked, what the label loss is, and how outputs become predictions.
    """

    _precomputed_name: ClassVar[str]
    _default_objective: ClassVar[Objective]

    @abstractmethod
    def _encode(self, request: Request) -> Encoded:
        """Encode the labels."""

    @abstractmethod
    def _question(self, encoded: Encoded) -> Question:
        """What the teacher is asked for."""

    @staticmethod
    @abstractmethod
    def _rescaled(said: NDArray[np.float64], encoded: Encoded) -> NDArray[np.float64]:
        """Bring what a teacher said to the scale that the student learns on."""

    @staticmethod
    @abstractmethod
    def _judged(student: Trained, X: Any, encoded: Encoded) -> Verdict:
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
        student = self._student(X)
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

    def _parts(self) -> Iterator[Any]:
        """Teachers and student."""
        # `fit` says what is wrong with a teacher.
        with contextlib.suppress(TypeError, ValueError):
            yield from members_of(as_teacher(self._name, self.teacher)).values()
        yield self.student

    def _check_extras(self, extras: Extras) -> None:
        """A precomputed teacher has numbers, and knows no further rows."""
        if extras.fit_params and not get_config()["enable_metadata_routing"]:
            raise TypeError(
                f"{self._name}.fit got unexpected arguments "
                f"{sorted(extras.fit_params)}. Other parameters reach the teacher by "
                "metadata routing, after "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
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

    def _set_fitted(
        self, encoded: Encoded, policy: Policy, said: TeacherTargets
    ) -> None:
        """Set what is known before the training."""
        for name in ("teacher_", "teacher_weights_"):
            self.__dict__.pop(name, None)
        self._begin(encoded)
        self.policy_ = replace(policy, temperature=said.temperature)
        if said.teacher is not None:
            self.teacher_ = said.teacher
        if said.weights is not None:
            self.teacher_weights_ = said.weights

    def _fitted_here(self) -> dict[str, Any]:
        """The teachers that ``fit`` fits, by name."""
        members = members_of(as_teacher(self._name, self.teacher))
        return {name: t for name, t in members.items() if is_fitted_here(t)}
