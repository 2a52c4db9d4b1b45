"""Profiles: how hard to try, from an argument or the environment."""

import pytest

from sklkd.testing import PROFILES, Profile
from sklkd.testing._profiles import as_profile, as_seed


def test_later_profiles_try_harder():
    quick, default, thorough = PROFILES.values()

    assert quick.examples < default.examples < thorough.examples
    assert quick.time_budget < default.time_budget < thorough.time_budget


def test_without_a_word_it_is_the_default(monkeypatch):
    monkeypatch.delenv("SKLKD_CONTRACTS_PROFILE", raising=False)
    monkeypatch.delenv("SKLKD_CONTRACTS_SEED", raising=False)

    assert as_profile("who", None) is PROFILES["default"]
    assert as_seed(None) == 0


def test_the_environment_is_heard_where_nothing_is_passed(monkeypatch):
    monkeypatch.setenv("SKLKD_CONTRACTS_PROFILE", "quick")
    monkeypatch.setenv("SKLKD_CONTRACTS_SEED", "7")

    assert as_profile("who", None) is PROFILES["quick"]
    assert as_profile("who", "thorough") is PROFILES["thorough"]
    assert (as_seed(None), as_seed(3)) == (7, 3)


def test_a_budget_replaces_that_of_the_profile():
    assert as_profile("who", "quick", 2) == Profile("quick", 4, 2.0)


@pytest.mark.parametrize(
    ("profile", "budget", "sentence"),
    [
        (
            "quik",
            None,
            (
                "who: profile must be one of 'quick', 'default', 'thorough', got "
                "'quik'. Did you mean 'quick'?"
            ),
        ),
        ("quick", 0, "who: time_budget must be a real number in (0, inf), got 0."),
    ],
)
def test_what_is_wrong_is_said(profile, budget, sentence):
    with pytest.raises(ValueError, match="must be") as caught:
        as_profile("who", profile, budget)

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("profile", "most", "expected"),
    [
        ("quick", None, 4),
        ("quick", 6, 4),
        ("quick", 3, 3),
        ("default", None, 12),
        ("default", 6, 6),
        ("thorough", None, 100),
        ("thorough", 6, 50),
        ("thorough", 4, 33),
        ("thorough", 20, 100),
        ("thorough", 0, 0),
    ],
)
def test_a_contract_that_asks_for_less_gets_its_share(profile, most, expected):
    assert PROFILES[profile].examples_of(most) == expected
