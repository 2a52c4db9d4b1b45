"""The estimator under test: how to make one, fit it and ask it, whatever it is."""

from __future__ import annotations

import time
import warnings
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter

from sklkd.testing._case import Case, Kind, make_data
from sklkd.testing._same import NotApplicable
from sklkd.testing._tags import ContractTags, tags_of

# What is asked of a fitted estimator, where it can be: all take rows alone.
METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "score_samples",
    "transform",
)
PLAIN = Case(n=24, p=3, k=2)


class Subject:
    """An unfitted estimator, and how contracts use it.

    Parameters
    ----------
    estimator : estimator
        A copy of it, with the parameters that it is to be checked with.
    tags : ContractTags, default=None
        What it says about itself; None asks it.

    Attributes
    ----------
    kind : {"classifier", "regressor", "transformer", "other"}
        By its tags.
    name : str
        Of its class.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklkd.testing import Case, Subject
    >>> subject = Subject(GaussianNB())
    >>> X, y = subject.data(Case(n=10))
    >>> sorted(subject.outputs(subject.fitted(X, y), X))
    ['predict', 'predict_log_proba', 'predict_proba']
    """

    def __init__(self, estimator: Any, tags: ContractTags | None = None) -> None:
        check_is_estimator("Subject", estimator)
        self.tags = tags_of(estimator) if tags is None else tags
        self.estimator = clone(estimator).set_params(**self.tags.fast_params)
        self.name = type(estimator).__name__
        self.input_tags = get_tags(estimator).input_tags
        self.target_tags = get_tags(estimator).target_tags
        self.kind: Kind = _kind_of(estimator)

    # --- Making and fitting

    @cached_property
    def seed_param(self) -> str | None:
        """Name of the parameter that takes a seed, if there is one."""
        known = self.estimator.get_params(deep=False)
        return "random_state" if "random_state" in known else None

    @cached_property
    def takes_weight(self) -> bool:
        """Whether fit takes a sample_weight."""
        return bool(has_fit_parameter(self.estimator, "sample_weight"))

    @cached_property
    def batch_size(self) -> int | None:
        """Rows in a batch, where a parameter says so."""
        sizes = [
            value
            for name, value in self.estimator.get_params().items()
            if name.split("__")[-1] == "batch_size"
            and isinstance(value, int)
            and not isinstance(value, bool)
        ]
        return sizes[0] if sizes else None

    def new(self, **params: Any) -> Any:
        """Return an unfitted estimator, no part of which is left to chance."""
        model = clone(self.estimator)
        return model.set_params(**{**self._left_to_chance, **params})

    @cached_property
    def _left_to_chance(self) -> dict[str, int]:
        """The seeds that are not set, its own and of what it contains, and one each."""
        return {
            name: 0
            for name, value in self.estimator.get_params().items()
            if name.rpartition("__")[2] == "random_state" and value is None
        }

    def fit(self, model: Any, X: Any, y: Any, **fit_params: Any) -> Any:
        """Fit, with what else this estimator's fit needs, and return what fit does."""
        if self.tags.fit_params is not None:
            fit_params = {**self.tags.fit_params(X, y), **fit_params}
        return model.fit(X, y, **fit_params)

    def fitted(self, X: Any, y: Any, *, new: Any = None, **fit_params: Any) -> Any:
        """Return one that is fitted to valid data.

        Raises
        ------
        NotApplicable
            If it cannot be: that is another contract's matter.
        """
        model = self.new() if new is None else new
        try:
            self.fit(model, X, y, **fit_params)
        except Exception as error:
            raise NotApplicable(f"it cannot be fitted here: {_brief(error)}") from error
        return model

    def data(self, case: Case) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """Make the data of a case, such as the estimator's tags say that it takes."""
        if self.target_tags.multi_output and self.target_tags.single_output is False:
            raise NotApplicable("it takes several targets only")
        classes = 2 if self._is_binary else case.k
        if classes != case.k:
            case = Case(case.n, case.p, classes, case.seed, case.style, case.variant)
        X, y = make_data(case, self.kind)
        if self.input_tags.positive_only:
            X = X - X.min()
        if self.target_tags.positive_only:
            y = y - y.min() + 1.0
        return X, y

    @property
    def _is_binary(self) -> bool:
        tags = get_tags(self.estimator).classifier_tags
        return tags is not None and not tags.multi_class

    # --- Asking

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods that work on a fitted one; others are reported once."""
        X, y = self.data(PLAIN)
        model = self.fitted(X, y)
        return tuple(m for m in METHODS if hasattr(model, m) and _works(model, m, X))

    @cached_property
    def seconds(self) -> float:
        """Processor seconds of fitting a small case, and asking it."""
        begin = time.process_time()
        X, y = self.data(PLAIN)
        model = self.fitted(X, y)
        for method in METHODS:
            if hasattr(model, method):
                _works(model, method, X)
        return time.process_time() - begin

    def outputs(self, model: Any, X: Any, *, only: Any = None) -> dict[str, Any]:
        """What each working method says about rows: name to output.

        Parameters
        ----------
        model : estimator
            A fitted one.
        X : array-like
            Rows.
        only : collection of str, default=None
            Methods that are wanted.
        """
        wanted = (
            self.methods if only is None else [m for m in self.methods if m in only]
        )
        if not wanted:
            raise NotApplicable(f"it has none of {', '.join(only or METHODS)}")
        return {method: getattr(model, method)(X) for method in wanted}

    def needs(self, *methods: str) -> None:
        """Raise `NotApplicable` unless all these methods work."""
        for method in methods:
            if method not in self.methods:
                raise NotApplicable(f"it has no {method} that works")

    def tolerance(self, contract_id: str, default: float | None = None) -> float | None:
        """The `rtol` of a contract, by the estimator's own word or by default."""
        return self.tags.tolerance.get(contract_id, default)


def check_is_estimator(who: str, estimator: Any) -> None:
    """Raise unless it is an instance with fit, get_params and set_params."""
    if isinstance(estimator, type):
        raise TypeError(
            f"{who}: estimator must be an instance, got the class "
            f"{estimator.__name__}. Pass {estimator.__name__}()."
        )
    missing = [
        m for m in ("fit", "get_params", "set_params") if not hasattr(estimator, m)
    ]
    if missing:
        raise TypeError(
            f"{who}: estimator must be a scikit-learn estimator, got "
            f"{type(estimator).__name__}, which has no {' and no '.join(missing)}. "
            "Derive it from sklearn.base.BaseEstimator."
        )


def _kind_of(estimator: Any) -> Kind:
    if is_classifier(estimator):
        return "classifier"
    if is_regressor(estimator):
        return "regressor"
    return "transformer" if hasattr(estimator, "transform") else "other"


def _works(model: Any, method: str, X: Any) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(model, method)(X)
        except Exception:
            return False
    return True


def _brief(error: BaseException) -> str:
    """An error's type and the beginning of its text."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:160]}"
