"""What the families of estimators share: checks, labels, a student that is kept."""

from sklkd.estimators._base import BaseStudentEstimator
from sklkd.estimators._classifier import StudentClassifierMixin
from sklkd.estimators._encoded import Encoded
from sklkd.estimators._regularized import BaseRegularizedClassifier, Lesson
from sklkd.estimators._request import Extras, Request, check_weights

__all__ = [
    "BaseRegularizedClassifier",
    "BaseStudentEstimator",
    "Encoded",
    "Extras",
    "Lesson",
    "Request",
    "StudentClassifierMixin",
    "check_weights",
]
