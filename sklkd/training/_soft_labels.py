"""Soft targets in the forms that learners take: rows with one label each, or values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

COPIES = 10  # of a row, for learners that take no weights: shares to a tenth
WHOLE = 1e-9  # how far from a whole number a number of copies may be
TINY = float(np.finfo(np.float64).tiny)  # a probability of zero, to take logarithms of


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Rows with one class each, made of rows with a share of every class.

    Attributes
    ----------
    rows : ndarray of int, shape (n_labelled,)
        Which row of X each is; a row may be there several times.
    classes : ndarray of int, shape (n_labelled,)
        The class of each, as an index.
    weight : ndarray of shape (n_labelled,) or None
        None where the number of copies stands for it.
    is_exact : bool
        Whether they say all that shares and weights said.
    """

    rows: Indices
    classes: Indices
    weight: Floats | None
    is_exact: bool = True


def weighted_rows(targets: Floats, weight: Floats) -> LabelledRows:
    r"""Turn each row into one for each class that it has a share of, weighted by it.

    For every model with probabilities :math:`p`, the weighted log-loss of these rows
    is the soft cross-entropy,

    .. math:: \sum_i w_i \sum_c t_{ic} (-\log p_{ic}),

    so that what minimises the one minimises the other.

    Parameters
    ----------
    targets : ndarray of shape (n, k)
        Shares of the classes, which sum to 1 in every row.
    weight : ndarray of shape (n,)
        Of each row, not negative. It is divided among the copies: their weights have
        the sum that these have.

    Returns
    -------
    LabelledRows
        Copies of a row lie side by side. One-hot targets come back as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.training._soft_labels import weighted_rows
    >>> copies = weighted_rows(np.array([[0.75, 0.25], [0.0, 1.0]]), np.array([4.0, 1]))
    >>> copies.rows, copies.classes, copies.weight
    (array([0, 0, 1]), array([0, 1, 1]), array([3., 1., 1.]))
    """
    share = targets * weight[:, np.newaxis]
    rows, classes = np.nonzero(share)
    return LabelledRows(rows, classes, share[rows, classes])


def repeated_rows(targets: Floats, weight: Floats) -> LabelledRows:
    """Repeat rows in proportion to shares and weights, for learners without weights.

    The least number of copies that says it all is taken, up to 10 a row: 1 for labels
    without weights, 2 for halves. Where none does, a row of mean weight is repeated 10
    times, and its labels are apportioned by largest remainder.

    Parameters
    ----------
    targets : ndarray of shape (n, k)
        Shares of the classes, which sum to 1 in every row.
    weight : ndarray of shape (n,)
        Of each row, not negative. Rows of less than a twentieth of the mean weight are
        left out if numbers of copies must be rounded.

    Returns
    -------
    LabelledRows
        Copies of a row lie side by side.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.training._soft_labels import repeated_rows
    >>> repeated_rows(np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([1.0, 1.0])).rows
    array([0, 0, 1, 1])
    >>> third = repeated_rows(np.array([[1 / 3, 2 / 3]]), np.array([1.0]))
    >>> third.classes, third.is_exact
    (array([0, 1, 1]), True)
    """
    counts = _whole_copies(targets, weight)
    is_exact = counts is not None
    if counts is None:
        seats = np.rint(COPIES * weight / weight.mean())
        counts = apportioned(targets, seats)
    rows, classes = np.nonzero(counts)
    times = counts[rows, classes]
    return LabelledRows(
        np.repeat(rows, times), np.repeat(classes, times), None, is_exact
    )


def _whole_copies(targets: Floats, weight: Floats) -> Indices | None:
    """The least whole numbers in these proportions, if few will do: (n, k)."""
    share = targets * (weight / weight[weight > 0].min())[:, np.newaxis]
    for factor in range(1, COPIES + 1):
        wanted = factor * share
        if wanted.sum() > COPIES * len(targets) + WHOLE:
            break
        counts = np.rint(wanted)
        if np.abs(wanted - counts).max() <= WHOLE:
            return counts.astype(np.int64)
    return None


def apportioned(shares: Floats, seats: Floats) -> Indices:
    """Whole numbers by largest remainder: (n, k), (n,) -> (n, k) with sums `seats`."""
    wanted = shares * seats[:, np.newaxis]
    counts = np.floor(wanted + WHOLE)
    left = seats - counts.sum(axis=1)
    order = np.argsort(counts - wanted, axis=1, kind="stable")
    rank = np.argsort(order, axis=1)
    return (counts + (rank < left[:, np.newaxis])).astype(np.int64)


def class_weights(targets: Floats, weight: Floats) -> Floats:
    """Weights that give every class the same total: (n, k), (n,) -> (k,).

    For labels it is scikit-learn's "balanced", where a weight of 2 is two rows. A class
    without any share has weight 1.
    """
    total = weight @ targets
    present = total > 0
    weights = np.ones(len(total))
    weights[present] = total.sum() / (present.sum() * total[present])
    return weights


def centred_logits(targets: Floats, floor: float) -> Floats:
    """Logarithms of shares, raised to a floor, with mean 0: (n, k) -> (n, k)."""
    logits = np.log(np.clip(targets, floor, 1.0))
    centred: Floats = logits - logits.mean(axis=1, keepdims=True)
    return centred


def two_columns(gap: Floats) -> Floats:
    """Centred logits of two classes, by the gap between them: (n,) -> (n, 2)."""
    return np.stack([-gap / 2, gap / 2], axis=1)


def log_proba(proba: Floats) -> Floats:
    """Logarithms of probabilities, finite where they are 0: (n, k) -> (n, k)."""
    logs: Floats = np.log(np.maximum(proba, TINY))
    return logs
