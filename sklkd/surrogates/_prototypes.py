"""A few typical rows of each class; every other row is as the nearest of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from sklkd._validation import COUNT, Interval
from sklkd.plugins import ESTIMATORS
from sklkd.readable import NearestModel, ReadableModel
from sklkd.surrogates._design import features_of
from sklkd.surrogates._evidence import Evidence
from sklkd.surrogates._fitted_model import fit_model
from sklkd.surrogates._surrogate import Surrogate


class Prototypes(Surrogate):
    """Prototypes by learning vector quantisation, in the units of the columns.

    A column of categories has a number for each. No prototype lies outside the range of
    the rows. Only for classifiers.

    Parameters
    ----------
    n_prototypes : int, default=2
        Of each class, at least 1.

    See Also
    --------
    sklkd.prototypes.GLVQClassifier : Which learns them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklkd import SurrogateClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(30, random_state=0)
    >>> explained = SurrogateClassifier(forest, "prototypes", random_state=0).fit(X, y)
    >>> explained.surrogate_.complexity
    6
    """

    bounds: ClassVar[Mapping[str, Interval]] = {"n_prototypes": COUNT}
    size_parameter = "n_prototypes"

    def __init__(self, *, n_prototypes: int = 2) -> None:
        self.n_prototypes = n_prototypes

    def grow(self, evidence: Evidence) -> ReadableModel:
        """Learn prototypes."""
        if evidence.classes is None:
            raise ValueError(
                "Prototypes: the teacher must be a classifier, got a regressor. Pass "
                "another surrogate, such as 'tree'."
            )
        features = [feature for own in features_of(evidence) for feature in own]
        design = np.stack([feature.of(evidence.Z) for feature in features], axis=1)
        learner: Any = ESTIMATORS["glvq_classifier"].factory(
            n_prototypes=self.n_prototypes
        )
        trained = fit_model("Prototypes", learner, design, evidence)
        model: NearestModel = trained.estimator.to_readable()
        assert trained.columns is not None
        inside = np.clip(model.prototypes, design.min(axis=0), design.max(axis=0))
        return replace(
            model,
            columns=evidence.columns,
            classes=evidence.classes,
            targets=evidence.targets,
            features=tuple(features),
            prototypes=tuple(map(tuple, inside.tolist())),
            owners=tuple(int(trained.columns[owner]) for owner in model.owners),
        )
