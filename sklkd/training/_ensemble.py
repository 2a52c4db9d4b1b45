"""Several teachers as one: their mean, arithmetic or geometric, weighted or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

from sklkd._composition import NamedParts
from sklkd._validation import check_choice
from sklkd.objectives import Task
from sklkd.training._cross_fit import TeacherTargets
from sklkd.training._spread import Spread

OUT_OF_FOLD = "out_of_fold"


class TeacherEnsemble(NamedParts):
    """Several teachers that speak as one.

    A list of (name, teacher) passed as ``teacher=`` is one with the defaults.

    Parameters
    ----------
    teachers : list of (str, teacher)
        Of any kind that a single teacher may be. Each is searchable by its name:
        ``teacher__forest__n_estimators``.
    combine : {"arithmetic", "geometric"}, default="arithmetic"
        Mean of the members' probabilities, or of their logarithms [1]_. The former is
        never overconfident where members disagree; the latter is what averaging
        logits does. Regressors' values have an arithmetic mean.
    weights : sequence of float or "out_of_fold", default=None
        One a member, not negative; None weighs all alike. "out_of_fold" chooses those
        under which the mean, on rows the members were not fitted on, has the least
        log-loss or squared error. For members that came fitted no such rows are known,
        and those of ``fit`` are taken.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural
       Network", 2015, Sec. 2. arXiv:1503.02531

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklkd import TeacherEnsemble
    >>> teacher = TeacherEnsemble(
    ...     [("linear", LogisticRegression()), ("bayes", GaussianNB())],
    ...     combine="geometric",
    ... )
    >>> teacher.set_params(linear__C=0.1).get_params()["linear__C"]
    0.1
    """

    parts_parameter = "teachers"

    def __init__(
        self,
        teachers: list[tuple[str, Any]],
        *,
        combine: Literal["arithmetic", "geometric"] = "arithmetic",
        weights: Sequence[float] | Literal["out_of_fold"] | None = None,
    ) -> None:
        self.teachers = teachers
        self.combine = combine
        self.weights = weights

    def check(self, who: str) -> None:
        """Raise if a parameter is out of range."""
        check_choice(who, "combine", self.combine, ["arithmetic", "geometric"])
        listed = isinstance(self.teachers, (list, tuple))
        if not listed or not all(_is_named(part) for part in self.teachers):
            raise TypeError(
                f"{who}: a list of teachers must hold pairs (name, teacher), got "
                f"{self.teachers!r}."
            )
        names = [name for name, _ in self.teachers]
        if not names or len(set(names)) < len(names):
            raise ValueError(
                f"{who}: a list of teachers must have at least one, each with a name "
                f"of its own, got {names}."
            )
        if self.weights is None or isinstance(self.weights, str):
            if self.weights is not None:
                check_choice(who, "weights", self.weights, [OUT_OF_FOLD])
            return
        weights = np.asarray(self.weights, dtype=np.float64)
        right_shape = weights.shape == (len(names),) and np.isfinite(weights).all()
        if not right_shape or weights.min() < 0 or weights.max() == 0:
            raise ValueError(
                f"{who}: weights must be one number for each of the {len(names)} "
                f"teachers, none negative and not all 0, got {self.weights!r}."
            )

    def combined(
        self,
        members: list[TeacherTargets],
        task: Task,
        target: NDArray[Any],
        row_weight: NDArray[np.float64],
        spread: Spread | None = None,
    ) -> TeacherTargets:
        """Return the mean of what the members said.

        Parameters
        ----------
        members : list of TeacherTargets
            One a teacher, of the same rows.
        task : {"classification", "regression"}
            Whether they are logits or values.
        target : ndarray of shape (n_rows,) or (n_rows, n_outputs)
            Class indices or values, by which "out_of_fold" weights are chosen.
        row_weight : ndarray of shape (n_rows,)
            0 for rows without a label.
        spread : Spread, default=None
            What is wanted besides the mean. Members that learn a quantile have no part
            in the mean: their weight is 0.
        """
        outputs = np.stack([member.outputs for member in members])
        known = np.logical_and.reduce([member.known for member in members])
        mean = _MEANS[task if task == "regression" else self.combine]
        parts = [teacher for _, teacher in self.teachers]
        speaks = np.ones(len(parts), bool) if spread is None else spread.speaks(parts)
        weights = speaks / speaks.sum()
        if self.weights is not None and not isinstance(self.weights, str):
            weights = np.asarray(self.weights, dtype=np.float64) * speaks
            if not weights.any():
                raise ValueError(
                    "TeacherEnsemble: one teacher at least that speaks of the mean, "
                    "and learns no quantile, must have a weight above 0, got "
                    f"{self.weights!r}."
                )
            weights = weights / weights.sum()
        elif self.weights == OUT_OF_FOLD:
            used = known & (row_weight > 0)
            loss = _LOSSES[task]
            own = slice(None) if spread is None else slice(spread.n_targets)
            weights = np.zeros(len(parts))
            weights[speaks] = _best_weights(
                outputs[speaks][:, used, own],
                mean,
                lambda said: loss(said, target[used]),
                row_weight[used],
            )
        said = (
            mean(outputs, weights)
            if spread is None
            else spread.mixed(outputs, weights, parts)
        )
        named = dict(zip((n for n, _ in self.teachers), weights.tolist(), strict=True))
        combined = np.where(known[:, np.newaxis], said, 0.0)
        return TeacherTargets(combined, known, weights=named)


def _is_named(part: Any) -> bool:
    pair = isinstance(part, (tuple, list)) and len(part) == 2
    return pair and isinstance(part[0], str)


def _best_weights(
    outputs: NDArray[np.float64],
    mean: Callable[..., NDArray[np.float64]],
    loss: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    row_weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The weights of least mean loss on the simplex; convex for each pair used here."""
    n = len(outputs)
    if outputs.shape[1] == 0:
        return np.full(n, 1 / n)

    def mean_loss(weights: NDArray[np.float64]) -> float:
        return float(np.average(loss(mean(outputs, weights)), weights=row_weight))

    # In units of what equal weights lose: the solver's tolerance is an absolute one.
    unit = mean_loss(np.full(n, 1 / n)) or 1.0
    found = minimize(
        lambda weights: mean_loss(weights) / unit,
        np.full(n, 1 / n),
        method="SLSQP",
        options={"ftol": 1e-9},
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
    )
    weights = np.clip(found.x, 0, 1)
    return np.asarray(weights / weights.sum())


def _arithmetic(
    logits: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logits of the mean probabilities: (m, n, k), (m,) -> (n, k)."""
    log_proba = log_softmax(logits, axis=2)
    return np.asarray(logsumexp(log_proba, axis=0, b=weights[:, None, None]))


def _linear(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mean of logits or values: (m, n, k), (m,) -> (n, k)."""
    return np.einsum("m,mnk->nk", weights, values)


def _log_loss(
    logits: NDArray[np.float64], target: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Log-loss of each row: (n, k), (n,) -> (n,)."""
    return np.asarray(-log_softmax(logits, axis=1)[np.arange(len(target)), target])


def _square_loss(
    values: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared error of each row: (n, k), (n, k) -> (n,)."""
    return np.asarray(np.square(values - target).mean(axis=1))


_MEANS: dict[str, Callable[..., NDArray[np.float64]]] = {
    "arithmetic": _arithmetic,
    "geometric": _linear,
    "regression": _linear,
}
_LOSSES: dict[str, Callable[..., NDArray[np.float64]]] = {
    "classification": _log_loss,
    "regression": _square_loss,
}
