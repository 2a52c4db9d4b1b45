"""How good is the student? Measures, a comparison of models, and pictures."""

from sklkd.inspection._agreement import agreement_score
from sklkd.inspection._calibration import expected_calibration_error
from sklkd.inspection._certified_accuracy_display import CertifiedAccuracyDisplay
from sklkd.inspection._comparison import compare
from sklkd.inspection._comparison_display import ComparisonDisplay
from sklkd.inspection._label_noise_display import LabelNoiseDisplay
from sklkd.inspection._prototypes_display import PrototypesDisplay
from sklkd.inspection._reasoning_display import ReasoningDisplay
from sklkd.inspection._table import Comparison, Measurement

__all__ = [
    "CertifiedAccuracyDisplay",
    "Comparison",
    "ComparisonDisplay",
    "LabelNoiseDisplay",
    "Measurement",
    "PrototypesDisplay",
    "ReasoningDisplay",
    "agreement_score",
    "compare",
    "expected_calibration_error",
]
