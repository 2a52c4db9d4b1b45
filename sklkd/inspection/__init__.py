"""How good is the student? Measures, a comparison of models, and pictures."""

from sklkd.inspection._agreement import agreement_score
from sklkd.inspection._calibration import expected_calibration_error
from sklkd.inspection._comparison import compare
from sklkd.inspection._comparison_display import ComparisonDisplay
from sklkd.inspection._label_noise_display import LabelNoiseDisplay
from sklkd.inspection._table import Comparison, Measurement

__all__ = [
    "Comparison",
    "ComparisonDisplay",
    "LabelNoiseDisplay",
    "Measurement",
    "agreement_score",
    "compare",
    "expected_calibration_error",
]
