"""What every network of prototypes does, whatever its prototypes mean."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from prototypes.networks import (
    EVERY,
    NAMES,
    WORDS,
    X,
    Y,
    network,
    numpys_state,
    quick,
    rows,
)
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skorch import NeuralNetClassifier
from torch import nn

from sklkd import DistilledClassifier, StudentNet
from sklkd.prototypes import GLVQClassifier
from sklkd.prototypes._base import SMALL, BasePrototypeClassifier

every = pytest.mark.parametrize("name", EVERY)


def said(model, X):
    """All that is asked of a model, side by side: (n, n_classes + n_prototypes)."""
    return np.hstack([model.predict_proba(X), model.transform(X)])


# --- How it is trained ----------------------------------------------------------------


@pytest.mark.parametrize(
    "student",
    [
        nn.Linear(4, 3),
        nn.Linear,
        StudentNet(nn.Linear(4, 3)),
        StudentNet,
        NeuralNetClassifier(nn.Linear),
        LogisticRegression(),
        make_pipeline(StudentNet()),
        "net",
    ],
    ids=[
        "a module",
        "a class of modules",
        "a net with a module",
        "the class of nets",
        "a skorch net",
        "a model",
        "a pipeline",
        "a name",
    ],
)
def test_a_student_that_is_another_network_is_refused(student):
    with pytest.raises(TypeError) as caught:
        GLVQClassifier(student).fit(X, Y)

    assert str(caught.value).startswith(
        "GLVQClassifier: student must be None or a StudentNet without a module, which "
        "says how the network is trained; the network is this estimator's. Got "
    )


@pytest.mark.parametrize("student", [StudentNet(hidden=(8,)), StudentNet(dropout=0.5)])
def test_a_student_that_describes_another_network_is_refused(student):
    with pytest.raises(ValueError, match="must leave hidden and dropout, which are of"):
        GLVQClassifier(student).fit(X, Y)


def test_a_parameter_of_the_student_out_of_range_is_said_of_the_student():
    with pytest.raises(ValueError, match=r"^StudentNet: lr must be a real number in"):
        GLVQClassifier(StudentNet(lr=0)).fit(X, Y)


def test_the_student_says_how_long_the_training_lasts_and_stays_as_it_is():
    student = StudentNet(max_epochs=7)
    before = repr(student.get_params())

    model = GLVQClassifier(student).fit(X, Y)

    assert model.n_iter_ == len(model.history_) == 7
    assert repr(student.get_params()) == before


def test_the_students_parameters_are_the_estimators_if_there_is_one():
    assert GLVQClassifier(StudentNet(lr=0.5)).get_params()["student__lr"] == 0.5
    assert not any("__" in name for name in GLVQClassifier().get_params())


def test_prototypes_and_the_students_parameters_can_be_searched():
    grid = {"n_prototypes": [1, (1, 2, 1)], "student__max_epochs": [2, 3]}

    search = GridSearchCV(network("glvq"), grid, cv=2, error_score="raise").fit(X, Y)

    assert search.best_params_.keys() == grid.keys()
    assert len(search.cv_results_["params"]) == 4


@every
def test_few_rows_are_one_batch_in_double_precision(name):
    model = network(name).fit(X, Y)

    assert model.net_.module_.prototypes.dtype == torch.float64
    assert model.net_.batch_size == len(X)


def test_many_rows_are_several_batches_in_single_precision():
    many, y = rows(0, n_rows=SMALL + 1)

    model = GLVQClassifier(quick(max_epochs=1)).fit(many, y)

    assert model.net_.module_.prototypes.dtype == torch.float32
    assert model.net_.batch_size < SMALL


def test_a_batch_size_that_was_asked_for_is_kept():
    model = GLVQClassifier(quick(batch_size=16)).fit(X, Y)

    assert model.net_.batch_size == 16


@every
def test_held_out_rows_may_stop_the_training(name):
    student = quick(early_stopping=True, max_epochs=4)

    model = network(name, student=student).fit(X, Y)

    assert "valid_loss" in model.history_[0]


# --- Weights --------------------------------------------------------------------------


@every
def test_a_weight_of_two_is_a_repeated_row(name):
    twice = np.random.default_rng(0).integers(1, 3, len(X))

    weighted = network(name).fit(X, Y, sample_weight=twice)
    repeated = network(name).fit(np.repeat(X, twice, axis=0), np.repeat(Y, twice))

    np.testing.assert_allclose(
        said(weighted, X), said(repeated, X), rtol=1e-6, atol=1e-8
    )


@every
def test_a_weight_of_zero_is_an_absent_row(name):
    there = np.random.default_rng(1).random(len(X)) > 0.3
    wild = np.where(there[:, None], X, 1e6)

    weighted = network(name).fit(wild, Y, sample_weight=there)
    absent = network(name).fit(X[there], Y[there])

    np.testing.assert_allclose(said(weighted, X), said(absent, X), rtol=1e-9)


def test_rows_of_weight_zero_do_not_make_few_rows_many():
    more = np.vstack([X, np.zeros((SMALL, 4))])
    y, there = np.append(Y, np.zeros(SMALL, int)), np.arange(len(more)) < len(X)

    weighted = network("glvq").fit(more, y, sample_weight=there)

    np.testing.assert_allclose(
        weighted.prototypes_, network("glvq").fit(X, Y).prototypes_
    )


@every
def test_a_class_weight_is_a_weight_of_the_rows_of_that_class(name):
    by_class = network(name, class_weight={0: 1, 1: 3, 2: 0.5}).fit(X, Y)
    by_row = network(name).fit(X, Y, sample_weight=np.array([1, 3, 0.5])[Y])

    np.testing.assert_allclose(said(by_class, X), said(by_row, X), rtol=1e-9)


# --- Rows -----------------------------------------------------------------------------


@every
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_frame_of_numbers_is_an_array_with_names(name, frame):
    table = frame({f"column {j}": X[:, j] for j in range(4)})

    model = network(name).fit(table, Y)

    assert list(model.feature_names_in_) == list(table.columns)
    np.testing.assert_allclose(
        said(model, table), said(network(name).fit(X, Y), X), rtol=1e-6
    )


@every
def test_a_frame_of_words_is_read_by_skrub(name):
    table = pd.DataFrame({"size": X[:, 0], "colour": np.where(Y == 0, "red", "blue")})

    model = network(name).fit(table, WORDS)

    assert set(model.predict(table)) <= set(NAMES)
    assert (model.predict(table)[Y == 0] == "ash").all()
    assert np.isfinite(model.explain(table).contributions).all()


@every
def test_a_missing_value_is_read_at_training_and_later(name):
    gaps = X.copy()
    gaps[::7, 1] = np.nan

    model = network(name).fit(gaps, Y)

    assert np.isfinite(said(model, gaps)).all()
    assert getattr(model, "prototypes_", getattr(model, "components_", X)).shape[1] == 4


@every
def test_a_constant_column_changes_nothing_wherever_it_is(name):
    def padded(constant):
        return np.column_stack([X, np.full(len(X), constant)])

    one, other = (network(name).fit(padded(c), Y) for c in (0.0, 1e9))

    np.testing.assert_allclose(said(one, padded(0.0)), said(other, padded(1e9)))
    values = other.components_ if hasattr(other, "components_") else other.prototypes_
    np.testing.assert_allclose(values[:, 4], 1e9)


@every
def test_a_single_column_is_enough(name):
    model = network(name).fit(X[:, 3:], Y)

    assert model.score(X[:, 3:], Y) > 0.8


@every
def test_two_classes_have_one_decision(name):
    two = Y < 2

    model = network(name).fit(X[two], Y[two])

    decision = model.decision_function(X[two])
    assert decision.shape == (two.sum(),)
    np.testing.assert_array_equal(model.predict(X[two]), decision > 0)


@every
def test_a_sparse_array_is_a_dense_one(name):
    dense = np.where(np.random.default_rng(0).random(X.shape) < 0.2, 0.0, X)

    model = network(name).fit(sparse.csr_array(dense), Y)

    np.testing.assert_allclose(
        said(model, sparse.csr_array(dense)),
        said(network(name).fit(dense, Y), dense),
        rtol=1e-6,
        atol=1e-9,
    )


@every
def test_labels_in_words_are_those_of_their_positions(name):
    model, plain = network(name).fit(X, WORDS), network(name).fit(X, Y)

    np.testing.assert_array_equal(model.predict(X), NAMES[plain.predict(X)])
    np.testing.assert_array_equal(model.explain(X).rival, NAMES[plain.explain(X).rival])


@settings(max_examples=5)
@given(st.integers(0, 100))
def test_units_of_columns_do_not_matter(seed):
    values, y = rows(seed)
    units = np.array([1e3, -1.0, 1e-3])

    model = network("glvq").fit(values, y)
    other = network("glvq").fit(values * units, y)

    np.testing.assert_allclose(said(model, values), said(other, values * units), 1e-6)
    np.testing.assert_allclose(other.prototypes_, model.prototypes_ * units, rtol=1e-6)


def test_a_student_that_does_not_standardise_sees_rows_as_they_are():
    model = network("glvq", student=quick(standardize=False)).fit(X, Y)

    expected = np.square(X[:, None] - model.prototypes_).sum(axis=2)
    np.testing.assert_allclose(model.transform(X), expected)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "prototype"])
def test_images_are_refused(name):
    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        network(name).fit(np.zeros((50, 1, 2, 2)), Y)

    assert str(caught.value) == (
        f"{type(EVERY[name]).__name__}: X must be flat, of shape (n_samples, "
        "n_features), got (50, 1, 2, 2). Flatten each row, for instance by "
        "X.reshape(len(X), -1)."
    )


@pytest.mark.parametrize("nothing", [None, np.array(3.0), X[:, 0], X[:0]])
def test_no_table_is_refused_as_scikit_learn_does(nothing):
    with pytest.raises(ValueError, match=r"2D array|0 sample"):
        network("glvq").fit(nothing, Y[: np.size(nothing)])


# --- State ----------------------------------------------------------------------------


@every
@pytest.mark.parametrize("method", ["predict", "transform", "explain"])
def test_nothing_is_known_before_the_training(name, method):
    with pytest.raises(NotFittedError):
        getattr(network(name), method)(X)


@every
def test_a_seed_makes_fits_identical_and_no_global_generator_is_touched(name):
    before, numpys = torch.get_rng_state(), numpys_state()

    one, other = network(name).fit(X, Y), network(name).fit(X, Y)

    np.testing.assert_array_equal(said(one, X), said(other, X))
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(numpys_state(), numpys)


@every
def test_a_pickled_model_says_the_same(name):
    model = network(name).fit(X, Y)

    again = pickle.loads(pickle.dumps(model))

    np.testing.assert_array_equal(said(again, X), said(model, X))
    np.testing.assert_array_equal(
        again.explain(X).contributions, model.explain(X).contributions
    )


@every
def test_a_clone_knows_the_parameters_and_nothing_else(name):
    model = network(name).fit(X, Y)

    copy = clone(model)

    assert repr(copy.get_params(deep=False)) == repr(model.get_params(deep=False))
    assert not hasattr(copy, "student_")


@every
def test_a_failed_fit_leaves_what_was_there(name):
    model = network(name).fit(X, Y)
    before, params = said(model, X), vars(model).copy()

    with pytest.raises(ValueError, match="contains infinity"):
        model.fit(np.where(X > 6, np.inf, X), Y)

    assert vars(model).keys() == params.keys()
    np.testing.assert_array_equal(said(model, X), before)


@every
def test_a_warm_start_goes_on_from_what_was_learnt(name):
    model = network(name, warm_start=True).fit(X, Y)
    model.set_params(student__lr=1e-9)
    before = said(model, X)

    model.fit(X, Y)

    np.testing.assert_allclose(said(model, X), before, rtol=1e-5, atol=1e-6)
    assert model.n_iter_ == 24


def test_a_warm_start_with_other_prototypes_is_refused():
    model = network("glvq", warm_start=True).fit(X, Y)
    before = model.prototypes_.copy()

    with pytest.raises(ValueError, match=r"^GLVQClassifier: warm_start"):
        model.set_params(n_prototypes=3).fit(X, Y)

    np.testing.assert_array_equal(model.prototypes_, before)


# --- As a part of something else ------------------------------------------------------


@every
def test_it_is_a_transformer_whose_columns_have_names(name):
    model = network(name).set_output(transform="pandas").fit(X, Y)

    table = model.transform(X)

    assert list(table.columns) == list(model.get_feature_names_out())
    assert len(table.columns) == len(model.net_.module_.prototypes)


def test_distances_are_columns_for_another_model():
    model = make_pipeline(network("glvq"), LogisticRegression()).fit(X, Y)

    assert model.score(X, Y) > 0.8


@every
def test_it_is_a_student_of_a_teacher(name):
    model = DistilledClassifier(
        LogisticRegression(),
        network(name),
        soft_weight=0.5,
        targets="in_sample",
        transfer_set=None,
        calibration=None,
        random_state=0,
    )

    model.fit(X, WORDS)

    student = model.student_.estimator
    assert isinstance(student, BasePrototypeClassifier)
    np.testing.assert_array_equal(model.predict(X), student.predict(X))
    assert model.score(X, WORDS) > 0.8
