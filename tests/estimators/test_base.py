"""What every student's estimator does: keep, refuse, forget, and leave alone."""

import copy
import pickle
import random
import warnings

import joblib
import numpy as np
import pytest
import torch
from distillation.doubles import Pictures, Small, blobs, quick
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklkd import (
    ConfidencePenaltyClassifier,
    EarlyLearningClassifier,
    LabelSmoothingClassifier,
    RefinedClassifier,
    RegularizedClassifier,
    StudentNet,
)
from sklkd.objectives import ConfidencePenalty

X, Y = blobs()
SEEDED = {"random_state": 0}
ESTIMATORS = {
    "plain": RegularizedClassifier(quick(), **SEEDED),
    "regularised": RegularizedClassifier(
        quick(), objective=ConfidencePenalty(weight=0.1), **SEEDED
    ),
    "label smoothing": LabelSmoothingClassifier(quick(), **SEEDED),
    "confidence penalty": ConfidencePenaltyClassifier(quick(), **SEEDED),
    "early learning": EarlyLearningClassifier(quick(), **SEEDED),
    "early learning, a pair": EarlyLearningClassifier(
        quick(dropout=0.3), variant="elr+", **SEEDED
    ),
    "refined": RefinedClassifier(quick(), cv=2, n_rounds=2, **SEEDED),
    "refined tree": RefinedClassifier(DecisionTreeClassifier(max_depth=2), **SEEDED),
}
every = pytest.mark.parametrize("model", ESTIMATORS.values(), ids=ESTIMATORS)
warmable = pytest.mark.parametrize(
    "model",
    [m for m in ESTIMATORS.values() if "warm_start" in m.get_params()],
    ids=[n for n, m in ESTIMATORS.items() if "warm_start" in m.get_params()],
)


# --- What it answers ------------------------------------------------------------------


@every
def test_all_answers_are_of_one_mind(model):
    model = clone(model).fit(X, Y)

    proba = model.predict_proba(X)

    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert (proba >= 0).all()
    np.testing.assert_allclose(np.log(proba), model.predict_log_proba(X), rtol=1e-6)
    assert np.array_equal(model.classes_[proba.argmax(1)], model.predict(X))
    assert model.decision_function(X).shape == (60, 3)


@every
def test_before_fit_there_is_no_answer(model):
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


@every
def test_rows_of_another_width_are_refused(model):
    model = clone(model).fit(X, Y)

    with pytest.raises(ValueError, match="3 features"):
        model.predict(X[:, :3])


def test_images_of_another_size_are_refused():
    pictures = np.random.default_rng(0).normal(size=(20, 1, 6, 6))
    model = RegularizedClassifier(StudentNet(Pictures, max_epochs=1), **SEEDED)
    model.fit(pictures, np.arange(20) % 2)

    with pytest.raises(ValueError, match="rows of shape") as caught:
        model.predict(pictures[:, :, :5])

    assert str(caught.value) == (
        "RegularizedClassifier: X must have rows of shape (1, 6, 6), as in fit, got "
        "(1, 5, 6)."
    )


# --- Chance, state and copies ---------------------------------------------------------


@every
def test_one_seed_makes_one_student_and_leaves_the_global_generators_alone(model):
    states = (
        joblib.hash(np.random.get_state()),  # noqa: NPY002
        torch.get_rng_state(),
        random.getstate(),
    )

    first = clone(model).fit(X, Y).decision_function(X)
    second = clone(model).fit(X, Y).decision_function(X)

    assert np.array_equal(first, second)
    assert joblib.hash(np.random.get_state()) == states[0]  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), states[1])
    assert random.getstate() == states[2]


@every
def test_another_seed_makes_another_student(model):
    if isinstance(model.student, DecisionTreeClassifier):
        model = clone(model).set_params(cv=3)

    first, second = (
        clone(model).set_params(random_state=seed).fit(X, Y).predict_proba(X)
        for seed in (0, 1)
    )

    assert not np.array_equal(first, second)


@every
def test_the_callers_stream_is_advanced_and_makes_equal_students(model):
    streams = [np.random.RandomState(3) for _ in range(2)]

    answers = [
        clone(model).set_params(random_state=stream).fit(X, Y).predict_proba(X)
        for stream in streams
    ]

    # `clone` copies a stream, so that the caller's own stays where it was.
    assert np.array_equal(*answers)


@every
@pytest.mark.parametrize("way", ["pickle", "joblib", "deepcopy"])
def test_a_copy_of_a_fitted_estimator_answers_the_same(model, way, tmp_path):
    model = clone(model).fit(X, Y)

    if way == "pickle":
        other = pickle.loads(pickle.dumps(model))
    elif way == "joblib":
        joblib.dump(model, tmp_path / "model")
        other = joblib.load(tmp_path / "model")
    else:
        other = copy.deepcopy(model)

    assert np.array_equal(other.predict_proba(X), model.predict_proba(X))
    kept = {name for name in vars(model) if name.endswith("_")}
    assert {name for name in vars(other) if name.endswith("_")} == kept


@every
def test_a_clone_is_unfitted_and_learns_the_same(model):
    fitted = clone(model).fit(X, Y)

    other = clone(fitted)

    assert not hasattr(other, "student_")
    assert np.array_equal(
        other.fit(X, Y).decision_function(X), fitted.decision_function(X)
    )


@every
def test_a_fitted_estimator_does_not_carry_the_rows(model):
    draws = np.random.default_rng(0)
    wide = draws.normal(size=(60, 2000))
    small = StudentNet(Small, module__width=1, max_epochs=1)
    if not isinstance(model.student, DecisionTreeClassifier):
        model = clone(model).set_params(student=small)

    fitted = clone(model).fit(wide, Y)

    # A few vectors of 2000 numbers: weights of up to four networks, no rows of 960 kB.
    assert len(pickle.dumps(fitted)) < 300_000


@every
def test_neither_rows_nor_parameters_are_changed(model):
    rows, labels, weight = X.copy(), Y.copy(), np.linspace(0.5, 2, 60)
    model = clone(model)
    before = {name: repr(value) for name, value in model.get_params().items()}

    model.fit(rows, labels, weight)
    model.predict(rows)

    assert np.array_equal(rows, X)
    assert np.array_equal(labels, Y)
    assert np.array_equal(weight, np.linspace(0.5, 2, 60))
    assert {n: repr(v) for n, v in model.get_params().items()} == before


@every
def test_a_refit_is_a_fresh_fit(model):
    model = clone(model).fit(X[:40], Y[:40])

    again = model.fit(X, Y).decision_function(X)

    assert np.array_equal(again, clone(model).fit(X, Y).decision_function(X))


SPOILT = {
    "a missing value": (np.where(np.arange(240).reshape(60, 4) == 7, np.inf, X), Y),
    "one class": (X, np.zeros(60, dtype=int)),
    "values": (X, np.linspace(0, 1, 60)),
    "fewer labels": (X, Y[:59]),
    "no rows": (X[:0], Y[:0]),
}


@every
@pytest.mark.parametrize("rows", SPOILT.values(), ids=SPOILT)
def test_a_rejected_refit_leaves_the_old_student(model, rows):
    model = clone(model).fit(X, Y)
    before = dict(vars(model))

    with pytest.raises(ValueError, match=r"."):
        model.fit(*rows)

    assert vars(model) == before


@every
def test_a_rejected_parameter_leaves_the_old_student(model):
    model = clone(model).fit(X, Y)
    expected = model.predict_proba(X)

    with pytest.raises((TypeError, ValueError), match="student"):
        model.set_params(student=3).fit(X, Y)

    assert np.array_equal(model.predict_proba(X), expected)


@every
def test_a_rejected_first_fit_leaves_an_unfitted_estimator(model):
    model = clone(model)

    with pytest.raises(ValueError, match="1 class"):
        model.fit(X, np.zeros(60))

    assert [name for name in vars(model) if name.endswith("_")] == []


@warmable
def test_a_warm_start_goes_on(model):
    model = clone(model).set_params(warm_start=True).fit(X, Y)
    first = model.history_

    model.fit(X, Y)

    assert model.n_iter_ == 10
    assert model.history_[:5] == first


@warmable
def test_a_warm_start_with_other_classes_is_refused(model):
    model = clone(model).set_params(warm_start=True).fit(X, Y)

    with pytest.raises(ValueError, match="warm_start") as caught:
        model.fit(X, Y + 1)

    assert str(caught.value) == (
        f"{type(model).__name__}: warm_start goes on with the classes [0, 1, 2], got "
        "[1, 2, 3]. Pass warm_start=False."
    )


@every
def test_nothing_is_printed(model, capfd):
    clone(model).fit(X, Y).predict(X)

    assert capfd.readouterr() == ("", "")


# --- Among other estimators -----------------------------------------------------------


@every
def test_it_is_scored_in_a_pipeline(model):
    line = make_pipeline(StandardScaler(), clone(model))

    scores = cross_val_score(line, X, Y, cv=2, error_score="raise")

    assert scores.shape == (2,)


def test_what_an_objective_weighs_is_searched_by_name():
    grid = {"objective__weight": [0.0, 1e9]}
    model = ESTIMATORS["regularised"]

    found = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, Y)

    assert found.best_params_ == {"objective__weight": 0.0}


@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("label smoothing", {"smoothing": [0.0, 0.5], "student__lr": [0.01]}),
        ("confidence penalty", {"beta": [0.0, 1.0]}),
        ("early learning", {"regularization": [0.0, 1.0], "variant": ["elr", "elr+"]}),
        ("refined tree", {"mix": [0.0, 0.5], "student__max_depth": [1, 2]}),
    ],
)
def test_hyperparameters_are_searched(name, grid):
    found = GridSearchCV(ESTIMATORS[name], grid, cv=2, error_score="raise").fit(X, Y)

    assert set(found.best_params_) == set(grid)


# --- Tables ---------------------------------------------------------------------------


@every
@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_frames_of_numbers_are_read_by_name(model, package):
    frames = pytest.importorskip(package)
    table = frames.DataFrame({name: X[:, i] for i, name in enumerate("abcd")})

    model = clone(model).fit(table, Y)

    assert model.feature_names_in_.tolist() == list("abcd")
    plain = clone(model).fit(X, Y)
    np.testing.assert_allclose(
        model.predict_proba(table), plain.predict_proba(X), rtol=1e-6
    )


@pytest.mark.parametrize("package", ["pandas", "polars"])
@pytest.mark.parametrize(
    "model",
    [m for n, m in ESTIMATORS.items() if n != "refined tree"],
    ids=[n for n in ESTIMATORS if n != "refined tree"],
)
def test_frames_with_words_are_read_by_a_network(model, package):
    pytest.importorskip("skrub")
    frames = pytest.importorskip(package)
    words = np.array(["oak", "elm", "fir"])
    table = frames.DataFrame({"size": X[:, 0], "tree": words[Y]})

    model = clone(model).fit(table, words[Y])

    assert model.predict_proba(table).shape == (60, 3)
    assert model.classes_.tolist() == ["elm", "fir", "oak"]


def test_missing_values_are_taken_where_the_student_takes_them():
    gaps = np.where(np.arange(240).reshape(60, 4) % 11 == 0, np.nan, X)

    for name in ("plain", "early learning", "refined"):
        model = clone(ESTIMATORS[name]).fit(gaps, Y)
        assert model.score(gaps, Y) > 0.3
    with pytest.raises(ValueError, match="NaN"):
        LabelSmoothingClassifier(LogisticRegression()).fit(gaps, Y)


@every
def test_two_rows_one_column_and_a_constant_column_are_enough(model):
    if isinstance(model, EarlyLearningClassifier):
        rows, labels = [[0.0], [1.0], [1.0]], [0, 1, 1]
    else:
        rows, labels = [[0.0], [1.0]], [0, 1]
    small = clone(model)
    if isinstance(model, RefinedClassifier):
        small.set_params(cv=2)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = small.fit(rows, labels).predict_proba(rows)
        flat = clone(small).fit(np.ones((6, 1)), [0, 1] * 3).predict_proba([[1.0]])

    assert np.isfinite(answer).all()
    assert np.isfinite(flat).all()


@every
def test_huge_numbers_are_scaled(model):
    model = clone(model)

    huge = model.fit(1e12 * X, Y).predict_proba(1e12 * X)

    plain = clone(model).fit(X, Y).predict_proba(X)
    np.testing.assert_allclose(huge, plain, rtol=1e-4, atol=1e-6)
