"""Rows that are made up, and those that are refused."""

import numpy as np
import pandas as pd
import pytest

from sklkd.surrogates._made_up import FEW, Queries
from sklkd.surrogates._reading import Reading
from sklkd.transfer_sets import Jitter, Munge


def reading_of(X):
    n = X.shape[0]
    return Reading.fit("Test", X, np.zeros((n, 1)), np.ones(n))


def made(queries, X):
    return Queries.of("Test", queries, 0).rows(
        "Test", X, np.ones(X.shape[0]), reading_of(X)
    )


X = np.arange(12.0).reshape(6, 2)


def test_none_makes_none_up():
    assert made(None, X) is None


def test_few_rows_are_left_alone():
    many = np.random.default_rng(0).normal(size=(FEW + 1, 2))
    assert made("auto", many[:FEW]) is None
    assert made("auto", many).shape == (10 * len(many), 2)


@pytest.mark.parametrize("queries", ["jitter", Jitter(size_factor=2.0), Munge()])
def test_a_transfer_set_makes_rows_of_the_domain(queries):
    rows = made(queries, X)
    assert (rows.min(axis=0) >= X.min(axis=0)).all()
    assert (rows.max(axis=0) <= X.max(axis=0)).all()


def test_a_function_gets_a_generator_of_the_seed():
    drawn = made(lambda X, rng: X[rng.permutation(len(X))], X)
    np.testing.assert_array_equal(drawn, X[np.random.default_rng(0).permutation(6)])


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        (lambda X, rng: X + 5, r"to 10 in the column 'x0', got 11 there\. Clip"),
        (lambda X, rng: X * np.nan, r"leave values missing, or make up words"),
        (lambda X, rng: X[:, :1], r"return a ndarray with 2 columns, as X is, got"),
        (lambda X, rng: X.tolist(), r"got a list of shape None"),
    ],
)
def test_queries_that_leave_the_domain_are_refused(queries, message):
    with pytest.raises((TypeError, ValueError), match=message):
        made(queries, X)


def test_words_that_are_made_up_are_refused():
    frame = pd.DataFrame({"job": ["a", "b"]})
    with pytest.raises(ValueError, match="make up words, in the column 'job'"):
        made(lambda X, rng: X.assign(job="c"), frame)
    with pytest.raises(ValueError, match=r"the columns of X, \['job'\], got \['x'\]"):
        made(lambda X, rng: X.rename(columns={"job": "x"}), frame)
