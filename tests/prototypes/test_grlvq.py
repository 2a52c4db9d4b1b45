"""GRLVQ: shares of columns, and little of what is noise."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from prototypes.networks import X, Y, network, quick, rows


@settings(max_examples=5)
@given(st.integers(0, 1000))
def test_relevances_are_shares(seed):
    values, y = rows(seed)

    model = network("grlvq").fit(values, y)

    assert model.relevances_.shape == (3,)
    assert (model.relevances_ >= 0).all()
    np.testing.assert_allclose(model.relevances_.sum(), 1)


def test_they_begin_equal():
    model = network("grlvq", student=quick(max_epochs=1, lr=1e-12)).fit(X, Y)

    np.testing.assert_allclose(model.relevances_, 0.25)


def test_columns_of_noise_get_little():
    noise = np.random.default_rng(0).normal(size=(len(X), 3))
    wide = np.column_stack([noise[:, :2], X[:, 2:], noise[:, 2:]])
    student = quick(max_epochs=80)

    model = network("grlvq", student=student, n_prototypes=1).fit(wide, Y)

    relevant = [False, False, True, True, False]
    assert model.relevances_[relevant].sum() > 0.9
    assert model.relevances_[np.invert(relevant)].max() < 0.05
    assert model.score(wide, Y) > 0.93


def test_a_mark_of_missing_values_is_a_column_after_the_others():
    gaps = X.copy()
    gaps[::5, 2] = np.nan

    model = network("grlvq").fit(gaps, Y)

    assert model.relevances_.shape == (5,)
    np.testing.assert_allclose(model.relevances_.sum(), 1)
