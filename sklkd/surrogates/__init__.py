"""Surrogates: an opaque model, explained by one that a person can read."""

from sklkd.plugins import SURROGATES
from sklkd.surrogates._additive_splines import AdditiveSplines
from sklkd.surrogates._classifier import SurrogateClassifier
from sklkd.surrogates._evidence import Evidence
from sklkd.surrogates._fidelity import Fidelity
from sklkd.surrogates._prototypes import Prototypes
from sklkd.surrogates._ranking import Ranking
from sklkd.surrogates._regressor import SurrogateRegressor
from sklkd.surrogates._rule_list import RuleList, RuleListClassifier
from sklkd.surrogates._soft_tree import SoftTree
from sklkd.surrogates._sparse_linear import SparseLinear
from sklkd.surrogates._study import knee
from sklkd.surrogates._surrogate import Surrogate, as_surrogate
from sklkd.surrogates._trepan import Trepan, TrepanClassifier

__all__ = [
    "SURROGATES",
    "AdditiveSplines",
    "Evidence",
    "Fidelity",
    "Prototypes",
    "Ranking",
    "RuleList",
    "RuleListClassifier",
    "SoftTree",
    "SparseLinear",
    "Surrogate",
    "SurrogateClassifier",
    "SurrogateRegressor",
    "Trepan",
    "TrepanClassifier",
    "as_surrogate",
    "knee",
]
