"""Knowledge distillation, and the students it makes, as scikit-learn estimators.

The floors of the building; imports only go down::

    testing         contracts that any scikit-learn estimator can be held to
    inspection      reports and displays: how good is the student?
    distillation    students of a teacher: DistilledClassifier, DistilledRegressor
    smoothing       less sure, smoother predictions: LabelSmoothingClassifier and kin
    label_noise     labels of which some are wrong: EarlyLearningClassifier and kin
    prototypes      networks and memories that show what they decide by
    surrogates      opaque models, explained by models that can be read
    estimators      what these families share: checks, labels, a student that is kept
    training        students of all kinds, teacher targets, cache, seeds, device
    objectives      hyperparameters around losses; they add and scale, and may remember
    transfer_sets   rows without labels, made up for the teacher to speak about
    readable        trees, sums of curves and prototypes; their text, SQL and Python
    nn              modules with state
    losses          pure functions of tensors: one value per sample
    plugins         names to plugins, of this package and of any other

Each is imported when it is first used, so that ``import sklkd`` takes no time, and
pytest, which imports it for its plugin, does not wait for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sklkd._version import __version__

if TYPE_CHECKING:
    from sklkd.distillation import DistilledClassifier, DistilledRegressor
    from sklkd.label_noise import EarlyLearningClassifier, RefinedClassifier
    from sklkd.objectives import (
        Bootstrapping,
        ConfidencePenalty,
        EarlyLearning,
        GeneralizedCrossEntropy,
        LabelSmoothing,
        LogitMatching,
        SoftTargets,
        SquaredError,
        SymmetricCrossEntropy,
        VirtualAdversarial,
    )
    from sklkd.prototypes import (
        ComponentsClassifier,
        GLVQClassifier,
        GMLVQClassifier,
        PooledGaussianNB,
        PrototypeClassifier,
        RobustPrototypeClassifier,
    )
    from sklkd.smoothing import (
        ConfidencePenaltyClassifier,
        LabelSmoothingClassifier,
        RegularizedClassifier,
    )
    from sklkd.surrogates import (
        RuleListClassifier,
        SurrogateClassifier,
        SurrogateRegressor,
        TrepanClassifier,
    )
    from sklkd.training import StudentNet, TeacherEnsemble

__all__ = [
    "Bootstrapping",
    "ComponentsClassifier",
    "ConfidencePenalty",
    "ConfidencePenaltyClassifier",
    "DistilledClassifier",
    "DistilledRegressor",
    "EarlyLearning",
    "EarlyLearningClassifier",
    "GLVQClassifier",
    "GMLVQClassifier",
    "GeneralizedCrossEntropy",
    "LabelSmoothing",
    "LabelSmoothingClassifier",
    "LogitMatching",
    "PooledGaussianNB",
    "PrototypeClassifier",
    "RefinedClassifier",
    "RegularizedClassifier",
    "RobustPrototypeClassifier",
    "RuleListClassifier",
    "SoftTargets",
    "SquaredError",
    "StudentNet",
    "SurrogateClassifier",
    "SurrogateRegressor",
    "SymmetricCrossEntropy",
    "TeacherEnsemble",
    "TrepanClassifier",
    "VirtualAdversarial",
    "__version__",
]

_FLOOR_OF = {
    "Bootstrapping": "objectives",
    "ComponentsClassifier": "prototypes",
    "ConfidencePenalty": "objectives",
    "ConfidencePenaltyClassifier": "smoothing",
    "DistilledClassifier": "distillation",
    "DistilledRegressor": "distillation",
    "EarlyLearning": "objectives",
    "EarlyLearningClassifier": "label_noise",
    "GLVQClassifier": "prototypes",
    "GMLVQClassifier": "prototypes",
    "GeneralizedCrossEntropy": "objectives",
    "LabelSmoothing": "objectives",
    "LabelSmoothingClassifier": "smoothing",
    "LogitMatching": "objectives",
    "PooledGaussianNB": "prototypes",
    "PrototypeClassifier": "prototypes",
    "RefinedClassifier": "label_noise",
    "RegularizedClassifier": "smoothing",
    "RobustPrototypeClassifier": "prototypes",
    "RuleListClassifier": "surrogates",
    "SoftTargets": "objectives",
    "SquaredError": "objectives",
    "StudentNet": "training",
    "SurrogateClassifier": "surrogates",
    "SurrogateRegressor": "surrogates",
    "SymmetricCrossEntropy": "objectives",
    "TeacherEnsemble": "training",
    "TrepanClassifier": "surrogates",
    "VirtualAdversarial": "objectives",
}
_FLOORS = {
    *("exceptions", "plugins", "losses", "nn", "transfer_sets", "objectives"),
    *("training", "estimators", "distillation", "smoothing", "label_noise"),
    *("prototypes", "surrogates", "readable"),
    *("inspection", "testing"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: a name of the front door, or a floor."""
    if name in _FLOOR_OF:
        return getattr(import_module(f"sklkd.{_FLOOR_OF[name]}"), name)
    if name in _FLOORS:
        return import_module(f"sklkd.{name}")
    raise AttributeError(f"module 'sklkd' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_FLOORS})
