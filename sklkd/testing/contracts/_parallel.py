"""Several at a time, jobs or threads, give what they give one after the other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from joblib import parallel_config
from sklearn.base import clone

from sklkd.testing._answers import agree
from sklkd.testing._case import Case
from sklkd.testing._contract import FEW, SOME, contract
from sklkd.testing._same import PATH
from sklkd.testing._subject import Subject


def _without_jobs(subject: Subject) -> str | None:
    known = "n_jobs" in subject.estimator.get_params(deep=False)
    return None if known else "it has no n_jobs"


@contract("G05", examples=FEW, applies=_without_jobs)
def jobs(subject: Subject, case: Case) -> None:
    """n_jobs=2 gives the model that n_jobs=1 gives.

    The jobs are threads here, as a caller may choose by joblib's parallel_config.
    """
    X, y = subject.data(case)
    one = subject.fitted(X, y, new=subject.new(n_jobs=1))
    expected = subject.outputs(one, X)
    two = subject.new(n_jobs=2)
    with parallel_config(backend="threading"):
        subject.fit(two, X, y)
        got = subject.outputs(two, X)
    rtol = subject.tolerance("G05", PATH)
    agree(subject, got, expected, rtol=rtol, what="with n_jobs=2")


@contract("G06", level="declared", claim="threads_fit_alike", examples=SOME)
def threads(subject: Subject, case: Case) -> None:
    """Two fits in two threads are those in one.

    Where a seed is kept in a generator of the process, two threads draw from it in
    turn.
    """
    X, y = subject.data(case)
    seeds = [subject.new(), subject.new()]
    if subject.seed_param is not None:
        seeds[1].set_params(**{subject.seed_param: 1})
    serial = [
        subject.outputs(subject.fitted(X, y, new=clone(model)), X) for model in seeds
    ]
    together = threading.Barrier(2, timeout=60)

    def fit(model: Any) -> Any:
        together.wait()
        return subject.fit(model, X, y)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(fit, model) for model in seeds]:
            future.result()
    for model, expected in zip(seeds, serial, strict=True):
        agree(
            subject,
            subject.outputs(model, X),
            expected,
            rtol=subject.tolerance("G06"),
            what="fitted beside another",
        )
