"""Labels of any kind and container, and what they are as plain columns."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from sklkd.inspection._label_columns import (
    clean,
    in_order,
    read_pair,
    row_weights,
    set_label,
)

PAIRS = [["red", 1], ["blue", 2], ["red", 2]]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["b", "a"], ["b", "a"]),
        (("b", "a"), ["b", "a"]),
        (np.array(["b", "a"]), ["b", "a"]),
        (np.array([[3], [1]]), [3, 1]),
        (np.array([1.0, 2.0], dtype=np.float32), [1, 2]),
        ([np.int64(3), 1], [3, 1]),
        (np.array([True, False]), [True, False]),
        (pd.Series(["b", "a"], dtype="category"), ["b", "a"]),
        (pd.Series([3, 1], dtype="Int64"), [3, 1]),
        (pl.Series([3, 1]), [3, 1]),
        (["b", None], ["b", "none"]),
        (["b", float("nan")], ["b", "none"]),
        (np.array([1.0, np.nan]), [1, "none"]),
        (pd.Series([3, None], dtype="Int64"), [3, "none"]),
        (pd.Series(["b", pd.NA], dtype="string"), ["b", "none"]),
        (pl.Series(["b", None]), ["b", "none"]),
        ([{"b", "a"}, set()], ["{a,b}", "{}"]),
        ([frozenset({2, 10}), {1}], ["{2,10}", "{1}"]),
    ],
)
def test_labels_of_any_container_are_plain(labels, expected):
    found = read_pair("Who", labels, labels)

    ((true, pred),) = found.values()
    assert true == pred == expected
    assert not any(isinstance(label, np.generic) for label in true)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(PAIRS, columns=["colour", "size"]),
        pl.DataFrame(PAIRS, schema=["colour", "size"], orient="row"),
    ],
)
def test_columns_of_a_frame_keep_their_names_and_types(table):
    found = read_pair("Who", table, PAIRS)

    expected = {"colour": ["red", "blue", "red"], "size": [1, 2, 2]}
    assert found == {name: (column, column) for name, column in expected.items()}


def test_names_are_given_or_taken_from_the_frame_or_numbered():
    frame = pd.DataFrame(PAIRS, columns=["colour", "size"])
    series = pd.Series(["a"], name="kind")

    assert list(read_pair("Who", PAIRS, PAIRS)) == ["output_0", "output_1"]
    assert list(read_pair("Who", PAIRS, frame)) == ["colour", "size"]
    named = read_pair("Who", frame, frame, output_names=["c", "s"])
    assert list(named) == ["c", "s"]
    assert list(read_pair("Who", series, ["a"])) == ["kind"]
    assert list(read_pair("Who", ["a"], series)) == ["kind"]
    assert list(read_pair("Who", ["a"], ["a"])) == ["label"]
    assert list(read_pair("Who", ["a"], ["a"], output_names="kind")) == ["kind"]


INDICATOR = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize(
    "make", [np.asarray, csr_matrix, pd.DataFrame, np.ndarray.tolist]
)
def test_an_indicator_is_one_output_of_sets(make):
    found = read_pair("Who", make(INDICATOR), INDICATOR, output_names=list("abc"))

    assert found == {"label": (["{a,c}", "{}", "{b}"],) * 2}


def test_an_indicator_is_one_output_of_sets_of_columns_numbers():
    found = read_pair("Who", INDICATOR.astype(bool), INDICATOR.astype(float))

    assert found == {"label": (["{0,2}", "{}", "{1}"],) * 2}


def test_outputs_of_0_and_1_are_outputs_where_it_is_said():
    found = read_pair("Who", INDICATOR, INDICATOR, multilabel=False)

    assert list(found) == ["output_0", "output_1", "output_2"]
    assert found["output_0"] == ([1, 0, 0], [1, 0, 0])


def test_columns_are_outputs_where_one_side_has_other_numbers():
    found = read_pair("Who", INDICATOR, INDICATOR + 1)

    assert list(found) == ["output_0", "output_1", "output_2"]


def test_multilabel_of_other_numbers_is_an_error():
    with pytest.raises(ValueError, match="multilabel=True needs columns of 0 and 1"):
        read_pair("Who", INDICATOR + 1, INDICATOR, multilabel=True)


@pytest.mark.parametrize(
    ("true", "pred", "message"),
    [
        ([], [], "y_true must have at least one row, got none."),
        (3, 3, r"y_true must have the shape .*, got \(\)."),
        (np.zeros((2, 2, 2)), [1], r"y_true must have the shape .*, got \(2, 2, 2\)."),
        ([1, 2], [1], r"as many rows and outputs as each other, got \(2, 1\) and \(1,"),
        (PAIRS, [1, 2, 3], r"got \(3, 2\) and \(3, 1\)"),
        ([0.5, 1.0], [1, 1], "got numbers that are not whole, such as 0.5."),
        ([1.0, np.inf], [1, 1], "got numbers that are not whole, such as inf."),
    ],
)
def test_labels_that_do_not_fit(true, pred, message):
    with pytest.raises(ValueError, match=f"^Who: .*{message}"):
        read_pair("Who", true, pred)


def test_labels_that_cannot_be_counted():
    with pytest.raises(TypeError, match=r"^Who: labels must be hashable"):
        read_pair("Who", [{"a": 1}, "b"], ["a", "b"])


def test_ragged_lists_are_told_to_be_sets():
    with pytest.raises(TypeError, match="Pass several labels of a row as a set"):
        read_pair("Who", [["a"], ["a", "b"]], ["a", "b"])


def test_frames_with_columns_in_another_order_are_an_error():
    frame = pd.DataFrame(PAIRS, columns=["colour", "size"])

    with pytest.raises(ValueError, match="Who: ") as caught:
        read_pair("Who", frame, frame[["size", "colour"]])

    assert str(caught.value) == (
        "Who: y_true and y_pred must have the same columns in the same order, got "
        "['colour', 'size'] and ['size', 'colour']."
    )


@pytest.mark.parametrize("names", [["a"], ["a", "a"], "ab "])
def test_names_that_do_not_fit(names):
    with pytest.raises(ValueError, match="output_names must be 2 different names"):
        read_pair("Who", PAIRS, PAIRS, output_names=names)


def test_order_is_that_of_scikit_learn_and_numbers_come_first():
    assert in_order(["b", "B", "a", "b"]) == ["B", "a", "b"]
    assert in_order([10, 9, "none", 2.0, True]) == [True, 2.0, 9, 10, "none"]
    assert in_order(["x", ("a", 1), 3]) == [3, "x", ("a", 1)]


def test_a_set_has_one_name_whatever_its_order():
    assert set_label(["b", "a"]) == set_label({"a", "b"}) == "{a,b}"
    assert set_label([10, 9]) == "{9,10}"


def test_whole_weights_stay_whole():
    assert row_weights("Who", None, 2).dtype == np.int64
    assert row_weights("Who", [True, False], 2).tolist() == [1, 0]
    assert row_weights("Who", np.array([2, 3], dtype=np.uint8), 2).dtype == np.int64
    assert row_weights("Who", np.array([2, 3], dtype=np.float32), 2).dtype == np.float64


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1], r"must have the shape \(2,\), a weight for each row, got \(1,\)."),
        ([1, -1], "must be finite and not negative, got values from -1 to 1."),
        ([1, np.nan], "must be finite"),
        ([1, np.inf], "must be finite"),
    ],
)
def test_weights_that_do_not_fit(weights, message):
    with pytest.raises(ValueError, match=f"^Who: sample_weight {message}"):
        row_weights("Who", weights, 2)


def test_dates_are_labels():
    days = pd.Series(pd.to_datetime(["2020-01-01", None]))

    assert clean("Who", days.to_list()) == [pd.Timestamp("2020-01-01"), "none"]
