"""A linear model of few columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sklkd._validation import COUNT, POSITIVE, Interval
from sklkd.readable import Feature, ReadableModel
from sklkd.surrogates._additive_terms import Basis, fit_terms, line
from sklkd.surrogates._evidence import Evidence, Floats
from sklkd.surrogates._surrogate import Surrogate


class SparseLinear(Surrogate):
    """Scores that are linear in a few columns; of classes, their softmax.

    A column of categories has a number for each. Too many columns are halved, those
    whose terms vary least first, and the others fitted again.

    Parameters
    ----------
    max_terms : int or None, default=10
        Columns at most, at least 1; None keeps all.
    strength : float, default=1e-3
        Of the ridge penalty on standardised columns, per row, above 0.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklkd import SurrogateClassifier
    >>> from sklkd.surrogates import SparseLinear
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> forest = RandomForestClassifier(30, random_state=0)
    >>> explained = SurrogateClassifier(forest, SparseLinear(max_terms=4)).fit(X, y)
    >>> explained.surrogate_.complexity
    4
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "max_terms": COUNT,
        "strength": POSITIVE,
    }
    optional: ClassVar[frozenset[str]] = frozenset({"max_terms"})
    size_parameter = "max_terms"

    def __init__(self, *, max_terms: int | None = 10, strength: float = 1e-3) -> None:
        self.max_terms = max_terms
        self.strength = strength

    def grow(self, evidence: Evidence) -> ReadableModel:
        """Fit lines."""

        def basis(feature: Feature, x: Floats, weight: Floats) -> Basis:
            del weight
            return line(feature, x)

        return fit_terms(
            "SparseLinear",
            evidence,
            basis,
            max_terms=self.max_terms,
            strength=self.strength,
        )
