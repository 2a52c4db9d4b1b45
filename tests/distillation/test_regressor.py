"""The regressor: one target or several, in any unit."""

import pickle
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from distillation.doubles import quick, regressor, slopes
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin, clone, is_regressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import (
    BayesianRidge,
    LinearRegression,
    QuantileRegressor,
    Ridge,
)
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.multioutput import MultiOutputRegressor
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils import get_tags

from sklkd import DistilledRegressor, SquaredError, TeacherEnsemble
from sklkd.exceptions import TeacherError
from sklkd.training._spread import Spread
from sklkd.transfer_sets import Spunge

LEARNING = {"hidden": (16,), "max_epochs": 200, "lr": 0.03}


# --- Units ----------------------------------------------------------------------------


@given(
    scale=st.sampled_from([1e-6, 0.5, 3.0, 1e6]),
    shift=st.sampled_from([0.0, -7.0, 1e3]),
)
def test_the_unit_of_the_targets_makes_no_difference(scale, shift):
    """fit(a·y + b) predicts a·fit(y) + b, with a teacher that is linear too."""
    X, y = slopes()
    plain = regressor(LinearRegression()).fit(X, y).predict(X)

    model = regressor(LinearRegression()).fit(X, scale * y + shift)

    atol = 1e-6 * (scale * np.abs(y).max() + abs(shift))
    np.testing.assert_allclose(model.predict(X), scale * plain + shift, atol=atol)


@pytest.mark.parametrize("value", [0.0, 3.0, -1e8, 1e-9, 0.1])
def test_a_constant_is_predicted_back(value):
    X, _ = slopes()

    model = regressor(Ridge()).fit(X, np.full(60, value))

    assert model.predict(X).tolist() == [value] * 60


def test_one_constant_target_among_several_is_predicted_back():
    X, y = slopes(n_targets=2)
    y[:, 1] = 0.1

    model = regressor(LinearRegression()).fit(X, y)

    assert model.predict(X)[:, 1].tolist() == [0.1] * 60


@pytest.mark.parametrize("scale", [1e-150, 1e-30, 1e30, 1e100])
def test_tiny_and_large_targets_are_learnt(scale):
    X, y = slopes()

    model = regressor(LinearRegression(), quick(**LEARNING)).fit(X, y * scale)

    said = model.predict(X) / scale
    assert r2_score(y, said) > 0.9


def test_targets_far_from_zero_are_learnt():
    X, y = slopes()

    model = regressor(LinearRegression(), quick(**LEARNING)).fit(X, y + 1e6)

    assert r2_score(y, model.predict(X) - 1e6) > 0.9


@pytest.mark.parametrize("scale", [1e200, 1e300])
def test_huge_targets_are_learnt_or_refused_with_one_sentence(scale):
    X, y = slopes()

    with pytest.raises(ValueError, match="too large") as caught:
        regressor().fit(X, y * scale)

    assert str(caught.value) == "X or y contains values too large to be standardised."


# --- Shapes ---------------------------------------------------------------------------


@pytest.mark.parametrize("n_targets", [2, 3])
def test_several_targets_are_learnt_together(n_targets):
    X, y = slopes(n_targets=n_targets)

    model = regressor(LinearRegression(), quick(**LEARNING)).fit(X, y)

    assert model.n_outputs_ == n_targets
    assert model.predict(X).shape == (60, n_targets)
    assert model.predict(X[:1]).shape == (1, n_targets)
    assert model.score(X, y) > 0.9


def test_one_target_is_a_flat_array():
    X, y = slopes()

    model = regressor().fit(X, y)

    assert model.n_outputs_ == 1
    assert model.predict(X[:1]).shape == (1,)
    assert model.predict(X).dtype == np.float64


def test_the_same_target_twice_is_answered_twice():
    """Both columns start from other weights, and learn the same."""
    X, y = slopes()

    model = regressor(LinearRegression(), quick(**LEARNING))
    said = model.fit(X, np.stack([y, y], axis=1)).predict(X)

    assert np.corrcoef(said.T)[0, 1] > 0.99


def test_a_column_of_targets_is_warned_about_in_one_sentence():
    X, y = slopes()

    with pytest.warns(DataConversionWarning) as caught:
        model = regressor().fit(X, y[:, np.newaxis])

    (warning,) = caught
    assert str(warning.message) == (
        "A column-vector y was passed when a 1d array was expected. Please change the "
        "shape of y to (n_samples,), for example using ravel()."
    )
    assert np.array_equal(model.predict(X), regressor().fit(X, y).predict(X))


def test_the_warning_about_a_column_points_at_the_callers_line():
    X, y = slopes()

    with pytest.warns(DataConversionWarning) as caught:
        regressor().fit(X, y[:, np.newaxis])

    assert caught[0].filename.endswith("test_regressor.py")


@pytest.mark.parametrize("n_targets", [1, 2])
def test_precomputed_values_of_several_targets(n_targets):
    X, y = slopes(n_targets=n_targets)
    teacher = Ridge().fit(X, y)

    told = regressor("precomputed").fit(X, y, teacher_prediction=teacher.predict(X))

    asked = regressor(FrozenEstimator(teacher)).fit(X, y)
    assert np.array_equal(told.predict(X), asked.predict(X))


@pytest.mark.parametrize("kind", [int, np.int8, np.uint8, np.float32])
def test_whole_targets_of_any_type_are_the_same(kind):
    X, y = slopes()
    y = (y - y.min()).round() % 100

    model = regressor().fit(X, y.astype(kind))

    np.testing.assert_allclose(
        model.predict(X), regressor().fit(X, y).predict(X), rtol=1e-4
    )


# --- Losses ---------------------------------------------------------------------------


@pytest.mark.parametrize("n_targets", [1, 2])
def test_the_first_loss_is_the_weighted_sum_by_hand(n_targets):
    """In standardised units, which the student learns in."""
    X, y = slopes(n_targets=n_targets)
    teacher = Ridge().fit(X, y)
    model = regressor(
        FrozenEstimator(teacher), quick(max_epochs=1, lr=1e-12), soft_weight=0.3
    ).fit(X, y)
    said, scale = model.predict(X), y.std(axis=0)
    label = (((said - y) / scale) ** 2).mean()
    soft = (((said - teacher.predict(X)) / scale) ** 2).mean()

    record = model.history_[0]

    assert record["label"] == pytest.approx(label, rel=1e-6)
    assert record["squared_error"] == pytest.approx(soft, rel=1e-6)
    assert record["train_loss"] == pytest.approx(0.7 * label + 0.3 * soft, rel=1e-6)


def test_a_mixture_of_targets_is_all_that_counts():
    """Squared errors to y and to v are one to their weighted mean, and a constant."""
    X, y = slopes()
    values = np.random.default_rng(0).permutation(y)
    mixture = 0.25 * y + 0.75 * values
    student = quick(max_epochs=300, lr=0.03, hidden=())

    both = regressor("precomputed", student, soft_weight=0.75)
    both.fit(X, y, teacher_prediction=values)
    one = regressor("precomputed", student, soft_weight=0.0)
    one.fit(X, mixture, teacher_prediction=values)

    np.testing.assert_allclose(both.predict(X), one.predict(X), atol=0.02 * y.std())


def test_the_default_objective_is_the_squared_error():
    X, y = slopes()

    models = [
        regressor(objective=objective).fit(X, y)
        for objective in (None, SquaredError(), "squared_error")
    ]

    said = [model.predict(X) for model in models]
    assert np.array_equal(said[0], said[1])
    assert np.array_equal(said[0], said[2])


# --- What it is -----------------------------------------------------------------------


def test_it_is_a_regressor_of_one_target_or_several():
    model = DistilledRegressor(Ridge())

    assert is_regressor(model)
    assert get_tags(model).target_tags.multi_output
    assert not hasattr(model, "predict_proba")
    assert not hasattr(model, "decision_function")


def test_the_score_is_the_share_of_variance_explained():
    X, y = slopes()
    weight = np.linspace(0, 1, 60)
    model = regressor().fit(X, y)

    assert model.score(X, y) == r2_score(y, model.predict(X))
    assert model.score(X, y, weight) == r2_score(
        y, model.predict(X), sample_weight=weight
    )


def test_words_are_no_targets():
    with pytest.raises(ValueError, match="could not convert string to float"):
        regressor().fit(slopes()[0], np.array(["a", "b"] * 30))


def test_a_student_of_a_forest_is_as_good_on_rows_it_never_saw():
    X, X_test, y, y_test = train_test_split(*slopes(300), random_state=0)
    forest = RandomForestRegressor(30, random_state=0)

    model = regressor(forest, quick(**LEARNING), cv=3).fit(X, y)

    assert model.score(X_test, y_test) > forest.fit(X, y).score(X_test, y_test)


# --- Spread: what comes out -----------------------------------------------------------

# Grown until each leaf is a row, it repeats what it was fitted on.
ECHO = DecisionTreeRegressor(random_state=0)
SPREADS = ["std", (0.1, 0.5, 0.9)]


def echo(teacher, **params):
    """A student that repeats what the teacher says of the rows of fit."""
    alone = {"soft_weight": 1.0, "targets": "in_sample"}
    return regressor(teacher, ECHO, **alone | params)


def trees(n_trees=20, **params):
    return RandomForestRegressor(n_trees, random_state=0, **params)


def spread_of(model, X):
    """Standard deviations or quantiles, one column each: (n, n_more)."""
    if isinstance(model.spread, str):
        return model.predict(X, return_std=True)[1].reshape(len(X), -1)
    return model.predict_quantiles(X).reshape(len(X), -1)


def beliefs(teacher, X, spread):
    """What a frozen teacher believes, as columns for teacher_prediction."""
    levels = None if spread == "std" else spread
    return Spread(1, levels).said_by("Test", teacher, X)


def test_the_standard_deviation_of_a_forest_by_hand():
    """Between the means of trees, and within their leaves."""
    X, y = slopes()
    forest = trees(min_samples_leaf=8, bootstrap=False, max_features=0.5).fit(X, y)
    leaves = np.stack([tree.apply(X) for tree in forest.estimators_])
    same = leaves[:, :, None] == leaves[:, None, :]
    count = same.sum(axis=2)
    means = same @ y / count
    within = same @ y**2 / count - means**2
    expected = np.sqrt(means.var(axis=0) + within.mean(axis=0))

    model = echo(FrozenEstimator(forest), spread="std").fit(X, y)

    mean, std = model.predict(X, return_std=True)
    np.testing.assert_allclose(mean, means.mean(axis=0))
    np.testing.assert_allclose(std, expected)
    np.testing.assert_array_equal(model.predict(X), mean)


def test_quantiles_of_grown_trees_are_those_of_what_the_trees_say():
    X, y = slopes()
    forest = trees().fit(X, y)
    votes = np.stack([tree.predict(X) for tree in forest.estimators_])
    expected = np.quantile(votes, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf")

    model = echo(FrozenEstimator(forest), spread=(0.1, 0.5, 0.9)).fit(X, y)

    np.testing.assert_allclose(model.predict_quantiles(X), expected.T)
    np.testing.assert_allclose(model.predict(X), votes.mean(axis=0))


@pytest.mark.parametrize("spread", SPREADS, ids=str)
@pytest.mark.parametrize("soft_weight", [0.5, 1.0])
def test_a_network_learns_the_spread_of_a_forest(spread, soft_weight):
    X, y = slopes(200)
    noise = np.exp(X[:, 0]) * np.random.default_rng(0).normal(size=200)
    y = y / y.std() + noise
    forest = FrozenEstimator(trees(50, min_samples_leaf=10).fit(X, y))
    expected = beliefs(forest, X, spread)[:, 1:]

    student = quick(hidden=(32,), max_epochs=150, lr=0.02)
    model = regressor(forest, student, spread=spread, soft_weight=soft_weight)
    model.fit(X, y)

    learnt = spread_of(model, X)
    for found, wanted in zip(learnt.T, expected.T, strict=True):
        assert np.corrcoef(found, wanted)[0, 1] > 0.85
        assert found.mean() == pytest.approx(wanted.mean(), abs=0.15 * y.std())


def test_a_straight_line_learns_the_straight_part_of_each_quantile():
    X, y = slopes()
    levels = (0.1, 0.9)
    forest = FrozenEstimator(trees().fit(X, y))
    expected = [
        LinearRegression().fit(X, wanted).predict(X)
        for wanted in beliefs(forest, X, levels).T
    ]

    model = regressor(forest, LinearRegression(), spread=levels, soft_weight=1.0)
    model.fit(X, y)

    np.testing.assert_allclose(model.predict(X), expected[0])
    in_order = np.sort(np.transpose(expected[1:]), axis=1)
    np.testing.assert_allclose(model.predict_quantiles(X), in_order)


def test_a_straight_line_below_zero_is_a_standard_deviation_of_zero():
    X, y = slopes()
    said = np.stack([y, np.where(X[:, 0] > 1, 9.0, 0.0)], axis=1)
    line = LinearRegression().fit(X, said[:, 1]).predict(X)

    model = regressor("precomputed", LinearRegression(), spread="std")
    model.fit(X, y, teacher_prediction=said)

    std = model.predict(X, return_std=True)[1]
    assert (line < 0).any()
    np.testing.assert_allclose(std, np.maximum(line, 0), atol=1e-12)


@pytest.mark.parametrize("student", [None, LinearRegression(), ECHO], ids=repr)
def test_quantiles_come_in_order_also_where_a_student_crosses_them(student):
    X, y = slopes()
    levels = (0.1, 0.3, 0.5, 0.7)

    model = regressor(trees(3), student, spread=levels).fit(X, y)

    found = model.predict_quantiles(np.concatenate([X, 100 * X]))
    assert found.shape == (120, 4)
    assert (np.diff(found, axis=1) >= 0).all()


def test_without_a_spread_the_mean_is_the_same_as_with_one():
    """Of a scikit-learn student; a network shares its layers."""
    X, y = slopes()
    plain = regressor(trees(), LinearRegression()).fit(X, y).predict(X)

    for spread in SPREADS:
        model = regressor(trees(), LinearRegression(), spread=spread).fit(X, y)
        np.testing.assert_allclose(model.predict(X), plain, rtol=1e-9)


# --- Spread: units and shapes ---------------------------------------------------------


@given(
    scale=st.sampled_from([1e-6, 0.5, 3.0, 1e6]),
    shift=st.sampled_from([0.0, -7.0, 1e3]),
    spread=st.sampled_from(SPREADS),
    student=st.sampled_from([quick(), LinearRegression()]),
)
def test_a_spread_is_in_the_units_of_the_targets(scale, shift, spread, student):
    """Of a·y + b the standard deviation is a times, quantiles are a times plus b."""
    X, y = slopes()
    said = beliefs(trees(5).fit(X, y), X, spread)
    moved = scale * said + shift
    if spread == "std":
        moved[:, 1] -= shift
        expected_shift = 0.0
    else:
        expected_shift = shift

    def fitted(y, said):
        model = regressor("precomputed", student, spread=spread)
        return spread_of(model.fit(X, y, teacher_prediction=said), X)

    plain, other = fitted(y, said), fitted(scale * y + shift, moved)

    atol = 1e-6 * (scale * np.abs(y).max() + abs(shift))
    np.testing.assert_allclose(other, scale * plain + expected_shift, atol=atol)


@pytest.mark.parametrize("spread", SPREADS, ids=str)
@pytest.mark.parametrize("student", [quick(), ECHO], ids=["network", "tree"])
@pytest.mark.parametrize("value", [0.0, 3.0, -1e8, 0.1])
def test_a_constant_has_no_spread(spread, student, value):
    X, _ = slopes()

    model = regressor(trees(3), student, spread=spread).fit(X, np.full(60, value))

    expected = np.full((60, 1 if spread == "std" else 3), value * (spread != "std"))
    rtol = 0 if student is not ECHO else 1e-12  # of the tree's own mean
    np.testing.assert_allclose(model.predict(X), [value] * 60, rtol=rtol)
    np.testing.assert_allclose(spread_of(model, X), expected, rtol=rtol)


@pytest.mark.parametrize("spread", SPREADS, ids=str)
def test_two_targets_are_learnt_as_each_alone(spread):
    X, y = slopes(n_targets=2)
    levels = None if spread == "std" else spread
    forests = [trees(min_samples_leaf=5).fit(X, own) for own in y.T]
    both = MultiOutputRegressor(trees(min_samples_leaf=5)).fit(X, y)

    model = echo(FrozenEstimator(both), spread=spread).fit(X, y)

    n_levels = 1 if levels is None else len(levels)
    found = spread_of(model, X).reshape(60, n_levels, 2)
    for target, forest in enumerate(forests):
        alone = echo(FrozenEstimator(forest), spread=spread).fit(X, y[:, target])
        np.testing.assert_allclose(model.predict(X)[:, target], alone.predict(X))
        np.testing.assert_allclose(found[:, :, target], spread_of(alone, X))


def test_columns_of_two_targets_are_means_first_and_then_level_by_level():
    X, y = slopes(n_targets=2)
    said = np.random.default_rng(0).normal(size=(60, 6))
    said[:, 4:] = said[:, 2:4] + 1
    model = echo("precomputed", spread=(0.1, 0.9))

    model.fit(X, y, teacher_prediction=said)

    quantiles = model.predict_quantiles(X)
    assert quantiles.shape == (60, 2, 2)
    np.testing.assert_allclose(model.predict(X), said[:, :2])
    np.testing.assert_allclose(quantiles[:, 0], said[:, 2:4])
    np.testing.assert_allclose(quantiles[:, 1], said[:, 4:])


def test_standard_deviations_of_two_targets_have_their_shape():
    X, y = slopes(n_targets=2)
    said = np.abs(np.random.default_rng(0).normal(size=(60, 4)))

    model = echo("precomputed", spread="std").fit(X, y, teacher_prediction=said)

    mean, std = model.predict(X, return_std=True)
    np.testing.assert_allclose(np.hstack([mean, std]), said)
    assert [part.shape for part in model.predict(X[:1], True)] == [(1, 2), (1, 2)]


def test_one_level_and_one_row_keep_their_axes():
    X, y = slopes()

    model = regressor(trees(3), spread=[0.5]).fit(X, y)

    assert model.predict_quantiles(X[:1]).shape == (1, 1)
    assert model.predict(X[:1]).shape == (1,)


def test_tables_give_the_same_spread_as_arrays():
    X, y = slopes()
    names = list("abcd")
    for student in (quick(), ECHO):
        expected = spread_of(regressor(trees(3), student, spread="std").fit(X, y), X)
        for table in (pd.DataFrame(X, columns=names), pl.DataFrame(X, schema=names)):
            model = regressor(trees(3), student, spread="std").fit(table, y)
            np.testing.assert_allclose(spread_of(model, table), expected)


# --- Spread: labels and teacher -------------------------------------------------------


@pytest.mark.parametrize("spread", SPREADS, ids=str)
@pytest.mark.parametrize("student", [quick(), LinearRegression()], ids=["net", "line"])
def test_labels_are_invisible_to_one_that_listens_to_the_teacher_alone(spread, student):
    X, y = slopes()
    said = beliefs(trees(5).fit(X, y), X, spread)
    noise = np.random.default_rng(0).permutation(y)

    def fitted(y):
        model = regressor("precomputed", student, spread=spread, soft_weight=1.0)
        model.fit(X, y, teacher_prediction=said)
        return np.column_stack([model.predict(X), spread_of(model, X)])

    np.testing.assert_allclose(fitted(noise), fitted(y), atol=1e-8 * y.std())


@pytest.mark.parametrize("student", [quick(hidden=(), lr=0.05), LinearRegression()])
def test_the_share_of_labels_leaves_the_standard_deviation_alone(student):
    """A network without hidden layers learns its columns apart."""
    X, y = slopes()
    said = beliefs(trees(5).fit(X, y), X, "std")
    lies = np.random.default_rng(0).permutation(y)

    learnt = [
        regressor("precomputed", student, spread="std", soft_weight=soft)
        .fit(X, labels, teacher_prediction=said)
        .predict(X, return_std=True)[1]
        for soft in (0.0, 0.5, 1.0)
        for labels in (y, lies)
    ]

    for other in learnt[1:]:
        np.testing.assert_allclose(other, learnt[0], atol=1e-8 * y.std())


@pytest.mark.parametrize("spread", SPREADS, ids=str)
@pytest.mark.parametrize("student", [quick(), LinearRegression()], ids=["net", "line"])
def test_with_labels_alone_the_teacher_may_say_any_mean(spread, student):
    X, y = slopes()
    said = beliefs(trees(5).fit(X, y), X, spread)
    lies = said.copy()
    lies[:, 0] = 1e3 * X[:, 0]
    models = [
        regressor("precomputed", student, soft_weight=0.0, spread=spread)
        for _ in range(2)
    ]

    models[0].fit(X, y, teacher_prediction=said)
    models[1].fit(X, y, teacher_prediction=lies)

    assert np.array_equal(models[0].predict(X), models[1].predict(X))
    assert np.array_equal(*(spread_of(model, X) for model in models))


def test_a_network_learns_quantiles_from_labels_alone_and_asks_nobody():
    """A line's are those of linear quantile regression."""
    X, y = slopes(200)
    levels = (0.2, 0.8)
    expected = [
        QuantileRegressor(quantile=level, alpha=0).fit(X, y).predict(X)
        for level in levels
    ]
    student = quick(hidden=(), max_epochs=300, lr=0.02)

    model = regressor(Silent(), student, spread=levels, soft_weight=0.0).fit(X, y)

    found = model.predict_quantiles(X)
    np.testing.assert_allclose(found.T, expected, atol=0.02 * y.std())
    share = (y[:, np.newaxis] <= found).mean(axis=0)
    np.testing.assert_allclose(share, levels, atol=0.03)


class Silent(RegressorMixin, BaseEstimator):
    """A teacher that nobody may fit or ask."""

    def fit(self, X, y):
        raise AssertionError

    def predict(self, X):
        raise AssertionError


def test_a_model_is_told_quantiles_by_the_teacher_even_with_labels_alone():
    X, y = slopes()
    forest = FrozenEstimator(trees().fit(X, y))

    model = echo(forest, spread=(0.1, 0.9), soft_weight=0.0).fit(X, y)

    np.testing.assert_allclose(model.predict(X), y)
    expected = beliefs(forest, X, (0.1, 0.9))[:, 1:]
    np.testing.assert_allclose(model.predict_quantiles(X), expected)


def mean_square(gap):
    return np.square(gap).mean(axis=-1)


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("soft_weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("weight", [None, np.linspace(0, 2, 60)], ids=["", "weighted"])
def test_the_first_loss_with_a_standard_deviation_by_hand(
    soft_weight, n_targets, weight
):
    """In standardised units; all of each row's weight is on the teacher's."""
    X, y = slopes(n_targets=n_targets)
    y = y.reshape(60, -1)
    share = np.full(60, 1 / 60) if weight is None else weight / weight.sum()
    scale = np.sqrt(share @ np.square(y - share @ y))
    said, std = y[::-1], np.abs(y)
    student = quick(max_epochs=1, lr=1e-12)
    model = regressor("precomputed", student, spread="std", soft_weight=soft_weight)

    target = y if n_targets > 1 else y[:, 0]
    model.fit(X, target, weight, teacher_prediction=np.hstack([said, std]))

    mean = model.predict(X).reshape(60, -1)
    own = model._outputs(X).numpy()[:, n_targets:]  # before it is clipped at 0
    losses = {
        "label": share @ mean_square((mean - y) / scale),
        "squared_error": share @ mean_square((mean - said) / scale),
        "spread": share @ mean_square(own - std / scale),
    }
    weights = {"label": 1 - soft_weight, "squared_error": soft_weight, "spread": 1.0}
    record = model.history_[0]
    total = sum(weights[name] * losses[name] for name in losses)
    assert record["train_loss"] == pytest.approx(total, rel=1e-6)
    for name, loss in losses.items():
        if weights[name]:
            assert record[name] == pytest.approx(loss, rel=1e-6)
        else:
            assert name not in record


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("soft_weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("weight", [None, np.linspace(0, 2, 60)], ids=["", "weighted"])
def test_the_first_loss_with_quantiles_by_hand(soft_weight, n_targets, weight):
    """In standardised units; labels and teacher share them as they share the mean."""
    X, y = slopes(n_targets=n_targets)
    y = y.reshape(60, -1)
    share = np.full(60, 1 / 60) if weight is None else weight / weight.sum()
    centre = share @ y
    scale = np.sqrt(share @ np.square(y - centre))
    said = np.stack([y[::-1], y - 3, y + 5])  # the mean, and two levels
    student = quick(max_epochs=1, lr=1e-12)
    options = {"spread": (0.2, 0.7), "soft_weight": soft_weight}
    model = regressor("precomputed", student, **options)

    target = y if n_targets > 1 else y[:, 0]
    model.fit(X, target, weight, teacher_prediction=np.hstack(list(said)))

    raw = model._outputs(X).numpy()  # before they are put in order
    own = raw.reshape(60, 3, n_targets).transpose(1, 0, 2)
    truth, said = (y - centre) / scale, (said - centre) / scale
    pinball = [
        (np.where(gap > 0, level, 1 - level) * np.abs(gap)).mean(axis=1)
        for level, gap in ((0.2, truth - own[1]), (0.7, truth - own[2]))
    ]
    losses = {
        "label": share @ (mean_square(own[0] - truth) + np.mean(pinball, axis=0)),
        "squared_error": share @ mean_square(own[0] - said[0]),
        "spread": share @ mean_square(own[1:] - said[1:]).mean(axis=0),
    }
    record = model.history_[0]
    soft = losses["squared_error"] + losses["spread"]
    total = (1 - soft_weight) * losses["label"] + soft_weight * soft
    assert record["train_loss"] == pytest.approx(total, rel=1e-6)
    for name, loss in losses.items():
        weighs = 1 - soft_weight if name == "label" else soft_weight
        if weighs:
            assert record[name] == pytest.approx(loss, rel=1e-6)
        else:
            assert name not in record


@pytest.mark.parametrize("spread", SPREADS, ids=str)
@pytest.mark.parametrize("student", [quick(), LinearRegression()], ids=["net", "line"])
@pytest.mark.parametrize("soft_weight", [0.0, 0.4])
def test_a_weight_is_a_row_that_is_repeated(spread, student, soft_weight):
    X, y = slopes()
    weight = np.random.default_rng(0).integers(0, 4, 60)
    teacher = DecisionTreeRegressor(max_depth=2, random_state=0)
    params = {"targets": "in_sample", "spread": spread, "soft_weight": soft_weight}
    if spread != "std":
        teacher = BayesianRidge()

    weighted = regressor(teacher, student, **params).fit(X, y, weight)
    repeated = regressor(teacher, student, **params)
    repeated.fit(X.repeat(weight, axis=0), y.repeat(weight))

    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-7)
    np.testing.assert_allclose(
        spread_of(weighted, X), spread_of(repeated, X), rtol=1e-7, atol=1e-9
    )


def test_out_of_fold_each_row_is_spoken_about_by_a_teacher_that_has_not_seen_it():
    X, y = slopes()
    folds = [(np.arange(30), np.arange(30, 60)), (np.arange(30, 60), np.arange(30))]
    teacher = DecisionTreeRegressor(max_depth=2, random_state=0)
    expected = np.zeros(60)
    for train, test in folds:
        tree = clone(teacher).fit(X[train], y[train])
        same = tree.apply(X[test])[:, None] == tree.apply(X[train])
        expected[test] = [y[train][own].std() for own in same]

    model = echo(teacher, spread="std", targets="out_of_fold", cv=folds).fit(X, y)

    np.testing.assert_allclose(model.predict(X, return_std=True)[1], expected)


def test_rows_in_no_fold_have_no_spread_to_learn_from():
    """They are learnt from their labels; the spread from the others alone."""
    X, y = slopes()
    folds = [(np.arange(30, 60), np.arange(30))]
    tree = DecisionTreeRegressor(max_depth=2, random_state=0)
    said = beliefs(clone(tree).fit(X[30:], y[30:]), X[:30], "std")

    model = echo(tree, spread="std", targets="out_of_fold", cv=folds).fit(X, y)

    mean, std = model.predict(X, return_std=True)
    np.testing.assert_allclose(mean, [*said[:, 0], *y[30:]])
    np.testing.assert_allclose(std[:30], said[:, 1])
    alone = clone(ECHO).fit(X[:30], said[:, 1])
    np.testing.assert_allclose(std[30:], alone.predict(X[30:]))


def test_rows_without_a_label_learn_the_spread_however_they_come():
    X, y = slopes(90)
    forest = FrozenEstimator(trees(min_samples_leaf=5).fit(X, y))
    expected = beliefs(forest, X, "std")

    further = echo(forest, spread="std").fit(X[:60], y[:60], X_unlabeled=X[60:])
    marked = echo(forest, spread="std", unlabeled=-1e9)
    marked.fit(X, np.where(np.arange(90) < 60, y, -1e9))

    for model in (further, marked):
        mean, std = model.predict(X, return_std=True)
        np.testing.assert_allclose(mean, expected[:, 0])
        np.testing.assert_allclose(std, expected[:, 1])


def test_with_labels_alone_rows_without_one_still_tell_the_spread():
    X, y = slopes(90)
    forest = FrozenEstimator(trees(min_samples_leaf=5).fit(X, y))

    model = regressor(forest, LinearRegression(), spread="std", soft_weight=0.0)
    model.fit(X[:60], y[:60], X_unlabeled=X[60:])

    mean, std = model.predict(X, return_std=True)
    own = LinearRegression().fit(X[:60], y[:60])
    line = LinearRegression().fit(X, beliefs(forest, X, "std")[:, 1])
    np.testing.assert_allclose(mean, own.predict(X))
    np.testing.assert_allclose(std, np.maximum(line.predict(X), 0))


def test_made_up_rows_have_a_spread_too():
    X, y = slopes()
    forest = FrozenEstimator(trees(3).fit(X, y))

    model = regressor(forest, spread="std", transfer_set=Spunge(random_state=0))

    assert np.isfinite(spread_of(model.fit(X, y), X)).all()


def test_a_policy_is_chosen_by_the_mean_alone():
    X, y = slopes(220)
    auto = {"soft_weight": "auto", "transfer_set": "auto"}
    plain = regressor(trees(3), LinearRegression(), **auto).fit(X, y).policy_

    policy = regressor(trees(3), LinearRegression(), **auto, spread="std").fit(X, y)
    policy = policy.policy_

    assert policy.soft_weight == plain.soft_weight
    assert [t["loss"] for t in policy.trials] == pytest.approx(
        [t["loss"] for t in plain.trials]
    )


# --- Spread: teachers -----------------------------------------------------------------


def test_several_normals_are_a_mixture_by_hand():
    """The law of total variance, of a Gaussian process and two linear models."""
    X, y = slopes()
    kernel = ConstantKernel(1e3) * RBF(2.0) + WhiteKernel(30.0)
    process = GaussianProcessRegressor(kernel, optimizer=None).fit(X, y)
    members = [process, BayesianRidge().fit(X, y), BayesianRidge().fit(X[:9], y[:9])]
    said = [member.predict(X, return_std=True) for member in members]
    means, stds = np.array(said).transpose(1, 0, 2)
    weights = np.array([0.5, 0.25, 0.25])
    mean = weights @ means
    variance = weights @ (stds**2 + means**2) - mean**2

    names = [(f"m{i}", FrozenEstimator(member)) for i, member in enumerate(members)]
    teacher = TeacherEnsemble(names, weights=[2, 1, 1])
    model = echo(teacher, spread="std").fit(X, y)

    found = model.predict(X, return_std=True)
    np.testing.assert_allclose(found[0], mean)
    np.testing.assert_allclose(found[1], np.sqrt(variance))


def test_quantiles_of_several_normals_have_their_level_below():
    X, y = slopes()
    members = [BayesianRidge().fit(X, y), BayesianRidge().fit(X[:9], y[:9])]
    names = [(f"m{i}", FrozenEstimator(member)) for i, member in enumerate(members)]

    model = echo(names, spread=(0.1, 0.6)).fit(X, y)

    for level, quantile in zip((0.1, 0.6), model.predict_quantiles(X).T, strict=True):
        below = [
            stats.norm.cdf(quantile, *member.predict(X, return_std=True))
            for member in members
        ]
        np.testing.assert_allclose(np.mean(below, axis=0), level, atol=1e-6)


def test_two_that_know_no_variance_disagree():
    X, y = slopes()
    ridges = [Ridge(), Ridge(alpha=100.0)]
    said = np.stack([ridge.fit(X, y).predict(X) for ridge in ridges])

    model = echo([("low", ridges[0]), ("high", ridges[1])], spread="std").fit(X, y)

    std = model.predict(X, return_std=True)[1]
    np.testing.assert_allclose(std, said.std(axis=0))


def booster(level):
    return HistGradientBoostingRegressor(loss="quantile", quantile=level, max_iter=9)


def test_quantile_learners_in_any_order_beside_a_mean():
    X, y = slopes(100)
    low, high = booster(0.1).fit(X, y).predict(X), booster(0.9).fit(X, y).predict(X)
    teacher = [("high", booster(0.9)), ("mean", Ridge()), ("low", booster(0.1))]

    model = echo(teacher, spread=(0.1, 0.9)).fit(X, y)

    np.testing.assert_allclose(model.predict(X), Ridge().fit(X, y).predict(X))
    expected = np.stack([np.minimum(low, high), np.maximum(low, high)], axis=1)
    np.testing.assert_allclose(model.predict_quantiles(X), expected)
    assert model.teacher_weights_ == {"high": 0.0, "mean": 1.0, "low": 0.0}


def test_quantile_learners_of_two_targets():
    X, y = slopes(100, n_targets=2)
    both = [
        ("mean", Ridge()),
        ("low", MultiOutputRegressor(booster(0.1))),
        ("high", MultiOutputRegressor(booster(0.9))),
    ]

    model = echo(both, spread=(0.1, 0.9)).fit(X, y)

    for target, own in enumerate(y.T):
        said = [booster(level).fit(X, own).predict(X) for level in (0.1, 0.9)]
        found = model.predict_quantiles(X)[:, :, target]
        np.testing.assert_allclose(found, np.sort(said, axis=0).T)


def test_quantile_learners_that_are_searched_for_are_none_of_the_mean():
    X, y = slopes()
    low, high = (
        GridSearchCV(booster(level), {"max_depth": [2]}, cv=2) for level in (0.1, 0.9)
    )
    teacher = [("mean", Ridge()), ("low", low), ("high", high)]

    model = echo(teacher, spread=(0.1, 0.9)).fit(X, y)

    np.testing.assert_allclose(model.predict(X), Ridge().fit(X, y).predict(X))


@pytest.mark.parametrize("spread", SPREADS, ids=str)
def test_numbers_and_functions_say_what_an_estimator_does(spread):
    X, y = slopes()
    forest = trees().fit(X, y)
    said = beliefs(forest, X, spread)
    expected = echo(FrozenEstimator(forest), spread=spread).fit(X, y)

    told = echo("precomputed", spread=spread).fit(X, y, teacher_prediction=said)
    asked = echo(lambda X: beliefs(forest, X, spread), spread=spread).fit(X, y)

    for model in (told, asked):
        assert np.array_equal(model.predict(X), expected.predict(X))
        assert np.array_equal(spread_of(model, X), spread_of(expected, X))


def test_a_module_gives_its_spread_as_further_columns():
    X, y = slopes()
    module = torch.nn.Linear(4, 2).double()
    module.weight.data[1] = 0.0
    module.bias.data[1] = 7.0

    model = echo(module, spread="std").fit(X, y)

    np.testing.assert_allclose(model.predict(X, return_std=True)[1], 7.0)


def test_a_student_that_knows_its_spread_is_a_teacher_of_another():
    X, y = slopes()
    first = regressor(trees(), spread="std").fit(X, y)

    second = echo(FrozenEstimator(first), spread="std").fit(X, y)

    mean, std = first.predict(X, return_std=True)
    np.testing.assert_allclose(second.predict(X, return_std=True), [mean, std])
    normal = echo(FrozenEstimator(first), spread=(0.1,)).fit(X, y)
    expected = np.where(std > 0, stats.norm.ppf(0.1, mean, std), mean)
    np.testing.assert_allclose(normal.predict_quantiles(X)[:, 0], expected)


# --- Spread: as an estimator ----------------------------------------------------------


@pytest.mark.parametrize("spread", SPREADS, ids=str)
@pytest.mark.parametrize("student", [quick(), LinearRegression()], ids=["net", "line"])
def test_it_is_cloned_pickled_and_shipped_with_its_spread(spread, student):
    X, y = slopes()
    model = regressor(trees(3), student, spread=spread).fit(X, y)
    expected = spread_of(model, X)

    again = clone(model)
    copy = pickle.loads(pickle.dumps(model))
    shipped = pickle.loads(pickle.dumps(model.without_teacher()))

    assert again.spread == spread
    assert np.array_equal(spread_of(again.fit(X, y), X), expected)
    assert np.array_equal(spread_of(copy, X), expected)
    assert np.array_equal(spread_of(shipped, X), expected)
    assert shipped.teacher == "precomputed"


def test_a_search_over_spreads_keeps_what_each_can():
    X, y = slopes()
    grid = {"spread": [None, "std", (0.1, 0.9)]}

    search = GridSearchCV(regressor(trees(3)), grid, cv=2, error_score="raise")
    search.fit(X, y)

    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert list(search.cv_results_["param_spread"]) == [None, "std", (0.1, 0.9)]


def test_a_search_slices_what_the_teacher_said_with_the_rows():
    X, y = slopes()
    said = beliefs(trees(3).fit(X, y), X, (0.1, 0.9))
    model = regressor("precomputed", spread=(0.1, 0.9))

    search = GridSearchCV(model, {"soft_weight": [0.5, 1.0]}, cv=2, error_score="raise")
    search.fit(X, y, teacher_prediction=said)

    assert search.best_estimator_.predict_quantiles(X).shape == (60, 2)


def test_the_score_is_that_of_the_mean():
    X, y = slopes()

    model = regressor(trees(3), spread="std").fit(X, y)

    assert model.score(X, y) == r2_score(y, model.predict(X))


@pytest.mark.parametrize("spread", SPREADS, ids=str)
def test_a_warm_start_goes_on_with_the_same_spread(spread):
    X, y = slopes()
    said = beliefs(trees(3).fit(X, y), X, spread)
    model = regressor("precomputed", quick(), spread=spread, warm_start=True)
    model.fit(X, y, teacher_prediction=said)

    model.set_params(spread=spread if spread == "std" else np.array(spread))
    model.fit(X, y, teacher_prediction=said)

    assert len(model.history_) == 10
    assert model.history_[-1]["spread"] < model.history_[0]["spread"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "std"),
        ("std", None),
        ("std", (0.5,)),
        ((0.1, 0.9), (0.2, 0.9)),
        ((0.1, 0.9), (0.1, 0.5, 0.9)),
    ],
    ids=str,
)
def test_a_warm_start_does_not_go_on_with_another_spread(before, after):
    """Also where both have as many columns, which would then mean something else."""
    X, y = slopes()
    model = regressor(trees(3), spread=before, warm_start=True).fit(X, y)
    expected = model.predict(X)

    with refused(
        f"DistilledRegressor: warm_start goes on with spread={before!r}, got "
        f"{after!r}. Pass warm_start=False."
    ):
        model.set_params(spread=after).fit(X, y)

    assert np.array_equal(model.set_params(spread=before).predict(X), expected)


def test_a_model_is_fitted_anew_with_another_spread():
    X, y = slopes()
    model = echo(trees(3), spread="std", warm_start=True).fit(X, y)

    model.set_params(spread=(0.5,)).fit(X, y)

    expected = echo(trees(3), spread=(0.5,)).fit(X, y)
    assert np.array_equal(spread_of(model, X), spread_of(expected, X))


def test_quantiles_are_there_where_levels_are_asked_for():
    for spread, there in [(None, False), ("std", False), ((0.1, 0.9), True)]:
        assert hasattr(regressor(spread=spread), "predict_quantiles") == there


# --- Spread: errors -------------------------------------------------------------------


def refused(sentence, error=ValueError):
    return pytest.raises(error, match=f"^{re.escape(sentence)}$")


@pytest.mark.parametrize(
    ("spread", "sentence"),
    [
        ("sd", "spread must be one of 'std', got 'sd'. Did you mean 'std'?"),
        ((0, 0.5), "each level in spread must be a real number in (0, 1), got 0."),
        (
            [0.9, 0.1],
            "the levels in spread must be at least one, and increase, got [0.9, 0.1].",
        ),
    ],
    ids=str,
)
def test_another_spread_is_refused_before_anything_is_fitted(spread, sentence):
    with refused(f"DistilledRegressor: {sentence}"):
        regressor(Silent(), spread=spread).fit(*slopes())


@pytest.mark.parametrize("spread", SPREADS, ids=str)
def test_a_teacher_that_knows_no_spread_is_refused(spread):
    with refused(
        "DistilledRegressor: the teacher Ridge says nothing about the spread of y. "
        "Pass one that does (a forest, a regressor whose predict takes return_std, "
        "several teachers as a list), or spread=None.",
        TeacherError,
    ):
        regressor(Ridge(), spread=spread).fit(*slopes())


def test_out_of_bag_estimates_have_no_spread():
    with refused(
        "DistilledRegressor: targets='out_of_bag' are means alone and no spread. Pass "
        "targets='out_of_fold', or spread=None."
    ):
        regressor(trees(), spread="std", targets="out_of_bag").fit(*slopes())


@pytest.mark.parametrize("fitted", [None, (0.1, 0.9)], ids=str)
def test_a_standard_deviation_that_was_not_learnt_is_refused(fitted):
    X, y = slopes()
    model = regressor(trees(3), spread=fitted).fit(X, y)

    with refused(
        "DistilledRegressor: return_std=True needs a student that has learnt the "
        f"standard deviation, got one fitted with spread={fitted!r}. Fit it with "
        "spread='std'."
    ):
        model.set_params(spread="std").predict(X, return_std=True)


@pytest.mark.parametrize("fitted", [None, "std", (0.1, 0.9), (0.2,)], ids=str)
def test_quantiles_that_were_not_learnt_are_refused(fitted):
    """Rather than to answer with those of other levels."""
    X, y = slopes()
    model = regressor(trees(3), spread=fitted).fit(X, y)

    with refused(
        "DistilledRegressor: predict_quantiles needs a student that has learnt "
        f"spread=(0.2, 0.8), got one fitted with spread={fitted!r}. Fit it again."
    ):
        model.set_params(spread=(0.2, 0.8)).predict_quantiles(X)


def test_the_same_levels_in_another_kind_are_the_same():
    X, y = slopes()
    model = regressor(trees(3), spread=(0.1, 0.9)).fit(X, y)
    expected = model.predict_quantiles(X)

    for spread in ([0.1, 0.9], np.array([0.1, 0.9])):
        found = model.set_params(spread=spread).predict_quantiles(X)
        assert np.array_equal(found, expected)


def test_before_fit_there_are_no_quantiles():
    with pytest.raises(NotFittedError):
        regressor(spread=(0.1, 0.9)).predict_quantiles(slopes()[0])


@pytest.mark.parametrize(
    ("spread", "said", "sentence"),
    [
        (
            "std",
            np.ones((60, 1)),
            (
                "teacher_prediction must give an array of shape (60, 2), a row for "
                "each row of X and a column for each target's mean, then for each "
                "target's standard deviation, got (60, 1)."
            ),
        ),
        (
            (0.1, 0.9),
            np.ones((60, 2)),
            (
                "teacher_prediction must give an array of shape (60, 3), a row for "
                "each row of X and a column for each target's mean, then for each "
                "target's quantiles, got (60, 2)."
            ),
        ),
        (
            "std",
            np.stack([np.ones(60), np.arange(1, -59, -1)], axis=1),
            (
                "what teacher_prediction gives must have no standard deviation < 0, "
                "got -1 in row 2."
            ),
        ),
        (
            "std",
            np.full((60, 2), np.nan),
            "what teacher_prediction gives must be finite, got nan in row 0.",
        ),
    ],
    ids=["shape", "levels", "negative", "missing"],
)
def test_numbers_that_do_not_fit_the_spread_are_refused(spread, said, sentence):
    X, y = slopes()

    with refused(f"DistilledRegressor: {sentence}", TeacherError):
        regressor("precomputed", spread=spread).fit(X, y, teacher_prediction=said)


@pytest.mark.parametrize("student", [quick(), LinearRegression()], ids=["net", "line"])
def test_a_spread_that_no_row_tells_is_refused(student):
    """Rather than to predict that of a network that has not been trained."""
    nobody = [(np.arange(60), np.array([], dtype=int))]

    with refused(
        "DistilledRegressor: no row has a spread to learn from: the teacher was asked "
        "about none that has a weight. Pass a cv whose test folds have some, or "
        "spread=None."
    ):
        regressor(trees(3), student, spread="std", cv=nobody).fit(*slopes())


def test_all_weight_on_quantile_learners_is_refused():
    X, y = slopes()
    named = [("mean", Ridge()), ("low", booster(0.1)), ("high", booster(0.9))]
    teacher = TeacherEnsemble(named, weights=[0, 1, 1])

    with refused(
        "TeacherEnsemble: one teacher at least that speaks of the mean, and learns no "
        "quantile, must have a weight above 0, got [0, 1, 1]."
    ):
        regressor(teacher, spread=(0.1, 0.9)).fit(X, y)
