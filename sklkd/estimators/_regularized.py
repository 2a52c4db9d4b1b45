"""Classifiers that learn from labels and from what no teacher needs to say."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from sklkd.estimators._base import BaseStudentEstimator
from sklkd.estimators._classifier import StudentClassifierMixin
from sklkd.estimators._encoded import Encoded
from sklkd.estimators._request import Extras, Request
from sklkd.objectives import Objective, SoftTargets
from sklkd.training import (
    Curriculum,
    EstimatorStudent,
    LabelLoss,
    Signals,
    Student,
    Trained,
    TrainingInterrupted,
    atomic,
    draw_seed,
    name_of,
    train,
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt of every row, besides its weight.

    Attributes
    ----------
    label_share : float
        Factor of the label's loss.
    terms : dict of str to Objective
        What else is minimised.
    term_share : float
        Factor of these.
    said : ndarray of shape (n_classes,) or None
        Logits that stand for a teacher's, the same ones for every row.
    """

    label_share: float = 1.0
    terms: dict[str, Objective] = field(default_factory=dict)
    term_share: float = 1.0
    said: NDArray[np.float64] | None = None


class BaseRegularizedClassifier(StudentClassifierMixin, BaseStudentEstimator):
    """Train a student on labels and on terms that know no teacher.

    Subclasses say what the `Lesson` is.
    """

    @abstractmethod
    def _lesson(self, request: Request, encoded: Encoded) -> Lesson:
        """What is learnt, for these labels."""

    def _sized(
        self, student: Student | EstimatorStudent, request: Request
    ) -> Student | EstimatorStudent:
        """The student, as it suits the rows."""
        del request
        return student

    def _row_loss(self) -> LabelLoss:
        """What a label costs."""
        return self._label_loss

    def _note(self, trained: Trained, curriculum: Curriculum, request: Request) -> None:
        """Set what is known of the rows once the student is trained."""

    @atomic
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the student.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, ...)
            Numbers; missing ones as NaN where the student takes them. The default
            student reads the other columns of a DataFrame with skrub.
        y : array-like of shape (n_samples,)
            Labels; the mark of rows without one where the estimator takes such rows.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If data, student and parameters do not fit together; the estimator is then
            what it was before.
        """
        self._check_params()
        student = self._student(X)
        request = self._check_data(student, X, y, Extras(sample_weight))
        student = self._sized(student, request)
        encoded = self._encode(request)
        self._check_taught(request, encoded)
        lesson = self._lesson(request, encoded)
        self._check_student(student, lesson)
        curriculum = self._curriculum(student, request, encoded, lesson)
        seed = student.seed(draw_seed(self.random_state))
        previous = self._previous(encoded)
        self._begin(encoded)
        row_shape = tuple(request.X.shape[1:])
        try:
            trained = train(
                self._name,
                student,
                curriculum,
                seed=seed,
                verbose=self.verbose,
                previous=previous,
            )
        except TrainingInterrupted as interrupt:
            self._note(interrupt.student, curriculum, request)
            self._keep(interrupt.student, row_shape)
            raise
        self._note(trained, curriculum, request)
        return self._keep(trained, row_shape)

    def _check_student(
        self, student: Student | EstimatorStudent, lesson: Lesson
    ) -> None:
        """Raise if a model with a loss of its own is to minimise another."""
        plain = all(isinstance(term, SoftTargets) for term in lesson.terms.values())
        if isinstance(student, EstimatorStudent) and not plain:
            raise ValueError(
                f"{self._name}: student must be a network here, got "
                f"{name_of(student.estimator)}, which has a loss of its own that "
                f"{' and '.join(lesson.terms)} cannot be added to. Pass None, a "
                "StudentNet, a skorch net or a torch.nn.Module."
            )

    def _curriculum(
        self,
        student: Student | EstimatorStudent,
        request: Request,
        encoded: Encoded,
        lesson: Lesson,
    ) -> Curriculum:
        """What the student learns from; rows that teach nothing are left out."""
        terms = lesson.terms if lesson.term_share > 0 else {}
        blind = any("target" not in term.needs for term in terms.values())
        weight = request.row_weight * encoded.row_factor
        used = np.flatnonzero((weight > 0) & (request.labelled | blind))
        unit = float(weight[used].mean())
        weight, labelled = weight[used] / unit, request.labelled[used].astype(float)
        n_classes = encoded.n_outputs
        said = np.zeros(n_classes) if lesson.said is None else lesson.said
        signals = Signals(
            torch.from_numpy(encoded.target[used]),
            torch.from_numpy(np.tile(said, (len(used), 1))),
            torch.from_numpy(lesson.label_share * weight * labelled),
            torch.from_numpy(lesson.term_share * weight * bool(terms)),
            None if labelled.all() else torch.from_numpy(labelled),
        )
        return Curriculum(
            request.X_original if student.sees_original else request.X,
            None if len(used) == len(request.y) else used,
            signals,
            n_classes,
            self._row_loss(),
            terms,
            encoded.stratify[used] if encoded.stratify is not None else None,
            classes=encoded.fitted["classes_"],
            unit=unit,
            row_weight=weight,
        )
