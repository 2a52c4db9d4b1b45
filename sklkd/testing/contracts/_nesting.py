"""Inside scikit-learn's own estimators it is what it is alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import isclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils.validation import has_fit_parameter

from sklkd.testing._answers import agree, check_finite
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import FEW, SOME, contract
from sklkd.testing._same import NotApplicable, Violation
from sklkd.testing._subject import Subject

Array = NDArray[Any]
ENOUGH = cases(n=(16, 40), k=(2, 3), styles=("blobs", "ints", "offset"))


# --- Pipelines ------------------------------------------------------------------------


def _in_pipeline(model: Any) -> Pipeline:
    return Pipeline([("nothing", "passthrough"), ("model", model)])


def _takes_arguments(subject: Subject) -> str | None:
    """What fit needs besides X and y, others do not know how to pass on."""
    return (
        None if subject.tags.fit_params is None else "its fit needs more than X and y"
    )


@contract("G01", applies=_takes_arguments, examples=SOME)
def pipeline(subject: Subject, case: Case) -> None:
    """At the end of a Pipeline it answers as alone; its parameters are reached there.

    So does a clone of the Pipeline.
    """
    X, y = subject.data(case)
    expected = subject.outputs(subject.fitted(X, y, new=subject.new()), X)
    whole = _in_pipeline(subject.new())
    for name, value in whole.named_steps["model"].get_params(deep=False).items():
        if whole.get_params()[f"model__{name}"] is not value:
            raise Violation(f"Pipeline: model__{name} is not the parameter {name}.")
        whole.set_params(**{f"model__{name}": value})
    rtol = subject.tolerance("G01")
    for pipe, what in ((whole, "in a Pipeline"), (clone(whole), "in a clone of one")):
        pipe.fit(X, y)
        agree(subject, _outputs(subject, pipe, X), expected, rtol=rtol, what=what)


def _outputs(subject: Subject, whole: Any, X: Any) -> dict[str, Any]:
    """What an estimator that wraps the subject says, by the subject's methods."""
    missing = [method for method in subject.methods if not hasattr(whole, method)]
    if missing:
        raise Violation(
            f"{type(whole).__name__}: it has no {' and no '.join(missing)}."
        )
    return subject.outputs(whole, X)


# --- Folds and searches ---------------------------------------------------------------


def _folds(subject: Subject, y: Array) -> list[tuple[Array, Array]]:
    """Two folds with every class in each, of rows in their order."""
    rank = np.arange(len(y))
    if subject.kind != "regressor":
        for label in np.unique(y):
            rank[y == label] = np.arange(np.sum(y == label))
    first, second = np.flatnonzero(rank % 2), np.flatnonzero(rank % 2 == 0)
    return [(first, second), (second, first)]


@contract("G02", data=ENOUGH, applies=_takes_arguments, examples=FEW)
def search(subject: Subject, case: Case) -> None:
    """cross_val_predict is fits of its folds, and a search ends in a plain fit."""
    subject.needs("predict")
    X, y = subject.data(case)
    folds = _folds(subject, y)
    # Of others than classifiers it wants classes, too, to ask for a decision.
    asked = ASKED if subject.kind == "classifier" else ("predict",)
    by_hand: dict[str, Array] = {}
    for train, test in folds:
        model = subject.fitted(X[train], y[train], new=subject.new())
        for method, output in subject.outputs(model, X[test], only=asked).items():
            whole = by_hand.setdefault(
                method, np.zeros((len(y), *output.shape[1:]), output.dtype)
            )
            whole[test] = output
    rtol = subject.tolerance("G02")
    got = {
        method: cross_val_predict(subject.new(), X, y, cv=folds, method=method)
        for method in by_hand
    }
    agree(subject, got, by_hand, rtol=rtol, what="by cross_val_predict")
    if hasattr(subject.estimator, "score"):
        _search(subject, X, y, folds)


ASKED = ("predict", "predict_proba", "decision_function")


def _search(subject: Subject, X: Array, y: Array, folds: Any) -> None:
    model = subject.new()
    name, value = next(iter(model.get_params(deep=False).items()), (None, None))
    grid = {} if name is None else {name: [value]}
    found = GridSearchCV(model, grid, cv=folds, error_score="raise").fit(X, y)
    expected = subject.outputs(subject.fitted(X, y, new=subject.new()), X)
    rtol = subject.tolerance("G02")
    agree(
        subject,
        _outputs(subject, found, X),
        expected,
        rtol=rtol,
        what="found by GridSearchCV",
    )


# --- Estimators of estimators ---------------------------------------------------------

Wrap = Callable[[Any], Any]
Wrapper = tuple[Wrap, tuple[str, ...]]  # and the methods that must be as alone


_CLASSIFIERS: dict[str, Wrapper] = {
    "VotingClassifier": (
        lambda model: VotingClassifier([("model", model)]),
        ("predict",),
    ),
    "BaggingClassifier": (
        lambda model: BaggingClassifier(model, 2, bootstrap=False, random_state=0),
        (),
    ),
    "MultiOutputClassifier": (MultiOutputClassifier, ()),
}
_SCORED: dict[str, Wrapper] = {
    "CalibratedClassifierCV": (
        lambda model: CalibratedClassifierCV(model, cv=2),
        (),
    ),
    "OneVsRestClassifier": (OneVsRestClassifier, ()),
}
_REGRESSORS: dict[str, Wrapper] = {
    "VotingRegressor": (
        lambda model: VotingRegressor([("model", model)]),
        ("predict",),
    ),
    "BaggingRegressor": (
        lambda model: BaggingRegressor(model, 2, bootstrap=False, random_state=0),
        (),
    ),
    "TransformedTargetRegressor": (
        TransformedTargetRegressor,
        ("predict",),
    ),
    "MultiOutputRegressor": (MultiOutputRegressor, ()),
}
_TRANSFORMERS: dict[str, Wrapper] = {
    "FeatureUnion": (
        lambda model: FeatureUnion([("model", model)]),
        ("transform",),
    ),
}


def _wrappers(subject: Subject) -> Mapping[str, Wrapper]:
    """What may take an estimator of its kind."""
    if subject.kind == "classifier":
        scored = {"predict_proba", "decision_function"} & set(subject.methods)
        return {**_CLASSIFIERS, **(_SCORED if scored else {})}
    if subject.kind == "regressor":
        return _REGRESSORS
    return _TRANSFORMERS if subject.kind == "transformer" else {}


@contract(
    "G03", variants=_wrappers, data=ENOUGH, examples=SOME, applies=_takes_arguments
)
def wrapped(subject: Subject, case: Case, variant: Wrapper) -> None:
    """Ensembles, calibration and multi-output estimators take it, and predict.

    One that merely passes it on answers as it does alone.
    """
    wrap, same_methods = variant
    X, y = subject.data(case)
    for train, _ in _folds(subject, y):
        subject.fitted(X[train], y[train], new=subject.new())
    expected = subject.outputs(subject.fitted(X, y, new=subject.new()), X)
    whole = wrap(subject.new())
    several = str(case.variant).startswith("MultiOutput")
    whole.fit(X, np.column_stack([y, y]) if several else y)
    what = f"in a {case.variant}"
    if not several:
        rtol = subject.tolerance("G03")
        got = {method: getattr(whole, method)(X) for method in same_methods}
        agree(subject, got, {m: expected[m] for m in got}, rtol=rtol, what=what)
    if "predict" in expected and subject.kind in ("classifier", "regressor"):
        _predicts(whole.predict(X), expected["predict"], y, (what, several))


def _predicts(output: Any, alone: Any, y: Array, about: tuple[str, bool]) -> None:
    """Raise unless it is a prediction for each row, and of a class that there is."""
    what, several = about
    wanted = (len(y), 2) if several else np.shape(alone)
    if np.shape(output) != wanted:
        raise Violation(
            f"predict, {what}: the shape is {np.shape(output)}, and must be {wanted}."
        )
    check_finite({"predict": output}, what)
    if y.dtype.kind == "i" and not np.isin(output, y).all():
        raise Violation(f"predict, {what}: it predicts classes that there are not.")


@contract("G07", data=ENOUGH, examples=FEW, applies=_takes_arguments)
def frozen(subject: Subject, case: Case) -> None:
    """In a FrozenEstimator it answers as before, whatever that is fitted to."""
    X, y = subject.data(case)
    model = subject.fitted(X, y, new=subject.new())
    expected = subject.outputs(model, X)
    ice = FrozenEstimator(model).fit(X[::-1], y)
    agree(
        subject,
        _outputs(subject, ice, X),
        expected,
        rtol=subject.tolerance("G07"),
        what="in a FrozenEstimator",
    )


# --- Weights by metadata routing ------------------------------------------------------


def _not_routed(subject: Subject) -> str | None:
    if not subject.takes_weight:
        return "its fit takes no sample_weight"
    if not hasattr(subject.estimator, "set_fit_request"):
        return "it takes no part in metadata routing"
    return _takes_arguments(subject)


@contract("G04", data=ENOUGH, applies=_not_routed, examples=SOME)
def routed_weights(subject: Subject, case: Case) -> None:
    """Weights that are routed through a Pipeline are those of a plain fit."""
    X, y = subject.data(case)
    weight = np.random.default_rng(case.seed).integers(1, 4, case.n).astype(float)
    with config_context(enable_metadata_routing=True):
        model = _requesting(subject)
        subject.fitted(X, y, new=model, sample_weight=weight)
        expected = subject.outputs(model, X)
        pipe = _in_pipeline(_requesting(subject)).fit(X, y, sample_weight=weight)
        got = _outputs(subject, pipe, X)
    rtol = subject.tolerance("G04")
    agree(subject, got, expected, rtol=rtol, what="with routed weights")


def _requesting(subject: Subject) -> Any:
    """An estimator that asks for weights, as do those of its parts that take them."""
    model = subject.new()
    try:
        for part in (model, *model.get_params().values()):
            is_estimator = hasattr(part, "set_fit_request") and not isclass(part)
            if is_estimator and has_fit_parameter(part, "sample_weight"):
                part.set_fit_request(sample_weight=True)
        model.get_metadata_routing()
    except (NotImplementedError, AttributeError, TypeError) as error:
        raise NotApplicable("it takes no part in metadata routing") from error
    return model
