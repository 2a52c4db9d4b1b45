"""What confusions tell: scikit-learn's matrix and accuracy, tables, and a summary."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix

from sklkd.inspection._confusion_cube import ConfusionCube


@pytest.fixture
def animals():
    return ConfusionCube.from_predictions(
        ["cat", "dog", "fox", "wolf", "wolf"],
        ["cat", "cat", "dog", "fox", "wolf"],
        hierarchy={"pet": ["cat", "dog"], "wild": ["fox", "wolf"]},
    )


@pytest.fixture
def models():
    """Of a teacher and a student, on two sites."""
    return ConfusionCube.from_columns(
        {
            "label": ["a", "a", "b", "b", "c"],
            "teacher": ["a", "b", "b", "c", "b"],
            "student": ["a", "b", "a", "b", "b"],
        },
        further={"site": ["n", "n", "s", "s", "s"]},
    )


LABELS = {
    "strings": ["b", "a", "c", "a"],
    "integers": [3, -1, 10, 10],
    "booleans": [True, False],
    "floats": [2.0, 1.0],
    "the word none": ["yes", "none", "maybe"],
    "unicode": ["Ä", "z", "a b", ""],
}


@st.composite
def labelled(draw):
    """Actual and predicted labels of one kind, two or more, and weights or None."""
    label = st.sampled_from(draw(st.sampled_from(list(LABELS.values()))))
    pairs = draw(st.lists(st.tuples(label, label), min_size=1, max_size=20))
    true, pred = map(list, zip(*pairs, strict=True))
    assume(len({*true, *pred}) > 1)  # of one label scikit-learn makes a warning
    number = draw(st.sampled_from([None, st.integers(1, 9), st.floats(0.01, 1e6)]))
    if number is None:
        return true, pred, None
    return true, pred, [draw(number) for _ in pairs]


@pytest.mark.parametrize("normalize", [None, "true", "pred", "all"])
@given(labelled())
def test_one_output_is_the_matrix_of_scikit_learn(normalize, drawn):
    true, pred, weight = drawn

    cube = ConfusionCube.from_predictions(true, pred, sample_weight=weight)

    expected = confusion_matrix(true, pred, sample_weight=weight, normalize=normalize)
    matrix = cube.matrix(normalize=normalize)
    np.testing.assert_array_equal(matrix, expected)
    assert matrix.dtype == expected.dtype
    assert list(cube.labels()) == sorted({*true, *pred})


def test_accuracy_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    true, pred = rng.integers(3, size=(2, 50))
    weight = rng.random(50)

    cube = ConfusionCube.from_predictions(true, pred, sample_weight=weight)

    expected = accuracy_score(true, pred, sample_weight=weight)
    assert cube.accuracy() == pytest.approx(expected, abs=1e-15)


def test_nothing_left_is_a_matrix_of_zeros(animals):
    nothing = animals.condition(actual="cat", predicted="wolf")

    assert nothing.total == 0
    assert nothing.matrix(normalize="all").tolist() == np.zeros((4, 4)).tolist()
    assert np.isnan(nothing.accuracy())
    assert nothing.cells == {}
    assert len(nothing.to_frame()) == 0


def test_a_matrix_against_the_teacher_has_it_in_the_rows(models):
    expected = confusion_matrix(list("abbcb"), list("ababb"))

    np.testing.assert_array_equal(models.matrix("student", against="teacher"), expected)


def test_a_frame_has_a_row_for_each_cell(models):
    frame = models.marginalise("student").to_frame()

    expected = pd.DataFrame(
        {"label": list("aabbc"), "student": list("ababb"), "weight": [1] * 5}
    )
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


def test_a_frame_of_nested_labels_has_strings():
    cube = ConfusionCube.from_predictions([["r", 1]], [["g", 1]])

    frame = cube.nest("output_0", "output_1").to_frame()

    assert frame.iloc[0].tolist() == ["r:1", "g:1", 1]


def test_without_pandas_a_frame_says_what_to_install(animals, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)

    with pytest.raises(ImportError, match="Run pip install pandas, or take cells"):
        animals.to_frame()


def test_it_says_what_it_is(models):
    assert repr(models.condition("teacher", correct=True)) == (
        "<ConfusionCube of teacher, student | teacher is right: total 2 in 2 cells>"
    )


def test_what_is_correct_is_about_the_classes_that_are_visible(animals):
    pets = animals.collapse("pet")

    assert animals.condition(correct=True).total == 2
    assert pets.condition(correct=True).total == 3
    assert pets.accuracy() == pytest.approx(3 / 5)
