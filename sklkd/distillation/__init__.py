"""Students of any teacher, as a classifier and a regressor."""

from sklkd.distillation._classifier import DistilledClassifier
from sklkd.distillation._policy import Policy
from sklkd.distillation._regressor import DistilledRegressor

__all__ = ["DistilledClassifier", "DistilledRegressor", "Policy"]
