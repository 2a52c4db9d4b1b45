"""Counterfactuals: what they say in words, and that models agree with them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readable.random_models import models, rows

from sklkd.readable import AdditiveModel, Column, Literal, Node, ReadableTree, Test
from sklkd.readable._counterfactual import counterfactuals
from sklkd.readable._goal import make_goal
from sklkd.readable._terms import make_terms

AGE = Column("age", 0, whole=True)
SEX = Column("sex", 1, ("Female", "Male"))
YES = Test((Literal(0, 40.5, above=True), Literal(1, codes=(1,))), m=2)
TREE = ReadableTree(
    (AGE, SEX),
    (False, True),
    ("no", "yes"),
    (Node((0.5, 0.5), 1.0, YES, 1, 2), Node((0.1, 0.9), 0.5), Node((0.9, 0.1), 0.5)),
)


def found(model, Z, target=None, **wishes):
    Z = np.array(Z, dtype=np.float64)
    goal = make_goal("test", model, model.outputs(Z), target)
    return counterfactuals(model, Z, goal, make_terms("test", model.columns, **wishes))


def test_a_change_of_two_columns_in_words_and_numbers():
    (other,) = found(TREE, [[37, 0]], scale=[8, 1])

    assert other.text == "age 37 -> 41 and sex Female -> Male: then yes"
    assert other.row == (41, 1)
    assert other.changed == (0, 1)
    assert other.cost == 1.5
    assert other.outcome == 1


def test_a_gap_is_called_missing():
    (other,) = found(TREE, [[np.nan, 1]], background=np.array([[50.0, 0]]))

    assert other.text == "age missing -> 50: then yes"
    assert other.cost == 1


def test_a_row_that_is_there_already_changes_in_nothing():
    (other,) = found(TREE, [[50, 1]], target=1)

    assert other.text == "as it is: then yes"
    assert (other.changed, other.cost) == ((), 0)


def test_there_is_none_where_no_column_may_change():
    assert found(TREE, [[50, 1], [37, 0]], mutable=[]) == (None, None)


def test_there_is_one_for_each_row():
    assert found(TREE, np.empty((0, 2))) == ()


def test_old_numbers_are_rounded_and_new_ones_are_not():
    column = Column("x", 0)
    nodes = Node((0.0,), 1.0, Test((Literal(0, 1234567.5),)), 1, 2), Node((-1.0,), 0.5)
    tree = ReadableTree((column,), None, ("price",), (*nodes, Node((12.5,), 0.5)))

    text = found(tree, [[1.23456789]], scale=[20])[0].text

    assert text == "x 1.235 -> 1234568: then price = 12.5"


def test_numbers_that_look_the_same_when_rounded_are_told_apart():
    nodes = Node((0.0,), 1.0, Test((Literal(0, 1.00001),)), 1, 2), Node((-1.0,), 0.5)
    tree = ReadableTree((Column("x", 0),), None, ("y",), (*nodes, Node((1.0,), 0.5)))

    above, below = found(tree, [[1.000009], [1.00002]])

    assert above.text == "x 1 -> 1.01: then y = 1"
    assert below.text == "x 1.00002 -> 1: then y = -1"


def test_several_values_are_named():
    nodes = Node((0.0, 0.0), 1.0, Test((Literal(0, 0.5),)), 1, 2), Node((-1.0, 2.0), 1)
    tree = ReadableTree((AGE,), None, ("a", "b"), (*nodes, Node((1.0, 3.0), 0.5)))

    (other,) = found(tree, [[0]])

    assert other.text == "age 0 -> 1: then a = 1, b = 3"
    assert other.outcome == (1, 3)


def test_a_sum_of_curves_has_none_without_a_target():
    """Any change at all would make another value."""
    model = AdditiveModel((AGE,), None, ("y",), (0.0,), ())

    assert found(model, [[1.0]]) == (None,)


@given(st.data())
def test_models_agree_and_nothing_else_changes(data):
    model = data.draw(models())
    Z = data.draw(rows(model))
    background = data.draw(st.none() | rows(model))
    target = data.draw(st.sampled_from(targets(model)))
    n_columns = len(model.columns)
    mutable = data.draw(st.lists(st.integers(0, n_columns - 1), min_size=1))

    others = found(model, Z, target, background=background, mutable=mutable)

    before = model.outputs(Z)
    for i, other in enumerate(others):
        if other is None:
            continue
        row = np.array(other.row)
        differs = ~((row == Z[i]) | (np.isnan(row) & np.isnan(Z[i])))
        assert other.changed == tuple(np.flatnonzero(differs))
        assert {*other.changed} <= {*mutable} & {*model.used}
        assert_reached(model.outputs(row[np.newaxis])[0], before[i], target, model)
        for j in other.changed:
            assert_possible(model.columns[j], row[j])
            assert model.columns[j].name in other.text


def targets(model):
    """Wishes that fit a model."""
    if model.classes is None:
        return [None, (0.0, 0.5), (1.0, np.inf)]
    return [None, *range(len(model.classes))]


def assert_reached(after, before, target, model):
    if isinstance(target, tuple):
        assert ((target[0] <= after) & (after <= target[1])).all()
    elif target is not None:
        assert after.argmax() == target
    elif model.classes is not None:
        assert after.argmax() != before.argmax()
    else:
        assert (after != before).any()


def assert_possible(column, value):
    """What is new is there, a category or, where it must be, whole."""
    if column.categories is not None:
        assert value in range(len(column.categories))
    assert np.isfinite(value)
    assert not column.whole or value == np.floor(value)


@pytest.mark.parametrize("target", [0, 1])
def test_a_class_that_is_never_predicted_is_not_reached(target):
    tree = ReadableTree((AGE,), (0, 1, 2), ("a", "b", "c"), (Node((0, 0, 1.0), 1.0),))

    assert found(tree, [[3.0]], target=target) == (None,)
