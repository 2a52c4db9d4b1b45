"""From signals to a scikit-learn model: the targets that it is fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import is_classifier

from sklkd.objectives import SoftTargets, SquaredError
from sklkd.training._curriculum import Curriculum
from sklkd.training._estimator_student import fit_classifier, fit_regressor
from sklkd.training._seeds import draw_seed
from sklkd.training._tables import take
from sklkd.training._trained_estimator import TrainedEstimator


@dataclass(frozen=True, slots=True)
class EstimatorStudent:
    """A scikit-learn model to be fitted to what a teacher says.

    Attributes
    ----------
    estimator : estimator
        Not fitted, and never changed.

    Examples
    --------
    What becomes of a model that is passed as ``student=``:

    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from sklkd.training import as_student
    >>> as_student("Example", DecisionTreeRegressor(max_depth=3))
    EstimatorStudent(estimator=DecisionTreeRegressor(max_depth=3))
    """

    estimator: Any

    @property
    def steps(self) -> None:
        """None: a Pipeline's transformers are part of `estimator`."""

    @property
    def net(self) -> None:
        """None: there is no network."""

    @property
    def sees_original(self) -> bool:
        """True: it gets X as the user passed it, and judges it."""
        return True

    @property
    def takes_missing(self) -> bool:
        """True: it says itself what it does not take."""
        return True

    @property
    def takes_any_shape(self) -> bool:
        """True: it says itself what it does not take."""
        return True

    def check_seed(self, random_state: Any) -> None:
        """Nothing is resumed."""

    def seed(self, seed: int) -> int:
        """The estimator's; its own random states, where set, stay."""
        return draw_seed(seed)

    def for_trial(self) -> EstimatorStudent:
        """Return itself: fitting leaves it as it is."""
        return self


def train_estimator(
    who: str, student: EstimatorStudent, curriculum: Curriculum, *, seed: int
) -> TrainedEstimator:
    """Fit a model to the mixture of labels and what the teacher said.

    Raises
    ------
    ValueError
        If the objective is none that a model can be fitted to, or if the model is of
        another kind than the task.
    """
    factor = _factor(who, student, curriculum)
    if curriculum.classes is None:
        return _train_values(who, student, curriculum, factor=factor, seed=seed)
    target, teacher, label, soft = (part.numpy() for part in curriculum.signals.parts())
    soft = soft * factor
    weight = curriculum.unit * (label + soft)
    soft = curriculum.unit * soft
    used = weight > 0
    share = (soft[used] / weight[used])[:, np.newaxis]
    said = _softened(teacher[used], curriculum)
    truth = np.eye(curriculum.n_outputs)[target[used]]
    mixture = (1 - share) * truth + share * said
    return fit_classifier(
        who,
        student.estimator,
        _rows(curriculum, used),
        mixture / mixture.sum(axis=1, keepdims=True),
        weight[used],
        classes=curriculum.classes,
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class MeanAndSpread:
    """Two fitted models that predict side by side.

    Attributes
    ----------
    mean : TrainedEstimator
        Of the means: the one that there would be without a spread.
    spread : TrainedEstimator
        Of what comes after them.
    """

    mean: TrainedEstimator
    spread: TrainedEstimator

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the values of both: (n, n_means + n_more)."""
        return np.hstack([self.mean.outputs(X).numpy(), self.spread.outputs(X).numpy()])


def _train_values(
    who: str,
    student: EstimatorStudent,
    curriculum: Curriculum,
    *,
    factor: float,
    seed: int,
) -> TrainedEstimator:
    """Fit a model to the means, and to a spread another: labels know nothing of it."""
    if is_classifier(student.estimator):
        raise ValueError(
            f"{who}: student must be a regressor, got "
            f"{type(student.estimator).__name__}, a classifier."
        )
    assert curriculum.scaling is not None
    target, teacher, label, heard = (p.numpy() for p in curriculum.signals.parts())
    n_means, width = target.shape[1], curriculum.n_outputs
    soft = heard if width == n_means else heard * teacher[:, width]
    soft = soft * factor
    weight = curriculum.unit * (label + soft)
    share = np.zeros_like(weight)
    np.divide(curriculum.unit * soft, weight, out=share, where=weight > 0)
    share = share[:, np.newaxis]
    blend = (1 - share) * target + share * teacher[:, :n_means]
    values = curriculum.scaling.inverse(np.hstack([blend, teacher[:, n_means:width]]))

    def fitted(
        values: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> TrainedEstimator:
        used = weight > 0
        X = _rows(curriculum, used)
        chosen, own = values[used], weight[used]
        return fit_regressor(who, student.estimator, X, chosen, own, seed=seed)

    mean = fitted(values[:, :n_means], weight)
    if width == n_means:
        return mean
    spread = fitted(values[:, n_means:], curriculum.unit * heard)
    return TrainedEstimator(MeanAndSpread(mean, spread), "regression", width)


def _rows(curriculum: Curriculum, used: NDArray[np.bool_]) -> Any:
    """The inputs of those rows of the curriculum that are used."""
    X = curriculum.X
    X = X if curriculum.rows is None else take(X, curriculum.rows)
    return X if used.all() else take(X, np.flatnonzero(used))


def _factor(who: str, student: EstimatorStudent, curriculum: Curriculum) -> float:
    """The weight of the one objective that a model can be fitted to."""
    terms = list(curriculum.terms.values())
    if not terms:
        return 1.0
    kind = SoftTargets if curriculum.classes is not None else SquaredError
    if len(terms) > 1 or type(terms[0]) is not kind:
        names = " + ".join(type(term).__name__ for term in terms)
        raise ValueError(
            f"{who}: the student {type(student.estimator).__name__} has a loss of its "
            f"own and is fitted to a mixture of labels and targets; the objective must "
            f"be {kind.__name__}, got {names}. Pass objective=None, or a network."
        )
    return float(terms[0].weight)


def _softened(
    logits: NDArray[np.float64], curriculum: Curriculum
) -> NDArray[np.float64]:
    """The teacher's probabilities at the objective's temperature."""
    term = next(iter(curriculum.terms.values()), None)
    temperature = getattr(term, "temperature", 1.0)
    softened = torch.from_numpy(logits / temperature).softmax(dim=1)
    return np.asarray(softened.numpy())
