"""A fit that is refused leaves the model of before, or none: never half of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.testing._answers import answers_if_fitted
from sklkd.testing._case import Case, Kind
from sklkd.testing._contract import SOME, contract
from sklkd.testing._same import NotApplicable
from sklkd.testing._subject import Subject
from sklkd.testing._variants import bad_inputs
from sklkd.testing.contracts._randomness import exactly

Array = NDArray[Any]
# What a refused fit is given: X, y and keywords, made of valid X and y.
Spoil = Callable[[Array, Array, Kind], tuple[Any, Any, dict[str, Any]]]


def _input(make: Callable[[Array], Any]) -> Spoil:
    return lambda X, y, _: (make(X), y, {})


def _target(make: Callable[[Array], Any]) -> Spoil:
    return lambda X, y, _: (X, make(y), {})


def _weight(make: Callable[[Array], Any]) -> Spoil:
    return lambda X, y, _: (X, y, {"sample_weight": make(np.ones(len(X)))})


def _half_nan(y: Array) -> Array:
    spoilt = y.astype(np.float64)
    spoilt[::2] = np.nan
    return spoilt


def _unfit_for_kind(X: Array, y: Array, kind: Kind) -> tuple[Any, Any, dict[str, Any]]:
    """Values for a classifier, and words for a regressor."""
    if kind == "regressor":
        return X, np.full(len(X), "word"), {}
    return X, X[:, 0] + 0.5 * np.pi * y, {}


_TARGETS: dict[str, Spoil] = {
    "y_short": _target(lambda y: y[:-1]),
    "y_nan": _target(_half_nan),
    "y_none": _target(lambda _: None),
    "y_one_class": _target(lambda y: np.full(len(y), y[0])),
    "y_of_another_kind": _unfit_for_kind,
}
_WEIGHTS: dict[str, Spoil] = {
    "weight_nan": _weight(lambda w: w * np.nan),
    "weight_short": _weight(lambda w: w[:-1]),
    "weight_words": _weight(lambda w: np.full(len(w), "word")),
}


def _spoilers(subject: Subject) -> Mapping[str, Spoil]:
    """Whatever a fit may refuse: name to what it gets."""
    inputs = {f"x_{name}": _input(make) for name, make in bad_inputs().items()}
    inputs["x_no_rows"] = lambda X, y, _: (X[:0], y[:0], {})
    targets = {} if subject.kind == "transformer" else _TARGETS
    return {**inputs, **targets, **(_WEIGHTS if subject.takes_weight else {})}


@contract("C12", variants=_spoilers, examples=SOME)
def refused_fit(subject: Subject, case: Case, variant: Spoil) -> None:
    """A fit that is refused leaves the old model answering as before, or unfitted.

    The refused data are of other rows and other classes, and as wide as the old. In a
    search or a service that refits at night, a model that is half new answers on, and
    nobody learns that it is neither.
    """
    X, y = subject.data(case)
    model = subject.fitted(X, y, new=subject.new())
    expected = subject.outputs(model, X)
    X_other, y_other = subject.data(replace(case, seed=case.seed + 1))
    if subject.kind == "classifier":
        y_other = y_other + 3
    _refused(subject, model, variant(X_other, y_other, subject.kind))
    _as_before(subject, "C12", model, X, expected)


def _other_columns(subject: Subject) -> Mapping[str, tuple[bool, Spoil]]:
    """Refused fits on other columns: wider, or of other names."""
    spoilers = _spoilers(subject)
    chosen = {
        name: spoilers[name]
        for name in ("x_nan", "y_short", "y_of_another_kind", "weight_nan")
        if name in spoilers
    }
    variants = {f"wider, {name}": (False, spoil) for name, spoil in chosen.items()}
    if find_spec("pandas") is not None:
        variants |= {f"names, {name}": (True, spoil) for name, spoil in chosen.items()}
    return variants


@contract("C19", level="should", variants=_other_columns, examples=SOME)
def refused_columns(subject: Subject, case: Case, variant: tuple[bool, Spoil]) -> None:
    """A fit that is refused does not change which columns the old model expects.

    Where n_features_in_ or feature_names_in_ are set before the data are looked at, the
    old model refuses its own columns afterwards.
    """
    named, spoil = variant
    X, y = subject.data(case)
    rows = _frame(X, "old") if named else X
    model = subject.fitted(rows, y, new=subject.new())
    expected = subject.outputs(model, rows)
    X_other, y_other = subject.data(replace(case, p=case.p + (not named)))
    X_bad, y_bad, keywords = spoil(X_other, y_other, subject.kind)
    if named:
        X_bad = _frame(X_bad, "new")
    _refused(subject, model, (X_bad, y_bad, keywords))
    _as_before(subject, "C19", model, rows, expected)


def _frame(X: Array, prefix: str) -> Any:
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(X, columns=[f"{prefix}_{i}" for i in range(X.shape[1])])


def _refused(
    subject: Subject, model: Any, arguments: tuple[Any, Any, dict[str, Any]]
) -> None:
    """Fit, and see it refused, however that is said."""
    X, y, keywords = arguments
    try:
        subject.fit(model, X, y, **keywords)
    except Exception:
        return
    raise NotApplicable("such a fit is not refused")


def _as_before(
    subject: Subject,
    contract_id: str,
    model: Any,
    X: Any,
    expected: Mapping[str, Any],
) -> None:
    """Raise unless it answers as before, or says that it is not fitted."""
    what = "after a refused fit"
    must = "It must answer as before, or raise NotFittedError."
    for method, output in answers_if_fitted(model, X, expected, what=what, must=must):
        exactly(
            subject, contract_id, {method: output}, {method: expected[method]}, what
        )
