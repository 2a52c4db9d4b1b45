"""Any model of scikit-learn as a surrogate; trees are then written down."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sklkd.objectives import SoftTargets, SquaredError
from sklkd.readable import ReadableModel
from sklkd.surrogates._evidence import Evidence, Floats
from sklkd.surrogates._kept import TINY
from sklkd.surrogates._soft_tree import tree_of
from sklkd.training import (
    Curriculum,
    EstimatorStudent,
    Scaling,
    Signals,
    TrainedEstimator,
    train,
)

TREES = (DecisionTreeClassifier, DecisionTreeRegressor)


def fit_model(
    who: str, estimator: Any, Z: Floats, evidence: Evidence
) -> TrainedEstimator:
    """Fit a model to what the teacher says: classifiers to probabilities.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    estimator : estimator
        Not changed.
    Z : ndarray of shape (n_rows, n_features)
        Its inputs, one row for each of the evidence.
    evidence : Evidence
        What the teacher says, and weights.
    """
    is_classifier = evidence.classes is not None
    said, n_outputs = evidence.said, len(evidence.targets)
    scaling = None if is_classifier else Scaling.fit(said, evidence.weight)
    teacher = np.log(np.maximum(said, TINY)) if scaling is None else None
    if scaling is not None:
        teacher = scaling.standardised(said)
    unit = float(evidence.weight.mean())
    share = torch.from_numpy(evidence.weight / unit)
    target = said.argmax(axis=1) if is_classifier else teacher
    curriculum = Curriculum(
        Z,
        None,
        Signals(
            torch.from_numpy(target),
            torch.from_numpy(teacher),
            torch.zeros_like(share),
            share,
        ),
        n_outputs,
        F.cross_entropy,  # of labels, which have no share
        {"said": SoftTargets() if is_classifier else SquaredError()},
        classes=np.array(evidence.classes) if is_classifier else None,
        scaling=scaling,
        unit=unit,
    )
    student = EstimatorStudent(estimator)
    trained: Any = train(who, student, curriculum, seed=evidence.seed, verbose=0)
    fitted: TrainedEstimator = trained
    return fitted


def model_of(
    who: str, estimator: Any, evidence: Evidence
) -> ReadableModel | TrainedEstimator:
    """Fit a model to the evidence, and write it down if it is a tree."""
    trained = fit_model(who, estimator, evidence.Z, evidence)
    if isinstance(trained.estimator, TREES):
        return tree_of(evidence, trained.estimator.tree_, short=False)
    return trained
