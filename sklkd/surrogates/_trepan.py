"""TREPAN: a tree that asks the teacher in each of its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sklkd._validation import COUNT, NON_NEGATIVE, Interval, check_choice, check_flag
from sklkd.readable import ReadableModel
from sklkd.surrogates._classifier import BaseSurrogateClassifier
from sklkd.surrogates._evidence import Evidence
from sklkd.surrogates._surrogate import Surrogate, as_surrogate
from sklkd.surrogates._trepan_growth import grow_trepan

BOUNDS: Mapping[str, Interval] = {
    "max_leaves": Interval(2, integer=True),
    "min_samples": NON_NEGATIVE,
    "beam_width": COUNT,
    "significance": Interval(0, 1, closed="right"),
    "epsilon": Interval(0, 0.5, closed="neither"),
    "max_literals": COUNT,
}


class Trepan(Surrogate):
    r"""A tree whose nodes ask the teacher about rows of their own, with m-of-n tests.

    The node that misses most is split next [1]_. Few real rows come to a deep node: so
    many are made up, each column drawn from the values that may come there, and the
    teacher is asked, until there are `min_samples`. A test may be "at least m of these
    n conditions".

    Parameters
    ----------
    max_leaves : int, default=15
        At least 2.
    min_samples : float, default=1000
        Rows by weight, real and made up, from which a node's test is chosen; 0 asks
        about none.
    m_of_n : bool, default=True
        Whether a test may have several conditions.
    beam_width : int, default=2
        How many tests are extended at a time, at least 1.
    significance : float, default=0.05
        A condition is added if it changes what is said at this level, in (0, 1].
    epsilon : float, default=0.01
        A node is pure whose rows agree but for this share, in (0, 0.5).
    max_literals : int, default=5
        Conditions of a test, at least 1.
    fidelity : {"class", "output"}, default="class"
        What a node misses: the labels that the teacher gives, or its probabilities,
        which matters where one class is always the most probable.

    References
    ----------
    .. [1] M. Craven, J. Shavlik, "Extracting Tree-Structured Representations of Trained
       Networks", NIPS 1995.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklkd import SurrogateClassifier
    >>> from sklkd.surrogates import Trepan
    >>> X, y = load_iris(return_X_y=True)
    >>> explained = SurrogateClassifier(GaussianNB(), Trepan(max_leaves=4)).fit(X, y)
    >>> explained.surrogate_.complexity <= 4
    True
    """

    bounds: ClassVar[Mapping[str, Interval]] = BOUNDS
    size_parameter = "max_leaves"

    def __init__(
        self,
        *,
        max_leaves: int = 15,
        min_samples: float = 1000,
        m_of_n: bool = True,
        beam_width: int = 2,
        significance: float = 0.05,
        epsilon: float = 0.01,
        max_literals: int = 5,
        fidelity: str = "class",
    ) -> None:
        self.max_leaves = max_leaves
        self.min_samples = min_samples
        self.m_of_n = m_of_n
        self.beam_width = beam_width
        self.significance = significance
        self.epsilon = epsilon
        self.max_literals = max_literals
        self.fidelity = fidelity

    def check(self, who: str) -> None:
        """Raise if a hyperparameter is out of range; errors start with `who`."""
        super().check(who)
        check_flag(who, "m_of_n of Trepan", self.m_of_n)
        check_choice(who, "fidelity of Trepan", self.fidelity, ["class", "output"])

    def grow(self, evidence: Evidence) -> ReadableModel:
        """Grow a tree."""
        return grow_trepan(evidence, **self.get_params(deep=False))


class TrepanClassifier(BaseSurrogateClassifier):
    """Explain a classifier by a tree that asks it in each of its nodes.

    The same as ``SurrogateClassifier(teacher, Trepan(...))`` without a ranking.

    Parameters
    ----------
    teacher : estimator, list of (str, estimator), module, skorch net or callable
        What is explained; fitted here unless it is wrapped in ``FrozenEstimator`` or is
        a network or a function. A list is an ensemble.
    max_leaves : int, default=15
        At least 2.
    min_samples : float, default=1000
        Rows by weight, real and made up, from which a node's test is chosen; 0 asks
        about none.
    m_of_n : bool, default=True
        Whether a test may have several conditions, of which some number must hold.
    beam_width : int, default=2
        How many tests are extended at a time, at least 1.
    significance : float, default=0.05
        A condition is added if it changes what is said at this level, in (0, 1].
    epsilon : float, default=0.01
        A node is pure whose rows agree but for this share, in (0, 0.5).
    max_literals : int, default=5
        Conditions of a test, at least 1.
    fidelity : {"class", "output"}, default="class"
        What a node misses: the labels that the teacher gives, or its probabilities,
        which matters where one class is always the most probable.
    validation_fraction : float, default=0.2
        Share of the rows that `fidelity_` is measured on, in [0, 1); 0 measures
        nothing.
    memory : str, joblib.Memory or None, default=None
        Keeps fitted teachers between fits.
    random_state : int, RandomState or None, default=None
        Of the held-out rows, queries and of a teacher without its own.

    Attributes
    ----------
    surrogate_ : ReadableTree
        The tree.
    rules_ : tuple of Rule
        One for each leaf; each row fulfils exactly one.
    fidelity_ : Fidelity or None
        How faithful it is on held-out rows, with a 95 % interval.
    teacher_ : object
        The fitted teacher; of an ensemble a dict of them.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    See Also
    --------
    SurrogateClassifier : Ranks columns first, and grows other models, too.

    References
    ----------
    .. [1] M. Craven, J. Shavlik, "Extracting Tree-Structured Representations of Trained
       Networks", NIPS 1995.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sklkd.surrogates import TrepanClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> network = MLPClassifier(max_iter=1000, random_state=0)
    >>> explained = TrepanClassifier(network, max_leaves=4, random_state=0).fit(X, y)
    >>> len(explained.rules_) <= 4
    True
    """

    n_features = None
    importance = None
    feature_groups = None
    queries = None
    verbose = 0

    def __init__(
        self,
        teacher: Any,
        *,
        max_leaves: int = 15,
        min_samples: float = 1000,
        m_of_n: bool = True,
        beam_width: int = 2,
        significance: float = 0.05,
        epsilon: float = 0.01,
        max_literals: int = 5,
        fidelity: str = "class",
        validation_fraction: float = 0.2,
        memory: Any = None,
        random_state: Any = None,
    ) -> None:
        self.teacher = teacher
        self.max_leaves = max_leaves
        self.min_samples = min_samples
        self.m_of_n = m_of_n
        self.beam_width = beam_width
        self.significance = significance
        self.epsilon = epsilon
        self.max_literals = max_literals
        self.fidelity = fidelity
        self.validation_fraction = validation_fraction
        self.memory = memory
        self.random_state = random_state

    def _surrogate(self) -> Any:
        names = Trepan().get_params(deep=False)
        tree = Trepan(**{name: getattr(self, name) for name in names})
        return as_surrogate(self._name, tree)
