"""Sample weights for teachers: what they are called, and who is told that none go."""

import warnings

import numpy as np
import pytest
from distillation.doubles import Weighted
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline

from sklkd.exceptions import UnweightedTeacherWarning
from sklkd.training import weight_param


@pytest.mark.parametrize(
    ("teacher", "name"),
    [
        (Weighted(), "sample_weight"),
        (Pipeline([("last", Weighted())]), "last__sample_weight"),
        (
            Pipeline([("in", Pipeline([("last", Weighted())]))]),
            "in__last__sample_weight",
        ),
    ],
)
def test_the_weights_are_called_what_the_teachers_fit_calls_them(teacher, name):
    weight = np.ones(2)

    params = weight_param("Someone", teacher, weight)

    assert list(params) == [name]
    assert params[name] is weight


def test_a_teacher_without_weights_is_named_where_they_differ():
    sentence = (
        "Someone: the teacher KNeighborsClassifier takes no sample_weight; it is "
        "fitted without, on the rows whose weight is not zero."
    )

    with pytest.warns(UnweightedTeacherWarning) as caught:
        params = weight_param("Someone", KNeighborsClassifier(), np.array([1.0, 2.0]))

    assert params == {}
    assert [str(warning.message) for warning in caught] == [sentence]


@pytest.mark.parametrize("weight", [[1.0, 1.0], [2.0, 0.0, 2.0]])
def test_equal_weights_and_zeros_are_no_news(weight):
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        params = weight_param("Someone", KNeighborsClassifier(), np.array(weight))

    assert params == {}
