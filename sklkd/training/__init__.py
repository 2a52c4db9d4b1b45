"""How a student is trained: networks, batches, teacher targets, seeds, devices."""

from sklkd.plugins import STUDENTS
from sklkd.training._atomic import TrainingInterrupted, atomic
from sklkd.training._cache import as_memory
from sklkd.training._calibration import best_factor, calibrated
from sklkd.training._criterion import LabelLoss, puts_out_probabilities
from sklkd.training._cross_fit import (
    Lessons,
    Split,
    TeacherTargets,
    make_splits,
    take_params,
)
from sklkd.training._curriculum import Curriculum
from sklkd.training._ensemble import TeacherEnsemble
from sklkd.training._estimators import EstimatorStudent
from sklkd.training._gradient_noise import GradientNoise
from sklkd.training._rows import Signals, is_mapped
from sklkd.training._scaling import Scaling
from sklkd.training._seeds import draw_seed
from sklkd.training._student import Student, TrainedStudent, as_student
from sklkd.training._student_net import StudentNet
from sklkd.training._tables import is_frame, not_numbers, stacked, take, vectorizer
from sklkd.training._targets import (
    as_teacher,
    is_fitted_here,
    members_of,
    teacher_targets,
)
from sklkd.training._teacher_weights import weight_param
from sklkd.training._teachers import Question, is_precomputed, module_of, name_of
from sklkd.training._train import Trained, train
from sklkd.training._trained_estimator import TrainedEstimator

__all__ = [
    "STUDENTS",
    "Curriculum",
    "EstimatorStudent",
    "GradientNoise",
    "LabelLoss",
    "Lessons",
    "Question",
    "Scaling",
    "Signals",
    "Split",
    "Student",
    "StudentNet",
    "TeacherEnsemble",
    "TeacherTargets",
    "Trained",
    "TrainedEstimator",
    "TrainedStudent",
    "TrainingInterrupted",
    "as_memory",
    "as_student",
    "as_teacher",
    "atomic",
    "best_factor",
    "calibrated",
    "draw_seed",
    "is_fitted_here",
    "is_frame",
    "is_mapped",
    "is_precomputed",
    "make_splits",
    "members_of",
    "module_of",
    "name_of",
    "not_numbers",
    "puts_out_probabilities",
    "stacked",
    "take",
    "take_params",
    "teacher_targets",
    "train",
    "vectorizer",
    "weight_param",
]
