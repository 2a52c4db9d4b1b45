"""SurrogateClassifier: an opaque classifier, explained by one that can be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

from sklkd.estimators import Encoded, Extras, StudentClassifierMixin
from sklkd.surrogates._base import BaseSurrogate
from sklkd.surrogates._surrogate import Surrogate
from sklkd.training import Question, atomic
from sklkd.transfer_sets import TransferSet

FLOOR = 1e-12  # of a teacher's probabilities: a surrogate learns them as they are


class BaseSurrogateClassifier(StudentClassifierMixin, BaseSurrogate):
    """A surrogate of a classifier; subclasses say which model is grown."""

    class_weight = None  # the teacher decides, not the labels

    @atomic
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None
    ) -> Self:
        """Ask the teacher, and grow the surrogate.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Numbers; a DataFrame of pandas or polars may hold words, categories and
            truth values, which the teacher gets as they are. Missing values where the
            teacher takes them.
        y : array-like of shape (n_samples,)
            Labels. Of a teacher that comes fitted they only tell its score.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group are held out together.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If data, teacher and parameters do not fit together; the estimator is then
            what it was before.
        """
        return self._fit(X, y, Extras(sample_weight, groups))

    def _question(self, encoded: Encoded) -> Question:
        classes = encoded.fitted["classes_"]
        return Question(self._name, "classification", len(classes), classes, FLOOR)

    def _target_names(self, encoded: Encoded) -> tuple[str, ...]:
        return tuple(str(label) for label in encoded.fitted["classes_"].tolist())


class SurrogateClassifier(BaseSurrogateClassifier):
    """Explain a classifier by a model that a person can read.

    The teacher, any classifier, is fitted unless it comes fitted. Its columns are
    ranked by how much it listens to them, and the best may be kept. Then a tree, a list
    of rules, a sparse linear or additive model, or a few prototypes are fitted to its
    probabilities, on the rows and on made-up ones about which it is asked.

    Parameters
    ----------
    teacher : estimator, list of (str, estimator), module, skorch net or callable
        What is explained; fitted here unless it is wrapped in ``FrozenEstimator`` or is
        a network or a function. A list is an ensemble.
    surrogate : Surrogate, str or estimator, default=None
        What explains it: "tree" (the default: `SoftTree` of 15 leaves), "trepan",
        "rules", "linear", "additive", "prototypes", one of these as an object with its
        parameters, or any classifier or regressor of scikit-learn, which then learns
        numbers and codes of categories.
    n_features : int, "elbow", "cv" or None, default=None
        How many columns it sees: None is all; "elbow" those up to the knee of the
        importances; "cv" the fewest whose cross-validated fidelity is within a standard
        error of the best.
    importance : str or sequence of str, default=("permutation", "gradient")
        How columns are ranked, by the mean of the ranks of all methods: "permutation",
        "leave_one_out" (a column is as in a typical row), and of torch teachers
        "gradient" and "attention". What the teacher does not have is left out. None
        ranks nothing.
    feature_groups : list of lists, default=None
        Columns, by name or position, that are ranked as one: such as those that encode
        one category.
    queries : TransferSet, str, callable or None, default="auto"
        What makes rows up: "auto" is `Munge`, ten for each row up to 20 000, above 60
        rows. A callable gets X and a generator and returns rows in the domain of X.
        None makes none up: then a weight of 2 is a repeated row.
    validation_fraction : float, default=0.2
        Share of the rows that `fidelity_` is measured on, in [0, 1). For that, teacher
        and surrogate are fitted on the others first; 0 saves the time and measures
        nothing.
    memory : str, joblib.Memory or None, default=None
        Keeps fitted teachers between fits.
    random_state : int, RandomState or None, default=None
        Of the held-out rows, permutations, queries and of a teacher without its own.
    verbose : int, default=0
        Whether to show a bar while columns are ranked.

    Attributes
    ----------
    surrogate_ : ReadableModel or estimator
        What explains the teacher; a `ReadableModel` unless a model of scikit-learn
        other than a tree was passed.
    rules_ : tuple of Rule
        Of trees and rule lists; each row fulfils exactly one.
    fidelity_ : Fidelity or None
        How faithful it is on held-out rows, with a 95 % interval, and how accurate
        both are. None without held-out rows.
    ranking_ : Ranking
        How much the teacher listens to each column.
    teacher_ : object
        The fitted teacher; of an ensemble a dict of them.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X is a DataFrame.

    See Also
    --------
    TrepanClassifier : A tree that asks the teacher in each of its nodes.
    RuleListClassifier : If, else if, else.
    sklkd.inspection.FidelityDisplay : Fidelity against size.

    Notes
    -----
    Fidelity is agreement with the teacher, not with the truth: a faithful surrogate of
    a wrong teacher is wrong. Columns that say the same share their importance, and rows
    whose columns are permuted may be unlike any real one [1]_.

    References
    ----------
    .. [1] G. Hooker, L. Mentch, S. Zhou, "Unrestricted permutation forces
       extrapolation", Statistics and Computing 31, 2021.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklkd import SurrogateClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> forest = RandomForestClassifier(50, random_state=0)
    >>> explained = SurrogateClassifier(forest, "tree", random_state=0).fit(X, y)
    >>> bool(explained.fidelity_.value > 0.9)
    True
    """

    def __init__(
        self,
        teacher: Any,
        surrogate: Surrogate | str | Any = None,
        *,
        n_features: int | str | None = None,
        importance: str | Sequence[str] | None = ("permutation", "gradient"),
        feature_groups: Any = None,
        queries: TransferSet | str | Callable[..., Any] | None = "auto",
        validation_fraction: float = 0.2,
        memory: Any = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.teacher = teacher
        self.surrogate = surrogate
        self.n_features = n_features
        self.importance = importance
        self.feature_groups = feature_groups
        self.queries = queries
        self.validation_fraction = validation_fraction
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose
