"""A fitted estimator speaks as a student: logits of every class, from what it has."""

import pickle
import re

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC
from training.classroom import CLASSES, blobs

from sklkd.exceptions import DivergedError
from sklkd.training._trained_estimator import (
    TrainedEstimator,
    as_input,
    end_of,
    soft_binary,
)

X, Y = blobs(60, gap=0.7)
ALL = np.arange(3)


def trained(estimator, labels=CLASSES[Y], columns=ALL, n_outputs=3):
    """A classifier, fitted by itself."""
    fitted = estimator.fit(X, labels)
    known = fitted.classes_
    return TrainedEstimator(fitted, "weighted_rows", n_outputs, columns, known)


def test_logits_are_logarithms_of_probabilities():
    student = trained(LogisticRegression())

    logits = student.outputs(X)

    assert logits.dtype is torch.float64
    expected = student.estimator.predict_log_proba(X)
    np.testing.assert_allclose(logits, expected, rtol=1e-12)


def test_columns_are_those_of_the_classes_that_it_knows():
    student = trained(GaussianNB(), np.array(["x", "y"])[Y % 2], np.array([3, 1]), 4)

    logits = student.outputs(X).numpy()

    expected = student.estimator.predict_log_proba(X)
    np.testing.assert_allclose(logits[:, [3, 1]], expected)
    assert (logits[:, [0, 2]] == np.log(np.finfo(float).tiny)).all()


def test_without_probabilities_scores_are_logits():
    student = trained(LinearSVC())
    scores = student.estimator.decision_function(X)

    np.testing.assert_allclose(student.outputs(X), log_softmax(scores, axis=1))


def test_the_score_of_two_classes_is_the_gap_of_their_logits():
    student = trained(LinearSVC(), CLASSES[Y % 2], ALL[:2], 2)
    gap = student.estimator.decision_function(X)

    logits = student.outputs(X).numpy()

    np.testing.assert_allclose(logits[:, 1] - logits[:, 0], gap)


def test_scores_of_pairs_of_classes_are_not_taken_for_scores_of_classes():
    """Of three classes there are three pairs: the shape alone does not tell."""
    student = trained(SVC(decision_function_shape="ovo"))

    best = CLASSES[student.outputs(X).argmax(1).numpy()]

    assert best.tolist() == student.estimator.predict(X).tolist()


class PredictOnly(NearestCentroid):
    """Neither probabilities nor scores."""

    predict_proba = property()
    decision_function = property()


def test_without_scores_what_it_predicts_is_certain():
    student = trained(PredictOnly())

    proba = softmax(student.outputs(X).numpy(), axis=1)

    expected = student.estimator.predict(X)[:, np.newaxis] == CLASSES
    np.testing.assert_allclose(proba, expected, atol=1e-300)


class Says(RegressorMixin, BaseEstimator):
    """Predicts what it was told."""

    def __init__(self, values):
        self.values = values

    def predict(self, X):
        return np.asarray(self.values)


@pytest.mark.parametrize("values", [[1.0, 3.0], [[1.0], [3.0]]])
def test_a_single_column_is_the_gap_of_two_classes_and_else_a_value(values):
    gap = TrainedEstimator(Says(values), "regression", 2).outputs(X[:2])
    value = TrainedEstimator(Says(values), "regression", 1).outputs(X[:2])

    assert gap.tolist() == [[-0.5, 0.5], [-1.5, 1.5]]
    assert value.tolist() == [[1.0], [3.0]]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_an_output_that_is_not_finite_is_an_error(value):
    student = TrainedEstimator(Says([0.0, value]), "regression", 1)
    sentence = (
        "X contains values too large for this student: its output is not finite. "
        "Scale X."
    )

    with pytest.raises(DivergedError, match=f"^{re.escape(sentence)}$"):
        student.outputs(X[:2])


def test_it_has_no_epochs_and_no_network():
    student = trained(GaussianNB())

    assert student.history() == []
    assert student.trim() is None
    assert student.net is None
    assert student.steps is None


def test_it_can_be_pickled():
    student = trained(make_pipeline(StandardScaler(), GaussianNB()))

    again = pickle.loads(pickle.dumps(student))

    assert (again.outputs(X) == student.outputs(X)).all()


def test_the_end_of_a_pipeline_gets_what_the_steps_before_it_made():
    inner = make_pipeline(FunctionTransformer(np.negative), GaussianNB())
    pipeline = make_pipeline("passthrough", StandardScaler(), inner).fit(X, Y)

    end, inputs = end_of(pipeline, X)

    assert isinstance(end, GaussianNB)
    np.testing.assert_allclose(inputs, -(X - X.mean(0)) / X.std(0))


def test_an_estimator_that_is_no_pipeline_is_its_own_end():
    end, inputs = end_of(Says(1), X)

    assert isinstance(end, Says)
    assert inputs is X


def test_an_array_can_be_made_read_only_without_ours_being():
    array = np.asfortranarray(X)

    as_input(array).setflags(write=False)

    assert array.flags.writeable


@pytest.mark.parametrize("dtype", [">f8", ">f4", ">i2", "<f8"])
def test_numbers_come_in_the_byte_order_of_this_machine(dtype):
    array = np.arange(6).reshape(3, 2).astype(dtype)

    given = as_input(array)

    assert given.dtype.isnative
    np.testing.assert_array_equal(given, array)


def test_what_is_no_array_is_handed_on():
    frame = {"a": [1]}

    assert as_input(frame) is frame


def test_no_estimator_of_scikit_learn_takes_soft_binary_targets():
    assert soft_binary(LogisticRegression()) is None
    assert soft_binary(Says(1)) is None
