"""A weight says how much a row counts, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklkd.testing._answers import agree, asked, fitted_and_asked, rejected
from sklkd.testing._case import Case, cases
from sklkd.testing._contract import FEW, SOME, contract
from sklkd.testing._same import PATH, Violation, as_array
from sklkd.testing._subject import Subject
from sklkd.testing._variants import layouts, vector_containers
from sklkd.testing.contracts._classification import is_no_classifier
from sklkd.testing.contracts._inputs import CALM
from sklkd.testing.contracts._targets import is_not_supervised

Array = NDArray[Any]
HEAVY = 1000.0


def takes_no_weights(subject: Subject) -> str | None:
    """Why contracts of weights say nothing."""
    return None if subject.takes_weight else "its fit takes no sample_weight"


def _is_not_supervised_by_weights(subject: Subject) -> str | None:
    return takes_no_weights(subject) or is_not_supervised(subject)


# --- What weights mean ----------------------------------------------------------------


@contract("E01", applies=takes_no_weights, data=cases(styles=CALM))
def weights_of_one(subject: Subject, case: Case) -> None:
    """Weights of one are no weights."""
    X, y = subject.data(case)
    _, expected = fitted_and_asked(subject, X, y)
    model = subject.new()
    subject.fit(model, X, y, sample_weight=np.ones(case.n))
    rtol = subject.tolerance("E01", PATH)
    agree(subject, subject.outputs(model, X), expected, rtol=rtol)


@contract(
    "E02",
    level="declared",
    claim="weights_are_repetition",
    applies=takes_no_weights,
    data=cases(styles=CALM),
)
def repetition(subject: Subject, case: Case) -> None:
    """A row with a weight of 2 or 3 is that row twice or three times."""
    X, y = subject.data(case)
    times = np.random.default_rng(case.seed).integers(1, 4, size=case.n)
    row = np.repeat(np.arange(case.n), times)
    repeated = subject.fitted(X[row], y[row])
    model = subject.new()
    subject.fit(model, X, y, sample_weight=times.astype(np.float64))
    rtol = subject.tolerance("E02", PATH)
    expected = asked(subject, repeated, X)
    agree(subject, subject.outputs(model, X), expected, rtol=rtol)


@contract(
    "E03",
    level="declared",
    claim="weights_are_repetition",
    applies=takes_no_weights,
    data=cases(styles=CALM),
)
def removal(subject: Subject, case: Case) -> None:
    """A row with a weight of 0 is not there, however far away it is."""
    X, y = subject.data(case)
    is_kept = _kept(y)
    alone = subject.fitted(X[is_kept], y[is_kept])
    expected = asked(subject, alone, X[is_kept])
    moved = np.where(is_kept[:, np.newaxis], X, 3.0 * X + 20.0)
    model = subject.new()
    subject.fit(model, moved, y, sample_weight=is_kept.astype(np.float64))
    rtol = subject.tolerance("E03", PATH)
    agree(subject, subject.outputs(model, X[is_kept]), expected, rtol=rtol)


def _kept(y: Array) -> NDArray[np.bool_]:
    """Three of four rows, and the first two of each class: (n,) -> (n,)."""
    is_kept = np.arange(len(y)) % 4 != 3
    if y.dtype.kind == "i":
        for label in np.unique(y):
            is_kept[np.flatnonzero(y == label)[:2]] = True
    return is_kept


@contract(
    "E04",
    level="declared",
    claim="weights_win",
    applies=_is_not_supervised_by_weights,
    # Of more classes a coarse estimator takes one blob for the next, and what is light
    # here is heavy there.
    data=cases(k=(2, 2), styles=("blobs",)),
)
def the_heavy_one_wins(subject: Subject, case: Case) -> None:
    """Of two equal rows with different targets the one 1000 times as heavy wins."""
    subject.needs("predict")
    X, y = subject.data(case)
    other = _another_target(subject, y)
    for heavy, light in ((y, other), (other, y)):
        weight = np.repeat([HEAVY, 1.0], case.n)
        model = subject.fitted(
            np.concatenate([X, X]), np.concatenate([heavy, light]), sample_weight=weight
        )
        predicted = as_array(model.predict(X))
        near, far = (_distance(subject, predicted, t) for t in (heavy, light))
        if not near < far:
            raise Violation(
                f"predict: it is {near:.3g} from the heavy targets, and {far:.3g} from "
                "the light ones."
            )


def _another_target(subject: Subject, y: Array) -> Array:
    """Targets that contradict: (n,) -> (n,)."""
    if subject.kind == "classifier":
        labels = np.unique(y)
        return np.roll(labels, -1)[np.searchsorted(labels, y)]
    return y + 10.0 * (1.0 + np.std(y))


def _distance(subject: Subject, predicted: Array, target: Array) -> float:
    if subject.kind == "classifier":
        return float(np.mean(predicted != target))
    return float(np.mean(np.abs(predicted - target)))


# --- Which weights are taken ----------------------------------------------------------


def _with(value: float) -> Callable[[Array], Array]:
    def spoil(weight: Array) -> Array:
        weight = weight.copy()
        weight[len(weight) // 2] = value
        return weight

    return spoil


BAD_WEIGHTS: Mapping[str, Callable[[Array], Any]] = {
    "nan": _with(np.nan),
    "inf": _with(np.inf),
    "too_short": lambda weight: weight[:-1],
    "too_long": lambda weight: np.append(weight, 1.0),
    "two_columns": lambda weight: np.column_stack([weight, weight]),
    "all_zero": np.zeros_like,
    "words": lambda weight: np.full(len(weight), "word"),
}


@contract("E05", applies=takes_no_weights, variants=BAD_WEIGHTS, examples=FEW)
def no_weights(subject: Subject, case: Case, spoil: Callable[[Array], Any]) -> None:
    """Weights that are missing, infinite, of another length or all zero are refused."""
    X, y = subject.data(case)
    subject.fitted(X, y)
    weight, model = spoil(np.ones(case.n)), subject.new()
    rejected(
        lambda: subject.fit(model, X, y, sample_weight=weight),
        f"fit with weights: {case.variant}",
    )


def weight_containers() -> Mapping[str, Callable[[Array], Any]]:
    """What may hold the same whole weights: name to a function of an array."""
    return {
        **vector_containers(),
        "float32": lambda weight: weight.astype(np.float32),
        "int64": lambda weight: weight.astype(np.int64),
        **{name: layouts()[name] for name in ("strided", "negative_strides")},
        "read_only": layouts()["read_only"],
    }


@contract(
    "E06",
    applies=takes_no_weights,
    variants=weight_containers(),
    data=cases(styles=CALM),
    examples=SOME,
)
def containers_of_weights(
    subject: Subject, case: Case, hold: Callable[[Array], Any]
) -> None:
    """Weights in a list, a Series or another type are what an array of them is."""
    X, y = subject.data(case)
    weight = 1.0 + np.random.default_rng(case.seed).permutation(case.n) % 3
    _, expected = fitted_and_asked(subject, X, y, sample_weight=weight)
    model = subject.new()
    subject.fit(model, X, y, sample_weight=hold(weight))
    rtol = subject.tolerance("E06", PATH)
    agree(subject, subject.outputs(model, X), expected, rtol=rtol)


# --- Weights of classes ---------------------------------------------------------------


def _has_no_class_weight(subject: Subject) -> str | None:
    if "class_weight" not in subject.estimator.get_params(deep=False):
        return "it has no parameter class_weight"
    return is_no_classifier(subject) or takes_no_weights(subject)


@contract(
    "E07",
    level="declared",
    claim="class_weight_is_weight",
    applies=_has_no_class_weight,
    data=cases(styles=CALM),
)
def class_weight(subject: Subject, case: Case) -> None:
    """A class weight is a sample weight of every row of that class."""
    X, y = subject.data(case)
    of_class = {int(label): 1.0 + 2.0 * int(label) for label in np.unique(y)}
    weight = np.array([of_class[int(label)] for label in y])
    plain = subject.new(class_weight=None)
    subject.fitted(X, y, new=plain, sample_weight=weight)
    expected = asked(subject, plain, X)
    model = subject.new(class_weight=of_class)
    subject.fit(model, X, y)
    rtol = subject.tolerance("E07", PATH)
    agree(subject, subject.outputs(model, X), expected, rtol=rtol)
