"""Prototypes: classifiers that say which examples, or keys, a prediction comes from."""

from sklkd.prototypes._components import ComponentsClassifier
from sklkd.prototypes._convex_hull import ConvexHullClassifier
from sklkd.prototypes._explanation import Explanation
from sklkd.prototypes._glvq import GLVQClassifier
from sklkd.prototypes._gmlvq import GMLVQClassifier
from sklkd.prototypes._grlvq import GRLVQClassifier
from sklkd.prototypes._key_value_bottleneck import KeyValueBottleneckClassifier
from sklkd.prototypes._lgmlvq import LGMLVQClassifier
from sklkd.prototypes._nearest_mean import NearestMeanClassifier
from sklkd.prototypes._pooled_gaussian_nb import PooledGaussianNB
from sklkd.prototypes._prototype import PrototypeClassifier
from sklkd.prototypes._prototypical import PrototypicalClassifier
from sklkd.prototypes._robust import RobustPrototypeClassifier
from sklkd.prototypes._rslvq import RSLVQClassifier

__all__ = [
    "ComponentsClassifier",
    "ConvexHullClassifier",
    "Explanation",
    "GLVQClassifier",
    "GMLVQClassifier",
    "GRLVQClassifier",
    "KeyValueBottleneckClassifier",
    "LGMLVQClassifier",
    "NearestMeanClassifier",
    "PooledGaussianNB",
    "PrototypeClassifier",
    "PrototypicalClassifier",
    "RSLVQClassifier",
    "RobustPrototypeClassifier",
]
