"""Confusions as a joint distribution: laws of its algebra, and scikit-learn's."""

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    confusion_matrix,
    multilabel_confusion_matrix,
)
from sklearn.preprocessing import MultiLabelBinarizer

from sklkd.inspection._confusion_cube import ConfusionCube

COLOURS, SIZES = ["red", "green", "blue"], [1, 2, 3, 4]
HIERARCHY = {"colour": {"warm": ["red"], "cold": ["green", "blue"]}}
NESTED = {"small": [1, 2], "large": {"big": [3], "huge": [4]}}
GROUP = {1: "small", 2: "small", 3: "big", 4: "huge"}


@st.composite
def rows(draw):
    """Actual and predicted colours and sizes, (n, 2) each, and weights (n,)."""
    row = st.tuples(st.sampled_from(COLOURS), st.sampled_from(SIZES))
    pairs = draw(st.lists(st.tuples(row, row), min_size=1, max_size=30))
    true, pred = (np.array(side, dtype=object) for side in zip(*pairs, strict=True))
    weights = draw(st.lists(st.integers(0, 5), min_size=len(true), max_size=len(true)))
    return true, pred, np.array(weights)


def two_outputs(true, pred, weights, hierarchy=None):
    return ConfusionCube.from_predictions(
        true,
        pred,
        output_names=["colour", "size"],
        hierarchy={"size": NESTED} if hierarchy is None else hierarchy,
        sample_weight=weights,
    )


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


# --- One output is scikit-learn's matrix ----------------------------------------------


@given(rows())
def test_each_of_two_outputs_is_the_matrix_of_scikit_learn(drawn):
    true, pred, weights = drawn
    weights = weights + 1

    cube = two_outputs(
        true, pred, weights, hierarchy={"colour": COLOURS, "size": SIZES}
    )

    for k, (name, labels) in enumerate([("colour", COLOURS), ("size", SIZES)]):
        sides = (side[:, k].tolist() for side in (true, pred))
        expected = confusion_matrix(*sides, labels=labels, sample_weight=weights)
        np.testing.assert_array_equal(cube.matrix(name), expected)


def test_binary_outputs_are_scikit_learns_multilabel_matrices():
    true, pred = np.random.default_rng(0).integers(2, size=(2, 40, 3))

    cube = ConfusionCube.from_predictions(true, pred, multilabel=False)

    found = [cube.matrix(name) for name in cube.outputs]
    np.testing.assert_array_equal(found, multilabel_confusion_matrix(true, pred))


def test_sets_and_their_indicator_are_the_same_power_set():
    true, pred = [{"b", "a"}, set(), {"c"}], [{"a"}, set(), {"c", "a"}]
    binarizer = MultiLabelBinarizer().fit([{"a", "b", "c"}])
    indicators = [binarizer.transform(side) for side in (true, pred)]

    cube = ConfusionCube.from_predictions(true, pred)
    same = ConfusionCube.from_predictions(*indicators, output_names=binarizer.classes_)

    assert cube.labels() == ("{a,b}", "{a,c}", "{a}", "{c}", "{}")
    assert (
        cube.cells
        == same.cells
        == {
            ("{a,b}", "{a}"): 1,
            ("{c}", "{a,c}"): 1,
            ("{}", "{}"): 1,
        }
    )


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_of_outputs(frame):
    true = frame({"colour": ["red", None, "blue"], "size": [1, 2, 2]})
    pred = frame({"colour": ["red", "red", "red"], "size": [1, 1, 2]})

    cube = ConfusionCube.from_predictions(true, pred)

    assert cube.outputs == ("colour", "size")
    assert cube.labels("colour") == ("blue", "none", "red")
    assert cube.matrix("colour")[:, 2].tolist() == [1, 1, 1]
    assert cube.matrix("size").tolist() == [[1, 0], [1, 1]]


def test_missing_labels_are_a_class_and_may_be_asked_about():
    cube = ConfusionCube.from_predictions([1.0, None, np.nan], [1, 1, None])

    assert cube.labels() == (1.0, "none")
    assert cube.matrix().tolist() == [[1, 0], [1, 1]]
    assert cube.condition(actual=np.nan).total == 2


# --- Laws of the algebra --------------------------------------------------------------


@given(rows())
def test_total_is_preserved_by_all_that_sums(drawn):
    cube = two_outputs(*drawn)
    total = drawn[2].sum()

    changed = [
        cube,
        cube.marginalise("size"),
        cube.nest("colour", "size"),
        cube.collapse(output="size"),
        cube.collapse("large", output="size").expand(output="size"),
    ]

    assert [each.total for each in changed] == [total] * 5
    assert [each.matrix(each.outputs[0]).sum() for each in changed] == [total] * 5


@given(rows(), st.sampled_from([1, 2]))
def test_collapsing_is_relabelling(drawn, level):
    true, pred, weights = drawn
    top = {"small": "small", "big": "large", "huge": "large"}
    groups = GROUP if level == 2 else {size: top[GROUP[size]] for size in SIZES}
    names = {1: ["small", "large"], 2: [1, 2, "big", "huge"]}[level]
    relabelled = [
        [groups[v] if v > 2 or level == 1 else v for v in side[:, 1]]
        for side in (true, pred)
    ]

    cube = two_outputs(true, pred, weights).collapse(level=level, output="size")

    expected = np.zeros((len(names),) * 2)
    for row, column, weight in zip(*relabelled, weights, strict=True):
        expected[names.index(row), names.index(column)] += weight
    assert list(cube.labels("size")) == names
    np.testing.assert_array_equal(cube.matrix("size"), expected)


@given(rows(), st.sampled_from(COLOURS))
def test_condition_then_marginalise_is_bayes(drawn, colour):
    true, pred, weights = drawn
    weights = weights + 1
    cube = two_outputs(true, pred, weights, hierarchy=HIERARCHY)
    event = true[:, 0] == colour
    if not event.any():
        return

    given_colour = cube.condition("colour", actual=colour).marginalise("size")

    # P(a, p | c) = P(c | a, p) P(a, p) / P(c).
    sizes = cube.labels("size")
    joint = cube.matrix("size", normalize="all")
    likelihood = np.zeros(joint.shape)
    for i, j in np.ndindex(*joint.shape):
        here = (true[:, 1] == sizes[i]) & (pred[:, 1] == sizes[j])
        if here.any():
            likelihood[i, j] = weights[here & event].sum() / weights[here].sum()
    prior = weights[event].sum() / weights.sum()
    np.testing.assert_allclose(
        given_colour.matrix(normalize="all"), likelihood * joint / prior, atol=1e-12
    )


@given(rows())
def test_conditions_on_all_values_add_up_to_the_whole(drawn):
    cube = two_outputs(*drawn)

    parts = [cube.condition("colour", predicted=c) for c in cube.labels("colour")]

    matrices = [part.matrix("size") for part in parts]
    np.testing.assert_array_equal(np.sum(matrices, axis=0), cube.matrix("size"))


@given(rows())
def test_the_child_is_marginalised_from_a_nest_by_collapsing_it(drawn):
    true, pred, weights = drawn
    cube = two_outputs(true, pred, weights + 1, hierarchy=HIERARCHY)
    nested = cube.nest("colour", "size")

    parents = nested.collapse(*{label[0] for label in nested.labels()})

    assert nested.outputs == ("colour:size",)
    assert parents.cells == cube.marginalise("colour").cells


@given(rows())
def test_the_order_of_conditions_and_sums_does_not_matter(drawn):
    cube = two_outputs(*drawn)

    one = cube.condition("size", correct=False).condition("colour", correct=True)
    other = cube.condition("colour", correct=True).condition("size", correct=False)

    assert one.cells == other.cells
    assert one.marginalise("size").cells == other.marginalise(["size"]).cells


@given(rows())
def test_right_and_wrong_add_up_to_accuracy(drawn):
    cube = two_outputs(*drawn)

    right = cube.condition("size", correct=True)

    if cube.total:
        assert right.total / cube.total == pytest.approx(cube.accuracy("size"))
        assert cube.total == right.total + cube.condition("size", correct=False).total


def test_what_is_collapsed_when_it_is_nested_stays_so():
    true, pred = [["red", 1], ["blue", 3]], [["green", 2], ["blue", 1]]
    hierarchy = {**HIERARCHY, "size": NESTED}
    cube = two_outputs(true, pred, None, hierarchy=hierarchy)

    nested = cube.collapse(output="colour").collapse("small", output="size")
    nested = nested.nest("colour", "size").expand()

    assert nested.cells == {
        (("warm", "small"), ("cold", "small")): 1,
        (("cold", 3), ("cold", "small")): 1,
    }


def test_nesting_does_not_depend_on_brackets():
    rng = np.random.default_rng(0)
    names = {"a": "xy", "b": "pq", "c": "uvw"}
    true, pred = (
        pd.DataFrame({name: rng.choice(list(v), size=30) for name, v in names.items()})
        for _ in range(2)
    )
    cube = ConfusionCube.from_predictions(
        true, pred, hierarchy={"c": {"g": ["u", "v"], "h": "w"}}
    )

    left = cube.nest("a", "b").nest("a:b", "c")
    right = cube.nest("b", "c").nest("a", "b:c")

    assert left.outputs == right.outputs == ("a:b:c",)
    assert left.cells == right.cells
    assert left.joint.trees[-1].paths == right.joint.trees[-1].paths


# --- Questions ------------------------------------------------------------------------


def test_conditions_on_a_group_are_on_its_labels(animals):
    wild = animals.condition(actual="wild")

    assert wild.total == 3
    assert wild.accuracy() == pytest.approx(1 / 3)
    assert wild.labels() == ("cat", "dog", "fox", "wolf")
    assert wild.conditions == ("actual label is wild",)


def test_conditions_on_one_of_several_labels(animals):
    assert animals.condition(actual=["cat", "wild"]).total == 4
    assert animals.condition(predicted={"cat", "fox"}).total == 3
    assert animals.condition(actual=np.str_("cat")).total == 1
    assert animals.condition(actual=[]).total == 0


def test_a_student_where_its_teacher_is_wrong(models):
    wrong = models.condition("teacher", correct=False)

    assert wrong.total == 3
    assert wrong.accuracy("student") == pytest.approx(1 / 3)
    assert wrong.accuracy("student", against="teacher") == pytest.approx(2 / 3)
    assert wrong.conditions == ("teacher is wrong",)


def test_conditions_by_the_names_of_columns(models):
    assert models.condition(teacher="b").total == 3
    assert models.condition(site="s", student="b").total == 2
    assert models.condition(label=["a", "b"]).conditions == ("label is a or b",)


def test_the_truth_may_be_any_of_the_columns():
    columns = {"model": ["x", "y"], "label": ["x", "x"]}

    cube = ConfusionCube.from_columns(columns, truth="label")

    assert cube.outputs == ("model",)
    assert cube.matrix().tolist() == [[1, 1], [0, 0]]


def test_a_further_column_is_a_parent_to_nest_in(models):
    cube = models.marginalise(["student", "site"]).nest("site", "student")

    assert cube.labels() == (("n", "a"), ("n", "b"), ("s", "a"), ("s", "b"), ("s", "c"))
    assert cube.matrix()[:2, 2:].sum() == cube.matrix()[2:, :2].sum() == 0
    assert cube.condition(actual="s").total == 3
    assert cube.accuracy() == models.accuracy("student")


def test_marginalise_keeps_columns_too(models):
    assert models.marginalise("site").cells == {("n",): 2, ("s",): 3}
    assert models.marginalise("site").outputs == ()
    assert models.marginalise(["student"]).columns == ("label", "student")


def test_filter_keeps_classes_and_rows_of_a_group(animals):
    wild = animals.filter("wild")

    assert wild.labels() == ("fox", "wolf")
    assert wild.matrix().tolist() == [[0, 0], [1, 1]]
    assert animals.filter("wild", "cat").labels() == ("cat", "fox", "wolf")


def test_expanding_goes_down_step_by_step():
    cube = ConfusionCube.from_predictions([1, 2, 3, 4], [1, 1, 4, 4], hierarchy=NESTED)
    top = cube.collapse()

    assert top.labels() == ("small", "large")
    assert top.expand("large").labels() == ("small", "big", "huge")
    assert top.expand().labels() == cube.labels() == (1, 2, 3, 4)
    np.testing.assert_array_equal(top.expand().matrix(), cube.matrix())


def test_columns_of_one_kind_share_a_hierarchy(models):
    cube = ConfusionCube.from_columns(
        {"label": ["a", "b"], "teacher": ["a", "a"], "student": ["b", "c"]},
        hierarchy={"ab": ["a", "b"], "rest": ["c"]},
    ).collapse("ab")

    assert cube.labels("student") == cube.labels("teacher") == ("ab", "c")
    assert cube.accuracy("student") == 0.5


def test_a_class_that_never_occurs_is_a_class():
    cube = ConfusionCube.from_predictions(["a"], ["a"], hierarchy=["a", "b"])

    assert cube.matrix(normalize="true").tolist() == [[1, 0], [0, 0]]


def test_methods_leave_the_cube_as_it_is(animals):
    before = (animals.cells, animals.labels(), animals.conditions)

    animals.collapse().condition(correct=True).filter("pet")

    assert (animals.cells, animals.labels(), animals.conditions) == before
    with pytest.raises(AttributeError):
        animals.conditions = ()


@pytest.mark.parametrize(
    "way", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))]
)
def test_copies_are_the_same(animals, way):
    twin = way(animals.collapse("pet"))

    assert twin.cells == animals.collapse("pet").cells
    assert twin.expand().cells == animals.cells


def test_many_rows_are_counted_fast_enough():
    rng = np.random.default_rng(0)
    true, pred = rng.integers(50, size=(2, 100_000))

    cube = ConfusionCube.from_predictions(true, pred)

    np.testing.assert_array_equal(cube.matrix(), confusion_matrix(true, pred))
    assert len(cube.joint.weights) == 2500


def test_columns_of_one_model_only_are_an_error():
    with pytest.raises(ValueError, match="columns must be at least 2"):
        ConfusionCube.from_columns({"label": ["a"]})
