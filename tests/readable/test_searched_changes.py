"""Changes of rows for smooth models: borders by formula, pairs, and no way out."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from readable.random_models import additives, nearests, rows

from sklkd.readable import AdditiveModel, Column, Curve, Feature, NearestModel
from sklkd.readable._goal import make_goal
from sklkd.readable._searched_changes import searched_changes
from sklkd.readable._terms import make_terms

A, B = Column("a", 0), Column("b", 1)
WORD = Column("c", 2, ("x", "y", "z"))


def curve(column, *pieces, breaks=(), code=None):
    """Of pieces (constant, slope, ...), for the second of two classes."""
    numbers = tuple(tuple((0.0, power) for power in piece) for piece in pieces)
    return Curve(Feature(column, code), breaks, (0.0,) * len(pieces), numbers)


def additive(intercept, *curves, columns=(A, B, WORD)):
    return AdditiveModel(
        columns, ("no", "yes"), ("no", "yes"), (0.0, intercept), curves
    )


def changes(model, Z, target=None, **wishes):
    Z = np.array(Z, dtype=np.float64)
    goal = make_goal("test", model, model.outputs(Z), target)
    terms = make_terms("test", model.columns, **wishes)
    return searched_changes(model, Z, goal, terms)


# --- One column -----------------------------------------------------------------------


def test_a_line_is_followed_just_beyond_the_border():
    """No below a = 3.14159."""
    model = additive(-3.14159, curve(0, (0.0, 1.0)))

    found = changes(model, [[0.5, 9, 0], [5.0, 9, 0]])

    assert found.tolist() == [[3.15, 9, 0], [3.14, 9, 0]]


def test_the_nearer_of_two_borders_is_taken():
    """Yes where a² > 4."""
    model = additive(-4.0, curve(0, (0.0, 0.0, 1.0)))

    found = changes(model, [[-1.5, 0, 0], [1.5, 0, 0]])

    assert found[:, 0] == pytest.approx([-2.01, 2.01])


def test_the_cheaper_of_two_columns_is_taken():
    """Yes where a + b > 1: half as dear by b, if b has twice the unit."""
    model = additive(-1.0, curve(0, (0.0, 1.0)), curve(1, (0.0, 1.0)))

    found = changes(model, [[0.0, 0.0, 0]], scale=[1, 2, 1])

    assert found[0] == pytest.approx([0, 1.1, 0])


def test_a_step_is_found_behind_its_break():
    model = additive(-1.0, curve(0, (0.0,), (2.0,), (0.0,), breaks=(0.7, 0.71)))

    found = changes(model, [[0.0, 0, 0], [9.0, 0, 0]])

    assert model.outputs(found).argmax(axis=1).tolist() == [1, 1]
    assert found[:, 0] == pytest.approx(0.71)


def test_whole_numbers_stay_whole():
    whole = (Column("a", 0, whole=True), B, WORD)
    model = additive(-3.2, curve(0, (0.0, 1.0)), columns=whole)

    found = changes(model, [[0, 0, 0], [7, 0, 0]])

    assert found[:, 0].tolist() == [4, 3]


def test_a_category_is_exchanged_for_the_most_frequent_that_will_do():
    model = additive(-1.0, curve(2, (0.0, 2.0), code=1), curve(2, (0.0, 2.0), code=2))
    background = np.array([[0, 0, 2.0], [0, 0, 2.0], [0, 0, 1.0]])

    found = changes(model, [[0, 0, 0], [0, 0, np.nan]], background=background)

    assert found[:, 2].tolist() == [2, 2]


def test_a_gap_is_filled_with_the_most_usual_number_that_will_do():
    """Yes above 3; a gap counts as 0."""
    model = additive(-3.0, curve(0, (0.0, 1.0)))
    background = np.array([[a, 0, 0] for a in (1.0, 2.0, 4.0, 6.0)])

    found = changes(model, [[np.nan, 0, 0]], background=background)

    assert found[0, 0] == 4


def test_usual_rows_bound_what_is_tried():
    model = additive(-3.0, curve(0, (0.0, 1.0)))
    background = np.array([[0.0, 0, 0], [2.5, 0, 0]])

    found = changes(model, [[1.0, 0, 0]], background=background)

    assert found.tolist() == [[1, 0, 0]]


def test_columns_that_may_not_change_do_not():
    model = additive(-1.0, curve(0, (0.0, 1.0)), curve(1, (0.0, 0.5)))

    found = changes(model, [[0.0, 0.0, 0]], mutable=["b", "c"])

    assert found[0] == pytest.approx([0, 2.01, 0])


def test_values_are_brought_into_an_interval_that_no_step_hits():
    model = AdditiveModel(
        (A,),
        None,
        ("y",),
        (0.0,),
        (Curve(Feature(0), (), (0.0,), (((0.0,), (1.0,)),)),),
    )

    found = changes(model, [[0.0], [5.0], [2.2005]], target=(2.2, 2.201))

    assert ((found >= 2.2) & (found <= 2.201)).all()
    assert found[2, 0] == 2.2005


def test_the_border_between_two_prototypes_is_half_way():
    model = NearestModel(
        (A, B),
        ("no", "yes"),
        ("no", "yes"),
        (Feature(0), Feature(1)),
        ((0.0, 0.0), (4.0, 0.0)),
        (0, 1),
        (((1.0, 0.0), (0.0, 1.0)),),
    )

    found = changes(model, [[0.5, 7.0], [3.0, -7.0]])

    assert found[:, 0] == pytest.approx([2.01, 2.0], abs=0.011)
    assert found[:, 1].tolist() == [7, -7]


# --- Two columns ----------------------------------------------------------------------


def test_two_columns_change_where_one_is_not_enough():
    """Yes where a + b > 3, for each of them at most 2."""
    model = additive(-3.0, curve(0, (0.0, 1.0)), curve(1, (0.0, 1.0)))
    grid = np.linspace(0, 2, 21)
    background = np.stack([grid, grid, np.zeros(21)], axis=1)

    found = changes(model, [[0.0, 0.5, 0]], background=background, scale=[1, 1, 1])

    assert found[0, 0] + found[0, 1] == pytest.approx(3, abs=0.03)
    assert (found[0, :2] <= 2).all()
    assert model.outputs(found).argmax() == 1


def test_a_category_and_a_number_change_together():
    model = additive(-3.0, curve(0, (0.0, 1.0)), curve(2, (0.0, 2.0), code=1))
    background = np.array([[0.0, 0, 0], [2.0, 0, 0]])

    found = changes(model, [[0.0, 0, 0]], background=background, scale=[1, 1, 1])

    assert found[0] == pytest.approx([1.01, 0, 1])


def test_three_columns_are_too_many():
    columns = tuple(Column(name, j) for j, name in enumerate("abc"))
    lines = [curve(j, (0.0, 1.0)) for j in range(3)]
    background = np.array([[0.0] * 3, [1.0] * 3])

    found = changes(
        additive(-2.5, *lines, columns=columns), [[0, 0, 0]], background=background
    )

    assert found.tolist() == [[0, 0, 0]]


# --- Laws -----------------------------------------------------------------------------


@given(st.data())
def test_blocks_of_rows_do_not_matter(data):
    model = data.draw(additives(regression=False) | nearests())
    Z = data.draw(rows(model, max_size=6))
    many = np.tile(Z, (math.ceil(300 / len(Z)), 1))

    found = changes(model, many)

    np.testing.assert_array_equal(found[: len(Z)], found[-len(Z) :])


@given(
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    st.floats(-2, 2),
    st.lists(st.floats(-2, 2), min_size=3, max_size=3),
)
def test_of_lines_the_steepest_is_taken_as_far_as_the_border(slopes, intercept, z):
    """The distance to a plane along an axis is its height over the slope."""
    assume(max(np.abs(slopes)) > 0.01)  # else probabilities are equal when rounded
    columns = tuple(Column(name, j) for j, name in enumerate("abc"))
    model = additive(
        intercept, *[curve(j, (0.0, s)) for j, s in enumerate(slopes)], columns=columns
    )
    height = abs(intercept + np.dot(slopes, z))
    least = height / max(np.abs(slopes))

    moved = np.abs(changes(model, [z])[0] - z)

    if least < 3.9:  # of the four units that are tried
        assert (moved > 0).sum() == 1
        assert least - 1e-6 <= moved.sum() <= least + 0.05 + 1e-6
