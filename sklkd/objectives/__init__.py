"""What a student minimises besides the labels: hyperparameters around pure losses."""

from sklkd._validation import Interval
from sklkd.objectives._base import (
    Batch,
    Objective,
    Setting,
    Sum,
    Task,
    Term,
    as_objective,
)
from sklkd.objectives._bootstrapping import Bootstrapping
from sklkd.objectives._certified_radius import CertifiedRadius
from sklkd.objectives._confidence_penalty import ConfidencePenalty
from sklkd.objectives._early_learning import EarlyLearning, EarlyLearningMemory
from sklkd.objectives._early_learning_pair import EarlyLearningPair
from sklkd.objectives._episodes import Episodes
from sklkd.objectives._gaussian_classes import GaussianClasses
from sklkd.objectives._generalized_cross_entropy import GeneralizedCrossEntropy
from sklkd.objectives._label_smoothing import LabelSmoothing, class_prior
from sklkd.objectives._logit_matching import LogitMatching
from sklkd.objectives._norm_loss import NormLoss
from sklkd.objectives._orthogonal import Orthogonal
from sklkd.objectives._prototype_terms import (
    PrototypesNearRows,
    Reconstruction,
    RowsNearPrototypes,
)
from sklkd.objectives._soft_targets import SoftTargets
from sklkd.objectives._squared_error import SquaredError
from sklkd.objectives._symmetric_cross_entropy import SymmetricCrossEntropy
from sklkd.objectives._virtual_adversarial import VirtualAdversarial
from sklkd.plugins import OBJECTIVES

__all__ = [
    "OBJECTIVES",
    "Batch",
    "Bootstrapping",
    "CertifiedRadius",
    "ConfidencePenalty",
    "EarlyLearning",
    "EarlyLearningMemory",
    "EarlyLearningPair",
    "Episodes",
    "GaussianClasses",
    "GeneralizedCrossEntropy",
    "Interval",
    "LabelSmoothing",
    "LogitMatching",
    "NormLoss",
    "Objective",
    "Orthogonal",
    "PrototypesNearRows",
    "Reconstruction",
    "RowsNearPrototypes",
    "Setting",
    "SoftTargets",
    "SquaredError",
    "Sum",
    "SymmetricCrossEntropy",
    "Task",
    "Term",
    "VirtualAdversarial",
    "as_objective",
    "class_prior",
]
