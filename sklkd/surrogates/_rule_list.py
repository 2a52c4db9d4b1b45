"""Lists of rules: if, else if, and at last else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sklkd._validation import COUNT, NON_NEGATIVE, Interval
from sklkd.readable import ReadableModel
from sklkd.surrogates._classifier import BaseSurrogateClassifier
from sklkd.surrogates._evidence import Evidence
from sklkd.surrogates._rule_growth import grow_rule_list
from sklkd.surrogates._surrogate import Surrogate, as_surrogate
from sklkd.transfer_sets import TransferSet


class RuleList(Surrogate):
    """An ordered list of short rules; a row gets what its first one says.

    Candidates are paths of the teacher's own trees, where it consists of trees, and of
    trees that are fitted to what it says. From these a list is put together that says
    most of what the teacher says with few conditions.

    Parameters
    ----------
    max_rules : int, default=10
        Besides the "else", at least 1.
    max_conditions : int, default=3
        Of a rule, at least 1; a range has two.
    min_coverage : float, default=0.01
        The least share of the rows for which a rule decides, in [0, 1).
    n_candidates : int, default=2000
        How many rules are looked at, at least 1.
    penalty : float, default=0.001
        What a condition must explain, as a part of all there is to explain.

    References
    ----------
    .. [1] J. Fürnkranz, "Separate-and-Conquer Rule Learning", Artificial Intelligence
       Review 13, 1999.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklkd import SurrogateClassifier
    >>> from sklkd.surrogates import RuleList
    >>> X, y = load_iris(return_X_y=True)
    >>> explained = SurrogateClassifier(GaussianNB(), RuleList(max_rules=3)).fit(X, y)
    >>> explained.surrogate_.is_list
    True
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "max_rules": COUNT,
        "max_conditions": COUNT,
        "min_coverage": Interval(0, 1, closed="left"),
        "n_candidates": COUNT,
        "penalty": NON_NEGATIVE,
    }
    size_parameter = "max_rules"

    def __init__(
        self,
        *,
        max_rules: int = 10,
        max_conditions: int = 3,
        min_coverage: float = 0.01,
        n_candidates: int = 2000,
        penalty: float = 0.001,
    ) -> None:
        self.max_rules = max_rules
        self.max_conditions = max_conditions
        self.min_coverage = min_coverage
        self.n_candidates = n_candidates
        self.penalty = penalty

    def grow(self, evidence: Evidence) -> ReadableModel:
        """Put a list together."""
        return grow_rule_list(
            evidence, evidence.teacher, **self.get_params(deep=False), who="RuleList"
        )


class RuleListClassifier(BaseSurrogateClassifier):
    """Explain a classifier by a list of rules: if, else if, and at last else.

    The same as ``SurrogateClassifier(teacher, RuleList(...))`` without a ranking.

    Parameters
    ----------
    teacher : estimator, list of (str, estimator), module, skorch net or callable
        What is explained; fitted here unless it is wrapped in ``FrozenEstimator`` or is
        a network or a function. Of trees and forests of scikit-learn the paths are
        candidates.
    max_rules : int, default=10
        Besides the "else", at least 1.
    max_conditions : int, default=3
        Of a rule, at least 1; a range has two.
    min_coverage : float, default=0.01
        The least share of the rows for which a rule decides, in [0, 1).
    n_candidates : int, default=2000
        How many rules are looked at, at least 1.
    penalty : float, default=0.001
        What a condition must explain, as a part of all there is to explain.
    queries : TransferSet, str, callable or None, default="auto"
        What makes rows up, as for `SurrogateClassifier`.
    validation_fraction : float, default=0.2
        Share of the rows that `fidelity_` is measured on, in [0, 1); 0 measures
        nothing.
    memory : str, joblib.Memory or None, default=None
        Keeps fitted teachers between fits.
    random_state : int, RandomState or None, default=None
        Of the held-out rows, queries, candidates and of a teacher without its own.

    Attributes
    ----------
    surrogate_ : ReadableTree
        The list: a tree in which every "yes" is a leaf.
    rules_ : tuple of Rule
        In order, with coverage and precision; each row gets what the first one says
        that it fulfils.
    fidelity_ : Fidelity or None
        How faithful it is on held-out rows, with a 95 % interval.
    teacher_ : object
        The fitted teacher; of an ensemble a dict of them.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    References
    ----------
    .. [1] J. Fürnkranz, "Separate-and-Conquer Rule Learning", Artificial Intelligence
       Review 13, 1999.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklkd.surrogates import RuleListClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> forest = RandomForestClassifier(30, random_state=0)
    >>> explained = RuleListClassifier(forest, max_rules=3, random_state=0).fit(X, y)
    >>> bool(explained.fidelity_.value > 0.9)
    True
    """

    n_features = None
    importance = None
    feature_groups = None
    verbose = 0

    def __init__(
        self,
        teacher: Any,
        *,
        max_rules: int = 10,
        max_conditions: int = 3,
        min_coverage: float = 0.01,
        n_candidates: int = 2000,
        penalty: float = 0.001,
        queries: TransferSet | str | Any | None = "auto",
        validation_fraction: float = 0.2,
        memory: Any = None,
        random_state: Any = None,
    ) -> None:
        self.teacher = teacher
        self.max_rules = max_rules
        self.max_conditions = max_conditions
        self.min_coverage = min_coverage
        self.n_candidates = n_candidates
        self.penalty = penalty
        self.queries = queries
        self.validation_fraction = validation_fraction
        self.memory = memory
        self.random_state = random_state

    def _surrogate(self) -> Any:
        names = RuleList().get_params(deep=False)
        rules = RuleList(**{name: getattr(self, name) for name in names})
        return as_surrogate(self._name, rules)
