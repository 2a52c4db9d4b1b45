"""Comparing models: each number against its definition, whatever holds the rows."""

from __future__ import annotations

import itertools
import pickle
import time
from typing import ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_diabetes, load_iris
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sklkd import DistilledClassifier, StudentNet
from sklkd.inspection import compare, expected_calibration_error

X, y = load_iris(return_X_y=True)
TRAIN, TEST = (X[::2], y[::2]), (X[1::2], y[1::2])
TREE = DecisionTreeClassifier(max_depth=2, random_state=0).fit(*TRAIN)
LOGISTIC = LogisticRegression(max_iter=1000).fit(*TRAIN)
PAIR = {"tree": TREE, "logistic": LOGISTIC}


class Counting(ClassifierMixin, BaseEstimator):
    """Says 0, and writes down how many rows it was asked about."""

    asked: ClassVar[list[int]] = []

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        self.asked.append(X.shape[0])
        return np.zeros(X.shape[0], dtype=int)


@pytest.fixture
def student():
    net = StudentNet(hidden=(4,), max_epochs=3)
    return DistilledClassifier(FrozenEstimator(TREE), net, random_state=0)


def test_a_classifier_is_measured_by_definition():
    _, row = compare(PAIR, *TEST, teacher="tree", n_repeats=1).rows

    proba = LOGISTIC.predict_proba(TEST[0])
    assert row.name == "logistic"
    assert row.score == accuracy_score(TEST[1], LOGISTIC.predict(TEST[0]))
    assert row.agreement == pytest.approx(
        np.mean(LOGISTIC.predict(TEST[0]) == TREE.predict(TEST[0]))
    )
    assert row.calibration_error == expected_calibration_error(TEST[1], proba)
    assert row.log_loss == pytest.approx(log_loss(TEST[1], proba))
    assert row.n_bytes == len(pickle.dumps(LOGISTIC))


def test_regressors_agree_by_r2_and_have_no_calibration():
    rows, values = load_diabetes(return_X_y=True)
    line = LinearRegression().fit(rows, values)
    tree = DecisionTreeRegressor(max_depth=3, random_state=0).fit(rows, values)

    found = compare({"line": line, "tree": tree}, rows, values, teacher="line")

    _, row = found.rows
    assert found.metric == "r2"
    assert row.score == pytest.approx(r2_score(values, tree.predict(rows)))
    assert row.agreement == pytest.approx(
        r2_score(line.predict(rows), tree.predict(rows))
    )
    assert (row.calibration_error, row.log_loss) == (None, None)


def test_a_classifier_without_probabilities_has_no_calibration():
    (row,) = compare({"svm": LinearSVC().fit(*TRAIN)}, *TEST, n_repeats=1).rows

    assert (row.agreement, row.calibration_error, row.log_loss) == (None, None, None)


def test_calls_are_of_one_row_and_of_a_thousand():
    Counting.asked.clear()

    compare({"it": Counting().fit(X, y)}, X[:7], y[:7], n_repeats=2)

    # Once to score, then per size a call that does not count and two that do.
    assert Counting.asked == [7, 1, 1, 1, 1000, 1000, 1000]


def test_latency_is_the_median_duration_of_a_call(monkeypatch):
    # A clock that jumps: the three calls of each size take 1, 5 and 2 seconds.
    ticks = itertools.cycle([0, 1, 10, 15, 20, 22])
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))

    (row,) = compare({"tree": TREE}, *TEST, n_repeats=3).rows

    assert (row.seconds_1_row, row.seconds_1000_rows) == (2, 2)


@pytest.mark.parametrize(
    "container", [list, pd.DataFrame, pl.DataFrame, sparse.csr_array]
)
def test_rows_may_come_as(container):
    columns = np.asarray(TRAIN[0]), np.asarray(TEST[0])
    if container is pl.DataFrame:
        train, test = (pl.DataFrame(rows, schema=list("abcd")) for rows in columns)
    elif container is list:
        train, test = (rows.tolist() for rows in columns)
    else:
        train, test = (container(rows) for rows in columns)
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(train, TRAIN[1])

    (row,) = compare({"tree": model}, test, TEST[1], n_repeats=1).rows

    assert row.score == accuracy_score(TEST[1], TREE.predict(TEST[0]))


def test_a_student_is_measured_without_its_teacher(student):
    student.fit(*TRAIN)

    (row,) = compare({"student": student}, *TEST, n_repeats=1).rows

    assert row.n_bytes == len(pickle.dumps(student.without_teacher()))
    assert row.n_bytes < len(pickle.dumps(student))


def test_so_is_one_in_a_pipeline_in_a_search(student):
    pipeline = make_pipeline(StandardScaler(), student)
    grid = {"distilledclassifier__soft_weight": [1.0]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(*TRAIN)

    (row,) = compare({"search": search}, *TEST, n_repeats=1).rows

    assert row.n_bytes < len(pickle.dumps(search.best_estimator_))
    assert row.score == search.score(*TEST)
    assert search.best_estimator_[-1].teacher_ is not None


def test_a_teacher_that_is_none_of_them():
    with pytest.raises(ValueError, match=r"^compare: ") as caught:
        compare(PAIR, *TEST, teacher="logistics")

    assert str(caught.value) == (
        "compare: teacher must be one of the models ['tree', 'logistic'], got "
        "'logistics'. Did you mean 'logistic'?"
    )


def test_no_models():
    with pytest.raises(ValueError, match=r"^compare: ") as caught:
        compare({}, *TEST)

    assert str(caught.value) == (
        "compare: models must be a mapping from names to fitted estimators, with at "
        "least one, got {}."
    )


def test_a_classifier_and_a_regressor():
    line = LinearRegression().fit(*TRAIN)

    with pytest.raises(ValueError, match=r"^compare: ") as caught:
        compare({"tree": TREE, "line": line}, *TEST)

    assert str(caught.value) == (
        "compare: models must be all classifiers or all regressors, got {'tree': "
        "'DecisionTreeClassifier', 'line': 'LinearRegression'}."
    )


def test_a_model_that_cannot_be_pickled():
    model = DecisionTreeClassifier().fit(*TRAIN)
    model.note = lambda: None

    with pytest.raises(TypeError) as caught:
        compare({"odd": model}, *TEST, n_repeats=1)

    message = str(caught.value)
    assert message.startswith(
        "compare: the model 'odd' must be picklable, so that it has a size, got "
    )
    assert message.endswith(". Use functions that are defined in a module.")


def test_no_repeats():
    with pytest.raises(ValueError, match=r"^compare: ") as caught:
        compare(PAIR, *TEST, n_repeats=0)

    assert str(caught.value) == (
        "compare: n_repeats must be an integer in [1, inf), got 0."
    )
