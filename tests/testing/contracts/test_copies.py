"""Copies: parameters are compared by what they are, and sizes by the row."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklkd.testing import Violation, check_contracts
from sklkd.testing.contracts._copies import (
    _COPIES,
    _equal_plain,
    _fingerprint,
    _same_params,
    _takes_any_keyword,
)


@pytest.mark.parametrize("name", sorted(_COPIES))
def test_each_way_makes_another_object_that_is_equal(name):
    model = GaussianNB().fit([[0.0], [1.0]], [0, 1])

    other = _COPIES[name](model)

    assert other is not model
    np.testing.assert_array_equal(other.theta_, model.theta_)


def test_mapped_arrays_are_read_only():
    model = GaussianNB().fit(np.arange(8.0).reshape(4, 2), [0, 1, 0, 1])

    other = _COPIES["joblib_mapped"](model)

    assert not other.theta_.flags.writeable


def test_equal_numbers_are_the_same_parameter():
    given, other = 1000, int("1000")

    assert given is not other
    _same_params({"a": given}, {"a": other}, "fit")


@pytest.mark.parametrize(
    ("others", "change"),
    [
        ({"a": 2}, "a; the first from 1 to 2"),
        ({"a": 1.0}, "a; the first from 1 to 1.0"),
        ({}, "a; the first from 1 to None"),
        ({"a": 1, "b": 3}, "b; the first from None to 3"),
    ],
)
def test_changed_parameters_are_named(others, change):
    with pytest.raises(Violation, match=f"fit: it changes the parameters {change}"):
        _same_params({"a": 1}, others, "fit")


def test_an_equal_object_is_another_parameter():
    with pytest.raises(Violation, match="the parameters a"):
        _same_params({"a": {1: 2}}, {"a": {1: 2}}, "fit")


def test_a_list_of_the_same_parts_is_the_same_parameter():
    part, other = GaussianNB(), GaussianNB()

    assert _equal_plain([("nb", part)], [("nb", part)])
    assert not _equal_plain([("nb", part)], [("nb", other)])
    assert not _equal_plain([("nb", part)], [])


def test_a_pipeline_may_fit_its_steps():
    model = make_pipeline(StandardScaler(), GaussianNB())

    assert check_contracts(model, include=["C09"]).counts == {"passed": 1}


def test_what_cannot_be_pickled_has_no_fingerprint():
    assert _fingerprint(lambda: 0) is None
    assert _fingerprint([1]) == _fingerprint([1]) != _fingerprint([2])


def test_keywords_of_any_name_are_seen():
    class Any:
        def __init__(self, **kwargs):
            pass

    assert _takes_any_keyword(Any)
    assert not _takes_any_keyword(GaussianNB)


@pytest.mark.parametrize(
    ("model", "status"),
    [
        (GaussianNB(), "passed"),
        (KNeighborsClassifier(), "failed"),
        (RandomForestRegressor(3), "failed"),
    ],
)
def test_a_model_that_grows_with_its_rows_is_not_independent_of_them(model, status):
    report = check_contracts(
        model, include=["C17"], declared=["size_independent"], on_fail=None
    )

    assert report.counts == {status: 1}
