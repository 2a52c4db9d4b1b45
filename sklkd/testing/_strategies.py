"""Strategies: hypothesis draws the structure, and a seeded generator the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import torch
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from sklkd._validation import check_choice

SCALES = (0.1, 1.0, 5.0, 30.0)
SEEDS = st.integers(0, 999)


@st.composite
def logits(
    draw: Any, *, n: tuple[int, int] = (1, 5), k: tuple[int, int] = (2, 6)
) -> Tensor:
    """Draw unnormalised log-probabilities, from nearly equal to nearly certain ones.

    Parameters
    ----------
    n, k : tuple of int
        Least and greatest number of rows and classes.

    Returns
    -------
    hypothesis strategy of Tensor of shape (n, k), float64

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from sklkd.testing import logits
    >>> @settings(max_examples=5, database=None)
    ... @given(values=logits(k=(3, 3)))
    ... def test_they_are_finite(values):
    ...     assert values.isfinite().all() and values.shape[1] == 3
    >>> test_they_are_finite()
    """
    shape = draw(st.integers(*n)), draw(st.integers(*k))
    rng = np.random.default_rng(draw(SEEDS))
    return torch.from_numpy(rng.normal(scale=draw(st.sampled_from(SCALES)), size=shape))


@st.composite
def teacher_outputs(
    draw: Any,
    task: Literal["classification", "regression"] = "classification",
    *,
    n: tuple[int, int] = (1, 30),
    k: tuple[int, int] = (2, 6),
) -> NDArray[np.float64]:
    """Draw what a teacher says of rows: probabilities, some of them 0 or 1; or values.

    Parameters
    ----------
    task : {"classification", "regression"}, default="classification"
        What the teacher does.
    n, k : tuple of int
        Least and greatest number of rows, and of classes or targets.

    Returns
    -------
    hypothesis strategy of ndarray of shape (n, k)

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from sklkd.testing import teacher_outputs
    >>> @settings(max_examples=5, database=None)
    ... @given(proba=teacher_outputs())
    ... def test_they_sum_to_one(proba):
    ...     assert abs(proba.sum(axis=1) - 1).max() < 1e-12
    >>> test_they_sum_to_one()
    """
    check_choice("teacher_outputs", "task", task, ["classification", "regression"])
    said = draw(logits(n=n, k=k))
    if task == "regression":
        return said.numpy()
    proba: NDArray[np.float64] = said.softmax(dim=1).numpy()
    n_certain = draw(st.integers(0, len(proba)))  # as forests of pure leaves are
    proba[:n_certain] = np.eye(proba.shape[1])[proba[:n_certain].argmax(axis=1)]
    return proba


@st.composite
def weights(draw: Any, n: int) -> NDArray[np.float64]:
    """Draw sample weights: of ones, whole numbers, zeros among them, or of all sizes.

    Parameters
    ----------
    n : int
        Number of rows, at least 1.

    Returns
    -------
    hypothesis strategy of ndarray of shape (n,)
        Not negative, and not all zero.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from sklkd.testing import weights
    >>> @settings(max_examples=5, database=None)
    ... @given(weight=weights(4))
    ... def test_some_row_counts(weight):
    ...     assert weight.sum() > 0 and weight.min() >= 0
    >>> test_some_row_counts()
    """
    rng = np.random.default_rng(draw(SEEDS))
    found = {
        "ones": np.ones(n),
        "counts": rng.integers(0, 4, size=n).astype(np.float64),
        "zeros": (rng.random(n) < 0.5).astype(np.float64),
        "all_sizes": np.exp(rng.normal(scale=5.0, size=n)),
    }[draw(st.sampled_from(["ones", "counts", "zeros", "all_sizes"]))]
    if not found.any():
        found[0] = 1.0
    return found


@st.composite
def frames(
    draw: Any,
    *,
    n: tuple[int, int] = (8, 30),
    package: Literal["pandas", "polars"] | None = None,
    missing: bool = True,
) -> Any:
    """Draw DataFrames of numbers, whole numbers, words, truths and dates, with gaps.

    Parameters
    ----------
    n : tuple of int
        Least and greatest number of rows.
    package : {"pandas", "polars"}, default=None
        None takes those that are installed.
    missing : bool, default=True
        Whether values are missing, about one of ten.

    Returns
    -------
    hypothesis strategy of DataFrame

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from sklkd.testing import frames
    >>> @settings(max_examples=5, database=None)
    ... @given(frame=frames(n=(8, 9)))
    ... def test_rows(frame):
    ...     assert len(frame) in (8, 9)
    >>> test_rows()
    """
    installed = [p for p in ("pandas", "polars") if find_spec(p) is not None]
    if package is not None:
        check_choice("frames", "package", package, ["pandas", "polars"])
        installed = [p for p in installed if p == package]
    if not installed:
        raise ImportError(f"frames: {package or 'pandas or polars'} must be installed.")
    rows = draw(st.integers(*n))
    rng = np.random.default_rng(draw(SEEDS))
    kinds = draw(st.lists(st.sampled_from([*_COLUMNS]), min_size=1, max_size=5))
    columns = {f"{kind} {i}": _COLUMNS[kind](rng, rows) for i, kind in enumerate(kinds)}
    if missing:
        for values in columns.values():
            for row in np.flatnonzero(rng.random(rows) < 0.1):
                values[row] = None
    return _frame(draw(st.sampled_from(installed)), columns)


_WORDS = np.array(["red", "green", "blue", "dark red"])
_FIRST_DAY = np.datetime64("2020-01-01")
_COLUMNS: Mapping[str, Any] = {
    "number": lambda rng, n: rng.normal(size=n).tolist(),
    "count": lambda rng, n: rng.integers(0, 9, size=n).tolist(),
    "word": lambda rng, n: _WORDS[rng.integers(0, 4, size=n)].tolist(),
    "truth": lambda rng, n: (rng.random(n) < 0.5).tolist(),
    "day": lambda rng, n: (_FIRST_DAY + rng.integers(0, 999, size=n)).tolist(),
}


def _frame(package: str, columns: dict[str, list[Any]]) -> Any:
    if package == "polars":
        import polars as pl  # noqa: PLC0415

        return pl.DataFrame(columns, strict=False)
    import pandas as pd  # noqa: PLC0415

    frame = pd.DataFrame(columns)
    for name in frame.columns:
        if name.startswith("day"):
            frame[name] = pd.to_datetime(frame[name])
    return frame


def estimator_params(estimator: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Draw valid parameters, where scikit-learn knows what is valid.

    Parameters
    ----------
    estimator : estimator
        Its ``_parameter_constraints`` are read; without them nothing is drawn.

    Returns
    -------
    hypothesis strategy of dict
        A subset of the parameters that are numbers, names or truths.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from sklearn.base import clone
    >>> from sklearn.linear_model import Ridge
    >>> from sklkd.testing import estimator_params
    >>> @settings(max_examples=5, database=None)
    ... @given(params=estimator_params(Ridge()))
    ... def test_they_are_taken(params):
    ...     clone(Ridge()).set_params(**params)
    >>> test_they_are_taken()
    """
    known = getattr(estimator, "_parameter_constraints", {})
    drawn = {}
    for name in estimator.get_params(deep=False):
        options = known.get(name, [])
        if isinstance(options, list):
            parts = [part for option in options if (part := _valid(option)) is not None]
            if parts:
                drawn[name] = st.one_of(*parts)
    return st.fixed_dictionaries({}, optional=drawn)


def _valid(option: Any) -> st.SearchStrategy[Any] | None:
    """Values that a constraint of scikit-learn's allows; None where that is open."""
    if option is None:
        return st.none()
    if isinstance(option, str):
        return {"boolean": st.booleans(), "random_state": SEEDS}.get(option)
    kind = type(option).__name__
    if kind in ("StrOptions", "Options"):
        usable = set(option.options) - set(getattr(option, "deprecated", None) or ())
        return st.sampled_from(sorted(usable, key=str))
    if kind == "Interval":
        return _within(option)
    return None


def _within(interval: Any) -> st.SearchStrategy[Any]:
    """Numbers in an interval, near its ends and not beyond what is usual."""
    whole = interval.type.__name__ == "Integral"
    low = -1000 if interval.left is None else interval.left
    high = low + 1000 if interval.right is None else interval.right
    if whole:
        low += interval.closed in ("right", "neither") and interval.left is not None
        high -= interval.closed in ("left", "neither") and interval.right is not None
        return st.integers(int(low), int(min(high, low + 1000)))
    open_low = interval.closed in ("right", "neither") and interval.left is not None
    open_high = interval.closed in ("left", "neither") and interval.right is not None
    return st.floats(
        float(low),
        float(min(high, low + 1000)),
        exclude_min=open_low,
        exclude_max=open_high,
        allow_subnormal=False,
    )
