"""A sum of smooth curves, one for each of a few columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy.interpolate import BSpline
from sklearn.preprocessing import SplineTransformer

from sklkd._validation import COUNT, POSITIVE, Interval
from sklkd.readable import Curve, Feature, ReadableModel
from sklkd.surrogates._additive_terms import Basis, fit_terms, line
from sklkd.surrogates._evidence import Evidence, Floats
from sklkd.surrogates._surrogate import Surrogate


class AdditiveSplines(Surrogate):
    """Scores that are sums of splines of a few columns; of classes, their softmax.

    Each column has a curve that one can draw [1]_. Knots lie at quantiles; beyond the
    outer ones a curve is constant. Columns with fewer values than knots, and
    categories, have lines.

    Parameters
    ----------
    max_terms : int or None, default=10
        Columns at most, at least 1; None keeps all.
    n_knots : int, default=5
        At least 2.
    degree : int, default=3
        Of the pieces, in [1, 5].
    strength : float, default=1e-3
        Of the ridge penalty on standardised basis functions, per row, above 0.

    References
    ----------
    .. [1] T. Hastie, R. Tibshirani, "Generalized Additive Models", Statistical Science
       1(3), 1986, Sec. 2.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklkd import SurrogateClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> forest = RandomForestClassifier(30, random_state=0)
    >>> explained = SurrogateClassifier(forest, "additive", random_state=0).fit(X, y)
    >>> explained.surrogate_.complexity
    10
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "max_terms": COUNT,
        "n_knots": Interval(2, integer=True),
        "degree": Interval(1, 5, integer=True),
        "strength": POSITIVE,
    }
    optional: ClassVar[frozenset[str]] = frozenset({"max_terms"})
    size_parameter = "max_terms"

    def __init__(
        self,
        *,
        max_terms: int | None = 10,
        n_knots: int = 5,
        degree: int = 3,
        strength: float = 1e-3,
    ) -> None:
        self.max_terms = max_terms
        self.n_knots = n_knots
        self.degree = degree
        self.strength = strength

    def grow(self, evidence: Evidence) -> ReadableModel:
        """Fit splines."""

        def basis(feature: Feature, x: Floats, weight: Floats) -> Basis:
            if feature.code is not None or len(np.unique(x)) <= self.n_knots:
                return line(feature, x)
            return spline(feature, x, weight, self.n_knots, self.degree)

        return fit_terms(
            "AdditiveSplines",
            evidence,
            basis,
            max_terms=self.max_terms,
            strength=self.strength,
        )


def spline(
    feature: Feature, x: Floats, weight: Floats, n_knots: int, degree: int
) -> Basis:
    """B-splines of a feature, and their weighted sum as a piecewise polynomial."""
    transformer = SplineTransformer(
        n_knots, degree=degree, knots="quantile", include_bias=False
    )
    knots = _knots(x, weight, n_knots)
    if len(knots) < 2:
        return line(feature, x)
    transformer.set_params(n_knots=len(knots), knots=knots[:, np.newaxis])
    values: Floats = transformer.fit_transform(x[:, np.newaxis])
    places = transformer.bsplines_[0].t

    def curve(slopes: Floats) -> Curve:
        # The last function, which makes all sum to 1, is left out.
        padded = np.vstack([slopes, np.zeros((1, slopes.shape[1]))])
        whole = BSpline(places, padded, degree)
        pieces = np.zeros((len(knots) + 1, degree + 1, slopes.shape[1]))
        pieces[[0, -1], 0] = whole(knots[[0, -1]])  # constant beyond the outer knots
        pieces[1:-1, 0] = whole(knots[:-1])
        for power in range(1, degree + 1):  # Taylor's series in each piece
            slope = whole.derivative(power)(knots[:-1])
            pieces[1:-1, power] = slope / math.factorial(power)
        return Curve(
            feature,
            tuple(knots.tolist()),
            (float(knots[0]), *knots[:-1].tolist(), float(knots[-1])),
            tuple(tuple(tuple(row) for row in piece) for piece in pieces.tolist()),
        )

    return Basis(values, curve)


def _knots(x: Floats, weight: Floats, n_knots: int) -> Floats:
    """Weighted quantiles, without repetitions: (n,) -> (m,)."""
    order = np.argsort(x, kind="stable")
    ends = np.cumsum(weight[order]) / weight.sum()
    wanted = np.linspace(0, 1, n_knots)
    places = np.searchsorted(ends, wanted - 1e-12).clip(max=len(x) - 1)
    return np.unique(x[order[places]])
