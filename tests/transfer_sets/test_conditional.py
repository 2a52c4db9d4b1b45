"""Conditional: one block of columns redrawn, from a row that is alike in the others."""

import numpy as np
import pandas as pd
import pytest

from sklkd.transfer_sets import Conditional


def from_parent(made, X):
    return X[made.parent] == made.X


@pytest.mark.parametrize(("fraction", "size"), [(0.01, 1), (0.25, 2), (0.5, 4), (1, 8)])
def test_one_block_of_a_row_is_redrawn(fraction, size):
    X = np.random.default_rng(0).normal(size=(50, 8))

    made = Conditional(fraction).synthesise(X)

    np.testing.assert_array_equal((~from_parent(made, X)).sum(axis=1), size)


def test_a_block_comes_from_one_row():
    X = np.random.default_rng(0).normal(size=(50, 8))
    row_of = [{value: i for i, value in enumerate(column)} for column in X.T]

    made = Conditional(0.5).synthesise(X)

    for new, parent in zip(made.X, made.parent, strict=True):
        rows = {row_of[j][value] for j, value in enumerate(new)}
        assert len(rows) == 2
        assert parent in rows


def test_every_column_is_redrawn_about_as_often():
    X = np.random.default_rng(0).normal(size=(500, 4))

    made = Conditional(0.25).synthesise(X)

    redrawn = (~from_parent(made, X)).mean(axis=0)
    np.testing.assert_allclose(redrawn, 0.25, atol=0.04)


def test_what_depends_on_the_other_columns_still_does():
    """The sign of one column is the category of the other, and stays it."""
    x = np.random.default_rng(0).normal(size=500)
    X = pd.DataFrame({"x": x + np.sign(x), "sign": np.where(x > 0, "+", "-")})

    new = Conditional(0.5).synthesise(X).X

    np.testing.assert_array_equal(new["x"] > 0, new["sign"] == "+")
    assert not np.array_equal(new["x"], X["x"].repeat(5))


def test_the_conditional_spread_is_kept():
    """Given x, y has the deviation 0.3, and its column one of about 1.04."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=3000)
    X = np.column_stack([x, x + 0.3 * rng.normal(size=3000)])

    made = Conditional(0.5, n_neighbors=10).synthesise(X)

    redrawn = made.X[made.X[:, 1] != X[made.parent, 1]]
    assert (redrawn[:, 1] - redrawn[:, 0]).std() == pytest.approx(0.3, rel=0.1)
    assert redrawn[:, 1].std() == pytest.approx(X[:, 1].std(), rel=0.05)


def test_an_only_column_is_drawn_from_all_rows():
    """Given nothing, any row is as near as any other."""
    X = np.arange(40.0)[:, np.newaxis] + 0.5

    made = Conditional(size_factor=20.0).synthesise(X)

    assert abs(np.corrcoef(made.X[:, 0], X[made.parent, 0])[0, 1]) < 0.35
    assert len(set(made.X[:, 0])) > 30


def test_a_block_that_no_row_is_dealt_is_skipped():
    made = Conditional(0.25, max_rows=1).synthesise(np.eye(5))

    assert made.X.shape == (1, 5)
