"""Few rows, and every network of prototypes, small enough to be trained in no time."""

import numpy as np
from sklearn.datasets import load_iris
from sklearn.utils import check_random_state

from sklkd import StudentNet
from sklkd.prototypes import (
    ComponentsClassifier,
    GLVQClassifier,
    GMLVQClassifier,
    GRLVQClassifier,
    LGMLVQClassifier,
    PrototypeClassifier,
    RobustPrototypeClassifier,
    RSLVQClassifier,
)

NAMES = np.array(["ash", "birch", "cedar"])
X, Y = (part[::3] for part in load_iris(return_X_y=True))
WORDS = NAMES[Y]


def quick(**options):
    """How a network is trained in a fraction of a second."""
    return StudentNet(**({"max_epochs": 12, "lr": 0.1} | options))


LVQ = {
    "glvq": GLVQClassifier(n_prototypes=2),
    "grlvq": GRLVQClassifier(n_prototypes=2),
    "gmlvq": GMLVQClassifier(n_prototypes=2),
    "lgmlvq": LGMLVQClassifier(n_prototypes=2),
    "rslvq": RSLVQClassifier(n_prototypes=2),
}
EVERY = LVQ | {
    "components": ComponentsClassifier(n_components=4),
    "robust": RobustPrototypeClassifier(n_components=4),
    "prototype": PrototypeClassifier(n_prototypes=4, n_latent=3, hidden=(8,)),
}


def network(name, *, student=None, **params):
    """One of `EVERY`, new, quick and with a seed."""
    known = EVERY[name].get_params(deep=False)
    if student is None:
        student = quick(lr=0.02) if name == "prototype" else quick()
    own = {"student": student, "random_state": 0}
    return type(EVERY[name])(**(known | own | params))


def rows(seed, n_rows=40, n_features=3, n_classes=3):
    """Normal rows (n, p) of columns of all sizes, and class indices (n,)."""
    rng = np.random.default_rng([seed, n_rows, n_features])
    y = rng.permutation(np.arange(n_rows) % n_classes)
    centres = 2 * rng.normal(size=(n_classes, n_features))
    sizes = 10.0 ** rng.integers(-3, 4, n_features)
    return (centres[y] + rng.normal(size=(n_rows, n_features))) * sizes, y


def standardised(X):
    """Columns as a network sees them: (n, p) -> (n, p)."""
    return (X - X.mean(axis=0)) / X.std(axis=0)


def numpys_state():
    """The state of numpy's global generator."""
    return check_random_state(None).get_state()[1]
