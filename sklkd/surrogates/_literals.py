"""The best question about one column: a threshold, or a set of categories."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sklkd.readable import Column, Literal
from sklkd.surrogates._evidence import Floats, Indices
from sklkd.surrogates._thresholds import short_between

_ROUNDING = 1e-9  # differences in what is said that are so small are none


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows at a node, and what the teacher says about them.

    Attributes
    ----------
    Z : ndarray of shape (n_rows, n_columns)
        Numbers, codes of categories, NaN where missing.
    said : ndarray of shape (n_rows, n_outputs)
        Probabilities, or values, which should be of similar spread.
    weight : ndarray of shape (n_rows,)
        Positive; what means and gains are weighed with.
    count : ndarray of shape (n_rows,)
        As how many rows each counts, where chance is to be ruled out.
    """

    Z: Floats
    said: Floats
    weight: Floats
    count: Floats

    @property
    def mean(self) -> Floats:
        """What is said on average: (n_outputs,)."""
        mean: Floats = self.weight @ self.said / self.weight.sum()
        return mean

    @property
    def pull(self) -> Floats:
        """Each row's weighted deviation from the mean: (n_rows, n_outputs)."""
        pull: Floats = self.weight[:, np.newaxis] * (self.said - self.mean)
        return pull


@dataclass(frozen=True, slots=True)
class Candidate:
    """A literal and its gain."""

    gain: float
    literal: Literal


def gain(mass: Floats, pull: Floats, total: float) -> Floats:
    """Variance between the two sides of a split, times the weight of all.

    Summed over outputs; for probabilities it is the weighted decrease of the Gini
    impurity, as the mean of p (1 - p) is taken off the same constant. A split that
    leaves a side empty has none.

    Parameters
    ----------
    mass : ndarray of shape (n_splits,)
        Weight of the rows on one side.
    pull : ndarray of shape (n_splits, n_outputs)
        Their summed deviations from the mean of all, times their weights.
    total : float
        Weight of all.

    Returns
    -------
    ndarray of shape (n_splits,)
    """
    other = total - mass
    valid = (mass > 0) & (other > 0)
    scale = total / np.where(valid, mass * other, 1.0)
    return np.where(valid, np.square(pull).sum(axis=1) * scale, 0.0)


def best_literals(sample: Sample, columns: tuple[Column, ...]) -> list[Candidate]:
    """Return the best literal of each column that can be split, best first."""
    pull, found = sample.pull, []
    nothing = sample.weight.sum() * (_ROUNDING * np.abs(sample.said).max()) ** 2
    for position, column in enumerate(columns):
        values = sample.Z[:, position]
        if column.categories is None:
            candidate = _best_threshold(values, sample.weight, pull, column.whole)
        else:
            candidate = _best_subset(values, sample.weight, pull)
        if candidate is not None and candidate.gain > nothing:
            literal = replace(candidate.literal, column=position)
            found.append(Candidate(candidate.gain, literal))
    return sorted(found, key=lambda candidate: -candidate.gain)


def negated(literal: Literal, columns: tuple[Column, ...]) -> Literal | None:
    """Return the literal that holds where this one does not; None for no category."""
    if literal.codes is None:
        return replace(literal, above=not literal.above, missing=not literal.missing)
    known = range(len(columns[literal.column].categories or ()))
    codes = tuple(code for code in known if code not in literal.codes)
    return replace(literal, codes=codes, missing=not literal.missing) if codes else None


def _best_threshold(
    values: Floats, weight: Floats, pull: Floats, whole: bool
) -> Candidate | None:
    """The best "at most": (n,), (n,), (n, n_outputs)."""
    order = np.argsort(values, kind="stable")  # missing ones come last
    ordered = values[order]
    n_known = len(values) - int(np.isnan(values).sum())
    cuts = np.flatnonzero(ordered[1:n_known] != ordered[: max(n_known - 1, 0)])
    if len(cuts) == 0:
        return None
    mass, sums = np.cumsum(weight[order]), np.cumsum(pull[order], axis=0)
    total, known, known_sum = mass[-1], mass[n_known - 1], sums[n_known - 1]
    gains = gain(mass[cuts], sums[cuts], total)
    missing = mass[cuts] * 2 >= known  # where none tells, they go with the most
    if n_known < len(values):
        joined = gain(
            mass[cuts] + (total - known), sums[cuts] + (sums[-1] - known_sum), total
        )
        missing, gains = joined > gains, np.maximum(joined, gains)
    best = int(np.argmax(gains))
    low, high = ordered[cuts[best]], ordered[cuts[best] + 1]
    threshold = short_between(float(low), float(high), whole=whole)
    return Candidate(
        float(gains[best]),
        Literal(0, threshold=threshold, missing=bool(missing[best])),
    )


def _best_subset(values: Floats, weight: Floats, pull: Floats) -> Candidate | None:
    """The best set of categories, a gap being one more: (n,), (n,), (n, n_outputs).

    Categories are ordered along the first principal axis of what is said of them, and
    cut in two [1]_. Of two outputs that sum to 1, and of a single one, that finds the
    best of all sets [2]_, Sec. 4.2.

    References
    ----------
    .. [1] D. Coppersmith, S. J. Hong, J. R. M. Hosking, "Partitioning Nominal
       Attributes in Decision Trees", Data Mining and Knowledge Discovery 3, 1999.
    .. [2] L. Breiman et al., "Classification and Regression Trees", 1984.
    """
    codes, member = np.unique(values, return_inverse=True)
    if len(codes) < 2:
        return None
    mass = np.bincount(member, weight).astype(np.float64)
    sums: Floats = np.stack([np.bincount(member, part) for part in pull.T], axis=1)
    order = _along_first_axis(mass, sums)
    left, left_sums = np.cumsum(mass[order])[:-1], np.cumsum(sums[order], axis=0)[:-1]
    gains = gain(left, left_sums, float(mass.sum()))
    best = int(np.argmax(gains))
    literal = _shorter_side(codes, mass, order[: best + 1])
    return Candidate(float(gains[best]), literal)


def _along_first_axis(mass: Floats, sums: Floats) -> Indices:
    """Order of categories, by the main axis of their means: (c,), (c, k) -> (c,)."""
    means = sums / mass[:, np.newaxis]
    axis = np.linalg.svd(np.sqrt(mass)[:, np.newaxis] * means, full_matrices=False)[2]
    order: Indices = np.argsort(means @ axis[0], kind="stable")
    return order


def _shorter_side(codes: Floats, mass: Floats, left: Indices) -> Literal:
    """Whichever side of a split has fewer categories to name, but one at least."""
    gap, chosen = np.isnan(codes), np.zeros(len(codes), dtype=bool)
    chosen[left] = True
    counts = [int((side & ~gap).sum()) for side in (chosen, ~chosen)]
    if (counts[0] == 0, counts[0], not chosen[0]) > (
        counts[1] == 0,
        counts[1],
        chosen[0],
    ):
        chosen = ~chosen
    missing = bool(chosen[gap].any()) if gap.any() else _most(mass, chosen)
    named = tuple(int(code) for code in codes[chosen & ~gap])
    return Literal(0, codes=named, missing=missing)


def _most(mass: Floats, chosen: NDArray[np.bool_]) -> bool:
    """Whether those chosen have half of the mass."""
    return bool(mass[chosen].sum() * 2 >= mass.sum())
