"""Knowledge distillation, and the students it makes, as scikit-learn estimators.

The floors of the building; imports only go down::

    inspection      reports and displays: how good is the student?
    distillation    estimators: DistilledClassifier, DistilledRegressor
    training        students of all kinds, teacher targets, cache, seeds, device
    objectives      hyperparameters around losses; they add and scale
    transfer_sets   rows without labels, made up for the teacher to speak about
    nn              modules with state
    losses          pure functions of tensors: one value per sample
    plugins         names to plugins, of this package and of any other
"""

from sklkd._version import __version__
from sklkd.distillation import DistilledClassifier, DistilledRegressor
from sklkd.objectives import LogitMatching, SoftTargets, SquaredError
from sklkd.training import StudentNet, TeacherEnsemble

__all__ = [
    "DistilledClassifier",
    "DistilledRegressor",
    "LogitMatching",
    "SoftTargets",
    "SquaredError",
    "StudentNet",
    "TeacherEnsemble",
    "__version__",
]
