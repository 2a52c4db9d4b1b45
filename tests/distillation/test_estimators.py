"""Students of scikit-learn, end to end: what they learn, say, cost and refuse."""

import pickle

import numpy as np
import pytest
from distillation.doubles import FIXED, agreement, blobs, classifier, outputs, slopes
from scipy.special import expit
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sklkd import (
    DistilledClassifier,
    DistilledRegressor,
    LogitMatching,
    SoftTargets,
    SquaredError,
)
from sklkd.exceptions import UnweightedStudentWarning
from sklkd.transfer_sets import Jitter


def regressor(student, teacher=None, **params):
    return DistilledRegressor(
        Ridge() if teacher is None else teacher, student, **{**FIXED, "cv": 2} | params
    )


CLASSIFIERS = {
    "LogisticRegression": (LogisticRegression(), "weighted_rows"),
    "DecisionTree": (DecisionTreeClassifier(max_depth=5), "weighted_rows"),
    "HistGradientBoosting": (
        HistGradientBoostingClassifier(max_iter=20, min_samples_leaf=5),
        "weighted_rows",
    ),
    "RandomForest": (RandomForestClassifier(10), "weighted_rows"),
    "KNeighbors": (KNeighborsClassifier(3), "repeated_rows"),
    "Ridge": (make_pipeline(PolynomialFeatures(), Ridge()), "regression"),
    "tree of values": (DecisionTreeRegressor(max_depth=6), "regression"),
    "Pipeline": (
        make_pipeline(StandardScaler(), PCA(3), LogisticRegression()),
        "weighted_rows",
    ),
    "Pipeline in a Pipeline": (
        make_pipeline(StandardScaler(), make_pipeline(PCA(3), Ridge())),
        "regression",
    ),
}
classifiers = pytest.mark.parametrize(
    ("student", "strategy"), CLASSIFIERS.values(), ids=CLASSIFIERS
)
quietly = pytest.mark.filterwarnings(
    "ignore::sklkd.exceptions.UnweightedStudentWarning"
)

REGRESSORS = {
    "Ridge": Ridge(),
    "DecisionTree": DecisionTreeRegressor(max_depth=6),
    "HistGradientBoosting": HistGradientBoostingRegressor(min_samples_leaf=5),
    "RandomForest": RandomForestRegressor(10),
    "KNeighbors": KNeighborsRegressor(3),
    "Pipeline": make_pipeline(StandardScaler(), Ridge()),
}
regressors = pytest.mark.parametrize("student", REGRESSORS.values(), ids=REGRESSORS)


# --- What they learn ------------------------------------------------------------------


@quietly
@classifiers
def test_a_model_learns_from_its_teacher_and_not_the_labels(student, strategy):
    X, y = blobs(150)
    teacher = GaussianNB().fit(X, y)
    noise = np.random.default_rng(0).permutation(y)

    model = classifier(FrozenEstimator(teacher), student, soft_weight=1.0)
    model.fit(X, noise)

    assert agreement(model.predict(X), teacher.predict(X)) > 0.8
    assert model.student_.strategy == strategy
    assert type(model.student_.estimator) is type(student)
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-9)
    assert np.array_equal(model.classes_[proba.argmax(axis=1)], model.predict(X))
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), proba, atol=1e-12)


@quietly
@classifiers
@pytest.mark.parametrize("n_classes", [2, 3])
def test_names_of_classes_are_the_users(student, strategy, n_classes):
    X, y = blobs(150, n_classes)
    names = np.array(["spam", "eggs", "ham"])[y]

    model = classifier(student=student).fit(X, names)

    assert model.classes_.tolist() == sorted(set(names.tolist()))
    assert model.score(X, names) > 0.7
    shape = (150,) if n_classes == 2 else (150, 3)
    assert model.decision_function(X).shape == shape


@quietly
@pytest.mark.parametrize(
    "student", [s for s, how in CLASSIFIERS.values() if how != "regression"]
)
def test_labels_alone_are_the_model_itself(student):
    """With soft_weight=0 it is fitted on the labels, as it would be by itself.

    A forest that is given weights, though equal ones, draws other rows than without.
    """
    X, y = blobs(150)
    weight = {}
    if isinstance(student, RandomForestClassifier):
        weight = {"sample_weight": np.ones(150)}
    own = clone(student)
    seeds = [name for name in own.get_params() if name.endswith("random_state")]

    model = classifier(student=student, soft_weight=0).fit(X, y)

    fitted = model.student_.estimator
    own.set_params(**{name: fitted.get_params()[name] for name in seeds})
    own.fit(X, y, **weight)
    np.testing.assert_allclose(model.predict_proba(X), own.predict_proba(X), atol=1e-9)


def test_a_logistic_regression_minimises_the_loss_that_is_promised():
    """Its gradient, that of the mixture's cross-entropy, is 0: nothing penalises."""
    X, y = blobs(150, n_classes=2)
    X = StandardScaler().fit_transform(X)
    teacher = GaussianNB().fit(X, y)
    student = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)

    model = classifier(FrozenEstimator(teacher), student, soft_weight=0.3).fit(X, y)

    said = teacher.predict_proba(X).clip(1e-4, 1)
    mixture = 0.7 * y + 0.3 * (said / said.sum(axis=1, keepdims=True))[:, 1]
    residual = expit(model.decision_function(X)) - mixture
    assert np.abs(residual @ np.column_stack([X, np.ones(150)])).max() < 1e-4


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_a_tree_says_the_mean_of_its_leaf_at_the_objectives_temperature(temperature):
    X, y = blobs(150, n_classes=2)
    teacher = GaussianNB().fit(X, y)
    objective = SoftTargets(temperature=temperature)
    student = DecisionTreeClassifier(max_depth=2)

    model = classifier(
        FrozenEstimator(teacher), student, soft_weight=1.0, objective=objective
    ).fit(X, y)

    logits = np.log(teacher.predict_proba(X).clip(1e-4, 1))
    soft = expit((logits[:, 1] - logits[:, 0]) / temperature)
    leaf = model.student_.estimator.apply(X)
    expected = [soft[leaf == own].mean() for own in leaf]
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], expected, rtol=1e-6)


@regressors
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_values_come_in_units_of_y(student, scale):
    X, y = slopes(150)

    model = regressor(student).fit(X, scale * y)

    assert model.score(X, scale * y) > 0.8
    assert model.predict(X).shape == (150,)
    assert model.student_.strategy == "regression"


@regressors
def test_several_targets_are_learnt_together(student):
    X, y = slopes(150, n_targets=3)

    model = regressor(student).fit(X, y * [1.0, 10.0, 0.1])

    assert model.predict(X).shape == (150, 3)
    assert model.score(X, y * [1.0, 10.0, 0.1]) > 0.7


def test_a_linear_student_learns_the_mixture_exactly():
    X, y = slopes()
    values = np.random.default_rng(0).permutation(y)
    weight = np.linspace(0.5, 2, 60)

    model = regressor(LinearRegression(), "precomputed", soft_weight=0.3)
    model.fit(X, y, weight, teacher_prediction=values)

    own = LinearRegression().fit(X, 0.7 * y + 0.3 * values, weight)
    np.testing.assert_allclose(model.predict(X), own.predict(X), rtol=1e-9)


def test_weights_reach_the_model_as_they_are():
    """So that what is relative to their sum, as alpha is, means what it means alone."""
    X, y = slopes()
    weight = np.linspace(1, 20, 60)

    model = regressor(Ridge(alpha=50.0), "precomputed", soft_weight=0.5)
    model.fit(X, y, weight, teacher_prediction=y)

    own = Ridge(alpha=50.0).fit(X, y, weight)
    np.testing.assert_allclose(model.predict(X), own.predict(X), rtol=1e-7)


@quietly
@classifiers
def test_weights_class_weights_and_further_rows_go_along(student, strategy):
    X, y = blobs(150)
    some = np.where(np.arange(150) % 5, y, -1)
    weight = np.where(np.arange(150) % 7, 1.0, 0.0)

    model = classifier(
        student=student,
        unlabeled=-1,
        class_weight="balanced",
        transfer_set=Jitter(size_factor=0.5),
    )
    model.fit(X, some, weight, X_unlabeled=X[:20] + 0.1)

    assert model.score(X, y) > 0.7


# --- What they leave and carry --------------------------------------------------------


@quietly
@classifiers
def test_a_copy_and_a_shipped_student_say_the_same(student, strategy):
    X, y = blobs()
    before = pickle.dumps(student)
    model = classifier(student=student).fit(X, y)

    again = pickle.loads(pickle.dumps(model))
    shipped = model.without_teacher()

    assert np.array_equal(outputs(again, X), outputs(model, X))
    assert np.array_equal(outputs(shipped, X), outputs(model, X))
    assert shipped.teacher == "precomputed"
    assert pickle.dumps(student) == before
    assert model.history_ == []
    assert not hasattr(model, "net_")
    assert not hasattr(model, "n_iter_")


@quietly
@classifiers
def test_one_seed_makes_one_model(student, strategy):
    X, y = blobs()
    found = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002 - the global generator is the subject
        found.append(classifier(student=student).fit(X, y))

    assert np.array_equal(outputs(found[0], X), outputs(found[1], X))


@quietly
@classifiers
def test_a_warm_start_fits_a_model_anew(student, strategy):
    X, y = blobs()
    model = classifier(student=student, warm_start=True).fit(X, y)
    first = outputs(model, X)

    model.fit(X, y)

    assert np.array_equal(outputs(model, X), first)


def test_a_warm_start_may_go_on_with_a_model_after_a_network():
    X, y = blobs()
    model = classifier(warm_start=True).fit(X, y)

    model.set_params(student=LogisticRegression()).fit(X, y)

    assert model.student_.strategy == "weighted_rows"
    assert not hasattr(model, "net_")


def test_a_warm_start_cannot_go_on_with_a_network_after_a_model():
    X, y = blobs()
    model = classifier(student=LogisticRegression(), warm_start=True).fit(X, y)
    before = outputs(model, X)

    with pytest.raises(ValueError, match="warm_start") as caught:
        model.set_params(student=None).fit(X, y)

    assert str(caught.value) == (
        "DistilledClassifier: warm_start cannot go on with a network where there was a "
        "scikit-learn model. Pass warm_start=False."
    )
    assert np.array_equal(outputs(model, X), before)


def test_a_search_finds_the_models_own_parameters():
    X, y = blobs()
    grid = {"student__C": [0.1, 1.0], "soft_weight": [0.0, 0.5]}

    found = GridSearchCV(classifier(student=LogisticRegression()), grid, cv=2)

    assert found.fit(X, y).best_params_.keys() == grid.keys()


@quietly
@classifiers
def test_everything_automatic_works_with_models_too(student, strategy):
    X, y = blobs(240)

    model = DistilledClassifier(GaussianNB(), student, random_state=0).fit(X, y)

    assert len(model.policy_.trials) == 4
    assert model.score(X, y) > 0.7


@regressors
def test_everything_automatic_works_with_models_of_values_too(student):
    X, y = slopes(240)

    model = DistilledRegressor(Ridge(), student, random_state=0).fit(X, y)

    losses = [trial["loss"] for trial in model.policy_.trials]
    assert len(losses) == 4
    assert max(losses) < 1  # in variances of y
    assert model.score(X, y) > 0.8


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_model_sees_frames_as_they_are(package):
    frames = pytest.importorskip(package)
    X, y = blobs()
    names = {"columns" if package == "pandas" else "schema": list("abcd")}
    frame = frames.DataFrame(X, **names)

    model = classifier(student=LogisticRegression()).fit(frame, y)

    assert model.student_.estimator.feature_names_in_.tolist() == list("abcd")
    expected = classifier(student=LogisticRegression()).fit(X, y)
    np.testing.assert_allclose(outputs(model, frame), outputs(expected, X), rtol=1e-6)


def test_a_model_that_takes_gaps_gets_them():
    X, y = blobs()
    X[::7, 1] = np.nan
    boosting = HistGradientBoostingClassifier(max_iter=10)

    model = classifier(boosting, boosting).fit(X, y)

    assert model.score(X, y) > 0.5
    assert model.__sklearn_tags__().input_tags.allow_nan
    tags = classifier(boosting, LogisticRegression()).__sklearn_tags__()
    assert not tags.input_tags.allow_nan


# --- What is refused ------------------------------------------------------------------


def test_a_model_without_weights_is_named_in_a_warning():
    X, y = blobs()

    with pytest.warns(UnweightedStudentWarning) as caught:
        classifier(student=KNeighborsClassifier()).fit(X, y)

    expected = (
        "DistilledClassifier: the student KNeighborsClassifier takes no sample_weight; "
        "each row is repeated about 10 times instead, with labels in proportion, so "
        "that soft targets and weights are rounded to tenths."
    )
    assert [str(warning.message) for warning in caught] == [expected]


def test_a_classifier_learns_no_values():
    X, y = slopes()

    with pytest.raises(ValueError, match="regressor") as caught:
        regressor(LogisticRegression()).fit(X, y)

    assert str(caught.value) == (
        "DistilledRegressor: student must be a regressor, got LogisticRegression, a "
        "classifier."
    )


@pytest.mark.parametrize(
    ("objective", "names"),
    [
        (LogitMatching(), "LogitMatching"),
        (SoftTargets() + LogitMatching(), "SoftTargets + LogitMatching"),
        (0.5 * LogitMatching(), "LogitMatching"),
    ],
    ids=str,
)
def test_a_model_has_a_loss_of_its_own(objective, names):
    X, y = blobs()

    with pytest.raises(ValueError, match="objective") as caught:
        classifier(student=LogisticRegression(), objective=objective).fit(X, y)

    assert str(caught.value) == (
        "DistilledClassifier: the student LogisticRegression has a loss of its own and "
        "is fitted to a mixture of labels and targets; the objective must be "
        f"SoftTargets, got {names}. Pass objective=None, or a network."
    )


def test_the_weight_of_an_objective_is_a_share():
    """Weights 1 - s and w s: the mixture of 1/3 and 2/3 for s = 1/2 and w = 2."""
    X, y = slopes()
    values = np.random.default_rng(0).permutation(y)

    twice = regressor(LinearRegression(), "precomputed", objective=2.0 * SquaredError())
    twice.fit(X, y, teacher_prediction=values)

    own = LinearRegression().fit(X, y / 3 + values * 2 / 3)
    np.testing.assert_allclose(twice.predict(X), own.predict(X), rtol=1e-9)


def test_a_model_that_cannot_be_fitted_says_so_and_leaves_nothing():
    X, y = blobs()
    model = classifier(student=LogisticRegression(C=-1))

    with pytest.raises(ValueError, match="cannot be fitted") as caught:
        model.fit(X, y)

    assert str(caught.value).startswith(
        "DistilledClassifier: the student LogisticRegression cannot be fitted to X of "
        "shape (180, 4) (InvalidParameterError: "
    )
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_a_model_of_four_columns_refuses_three():
    X, y = blobs()
    model = classifier(student=LogisticRegression()).fit(X, y)

    with pytest.raises(ValueError, match="expecting 4 features"):
        model.predict(X[:, :3])


def test_with_metadata_routing_a_model_says_whether_it_takes_weights():
    X, y = blobs()

    with config_context(enable_metadata_routing=True):
        student = LogisticRegression().set_fit_request(sample_weight=True)
        model = classifier(student=make_pipeline(StandardScaler(), student)).fit(X, y)

    assert model.student_.strategy == "weighted_rows"
