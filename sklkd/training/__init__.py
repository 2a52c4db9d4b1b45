"""How a student is trained: networks, batches, teacher targets, seeds, devices."""

from sklkd.plugins import STUDENTS
from sklkd.training._atomic import TrainingInterrupted, atomic
from sklkd.training._cache import as_memory
from sklkd.training._criterion import LabelLoss
from sklkd.training._cross_fit import Lessons, TeacherTargets, make_splits, take
from sklkd.training._ensemble import TeacherEnsemble
from sklkd.training._rows import Signals
from sklkd.training._scaling import Scaling
from sklkd.training._seeds import draw_seed
from sklkd.training._student import Student, TrainedStudent, as_student
from sklkd.training._student_net import StudentNet
from sklkd.training._targets import (
    as_teacher,
    is_fitted_here,
    members_of,
    teacher_targets,
)
from sklkd.training._teachers import Question, is_precomputed, name_of
from sklkd.training._train import Curriculum, train

__all__ = [
    "STUDENTS",
    "Curriculum",
    "LabelLoss",
    "Lessons",
    "Question",
    "Scaling",
    "Signals",
    "Student",
    "StudentNet",
    "TeacherEnsemble",
    "TeacherTargets",
    "TrainedStudent",
    "TrainingInterrupted",
    "as_memory",
    "as_student",
    "as_teacher",
    "atomic",
    "draw_seed",
    "is_fitted_here",
    "is_precomputed",
    "make_splits",
    "members_of",
    "name_of",
    "take",
    "teacher_targets",
    "train",
]
