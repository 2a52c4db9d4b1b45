"""What a student learns from: as the user said, or chosen on rows held out for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from sklkd._validation import FRACTION, check_choice, check_interval
from sklkd.training import best_factor
from sklkd.transfer_sets import Spunge, TransferSet, as_transfer_set

AUTO = "auto"
TARGETS = ["in_sample", "out_of_fold", "out_of_bag"]
CALIBRATIONS = ["temperature"]
HALF, LITTLE = 0.5, 0.1  # of the teacher, on rows with a label
ENOUGH = 200  # labelled rows, from which some can be held out to choose by


@dataclass(frozen=True, slots=True)
class Policy:
    """What a student learns from, and why.

    Attributes
    ----------
    targets : {"in_sample", "out_of_fold", "out_of_bag", "as_given"}
        How the teacher was asked about the rows of ``fit``. "as_given" is one that
        came fitted, or as numbers.
    soft_weight : float
        Share of the objective on rows with a label.
    transfer_set : TransferSet or None
        What synthesised further rows.
    calibration : {"temperature"} or None
        Whether the teacher was calibrated.
    temperature : float or None
        By which its logits were divided; set by the final fit.
    student_temperature : float or None
        By which the student's logits are divided before they are probabilities, as
        fits the held-out rows best.
    reason : str
        Why, in a sentence.
    trials : tuple of dict
        A record for each candidate that was tried on held-out rows: ``soft_weight``,
        ``transfer_set``, ``loss`` (log-loss in nats, or squared error in variances of
        y), ``loss_se`` (standard error of the difference to the one chosen),
        ``accuracy`` and ``student_temperature`` of classifiers, ``chosen``.
        ``pandas.DataFrame(trials)`` works.
    n_teacher_fits, n_student_fits : int
        Fits that choosing cost, besides those that any fit costs.
    """

    targets: str
    soft_weight: float
    transfer_set: TransferSet | None
    calibration: str | None
    temperature: float | None = None
    student_temperature: float | None = None
    reason: str = "As given."
    trials: tuple[dict[str, Any], ...] = ()
    n_teacher_fits: int = 0
    n_student_fits: int = 0

    @property
    def asks(self) -> bool:
        """Whether a teacher is listened to."""
        return self.soft_weight > 0


@dataclass(frozen=True, slots=True)
class Trial:
    """How a candidate did on the held-out rows.

    Attributes
    ----------
    policy : Policy
        The candidate.
    loss : ndarray of shape (n_rows,)
        Of each row.
    hit : ndarray of bool, shape (n_rows,), or None
        Whether the row's class was predicted.
    logits : ndarray of shape (n_rows, n_classes), or None
        Of a classifier.
    """

    policy: Policy
    loss: NDArray[np.float64]
    hit: NDArray[np.bool_] | None = None
    logits: NDArray[np.float64] | None = None

    @classmethod
    def joined(cls, trials: Sequence[Trial]) -> Self:
        """Return trials of one policy on several sets of rows as one."""
        return cls(
            trials[0].policy,
            np.concatenate([trial.loss for trial in trials]),
            _joined([trial.hit for trial in trials]),
            _joined([trial.logits for trial in trials]),
        )

    def calibrated(
        self, target: NDArray[np.int64], weight: NDArray[np.float64]
    ) -> Trial:
        """Return the trial of a student that is as sure of itself as it is right."""
        if self.logits is None:  # one that diverged
            return self
        factor = best_factor(self.logits, target, weight)
        log_proba = log_softmax(factor * self.logits, axis=1)
        return replace(
            self,
            policy=replace(self.policy, student_temperature=1 / factor),
            loss=-log_proba[np.arange(len(target)), target],
        )


@dataclass(frozen=True, slots=True)
class Wishes:
    """The parameters of an estimator that say what its student learns from.

    Attributes
    ----------
    who : str
        The estimator; errors start with it.
    targets, soft_weight, transfer_set, calibration : object
        As the user passed them, "auto" among them.
    """

    who: str
    targets: Any
    soft_weight: Any
    transfer_set: Any
    calibration: Any = None
    synthesiser: TransferSet | None = field(default=None)

    def checked(self) -> Wishes:
        """Return them with the transfer set resolved.

        Raises
        ------
        TypeError, ValueError
            If one is out of range.
        """
        if self.soft_weight != AUTO or not isinstance(self.soft_weight, str):
            check_interval(self.who, "soft_weight", self.soft_weight, FRACTION)
        check_choice(self.who, "targets", self.targets, [AUTO, *TARGETS])
        if self.calibration is not None:
            calibrations = [AUTO, *CALIBRATIONS]
            check_choice(self.who, "calibration", self.calibration, calibrations)
        if self._transfer_is_free:
            return replace(self, synthesiser=Spunge())
        chosen = as_transfer_set(self.who, self.transfer_set)
        return replace(self, synthesiser=chosen)

    @property
    def calibrates_student(self) -> bool:
        """Whether what is tried on held-out rows is calibrated on them too."""
        return isinstance(self.calibration, str) and self.calibration == AUTO

    @property
    def _transfer_is_free(self) -> bool:
        return isinstance(self.transfer_set, str) and self.transfer_set == AUTO

    def first(self, teacher: Teaching) -> Policy:
        """Return the policy that stands if nothing is tried."""
        targets = self.targets
        if not teacher.is_fitted_here:
            targets = "as_given"
        elif targets == AUTO:
            targets = "out_of_fold"
        calibration = self.calibration
        if calibration == AUTO:
            honest = targets in ("out_of_fold", "out_of_bag")
            calibration = "temperature" if honest else None
        soft = HALF if self.soft_weight == AUTO else float(self.soft_weight)
        chosen = self.synthesiser if soft > 0 and teacher.can_be_asked else None
        return Policy(targets, soft, chosen, calibration)

    def candidates(self, first: Policy) -> list[Policy]:
        """Return what is worth a trial: `first`, and others if anything is free.

        Labels alone are always among them where `soft_weight` is free.
        """
        without = replace(first, transfer_set=None)
        may_drop = self._transfer_is_free and first.transfer_set is not None
        found = [first]
        if self.soft_weight == AUTO:
            found.append(replace(first, soft_weight=LITTLE))
        if may_drop:
            found.append(without)
        if self.soft_weight == AUTO:
            found.append(replace(without, soft_weight=0.0))
        return found

    def resumed(self, first: Policy, was: Policy) -> Policy:
        """Return the policy that goes on with what was chosen where it is free."""
        if len(self.candidates(first)) == 1:
            return first
        soft_weight = was.soft_weight if self.soft_weight == AUTO else first.soft_weight
        chosen = first.transfer_set
        if self._transfer_is_free and chosen is not None:
            chosen = was.transfer_set
        return replace(
            was,
            targets=first.targets,
            soft_weight=soft_weight,
            transfer_set=chosen if soft_weight > 0 else None,
            calibration=first.calibration,
        )

    def without_auto_transfer(self) -> Wishes:
        """Return them with no rows made up that were not asked for."""
        if self._transfer_is_free:
            return replace(self, transfer_set=None, synthesiser=None)
        return self

    def untried(self, first: Policy, why: str) -> Policy:
        """Return the policy where nothing can be tried: no rows made up unasked."""
        synthesiser = None if self._transfer_is_free else first.transfer_set
        soft = LITTLE if self.soft_weight == AUTO else first.soft_weight
        return replace(first, soft_weight=soft, transfer_set=synthesiser, reason=why)


@dataclass(frozen=True, slots=True)
class Teaching:
    """What a teacher can do.

    Attributes
    ----------
    is_fitted_here : bool
        Whether any of its members is fitted by ``fit``.
    can_be_asked : bool
        Whether it can be asked about any row.
    """

    is_fitted_here: bool
    can_be_asked: bool


def decide(
    trials: Sequence[Trial],
    weight: NDArray[np.float64],
    *,
    n_teacher_fits: int,
    n_student_fits: int,
) -> Policy:
    """Choose by the loss of held-out rows.

    1. Whatever is less accurate than labels alone, by more than a standard error, is
       out.
    2. The least loss among the others wins.

    Parameters
    ----------
    trials : sequence of Trial
        One with ``soft_weight`` 0 is labels alone.
    weight : ndarray of shape (n_rows,)
        Of the held-out rows.
    n_teacher_fits, n_student_fits : int
        What the trials cost.
    """
    losses = np.array([_mean(trial.loss, weight) for trial in trials])
    best = int(losses.argmin())
    reason = "The least loss on held-out rows."
    alone = next((t for t in trials if not t.policy.asks), None)
    if alone is not None and alone.hit is not None:
        errors = [~t.hit for t in trials if t.hit is not None]
        allowed = [not _beats(~alone.hit, wrong, weight) for wrong in errors]
        if not allowed[best]:
            best = int(np.where(allowed, losses, np.inf).argmin())
            reason = (
                "The least loss on held-out rows among what is as accurate there as "
                "labels alone."
            )
    records = [_record(t, trials[best], weight) for t in trials]
    return replace(
        trials[best].policy,
        reason=reason,
        trials=tuple(records),
        n_teacher_fits=n_teacher_fits,
        n_student_fits=n_student_fits,
    )


def _record(trial: Trial, chosen: Trial, weight: NDArray[np.float64]) -> dict[str, Any]:
    """A trial as a row of a table."""
    record = {
        "soft_weight": trial.policy.soft_weight,
        "transfer_set": trial.policy.transfer_set,
        "loss": _mean(trial.loss, weight),
        "loss_se": _standard_error(trial.loss - chosen.loss, weight),
        "chosen": trial is chosen,
    }
    if trial.hit is not None:
        record["accuracy"] = _mean(trial.hit, weight)
        record["student_temperature"] = trial.policy.student_temperature
    return record


def _beats(
    loss: NDArray[Any], other: NDArray[Any], weight: NDArray[np.float64]
) -> bool:
    """Whether a loss is less than another by more than a standard error of the gap."""
    gap = np.asarray(other, dtype=np.float64) - np.asarray(loss, dtype=np.float64)
    return _mean(gap, weight) > _standard_error(gap, weight)


def _joined(parts: list[NDArray[Any] | None]) -> NDArray[Any] | None:
    """The rows of all rounds, if each has some."""
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None


def _mean(values: NDArray[Any], weight: NDArray[np.float64]) -> float:
    return float(np.average(values, weights=weight))


def _standard_error(values: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Of a weighted mean."""
    share = weight / weight.sum()
    residual = values - share @ values
    return float(np.sqrt(np.square(share * residual).sum()))
