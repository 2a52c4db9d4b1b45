"""The checks of scikit-learn, those among them that it keeps to itself."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest import SkipTest

from sklearn.base import clone
from sklearn.utils import estimator_checks

from sklkd.testing._fence import fenced
from sklkd.testing._result import ContractResult, Status
from sklkd.testing._run import text_of
from sklkd.testing._subject import Subject

# Defined beside the others, and run on scikit-learn's own estimators alone.
KEPT = (
    "check_dataframe_column_names_consistency",
    "check_inplace_ensure_writeable",
)
KEPT_OF_TRANSFORMERS = (
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
    "check_get_feature_names_out_error",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_global_output_transform_pandas",
    "check_global_set_output_transform_polars",
)
KEPT_WITH_CONSTRAINTS = ("check_param_validation",)


@dataclass(frozen=True)
class SklearnCheck:
    """A check of scikit-learn's, bound to an estimator.

    Attributes
    ----------
    id : str
        Its name, under which an expected failure is listed.
    title : str
        What it says about itself, or its name in words.
    """

    id: str
    title: str
    estimator: Any
    check: Callable[[Any], Any]

    def result(self, subject: Subject) -> ContractResult:
        """Run it."""
        began = time.process_time()
        status, message, reason = self._outcome()
        return ContractResult(
            estimator=subject.name,
            contract=self.id,
            title=self.title,
            level="must",
            status=status,
            message=message,
            reason=reason,
            examples=1,
            cpu_seconds=time.process_time() - began,
        )

    def _outcome(self) -> tuple[Status, str, str]:
        with fenced():
            try:
                self.check(clone(self.estimator))
            except SkipTest as skip:
                return "not_applicable", "", str(skip) or "scikit-learn skips it"
            except Exception as error:
                return "failed", f"{type(error).__name__}: {text_of(error)}", ""
        return "passed", "", ""

    def __call__(self, estimator: Any = None) -> None:
        """Run it, and raise what it raises."""
        with fenced():
            self.check(clone(self.estimator if estimator is None else estimator))


def sklearn_checks_of(subject: Subject, *, kept: bool = True) -> list[SklearnCheck]:
    """Every check of scikit-learn's that speaks about an estimator, each name once.

    Without `kept` they are those that it yields for others.
    """
    estimator = subject.estimator
    found = [
        (_name_of(check), check)
        for _, check in estimator_checks.estimator_checks_generator(
            estimator, legacy=True, mark=None
        )
    ]
    for name in _kept(estimator) if kept else ():
        check = getattr(estimator_checks, name, None)
        if check is not None:  # in the release that is installed
            found.append((name, partial(check, type(estimator).__name__)))
    checks, seen = [], dict[str, int]()
    for name, check in found:
        seen[name] = seen.get(name, 0) + 1
        own = name if seen[name] == 1 else f"{name}_{seen[name]}"
        title = f"scikit-learn: {name.removeprefix('check_').replace('_', ' ')}."
        checks.append(SklearnCheck(own, title, estimator, check))
    return checks


def _kept(estimator: Any) -> list[str]:
    """Names of the checks that scikit-learn runs on its own estimators alone."""
    names = [*KEPT]
    if hasattr(estimator, "transform"):
        names += KEPT_OF_TRANSFORMERS
    if getattr(estimator, "_parameter_constraints", None):
        names += KEPT_WITH_CONSTRAINTS
    return names


def _name_of(check: Any) -> str:
    """A check's name, and the arguments that are bound to it."""
    bound = getattr(check, "keywords", {})
    inner = getattr(check, "func", check)
    told = "_".join(
        f"{name}_{value}" for name, value in bound.items() if name != "name"
    )
    name = f"{inner.__name__}_{told}" if told else inner.__name__
    return re.sub(r"\W+", "_", name)
