"""Out of bag: scikit-learn's own estimates, and what becomes of rows that have none."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC
from training.classroom import CLASSES, blobs, lessons, question

from sklkd.exceptions import TeacherError
from sklkd.training import Lessons, Question
from sklkd.training._out_of_bag import fit_out_of_bag

X, Y = blobs(60, gap=0.7)
FLOOR = 1e-9
ASK = question(proba_floor=FLOOR)
VALUE = Question("Test", "regression", 1)
MANY = {"n_estimators": 40, "random_state": 0}
FEW = {"n_estimators": 2, "random_state": 0}


def said_by(teacher, lesson=None, ask=ASK, **fit_params):
    lesson = lessons(X, Y) if lesson is None else lesson
    return fit_out_of_bag(teacher, lesson, fit_params, ask)


def values(y, X=X):
    y = np.asarray(y, float)
    return Lessons(X, y, y.reshape(len(y), -1), np.ones(len(y)))


def never_drawn_by(member_rows, n_rows=60):
    """Rows that one of the members did not draw, by sets."""
    rows = set(range(n_rows))
    return sorted(set().union(*(rows - set(drawn) for drawn in member_rows)))


CLASSIFIERS = {
    "forest": RandomForestClassifier(**MANY),
    "extra": ExtraTreesClassifier(bootstrap=True, **MANY),
    "bag": BaggingClassifier(**MANY),
    "linear": BaggingClassifier(LogisticRegression(), max_features=2, **MANY),
    "votes": BaggingClassifier(LinearSVC(), **MANY),
    "asked": RandomForestClassifier(oob_score=True, **MANY),
    "pipelines": BaggingClassifier(
        make_pipeline(StandardScaler(), LogisticRegression()), **MANY
    ),
}
REGRESSORS = {
    "forest": RandomForestRegressor(**MANY),
    "extra": ExtraTreesRegressor(bootstrap=True, **MANY),
    "bag": BaggingRegressor(LinearRegression(), max_samples=0.5, **MANY),
}


@pytest.mark.parametrize("teacher", CLASSIFIERS.values(), ids=CLASSIFIERS)
@pytest.mark.parametrize("labels", [CLASSES, np.array([40, -2, 7])], ids=["U", "int"])
def test_classifiers_say_what_scikit_learn_estimates(teacher, labels):
    classes = np.unique(labels)
    reference = type(teacher)(**teacher.get_params(deep=False))
    reference.set_params(oob_score=True).fit(X, classes[Y])
    expected = np.clip(reference.oob_decision_function_, FLOOR, 1)

    targets = said_by(
        teacher, lessons(X, Y, labels=classes), question(classes, proba_floor=FLOOR)
    )

    assert targets.known.all()
    np.testing.assert_allclose(np.exp(targets.outputs), expected, rtol=1e-12)


@pytest.mark.parametrize("teacher", REGRESSORS.values(), ids=REGRESSORS)
def test_regressors_say_what_scikit_learn_estimates(teacher):
    y = X @ [1.0, 2.0, -1.0]
    reference = type(teacher)(**teacher.get_params(deep=False))
    reference.set_params(oob_score=True).fit(X, y)

    targets = said_by(teacher, values(y), VALUE)

    assert targets.known.all()
    np.testing.assert_allclose(
        targets.outputs, reference.oob_prediction_[:, np.newaxis]
    )


def test_several_values_a_row_are_several_columns():
    y = np.stack([X[:, 0], X[:, 1] ** 2], axis=1)
    reference = RandomForestRegressor(oob_score=True, **MANY).fit(X, y)

    targets = said_by(
        RandomForestRegressor(**MANY), values(y), Question("Test", "regression", 2)
    )

    np.testing.assert_allclose(targets.outputs, reference.oob_prediction_)


def test_the_teacher_is_the_one_that_was_fitted_and_not_the_one_passed():
    teacher = RandomForestClassifier(**MANY)

    fitted = said_by(teacher).teacher

    assert fitted is not teacher
    assert not hasattr(teacher, "classes_")
    assert not teacher.oob_score
    expected = RandomForestClassifier(**MANY).fit(X, CLASSES[Y])
    np.testing.assert_array_equal(fitted.predict_proba(X), expected.predict_proba(X))


@pytest.mark.parametrize(
    "teacher",
    [
        RandomForestClassifier(**FEW),
        ExtraTreesClassifier(bootstrap=True, **FEW),
        BaggingClassifier(**FEW),
        BaggingClassifier(LinearSVC(), **FEW),
    ],
    ids=["forest", "extra", "bag", "votes"],
)
def test_rows_that_every_member_drew_are_unknown(teacher):
    targets = said_by(teacher)

    drawn = targets.teacher.estimators_samples_
    assert np.flatnonzero(targets.known).tolist() == never_drawn_by(drawn)
    assert 0 < targets.known.sum() < 60
    assert not targets.outputs[~targets.known].any()
    np.testing.assert_allclose(
        np.exp(targets.outputs[targets.known]).sum(axis=1), 1, rtol=1e-6
    )


@pytest.mark.parametrize("kind", [RandomForestRegressor, BaggingRegressor])
def test_values_that_every_member_drew_are_unknown(kind):
    targets = said_by(kind(**FEW), values(X[:, 0]), VALUE)

    drawn = targets.teacher.estimators_samples_
    assert np.flatnonzero(targets.known).tolist() == never_drawn_by(drawn)
    assert not targets.outputs[~targets.known].any()


@pytest.mark.parametrize("kind", [RandomForestRegressor, BaggingRegressor])
def test_a_value_of_zero_is_a_value(kind):
    """Zeros of counts, say: nothing else tells them from a row without an estimate."""
    y = np.where(X[:, 0] > 0, 0.0, 1.0)

    targets = said_by(kind(**MANY), values(y), VALUE)

    assert targets.known.all()
    assert (targets.outputs == 0).sum() > 10


def test_a_single_member_speaks_of_what_it_left_out():
    """Of two rows a bag has both, or one of them twice."""
    lesson = lessons(X[:2], np.array([0, 2]))
    ask = question(CLASSES[[0, 2]])
    forest = RandomForestClassifier(1, random_state=0)
    seeds = range(20)

    known = [
        said_by(forest.set_params(random_state=seed), lesson, ask).known
        for seed in seeds
    ]

    assert {tuple(k.tolist()) for k in known} == {
        (False, False),
        (False, True),
        (True, False),
    }


@pytest.mark.parametrize("kind", [RandomForestClassifier, BaggingClassifier])
def test_rows_without_a_label_are_asked_and_not_fitted(kind):
    weight = (np.arange(60) % 4 > 0).astype(float)
    labelled = weight > 0
    lies = np.where(labelled, Y, 0)
    reference = kind(oob_score=True, **MANY).fit(X[labelled], CLASSES[Y[labelled]])

    targets = said_by(kind(**MANY), lessons(X, lies, weight=weight))

    said = np.exp(targets.outputs)
    assert targets.known.all()
    np.testing.assert_allclose(
        said[labelled], np.clip(reference.oob_decision_function_, FLOOR, 1)
    )
    np.testing.assert_allclose(
        said[~labelled], np.clip(reference.predict_proba(X[~labelled]), FLOOR, 1)
    )


def test_values_of_rows_without_a_label_are_asked():
    weight = (np.arange(60) % 4 > 0).astype(float)
    labelled, y = weight > 0, X[:, 0]
    reference = RandomForestRegressor(oob_score=True, **MANY).fit(
        X[labelled], y[labelled]
    )
    lesson = Lessons(X, y, y[:, np.newaxis], weight)

    targets = said_by(RandomForestRegressor(**MANY), lesson, VALUE)

    np.testing.assert_allclose(
        targets.outputs[~labelled, 0], reference.predict(X[~labelled])
    )
    np.testing.assert_allclose(targets.outputs[labelled, 0], reference.oob_prediction_)


def test_parameters_of_fit_reach_it_for_the_labelled_rows():
    weight = (np.arange(60) % 4 > 0).astype(float)
    labelled = weight > 0
    noise = np.linspace(1, 9, 60)
    reference = RandomForestClassifier(oob_score=True, **MANY).fit(
        X[labelled], CLASSES[Y[labelled]], sample_weight=noise[labelled]
    )

    targets = said_by(
        RandomForestClassifier(**MANY),
        lessons(X, Y, weight=weight),
        sample_weight=noise,
    )

    np.testing.assert_array_equal(
        targets.teacher.predict_proba(X), reference.predict_proba(X)
    )
    drawn = targets.teacher.estimators_samples_
    known = targets.known[labelled]
    assert np.flatnonzero(known).tolist() == never_drawn_by(drawn, 45)
    np.testing.assert_allclose(
        np.exp(targets.outputs[labelled][known]),
        np.clip(reference.oob_decision_function_[known], FLOOR, 1),
    )


def test_parameters_of_the_given_rows_are_not_those_of_rows_after_them():
    weight = np.where(np.arange(60) < 40, 1.0, 0.0)
    noise = np.linspace(1, 9, 40)
    lesson = Lessons(X, CLASSES[Y], Y, weight, n_given=40)
    reference = RandomForestClassifier(**MANY).fit(
        X[:40], CLASSES[Y[:40]], sample_weight=noise
    )

    targets = said_by(RandomForestClassifier(**MANY), lesson, sample_weight=noise)

    np.testing.assert_array_equal(
        targets.teacher.predict_proba(X), reference.predict_proba(X)
    )


class FirstColumns(ClassifierMixin, BaseEstimator):
    """A bag of the user's own, which draws by index and knows frames."""

    def __init__(self, oob_score=False):
        self.oob_score = oob_score

    def fit(self, X, y):
        assert isinstance(X, (pd.DataFrame, pl.DataFrame))
        self.classes_ = np.unique(y)[::-1]
        self.estimators_samples_ = [np.arange(10, len(y)), np.arange(len(y))]
        share = np.tile([0.5, 0.3, 0.2], (len(y), 1))
        self.oob_decision_function_ = np.where(
            np.arange(len(y))[:, None] < 10, share, 0
        )
        return self

    def predict_proba(self, X):
        return np.tile([0.5, 0.3, 0.2], (len(X), 1))

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_bag_without_a_bootstrap_parameter_and_its_own_order_of_classes(frame):
    targets = said_by(FirstColumns(), lessons(frame(X), Y))

    assert np.flatnonzero(targets.known).tolist() == list(range(10))
    np.testing.assert_allclose(np.exp(targets.outputs[:10]), [[0.2, 0.3, 0.5]] * 10)


@pytest.mark.parametrize(
    "container",
    [sparse.csr_array, lambda X: pd.DataFrame(X, index=X[:, 0]), pl.DataFrame],
    ids=["csr", "pandas", "polars"],
)
def test_rows_are_the_same_in_any_container(container):
    weight = (np.arange(60) % 4 > 0).astype(float)
    rows = X.astype("f4").astype("f8")
    expected = said_by(RandomForestClassifier(**MANY), lessons(rows, Y, weight=weight))
    table = container(rows)
    if hasattr(table, "columns"):
        table.columns = list("abc")

    targets = said_by(RandomForestClassifier(**MANY), lessons(table, Y, weight=weight))

    np.testing.assert_allclose(targets.outputs, expected.outputs)


@pytest.mark.parametrize(
    ("teacher", "name", "hint"),
    [
        (ExtraTreesClassifier(), "ExtraTreesClassifier", "bootstrap=True"),
        (
            RandomForestClassifier(bootstrap=False),
            "RandomForestClassifier",
            "bootstrap=True",
        ),
        (BaggingClassifier(bootstrap=False), "BaggingClassifier", "bootstrap=True"),
        (LogisticRegression(), "LogisticRegression", "targets='out_of_fold'"),
        (
            GradientBoostingClassifier(subsample=0.5),
            "GradientBoostingClassifier",
            "targets='out_of_fold'",
        ),
        (
            make_pipeline(FunctionTransformer(), RandomForestClassifier()),
            "Pipeline",
            "targets='out_of_fold'",
        ),
        (DummyClassifier(), "DummyClassifier", "targets='out_of_fold'"),
        (object(), "object", "targets='out_of_fold'"),
    ],
    ids=["extra", "forest", "bag", "linear", "boosting", "pipeline", "dummy", "object"],
)
def test_a_teacher_that_draws_no_bags_is_refused(teacher, name, hint):
    sentence = (
        "Test: targets='out_of_bag' needs a teacher that draws bags of rows, such as "
        f"RandomForestClassifier, got {name}. Pass {hint}."
    )

    with pytest.raises(TeacherError, match=f"^{re.escape(sentence)}$"):
        said_by(teacher)


def test_a_regressor_for_classes_is_refused():
    with pytest.raises(TeacherError, match=r"RandomForestRegressor must be a class"):
        said_by(
            RandomForestRegressor(**MANY),
            Lessons(X, Y.astype(float), Y, np.ones(60)),
            question(np.arange(3)),
        )


def test_a_classifier_for_values_is_refused():
    with pytest.raises(TeacherError, match=r"RandomForestClassifier must be a regres"):
        said_by(
            RandomForestClassifier(**MANY),
            Lessons(X, Y.astype(float), Y[:, None] * 1.0, np.ones(60)),
            VALUE,
        )
