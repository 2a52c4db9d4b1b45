"""Learning in batches: classes and columns are those that were there at first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.testing._answers import rejected
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import contract
from sklkd.testing._same import NotApplicable, Violation, same
from sklkd.testing._subject import Subject

Array = NDArray[Any]
THREE = cases(n=(12, 40), k=(3, 4), styles=("blobs", "offset"))


def _no_batches(subject: Subject) -> str | None:
    if not hasattr(subject.estimator, "partial_fit"):
        return "it has no partial_fit"
    return None if subject.kind == "classifier" else "it is no classifier"


@contract("H01", data=THREE, applies=_no_batches)
def missing_class(subject: Subject, case: Case) -> None:
    """A batch may lack classes: those that were declared first stay, in their order.

    Columns of predict_proba are those of classes_ after every batch.
    """
    X, y = _of_three_classes(subject, case)
    classes = np.unique(y)
    model = _first_batch(subject, X[y != classes[-1]], y[y != classes[-1]], classes)
    _knows(subject, model, X, classes)
    model.partial_fit(X[y != classes[0]], y[y != classes[0]])
    _knows(subject, model, X, classes)


def _of_three_classes(subject: Subject, case: Case) -> tuple[Array, Array]:
    """Of three at least, that a batch without one of them still has two."""
    X, y = subject.data(replace(case, k=max(case.k, 3)))
    if len(np.unique(y)) < 3:
        raise NotApplicable("it takes two classes only")
    return X, y


def _first_batch(subject: Subject, X: Array, y: Array, classes: Array) -> Any:
    model = subject.new()
    try:
        model.partial_fit(X, y, classes=classes)
    except TypeError as error:
        raise NotApplicable("its partial_fit takes no classes") from error
    return model


def _knows(subject: Subject, model: Any, X: Array, classes: Array) -> None:
    """Raise unless it has these classes, and speaks of these alone."""
    same(model.classes_, classes, "classes_")
    outputs = subject.outputs(model, X)
    if not np.isin(outputs.get("predict", classes), classes).all():
        raise Violation("predict: it predicts classes that were not declared.")
    if "predict_proba" in outputs:
        shape = np.shape(outputs["predict_proba"])
        if shape != (len(X), len(classes)):
            raise Violation(
                f"predict_proba: the shape is {shape}, and must be "
                f"{(len(X), len(classes))}."
            )


# What partial_fit must refuse after a first batch: X, y and further arguments.
Batch = Callable[[Array, Array], tuple[Array, Array, dict[str, Any]]]
_REFUSED: Mapping[str, Batch | None] = {
    "no_classes_at_first": None,
    "undeclared_label": lambda X, y: (X, y + 10, {}),
    "other_width": lambda X, y: (np.hstack([X, X]), y, {}),
    "other_classes": lambda X, y: (X, y, {"classes": np.unique(y) + 10}),
}


@contract("H02", variants=_REFUSED, data=THREE, applies=_no_batches)
def refused_batch(subject: Subject, case: Case, batch: Batch | None) -> None:
    """A batch of undeclared labels, another width or other classes is refused.

    So is a first batch that does not declare classes: those that it happens to hold are
    no promise.
    """
    X, y = _of_three_classes(subject, case)
    model = _first_batch(subject, X, y, np.unique(y))
    if batch is None:
        rejected(lambda: subject.new().partial_fit(X, y), "a first batch")
        return
    X_bad, y_bad, arguments = batch(X, y)
    what = f"a batch, {str(case.variant).replace('_', ' ')}"
    rejected(lambda: model.partial_fit(X_bad, y_bad, **arguments), what)
