"""The search: by the seed alone, as long as asked, and down to the smallest."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from sklkd.testing._search import search

NUMBERS = st.integers(0, 10**6)


class Found(Exception):  # noqa: N818 - it is what is searched for
    """What is searched for."""


def drawn(**options):
    """What a search that finds nothing looks at."""
    seen = []
    search(NUMBERS, seen.append, **{"examples": 20, "seed": 0} | options)
    return seen


def looked_at(**options):
    """What a search for more than 999 looks at, one after the other."""
    seen = []

    def look(number):
        seen.append(number)
        if number > 999:
            raise Found

    with pytest.raises(Found):
        search(NUMBERS, look, **{"examples": 50, "seed": 0} | options)
    return seen


def test_the_seed_alone_says_what_is_drawn():
    assert drawn() == drawn()
    assert drawn() != drawn(seed=1)


def test_as_many_are_drawn_as_are_asked_for():
    assert len(drawn(examples=7)) == 7


@pytest.mark.parametrize("derandomize", [True, False])
def test_a_profile_has_no_say(derandomize):
    expected, before = drawn(), settings.default
    settings.register_profile(
        "other", before, derandomize=derandomize, database=None, max_examples=3
    )
    settings.load_profile("other")
    try:
        found = drawn()
    finally:
        settings.load_profile("sklkd")

    assert found == expected


def test_what_is_found_is_made_as_small_as_can_be():
    assert looked_at()[-1] == 1000


def test_without_shrinking_the_first_is_the_last():
    """It is looked at once more, when hypothesis raises what it found."""
    first, *others = [n for n in looked_at(shrink=False) if n > 999]

    assert set(others) <= {first}
    assert first > 1000


def test_what_look_returns_does_not_count():
    search(NUMBERS, lambda number: number, examples=3, seed=0)

    assert drawn(examples=3) == drawn(examples=3)
