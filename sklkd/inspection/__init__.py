"""How good is the student? Measures, a comparison of models, and pictures."""

from sklkd.inspection._agreement import agreement_score
from sklkd.inspection._calibration import expected_calibration_error
from sklkd.inspection._certified_accuracy_display import CertifiedAccuracyDisplay
from sklkd.inspection._comparison import compare
from sklkd.inspection._comparison_display import ComparisonDisplay
from sklkd.inspection._confusion_cube import ConfusionCube
from sklkd.inspection._confusion_tree_display import ConfusionTreeDisplay
from sklkd.inspection._deconvnet import Deconvolution, deconvnet
from sklkd.inspection._deconvolution_display import DeconvolutionDisplay
from sklkd.inspection._fidelity_curve import (
    FidelityCurve,
    Stability,
    fidelity_curve,
    stability,
)
from sklkd.inspection._fidelity_display import FidelityDisplay
from sklkd.inspection._label_noise_display import LabelNoiseDisplay
from sklkd.inspection._occlusion import Occlusion, occlusion
from sklkd.inspection._occlusion_display import OcclusionDisplay
from sklkd.inspection._prototypes_display import PrototypesDisplay
from sklkd.inspection._ranking_display import RankingDisplay
from sklkd.inspection._reasoning_display import ReasoningDisplay
from sklkd.inspection._surrogate_tree_display import SurrogateTreeDisplay
from sklkd.inspection._table import Comparison, Measurement

__all__ = [
    "CertifiedAccuracyDisplay",
    "Comparison",
    "ComparisonDisplay",
    "ConfusionCube",
    "ConfusionTreeDisplay",
    "Deconvolution",
    "DeconvolutionDisplay",
    "FidelityCurve",
    "FidelityDisplay",
    "LabelNoiseDisplay",
    "Measurement",
    "Occlusion",
    "OcclusionDisplay",
    "PrototypesDisplay",
    "RankingDisplay",
    "ReasoningDisplay",
    "Stability",
    "SurrogateTreeDisplay",
    "agreement_score",
    "compare",
    "deconvnet",
    "expected_calibration_error",
    "fidelity_curve",
    "occlusion",
    "stability",
]
