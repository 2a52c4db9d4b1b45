"""Output regularisation: predictions that are less sure, and smoother."""

from sklkd.smoothing._confidence_penalty import ConfidencePenaltyClassifier
from sklkd.smoothing._label_smoothing import LabelSmoothingClassifier
from sklkd.smoothing._regularized import RegularizedClassifier

__all__ = [
    "ConfidencePenaltyClassifier",
    "LabelSmoothingClassifier",
    "RegularizedClassifier",
]
