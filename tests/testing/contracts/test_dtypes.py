"""Types: the rows have no ties, and every type holds them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from sklkd.testing import check_contracts
from sklkd.testing.contracts._dtypes import DTYPES, RULER, thermometers, whole_numbers

ROWS = st.integers(3, len(RULER)).flatmap(
    lambda n: st.lists(st.integers(0, 3), min_size=n, max_size=n).map(np.array)
)


def distances(X):
    difference = X[:, np.newaxis] - X[np.newaxis]
    return (difference**2).sum(axis=2)


@given(ROWS, st.integers(1, 3))
def test_no_row_is_as_far_from_two_others(y, p):
    squared = distances(whole_numbers(y, p))

    for row in squared:
        assert len(set(row)) == len(y)


@given(ROWS)
def test_thermometers_are_as_far_apart_as_the_marks(y):
    X = whole_numbers(y, 1)

    np.testing.assert_array_equal(
        distances(thermometers(y).astype(float)), np.abs(X - X.T)
    )


@given(ROWS, st.integers(1, 3))
def test_rows_tell_of_the_target(y, p):
    X = whole_numbers(y, p)

    assert (np.diff(y[np.argsort(X[:, 0])]) >= 0).all()


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=str)
def test_every_type_holds_the_rows(dtype):
    X = whole_numbers(np.arange(12), 3)

    np.testing.assert_array_equal(X.astype(dtype).astype(float), X)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        Ridge(),
        KNeighborsClassifier(algorithm="brute"),
        KNeighborsRegressor(algorithm="brute"),
        DecisionTreeClassifier(),
        OneHotEncoder(handle_unknown="ignore"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_estimators_of_scikit_learn_hold_them(estimator):
    report = check_contracts(estimator, include=["B08", "B09"], on_fail=None)

    assert report.failures == []
