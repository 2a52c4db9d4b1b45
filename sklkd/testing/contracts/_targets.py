"""Targets are what they say, under any name and in any hands; others are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import get_tags

from sklkd.testing._answers import (
    agree,
    clear_rows,
    fitted_and_asked,
    one_line,
    refusal,
    same_labels,
)
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import FEW, SOME, contract
from sklkd.testing._same import PATH, NotApplicable, Violation, as_array, same
from sklkd.testing._subject import Subject
from sklkd.testing._variants import label_bijections, vector_containers
from sklkd.testing.contracts._classification import is_no_classifier
from sklkd.testing.contracts._inputs import CALM

Array = NDArray[Any]
Rename = Callable[[Array], Any]
ENOUGH = 0.95  # of rows that agree, where training takes another path


def is_not_supervised(subject: Subject) -> str | None:
    """Why contracts of targets say nothing."""
    if subject.kind in ("classifier", "regressor"):
        return None
    return "it neither classifies nor regresses"


def _knows_labels(subject: Subject) -> str | None:
    params = subject.estimator.get_params()
    for name, value in params.items():
        if name.split("__")[-1] == "class_weight" and isinstance(value, Mapping):
            return f"{name} names the labels"
    return is_no_classifier(subject)


# --- Labels under other names ---------------------------------------------------------


@contract("D01", applies=_knows_labels, variants=label_bijections(), examples=SOME)
def names_of_classes(subject: Subject, case: Case, rename: Rename) -> None:
    """Classes under other names, in the same order, are predicted under those names.

    Numbers with gaps, negative and huge ones, booleans, floats, words of any length and
    script, categories: scores stay, and `classes_` and the labels are the new names. A
    label is never an index, never cut short and never of another type.
    """
    if case.variant == "bool":
        case = replace(case, k=2)
    X, y = subject.data(case)
    _, expected = fitted_and_asked(subject, X, y)
    model = subject.new()
    subject.fit(model, X, rename(y))
    names = as_array(rename(np.arange(len(np.unique(y)))))
    same_labels(model.classes_, names, "classes_")
    if "predict" in expected:
        expected["predict"] = names[as_array(expected["predict"]).astype(int)]
    outputs = subject.outputs(model, X)
    agree(subject, outputs, expected, rtol=subject.tolerance("D01"))


@contract(
    "D02",
    level="declared",
    claim="label_symmetric",
    applies=_knows_labels,
    variants=label_bijections(order_preserving=False),
    data=cases(n=(20, 40), styles=("blobs",)),
)
def order_of_classes(subject: Subject, case: Case, rename: Rename) -> None:
    """Any renaming of classes renames the predictions, for 95 % of the clear rows.

    Which class is the first one does not matter, unless two are as likely.
    """
    subject.needs("predict")
    X, y = subject.data(case)
    _, expected = fitted_and_asked(subject, X, y)
    model = subject.new()
    subject.fit(model, X, rename(y))
    wanted = as_array(rename(as_array(expected["predict"]).astype(int)))
    agrees = as_array(model.predict(X)) == wanted
    clear = clear_rows(expected)
    if clear is not None and not clear.any():
        raise NotApplicable("it takes two classes for as likely in every row")
    share = float(np.mean(agrees if clear is None else agrees[clear]))
    if share < ENOUGH:
        raise Violation(f"predict: {share:.0%} of the labels agree, and 95 % must.")


# --- Targets in other hands -----------------------------------------------------------


def target_containers(subject: Subject) -> Mapping[str, Callable[[Array], Any]]:
    """What may hold the same target: name to a function of an array."""
    found: dict[str, Callable[[Array], Any]] = {
        **vector_containers(),
        "tuple": lambda y: tuple(y.tolist()),
        "column": lambda y: y[:, np.newaxis],
    }
    if subject.kind == "classifier":
        found["int32"] = lambda y: y.astype(np.int32)
        found["float64"] = lambda y: y.astype(np.float64)
    else:
        found["float32"] = lambda y: y.astype(np.float32)
    return found


@contract(
    "D03",
    applies=is_not_supervised,
    variants=target_containers,
    data=cases(styles=CALM),
    examples=SOME,
)
def containers_of_targets(
    subject: Subject, case: Case, hold: Callable[[Array], Any]
) -> None:
    """A target in a list, a Series or another type is what an array of it is.

    The order counts, and no index. Of a column, a regressor that takes several targets
    may predict a column.
    """
    X, y = subject.data(case)
    if subject.kind == "regressor":
        y = y.astype(np.float32).astype(np.float64)  # which float32 holds exactly
    _, expected = fitted_and_asked(subject, X, y)
    model = subject.new()
    subject.fit(model, X, hold(y))
    outputs = {m: as_array(o) for m, o in subject.outputs(model, X).items()}
    may_be_column = case.variant == "column" and subject.target_tags.multi_output
    if may_be_column and outputs.get("predict", np.empty(0)).shape == (case.n, 1):
        outputs["predict"] = outputs["predict"][:, 0]
    agree(subject, outputs, expected, rtol=subject.tolerance("D03", PATH))


# --- Targets that are none ------------------------------------------------------------


def _with(value: float) -> Callable[[Array], Array]:
    def spoil(y: Array) -> Array:
        y = y.astype(np.float64)
        y[len(y) // 2] = value
        return y

    return spoil


def _mixed(y: Array) -> Array:
    mixed = y.astype(object)
    mixed[::2] = "word"
    return mixed


BAD_TARGETS: Mapping[str, Callable[[Array], Any]] = {
    "nan": _with(np.nan),
    "inf": _with(np.inf),
    "none": lambda _: None,
    "scalar": lambda _: 1.0,
    "too_short": lambda y: y[:-1],
    "too_long": lambda y: np.append(y, y[0]),
    "empty": lambda y: y[:0],
    "two_columns": lambda y: np.column_stack([y, y[::-1]]),
    "three_dimensions": lambda y: y.reshape(-1, 1, 1),
    "mixed": _mixed,
}
BAD_OF_KIND: Mapping[str, Mapping[str, Callable[[Array], Any]]] = {
    "classifier": {"continuous": lambda y: y + np.linspace(0.1, 0.7, len(y))},
    "regressor": {"words": lambda y: np.full(len(y), "word")},
}


def _bad_targets(subject: Subject) -> Mapping[str, Callable[[Array], Any]]:
    return {**BAD_TARGETS, **BAD_OF_KIND.get(subject.kind, {})}


def _takes(subject: Subject, name: str | None) -> bool:
    tags = subject.target_tags
    classifier = get_tags(subject.estimator).classifier_tags
    is_multilabel = classifier is not None and classifier.multi_label
    return (name == "none" and not tags.required) or (
        name == "two_columns" and (tags.multi_output or is_multilabel)
    )


@contract("D05", applies=is_not_supervised, variants=_bad_targets, examples=FEW)
def no_target(subject: Subject, case: Case, spoil: Callable[[Array], Any]) -> None:
    """A target that is missing, not finite, of another length or kind is refused.

    A classifier refuses numbers that are no classes, and a regressor words. Two columns
    are refused, or two are predicted.
    """
    if _takes(subject, case.variant):
        raise NotApplicable(f"its tags say that it takes a target of {case.variant}")
    X, y = subject.data(case)
    subject.fitted(X, y)
    bad, model = spoil(y), subject.new()
    what = f"fit to a target: {case.variant}"
    error = refusal(lambda: subject.fit(model, X, bad), what)
    if error is None and not _predicts_two(model, X, case):
        raise Violation(f"{what}: it is accepted, and must be refused.")


def _predicts_two(model: Any, X: Array, case: Case) -> bool:
    """Whether it takes two columns for two targets, though its tags do not say so."""
    if case.variant != "two_columns" or not hasattr(model, "predict"):
        return False
    return np.shape(model.predict(X)) == (case.n, 2)


# --- One class ------------------------------------------------------------------------


def _one(name: Any) -> Rename:
    return lambda y: np.full(len(y), name)


@contract(
    "D04",
    applies=_knows_labels,
    variants={"number": _one(3), "word": _one("only"), "bool": _one(True)},
    examples=FEW,
)
def one_class(subject: Subject, case: Case, name: Rename) -> None:
    """A target of one class is refused in words, or that class is predicted always.

    Then `classes_` has one entry, and the probabilities one column, of ones.
    """
    X, y = subject.data(case)
    subject.fitted(X, y)
    y, model = name(y), subject.new()
    error = _refusal_of_one_class(subject, model, X, y)
    if error is not None:
        return
    same_labels(model.classes_, y[:1], "classes_")
    for method, output in subject.outputs(model, X).items():
        values = as_array(output)
        if method == "predict":
            same_labels(values, y, "predict")
        elif method == "predict_proba":
            same(values, np.ones((case.n, 1)), "predict_proba")


def _refusal_of_one_class(
    subject: Subject, model: Any, X: Array, y: Array
) -> Exception | None:
    error = refusal(lambda: subject.fit(model, X, y), "fit to one class")
    if error is not None and not any(word in str(error).lower() for word in _WORDS):
        raise Violation(
            f"fit to one class: the error does not say so: {one_line(error)}"
        )
    return error


_WORDS = ("class", "label", "unique", "target", "categor")
