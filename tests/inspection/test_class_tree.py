"""The hierarchy of classes: what is visible when groups are folded, and its lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.inspection._class_tree import (
    Line,
    flat_tree,
    label_text,
    listed,
    nearest,
    tree_from,
)

THINGS = {
    "animal": ["cat", "dog"],
    "vehicle": {"land": ["car"], "water": ["boat", "ship"]},
}


@pytest.fixture
def tree():
    return tree_from("Who", THINGS, [])


def test_labels_and_groups_are_in_the_order_of_the_hierarchy(tree):
    assert tree.labels == ("cat", "dog", "car", "boat", "ship")
    assert tree.groups == ("animal", "vehicle", "land", "water")


def test_lists_may_hold_labels_and_groups():
    tree = tree_from("Who", ["sun", {"animal": ["cat", {"bird": "owl"}]}], [])

    assert tree.paths == {
        "sun": (),
        "cat": ("animal",),
        "owl": ("animal", "bird"),
    }


def test_numbers_of_numpy_and_ranges_are_labels():
    hierarchy = {"even": np.arange(0, 4, 2), "odd": range(1, 4, 2)}

    tree = tree_from("Who", hierarchy, [0, 1, 2, 3])

    assert tree.labels == (0, 2, 1, 3)
    assert {type(label) for label in tree.labels} == {int}


def test_a_folded_group_is_one_class_where_its_first_label_was(tree):
    assert tree.fold(["vehicle"]).visible == ("cat", "dog", "vehicle")
    assert tree.fold(["vehicle"]).visible_codes().tolist() == [0, 1, 2, 2, 2]


def test_levels_are_counted_from_the_top(tree):
    assert tree.fold_to(1).visible == ("animal", "vehicle")
    assert tree.fold_to(2).visible == ("cat", "dog", "land", "water")
    assert tree.fold_to(3).visible == tree.labels
    assert tree.fold_to(9).visible == tree.labels


def test_unfolding_goes_down_one_level_and_opens_what_is_around(tree):
    top = tree.fold_to(1)

    assert top.unfold(["vehicle"]).visible == ("animal", "land", "water")
    assert top.unfold(["water"]).visible == ("animal", "land", "boat", "ship")
    assert top.unfold(tree.groups).visible == tree.labels


@given(st.sets(st.sampled_from(["animal", "vehicle", "land", "water"])))
def test_folding_is_undone_by_unfolding(groups):
    tree = tree_from("Who", THINGS, [])

    assert tree.fold(groups).unfold(tree.groups).visible == tree.labels
    assert tree.fold(groups).fold(groups) == tree.fold(groups)


def test_within_a_name_are_its_labels(tree):
    assert tree.within("vehicle") == ("car", "boat", "ship")
    assert tree.within("cat") == ("cat",)
    assert tree.within("sun") == ()


def test_a_part_keeps_the_groups_around_it(tree):
    part = tree.only(["water", "cat"])

    assert part.paths == {
        "cat": ("animal",),
        "boat": ("vehicle", "water"),
        "ship": ("vehicle", "water"),
    }


def test_settled_groups_are_labels(tree):
    settled = tree.fold(["land", "animal"]).settled()

    assert settled.labels == ("animal", "land", "boat", "ship")
    assert settled.paths["land"] == ("vehicle",)
    assert settled.groups == ("vehicle", "water")


def test_lines_are_an_indented_tree(tree):
    lines = tree.fold(["water", "animal"]).lines()

    assert lines == [
        Line("animal", 0, 2, is_open=False),
        Line("vehicle", 0, 0, is_open=True),
        Line("land", 1, 0, is_open=True),
        Line("car", 2, 1, is_open=False),
        Line("water", 1, 2, is_open=False),
    ]


def test_lines_of_a_part_leave_out_groups_without_classes(tree):
    names = [line.name for line in tree.lines({"boat", "cat"})]

    assert names == ["animal", "cat", "vehicle", "water", "boat"]


def test_what_is_missing_stands_at_the_end_of_every_hierarchy():
    tree = tree_from("Who", {"animal": ["cat"]}, ["none", "cat"])

    assert tree.paths == {"cat": ("animal",), "none": ()}


@pytest.mark.parametrize(
    "hierarchy",
    [
        {"animal": ["cat", "cat"]},
        {"animal": ["cat"], "pet": ["cat"]},
        {"animal": ["animal", "cat"]},
        {"pet": {"big": ["dog"]}, "wild": {"big": ["wolf"]}},
        {"a": {"a": ["cat"]}},
    ],
)
def test_a_name_may_stand_in_it_once(hierarchy):
    with pytest.raises(ValueError, match=r"^Who: a name must stand in hierarchy once"):
        tree_from("Who", hierarchy, [])


def test_a_label_that_is_not_in_it_is_an_error():
    with pytest.raises(ValueError, match="lacks") as caught:
        tree_from("Who", THINGS, ["cat", "shp"])

    assert str(caught.value) == (
        "Who: hierarchy must hold every label, and lacks 'shp'. Did you mean 'ship'? "
        "Add them, at the top if they are in no group."
    )


def test_a_group_without_labels_is_an_error():
    with pytest.raises(ValueError, match="'bird' has none"):
        tree_from("Who", {"animal": {"bird": []}}, [])


def test_words_of_labels():
    assert label_text(3) == "3"
    assert label_text(("red", "car")) == "red:car"
    assert listed(range(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 others"


def test_a_number_is_near_its_digits():
    assert nearest("3", [1, 3]) == " Did you mean 3?"
    assert nearest("dgo", ["cat", "dog"]) == " Did you mean 'dog'?"
    assert nearest("x", ["cat", "dog"]) == ""


def test_a_flat_tree_has_no_groups():
    tree = flat_tree("ba")

    assert tree.labels == ("b", "a")
    assert tree.fold_to(1).visible == ("b", "a")
