"""Running a contract: what is looked at, how often, and what is said of it."""

import random

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from sklkd.testing import (
    CONTRACTS,
    Case,
    NotApplicable,
    Profile,
    Subject,
    Violation,
    contract,
)
from sklkd.testing._run import Run, outcome

SHORT = Profile("short", 20, 100.0)
SUBJECT = Subject(Ridge())


@pytest.fixture
def law():
    """Make a contract of a function; it is gone after the test."""
    before = dict(CONTRACTS)

    def make(body, **options):
        body.__doc__ = "A law."
        return contract("X01", group="tests", **options)(body)

    yield make
    CONTRACTS.clear()
    CONTRACTS.update(before)


def run(item, profile=SHORT, seed=0):
    return Run(item, SUBJECT, profile, seed).result()


def test_the_simplest_case_is_looked_at_first_and_then_as_many_as_the_profile_says(law):
    seen = []

    result = run(law(lambda subject, case: seen.append(case)))

    assert seen[0] == Case()
    assert (result.status, result.examples) == ("passed", len(seen))
    assert len(seen) == 21


def test_no_case_is_looked_at_twice(law):
    seen = []

    run(law(lambda subject, case: seen.append(case)), Profile("p", 100, 100.0))

    assert len(set(seen)) == len(seen)


def test_the_same_seed_draws_the_same_cases(law):
    seen = []
    item = law(lambda subject, case: seen.append(case))

    def drawn(seed):
        seen.clear()
        run(item, seed=seed)
        return list(seen)

    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)


def test_every_variant_is_tried_and_gets_its_value(law):
    seen = {}

    def body(subject, case, variant):
        seen.setdefault(case.variant, set()).add(variant)

    run(law(body, variants={"one": 1, "two": 2}), Profile("p", 0, 100.0))

    assert seen == {"one": {1}, "two": {2}}


def test_variants_may_depend_on_the_estimator(law):
    def variants(subject):
        return {subject.name: 1}

    result = run(law(lambda subject, case, variant: None, variants=variants))

    assert result.status == "passed"


def test_no_variant_is_not_applicable(law):
    result = run(law(lambda subject, case, variant: None, variants={}))

    assert (result.status, result.reason) == (
        "not_applicable",
        "it has no variants here",
    )


def test_what_runs_in_a_process_of_its_own_is_reported_as_it_was_found(law):
    looked = []

    def body(subject, case):
        looked.append(case)
        if case.n > 15:
            raise Violation("too large")

    result = run(law(body, isolate=True))

    assert result.case == repr(next(case for case in looked if case.n > 15))
    assert len(looked) <= 1 + SHORT.examples  # the plain case, and those drawn


def test_the_smallest_case_is_reported_with_the_code_to_see_it(law):
    def body(subject, case):
        if case.n > 15 and case.p > 2:
            raise Violation("too large")

    result = run(law(body))

    assert (result.status, result.message) == ("failed", "too large")
    assert result.case == repr(Case(n=16, p=3))
    assert result.reproducer == (
        "from sklkd.testing import Case, reproduce\n"
        "reproduce(Ridge(), 'X01', Case(n=16, p=3))"
    )


def test_other_messages_are_kept(law):
    def body(subject, case):
        if case.n > 12:
            raise Violation(f"of {case.k} classes")

    result = run(law(body))

    assert result.message == "of 2 classes"
    assert set(result.others) == {"of 3 classes", "of 4 classes"}


def test_a_variant_that_fails_needs_no_search(law):
    def body(subject, case, variant):
        raise Violation(f"variant {variant}")

    result = run(law(body, variants={"one": 1, "two": 2}))

    assert result.examples == 2
    assert (result.message, result.others) == ("variant 1", ("variant 2",))
    assert "Case(variant='one')" in result.reproducer


def test_an_error_of_another_kind_breaks_the_contract_and_says_where(law):
    def body(subject, case):
        raise IndexError("list index out of range")

    message = run(law(body)).message

    assert message.startswith("body (test_run.py:")
    assert message.endswith("IndexError: list index out of range")


def test_what_applies_nowhere_says_why(law):
    def body(subject, case):
        raise NotApplicable("there are no words")

    result = run(law(body))

    assert (result.status, result.reason) == ("not_applicable", "there are no words")


def test_what_applies_somewhere_is_held_there(law):
    def body(subject, case):
        if case.k == 2:
            raise NotApplicable("two classes")

    assert run(law(body)).status == "passed"


def test_a_reason_against_the_estimator_is_asked_for_first(law):
    seen = []
    item = law(
        lambda subject, case: seen.append(case), applies=lambda subject: subject.name
    )

    result = run(item)

    assert (result.status, result.reason, seen) == ("not_applicable", "Ridge", [])


def test_when_time_is_up_it_is_said(law):
    def body(subject, case):
        np.linalg.eigvalsh(np.ones((200, 200)))

    result = run(law(body), Profile("p", 20, 1e-9))

    assert (result.status, result.examples) == ("out_of_budget", 1)
    assert "before 20 more examples" in result.reason


def test_a_failure_is_reported_though_time_is_up(law):
    def body(subject, case):
        raise Violation("at once")

    assert run(law(body), Profile("p", 20, 1e-9)).status == "failed"


def test_a_contract_may_ask_for_fewer_examples(law):
    assert run(law(lambda subject, case: None, examples=0)).examples == 1


def test_what_a_body_changes_in_the_process_is_put_back(law):
    def body(subject, case):
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        torch.manual_seed(1)
        torch.set_default_dtype(torch.float64)
        np.seterr(all="raise")

    before = random.getstate(), torch.get_rng_state(), np.geterr()
    outcome(law(body), SUBJECT, Case())

    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
    assert np.geterr() == before[2]
    assert torch.get_default_dtype() is torch.float32
