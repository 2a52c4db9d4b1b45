"""From rows to a joint distribution: names of columns, trees and weights."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklkd.inspection._confusion_cube import ConfusionCube

TWO = [["red", 1], ["blue", 2]]


def test_columns_are_named_after_their_output():
    cube = ConfusionCube.from_predictions(TWO, TWO, output_names=["colour", "size"])

    assert cube.columns == (
        *("actual_colour", "predicted_colour"),
        *("actual_size", "predicted_size"),
    )


def test_each_output_may_have_a_hierarchy():
    cube = ConfusionCube.from_predictions(
        TWO, TWO, hierarchy={"output_1": {"small": [1], "large": [2]}}
    )

    assert cube.collapse(output="output_1").labels("output_1") == ("small", "large")
    assert cube.collapse(output="output_0").labels("output_0") == ("blue", "red")


@pytest.mark.parametrize("hierarchy", [{"colour": ["red", "blue"]}, ["red", "blue"]])
def test_a_hierarchy_of_no_output_is_an_error(hierarchy):
    with pytest.raises(ValueError, match="must map their names to their hierarchies"):
        ConfusionCube.from_predictions(TWO, TWO, hierarchy=hierarchy)


def test_what_else_is_known_has_labels_of_its_own():
    cube = ConfusionCube.from_predictions(
        TWO, TWO, further={"site": pd.Series(["n", None])}
    )

    assert cube.condition(site="none").total == 1
    assert cube.outputs == ("output_0", "output_1")


def test_columns_share_their_labels():
    cube = ConfusionCube.from_columns(
        {"label": ["a", "b"], "teacher": ["a", "c"]}, sample_weight=[2, 3]
    )

    assert cube.labels() == ("a", "b", "c")
    assert cube.matrix().tolist() == [[2, 0, 0], [0, 0, 3], [0, 0, 0]]


@pytest.mark.parametrize(
    ("further", "message"),
    [
        ({"actual_label": ["n", "s"]}, "got 'actual_label' besides"),
        ({"weight": ["n", "s"]}, "none of them 'weight', got 'weight' besides"),
        ({"site": ["n"]}, "columns must be of the same rows, got {'actual_label': 2, "),
        ({"site": np.zeros((2, 2))}, "site must have one column, of shape"),
    ],
)
def test_further_columns_that_do_not_fit(further, message):
    with pytest.raises(
        ValueError, match=f"^ConfusionCube.from_predictions: .*{message}"
    ):
        ConfusionCube.from_predictions(["a", "b"], ["a", "b"], further=further)


def test_a_label_named_weight_is_a_name_that_is_taken():
    with pytest.raises(ValueError, match="none of them 'weight'"):
        ConfusionCube.from_columns({"label": [1], "weight": [1]})


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_columns_may_be_a_frame(frame):
    table = frame({"label": ["a", "b"], "model": ["a", "a"]})

    cube = ConfusionCube.from_columns(table, further=frame({"site": [1, 2]}))

    assert cube.cells == {("a", "a", 1): 1, ("b", "a", 2): 1}


def test_columns_of_different_lengths_are_an_error():
    with pytest.raises(ValueError, match="columns must be of the same rows"):
        ConfusionCube.from_columns({"label": [1, 2], "teacher": [1]})


def test_an_unknown_truth_is_an_error():
    with pytest.raises(ValueError, match="truth must be one of 'a', 'b', got 'c'"):
        ConfusionCube.from_columns({"a": [1], "b": [1]}, truth="c")
