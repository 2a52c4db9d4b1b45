"""Labels as a student learns them: some of them, and more of them."""

import numpy as np
import pytest

from sklkd.estimators._encoded import Encoded


def of_classes():
    target = np.array([0, 2, 1])
    return Encoded(target, 3, np.array([1.0, 2.0, 3.0]), target, {"classes_": "abc"})


def of_values():
    target = np.array([[0.5, 1.0], [1.5, 2.0], [2.5, 3.0]])
    return Encoded(target, 2, np.ones(3), None, {})


def test_some_rows_have_their_own_labels():
    some = of_classes().taken(np.array([0, 2]))

    assert some.target.tolist() == [0, 1]
    assert some.row_factor.tolist() == [1.0, 3.0]
    assert some.stratify.tolist() == [0, 1]
    assert (some.n_outputs, some.fitted) == (3, {"classes_": "abc"})


def test_some_values_are_not_stratified():
    some = of_values().taken(np.array([2]))

    assert some.target.tolist() == [[2.5, 3.0]]
    assert some.stratify is None


def test_further_rows_are_of_no_class_in_particular_and_weigh_as_one():
    more = of_classes().followed_by(2)

    assert more.target.tolist() == [0, 2, 1, 0, 0]
    assert more.target.dtype == np.int64
    assert more.row_factor.tolist() == [1.0, 2.0, 3.0, 1.0, 1.0]
    assert more.stratify.tolist() == [0, 2, 1, 0, 0]


def test_further_rows_have_all_targets():
    more = of_values().followed_by(1)

    assert more.target.shape == (4, 2)
    assert more.stratify is None


@pytest.mark.parametrize("make", [of_classes, of_values])
def test_no_further_rows_change_nothing(make):
    assert np.array_equal(make().followed_by(0).target, make().target)


@pytest.mark.parametrize("make", [of_classes, of_values])
def test_what_is_taken_of_what_was_added_is_what_was_there(make):
    back = make().followed_by(5).taken(np.arange(3))

    assert np.array_equal(back.target, make().target)
    assert np.array_equal(back.row_factor, make().row_factor)
