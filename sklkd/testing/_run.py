"""Run a contract: every variant, then drawn cases, then the smallest that breaks it."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from sklkd.testing._case import Case
from sklkd.testing._contract import Contract
from sklkd.testing._fence import fenced
from sklkd.testing._profiles import Profile
from sklkd.testing._result import ContractResult, Status
from sklkd.testing._same import NotApplicable, Violation
from sklkd.testing._search import search
from sklkd.testing._subject import Subject

MOST_OTHERS = 12  # further messages that are kept
WHOLE_REPR = 1_000_000  # characters of an estimator


@dataclass
class Run:
    """One contract on one estimator: what each case said, and the time it took.

    Attributes
    ----------
    contract, subject, profile, seed :
        What is run, on what, and how hard.
    said : dict of Case to Exception or None
        What each case that was looked at said. A case is looked at once: the replays of
        the shrinker cost nothing, and cannot come out otherwise.
    """

    contract: Contract
    subject: Subject
    profile: Profile
    seed: int = 0
    said: dict[Case, Exception | None] = field(default_factory=dict)
    began: float = field(default_factory=time.process_time)
    skipped: int = 0

    def result(self) -> ContractResult:
        """Run it."""
        reason = self._reason_against()
        if reason:
            return self._told("not_applicable", reason=reason)
        for case in self._enumerated():
            self._look(case)
        if not self.failures:
            self._survey()
        if self.failures:
            return self._failed(self._smallest())
        return self._held()

    @property
    def failures(self) -> dict[Case, Exception]:
        """The cases that break the contract."""
        return {
            case: error
            for case, error in self.said.items()
            if error is not None and not isinstance(error, NotApplicable)
        }

    def _reason_against(self) -> str | None:
        with fenced():
            try:
                return self.contract.reason_against(self.subject)
            except NotApplicable as error:
                return str(error)

    def _enumerated(self) -> Iterator[Case]:
        """The simplest case, or one of each variant."""
        with fenced():
            variants = list(self.contract.variants_for(self.subject))
        if self.contract.variants is None:
            yield Case()
        yield from (Case(variant=variant) for variant in variants)

    def _strategy(self) -> st.SearchStrategy[Case]:
        drawn = self.contract.cases_for(self.subject)
        if self.contract.variants is None:
            return drawn
        names = list(self.contract.variants_for(self.subject))
        return st.builds(
            lambda case, name: replace(case, variant=name),
            drawn,
            st.sampled_from(names),
        )

    def _look(self, case: Case) -> Exception | None:
        """Look at a case, unless it has been looked at or time is up."""
        if case not in self.said:
            if self.said and self.spent > self.profile.time_budget:
                self.skipped += 1
                return None
            self.said[case] = outcome(self.contract, self.subject, case)
        return self.said[case]

    @property
    def spent(self) -> float:
        """Processor seconds so far."""
        return time.process_time() - self.began

    @property
    def _n_examples(self) -> int:
        return self.profile.examples_of(self.contract.examples)

    def _survey(self) -> None:
        """Look at drawn cases, and go on when one breaks it: there may be others."""
        if self._n_examples and self.said:
            self._drawn(self._look, shrink=False)

    def _smallest(self) -> tuple[Case, Exception]:
        """Shrink the first failure.

        One of a variant is as small as can be. What runs in a process of its own is a
        fault at some call, of which there are no smaller ones in smaller data.
        """
        first = next(iter(self.failures.items()))
        if self.contract.isolate or not _is_drawn(first[0]):
            return first
        found = [first]

        def raise_it(case: Case) -> None:
            error = self._look(case)
            if error is not None and not isinstance(error, NotApplicable):
                found.append((case, error))
                raise _FoundError

        with contextlib.suppress(_FoundError):
            self._drawn(raise_it, shrink=True)
        return found[-1]

    def _drawn(self, look: Any, *, shrink: bool) -> None:
        """Draw the same cases as ever, by the seed."""
        search(
            self._strategy(),
            look,
            examples=self._n_examples,
            seed=self.seed,
            shrink=shrink,
        )

    def _failed(self, smallest: tuple[Case, Exception]) -> ContractResult:
        case, error = smallest
        message = text_of(error)
        others = dict.fromkeys(text_of(e) for e in self.failures.values())
        others.pop(message, None)
        return self._told(
            "failed",
            message=message,
            others=tuple(others)[:MOST_OTHERS],
            case=repr(case),
            reproducer=reproducer(self.subject, self.contract, case),
        )

    def _held(self) -> ContractResult:
        against = [e for e in self.said.values() if isinstance(e, NotApplicable)]
        if len(against) == len(self.said):
            reason = str(against[0]) if against else "it has no variants here"
            return self._told("not_applicable", reason=reason)
        if self.skipped:
            return self._told(
                "out_of_budget",
                reason=(
                    f"{self.profile.time_budget:g} s of the processor were up before "
                    f"{self.skipped} more examples; those that were tried hold"
                ),
            )
        return self._told("passed")

    def _told(self, status: Status, **details: Any) -> ContractResult:
        return ContractResult(
            estimator=self.subject.name,
            contract=self.contract.id,
            title=self.contract.title,
            level=self.contract.level,
            status=status,
            examples=len(self.said),
            cpu_seconds=self.spent,
            **details,
        )


class _FoundError(Exception):
    """A case breaks the contract, for the shrinker to make smaller."""


def _is_drawn(case: Case) -> bool:
    return case != Case(variant=case.variant)


def outcome(contract: Contract, subject: Subject, case: Case) -> Exception | None:
    """What one case says: None if the law holds in it.

    Errors that the contract did not raise itself break it too.
    """
    with fenced():
        try:
            contract.run_case(subject, case)
        except (NotApplicable, Violation) as error:
            return error
        except Exception as error:
            wrapped = Violation(
                f"{_place(error)}{type(error).__name__}: {_line(error)}"
            )
            wrapped.__cause__ = error
            return wrapped
    return None


def text_of(error: Exception) -> str:
    """An error's text."""
    return str(error) or type(error).__name__


def _place(error: Exception) -> str:
    """Where an unexpected error comes from: the line of the caller's own code."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"{last.name} ({last.filename.rpartition('/')[2]}:{last.lineno}): "


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def reproducer(subject: Subject, contract: Contract, case: Case) -> str:
    """Code that raises the violation again."""
    estimator = subject.estimator
    try:
        text = estimator.__repr__(N_CHAR_MAX=WHOLE_REPR)
    except TypeError:
        text = repr(estimator)
    flat = " ".join(text.split())
    return (
        "from sklkd.testing import Case, reproduce\n"
        f"reproduce({flat}, {contract.id!r}, {_short(case)})"
    )


def _short(case: Case) -> str:
    """A case as code, without what is as by default."""
    plain = Case()
    given = {
        name: getattr(case, name)
        for name in ("n", "p", "k", "seed", "style", "variant")
        if getattr(case, name) != getattr(plain, name)
    }
    return f"Case({', '.join(f'{name}={value!r}' for name, value in given.items())})"
