"""One seed gives one result, and nobody else's random numbers are touched."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.base import clone

from sklkd.testing._answers import agree
from sklkd.testing._case import Case
from sklkd.testing._contract import SOME, contract
from sklkd.testing._fence import changes, global_randomness
from sklkd.testing._same import Violation, same
from sklkd.testing._subject import Subject

_ODD = 20_000_003  # far from any seed that people choose


def _left_to_chance(subject: Subject) -> str | None:
    return None if subject.tags.deterministic else "it is not deterministic, it says"


@contract("C01", applies=_left_to_chance, examples=SOME)
def seed_decides(subject: Subject, case: Case) -> None:
    """Two fits with one seed are equal to the last bit, whatever others have drawn.

    The global generators of Python, numpy and torch are in another state for the second
    fit. A difference of 1e-8 counts: it is how a shuffling shows on a small table that
    the seed does not decide, and on a large one it gives another model.
    """
    X, y = subject.data(case)
    _set_globals(case.seed)
    one = subject.outputs(subject.fitted(X, y, new=subject.new()), X)
    _set_globals(case.seed + 1)
    other = subject.outputs(subject.fitted(X, y, new=subject.new()), X)
    exactly(subject, "C01", other, one, "fitted again with the same seed")


@contract("C02", applies=_left_to_chance, examples=SOME)
def global_streams(subject: Subject, case: Case) -> None:
    """With a seed, nothing draws from the global random generators, or seeds them.

    Neither making an estimator nor copying, fitting or asking it: somebody else's
    experiment, seeded with care, must not depend on it.
    """
    X, y = subject.data(case)
    subject.fitted(X, y)  # what is drawn once, on import, is not counted
    _set_globals(_ODD + case.seed)  # or who seeds with 0 finds what he left just now
    model = _untouched(lambda: clone(subject.new()), "making it")
    _untouched(lambda: subject.fit(model, X, y), "fit")
    for method in subject.methods:
        _untouched(partial(getattr(model, method), X), method)


def _without_seed(subject: Subject) -> str | None:
    if subject.seed_param is None:
        return "it has no random_state"
    return _left_to_chance(subject)


@contract("C03", applies=_without_seed, examples=SOME)
def random_state_instance(subject: Subject, case: Case) -> None:
    """A RandomState is as good a seed as an int, and is kept as the parameter.

    Two in the same state give equal fits.
    """
    X, y = subject.data(case)
    subject.fitted(X, y)
    fits = []
    for _ in range(2):
        # The parameter takes the legacy class, and no Generator.
        state = np.random.RandomState(case.seed)
        model = subject.new(**{str(subject.seed_param): state})
        subject.fit(model, X, y)
        if model.get_params()[subject.seed_param] is not state:
            raise Violation(f"{subject.seed_param}: it is not the RandomState given.")
        fits.append(subject.outputs(model, X))
    exactly(subject, "C03", fits[1], fits[0], "fitted again with an equal RandomState")


# --- What other contracts use as well -------------------------------------------------


def exactly(
    subject: Subject,
    contract_id: str,
    outputs: Mapping[str, Any],
    expected: Mapping[str, Any],
    what: str,
) -> None:
    """Raise unless outputs are equal to the last bit, or to what the tags tolerate."""
    rtol = subject.tolerance(contract_id)
    if rtol is not None:
        agree(subject, outputs, expected, rtol=rtol, what=what)
        return
    for method, output in outputs.items():
        same(output, expected[method], f"{method}, {what}", exact=True)


def _set_globals(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)


def _untouched(call: Any, what: str) -> Any:
    """Call, and raise if a global generator is in another state afterwards."""
    before = global_randomness()
    result = call()
    touched = changes(before, global_randomness())
    if touched:
        raise Violation(
            f"{what}: it changes the state of {' and '.join(touched)}; only generators "
            "of its own may."
        )
    return result
