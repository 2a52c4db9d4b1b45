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
from sklkd.objectives._logit_matching import LogitMatching
from sklkd.objectives._soft_targets import SoftTargets
from sklkd.objectives._squared_error import SquaredError
from sklkd.plugins import OBJECTIVES

__all__ = [
    "OBJECTIVES",
    "Batch",
    "Interval",
    "LogitMatching",
    "Objective",
    "Setting",
    "SoftTargets",
    "SquaredError",
    "Sum",
    "Task",
    "Term",
    "as_objective",
]
