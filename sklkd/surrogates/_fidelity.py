"""How faithful a surrogate is to its teacher, on rows that it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr

from sklkd.surrogates._evidence import Floats

N_BOOTSTRAPS = 1000


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How faithful a surrogate is, on held-out rows.

    A teacher that comes unfitted, and its surrogate, are fitted on the other rows for
    this; the ones that are kept are then fitted on all rows.

    Attributes
    ----------
    value : float
        Of a classifier the share of rows, by weight, to which surrogate and teacher
        give the same label; of a regressor the share of the variance of what the
        teacher says that the surrogate explains (R²).
    interval : (float, float)
        95 % percentile interval of it, from bootstraps of the held-out rows.
    r2 : float
        Explained variance of what the teacher says: probabilities or values.
    divergence : float or None
        Mean Kullback-Leibler divergence of the surrogate's probabilities from the
        teacher's, in nats; None for values.
    score, teacher_score : float
        Accuracy, or R², of both against the labels of the held-out rows.
    n_rows : int
        How many rows were held out.
    """

    value: float
    interval: tuple[float, float]
    r2: float
    divergence: float | None
    score: float
    teacher_score: float
    n_rows: int

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"fidelity {self.value:.3f} [{low:.3f}, {high:.3f}], score "
            f"{self.score:.3f}, of the teacher {self.teacher_score:.3f}, on "
            f"{self.n_rows} held-out rows"
        )


def fidelity_of(
    said: Floats,
    own: Floats,
    target: NDArray[Any],
    weight: Floats,
    *,
    is_classifier: bool,
    seed: int,
) -> Fidelity:
    """Measure a surrogate on rows that it did not see.

    Parameters
    ----------
    said, own : ndarray of shape (n, n_outputs)
        Probabilities or values of teacher and surrogate.
    target : ndarray of shape (n,) or (n, n_outputs)
        Class indices or values.
    weight : ndarray of shape (n,)
        Not all 0.
    is_classifier : bool
        Whether outputs are probabilities.
    seed : int
        Of the bootstraps.
    """
    if is_classifier:
        same = (said.argmax(axis=1) == own.argmax(axis=1)).astype(np.float64)
        value = float(np.average(same, weights=weight))
        tiny = np.maximum(own, np.finfo(np.float64).tiny)
        apart = rel_entr(said, tiny).sum(axis=1)
        divergence = float(np.average(apart, weights=weight))
        score, teacher_score = (
            float(np.average(p.argmax(axis=1) == target, weights=weight))
            for p in (own, said)
        )
    else:
        value, divergence = explained(said, own, weight), None
        score, teacher_score = (explained(target, p, weight) for p in (own, said))
    interval = _interval(said, own, weight, is_classifier=is_classifier, seed=seed)
    r2 = explained(said, own, weight)
    return Fidelity(value, interval, r2, divergence, score, teacher_score, len(said))


def explained(truth: Floats, guess: Floats, weight: Floats) -> float:
    """Explained share of the variance of all outputs together, 1 where there is none.

    Where a constant is missed it is 0.
    """
    share = weight / weight.sum()
    error = float(share @ np.square(truth - guess).sum(axis=1))
    total = float(share @ np.square(truth - share @ truth).sum(axis=1))
    scale = float(share @ np.square(truth).sum(axis=1))
    if total <= 1e-24 * max(scale, np.finfo(np.float64).tiny):
        return 1.0 if error <= 1e-12 * max(scale, 1e-12) else 0.0
    return 1.0 - error / total


def _interval(
    said: Floats, own: Floats, weight: Floats, *, is_classifier: bool, seed: int
) -> tuple[float, float]:
    """95 % percentile interval of the fidelity over bootstraps of rows."""
    rng, n = np.random.default_rng(seed), len(said)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=N_BOOTSTRAPS) * weight
    counts = counts[counts.sum(axis=1) > 0]
    total = counts.sum(axis=1)
    if is_classifier:
        same = said.argmax(axis=1) == own.argmax(axis=1)
        values = counts @ same / total
    else:
        error = counts @ np.square(said - own).sum(axis=1) / total
        mean = counts @ said / total[:, np.newaxis]
        square = counts @ np.square(said).sum(axis=1) / total
        spread = square - np.square(mean).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(spread > 1e-12 * square, 1 - error / spread, 1.0)
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
