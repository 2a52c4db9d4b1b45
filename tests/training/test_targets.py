"""From any teacher to what it said about every row: its own, in folds, as a panel."""

import re

import numpy as np
import pytest
from joblib import Memory
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from training.classroom import CLASSES, Centroids, blobs, lessons, n_fits, question

from sklkd.exceptions import TeacherError
from sklkd.training import (
    Lessons,
    Question,
    TeacherEnsemble,
    as_memory,
    as_teacher,
    is_fitted_here,
    make_splits,
    members_of,
    teacher_targets,
)

X, Y = blobs(45, gap=0.7)
ASK = question(proba_floor=1e-12)
FITTED = FrozenEstimator(GaussianNB().fit(X, CLASSES[Y]))


def said_by(teacher, *, lesson=None, cv=None, ask=ASK, memory=None, **options):
    """The targets of a teacher that is fitted on all rows, or in `cv` folds."""
    lesson = lessons(X, Y) if lesson is None else lesson
    names = members_of(teacher)
    defaults = {
        "splits": None if cv is None else make_splits(ask, cv, lesson),
        "fit_params": {name: {} for name in names},
        "precomputed": None,
        "memory": as_memory("Test", memory),
        "seed": None,
        "n_jobs": None,
        "verbose": 0,
    }
    return teacher_targets(teacher, ask, lesson, **defaults | options)


def proba(targets):
    return np.exp(targets.outputs)


def test_a_fitted_teacher_says_what_it_predicts():
    targets = said_by(FITTED)

    np.testing.assert_allclose(proba(targets), FITTED.predict_proba(X))
    assert targets.known.all()
    assert targets.teacher is FITTED
    assert targets.weights is None


def test_without_folds_the_teacher_is_fitted_on_all_rows():
    teacher = LogisticRegression()

    targets = said_by(teacher)

    expected = LogisticRegression().fit(X, CLASSES[Y]).predict_proba(X)
    np.testing.assert_allclose(proba(targets), expected)
    assert not hasattr(teacher, "coef_")
    np.testing.assert_array_equal(targets.teacher.predict_proba(X), expected)


def test_without_folds_rows_without_a_label_are_asked_and_not_fitted():
    weight = (np.arange(45) % 5 > 0).astype(float)
    labelled = weight > 0
    noise = np.linspace(1, 2, 45)
    expected = LogisticRegression().fit(
        X[labelled], CLASSES[Y[labelled]], sample_weight=noise[labelled]
    )

    targets = said_by(
        LogisticRegression(),
        lesson=lessons(X, Y, weight=weight),
        fit_params={"teacher": {"sample_weight": noise}},
    )

    assert targets.known.all()
    np.testing.assert_allclose(proba(targets), expected.predict_proba(X))


def test_with_folds_it_is_out_of_fold_and_no_one_teacher():
    splits = make_splits(ASK, 3, lessons(X, Y))
    expected = cross_val_predict(
        LogisticRegression(), X, Y, cv=splits, method="predict_proba"
    )

    targets = said_by(LogisticRegression(), cv=3)

    np.testing.assert_allclose(proba(targets), expected)
    assert targets.teacher is None


def test_folds_leave_a_fitted_teacher_as_it_is():
    np.testing.assert_array_equal(
        said_by(FITTED, cv=3).outputs, said_by(FITTED).outputs
    )


def test_precomputed_probabilities_are_taken():
    given = np.tile([0.2, 0.3, 0.5], (45, 1))

    targets = said_by("precomputed", precomputed=given)

    np.testing.assert_allclose(proba(targets), given)
    assert targets.known.all()
    assert targets.teacher is None


def test_precomputed_values_are_taken():
    values = Question("Test", "regression", 1)
    lesson = Lessons(X, X[:, 0], X[:, :1], np.ones(45))

    targets = said_by("precomputed", lesson=lesson, ask=values, precomputed=X[:, 0])

    np.testing.assert_array_equal(targets.outputs, X[:, :1])


def test_an_ensemble_says_the_mean_of_its_members():
    panel = TeacherEnsemble([("linear", LogisticRegression()), ("bayes", FITTED)])
    alone = [said_by(LogisticRegression(), cv=3), said_by(FITTED)]

    targets = said_by(panel, cv=3)

    expected = np.mean([proba(member) for member in alone], axis=0)
    np.testing.assert_allclose(proba(targets), expected, rtol=1e-9)
    assert targets.weights == {"linear": 0.5, "bayes": 0.5}
    assert targets.teacher is None


def test_members_of_an_ensemble_have_parameters_of_their_own():
    weight = np.where(Y == 0, 5.0, 1.0)
    panel = TeacherEnsemble([("a", LogisticRegression()), ("b", GaussianNB())])
    fits = [
        LogisticRegression().fit(X, Y, sample_weight=weight).predict_proba(X),
        GaussianNB().fit(X, Y).predict_proba(X),
    ]

    targets = said_by(panel, fit_params={"a": {"sample_weight": weight}, "b": {}})

    np.testing.assert_allclose(proba(targets), np.mean(fits, axis=0), rtol=1e-9)


def test_the_seed_reaches_unset_random_states_and_no_others():
    unset, own = RandomForestClassifier(3), RandomForestClassifier(3, random_state=5)

    seeded = said_by(unset, seed=5)

    np.testing.assert_array_equal(seeded.outputs, said_by(own, seed=1).outputs)
    assert unset.random_state is None


def test_the_seed_reaches_into_a_pipeline():
    inside = make_pipeline(StandardScaler(), RandomForestClassifier(3))
    alone = make_pipeline(StandardScaler(), RandomForestClassifier(3, random_state=5))

    targets = said_by(inside, seed=5)

    np.testing.assert_array_equal(targets.outputs, said_by(alone).outputs)


@pytest.mark.parametrize("cv", [None, 3])
def test_memory_fits_a_teacher_once(tmp_path, monkeypatch, cv):
    memory = Memory(tmp_path, verbose=0)
    first = said_by(LogisticRegression(), cv=cv, memory=memory)

    def unfittable(*_, **__):
        raise AssertionError

    monkeypatch.setattr(LogisticRegression, "fit", unfittable)

    again = said_by(LogisticRegression(), cv=cv, memory=memory)

    np.testing.assert_array_equal(again.outputs, first.outputs)


@pytest.mark.parametrize("cv", [None, 3])
def test_memory_knows_another_teacher_and_other_rows(tmp_path, cv):
    memory = Memory(tmp_path, verbose=0)
    said_by(LogisticRegression(), cv=cv, memory=memory)
    other_rows = lessons(X + 1, Y)

    weaker = said_by(LogisticRegression(C=0.01), cv=cv, memory=memory)
    moved = said_by(LogisticRegression(), cv=cv, lesson=other_rows, memory=memory)

    np.testing.assert_array_equal(
        weaker.outputs, said_by(LogisticRegression(C=0.01), cv=cv).outputs
    )
    np.testing.assert_array_equal(
        moved.outputs, said_by(LogisticRegression(), cv=cv, lesson=other_rows).outputs
    )


def test_a_list_of_teachers_is_an_ensemble_with_the_defaults():
    teachers = [("linear", LogisticRegression()), ("bayes", FITTED)]

    panel = as_teacher("Test", teachers)

    assert isinstance(panel, TeacherEnsemble)
    assert panel.teachers == teachers
    assert (panel.combine, panel.weights) == ("arithmetic", None)
    assert members_of(panel) == dict(teachers)


@pytest.mark.parametrize(
    "teacher", [FITTED, LogisticRegression(), nn.Linear(3, 3), len, "precomputed"]
)
def test_a_single_teacher_stays_itself_and_is_called_teacher(teacher):
    assert as_teacher("Test", teacher) is teacher
    assert members_of(teacher) == {"teacher": teacher}


@pytest.mark.parametrize(
    ("teacher", "here"),
    [
        (LogisticRegression(), True),
        (make_pipeline(StandardScaler(), GaussianNB()), True),
        (FITTED, False),
        (nn.Linear(3, 3), False),
        (len, False),
        ("precomputed", False),
    ],
    ids=["estimator", "pipeline", "frozen", "module", "callable", "precomputed"],
)
def test_only_unfitted_estimators_are_fitted_here(teacher, here):
    assert is_fitted_here(teacher) is here


def refused(error, sentence):
    return pytest.raises(error, match=f"^{re.escape(sentence)}$")


def test_an_ensemble_in_an_ensemble_is_refused():
    inner = TeacherEnsemble([("bayes", FITTED)])

    with refused(
        TypeError,
        "Test: teacher must be an estimator, a list of (name, estimator), a "
        f"torch.nn.Module, a skorch net, a callable or 'precomputed', got {inner!r}.",
    ):
        as_teacher("Test", [("inner", inner)])


@pytest.mark.parametrize("teacher", [None, 3, "forest", {"a": FITTED}])
def test_what_is_no_teacher_is_refused(teacher):
    with refused(
        TypeError,
        "Test: teacher must be an estimator, a list of (name, estimator), a "
        f"torch.nn.Module, a skorch net, a callable or 'precomputed', got {teacher!r}.",
    ):
        as_teacher("Test", teacher)


@pytest.mark.parametrize("teacher", [nn.Linear, LogisticRegression])
def test_a_class_is_no_teacher(teacher):
    with refused(
        TypeError,
        "Test: teacher must be an estimator, a list of (name, estimator), a "
        f"torch.nn.Module, a skorch net, a callable or 'precomputed', got {teacher!r}.",
    ):
        as_teacher("Test", teacher)


def test_an_ensembles_parameters_are_checked():
    with refused(
        ValueError,
        "Test: a list of teachers must have at least one, each with a name of its own, "
        "got [].",
    ):
        as_teacher("Test", [])


@pytest.mark.parametrize(
    ("task", "name"),
    [("classification", "teacher_proba"), ("regression", "teacher_prediction")],
)
def test_a_precomputed_teacher_needs_its_numbers(task, name):
    with refused(
        ValueError,
        "Test: teacher='precomputed' needs the teacher's numbers; pass "
        f"fit(X, y, {name}=...).",
    ):
        said_by("precomputed", ask=Question("Test", task, 3, CLASSES))


def test_precomputed_numbers_of_another_shape_are_refused():
    with refused(
        TeacherError,
        "Test: teacher_proba must give an array of shape (45, 3), a row for each row "
        "of X and a column for each class, got (45, 2).",
    ):
        said_by("precomputed", precomputed=np.full((45, 2), 0.5))


def test_precomputed_values_of_another_shape_are_refused():
    lesson = Lessons(X, X[:, 0], X[:, :1], np.ones(45))

    with refused(
        TeacherError,
        "Test: teacher_prediction must give an array of shape (45, 1), a row for each "
        "row of X and a column for each target, got (44, 1).",
    ):
        said_by(
            "precomputed",
            lesson=lesson,
            ask=Question("Test", "regression", 1),
            precomputed=X[1:, 0],
        )


def test_a_fitted_teacher_of_other_classes_is_refused():
    other = FrozenEstimator(GaussianNB().fit(X, Y))

    with refused(
        TeacherError,
        "The teacher GaussianNB knows the classes [0, 1, 2], but y has ['ash', "
        "'birch', 'cedar']. Fit the teacher on the same classes, or pass it unfitted.",
    ):
        said_by(other)


def test_regressors_are_asked_for_values():
    values = Question("Test", "regression", 1)
    lesson = Lessons(X, X.sum(axis=1), X.sum(axis=1, keepdims=True), np.ones(45))

    targets = said_by(LinearRegression(), lesson=lesson, ask=values, cv=3)

    np.testing.assert_allclose(targets.outputs, X.sum(axis=1, keepdims=True))


FOREST = RandomForestClassifier(40, random_state=0)


def out_of_bag(forest, X=X, y=Y):
    forest = RandomForestClassifier(**{**forest.get_params(), "oob_score": True})
    proba = forest.fit(X, CLASSES[y]).oob_decision_function_
    return np.clip(proba, ASK.proba_floor, 1)


def test_out_of_bag_estimates_are_said_on_request_and_the_forest_is_kept():
    targets = said_by(FOREST, out_of_bag=True)

    np.testing.assert_allclose(proba(targets), out_of_bag(FOREST))
    assert targets.known.all()
    np.testing.assert_array_equal(
        targets.teacher.predict(X), FOREST.fit(X, CLASSES[Y]).predict(X)
    )


def test_the_seed_reaches_a_forest_that_is_asked_out_of_bag():
    unset = RandomForestClassifier(40)

    targets = said_by(unset, out_of_bag=True, seed=5)

    np.testing.assert_allclose(
        proba(targets), out_of_bag(RandomForestClassifier(40, random_state=5))
    )
    assert unset.random_state is None


def test_a_fitted_teacher_has_no_bags_and_says_what_it_predicts():
    np.testing.assert_array_equal(
        said_by(FITTED, out_of_bag=True).outputs, said_by(FITTED).outputs
    )


def test_members_of_an_ensemble_are_asked_out_of_bag_where_they_are_fitted():
    panel = TeacherEnsemble([("forest", FOREST), ("bayes", FITTED)])

    targets = said_by(panel, out_of_bag=True)

    expected = (out_of_bag(FOREST) + FITTED.predict_proba(X)) / 2
    np.testing.assert_allclose(proba(targets), expected, rtol=1e-9)


def test_memory_keeps_a_forest_that_was_asked_out_of_bag(tmp_path, monkeypatch):
    memory = Memory(tmp_path, verbose=0)
    first = said_by(FOREST, out_of_bag=True, memory=memory)
    plain = said_by(FOREST, memory=memory)

    def unfittable(*_, **__):
        raise AssertionError

    monkeypatch.setattr(RandomForestClassifier, "fit", unfittable)

    again = said_by(FOREST, out_of_bag=True, memory=memory)

    np.testing.assert_array_equal(again.outputs, first.outputs)
    assert not np.array_equal(plain.outputs, first.outputs)


def test_values_are_asked_out_of_bag():
    forest = RandomForestRegressor(40, random_state=0)
    lesson = Lessons(X, X[:, 0], X[:, :1], np.ones(45))
    reference = RandomForestRegressor(40, random_state=0, oob_score=True)

    targets = said_by(
        forest, lesson=lesson, ask=Question("Test", "regression", 1), out_of_bag=True
    )

    np.testing.assert_allclose(
        targets.outputs[:, 0], reference.fit(X, X[:, 0]).oob_prediction_
    )


def test_a_member_without_bags_is_refused_by_name():
    panel = TeacherEnsemble([("forest", FOREST), ("bayes", GaussianNB())])

    with refused(
        TeacherError,
        "Test: targets='out_of_bag' needs a teacher that draws bags of rows, such as "
        "RandomForestClassifier, got GaussianNB. Pass targets='out_of_fold'.",
    ):
        said_by(panel, out_of_bag=True)


@pytest.mark.parametrize("cv", [None, 3])
def test_memory_fits_a_teacher_once_for_whatever_rows_it_is_asked_about(tmp_path, cv):
    """Further rows without a label change what is asked, and not who answers."""
    memory, log = Memory(tmp_path / "memory", verbose=0), tmp_path / "log"

    for seed in range(3):
        more, y = blobs(45 + 9, seed=seed)[0][:9], np.concatenate([Y, np.zeros(9, int)])
        rows = np.concatenate([X, more])
        weight = np.repeat([1.0, 0.0], [45, 9])
        lesson = lessons(rows, y, weight=weight)
        targets = said_by(Centroids(log), lesson=lesson, cv=cv, memory=memory)
        expected = said_by(Centroids(tmp_path / "other"), lesson=lesson, cv=cv)
        np.testing.assert_array_equal(targets.outputs, expected.outputs)

    assert n_fits(log) == (cv or 1)
