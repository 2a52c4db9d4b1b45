"""Additive models of few columns: fitted, cut down to the strongest, fitted again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sklkd.readable import AdditiveModel, Curve, Feature
from sklkd.surrogates._design import (
    features_of,
    fit_scores,
    moments,
    schedule,
    strongest,
)
from sklkd.surrogates._evidence import Evidence, Floats


@dataclass(frozen=True, slots=True)
class Basis:
    """Functions of one feature, whose weighted sum is its curve.

    Attributes
    ----------
    values : ndarray of shape (n, m)
        Of the rows.
    curve : callable
        From weights of the functions, (m, k), to the curve.
    """

    values: Floats
    curve: Callable[[Floats], Curve]


def line(feature: Feature, x: Floats) -> Basis:
    """The feature itself."""

    def curve(slopes: Floats) -> Curve:
        nothing, slope = (0.0,) * slopes.shape[1], tuple(slopes[0].tolist())
        return Curve(feature, (), (0.0,), ((nothing, slope),))

    return Basis(x[:, np.newaxis], curve)


def fit_terms(
    who: str,
    evidence: Evidence,
    basis_of: Callable[[Feature, Floats, Floats], Basis],
    *,
    max_terms: int | None,
    strength: float,
) -> AdditiveModel:
    """Fit a sum of curves of at most `max_terms` columns.

    As long as there are too many, the half of the columns whose terms vary least is
    dropped and the others are fitted again: recursive elimination, as in [1]_.

    Parameters
    ----------
    who : str
        What asks; errors start with it.
    evidence : Evidence
        Rows and what the teacher says.
    basis_of : callable
        From a feature, its values and the rows' weights to its basis.
    max_terms : int or None
        None keeps all columns.
    strength : float
        Of the ridge penalty on standardised functions, per row.

    References
    ----------
    .. [1] I. Guyon, J. Weston, S. Barnhill, V. Vapnik, "Gene Selection for Cancer
       Classification using Support Vector Machines", Machine Learning 46, 2002, Sec. 3.
    """
    weight = evidence.weight
    bases = [
        [basis_of(feature, feature.of(evidence.Z), weight) for feature in features]
        for features in features_of(evidence)
    ]
    n_columns = len(bases)
    most = n_columns if max_terms is None else min(max_terms, n_columns)
    intercept, curves, terms = _fitted(who, evidence, bases, strength)
    for count in schedule(n_columns, most):
        bases = [bases[i] for i in strongest(terms, weight, count)]
        intercept, curves, terms = _fitted(who, evidence, bases, strength)
    return AdditiveModel(
        evidence.columns,
        evidence.classes,
        evidence.targets,
        tuple(intercept.tolist()),
        tuple(curves),
    )


def _fitted(
    who: str, evidence: Evidence, bases: list[list[Basis]], strength: float
) -> tuple[Floats, list[Curve], list[Floats]]:
    """Intercepts, curves, and the term of each column for the rows."""
    flat = [basis for own in bases for basis in own]
    if not flat:
        intercept, _ = fit_scores(
            who, np.zeros((len(evidence.Z), 1)), evidence, strength
        )
        return intercept, [], []
    design = np.hstack([basis.values for basis in flat])
    mean, scale = moments(design, evidence.weight)
    intercept, slopes = fit_scores(who, (design - mean) / scale, evidence, strength)
    slopes = slopes / scale[:, np.newaxis]
    intercept = intercept - mean @ slopes
    if evidence.classes is not None:  # a shift of all scores changes nothing
        slopes = slopes - slopes.mean(axis=1, keepdims=True)
        intercept = intercept - intercept.mean()
    curves, terms, start = [], [], 0
    for own in bases:
        total = np.zeros((len(design), slopes.shape[1]))
        for basis in own:
            part = slice(start, start + basis.values.shape[1])
            curves.append(basis.curve(slopes[part]))
            total += basis.values @ slopes[part]
            start = part.stop
        terms.append(total)
    return intercept, curves, terms
