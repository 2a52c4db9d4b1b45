"""What the strategies draw is what they say."""

import datetime
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier

from sklkd.testing import (
    estimator_params,
    frames,
    logits,
    teacher_outputs,
    weights,
)


@given(values=logits(n=(2, 3), k=(4, 4)))
def test_logits_are_finite_and_of_the_shape_that_is_asked_for(values):
    assert values.isfinite().all()
    assert len(values) in (2, 3)
    assert values.shape[1] == 4


@given(proba=teacher_outputs(n=(1, 9)))
def test_a_classifier_says_probabilities(proba):
    assert proba.min() >= 0
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-12)


def test_some_teachers_are_certain():
    found = []

    @given(proba=teacher_outputs())
    def draw(proba):
        found.append((proba == 1.0).any())

    draw()
    assert any(found)
    assert not all(found)


@given(values=teacher_outputs("regression", k=(3, 3)))
def test_a_regressor_says_values(values):
    assert values.shape[1] == 3
    assert np.isfinite(values).all()


@given(data=st.data(), n=st.integers(1, 20))
def test_weights_are_not_negative_and_not_all_zero(data, n):
    weight = data.draw(weights(n))

    assert weight.shape == (n,)
    assert weight.min() >= 0
    assert weight.sum() > 0


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_frames_are_of_the_package_that_is_asked_for(package):
    pytest.importorskip(package)

    @given(frame=frames(package=package, n=(9, 12)))
    def draw(frame):
        assert type(frame).__module__.partition(".")[0] == package
        assert len(frame) in range(9, 13)
        assert 1 <= frame.shape[1] <= 5

    draw()


def test_without_missing_values_every_cell_is_full():
    pytest.importorskip("pandas")

    @given(frame=frames(package="pandas", missing=False))
    def draw(frame):
        assert not frame.isna().to_numpy().any()

    draw()


def test_days_are_days():
    pytest.importorskip("polars")
    found = set()

    @given(frame=frames(package="polars", missing=False))
    def draw(frame):
        for name in frame.columns:
            if name.startswith("day"):
                found.update(type(value) for value in frame[name])

    draw()
    assert found == {datetime.date}


@pytest.mark.parametrize(
    "estimator", [Ridge(), DecisionTreeClassifier(), LogisticRegression()], ids=str
)
def test_parameters_are_those_that_scikit_learn_takes(estimator):
    drawn = set()

    @given(params=estimator_params(estimator))
    def draw(params):
        model = clone(estimator).set_params(**params)
        model._validate_params()
        drawn.update(params)

    draw()
    assert len(drawn) > 4


def test_who_says_nothing_about_parameters_gets_none():
    class Silent(Ridge):
        _parameter_constraints: ClassVar = {}

    @given(params=estimator_params(Silent()))
    def draw(params):
        assert params == {}

    draw()


def test_an_unknown_task_or_package_is_refused():
    @given(data=st.data())
    def draw(data):
        with pytest.raises(ValueError, match="task must be one of"):
            data.draw(teacher_outputs("ranking"))
        with pytest.raises(ValueError, match="package must be one of"):
            data.draw(frames(package="dask"))

    draw()
