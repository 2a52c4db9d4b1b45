"""Checking an estimator: what is run, what is expected, and what is refused."""

import pytest
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from testing.mutants_prediction import NormalisesByTheBatch

from sklkd.testing import (
    CONTRACTS,
    Case,
    ContractReport,
    NotApplicable,
    Violation,
    check_contracts,
    iter_contracts,
    reproduce,
)

QUICK = {"profile": "quick", "on_fail": None}
BROKEN = NormalisesByTheBatch()


def test_contracts_come_in_the_order_of_their_ids():
    ids = [c.id for c in iter_contracts()]

    assert ids == sorted(CONTRACTS)


def test_contracts_are_chosen_by_id_name_group_and_level():
    assert [c.id for c in iter_contracts(include=["chunks", "B01"])] == ["B01", "B02"]
    assert "B02" not in {c.id for c in iter_contracts(exclude=["chunks"])}
    assert {c.group for c in iter_contracts(groups=["prediction"])} == {"prediction"}
    assert {c.level for c in iter_contracts(levels=["declared"])} == {"declared"}


def test_contracts_that_say_nothing_about_an_estimator_are_left_out():
    of_ridge = {c.id for c in iter_contracts(Ridge())}

    assert "B02" in of_ridge
    assert "A04" not in of_ridge


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"include": ["chunk"]},
            (
                "iter_contracts: each name in include must be that of a contract, got "
                "'chunk'. Did you mean 'chunks'?"
            ),
        ),
        (
            {"levels": ["may"]},
            (
                "iter_contracts: level must be one of 'must', 'should', 'declared', "
                "got 'may'."
            ),
        ),
    ],
)
def test_an_unknown_name_is_refused(options, sentence):
    with pytest.raises(ValueError, match="must be") as caught:
        list(iter_contracts(**options))

    assert str(caught.value) == sentence


def test_a_report_has_a_result_for_each_contract():
    seen = []

    report = check_contracts(
        Ridge(), include=["A01", "B02"], callback=seen.append, **QUICK
    )

    assert isinstance(report, ContractReport)
    assert [r.contract for r in report] == ["A01", "B02"]
    assert seen == list(report)
    assert report.counts == {"passed": 2}


def test_a_broken_contract_raises_and_can_be_seen_again():
    with pytest.raises(AssertionError, match="B02: broken") as caught:
        check_contracts(BROKEN, include=["B02"], profile="quick")
    code = str(caught.value).partition("To see it again:\n")[2]
    lines = [line.strip() for line in code.splitlines()]
    assert lines[0] == "from sklkd.testing import Case, reproduce"

    with pytest.raises(Violation, match="rows at a time"):
        exec("\n".join(lines), {"NormalisesByTheBatch": NormalisesByTheBatch})


def test_a_broken_contract_may_only_warn():
    with pytest.warns(UserWarning, match="B02: broken"):
        check_contracts(BROKEN, include=["B02"], profile="quick", on_fail="warn")


def test_a_failure_that_is_expected_is_excused():
    report = check_contracts(
        BROKEN,
        include=["B02"],
        profile="quick",
        expected_failures={"B02": "It normalises by the batch."},
    )

    assert report.counts == {"xfailed": 1}
    assert report[0].reason == "It normalises by the batch."


def test_an_excuse_that_is_not_needed_raises():
    with pytest.raises(AssertionError, match="no longer needing an excuse"):
        check_contracts(
            Ridge(),
            include=["B02"],
            expected_failures={"B02": "Once."},
            profile="quick",
        )


def test_a_failure_is_expected_of_contracts_only():
    with pytest.raises(ValueError, match=r"got 'B2'\. Did you mean 'B"):
        check_contracts(Ridge(), expected_failures={"B2": "A reason."})


def test_scikit_learns_checks_run_beside_on_request():
    without = check_contracts(GaussianNB(), include=["A01"], **QUICK)
    report = check_contracts(
        GaussianNB(), include=["A01"], sklearn_checks=True, **QUICK
    )

    assert len(without) == 1
    assert len(report) > 50
    assert report.failures == []


def test_a_budget_too_small_for_one_example_is_refused():
    with pytest.raises(ValueError, match="must be enough for one example") as caught:
        check_contracts(Ridge(), time_budget=1e-9)

    assert str(caught.value).startswith("check_contracts: time_budget must be")
    assert "got 1e-09. Pass at least " in str(caught.value)


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"isolate": "some"}, ValueError),
        ({"on_fail": "print"}, ValueError),
        ({"profile": "fast"}, ValueError),
        ({"time_budget": -1}, ValueError),
        ({"declared": ["true"]}, ValueError),
    ],
    ids=str,
)
def test_bad_parameters_are_refused(params, error):
    with pytest.raises(error, match="must be"):
        check_contracts(Ridge(), **params)


@pytest.mark.parametrize("thing", [Ridge, None, "Ridge", 3])
def test_what_is_no_estimator_is_refused(thing):
    with pytest.raises(TypeError, match="check_contracts: estimator must be"):
        check_contracts(thing)


def test_reproducing_what_holds_is_silent():
    assert reproduce(Ridge(), "B02", Case()) is None


def test_reproducing_what_does_not_apply_says_so():
    with pytest.raises(NotApplicable, match="no variant None"):
        reproduce(Ridge(), "B06", Case())


def test_in_a_child_all_is_as_it_is_here():
    here = check_contracts(BROKEN, include=["A01", "B02"], **QUICK)
    there = check_contracts(BROKEN, include=["A01", "B02"], isolate="all", **QUICK)

    assert [(r.contract, r.status, r.message, r.case) for r in here] == [
        (r.contract, r.status, r.message, r.case) for r in there
    ]
