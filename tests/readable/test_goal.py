"""Goals of counterfactuals: what counts as reached, how near it is, and bad wishes."""

import numpy as np
import pytest

from sklkd.readable import Column, Node, ReadableTree
from sklkd.readable._goal import make_goal

BEFORE = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
NOW = np.array([[0.3, 0.6, 0.1], [0.0, 0.1, 0.9]])
BOTH = np.arange(2)


def speaker(k, *, classes):
    names = tuple("abcd"[:k])
    return ReadableTree(
        (Column("x", 0),), names if classes else None, names, (Node((0.0,) * k, 1.0),)
    )


def goal(start, target=None, *, classes=True):
    return make_goal("explain", speaker(start.shape[1], classes=classes), start, target)


def test_without_a_target_any_other_class_will_do():
    assert goal(BEFORE).reached(NOW, BOTH).tolist() == [True, False]


def test_a_target_class_must_be_predicted():
    assert goal(BEFORE, 1).reached(NOW, BOTH).tolist() == [True, False]
    assert goal(BEFORE, np.int64(2)).reached(NOW, BOTH).tolist() == [False, True]


def test_outputs_are_compared_with_the_row_that_they_come_from():
    reached = goal(BEFORE).reached(NOW, np.array([1, 0]))

    assert reached.tolist() == [True, True]


def test_of_equal_probabilities_the_first_class_is_predicted():
    tie = np.array([[0.5, 0.5]])

    assert not goal(tie).reached(tie, BOTH[:1]).any()
    assert not goal(tie, 1).reached(tie, BOTH[:1]).any()


def test_the_ends_of_an_interval_belong_to_it():
    values = np.array([[0.9], [1.0], [1.5], [2.0], [2.1]])
    wish = goal(values, (1, 2), classes=False)

    assert wish.reached(values, np.arange(5)).tolist() == [False, *[True] * 3, False]
    assert wish.side(values, np.arange(5)).tolist() == [-1, 0, 0, 0, 1]
    assert wish.progress(values, np.arange(5)) == pytest.approx([-0.1, 0, 0, 0, -0.1])


def test_of_several_values_each_has_its_interval():
    values = np.array([[1.5, 7.0], [1.5, 3.0], [0.0, 7.0]])
    wish = goal(values, ((1, 5), (2, np.inf)), classes=False)

    assert wish.reached(values, np.arange(3)).tolist() == [True, False, False]
    assert wish.side(values, np.arange(3)).tolist() == [0, 1, 1]


def test_one_end_is_that_of_all_values():
    values = np.array([[1.5, 7.0], [1.5, 3.0]])

    reached = goal(values, (1, 5), classes=False).reached(values, BOTH)

    assert reached.tolist() == [False, True]


def test_without_an_interval_any_other_value_will_do():
    values = np.array([[1.0], [2.0]])

    reached = goal(values, classes=False).reached(np.ones((2, 1)), BOTH)

    assert reached.tolist() == [False, True]


def test_progress_is_how_far_what_would_do_is_ahead():
    scores = np.array([[3.0, 2.5, 1.0], [0.0, 4.0, 9.0]])

    assert goal(BEFORE).progress(scores, BOTH) == pytest.approx([-0.5, -5.0])
    assert goal(BEFORE, 2).progress(scores, BOTH) == pytest.approx([-2.0, 5.0])


def test_progress_is_positive_where_the_goal_is_reached():
    wish = goal(BEFORE)

    assert ((wish.progress(NOW, BOTH) > 0) == wish.reached(NOW, BOTH)).all()


@pytest.mark.parametrize(
    ("target", "error", "got"),
    [
        (3, ValueError, "got 3."),
        (-1, ValueError, "got -1."),
        ("a", TypeError, "got 'a'."),
        (True, TypeError, "got True."),
        (1.0, TypeError, "got 1.0."),
        ((0, 1), TypeError, r"got \(0, 1\)."),
    ],
)
def test_a_target_must_be_a_class(target, error, got):
    message = (
        r"explain: target must be None or the position of a class in \[0, 3\), " + got
    )

    with pytest.raises(error, match=f"^{message}$"):
        goal(BEFORE, target)


@pytest.mark.parametrize(
    ("target", "error", "got"),
    [
        (3.0, TypeError, "got 3.0."),
        ("ab", TypeError, "got 'ab'."),
        ((1, 2, 3), TypeError, r"got \(1, 2, 3\)."),
        (("a", 2), ValueError, r"got \('a', 2\)."),
        (((1, 2), 3), ValueError, r"got \(\(1, 2\), 3\)."),
        ((2, 1), ValueError, r"with low <= high, got \(2, 1\)."),
        ((np.nan, 1), ValueError, r"with low <= high, got \(nan, 1\)."),
    ],
)
def test_a_target_must_be_an_interval(target, error, got):
    message = (
        r"explain: target must be None or the interval \(low, high\) of the values to "
        f"be reached, each a number or 1 of them, {got}"
    )

    with pytest.raises(error, match=f"^{message}$"):
        goal(np.ones((1, 1)), target, classes=False)
