"""What exports share: the same conditions in words, and errors before anything else."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readable.random_models import nearests, rows, trees

from sklkd.readable import Column, Feature, Literal, NearestModel, Node, ReadableTree
from sklkd.readable import Test as Question
from sklkd.readable._export import (
    category_of,
    check_exportable,
    filled,
    label_of,
    membership,
    preorder,
    repeated,
    scalar,
    trimmed,
)

WORDS = ("red", "green", "blue")
COLOUR = Column("colour", 0, WORDS)


@given(
    codes=st.sets(st.integers(0, 2)),
    missing=st.booleans(),
    code=st.sampled_from([0.0, 1.0, 2.0, np.nan]),
)
def test_a_membership_says_what_its_literal_says(codes, missing, code):
    literal = Literal(0, codes=tuple(sorted(codes)), missing=missing)
    word = "a word that nobody knows" if np.isnan(code) else WORDS[int(code)]

    member = membership(COLOUR, literal)

    expected = literal.holds(np.array([[code]]))[0]
    assert ((word in member.words) == member.among) == expected


@given(
    threshold=st.floats(-1, 3),
    above=st.booleans(),
    missing=st.booleans(),
    code=st.sampled_from([0.0, 1.0, 2.0, np.nan]),
)
def test_codes_are_compared_with_a_threshold(threshold, above, missing, code):
    literal = Literal(0, threshold, above, missing=missing)
    word = None if np.isnan(code) else WORDS[int(code)]

    member = membership(COLOUR, literal)

    expected = literal.holds(np.array([[code]]))[0]
    assert ((word in member.words) == member.among) == expected


def test_scalars_of_numpy_and_pandas_become_those_of_python():
    moment = dt.datetime(2020, 1, 31, 1, 2, 3, 500_000)

    assert type(scalar("me", np.str_("a"))) is str
    assert type(scalar("me", np.bool_(True))) is bool
    assert type(scalar("me", np.int8(3))) is int
    assert scalar("me", np.float32(0.1)) == float(np.float32(0.1))
    assert scalar("me", np.datetime64("2020-01-31T01:02:03.5", "ns")) == moment
    assert scalar("me", pd.Timestamp(moment)) == moment
    assert scalar("me", dt.date(2020, 1, 31)) == dt.date(2020, 1, 31)
    assert scalar("me", None) is None


@pytest.mark.parametrize("value", [(1, 2), b"a", pd.Interval(0, 1), 1j])
def test_what_no_language_can_write_is_refused(value):
    with pytest.raises(TypeError) as error:
        scalar("me", value)

    assert str(error.value) == (
        "me: labels and categories must be text, numbers, truth values or dates, got "
        f"{value!r}. Encode them as text and fit again."
    )


@given(trees())
def test_leaves_are_read_in_the_order_of_the_tree(tree):
    read = [i for i in preorder(tree) if tree.nodes[i].test is None]

    assert read == [leaf for leaf, _ in tree.leaves()]


@given(st.data())
def test_a_trimmed_model_says_the_same_by_the_columns_in_use(data):
    model = data.draw(nearests())
    Z = data.draw(rows(model))

    less = trimmed(model)

    assert tuple(sorted({f.column for f in less.features})) == model.used
    if less.features:
        np.testing.assert_allclose(less.outputs(Z), model.outputs(Z), rtol=1e-9)


def test_trimming_keeps_what_enters_any_distance():
    model = NearestModel(
        columns=(COLOUR, Column("a", 1), Column("b", 2)),
        classes=(0, 1),
        targets=("0", "1"),
        features=(Feature(0, 1), Feature(1), Feature(2)),
        prototypes=((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)),
        owners=(0, 1),
        metrics=(((0.0, 1.0, 0.0),), ((0.0, 0.0, 1.0),)),
    )

    less = trimmed(model)

    assert less.features == model.features[1:]
    assert less.prototypes == ((2.0, 3.0), (5.0, 6.0))
    assert less.metrics == (((1.0, 0.0),), ((0.0, 1.0),))


def test_the_first_of_labels_that_tie_is_the_likeliest():
    tree = ReadableTree((COLOUR,), ("a", "b", "c"), ("a", "b", "c"), ())

    assert label_of(tree, (0.2, 0.4, 0.4)) == "b"


def test_names_that_come_twice_are_found_once():
    assert repeated(["a", "b", "c", "b", "a", "b"]) == ["a", "b"]


def test_lines_are_filled_and_break_at_separators():
    assert filled(["aaa", "bb", "c", "dddd"], ", ", 8) == "aaa, bb,\nc, dddd"
    assert filled(["a long word", "b"], ", ", 5) == "a long word,\nb"
    assert filled([], ", ", 5) == ""


def test_features_of_the_wrong_kind_of_column_are_refused():
    assert category_of("me", COLOUR, Feature(0, 1)) == "green"
    assert category_of("me", Column("age", 0), Feature(0)) is None
    for column, feature in [(COLOUR, Feature(0)), (Column("age", 0), Feature(0, 1))]:
        with pytest.raises(ValueError, match="me: a feature must be a number of"):
            category_of("me", column, feature)


@pytest.mark.parametrize("word", [None, float("nan"), np.float64("nan")])
def test_a_category_must_not_be_a_missing_value(word):
    column = Column("colour", 0, (word, "red"))
    root = Node((0.5,), 1.0, Question((Literal(0, codes=(1,)),)), 1, 2)
    leaves = (Node((0.0,), 0.5), Node((1.0,), 0.5))
    tree = ReadableTree((column,), None, ("price",), (root, *leaves))

    with pytest.raises(ValueError, match="me: categories must not be missing values"):
        check_exportable("me", tree)
    check_exportable("me", replace(tree, nodes=leaves[:1]))  # nobody asks about it
