"""One decorator: a test for each estimator and contract, under ids that stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklkd.testing._check import Task, check_expected
from sklkd.testing._contract import LEVELS, Contract, selected
from sklkd.testing._profiles import Profile, as_profile, as_seed
from sklkd.testing._result import ContractResult
from sklkd.testing._sklearn import SklearnCheck, sklearn_checks_of
from sklkd.testing._subject import Subject, check_is_estimator
from sklkd.testing._tags import ContractTags, tags_of

WHO = "parametrize_with_contracts"
RESULTS: list[ContractResult] = []  # of this process; the pytest plugin empties it


@dataclass(frozen=True)
class Item:
    """What a test calls: ``contract(estimator)``.

    Attributes
    ----------
    item : Contract or SklearnCheck
        What is checked.
    tags : ContractTags
        What the estimator says about itself, and the caller besides.
    """

    item: Contract | SklearnCheck
    tags: ContractTags
    profile: str | Profile | None = None

    @property
    def id(self) -> str:
        """Its id and name: the end of the test's own."""
        if isinstance(self.item, SklearnCheck):
            return self.item.id
        return f"{self.item.id}-{self.item.name}"

    def __call__(self, estimator: Any) -> ContractResult:
        """Check the estimator: fail, skip or expect to fail as pytest does."""
        import pytest  # noqa: PLC0415

        profile = as_profile(WHO, self.profile)
        subject = Subject(estimator, self.tags)
        result = Task(self.item, subject, profile, as_seed(None)).result()
        RESULTS.append(result)
        if result.status in ("failed", "xpassed", "out_of_budget"):
            pytest.fail(str(result), pytrace=False)
        if result.status == "xfailed":
            pytest.xfail(result.reason)
        if result.status == "not_applicable":
            pytest.skip(result.reason)
        return result


def parametrize_with_contracts(
    estimators: Sequence[Any],
    *,
    profile: str | Profile | None = None,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    levels: Collection[str] = LEVELS,
    declared: Collection[str] = (),
    expected_failures: Mapping[str, str] | None = None,
    sklearn_checks: bool = True,
) -> Any:
    """Return a pytest decorator: a test for each estimator and contract.

    The test takes ``estimator`` and ``contract``, and calls one with the other. Its id
    is the estimator's class, the contract's id and its name, as in
    ``MyStudent-B02-chunks``; several estimators of a class are numbered.

    Parameters
    ----------
    estimators : sequence of estimators
        Instances.
    profile : {"quick", "default", "thorough"}, default=None
        As in `check_contracts`; None takes ``--contracts-profile`` of the run.
    include, exclude : collection of str, default=None
        Ids or names of contracts: these alone, or all but these.
    levels : collection of {"must", "should", "declared"}, default=all
        Which levels. Those that say nothing about an estimator are skipped, with the
        reason; what it does not declare is no test at all.
    declared : collection of str, default=()
        Claims of all these estimators, besides their own.
    expected_failures : mapping of str to str, default=None
        By id, why a contract is broken.
    sklearn_checks : bool, default=True
        Whether scikit-learn's own checks are tests too.

    Returns
    -------
    pytest.MarkDecorator

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklkd.testing import parametrize_with_contracts
    >>> @parametrize_with_contracts([GaussianNB()])
    ... def test_contracts(estimator, contract):
    ...     contract(estimator)
    """
    import pytest  # noqa: PLC0415

    params = []
    total = Counter(type(estimator).__name__ for estimator in estimators)
    seen = Counter[str]()
    chosen = selected(WHO, include=include, exclude=exclude, levels=levels)
    for estimator in estimators:
        check_is_estimator(WHO, estimator)
        tags = tags_of(
            estimator, declared=declared, expected_failures=expected_failures
        )
        check_expected(WHO, tags)
        name = type(estimator).__name__
        seen[name] += 1
        if total[name] > 1:
            name = f"{name}{seen[name]}"
        items: list[Any] = [c for c in chosen if c.claim in {None, *tags.declared}]
        if sklearn_checks:
            items += sklearn_checks_of(Subject(estimator, tags))
        for item in items:
            call = Item(item, tags, profile)
            params.append(pytest.param(estimator, call, id=f"{name}-{call.id}"))
    return pytest.mark.parametrize(("estimator", "contract"), params)
