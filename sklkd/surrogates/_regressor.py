"""SurrogateRegressor: an opaque regressor, explained by one that can be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from sklkd.estimators import Encoded, Extras, Request
from sklkd.surrogates._base import BaseSurrogate
from sklkd.surrogates._surrogate import Surrogate
from sklkd.training import Question, atomic
from sklkd.transfer_sets import TransferSet


class SurrogateRegressor(RegressorMixin, BaseSurrogate):
    """Explain a regressor by a model that a person can read.

    As `SurrogateClassifier`, for values: fidelity is the share of the variance of what
    the teacher says that the surrogate explains.

    Parameters
    ----------
    teacher : estimator, list of (str, estimator), module, skorch net or callable
        What is explained; fitted here unless it is wrapped in ``FrozenEstimator`` or is
        a network or a function. A list is an ensemble.
    surrogate : Surrogate, str or estimator, default=None
        What explains it: "tree" (the default), "trepan", "rules", "linear", "additive",
        one of these as an object with its parameters, or any regressor of scikit-learn.
    n_features : int, "elbow", "cv" or None, default=None
        How many columns it sees, as for `SurrogateClassifier`.
    importance : str or sequence of str, default=("permutation", "gradient")
        How columns are ranked, as for `SurrogateClassifier`.
    feature_groups : list of lists, default=None
        Columns, by name or position, that are ranked as one.
    queries : TransferSet, str, callable or None, default="auto"
        What makes rows up, as for `SurrogateClassifier`.
    validation_fraction : float, default=0.2
        Share of the rows that `fidelity_` is measured on, in [0, 1).
    memory : str, joblib.Memory or None, default=None
        Keeps fitted teachers between fits.
    random_state : int, RandomState or None, default=None
        Of the held-out rows, permutations, queries and of a teacher without its own.
    verbose : int, default=0
        Whether to show a bar while columns are ranked.

    Attributes
    ----------
    surrogate_ : ReadableModel or estimator
        What explains the teacher.
    rules_ : tuple of Rule
        Of trees and rule lists; each row fulfils exactly one.
    fidelity_ : Fidelity or None
        How faithful it is on held-out rows, with a 95 % interval, and the R² of both.
    ranking_ : Ranking
        How much the teacher listens to each column.
    teacher_ : object
        The fitted teacher; of an ensemble a dict of them.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X is a DataFrame.

    See Also
    --------
    SurrogateClassifier : For classes.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from sklkd import SurrogateRegressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> forest = RandomForestRegressor(30, random_state=0)
    >>> explained = SurrogateRegressor(forest, random_state=0).fit(X, y)
    >>> bool(explained.fidelity_.value > 0.6)
    True
    """

    _y_checks: ClassVar[dict[str, Any]] = {"y_numeric": True, "multi_output": True}

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

    @atomic
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None
    ) -> Self:
        """Ask the teacher, and grow the surrogate.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            As for `SurrogateClassifier`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Values. Of a teacher that comes fitted they only tell its score.
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

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the values of the surrogate: (n_samples,) or (n_samples, n_outputs).

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        """
        values: NDArray[np.float64] = self._outputs(X).numpy()
        return values[:, 0] if self._single else values

    def _encode(self, request: Request) -> Encoded:
        """Values as they are."""
        target = request.y.reshape(len(request.y), -1).astype(np.float64)
        fitted = {"_single": request.y.ndim == 1}
        return Encoded(target, target.shape[1], np.ones(len(target)), None, fitted)

    def _question(self, encoded: Encoded) -> Question:
        return Question(self._name, "regression", encoded.n_outputs)

    def _target_names(self, encoded: Encoded) -> tuple[str, ...]:
        if encoded.fitted["_single"]:
            return ("value",)
        return tuple(f"value{i}" for i in range(encoded.n_outputs))

    def __sklearn_tags__(self) -> Tags:
        """Return what the estimator takes: several targets too."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
