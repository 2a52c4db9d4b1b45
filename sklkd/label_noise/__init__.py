"""Learning from labels of which some are wrong."""

from sklkd.label_noise._early_learning import EarlyLearningClassifier
from sklkd.label_noise._refined import RefinedClassifier

__all__ = ["EarlyLearningClassifier", "RefinedClassifier"]
