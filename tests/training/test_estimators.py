"""Models as students: the mixture that they are fitted to, worked out by hand."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from training.classroom import (
    CLASSES,
    blobs,
    curriculum,
    values_curriculum,
)

from sklkd.exceptions import UnweightedStudentWarning
from sklkd.objectives import LogitMatching, SoftTargets, SquaredError
from sklkd.training import EstimatorStudent, Scaling, draw_seed
from sklkd.training._estimators import MeanAndSpread, train_estimator
from sklkd.training._spread import Spread

X, Y = blobs(40, gap=0.7)
UNITS = Scaling.fit(np.array([[2.0], [4.0]]), np.ones(2))


class Listens(ClassifierMixin, BaseEstimator):
    """A classifier that keeps what it was fitted on."""

    def fit(self, X, y, sample_weight=None):
        self.X_, self.y_, self.weight_ = X, y, sample_weight
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


class ListensToValues(RegressorMixin, BaseEstimator):
    """A regressor that keeps what it was fitted on."""

    def fit(self, X, y, sample_weight=None):
        self.X_, self.y_, self.weight_ = X, y, sample_weight
        return self

    def predict(self, X):
        return np.zeros(len(X))


def of_classes(X=X, y=Y, *, objective=None, **options):
    """What a classifier's model learns from."""
    terms = (objective or SoftTargets()).terms()
    lesson = replace(curriculum(X, y, **options), classes=CLASSES)
    return replace(lesson, terms=terms if lesson.terms else {})


def of_values(values, teacher, *, objective=None, X=X, soft=0.5, weight=None):
    """What a regressor's model learns from; standardised by `UNITS`."""
    weight = np.ones(len(values)) if weight is None else weight
    lesson = values_curriculum(X, values, teacher)
    signals = replace(
        lesson.signals,
        label_share=torch.from_numpy(weight * (1 - soft)),
        teacher_share=torch.from_numpy(weight * soft),
    )
    terms = (objective or SquaredError()).terms()
    return replace(lesson, signals=signals, terms=terms, scaling=UNITS)


def fitted(model, lesson, *, seed=0):
    trained = train_estimator("Test", EstimatorStudent(model), lesson, seed=seed)
    return trained.estimator


def shares(model, lesson):
    """What the model was told: weight of each class in each row of X (n, k)."""
    told = fitted(model, lesson)
    total = np.zeros((len(np.unique(told.X_)), 3))
    index = told.X_[:, 0].astype(int)
    np.add.at(total, (index, np.searchsorted(CLASSES, told.y_)), told.weight_)
    return total


INDEX = np.arange(40.0)[:, np.newaxis]


@given(
    soft=st.sampled_from([0.0, 0.25, 0.9, 1.0]),
    temperature=st.sampled_from([0.5, 1.0, 4.0]),
    factor=st.sampled_from([0.3, 1.0, 5.0]),
)
def test_labels_and_softened_teacher_are_mixed_by_their_weights(
    soft, temperature, factor
):
    weight = np.linspace(0.1, 2, 40)
    objective = SoftTargets(temperature, weight=factor)
    lesson = of_classes(INDEX, soft=soft, weight=weight, objective=objective)
    said = softmax(lesson.signals.teacher.numpy() / temperature, axis=1)
    expected = (1 - soft) * np.eye(3)[Y] + factor * soft * said

    told = shares(Listens(), lesson)

    np.testing.assert_allclose(told, weight[:, np.newaxis] * expected, rtol=1e-9)


def test_a_dummy_says_the_mean_of_the_mixture():
    """What minimises the log-loss without looking at X."""
    lesson = of_classes(soft=0.4, objective=SoftTargets(3.0))
    said = softmax(lesson.signals.teacher.numpy() / 3, axis=1)
    expected = 0.6 * np.eye(3)[Y].mean(axis=0) + 0.4 * said.mean(axis=0)

    proba = fitted(DummyClassifier(), lesson).predict_proba(X[:1])

    np.testing.assert_allclose(proba[0], expected)


def test_with_labels_alone_it_is_the_models_own_fit():
    weight = np.linspace(0.1, 2, 40)
    expected = LogisticRegression(tol=1e-9).fit(X, CLASSES[Y], sample_weight=weight)

    model = fitted(LogisticRegression(tol=1e-9), of_classes(soft=0.0, weight=weight))

    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-5)


def test_with_the_teacher_alone_labels_are_invisible():
    first = fitted(LogisticRegression(), of_classes(soft=1.0))
    signals = of_classes(soft=1.0).signals
    lies = replace(signals, target=(signals.target + 1) % 3)

    second = fitted(LogisticRegression(), replace(of_classes(soft=1.0), signals=lies))

    np.testing.assert_array_equal(first.coef_, second.coef_)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_a_temperature_is_of_the_teacher_and_not_of_the_label(temperature):
    lesson = of_classes(INDEX, soft=0.0, objective=SoftTargets(temperature))

    np.testing.assert_allclose(shares(Listens(), lesson), np.eye(3)[Y])


def test_logits_that_are_huge_are_certain():
    lesson = of_classes(INDEX, soft=1.0)
    logits = torch.from_numpy(1e300 * np.eye(3)[Y])
    lesson = replace(lesson, signals=replace(lesson.signals, teacher=logits))

    np.testing.assert_array_equal(shares(Listens(), lesson), np.eye(3)[Y])


def test_rows_of_no_weight_are_left_out():
    weight = (np.arange(40) % 3 > 0).astype(float)

    told = fitted(Listens(), of_classes(INDEX, soft=0.0, weight=weight))

    np.testing.assert_array_equal(told.X_[:, 0], np.flatnonzero(weight))
    assert (told.weight_ > 0).all()


def test_rows_that_only_listen_to_a_teacher_of_no_weight_are_left_out():
    lesson = of_classes(INDEX, soft=0.5, objective=SoftTargets(weight=0.0))
    unlabelled = replace(lesson.signals, label_share=torch.from_numpy((Y > 0) * 1.0))

    told = fitted(Listens(), replace(lesson, signals=unlabelled))

    np.testing.assert_array_equal(told.X_[:, 0], np.flatnonzero(Y > 0))


def test_only_the_rows_that_are_learnt_from_are_seen():
    rows = np.array([30, 2, 2, 17])
    lesson = of_classes(INDEX, Y[rows], rows=rows, soft=0.0)

    told = fitted(Listens(), lesson)

    assert told.X_[:, 0].tolist() == [30, 2, 2, 17]
    np.testing.assert_array_equal(told.y_, CLASSES[Y[rows]])


@pytest.mark.parametrize(
    "container",
    [
        sparse.csr_array,
        lambda X: pd.DataFrame(X, index=X[::-1, 0]),
        lambda X: pl.DataFrame(X, schema=list("abc")),
    ],
    ids=["csr", "pandas", "polars"],
)
@pytest.mark.parametrize("rows", [None, np.arange(39, 4, -1)], ids=["all", "some"])
def test_rows_are_the_same_in_any_container(container, rows):
    y = Y if rows is None else Y[rows]
    weight = (np.arange(len(y)) % 4 > 0) * np.linspace(1, 2, len(y))
    model = LogisticRegression(tol=1e-9, max_iter=1000)
    options = {"rows": rows, "weight": weight, "soft": 0.5}
    expected = fitted(model, of_classes(X, y, **options)).coef_

    table = container(X)
    if isinstance(table, pd.DataFrame):
        table.columns = list("abc")
    coef = fitted(model, of_classes(table, y, **options)).coef_

    np.testing.assert_allclose(coef, expected, rtol=1e-6)


def test_a_pipeline_knows_columns_by_name_and_words():
    words = np.where(Y == 1, "yes", "no")
    table = pd.DataFrame({"x": X[:, 0], "word": words})
    steps = make_column_transformer(
        (OneHotEncoder(), ["word"]), remainder="passthrough"
    )

    model = fitted(make_pipeline(steps, LogisticRegression()), of_classes(table))

    assert model.predict_proba(table[["word", "x"]]).shape == (40, 3)


def test_a_pipelines_transformers_see_each_row_once():
    model = make_pipeline(StandardScaler(), LogisticRegression())

    scale = fitted(model, of_classes(soft=1.0)).steps[0][1]

    np.testing.assert_allclose(scale.mean_, X.mean(axis=0))
    assert scale.n_samples_seen_ == pytest.approx(40)


def test_missing_values_are_the_models_business():
    gaps = np.where(np.arange(40)[:, np.newaxis] % 5 == 0, np.nan, X)
    boosting = HistGradientBoostingClassifier(max_iter=3)

    model = fitted(boosting, of_classes(gaps))

    assert np.isfinite(model.predict_proba(gaps)).all()


@given(
    soft=st.sampled_from([0.0, 0.25, 1.0]),
    factor=st.sampled_from([0.3, 1.0, 5.0]),
)
def test_values_are_mixed_by_their_weights_in_the_units_of_y(soft, factor):
    """UNITS are a mean of 3 and a deviation of 1."""
    weight = np.linspace(0.1, 2, 40)
    label, said = X[:, :1], X[:, 1:2]
    objective = SquaredError(weight=factor)
    lesson = of_values(label, said, objective=objective, soft=soft, weight=weight)
    total = (1 - soft) + factor * soft
    expected = 3 + ((1 - soft) * label + factor * soft * said)[:, 0] / total

    told = fitted(ListensToValues(), lesson)

    np.testing.assert_allclose(told.y_, expected)
    np.testing.assert_allclose(told.weight_, weight * total)


def test_a_mixture_of_values_is_as_good_as_both():
    """Fitted to labels and teacher as rows of their own, a line is the same."""
    label, said = X @ [[1.0], [2.0], [0.0]] + 0.1 * X**2 @ np.ones((3, 1)), X[:, :1]
    both = LinearRegression().fit(
        np.concatenate([X, X]),
        np.concatenate([3 + label, 3 + said]),
        sample_weight=np.repeat([0.7, 0.3], 40),
    )

    line = fitted(LinearRegression(), of_values(label, said, soft=0.3))

    np.testing.assert_allclose(line.coef_.ravel(), both.coef_.ravel())
    np.testing.assert_allclose(line.intercept_, both.intercept_[0])


def test_several_values_are_learnt_at_once():
    units = Scaling.fit(np.array([[2.0, 0.0], [4.0, 20.0]]), np.ones(2))
    lesson = of_values(X[:, :2], X[:, 1:], soft=0.5)
    expected = [3, 10] + [1, 10] * (X[:, :2] + X[:, 1:]) / 2

    told = fitted(DecisionTreeRegressor(), replace(lesson, scaling=units)).predict(X)

    np.testing.assert_allclose(told, expected)


def with_spread(spread, *, soft=0.5, own=None, heard=None, label=None, **options):
    """What is learnt from labels and a teacher that speaks of a spread too.

    `own` is the mean's part of what listens to the teacher, `heard` the row's.
    """
    values = X[:, : spread.n_targets]
    said = np.abs(np.random.default_rng(0).normal(size=(40, spread.width)))
    own = np.full(40, soft) if own is None else own
    lesson = of_values(values if label is None else label, said, **options)
    heard = torch.ones(40).double() if heard is None else torch.from_numpy(heard)
    signals = replace(
        lesson.signals,
        teacher=torch.from_numpy(np.column_stack([said, own])),
        label_share=heard * (1 - torch.from_numpy(own)),
        teacher_share=heard,
    )
    n_targets = spread.n_targets
    units = Scaling(np.full(n_targets, 3.0), np.ones(n_targets), np.ones(n_targets))
    scaling = spread.scaling(units)
    width = spread.width
    return replace(lesson, signals=signals, scaling=scaling, n_outputs=width), said


SPREADS = [Spread(1), Spread(1, (0.1, 0.9)), Spread(2), Spread(2, (0.3, 0.5, 0.7))]


@pytest.mark.parametrize("spread", SPREADS, ids=repr)
@pytest.mark.parametrize("soft", [0.0, 0.25, 1.0])
def test_means_and_spread_are_learnt_by_a_model_each(spread, soft):
    """UNITS: 3 + value; of a standard deviation the value."""
    k = spread.n_targets
    lesson, said = with_spread(spread, soft=soft)
    shift = 0 if spread.levels is None else 3
    mean = 3 + (1 - soft) * X[:, :k] + soft * said[:, :k]

    both = fitted(DecisionTreeRegressor(), lesson)

    assert isinstance(both, MeanAndSpread)
    np.testing.assert_allclose(both.mean.outputs(X), mean)
    np.testing.assert_allclose(both.spread.outputs(X), shift + said[:, k:])
    expected = np.hstack([mean, shift + said[:, k:]])
    np.testing.assert_allclose(both.predict(X), expected)


@given(
    soft=st.sampled_from([0.0, 0.25, 1.0]),
    factor=st.sampled_from([0.3, 1.0, 5.0]),
)
def test_the_weight_of_the_objective_is_of_the_mean_and_not_of_the_spread(soft, factor):
    heard = np.linspace(0.1, 2, 40)
    lesson, said = with_spread(
        Spread(1), soft=soft, heard=heard, objective=SquaredError(weight=factor)
    )
    total = (1 - soft) + factor * soft

    both = fitted(ListensToValues(), lesson)

    expected = 3 + ((1 - soft) * X[:, 0] + factor * soft * said[:, 0]) / total
    np.testing.assert_allclose(both.mean.estimator.y_, expected)
    np.testing.assert_allclose(both.mean.estimator.weight_, heard * total)
    spread_weight = both.spread.estimator.weight_
    np.testing.assert_allclose(spread_weight, heard)


def test_labels_are_invisible_to_the_spread():
    lesson, _ = with_spread(Spread(1), soft=0.3)
    lies, _ = with_spread(Spread(1), soft=0.3, label=-X[:, :1])

    first, second = (fitted(LinearRegression(), each) for each in (lesson, lies))

    np.testing.assert_array_equal(
        first.spread.estimator.coef_, second.spread.estimator.coef_
    )
    assert (first.mean.estimator.coef_ != second.mean.estimator.coef_).any()


def test_rows_that_hear_nothing_have_no_part_in_the_spread():
    """They keep their labels; rows of labels alone may tell the spread."""
    heard = (np.arange(40) % 4 > 0).astype(float)
    lesson, said = with_spread(Spread(1), soft=0.0, heard=heard, X=INDEX)
    signals = replace(lesson.signals, label_share=torch.ones(40).double())

    both = fitted(ListensToValues(), replace(lesson, signals=signals))

    np.testing.assert_array_equal(both.mean.estimator.X_, INDEX)
    there = np.flatnonzero(heard)
    np.testing.assert_array_equal(both.spread.estimator.X_[:, 0], there)
    np.testing.assert_allclose(both.spread.estimator.y_, said[there, 1])


def test_the_mean_is_that_of_a_student_without_a_spread():
    lesson, said = with_spread(Spread(1), soft=0.3)
    alone = of_values(X[:, :1], said[:, :1], soft=0.3)

    both, one = (fitted(LinearRegression(), each) for each in (lesson, alone))

    np.testing.assert_allclose(both.mean.estimator.coef_.ravel(), one.coef_.ravel())
    np.testing.assert_allclose(both.mean.estimator.intercept_, one.intercept_)


def test_a_regressor_is_a_student_of_classes_too():
    lesson = of_classes(soft=1.0)

    trained = train_estimator("Test", EstimatorStudent(Ridge(1e-9)), lesson, seed=0)

    assert trained.outputs(X).shape == (40, 3)


def test_the_seed_reaches_unset_random_states_and_no_others():
    splits = [
        fitted(
            DecisionTreeClassifier(splitter="random", random_state=own),
            of_classes(),
            seed=seed,
        ).tree_.threshold.tolist()
        for own, seed in [(None, 1), (None, 1), (None, 2), (5, 1), (5, 2)]
    ]

    assert splits[0] == splits[1] != splits[2]
    assert splits[3] == splits[4]


def test_what_was_passed_stays_as_it_is():
    model, lesson = DecisionTreeClassifier(), of_classes(X.copy())
    before = [part.clone() for part in lesson.signals.parts()]

    fitted(model, lesson)

    assert vars(model) == vars(DecisionTreeClassifier())
    np.testing.assert_array_equal(lesson.X, X)
    for part, old in zip(lesson.signals.parts(), before, strict=True):
        assert torch.equal(part, old)


def test_a_model_without_weights_hears_about_it():
    class Unweighted(Listens):
        def fit(self, X, y):
            return super().fit(X, y)

    with pytest.warns(UnweightedStudentWarning, match="repeated about 10 times"):
        fitted(Unweighted(), of_classes(soft=0.37))


def refused(sentence):
    return pytest.raises(ValueError, match=f"^{re.escape(sentence)}$")


@pytest.mark.parametrize(
    ("objective", "names"),
    [
        (LogitMatching(), "LogitMatching"),
        (SquaredError(), "SquaredError"),
        (SoftTargets() + SoftTargets(4.0), "SoftTargets + SoftTargets"),
        (SoftTargets() + LogitMatching(), "SoftTargets + LogitMatching"),
    ],
)
def test_another_objective_for_classes_is_refused(objective, names):
    with refused(
        "Test: the student LogisticRegression has a loss of its own and is fitted to a "
        "mixture of labels and targets; the objective must be SoftTargets, got "
        f"{names}. Pass objective=None, or a network."
    ):
        fitted(LogisticRegression(), of_classes(objective=objective))


def test_another_objective_for_values_is_refused():
    with refused(
        "Test: the student Ridge has a loss of its own and is fitted to a mixture of "
        "labels and targets; the objective must be SquaredError, got SoftTargets. Pass "
        "objective=None, or a network."
    ):
        fitted(Ridge(), of_values(X[:, :1], X[:, :1], objective=SoftTargets()))


def test_an_objective_derived_from_soft_targets_is_another():
    class Sharper(SoftTargets):
        pass

    with refused(
        "Test: the student LogisticRegression has a loss of its own and is fitted to a "
        "mixture of labels and targets; the objective must be SoftTargets, got "
        "Sharper. Pass objective=None, or a network."
    ):
        fitted(LogisticRegression(), of_classes(objective=Sharper()))


def test_a_classifier_for_values_is_refused():
    with refused(
        "Test: student must be a regressor, got DecisionTreeClassifier, a classifier."
    ):
        fitted(DecisionTreeClassifier(), of_values(X[:, :1], X[:, :1]))


def test_a_model_sees_x_as_it_was_passed_and_keeps_no_network():
    student = EstimatorStudent(DummyRegressor())

    assert student.sees_original
    assert student.takes_missing
    assert student.takes_any_shape
    assert student.steps is None
    assert student.net is None
    assert student.for_trial() is student
    assert student.check_seed(np.random.RandomState(0)) is None
    assert student.seed(3) == draw_seed(3)
