"""What came of a contract, in words."""

from sklkd.testing import ContractResult
from sklkd.testing._result import WORDS

BROKEN = ContractResult(
    "Ridge",
    "B02",
    "Rows may be asked about one by one.",
    "must",
    "failed",
    message="predict: 3 of 12 numbers differ.",
    others=("transform: another.",),
    reproducer="first line\nsecond line",
)


def test_a_broken_contract_says_all_that_is_needed():
    assert str(BROKEN).splitlines() == [
        "Ridge, B02: broken. Rows may be asked about one by one.",
        "predict: 3 of 12 numbers differ.",
        "    transform: another.",
        "To see it again:",
        "    first line",
        "    second line",
    ]


def test_a_reason_is_told():
    result = ContractResult(
        "Ridge", "B13", "Law.", "must", "not_applicable", reason="no classifier"
    )

    assert str(result).splitlines() == [
        "Ridge, B13: not applicable. Law.",
        "(no classifier)",
    ]


def test_as_a_dict_it_is_plain_and_complete():
    content = BROKEN.as_dict()

    assert content["others"] == ["transform: another."]
    assert ContractResult(**{**content, "others": tuple(content["others"])}) == BROKEN


def test_every_status_has_words():
    assert list(WORDS) == [
        "failed",
        "out_of_budget",
        "xpassed",
        "xfailed",
        "passed",
        "not_applicable",
    ]
