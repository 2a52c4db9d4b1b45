"""Text of sums: linear terms by size, tables for the rest, and exact identities."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from readable.random_models import additives

from sklkd.readable import AdditiveModel, Column, Curve, Feature
from sklkd.readable._text import to_text

COLUMNS = (
    Column("age", 0, whole=True),
    Column("hours per week", 1),
    Column("degree", 2, ("none", "Bachelors", "Masters")),
)


def line(j, *factors, constant=0.0, center=0.0, fill=0.0, code=None):
    """A line of a column, or what one of its categories adds."""
    k = len(factors)
    return Curve(Feature(j, code, fill), (), (center,), (((constant,) * k, factors),))


def text_of(curves, *, intercept=(1.0,), classes=None, targets=("price",)):
    return to_text(AdditiveModel(COLUMNS, classes, targets, intercept, tuple(curves)))


def test_linear_terms_stand_by_size():
    found = text_of([line(0, 0.31, fill=38.5), line(1, -2.0, fill=40.0)])

    assert found.splitlines() == [
        "price =",
        "    1",
        "    - 2 * hours per week",
        "    + 0.31 * age",
        "",
        "missing counts as: age 38.5, hours per week 40",
    ]


def test_constants_of_lines_are_in_the_constant():
    """1 + (3 + 2 (x - 5)) is -6 + 2 x."""
    found = text_of([line(0, 2.0, constant=3.0, center=5.0)])

    assert found.splitlines()[1:3] == ["    -6", "    + 2 * age"]


def test_lines_of_one_column_are_added():
    assert "    + 5 * age" in text_of([line(0, 2.0), line(0, 3.0)]).splitlines()


def test_of_two_classes_log_odds_are_shown():
    found = text_of(
        [line(0, -0.25, 0.5)],
        intercept=(1.0, -1.0),
        classes=("no", "yes"),
        targets=("no", "yes"),
    )

    assert found.splitlines()[:3] == ["log-odds of yes =", "    -2", "    + 0.75 * age"]


def test_of_several_classes_each_has_a_column():
    names = ("a", "b", "c")
    found = text_of(
        [line(0, 1.0, 2.0, 3.0), line(1, -4.0, 0.0, 0.5)],
        intercept=(0.0, 1.0, -1.0),
        classes=names,
        targets=names,
    )

    assert found.splitlines()[:5] == [
        "scores, whose softmax is the probability =",
        "                       a  b    c",
        "                       0  1   -1",
        "    hours per week *  -4  0  0.5",
        "    age *              1  2    3",
    ]


def test_categories_stand_together_by_size():
    found = text_of([line(2, 0.5, code=1), line(2, 1.5, code=2)])

    assert found.splitlines() == [
        "price =",
        "    1",
        "    + what degree adds",
        "",
        "degree adds",
        "    Masters    1.5",
        "    Bachelors  0.5",
        "    none       0.0",
        "    missing    0.0",
    ]


def test_of_columns_without_gaps_nothing_is_said_of_missing_values():
    columns = tuple(replace(column, gaps=False) for column in COLUMNS)
    curves = (line(0, 2.0, fill=38.5), line(2, 5.0, code=0))

    text = to_text(AdditiveModel(columns, None, ("price",), (1.0,), curves))

    assert "degree adds" in text
    assert "missing" not in text


def test_tables_stand_by_how_much_of_a_difference_they_make():
    flat = Curve(Feature(0), (1.0,), (0.0, 0.0), (((0.0,),), ((0.1,),)))

    lines = text_of([flat, line(2, 5.0, code=0)]).splitlines()

    assert lines.index("degree adds") < lines.index("age adds")


def test_a_curve_is_a_table_of_values_and_ways():
    """x^2 up to 1, constant up to 3, then a line down."""
    curve = Curve(
        Feature(1, fill=2.0),
        breaks=(-2.0, 1.0, 3.0),
        centers=(0.0, 0.0, 0.0, 3.0),
        coefficients=(
            ((0.0,), (0.0,), (1.0,)),
            ((0.0,), (0.0,), (1.0,)),
            ((1.0,), (0.0,), (0.0,)),
            ((1.0,), (-0.5,), (0.0,)),
        ),
    )

    assert text_of([curve]).splitlines()[4:] == [
        "hours per week adds",
        "    at -2    4  down",
        "    at 1     1    up",
        "    at 3     1  flat",
        "    above 3     down",
        "    missing  1",
    ]


def test_curves_of_several_outputs_have_two_columns_each():
    steps = (((1.0, 0.5),), ((2.0, 0.25),))
    curve = Curve(Feature(1), (0.0,), (0.0, 0.0), steps)

    found = text_of([curve], intercept=(0.0, 0.0), targets=("price", "size"))

    assert found.splitlines()[6:] == [
        "             price        size",
        "    at 0         1  flat   0.5  flat",
        "    above 0         flat        flat",
        "    missing      1         0.5",
    ]


def test_of_many_breaks_seven_are_shown_with_both_ends():
    n = 50
    steps = tuple(((float(i),),) for i in range(n + 1))
    curve = Curve(Feature(1), tuple(map(float, range(n))), (0.0,) * (n + 1), steps)

    shown = re.findall(r"at (\d+) ", text_of([curve]))

    assert len(shown) == 7
    assert (shown[0], shown[-1]) == ("0", "49")


def test_a_curve_without_breaks_is_shown_around_its_centre():
    parabola = Curve(Feature(1), (), (10.0,), (((0.0,), (0.0,), (1.0,)),))

    found = text_of([parabola]).splitlines()

    assert [" ".join(row.split()) for row in found[5:9]] == [
        "at 9 1 down",
        "at 10 0 flat",
        "at 11 1 up",
        "above 11 up",
    ]


def test_the_way_is_that_of_the_derivative():
    """That of x^2 - 3 x is 2 x - 3."""
    piece = ((0.0,), (-3.0,), (1.0,))
    curve = Curve(Feature(1), (1.0, 1.5, 2.0), (0.0,) * 4, (piece,) * 4)

    ways = [row.split()[-1] for row in text_of([curve]).splitlines()[5:9]]

    assert ways == ["down", "flat", "up", "up"]


def test_a_sum_of_nothing_is_its_constant():
    assert text_of([]) == "price =\n    1"


@given(additives(regression=True))
def test_linear_terms_and_constant_give_the_output_back(model):
    """What is read from the text and added up is the model, to four digits."""
    text = to_text(model)
    assume(len(model.targets) == 1 and "adds" not in text)
    lines = text.splitlines()[1:]
    terms = [re.match(r"    ([+-]) (\S+) \* (.*)$", row) for row in lines]
    found = {t[3]: float(t[1] + t[2]) for t in terms if t}
    Z = np.array([[1.5, -2.0, 0.25, 3.0][: len(model.columns)]])

    total = float(lines[0]) + sum(
        found.get(column.name, 0.0) * z
        for column, z in zip(model.columns, Z[0], strict=True)
    )

    assert total == pytest.approx(model.outputs(Z)[0, 0], rel=1e-3, abs=1e-2)
