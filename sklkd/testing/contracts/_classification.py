"""What a classifier says of a row in several ways is one thing said in several ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.testing._answers import fitted_and_asked, margins, same_labels
from sklkd.testing._case import Case
from sklkd.testing._contract import contract
from sklkd.testing._same import Violation, as_array, greatest, same
from sklkd.testing._subject import Subject
from sklkd.testing._variants import label_bijections

SUM = 1e-5  # by which probabilities may fail to add up to 1
APART = 1e-6  # below which the two best scores are a tie
KINDS = ("numbers", "words_of_unequal_length", "negative")


def is_no_classifier(subject: Subject) -> str | None:
    """Why contracts of classes say nothing."""
    return None if subject.kind == "classifier" else "it is no classifier"


Named = tuple[Callable[[NDArray[Any]], Any], str | None]


def _labels() -> Mapping[str, Named]:
    """Names of the classes, and the style of the columns where it is fixed."""
    known = {"numbers": lambda y: y, **label_bijections()}
    kinds: dict[str, Named] = {name: (known[name], None) for name in KINDS}
    return {**kinds, "mixed_scale": (known["numbers"], "mixed_scale")}


@contract("B13", applies=is_no_classifier, variants=_labels())
def one_opinion(subject: Subject, case: Case, kind: Named) -> None:
    """Classes, probabilities, their logarithms, scores and labels all say the same.

    `classes_` are the sorted labels. Probabilities lie between 0 and 1, and each row
    adds up to 1. The label is one of the classes: that of the highest probability, and
    of the highest score, or of the sign of a binary one, where there is no tie.
    """
    named, style = kind
    X, y = subject.data(case if style is None else replace(case, style=style))
    y = named(y)
    model, outputs = fitted_and_asked(subject, X, y)
    classes = as_array(model.classes_)
    same_labels(classes, np.unique(y), "classes_")
    label = as_array(outputs["predict"]) if "predict" in outputs else None
    if label is not None:
        _check_known(label, classes)
    if "predict_proba" in outputs:
        _check_proba(as_array(outputs["predict_proba"]), (case.n, len(classes)))
        _check_log(outputs)
        _check_best(as_array(outputs["predict_proba"]), label, classes, "predict_proba")
    if "decision_function" in outputs and not _votes_of_pairs(subject, len(classes)):
        scores = as_array(outputs["decision_function"])
        _check_decision_shape(scores, (case.n, len(classes)))
        _check_best(scores, label, classes, "decision_function")


def _votes_of_pairs(subject: Subject, k: int) -> bool:
    """Whether scores belong to pairs of classes, or ties are broken otherwise."""
    params = subject.estimator.get_params(deep=False)
    is_pairwise = params.get("decision_function_shape") == "ovo"
    return k > 2 and (is_pairwise or params.get("break_ties") is False)


def _check_known(label: NDArray[Any], classes: NDArray[Any]) -> None:
    strangers = sorted(set(label.tolist()) - set(classes.tolist()), key=repr)
    if strangers:
        raise Violation(f"predict: {strangers[0]!r} is none of classes_ {classes}.")


def _check_proba(proba: NDArray[Any], shape: tuple[int, int]) -> None:
    if proba.shape != shape:
        raise Violation(
            f"predict_proba: the shape is {proba.shape}, and must be {shape}."
        )
    # Of NaN, no comparison is true.
    if not ((proba >= 0.0) & (proba <= 1.0 + SUM)).all():
        worst = proba[~((proba >= 0.0) & (proba <= 1.0 + SUM))][0]
        raise Violation(f"predict_proba: {worst} is not between 0 and 1.")
    total = proba.sum(axis=1, dtype=np.float64)
    if np.abs(total - 1.0).max() > SUM:
        worst = total[np.abs(total - 1.0).argmax()]
        raise Violation(f"predict_proba: a row adds up to {worst:.7g}, and must to 1.")


def _check_log(outputs: Mapping[str, Any]) -> None:
    if "predict_log_proba" not in outputs:
        return
    proba = as_array(outputs["predict_proba"])
    log = as_array(outputs["predict_log_proba"])
    same(np.exp(log), proba, "exp of predict_log_proba", rtol=SUM)
    likely = proba > SUM
    same(log[likely], np.log(proba[likely]), "predict_log_proba", rtol=1e-3)


def _check_decision_shape(scores: NDArray[Any], shape: tuple[int, int]) -> None:
    n, k = shape
    wanted = (n,) if k == 2 else shape
    if scores.shape != wanted and k > 1:
        raise Violation(
            f"decision_function: the shape is {scores.shape}, and must be {wanted}."
        )


def _check_best(
    scores: NDArray[Any], label: Any, classes: NDArray[Any], method: str
) -> None:
    """Labels are those of the best scores: (n,) or (n, k), (n,), (k,)."""
    if label is None:
        return
    best = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
    clear = margins(scores) > APART * greatest(scores)
    same_labels(label, classes[best], f"predict, beside {method}", clear)
