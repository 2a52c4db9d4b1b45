"""Columns as numbers without gaps, and scores that are linear in such numbers."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from sklkd.readable import Feature
from sklkd.surrogates._evidence import Evidence, Floats
from sklkd.surrogates._fitted_model import fit_model

MAX_ITER = 1000
NEWTON_UP_TO = 300  # numbers that are fitted


def features_of(evidence: Evidence) -> list[list[Feature]]:
    """For each column the number itself, or a feature for each of its categories."""
    found = []
    for position, column in enumerate(evidence.columns):
        if column.categories is not None:
            codes = range(len(column.categories))
            found.append([Feature(position, code) for code in codes])
        else:
            fill = _median(evidence.Z[:, position], evidence.weight)
            found.append([Feature(position, fill=fill)])
    return found


def _median(values: Floats, weight: Floats) -> float:
    """Weighted median of what is there, 0 where nothing is."""
    there = ~np.isnan(values)
    if not there.any():
        return 0.0
    values, weight = values[there], weight[there]
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(weight[order])
    return float(values[order[np.searchsorted(ends, ends[-1] / 2)]])


def moments(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted means and deviations, 1 for a constant: (n, m) -> (m,), (m,)."""
    share = weight / weight.sum()
    mean = share @ values
    deviation = np.sqrt(share @ np.square(values - mean))
    constant = deviation <= 1e-12 * np.abs(mean)
    return mean, np.where(constant, 1.0, deviation)


def fit_scores(
    who: str, design: Floats, evidence: Evidence, strength: float
) -> tuple[Floats, Floats]:
    """Return intercepts and slopes of scores: (n, m) -> (k,), (m, k).

    Parameters
    ----------
    who : str
        What asks; errors start with it.
    design : ndarray of shape (n, m)
        Centred numbers.
    evidence : Evidence
        What the teacher says.
    strength : float
        Of the ridge penalty, per row.
    """
    n_outputs = len(evidence.targets)
    total = float(evidence.weight.sum())
    if evidence.classes is None:
        model = Ridge(alpha=strength * total)
        fitted = fit_model(who, model, design, evidence).estimator
        slopes = np.atleast_2d(fitted.coef_).T
        return np.broadcast_to(fitted.intercept_, (n_outputs,)).copy(), slopes
    # Newton's steps end at the optimum, whatever the rows' order; many columns cost.
    few = design.shape[1] * n_outputs <= NEWTON_UP_TO
    logistic = LogisticRegression(
        C=1 / (strength * total),
        solver="newton-cholesky" if few else "lbfgs",
        tol=1e-8,
        max_iter=MAX_ITER,
    )
    with warnings.catch_warnings():
        # Where probabilities are nearly 0 and 1 the last steps gain nothing.
        warnings.simplefilter("ignore", ConvergenceWarning)
        trained = fit_model(who, logistic, design, evidence)
    fitted, own = trained.estimator, trained.columns
    assert own is not None
    intercept = np.full(n_outputs, -np.inf)
    slopes = np.zeros((design.shape[1], n_outputs))
    if len(fitted.coef_) == 1:  # of two classes, the gap
        intercept[own] = [0.0, float(fitted.intercept_[0])]
        slopes[:, own[1]] = fitted.coef_[0]
    else:
        intercept[own], slopes[:, own] = fitted.intercept_, fitted.coef_.T
    intercept = np.where(np.isinf(intercept), -30.0, intercept)  # a class never met
    return intercept, slopes


def strongest(contributions: list[Floats], weight: Floats, n_kept: int) -> list[int]:
    """Positions of the columns whose terms vary most, ascending.

    Parameters
    ----------
    contributions : list of ndarray of shape (n, k)
        The term of each column.
    weight : ndarray of shape (n,)
        Of rows.
    n_kept : int
        How many.
    """
    share = weight / weight.sum()
    spread = [
        float((share @ np.square(term - share @ term)).sum()) for term in contributions
    ]
    order = np.argsort(-np.array(spread), kind="stable")[:n_kept]
    return sorted(int(j) for j in order if spread[j] > 0)


def schedule(n_columns: int, n_kept: int) -> list[int]:
    """How many columns are kept in each round: halves, down to the last."""
    counts = []
    while n_columns > n_kept:
        n_columns = max(n_kept, n_columns // 2)
        counts.append(n_columns)
    return counts
