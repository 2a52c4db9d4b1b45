"""The regressor: one target or several, in any unit."""

import numpy as np
import pytest
from distillation.doubles import quick, regressor, slopes
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import is_regressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import DataConversionWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils import get_tags

from sklkd import DistilledRegressor, SquaredError

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
