"""Check estimators: every contract, and scikit-learn's own checks beside them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sklkd._validation import check_choice, did_you_mean
from sklkd.testing._case import Case
from sklkd.testing._contract import CONTRACTS, LEVELS, Contract, selected
from sklkd.testing._profiles import Profile, as_profile, as_seed
from sklkd.testing._report import ContractReport
from sklkd.testing._result import SKLEARN, ContractResult
from sklkd.testing._run import Run, outcome
from sklkd.testing._same import NotApplicable
from sklkd.testing._sklearn import SklearnCheck, sklearn_checks_of
from sklkd.testing._subject import Subject, check_is_estimator
from sklkd.testing._tags import ContractTags, tags_of
from sklkd.testing._worker import in_child

WHO = "check_contracts"
Isolate = Literal["fault", "all", "none"]


def iter_contracts(
    estimator: Any = None,
    *,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    groups: Collection[str] | None = None,
    levels: Collection[str] = LEVELS,
) -> Iterator[Contract]:
    """Yield contracts, in the order of their ids.

    Parameters
    ----------
    estimator : estimator, default=None
        Leave out those that say nothing about it.
    include, exclude : collection of str, default=None
        Ids or names of contracts: these alone, or all but these.
    groups : collection of str, default=None
        Such as "classifiers".
    levels : collection of {"must", "should", "declared"}, default=all
        Which levels.

    Raises
    ------
    ValueError
        If a name is unknown; the nearest is named.

    Examples
    --------
    >>> from sklkd.testing import iter_contracts
    >>> [contract.name for contract in iter_contracts(include=["B01"])]
    ['row_order']
    """
    subject = None if estimator is None else Subject(estimator)
    for item in selected(
        "iter_contracts", include=include, exclude=exclude, groups=groups, levels=levels
    ):
        if subject is None or _applies(item, subject):
            yield item


def _applies(item: Contract, subject: Subject) -> bool:
    try:
        return item.reason_against(subject) is None
    except NotApplicable:
        return False


def check_contracts(
    estimator: Any,
    *,
    profile: str | Profile | None = None,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    levels: Collection[str] = LEVELS,
    declared: Collection[str] = (),
    expected_failures: Mapping[str, str] | None = None,
    sklearn_checks: bool = False,
    time_budget: float | None = None,
    seed: int | None = None,
    isolate: Isolate = "fault",
    on_fail: Literal["raise", "warn"] | None = "raise",
    callback: Callable[[ContractResult], Any] | None = None,
) -> ContractReport:
    """Look for data that make an estimator break its contracts.

    Parameters
    ----------
    estimator : estimator
        An instance, which is cloned.
    profile : {"quick", "default", "thorough"}, default=None
        How many examples are drawn for each contract (4, 12, 100), besides every
        variant once, and how much time it may take. None takes the environment's
        ``SKLKD_CONTRACTS_PROFILE``, or "default".
    include, exclude : collection of str, default=None
        Ids or names of contracts: these alone, or all but these.
    levels : collection of {"must", "should", "declared"}, default=all
        Which levels.
    declared : collection of str, default=()
        Claims that the estimator makes, besides those of its
        ``__sklkd_contracts__``.
    expected_failures : mapping of str to str, default=None
        By id, why a contract is broken: the report counts it as excused, or as no
        longer needing an excuse.
    sklearn_checks : bool, default=False
        Whether scikit-learn's own checks run too, those among them that it keeps for
        itself.
    time_budget : float, default=None
        Processor seconds of one contract, after which no example is begun; None takes
        the profile's.
    seed : int, default=None
        Of what is drawn. None takes the environment's ``SKLKD_CONTRACTS_SEED``, or 0.
    isolate : {"fault", "all", "none"}, default="fault"
        Which contracts run in a process of their own, which a crash may end: those that
        inject faults, all, or none.
    on_fail : {"raise", "warn"}, default="raise"
        What to do where a contract is broken; None only reports it.
    callback : callable, default=None
        Called with each result as it comes.

    Returns
    -------
    ContractReport
        A result for each contract.

    Raises
    ------
    AssertionError
        If a contract is broken, or an expected failure did not come, and `on_fail` is
        "raise".
    TypeError, ValueError
        If it is no estimator, a contract is unknown, or the time is too little for one
        example.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklkd.testing import check_contracts
    >>> report = check_contracts(
    ...     DecisionTreeClassifier(), include=["B01", "B02"], profile="quick"
    ... )
    >>> report.counts
    {'passed': 2}
    """
    check_choice(WHO, "isolate", isolate, ["fault", "all", "none"])
    if on_fail is not None:
        check_choice(WHO, "on_fail", on_fail, ["raise", "warn"])
    check_is_estimator(WHO, estimator)
    tags = tags_of(estimator, declared=declared, expected_failures=expected_failures)
    check_expected(WHO, tags)
    how = as_profile(WHO, profile, time_budget)
    subject = Subject(estimator, tags)
    check_budget(subject, how, time_budget)
    report = ContractReport()
    chosen = selected(WHO, include=include, exclude=exclude, levels=levels)
    runs = [Task(item, subject, how, as_seed(seed), isolate) for item in chosen]
    if sklearn_checks:
        runs += [
            Task(item, subject, how, as_seed(seed), "none")
            for item in sklearn_checks_of(subject)
        ]
    for task in runs:
        report.append(task.result())
        if callback is not None:
            callback(report[-1])
    if on_fail == "raise":
        report.raise_for_failures()
    elif on_fail == "warn" and report.failures:
        warnings.warn(str(report), stacklevel=2)
    return report


@dataclass(frozen=True)
class Task:
    """A contract, or a check of scikit-learn's, that is to be run on an estimator."""

    item: Contract | SklearnCheck
    subject: Subject
    profile: Profile
    seed: int = 0
    isolate: Isolate = "fault"

    def result(self) -> ContractResult:
        """Run it, and see whether what came was expected."""
        return expected(self._run(), self.subject.tags)

    def _run(self) -> ContractResult:
        if isinstance(self.item, SklearnCheck):
            return self.item.result(self.subject)
        if self.isolate == "all" or (self.isolate == "fault" and self.item.isolate):
            return in_child(self.item, self.subject, self.profile, self.seed)
        return Run(self.item, self.subject, self.profile, self.seed).result()


def expected(result: ContractResult, tags: ContractTags) -> ContractResult:
    """A result, in the light of the failures that are expected."""
    reason = tags.expected_failures.get(result.contract)
    if reason is None or result.status not in ("passed", "failed"):
        return result
    status: Literal["xpassed", "xfailed"]
    status = "xpassed" if result.status == "passed" else "xfailed"
    return replace(result, status=status, reason=reason)


def check_expected(who: str, tags: ContractTags) -> None:
    """Raise if a failure is expected of what is no contract and no check."""
    for name in tags.expected_failures:
        if name not in CONTRACTS and not name.startswith(SKLEARN):
            raise ValueError(
                f"{who}: expected_failures must be ids of contracts, or names of "
                f"scikit-learn's checks, got {name!r}.{did_you_mean(name, CONTRACTS)}"
            )


def check_budget(subject: Subject, profile: Profile, time_budget: float | None) -> None:
    """Raise if the time given is too little for one example."""
    if time_budget is None:
        return
    try:
        needed = subject.seconds
    except NotApplicable:  # which A01 reports
        return
    if needed > profile.time_budget:
        raise ValueError(
            f"{WHO}: time_budget must be enough for one example, which takes "
            f"{subject.name} {needed:.2g} s, got {time_budget!r}. Pass at least "
            f"{10 * needed:.2g}, or make the estimator fast by fast_params."
        )


def reproduce(estimator: Any, contract_id: str, case: Case) -> None:
    """Look at one case of one contract again; every failure prints the call.

    Parameters
    ----------
    estimator : estimator
        An instance.
    contract_id : str
        Id of a contract.
    case : Case
        The case.

    Raises
    ------
    Violation
        If the contract is broken in this case.
    NotApplicable
        If it says nothing about it.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklkd.testing import Case, reproduce
    >>> reproduce(GaussianNB(), "B02", Case(n=8, p=1))
    """
    check_is_estimator("reproduce", estimator)
    (item,) = selected("reproduce", include=[contract_id])
    error = outcome(item, Subject(estimator), case)
    if error is not None:
        raise error
