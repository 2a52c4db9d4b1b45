"""What a student learns besides the mean: a standard deviation, or quantiles."""

from __future__ import annotations

import numbers
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from torch import Tensor

from sklkd._validation import Interval, check_choice, check_interval
from sklkd.exceptions import TeacherError
from sklkd.losses import pinball, squared_error
from sklkd.objectives import Batch, Objective
from sklkd.training._belief import Belief, belief_of
from sklkd.training._rows import Signals
from sklkd.training._scaling import Scaling

LEVEL = Interval(0, 1, closed="neither")
LOSS_NAMES = "loss", "objective", "loss_function"
CATBOOST = r"Quantile:alpha=([\d.eE-]+)"  # how it has its level in its loss
Floats = NDArray[np.float64]


def as_spread(who: str, spread: Any) -> Literal["std"] | tuple[float, ...] | None:
    """Check what the user passed as ``spread=``; levels become a tuple.

    Raises
    ------
    TypeError, ValueError
        If it is neither None, "std" nor increasing levels in (0, 1).
    """
    if spread is None:
        return None
    if isinstance(spread, str):
        check_choice(who, "spread", spread, ["std"])
        return "std"
    if not isinstance(spread, (Sequence, np.ndarray)):
        raise TypeError(
            f"{who}: spread must be None, 'std' or a sequence of levels of quantiles, "
            f"got {spread!r}."
        )
    levels = tuple(spread)
    for level in levels:
        check_interval(who, "each level in spread", level, LEVEL)
    if not levels or any(low >= high for low, high in pairwise(levels)):
        raise ValueError(
            f"{who}: the levels in spread must be at least one, and increase, got "
            f"{spread!r}."
        )
    return tuple(map(float, levels))


@dataclass(frozen=True, slots=True)
class Spread:
    """What is asked and learnt besides the mean of each target.

    It comes as further columns: after the means of all targets their standard
    deviations, or for each level the quantiles of all targets.

    Attributes
    ----------
    n_targets : int
        Number of targets.
    levels : tuple of float or None
        Of the quantiles, increasing; None for the standard deviation.
    is_member : bool
        Whether one of several teachers is asked, which may know no variance.
    """

    n_targets: int
    levels: tuple[float, ...] | None = None
    is_member: bool = False

    @property
    def asked(self) -> Literal["std"] | tuple[float, ...]:
        """What the user passed as ``spread=``."""
        return "std" if self.levels is None else self.levels

    @property
    def width(self) -> int:
        """Number of columns, those of the means among them."""
        return self.n_targets * (1 + (1 if self.levels is None else len(self.levels)))

    @property
    def column(self) -> str:
        """What an error calls the columns."""
        each = "standard deviation" if self.levels is None else "quantiles"
        return f"target's mean, then for each target's {each}"

    def said_by(self, who: str, teacher: Any, X: Any) -> Floats:
        """What a fitted estimator believes about the rows of X: (n, width)."""
        return self.columns(belief_of(who, teacher, X, is_member=self.is_member))

    def columns(self, belief: Belief) -> Floats:
        """A belief as columns: (n, width)."""
        mean, std = belief.moments()
        if self.levels is None:
            return np.hstack([mean, std])
        return np.hstack([mean, *belief.quantiles(self.levels)])

    def completed(self, values: Floats) -> Floats:
        """Zeros for what a member does not know: (n, k) -> (n, width)."""
        if self.is_member and values.ndim == 2 and values.shape[1] == self.n_targets:
            return np.hstack([values, np.zeros_like(values)])
        return values

    def rearranged(self, values: Floats) -> Floats:
        """Standard deviations from 0 on, or quantiles in order: (n, width), the same.

        Sorting brings estimated quantiles closer to the true ones [1]_.

        References
        ----------
        .. [1] V. Chernozhukov, I. Fernández-Val, A. Galichon, "Quantile and Probability
           Curves Without Crossing", Econometrica 78, 2010, Prop. 4.
        """
        mean, rest = np.split(values, [self.n_targets], axis=1)
        if self.levels is None:
            return np.hstack([mean, np.maximum(rest, 0.0)])
        ordered = np.sort(rest.reshape(len(rest), -1, self.n_targets), axis=1)
        return np.hstack([mean, ordered.reshape(rest.shape)])

    def scaling(self, targets: Scaling) -> Scaling:
        """The scaling of all columns, from that of the targets."""
        n_blocks = self.width // self.n_targets
        shift = np.zeros_like(targets.mean) if self.levels is None else targets.mean
        return Scaling(
            np.concatenate([targets.mean, *[shift] * (n_blocks - 1)]),
            np.tile(targets.scale, n_blocks),
            np.tile(targets.divisor, n_blocks),
        )

    def label_loss(self, output: Tensor, target: Tensor) -> Tensor:
        """What labels say, of the mean and of quantiles: (n, width), (n, k) -> (n,)."""
        mean, *quantiles = output.split(self.n_targets, dim=1)
        loss = squared_error(mean, target)
        for level, said in zip(self.levels or (), quantiles, strict=False):
            share = 1 / len(quantiles)
            loss = loss + share * pinball(said, target, level=level)
        return loss

    def terms(
        self, terms: dict[str, Objective], signals: Signals
    ) -> dict[str, Objective]:
        """The objective's terms, on the mean, and that of the spread.

        The last column of what the teacher said is the share of a row's weight, among
        what listens to the teacher, that the mean has.
        """
        weight = signals.teacher_share
        if not weight.any():
            return {}
        share = float(weight @ signals.teacher[:, -1] / weight.sum())
        own = {n: OnMean(t, self.n_targets, share) for n, t in terms.items() if share}
        name = "spread" if "spread" not in terms else "spread_2"
        return {**own, name: OnSpread(self.n_targets)}

    def of_members(self, who: str, teachers: Iterable[Any]) -> Spread | None:
        """What the members of an ensemble are asked: None for their values alone.

        Raises
        ------
        TeacherError
            If some are quantile learners, and not one for each level.
        """
        levels = [quantile_level(teacher) for teacher in teachers]
        learnt = sorted(level for level in levels if level is not None)
        if not learnt:
            return self if len(levels) == 1 else Spread(self.n_targets, None, True)
        if self.levels is None or len(learnt) == len(levels):
            wrong = True
        else:
            wrong = len(learnt) != len(self.levels)
            wrong = wrong or not np.allclose(learnt, self.levels, rtol=0, atol=1e-9)
        if wrong:
            raise TeacherError(
                f"{who}: among several teachers quantile learners must be one for each "
                f"level of spread, beside one at least that speaks of the mean, got "
                f"spread={self.asked!r} and learners of the levels {learnt} among "
                f"{len(levels)} teachers. Pass spread={tuple(learnt)!r}, and "
                "('mean', regressor) in the list."
            )
        return None

    def speaks(self, teachers: list[Any]) -> NDArray[np.bool_]:
        """Which members speak of the mean; the others learn a quantile: (m,)."""
        return np.array([quantile_level(teacher) is None for teacher in teachers])

    def mixed(self, outputs: Floats, weights: Floats, teachers: list[Any]) -> Floats:
        """What an ensemble believes: (m, n, columns), (m,) -> (n, width)."""
        learnt = {quantile_level(teacher): i for i, teacher in enumerate(teachers)}
        learnt.pop(None, None)
        if learnt:
            mean = np.einsum("m,mnk->nk", weights, outputs)
            quantiles = [
                outputs[learnt[level]] for level in sorted(filter(None, learnt))
            ]
            return self.rearranged(np.hstack([mean, *quantiles]))
        if len(outputs) == 1:
            return outputs[0]
        mean, std = np.split(outputs, [self.n_targets], axis=2)
        return self.columns(Belief(weights, mean, std))


def quantile_level(teacher: Any) -> float | None:
    """The level that an estimator learns the quantile of; None if it does not."""
    if isinstance(teacher, Pipeline):
        return quantile_level(teacher.steps[-1][1])
    if not hasattr(teacher, "get_params"):
        return None
    params = teacher.get_params(deep=False)
    inside = params.get("estimator", params.get("regressor"))
    if inside is not None:  # frozen, searched, bagged, one a target, of another unit
        return quantile_level(inside)
    losses = [params[name] for name in LOSS_NAMES if name in params]
    loss = losses[0] if losses else "quantile"
    if not (isinstance(loss, str) and "quantile" in loss.lower()):
        return None
    in_words = re.match(CATBOOST, loss)
    if in_words is not None:
        return float(in_words[1])
    # Without a loss alpha is a penalty, such as that of QuantileRegressor.
    names = ["quantile", "quantile_alpha"] + ["alpha"] * len(losses[:1])
    levels = [params[name] for name in names if params.get(name) is not None]
    is_one = len(levels) == 1 and isinstance(levels[0], numbers.Real)
    return float(levels[0]) if is_one else None


class OnMean(Objective):
    """A term of the objective, which looks at the means alone.

    Parameters
    ----------
    term : Objective
        Meant for the means.
    n_targets : int
        Number of these.
    share : float
        Of the weight that listens to the teacher, on average over rows; each row's own
        is the last column of what the teacher said.
    """

    tasks = frozenset({"regression"})

    def __init__(self, term: Objective, n_targets: int, share: float) -> None:
        self.term = term
        self.n_targets = n_targets
        self.share = share
        self.weight = share * term.weight

    def loss(self, batch: Batch) -> Tensor:
        """Return the term of each row, such that its mean is that of the term: (n,)."""
        columns = slice(None, self.n_targets)
        student, teacher = batch.student[:, columns], batch.teacher[:, columns]
        loss = self.term.loss(Batch(student, teacher, batch.target))
        return batch.teacher[:, -1] / self.share * loss


class OnSpread(Objective):
    """Squared error of what comes after the means.

    For standard deviations it and that of the means add up to the squared
    2-Wasserstein distance of two normals, and for quantiles it approximates that of
    any two distributions [1]_.

    Parameters
    ----------
    n_targets : int
        Number of means.

    References
    ----------
    .. [1] G. Peyré, M. Cuturi, "Computational Optimal Transport", Foundations and
       Trends in Machine Learning 11, 2019, Rem. 2.30 and 2.31. arXiv:1803.00567
    """

    tasks = frozenset({"regression"})

    def __init__(self, n_targets: int) -> None:
        self.n_targets = n_targets
        self.weight = 1.0

    def loss(self, batch: Batch) -> Tensor:
        """Return the squared error of each row: (n,)."""
        student = batch.student[:, self.n_targets :]
        return squared_error(student, batch.teacher[:, self.n_targets : -1])
