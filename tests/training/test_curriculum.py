"""What a student is to learn from: weights in all, and what is left out."""

import dataclasses

import numpy as np
import pytest
from training.classroom import blobs, curriculum, values_curriculum

X, Y = blobs(12)


@pytest.mark.parametrize("soft", [0.0, 0.3, 1.0])
def test_a_rows_weight_is_shared_by_its_label_and_its_teacher(soft):
    weight = np.linspace(0, 2, 12)

    lesson = curriculum(X, Y, soft=soft, weight=weight)

    np.testing.assert_allclose(lesson.weight, weight)
    assert lesson.weight.dtype == np.float64


def test_weights_are_of_the_rows_that_are_learnt_from():
    rows = np.array([1, 5, 7])

    lesson = curriculum(X, Y[rows], rows=rows)

    assert lesson.weight.shape == (3,)


def test_what_is_not_said_is_all_rows_without_classes_or_units():
    lesson = values_curriculum(X, X[:, :2], X[:, 1:])

    assert lesson.rows is None
    assert lesson.real is None
    assert lesson.stratify is None
    assert lesson.classes is None
    assert lesson.scaling is None


def test_it_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        curriculum(X, Y).rows = np.arange(3)
