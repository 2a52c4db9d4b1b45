"""Searches: the teacher is fitted once a fold, and every part has a name."""

import warnings

import joblib
import numpy as np
import pytest
from distillation.doubles import (
    Centroids,
    blobs,
    classifier,
    n_fits,
    outputs,
    quick,
    regressor,
    slopes,
)
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import (
    BaggingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from torch import nn

from sklkd import LogitMatching, SoftTargets, StudentNet
from sklkd.exceptions import CacheWarning

TINY = {"hidden": (2,), "max_epochs": 1}

# Fifty candidates over student and objective; none of them asks for another teacher.
GRID = {
    "soft_weight": [0.5, 1.0],
    "objective__temperature": [1.0, 2.0, 3.0, 4.0, 5.0],
    "student__lr": [1e-3, 2e-3, 3e-3, 4e-3, 5e-3],
}


def search(log, memory, n_jobs=None, grid=GRID):
    """A search over five outer and two inner folds."""
    model = classifier(
        Centroids(log), quick(**TINY), objective=SoftTargets(), memory=memory
    )
    return GridSearchCV(model, grid, cv=5, n_jobs=n_jobs, error_score="raise")


@pytest.mark.parametrize("kind", [str, lambda path: joblib.Memory(path, verbose=0)])
def test_a_search_of_fifty_candidates_fits_the_teacher_once_a_fold(kind, tmp_path):
    X, y = blobs()
    log = tmp_path / "log"

    found = search(log, kind(tmp_path / "cache")).fit(X, y)

    assert len(found.cv_results_["params"]) == 50
    # Five outer folds of two inner ones, and the two of the refit on all rows.
    assert n_fits(log) == 5 * 2 + 2


def test_processes_that_share_a_memory_fit_the_teacher_once_a_fold(tmp_path):
    X, y = blobs()
    log = tmp_path / "log"
    grid = GRID | {"student__lr": [1e-3]}

    search(log, tmp_path / "cache", n_jobs=2, grid=grid).fit(X, y)

    assert n_fits(log) == 5 * 2 + 2


def test_without_memory_each_candidate_fits_its_own(tmp_path):
    """The guard of the laws above."""
    X, y = blobs()
    log = tmp_path / "log"

    search(log, None, grid={"student__lr": [1e-3, 2e-3]}).fit(X, y)

    assert n_fits(log) == 2 * 5 * 2 + 2


@pytest.mark.parametrize(
    ("targets", "cv", "expected"),
    [("in_sample", 3, 1), ("out_of_fold", 3, 3), ("out_of_fold", None, 5)],
)
def test_what_comes_from_the_cache_makes_the_same_student(
    targets, cv, expected, tmp_path
):
    X, y = blobs()
    log, params = tmp_path / "log", {"targets": targets, "cv": cv}
    model = classifier(Centroids(log), memory=tmp_path / "cache", **params)

    first = clone(model).fit(X, y)
    n_first = n_fits(log)
    second = clone(model).fit(X, y)

    plain = classifier(Centroids(tmp_path / "other"), **params).fit(X, y)
    assert n_fits(log) == n_first == expected
    assert np.array_equal(outputs(first, X), outputs(plain, X))
    assert np.array_equal(outputs(second, X), outputs(plain, X))


CHANGES = {
    "a number in X": lambda X, y: (X + np.eye(60, 4), y),
    "a label": lambda X, y: (X, np.where(np.arange(60) == 3, 1 - y % 2, y)),
    "the order of rows": lambda X, y: (X[::-1], y[::-1]),
    "fewer rows": lambda X, y: (X[:50], y[:50]),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_other_rows_are_another_entry(changed, tmp_path):
    X, y = blobs()
    log = tmp_path / "log"
    model = classifier(Centroids(log), memory=tmp_path / "cache").fit(X, y)

    model.fit(*changed(X, y))

    assert n_fits(log) == 2 + 2


@pytest.mark.parametrize(
    ("param", "value"), [("teacher__scale", 2.0), ("cv", 3), ("cv", KFold(2))]
)
def test_another_teacher_or_other_folds_are_another_entry(param, value, tmp_path):
    X, y = blobs()
    log = tmp_path / "log"
    model = classifier(Centroids(log), memory=tmp_path / "cache").fit(X, y)

    model.set_params(**{param: value}).fit(X, y)

    assert n_fits(log) > 2


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("soft_weight", 0.9),
        ("objective", LogitMatching()),
        ("student__lr", 0.1),
        ("student", StudentNet(max_epochs=1)),
        ("class_weight", "balanced"),
        ("n_jobs", 1),
        ("random_state", 1),
    ],
)
def test_student_and_objective_are_no_part_of_an_entry(param, value, tmp_path):
    """Nor is a seed that this teacher has no use for."""
    X, y = blobs()
    log = tmp_path / "log"
    model = classifier(Centroids(log), memory=tmp_path / "cache").fit(X, y)

    model.set_params(**{param: value}).fit(X, y)

    assert n_fits(log) == 2


def test_weights_are_a_part_of_an_entry(tmp_path):
    X, y = blobs()
    weight = np.linspace(0.5, 2, 60)

    cached = classifier(memory=tmp_path).fit(X, y)
    cached.fit(X, y, weight)

    plain = classifier().fit(X, y, weight)
    assert np.array_equal(outputs(cached, X), outputs(plain, X))


def test_every_member_of_an_ensemble_is_cached_on_its_own(tmp_path):
    X, y = blobs()
    logs = [tmp_path / name for name in "ab"]
    pair = [("a", Centroids(logs[0])), ("b", Centroids(logs[1]))]
    model = classifier(pair, memory=tmp_path / "cache").fit(X, y)

    model.set_params(teacher=[pair[0], ("b", Centroids(logs[1], scale=3.0))]).fit(X, y)

    assert [n_fits(log) for log in logs] == [2, 4]


def test_a_regressors_teacher_is_cached_too(tmp_path):
    X, y = slopes()

    first, second = (regressor(memory=tmp_path).fit(X, y) for _ in range(2))

    expected = regressor().fit(X, y)
    assert np.array_equal(first.predict(X), expected.predict(X))
    assert np.array_equal(second.predict(X), expected.predict(X))


def test_a_teacher_without_a_name_is_fitted_anew_with_a_warning(tmp_path):
    X, y = blobs()
    teacher = make_pipeline(FunctionTransformer(lambda X: X), GaussianNB())

    with pytest.warns(CacheWarning, match="cannot identify") as caught:
        model = classifier(teacher, memory=tmp_path).fit(X, y)

    assert str(caught[0].message).endswith(
        "it is fitted anew in every fit. Use functions defined in a module."
    )
    expected = outputs(classifier(GaussianNB()).fit(X, y), X)
    assert np.array_equal(outputs(model, X), expected)


def test_without_memory_nothing_is_written(tmp_path, monkeypatch):
    X, y = blobs()
    monkeypatch.chdir(tmp_path)

    classifier().fit(X, y).predict(X)

    assert list(tmp_path.iterdir()) == []


# --- Precomputed ----------------------------------------------------------------------


@pytest.fixture
def told():
    """Rows, and what a teacher says about them."""
    X, y = blobs()
    return X, y, {"teacher_proba": GaussianNB().fit(X, y).predict_proba(X)}


def by_hand(X, y, params):
    """The score of each of three folds, sliced by hand."""
    proba = params["teacher_proba"]
    return [
        classifier("precomputed")
        .fit(X[train], y[train], teacher_proba=proba[train])
        .score(X[test], y[test])
        for train, test in KFold(3).split(X)
    ]


def test_cross_validation_slices_precomputed_numbers(told):
    X, y, params = told

    model = classifier("precomputed")
    result = cross_validate(model, X, y, cv=KFold(3), params=params)

    assert result["test_score"].tolist() == by_hand(X, y, params)


def test_cross_validation_slices_precomputed_numbers_that_are_routed(told):
    X, y, params = told

    with config_context(enable_metadata_routing=True):
        model = classifier("precomputed").set_fit_request(teacher_proba=True)
        result = cross_validate(model, X, y, cv=KFold(3), params=params)

    assert result["test_score"].tolist() == by_hand(X, y, params)


@pytest.mark.parametrize("routed", [False, True])
def test_a_search_slices_precomputed_numbers(told, routed):
    X, y, params = told

    with config_context(enable_metadata_routing=routed):
        model = classifier("precomputed")
        if routed:
            model.set_fit_request(teacher_proba=True)
        grid = {"objective": [SoftTargets(2.0), None]}
        found = GridSearchCV(model, grid, cv=KFold(3)).fit(X, y, **params)

    scores = [found.cv_results_[f"split{i}_test_score"][1] for i in range(3)]
    assert scores == by_hand(X, y, params)


def test_a_pipeline_hands_precomputed_numbers_on(told):
    X, y, params = told
    model = make_pipeline(StandardScaler(), classifier("precomputed"))

    model.fit(X, y, distilledclassifier__teacher_proba=params["teacher_proba"])

    expected = classifier("precomputed").fit(
        StandardScaler().fit_transform(X), y, **params
    )
    scaled = StandardScaler().fit_transform(X)
    assert np.array_equal(model.decision_function(X), outputs(expected, scaled))


def test_a_pipeline_in_a_search_routes_precomputed_numbers(told):
    X, y, params = told

    with config_context(enable_metadata_routing=True):
        inner = classifier("precomputed").set_fit_request(teacher_proba=True)
        model = Pipeline([("scale", StandardScaler()), ("student", inner)])
        grid = {"student__student__lr": [1e-3, 1e-2]}
        found = GridSearchCV(model, grid, cv=3, error_score="raise").fit(X, y, **params)

    assert found.best_estimator_["student"].n_iter_ == 5


# --- Names of parts -------------------------------------------------------------------


def everything():
    """A classifier whose parts have parts."""
    return classifier(
        [("forest", RandomForestClassifier(3)), ("bayes", GaussianNB())],
        Pipeline([("scale", StandardScaler()), ("net", quick())]),
        objective=SoftTargets(2.0) + 0.1 * LogitMatching(),
    )


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        (classifier(RandomForestClassifier()), "teacher__n_estimators", 3),
        (classifier(FrozenEstimator(GaussianNB())), "teacher", GaussianNB()),
        (classifier(), "student__lr", 0.5),
        (classifier(), "student__optimizer__weight_decay", 0.1),
        (classifier(objective=SoftTargets()), "objective__temperature", 3.0),
        (everything(), "objective__logit_matching__weight", 7.0),
        (everything(), "objective__soft_targets__temperature", 7.0),
        (everything(), "student__net__hidden", (9,)),
        (everything(), "student__scale__with_mean", False),
        (regressor(), "teacher__alpha", 3.0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_part_is_set_by_name(model, name, value):
    model = clone(model).set_params(**{name: value})

    assert model.get_params()[name] is value


def test_members_of_an_ensemble_object_are_set_by_name():
    from sklkd import TeacherEnsemble

    model = classifier(TeacherEnsemble([("forest", RandomForestClassifier())]))

    model.set_params(teacher__forest__n_estimators=3, teacher__combine="geometric")

    assert model.teacher.teachers[0][1].n_estimators == 3
    assert model.teacher.combine == "geometric"


def test_a_search_reaches_every_part():
    X, y = blobs()
    model = classifier(
        RandomForestClassifier(2, random_state=0),
        quick(**TINY),
        objective=SoftTargets(2.0) + 0.1 * LogitMatching(),
    )
    grid = {
        "teacher__n_estimators": [1, 2],
        "student__lr": [1e-3],
        "student__hidden": [(2,), ()],
        "objective__soft_targets__temperature": [1.0, 4.0],
        "objective__logit_matching__weight": [0.5],
    }

    found = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, y)

    best, params = found.best_estimator_, found.best_params_
    assert len(found.cv_results_["params"]) == 8
    assert best.teacher.n_estimators == params["teacher__n_estimators"]
    assert best.objective.terms()["logit_matching"].weight == 0.5


def test_a_search_does_not_change_the_objective_of_another_candidate():
    X, y = blobs()
    objective = SoftTargets(2.0)
    model = classifier(student=quick(**TINY), objective=objective)

    grid = {"objective__temperature": [1.0, 8.0]}
    GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, y)

    assert objective.temperature == 2.0


def test_clone_keeps_every_parameter():
    model = everything().set_params(cv=3, soft_weight=0.25, class_weight="balanced")

    copy = clone(model)

    assert joblib.hash(copy.get_params()) == joblib.hash(model.get_params())
    assert copy.objective is not model.objective
    assert copy.student is not model.student


def test_clone_keeps_a_module_and_a_function():
    module, function = nn.Linear(4, 3), blobs

    copy = clone(classifier(function, module))

    assert copy.teacher is not None
    # clone deep-copies what is no estimator, and a copy of a function is itself.
    assert copy.teacher is function
    assert copy.student.weight.tolist() == module.weight.tolist()


# --- In other estimators --------------------------------------------------------------

AROUND = {
    "bagging": lambda model: BaggingClassifier(model, 2, random_state=0),
    "voting": lambda model: VotingClassifier([("a", model)], voting="soft"),
    "stacking": lambda model: StackingClassifier([("a", model)], GaussianNB(), cv=2),
    "one against the rest": OneVsRestClassifier,
    "pipeline": lambda model: make_pipeline(StandardScaler(), model),
    "frozen": FrozenEstimator,
    "distilled again": classifier,
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_other_estimators_take_it(around):
    X, y = blobs()
    model = classifier(student=quick(hidden=(8,), max_epochs=30, lr=0.05)).fit(X, y)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = around(model).fit(X, y).predict(X)

    assert said.shape == (60,)
    assert set(said) <= {0, 1, 2}


def test_cross_val_predict_is_the_folds_by_hand():
    X, y = blobs()
    expected = np.empty((60, 3))
    for train, test in KFold(3).split(X):
        expected[test] = classifier().fit(X[train], y[train]).predict_proba(X[test])

    said = cross_val_predict(classifier(), X, y, cv=KFold(3), method="predict_proba")

    assert np.array_equal(said, expected)


def test_two_processes_score_what_one_does():
    X, y = slopes()
    model = regressor(Ridge(), StudentNet(hidden=(4,), max_epochs=5))

    scores = cross_val_score(model, X, y, cv=3, n_jobs=2)

    assert scores.tolist() == cross_val_score(model, X, y, cv=3).tolist()
