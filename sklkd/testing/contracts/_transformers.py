"""Transformers: one way or the other they give the same numbers, under their names."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from sklkd.testing._case import Case
from sklkd.testing._contract import SOME, contract
from sklkd.testing._same import Violation, as_array, same
from sklkd.testing._subject import Subject


def _no_transformer(subject: Subject) -> str | None:
    return None if hasattr(subject.estimator, "transform") else "it has no transform"


def _no_set_output(subject: Subject) -> str | None:
    if not hasattr(subject.estimator, "set_output"):
        return "it has no set_output"
    return _no_transformer(subject)


def _libraries(_: Subject) -> dict[str, str]:
    return {name: name for name in ("pandas", "polars") if find_spec(name) is not None}


@contract("I01", variants=_libraries, examples=SOME, applies=_no_set_output)
def set_output(subject: Subject, case: Case, library: str) -> None:
    """After set_output a DataFrame holds the same numbers, and columns have names.

    The names are those of get_feature_names_out. In pandas the index is that of X.
    """
    subject.needs("transform")
    X, y = subject.data(case)
    model = subject.fitted(X, y, new=subject.new())
    expected = as_array(model.transform(X))
    names = [str(name) for name in model.get_feature_names_out()]
    rows, index = _with_index(X) if library == "pandas" else (X, None)
    framed = subject.new().set_output(transform=library)
    subject.fit(framed, rows, y)
    frame = framed.transform(rows)
    if type(frame).__module__.partition(".")[0] != library:
        kind = type(frame).__name__
        raise Violation(f"transform: it returns {kind}, set to {library}.")
    same(frame, expected, f"transform, in {library}", rtol=subject.tolerance("I01"))
    wanted = names if index is None else [*map(str, framed.get_feature_names_out())]
    if list(frame.columns) != wanted:
        raise Violation(
            f"transform: the columns are {list(frame.columns)}, and must be {wanted}."
        )
    if index is not None and list(frame.index) != index:
        raise Violation("transform: the index is not that of X.")


def _with_index(X: Any) -> tuple[Any, list[int]]:
    """A DataFrame whose index is out of order, and that index."""
    import pandas as pd  # noqa: PLC0415

    index = (10 + np.random.default_rng(0).permutation(len(X))).tolist()
    names = [f"column_{i}" for i in range(X.shape[1])]
    return pd.DataFrame(X, columns=names, index=index), index


def _no_fit_transform(subject: Subject) -> str | None:
    if not hasattr(subject.estimator, "fit_transform"):
        return "it has no fit_transform"
    return _no_transformer(subject)


@contract("I02", applies=_no_fit_transform)
def fit_transform(subject: Subject, case: Case) -> None:
    """fit_transform gives what fit and then transform give, and leaves the same model.

    A pipeline calls the one to fit, and the other ever after.
    """
    subject.needs("transform")
    X, y = subject.data(case)
    expected = as_array(subject.fitted(X, y, new=subject.new()).transform(X))
    model = subject.new()
    further = {}
    if subject.tags.fit_params is not None:
        further = dict(subject.tags.fit_params(X, y))
    output = model.fit_transform(X, y, **further)
    rtol = subject.tolerance("I02")
    same(output, expected, "fit_transform", rtol=rtol)
    same(model.transform(X), expected, "transform, after fit_transform", rtol=rtol)
