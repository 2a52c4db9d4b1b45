"""Rules of a tree: each row fulfils exactly one, and a person likes to read them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readable.random_models import rows, trees

from sklkd.readable import Column, Literal, Node, ReadableTree, Test
from sklkd.readable._rules import conjunction, rules, simplified

AGE = Column("age", 0, whole=True)
HOURS = Column("hours", 1)
DEGREE = Column("degree", 2, ("none", "Bachelors", "Masters", "Doctorate"))
COLUMNS = (AGE, HOURS, DEGREE)
OLD = Literal(0, threshold=25.5, above=True)
OLDER = Literal(0, threshold=40.5, above=True)
BUSY = Literal(1, threshold=40.0, above=True, missing=True)
LEARNED = Literal(2, codes=(1, 2))


def said(*path):
    """Conditions of a path as a text; a path is tests and their answers."""
    return conjunction(simplified(path, COLUMNS))


def question(*literals, m=1):
    return Test(literals, m)


def grown(shape, *, classes=("no", "yes")):
    """A tree of a shape: a float for a leaf (of "yes"), or (test, yes, no)."""
    nodes = []

    def grow(part):
        position = len(nodes)
        nodes.append(None)
        if isinstance(part, float):
            nodes[position] = Node((1 - part, part), 0.25)
            return position
        test, yes, no = part
        yes, no = grow(yes), grow(no)
        nodes[position] = Node((0.5, 0.5), 1.0, test, yes, no)
        return position

    grow(shape)
    return ReadableTree(COLUMNS, classes, ("no", "yes"), tuple(nodes))


# --- Laws -----------------------------------------------------------------------------


@settings(max_examples=200)
@given(st.data())
def test_each_row_fulfils_exactly_the_rule_of_its_leaf(data):
    tree = data.draw(trees(exotic=True))
    Z = data.draw(rows(tree))
    leaves = np.array([leaf for leaf, _ in tree.leaves()])

    held = np.stack([rule.holds(Z) for rule in rules(tree)], axis=1)

    np.testing.assert_array_equal(held.sum(axis=1), 1)
    np.testing.assert_array_equal(leaves[held.argmax(axis=1)], tree.apply(Z))


@given(trees())
def test_there_is_a_rule_for_each_leaf_with_what_it_says(tree):
    found = rules(tree)
    leaves = [tree.nodes[leaf] for leaf, _ in tree.leaves()]

    assert len(found) == tree.complexity
    assert [rule.value for rule in found] == [leaf.value for leaf in leaves]
    assert sum(rule.coverage for rule in found) == pytest.approx(1)


@given(trees(regression=False))
def test_precision_is_the_probability_of_the_predicted_class(tree):
    for rule in rules(tree):
        assert rule.precision == max(rule.value)
        assert rule.prediction is tree.classes[rule.value.index(rule.precision)]


@given(trees(regression=True))
def test_values_have_no_precision(tree):
    for rule in rules(tree):
        expected = rule.value[0] if len(rule.value) == 1 else rule.value
        assert rule.precision is None
        assert rule.prediction == expected


@given(trees())
def test_a_rule_has_no_more_conditions_than_its_path_has_literals(tree):
    for rule, (_, path) in zip(rules(tree), tree.leaves(), strict=True):
        asked = sum(len(test.literals) for test, _ in path)
        parts = sum(len(getattr(c, "parts", (c,))) for c in rule.conditions)
        assert parts <= asked


@given(trees())
def test_a_rule_is_one_line_of_text(tree):
    assert all(rule.text and "\n" not in rule.text for rule in rules(tree))


def test_a_list_of_very_many_rules_is_not_too_deep():
    nodes = []
    for i in range(1100):  # more than Python lets a function call itself
        test = question(Literal(1, threshold=float(i)))
        nodes += [Node((0.0,), 1.0, test, 2 * i + 1, 2 * i + 2), Node((1.0,), 0.0)]
    tree = ReadableTree(COLUMNS, None, ("price",), (*nodes, Node((2.0,), 1.0)))

    found = rules(tree)

    assert len(found) == 1101
    assert found[1050].text == "else if hours <= 1050 then price = 1 (0 % of rows)"


# --- Conditions put together ----------------------------------------------------------


def test_conditions_on_one_column_become_one():
    assert said((question(OLD), True), (question(OLDER), False)) == "26 <= age <= 40"


def test_what_is_implied_is_left_out():
    assert said((question(OLD), True), (question(OLDER), True)) == "age >= 41"


def test_categories_become_those_that_are_left():
    other = Literal(2, codes=(0, 2), missing=True)

    assert said((question(LEARNED), True), (question(other), True)) == (
        "degree is Masters"
    )


def test_missing_values_are_mentioned_while_they_may_be_there():
    busy, very = question(BUSY), question(Literal(1, 60.0, above=True, missing=True))
    known = question(Literal(1, 80.0))

    assert said((busy, True), (very, False)) == "40 < hours <= 60"
    assert said((busy, True), (very, True)) == "hours > 60 or missing"
    assert said((busy, True), (known, True)) == "40 < hours <= 80"


def test_what_is_silent_is_not_in_the_text_and_still_counts():
    """Above or at most 40: true of all that is there, and none was missing."""
    full = Column("hours", 1, gaps=False)
    low, high = Literal(1, threshold=40.0), Literal(1, threshold=40.0, above=True)
    test = question(low, high)
    nodes = (Node((0.0,), 1.0, test, 1, 2), Node((1.0,), 1.0), Node((2.0,), 0.0))
    tree = ReadableTree((AGE, full, DEGREE), None, ("price",), nodes)

    first, _ = rules(tree)

    assert first.text == "always price = 1 (100 % of rows)"
    assert first.holds(np.array([[0.0, 1.0, 0.0], [0.0, np.nan, 0.0]])).tolist() == [
        True,
        False,
    ]
    both = simplified(((test, True), (question(OLD), True)), tree.columns)
    assert conjunction(both) == "age >= 26"


def test_conditions_with_an_or_are_bracketed_beside_others():
    assert said((question(BUSY), True), (question(OLD), True)) == (
        "(hours > 40 or missing) and age >= 26"
    )


KNOWN = "degree is one of {Bachelors, Masters}"
OTHER = "degree is none of {Bachelors, Masters}"
OF_TWO = f"2 of: age >= 26, hours > 40 or missing, {KNOWN}"


@pytest.mark.parametrize(
    ("m", "answer", "text"),
    [
        (1, True, f"age >= 26 or hours > 40 or missing or {KNOWN}"),
        (2, True, f"at least {OF_TWO}"),
        (3, True, f"age >= 26 and (hours > 40 or missing) and {KNOWN}"),
        (1, False, f"(age <= 25 or missing) and hours <= 40 and {OTHER}"),
        (2, False, f"fewer than {OF_TWO}"),
        (3, False, f"age <= 25 or missing or hours <= 40 or {OTHER}"),
    ],
)
def test_a_test_of_three_reads_like_this(m, answer, text):
    assert said((question(OLD, BUSY, LEARNED, m=m), answer)) == text


def test_a_count_loses_what_is_known():
    """Of three, one is known to hold: one of the others must."""
    two = question(OLD, BUSY, LEARNED, m=2)

    assert said((two, True), (question(OLDER), True)) == (
        "age >= 41 and (hours > 40 or missing or degree is one of {Bachelors, Masters})"
    )
    assert said((two, True), (question(OLD), False)) == (
        "(age <= 25 or missing) and (hours > 40 or missing) and "
        "degree is one of {Bachelors, Masters}"
    )
    assert said((question(OLD), True), (question(BUSY), True), (two, True)) == (
        "age >= 26 and (hours > 40 or missing)"
    )


def test_what_follows_may_settle_a_count_before_it():
    """Two counts, of which the second is settled by what the first comes to."""
    any_of, two = question(OLD, LEARNED), question(OLD, LEARNED, BUSY, m=2)
    path = (any_of, True), (two, True), (question(LEARNED), False)

    assert said(*path) == (
        "degree is none of {Bachelors, Masters} and age >= 26 and "
        "(hours > 40 or missing)"
    )


def test_alternatives_on_one_column_become_one():
    low, high = Literal(1, threshold=20.0), Literal(1, threshold=40.0)
    masters = Literal(2, codes=(2,))

    assert said((question(low, high, OLD), True)) == "hours <= 40 or age >= 26"
    assert said((question(low, high), True)) == "hours <= 40"
    assert said((question(Literal(2, codes=(1,)), masters), True)) == (
        "degree is one of {Bachelors, Masters}"
    )


def test_alternatives_with_a_gap_stay_two():
    low, high = Literal(1, threshold=20.0), Literal(1, threshold=40.0, above=True)

    assert said((question(low, high), True)) == "hours <= 20 or hours > 40"


def test_a_question_that_is_always_true_says_nothing():
    low, rest = Literal(1, threshold=40.0), Literal(1, 20.0, above=True, missing=True)

    assert simplified(((question(low, rest), True),), COLUMNS) == ()


def test_the_same_count_twice_is_said_once():
    two = question(OLD, BUSY, LEARNED, m=2)

    assert said((two, True), (two, True)) == said((two, True))


def test_what_can_never_hold_or_never_fail_is_not_counted():
    never, always = Literal(2, codes=()), Literal(2, codes=(0, 1, 2, 3), missing=True)

    assert said((question(OLD, never, BUSY, m=2), True)) == (
        "age >= 26 and (hours > 40 or missing)"
    )
    assert said((question(OLD, always, BUSY, m=2), True)) == (
        "age >= 26 or hours > 40 or missing"
    )


def test_thresholds_on_codes_become_categories():
    assert said((question(Literal(2, threshold=1.5, above=True)), True)) == (
        "degree is one of {Masters, Doctorate}"
    )


# --- Text of rules --------------------------------------------------------------------


def test_rules_of_a_tree_stand_alone():
    tree = grown(
        (question(OLD), (question(OLDER), 0.9, 0.4), (question(BUSY), 0.7, 0.0))
    )

    assert [rule.text for rule in rules(tree)] == [
        "if age >= 41 then yes (90 %, 25 % of rows)",
        "if 26 <= age <= 40 then no (60 %, 25 % of rows)",
        (
            "if (age <= 25 or missing) and (hours > 40 or missing) then yes "
            "(70 %, 25 % of rows)"
        ),
        "if (age <= 25 or missing) and hours <= 40 then no (100 %, 25 % of rows)",
    ]


def test_rules_of_a_list_do_not_repeat_what_came_before():
    tree = grown((question(OLDER), 0.9, (question(OLD, BUSY), 0.7, 0.2)))

    found = rules(tree)

    assert [rule.text for rule in found] == [
        "if age >= 41 then yes (90 %, 25 % of rows)",
        "else if age >= 26 or hours > 40 or missing then yes (70 %, 25 % of rows)",
        "else no (80 %, 25 % of rows)",
    ]
    old = np.array([[50.0, 50.0, 0.0]])
    assert [rule.holds(old)[0] for rule in found] == [True, False, False]


def test_a_lone_leaf_is_always_right():
    (rule,) = rules(grown(0.8))

    assert rule.text == "always yes (80 %, 25 % of rows)"
    assert rule.holds(np.empty((2, 3))).all()


def test_a_leaf_that_no_row_reaches_says_so():
    tree = grown(
        (
            question(OLD),
            (question(Literal(0, 20.5)), 0.9, (question(BUSY), 0.1, 0.2)),
            0.5,
        )
    )

    impossible = rules(tree)[0]

    assert impossible.text == "never yes (90 %, 25 % of rows)"
    assert not impossible.holds(
        np.array([[30.0, 1, 1], [10, 1, 1], [np.nan] * 3])
    ).any()


def test_values_are_named_and_short():
    nodes = (
        Node((0.0,), 1.0, question(OLD), 1, 2),
        Node((12345.678,), 0.004),
        Node((1 / 3,), 0.996),
    )
    tree = ReadableTree(COLUMNS, None, ("price",), nodes)

    assert [rule.text for rule in rules(tree)] == [
        "if age >= 26 then price = 12346 (<1 % of rows)",
        "else price = 0.3333 (>99 % of rows)",
    ]
    assert rules(tree)[0].prediction == 12345.678


def test_a_tie_goes_to_the_first_class_as_argmax_does():
    (rule,) = rules(grown(0.5))

    assert rule.prediction == "no"
