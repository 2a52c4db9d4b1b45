"""What a surrogate is grown from, cut down."""

from dataclasses import replace

import numpy as np
from surrogates.cases import evidence, of_labels


def test_some_rows_know_how_many_of_them_are_real():
    given = evidence([[0.0], [1.0], [2.0]], of_labels([0, 1, 0]), n_real=2)
    some = given.taken(np.array([1, 2]))
    assert some.n_real == 1
    np.testing.assert_array_equal(some.Z, [[1.0], [2.0]])
    np.testing.assert_array_equal(some.said, [[0, 1], [1, 0]])


def test_real_rows_come_without_the_others():
    Z, said, weight = evidence([[0.0], [1.0]], of_labels([0, 1]), [2, 3], n_real=1).real
    assert (Z.tolist(), said.tolist(), weight.tolist()) == ([[0.0]], [[1, 0]], [2])


def test_some_rows_are_asked_about_by_their_own_numbers():
    asked = []
    given = replace(
        evidence([[0.0], [1.0], [2.0]], of_labels([0, 1, 0])),
        oracle=lambda source: asked.append(source.tolist()),
    )
    given.taken(np.array([1, 2])).oracle(np.array([[0], [1]]))
    assert asked == [[[1], [2]]]
