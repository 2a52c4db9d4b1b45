"""Contracts: small functions whose docstring is the law that they check."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis import strategies as st

from sklkd._validation import check_choice, did_you_mean
from sklkd.testing._case import Case, cases
from sklkd.testing._same import NotApplicable
from sklkd.testing._subject import Subject
from sklkd.testing._tags import CLAIMS

Level = Literal["must", "should", "declared"]
LEVELS = ("must", "should", "declared")
FEW = 4  # further examples, where the kind of mistake matters and the numbers do not
SOME = 6  # and where it is the protocol that matters, as of copies and containers
Variants = Mapping[str, Any] | Callable[[Subject], Mapping[str, Any]]

CONTRACTS: dict[str, Contract] = {}


@dataclass(frozen=True)
class Contract:
    """A law, and the function that looks for a case that breaks it.

    Attributes
    ----------
    id : str
        Short and stable, such as "B02".
    name : str
        What it is about, such as "chunks".
    title : str
        The law in a line.
    group : str
        The file that it stands in.
    level : {"must", "should", "declared"}
        Whether any estimator must hold it, should, or must if it claims so.
    law : str
        The whole docstring.
    """

    id: str
    name: str
    title: str
    group: str
    level: Level
    law: str
    body: Callable[..., None] = field(repr=False)
    applies: Callable[[Subject], str | None] | None = field(default=None, repr=False)
    variants: Variants | None = field(default=None, repr=False)
    data: st.SearchStrategy[Case] | None = field(default=None, repr=False)
    examples: int | None = None
    isolate: bool = False
    claim: str | None = None

    def reason_against(self, subject: Subject) -> str | None:
        """Why it says nothing about an estimator; None if it does."""
        if self.level == "declared" and self.claim not in subject.tags.declared:
            return f"it does not declare {self.claim!r}"
        if not (self.input_is_plain(subject)):
            return "it takes no two-dimensional numbers"
        return self.applies(subject) if self.applies is not None else None

    @staticmethod
    def input_is_plain(subject: Subject) -> bool:
        """Whether plain tables of numbers are what the estimator takes."""
        tags = subject.input_tags
        return tags.two_d_array and not tags.pairwise

    def variants_for(self, subject: Subject) -> Mapping[str, Any]:
        """The variants that are enumerated, by name; empty if there are none."""
        if self.variants is None:
            return {}
        return self.variants(subject) if callable(self.variants) else self.variants

    def cases_for(self, subject: Subject) -> st.SearchStrategy[Case]:
        """Where further cases are drawn from, variants aside."""
        if self.data is not None:
            return self.data
        return cases(batch_size=subject.batch_size)

    def run_case(self, subject: Subject, case: Case) -> None:
        """Look at one case.

        Raises
        ------
        Violation
            If it breaks the law.
        NotApplicable
            If the law says nothing about it.
        """
        if self.variants is None:
            self.body(subject, case)
            return
        known = self.variants_for(subject)
        if case.variant is None or case.variant not in known:
            raise NotApplicable(f"there is no variant {case.variant!r} of {self.id}")
        self.body(subject, case, known[case.variant])

    def __call__(self, estimator: Any, **options: Any) -> None:
        """Check an estimator, and raise if it breaks the law.

        `options` are those of `check_contracts`.
        """
        from sklkd.testing._check import check_contracts  # noqa: PLC0415

        check_contracts(estimator, include=[self.id], **options)


def contract(
    id: str,  # noqa: A002
    *,
    title: str | None = None,
    group: str | None = None,
    level: Level = "must",
    claim: str | None = None,
    applies: Callable[[Subject], str | None] | None = None,
    variants: Variants | None = None,
    data: st.SearchStrategy[Case] | None = None,
    examples: int | None = None,
    isolate: bool = False,
) -> Callable[[Callable[..., None]], Contract]:
    """Make a contract of a function ``body(subject, case)``, and register it.

    The function returns None, or raises `Violation` or `NotApplicable`; any other
    exception breaks the contract too. Its docstring is the law.

    Parameters
    ----------
    id : str
        Short and stable: it is what an expected failure is listed under.
    title : str, default=None
        The law in a line; None takes the first of the docstring.
    group : str, default=None
        None takes the name of the module.
    level : {"must", "should", "declared"}, default="must"
        With "declared", `claim` names what an estimator claims.
    claim : str, default=None
        One of `CLAIMS`.
    applies : callable, default=None
        ``applies(subject)`` says why the law says nothing about an estimator, or None.
    variants : mapping, or callable of a subject that returns one, default=None
        Each is tried, by name; ``body(subject, case, variant)`` gets its value.
    data : hypothesis strategy of Case, default=None
        None takes `cases`, around the estimator's batch size.
    examples : int, default=None
        How many are drawn in the default profile, and in proportion in a more thorough
        one. None is what the profile says.
    isolate : bool, default=False
        Whether it is run in a process of its own, which a crash may end. Its failures
        are not made smaller.

    Returns
    -------
    decorator
        That turns the function into a `Contract`.

    Raises
    ------
    ValueError
        If the id is taken, the claim is unknown, or there is no docstring.

    Examples
    --------
    >>> from sklkd.testing import Violation, contract
    >>> @contract("X01", group="mine")
    ... def nothing_negative(subject, case):
    ...     '''Predictions are not negative.'''
    ...     X, y = subject.data(case)
    ...     if (subject.fitted(X, abs(y)).predict(X) < 0).any():
    ...         raise Violation("predict: a value is negative")
    >>> nothing_negative.title
    'Predictions are not negative.'
    >>> from sklkd.testing import CONTRACTS
    >>> del CONTRACTS["X01"]
    """

    def make(body: Callable[..., None]) -> Contract:
        law = inspect.getdoc(body)
        if not law:
            raise ValueError(
                f"contract: {id} must have a docstring: the law. Write it."
            )
        if id in CONTRACTS:
            raise ValueError(
                f"contract: the id must be new, got {id!r}, which is that of "
                f"{CONTRACTS[id].name!r}."
            )
        check_choice("contract", "level", level, LEVELS)
        if (level == "declared") != (claim is not None):
            raise ValueError(
                f"contract: {id} must name a claim if, and only if, its level is "
                f"'declared', got level={level!r} and claim={claim!r}."
            )
        if claim is not None:
            check_choice("contract", "claim", claim, CLAIMS)
        CONTRACTS[id] = Contract(
            id=id,
            name=body.__name__,
            title=title or law.splitlines()[0],
            group=group or body.__module__.rpartition(".")[2].lstrip("_"),
            level=level,
            law=law,
            body=body,
            applies=applies,
            variants=variants,
            data=data,
            examples=examples,
            isolate=isolate,
            claim=claim,
        )
        return CONTRACTS[id]

    return make


def selected(
    who: str,
    *,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    groups: Collection[str] | None = None,
    levels: Collection[str] = LEVELS,
) -> list[Contract]:
    """The registered contracts that are asked for, in the order of their ids.

    Names in `include` and `exclude` are ids or names of contracts.

    Raises
    ------
    ValueError
        If one is unknown; the nearest is named.
    """
    by_name = {c.name: c.id for c in CONTRACTS.values()} | {i: i for i in CONTRACTS}

    def ids(names: Collection[str], parameter: str) -> set[str]:
        names = [names] if isinstance(names, str) else names
        for name in names:
            if name not in by_name:
                raise ValueError(
                    f"{who}: each name in {parameter} must be that of a contract, got "
                    f"{name!r}.{did_you_mean(name, by_name)}"
                )
        return {by_name[name] for name in names}

    for level in levels:
        check_choice(who, "level", level, LEVELS)
    known_groups = sorted({c.group for c in CONTRACTS.values()})
    for group in groups or ():
        check_choice(who, "group", group, known_groups)
    wanted = set(CONTRACTS) if include is None else ids(include, "include")
    wanted -= ids(exclude or (), "exclude")
    return [
        CONTRACTS[i]
        for i in sorted(wanted)
        if CONTRACTS[i].level in levels
        and (groups is None or CONTRACTS[i].group in groups)
    ]
