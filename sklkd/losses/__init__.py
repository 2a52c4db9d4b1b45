"""Ground floor: losses as pure functions of tensors, one value per sample, no state."""

from sklkd.losses._base import LOSSES, kl_divergence
from sklkd.losses._bootstrapping import bootstrapping
from sklkd.losses._components_margin import components_margin
from sklkd.losses._confidence_penalty import confidence_penalty
from sklkd.losses._distances import (
    distances,
    prototypes_to_rows,
    rows_to_prototypes,
    squared_distances,
)
from sklkd.losses._early_learning import clamped_probabilities, early_learning
from sklkd.losses._gaussian_classes import gaussian_classes
from sklkd.losses._generalized_cross_entropy import generalized_cross_entropy
from sklkd.losses._glvq import glvq
from sklkd.losses._label_smoothing import label_smoothing
from sklkd.losses._logit_matching import logit_matching
from sklkd.losses._orthogonal import orthogonal
from sklkd.losses._pinball import pinball
from sklkd.losses._soft_targets import soft_targets
from sklkd.losses._squared_error import squared_error
from sklkd.losses._symmetric_cross_entropy import symmetric_cross_entropy

__all__ = [
    "LOSSES",
    "bootstrapping",
    "clamped_probabilities",
    "components_margin",
    "confidence_penalty",
    "distances",
    "early_learning",
    "gaussian_classes",
    "generalized_cross_entropy",
    "glvq",
    "kl_divergence",
    "label_smoothing",
    "logit_matching",
    "orthogonal",
    "pinball",
    "prototypes_to_rows",
    "rows_to_prototypes",
    "soft_targets",
    "squared_distances",
    "squared_error",
    "symmetric_cross_entropy",
]
