"""One way to teach one student: ask the teacher, share the rows out, train."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from joblib import Memory
from numpy.typing import NDArray

from sklkd.distillation._case import Case
from sklkd.distillation._policy import Policy, Teaching
from sklkd.estimators import Encoded
from sklkd.objectives import Objective
from sklkd.training import (
    Curriculum,
    EstimatorStudent,
    LabelLoss,
    Signals,
    Student,
    TeacherTargets,
    Trained,
    calibrated,
    is_fitted_here,
    is_precomputed,
    members_of,
    teacher_targets,
    train,
)


@dataclass(frozen=True, slots=True)
class Course:
    """One way to teach one student.

    Attributes
    ----------
    who : str
        The estimator; errors start with it.
    teacher : object
        From `as_teacher`.
    student : Student or EstimatorStudent
        What is trained.
    objective : Objective
        What is learnt from the teacher.
    label_loss : callable
        (output, target) -> one value per sample.
    rescaled : callable
        What a teacher said, on the scale that the student learns on.
    memory : joblib.Memory
        Keeps what teachers said.
    teacher_seed : int or None
        For unset random states of a teacher.
    n_jobs, verbose : int
        Folds at a time; whether to show bars.
    """

    who: str
    teacher: Any
    student: Student | EstimatorStudent
    objective: Objective
    label_loss: LabelLoss
    rescaled: Callable[[NDArray[np.float64], Encoded], NDArray[np.float64]]
    memory: Memory
    teacher_seed: int | None
    n_jobs: int | None
    verbose: int

    @property
    def n_members(self) -> int:
        """Number of teachers that are fitted here."""
        return sum(map(is_fitted_here, members_of(self.teacher).values()))

    @property
    def teaching(self) -> Teaching:
        """What the teacher can do."""
        members = members_of(self.teacher).values()
        return Teaching(
            is_fitted_here=self.n_members > 0,
            can_be_asked=not any(map(is_precomputed, members)),
        )

    def ask(self, case: Case, policy: Policy) -> TeacherTargets:
        """What the teacher says about every row; nothing where nobody listens."""
        n_rows = len(case.request.y)
        if not (policy.asks or self._teaches_spread(case)):
            nothing = np.zeros((n_rows, case.question.n_outputs))
            return TeacherTargets(nothing, np.zeros(n_rows, bool))
        said = teacher_targets(
            self.teacher,
            case.question,
            case.lessons,
            splits=case.splits if policy.targets == "out_of_fold" else None,
            out_of_bag=policy.targets == "out_of_bag",
            fit_params=case.fit_params,
            precomputed=case.request.precomputed,
            memory=self.memory,
            seed=self.teacher_seed,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
        )
        if policy.calibration is None:
            return said
        return calibrated(said, case.encoded.target, case.request.label_weight)

    def train(
        self,
        case: Case,
        said: TeacherTargets,
        policy: Policy,
        *,
        seed: int,
        previous: Trained | None = None,
    ) -> Trained:
        """Train the student on the labels, and on what was said."""
        return train(
            self.who,
            self.student,
            self._curriculum(case, said, policy),
            seed=self.student.seed(seed),
            verbose=self.verbose,
            previous=previous,
        )

    def _curriculum(
        self, case: Case, said: TeacherTargets, policy: Policy
    ) -> Curriculum:
        """What the student learns from."""
        request, encoded = case.request, case.encoded
        used, unit, signals = self._signals(case, said, policy)
        fitted = encoded.fitted
        is_all = len(used) == len(request.y)
        terms = self.objective.terms() if (signals.teacher_share > 0).any() else {}
        if case.question.spread is not None and self.student.net is not None:
            terms = case.question.spread.terms(terms, signals)
        return Curriculum(
            request.X_original if self.student.sees_original else request.X,
            None if is_all else used,
            signals,
            encoded.n_outputs,
            self.label_loss,
            terms,
            None if encoded.stratify is None else encoded.stratify[used],
            request.real[used],
            fitted.get("classes_"),
            fitted.get("_target_scaling"),
            unit,
        )

    def _signals(
        self, case: Case, said: TeacherTargets, policy: Policy
    ) -> tuple[NDArray[np.int64], float, Signals]:
        """The rows that are learnt from, their mean weight, and what each learns.

        A row's weight is shared between its label and the teacher; one without a label
        listens to the teacher alone, and the other way round. Where a spread is learnt
        from the teacher alone, all of the weight listens to it; the mean's own share is
        then a last column of what was said.
        """
        request, encoded = case.request, case.encoded
        share = np.where(request.labelled, policy.soft_weight, 1.0)
        heard = said.known & (request.real | (policy.transfer_set is not None))
        soft = share * heard * policy.asks
        hard = np.where(request.labelled, 1.0 - soft, 0.0)
        taught = heard.astype(float) if self._teaches_spread(case) else soft
        weight = request.row_weight * encoded.row_factor
        used = np.flatnonzero(weight * (taught + hard) > 0)
        if len(used) == 0:
            raise ValueError(
                f"{self.who}: no row is left to learn from: each has weight zero, "
                "or neither a label nor a teacher."
            )
        if self._teaches_spread(case) and not (weight * taught).any():
            raise ValueError(
                f"{self.who}: no row has a spread to learn from: the teacher was asked "
                "about none that has a weight. Pass a cv whose test folds have some, "
                "or spread=None."
            )
        unit = float(weight[used].mean())
        weight = weight[used] / unit
        outputs = self.rescaled(said.outputs[used], encoded)
        if case.question.spread is not None:
            own = np.divide(soft, taught, out=np.ones(len(soft)), where=taught > 0)
            outputs = np.hstack([outputs, own[used, np.newaxis]])
        arrays = (
            encoded.target[used],
            outputs,
            weight * hard[used],
            weight * taught[used],
        )
        labelled = request.labelled[used]
        known = None if labelled.all() else torch.from_numpy(labelled.astype(float))
        target, teacher, label_share, soft_share = map(torch.from_numpy, arrays)
        signals = Signals(target, teacher, label_share, soft_share, known)
        return used, unit, signals

    def _teaches_spread(self, case: Case) -> bool:
        """Whether a spread is learnt from the teacher alone, whatever its share.

        Labels say nothing of a standard deviation; of quantiles they do, but not to a
        scikit-learn model.
        """
        spread = case.question.spread
        return spread is not None and (
            spread.levels is None or self.student.net is None
        )
