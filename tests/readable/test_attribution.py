"""Attributions: values by hand, sums that leave nothing, and columns without a say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readable.random_models import models, nearests, rows, trees
from scipy.special import softmax

from sklkd.readable import (
    AdditiveModel,
    Column,
    Curve,
    Feature,
    Literal,
    NearestModel,
    Node,
    ReadableTree,
    Test,
)
from sklkd.readable._attribution import attribute, scores

COLUMNS = (Column("a", 0), Column("b", 1), Column("c", 2, ("x", "y")))


def line(column, *slopes, code=None, fill=0.0):
    """A line through 0, with a slope for each output."""
    zero = (0.0,) * len(slopes)
    return Curve(Feature(column, code, fill), (), (0.0,), ((zero, slopes),))


# --- By hand --------------------------------------------------------------------------


def test_a_column_of_a_tree_gets_the_differences_on_the_way():
    """2 -> 5 by a, 5 -> 4 by b, 4 -> 4.5 by a again."""
    high = Literal(0, 1.0, above=True)
    nodes = (
        Node((2.0,), 1.0, Test((high,)), 1, 2),
        Node((5.0,), 0.5, Test((Literal(1, 0.0),)), 3, 4),
        Node((0.0,), 0.5),
        Node((4.0,), 0.3, Test((Literal(0, 9.0),)), 5, 6),
        Node((6.0,), 0.2),
        Node((4.5,), 0.2),
        Node((3.0,), 0.1),
    )
    tree = ReadableTree(COLUMNS, None, ("value",), nodes)

    found = attribute(tree, np.array([[5.0, -1.0, 0.0], [0.0, -1.0, 0.0]]))

    assert found.contributions[..., 0].tolist() == [[3.5, -1, 0], [-2, 0, 0]]
    assert found.baseline.tolist() == [2]
    assert found.scale_name == "value"


def test_columns_of_one_test_share_its_difference():
    """Three conditions on two columns: a has two of them, and half of it."""
    literals = Literal(0, 1.0), Literal(0, 5.0, above=True), Literal(1, 0.0)
    nodes = Node((0.5, 0.5), 1.0, Test(literals, 2), 1, 2), Node((0.9, 0.1), 0.5)
    tree = ReadableTree(
        COLUMNS, ("n", "y"), ("n", "y"), (*nodes, Node((0.1, 0.9), 0.5))
    )

    found = attribute(tree, np.array([[0.0, 0.0, 0.0]]))

    expected = [[0.2, -0.2], [0.2, -0.2], [0, 0]]
    np.testing.assert_allclose(found.contributions[0], expected, atol=1e-15)
    assert found.scale_name == "probability"


def test_a_column_of_a_sum_gets_its_terms():
    model = AdditiveModel(
        COLUMNS,
        None,
        ("value",),
        (10.0,),
        (line(0, 2.0, fill=4.0), line(2, 3.0, code=0), line(2, -1.0, code=1)),
    )

    found = attribute(model, np.array([[1.0, 7, 0], [np.nan, 7, 1], [0, 7, np.nan]]))

    assert found.contributions[..., 0].tolist() == [[2, 0, 3], [8, 0, -1], [0, 0, 0]]
    assert found.baseline.tolist() == [10]


def test_terms_count_from_their_mean_over_usual_rows():
    model = AdditiveModel(COLUMNS, None, ("value",), (10.0,), (line(0, 2.0),))
    usual = np.array([[1.0, 0, 0], [4.0, 0, 0]])

    found = attribute(model, np.array([[3.0, 0, 0]]), usual)

    assert found.contributions[..., 0].tolist() == [[1, 0, 0]]
    assert found.baseline.tolist() == [15]


def test_of_two_classes_terms_are_log_odds():
    model = AdditiveModel(
        COLUMNS, ("n", "y"), ("n", "y"), (1.0, 3.0), (line(0, 0.5, -0.5),)
    )
    Z = np.array([[3.0, 0, 0]])

    found = attribute(model, Z)

    assert found.scale_name == "log-odds"
    assert found.contributions[0].tolist() == [[3, -3], [0, 0], [0, 0]]
    p = model.outputs(Z)[0]
    total = found.baseline + found.contributions.sum(axis=1)[0]
    np.testing.assert_allclose(total, np.log(p / p[::-1]), rtol=1e-12)


def test_a_distance_is_taken_apart_by_columns():
    """Nearest are (0, 0) and (5, 1): distances 4 + 9 and (1/2)² 9 + 4 if diagonal."""
    model = NearestModel(
        COLUMNS,
        ("n", "y"),
        ("n", "y"),
        (Feature(0), Feature(1)),
        ((0.0, 0.0), (5.0, 1.0), (50.0, 50.0)),
        (0, 1, 1),
        (((1.0, 0.0), (0.0, 1.0)), ((0.5, 0.0), (0.0, 1.0)), ((1.0, 0.0), (0.0, 1.0))),
    )

    found = attribute(model, np.array([[2.0, 3.0, 0.0]]))

    assert found.contributions[0, :, 0].tolist() == [9 / 4 - 4, 4 - 9, 0]
    assert found.contributions[0, :, 1].tolist() == [4 - 9 / 4, 9 - 4, 0]
    assert found.baseline.tolist() == [0, 0]


def test_columns_that_a_metric_mixes_share_what_they_make_together():
    """(1 a + 2 b)² = a (a + 2 b) + b (2 a + 4 b), for a = 3 and b = -1."""
    model = NearestModel(
        COLUMNS,
        ("n", "y"),
        ("n", "y"),
        (Feature(0), Feature(1)),
        ((0.0, 0.0), (3.0, -1.0)),
        (0, 1),
        (((1.0, 2.0),),),
    )

    found = attribute(model, np.array([[3.0, -1.0, 0.0]]))

    assert found.contributions[0, :, 1].tolist() == [3, -2, 0]


# --- Laws -----------------------------------------------------------------------------


def explained(model, Z):
    """What contributions must sum to, from the model alone."""
    if isinstance(model, ReadableTree):
        return model.outputs(Z)
    if isinstance(model, AdditiveModel):
        said = model.scores(Z)
    else:
        owners, far = np.array(model.owners), model.distances(Z)
        classes = range(len(model.classes))
        said = -np.stack([far[:, owners == k].min(axis=1) for k in classes], axis=1)
    if model.classes is None:
        return said
    if said.shape[1] == 2:
        return said - said[:, ::-1]
    return said - said.mean(axis=1, keepdims=True)


@given(st.data())
def test_contributions_sum_to_what_is_said(data):
    model = data.draw(models(exotic=True))
    Z = data.draw(rows(model))
    background = data.draw(st.none() | rows(model))

    found = attribute(model, Z, background)

    total = found.baseline + found.contributions.sum(axis=1)
    # Differences of distances or terms like 1e15 have no more digits than these.
    size = np.abs(found.contributions).sum(axis=1) + np.abs(found.baseline)
    size = size + np.abs(scores(model, Z)).max(axis=1, keepdims=True) + 1
    assert (np.abs(total - explained(model, Z)) <= 1e-12 * size).all()


@given(st.data())
def test_columns_that_are_not_looked_at_get_nothing(data):
    model = data.draw(models())
    Z = data.draw(rows(model))

    found = attribute(model, Z, data.draw(rows(model)))

    unused = sorted({*range(len(model.columns))} - {*model.used})
    assert (found.contributions[:, unused] == 0).all()


@given(st.data())
def test_a_column_of_a_tree_that_is_not_asked_about_on_the_way_gets_nothing(data):
    tree = data.draw(trees())
    Z = data.draw(rows(tree))
    asked = {
        leaf: {literal.column for test, _ in path for literal in test.literals}
        for leaf, path in tree.leaves()
    }

    found = attribute(tree, Z).contributions

    for i, leaf in enumerate(tree.apply(Z).tolist()):
        others = [j for j in range(len(tree.columns)) if j not in asked[leaf]]
        assert (found[i, others] == 0).all()


@given(st.data())
def test_contributions_to_classes_cancel_out(data):
    model = data.draw(nearests())
    Z = data.draw(rows(model))

    found = attribute(model, Z).contributions

    size = 1 + model.distances(Z).max()  # from which the others are subtracted
    np.testing.assert_allclose(found.sum(axis=2), 0, atol=1e-12 * size)


@given(st.data())
def test_the_softmax_of_scores_is_what_is_said(data):
    model = data.draw(nearests())
    Z = data.draw(rows(model))

    np.testing.assert_allclose(softmax(scores(model, Z), axis=1), model.outputs(Z))


def test_rows_may_be_none():
    tree = ReadableTree(COLUMNS, None, ("value",), (Node((2.0,), 1.0),))

    assert attribute(tree, np.empty((0, 3))).contributions.shape == (0, 3, 1)


def test_a_model_of_another_kind_is_refused():
    message = (
        "^attribute: model must be a ReadableTree, AdditiveModel or NearestModel, got "
        "str.$"
    )

    with pytest.raises(TypeError, match=message):
        attribute("tree", np.zeros((1, 3)))
