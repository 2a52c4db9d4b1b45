"""Text that must fit: lines no longer than asked for, of which the ends are kept."""

from __future__ import annotations

import matplotlib as mpl
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from hypothesis import given
from hypothesis import strategies as st

from sklkd.inspection._fitting_text import printable, shortened, width_of, wrapped

TEXTS = st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "Z")))


def test_what_fits_stays_as_it_is():
    assert shortened("0123456789", 10) == "0123456789"


@pytest.mark.parametrize(("most", "expected"), [(9, "012...789"), (8, "012...89")])
def test_what_does_not_fit_loses_its_middle(most, expected):
    assert shortened("0123456789", most) == expected


@given(TEXTS, st.integers(5, 40))
def test_a_shortened_text_is_as_long_as_may_be_with_both_ends(text, most):
    short = shortened(text, most)

    assert len(short) == min(len(text), most)
    head, _, tail = (short, "", "") if len(text) <= most else short.rpartition("...")
    assert text.startswith(head.partition("...")[0])
    assert text.endswith(tail)


@given(TEXTS, st.integers(8, 40), st.integers(3, 6))
def test_lines_are_few_and_short(text, width, most):
    lines = wrapped(text, width, most)

    assert len(lines) <= most
    assert all(len(line) <= width for line in lines)


def test_the_last_line_stays_with_its_threshold():
    lines = wrapped(f"{'some words of a name ' * 9}<= 3.5", 24, 4)

    assert lines == ("some words of a name", "some words of a name", "...", "<= 3.5")


def test_words_are_not_torn_at_hyphens():
    assert wrapped("is Married-civ-spouse", 20, 3) == ("is", "Married-civ-spouse")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a b", "a b"), ("", "''"), ("  ", "'  '"), ("a\nb", "'a\\nb'"), ("ä", "ä")],
)
def test_text_that_breaks_lines_or_is_none_is_quoted(text, expected):
    assert printable(text) == expected


@pytest.mark.parametrize("dpi", [72, 80, 100, 150, 300])
@pytest.mark.parametrize(
    "text",
    ["x", "worst concave points <= 0.1358", "illicit: 1,111", "WWmm", "a $b$ c$"],
)
def test_no_screen_draws_text_wider_than_is_said(dpi, text):
    figure = plt.figure(dpi=dpi)
    drawn = figure.text(0, 0, text, size=8, parse_math=False)

    width = drawn.get_window_extent().width * 72 / dpi
    plt.close(figure)

    assert width <= width_of(text, 8) + 72 / dpi  # a dot more at its ends
    assert width_of(text, 8) <= 1.5 * width + 1


def test_nothing_is_of_no_width():
    assert width_of("", 8) == 0
