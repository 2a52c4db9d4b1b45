"""Any estimator as a student: it minimises the soft loss, in whatever form it takes."""

import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    NearestCentroid,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from training.classroom import CLASSES, blobs

from sklkd.exceptions import UnweightedStudentWarning
from sklkd.training._estimator_student import fit_classifier, fit_regressor

LABELS = {
    "words": np.array(["ash", "birch", "cedar"]),
    "objects": np.array(["ash", "birch", "cedar"], dtype=object),
    "gaps": np.array([-3, 5, 40]),
    "floats": np.array([-1.0, 2.0, 7.0]),
    "two bools": np.array([False, True]),
    "two words": np.array(["no", "yes"]),
}
HAVING_WEIGHTS = {
    "logistic": LogisticRegression(),
    "tree": DecisionTreeClassifier(max_depth=3),
    "forest": RandomForestClassifier(5),
    "boosting": HistGradientBoostingClassifier(max_iter=5),
    "naive Bayes": GaussianNB(),
    "SVC": SVC(),
    "Pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
}


def soft(n=60, k=3, seed=0, *, sharpness=2.0):
    """Rows (n, 3), and shares (n, k) that a linear teacher gives them."""
    rng = np.random.default_rng([seed, n, k])
    X = rng.normal(size=(n, 3))
    return X, softmax(sharpness * X @ rng.normal(size=(3, k)), axis=1)


def fit(estimator, X, targets, weight=None, *, classes=None, seed=0):
    weight = np.ones(len(targets)) if weight is None else weight
    classes = CLASSES[: targets.shape[1]] if classes is None else classes
    return fit_classifier(
        "Test", estimator, X, targets, weight, classes=classes, seed=seed
    )


def proba(student, X):
    return softmax(student.outputs(X).numpy(), axis=1)


def refused(sentence):
    return pytest.raises(ValueError, match=f"^{re.escape(sentence)}$")


# --- The laws of weighted rows --------------------------------------------------------


def penalised_loss(parameters, X, targets, weight, C):
    """LogisticRegression's objective, with soft targets: a number, and its gradient."""
    k = targets.shape[1]
    coef, intercept = parameters[:-k].reshape(k, -1), parameters[-k:]
    log_p = log_softmax(X @ coef.T + intercept, axis=1)
    loss = -C * (weight * (targets * log_p).sum(1)).sum() + np.square(coef).sum() / 2
    error = C * weight[:, None] * (np.exp(log_p) - targets)
    return loss, np.r_[(error.T @ X + coef).ravel(), error.sum(0)]


@settings(max_examples=10)
@given(seed=st.integers(0, 99), C=st.sampled_from([0.1, 1.0, 10.0]))
def test_logistic_regression_minimises_the_soft_cross_entropy(seed, C):
    X, targets = soft(seed=seed)
    weight = np.random.default_rng(seed).uniform(0.2, 3, size=60)
    problem = (X, targets, weight, C)
    best = minimize(
        penalised_loss, np.zeros(12), problem, jac=True, options={"gtol": 1e-8}
    )

    student = fit(LogisticRegression(C=C, tol=1e-10, max_iter=1000), X, targets, weight)

    found = student.estimator
    parameters = np.r_[found.coef_.ravel(), found.intercept_]
    _, gradient = penalised_loss(parameters, *problem)
    assert np.abs(gradient).max() < 1e-5 * C * weight.sum()
    logits = X @ best.x[:-3].reshape(3, -1).T + best.x[-3:]
    np.testing.assert_allclose(proba(student, X), softmax(logits, axis=1), atol=1e-5)


@given(
    seed=st.integers(0, 99),
    depth=st.sampled_from([1, 2, 4, None]),
    criterion=st.sampled_from(["gini", "entropy"]),
)
def test_a_leaf_predicts_the_weighted_mean_of_its_targets(seed, depth, criterion):
    X, targets = soft(seed=seed)
    X = np.round(X)
    weight = np.random.default_rng(seed).uniform(0.2, 3, size=60)
    tree = DecisionTreeClassifier(max_depth=depth, criterion=criterion)

    student = fit(tree, X, targets, weight)

    leaf = student.estimator.apply(X)
    for number in np.unique(leaf):
        there = leaf == number
        mean = np.average(targets[there], axis=0, weights=weight[there])
        said = proba(student, X[there])
        np.testing.assert_allclose(said, np.tile(mean, (len(said), 1)), rtol=1e-12)


def gini(targets, weight):
    """Weight times Gini impurity of a node, by the mean of its targets."""
    mean = np.average(targets, axis=0, weights=weight)
    return weight.sum() * (1 - np.square(mean).sum())


def test_a_stump_splits_where_the_impurity_of_soft_targets_is_least():
    X, targets = soft(20, sharpness=1.0)
    weight = np.random.default_rng(1).uniform(0.2, 3, size=20)
    order = np.argsort(X[:, 0])
    cuts = [
        gini(targets[order[:i]], weight[order[:i]])
        + gini(targets[order[i:]], weight[order[i:]])
        for i in range(1, 20)
    ]
    best = np.argmin(cuts)
    expected = X[order[best : best + 2], 0].mean()

    stump = fit(DecisionTreeClassifier(max_depth=1), X[:, :1], targets, weight)

    assert stump.estimator.tree_.threshold[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    "estimator", [DummyClassifier(), DecisionTreeClassifier(min_samples_leaf=1000)]
)
def test_what_sees_no_column_says_the_weighted_mean_target(estimator):
    X, targets = soft()
    weight = np.random.default_rng(0).uniform(0.2, 3, size=60)
    mean = np.average(targets, axis=0, weights=weight)

    student = fit(estimator, X, targets, weight)

    np.testing.assert_allclose(proba(student, X[:2]), [mean, mean], rtol=1e-12)


@pytest.mark.parametrize("name", HAVING_WEIGHTS)
def test_labels_give_the_fit_that_they_would_have_given_without_us(name):
    X, y = blobs(60, gap=0.7)
    weight = np.random.default_rng(0).uniform(0.2, 3, size=60)
    estimator = HAVING_WEIGHTS[name]
    plain = clone(estimator)
    seeds = {p: 7 for p in plain.get_params() if p.endswith("random_state")}
    plain.set_params(**seeds)
    prefix = "logisticregression__" if name == "Pipeline" else ""
    plain.fit(X, CLASSES[y], **{f"{prefix}sample_weight": weight})

    student = fit(estimator, X, np.eye(3)[y], weight, seed=7)

    assert student.strategy == "weighted_rows"
    for method in ("predict", "predict_proba", "decision_function"):
        if hasattr(plain, method):
            ours = getattr(student.estimator, method)(X)
            np.testing.assert_array_equal(ours, getattr(plain, method)(X))


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(tol=1e-10, max_iter=1000),
        DecisionTreeClassifier(max_depth=3, random_state=0),
        GaussianNB(),
    ],
    ids=repr,
)
def test_a_weight_of_two_is_a_repeated_row(estimator):
    X, targets = soft()
    counts = np.random.default_rng(0).integers(1, 4, size=60)
    repeated = np.repeat(np.arange(60), counts)
    expected = fit(estimator, X[repeated], targets[repeated])

    student = fit(estimator, X, targets, counts.astype(float))

    np.testing.assert_allclose(proba(student, X), proba(expected, X), atol=1e-7)


@pytest.mark.parametrize("name", [n for n in HAVING_WEIGHTS if n != "forest"])
def test_permuted_classes_are_permuted_columns(name):
    X, targets = soft()
    order = np.array([2, 0, 1])
    expected = fit(HAVING_WEIGHTS[name], X, targets).outputs(X)[:, order]

    student = fit(HAVING_WEIGHTS[name], X, targets[:, order], classes=CLASSES[order])

    np.testing.assert_allclose(student.outputs(X), expected, atol=1e-6)


def test_a_class_weight_means_the_users_labels():
    """A weight of a class multiplies its column of shares."""
    X, targets = soft()
    weighted = LogisticRegression(class_weight={"birch": 5.0}, tol=1e-10, max_iter=999)
    shares = targets * [1, 5, 1]
    expected = fit(
        LogisticRegression(tol=1e-10, max_iter=999),
        X,
        shares / shares.sum(1, keepdims=True),
        shares.sum(1),
    )

    student = fit(weighted, X, targets)

    np.testing.assert_allclose(proba(student, X), proba(expected, X), atol=1e-6)


@pytest.mark.parametrize(
    "estimator",
    [DecisionTreeClassifier(max_depth=2), LogisticRegression(), SVC(tol=1e-10)],
    ids=lambda e: type(e).__name__,
)
def test_balanced_classes_have_equal_shares_not_equal_copies(estimator):
    """Every class has as many copies as there are rows: to count them says nothing."""
    X, targets = soft()
    targets = softmax(np.log(targets) - np.array([0, 2, 4]), axis=1)
    weights = len(X) / (3 * targets.sum(0))
    by_hand = dict(zip(CLASSES.tolist(), weights.tolist(), strict=True))
    explicit = clone(estimator).set_params(class_weight=by_hand)
    expected = fit(explicit, X, targets).outputs(X)

    student = fit(clone(estimator).set_params(class_weight="balanced"), X, targets)

    np.testing.assert_allclose(student.outputs(X), expected, atol=1e-5)
    assert not np.allclose(fit(estimator, X, targets).outputs(X), expected, atol=0.1)


# --- Labels of every kind -------------------------------------------------------------


@pytest.mark.parametrize("classes", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("name", HAVING_WEIGHTS)
def test_the_student_is_fitted_on_the_users_labels(name, classes):
    X, targets = soft(k=len(classes))

    student = fit(HAVING_WEIGHTS[name], X, targets, classes=classes)

    assert student.estimator.classes_.tolist() == classes.tolist()
    assert set(student.estimator.predict(X).tolist()) <= set(classes.tolist())
    best = classes[student.outputs(X).argmax(1).numpy()]
    assert np.mean(best == student.estimator.predict(X)) > 0.9
    assert np.mean(best == classes[targets.argmax(1)]) > 0.7


class NumbersOnly(ClassifierMixin, BaseEstimator):
    """Wants labels 0..k-1, as XGBoost does, and says the share of each."""

    def __init__(self, class_weight=None):
        self.class_weight = class_weight

    def fit(self, X, y, sample_weight):
        if sorted(set(y.tolist())) != list(range(len(set(y.tolist())))):
            raise ValueError("numbers from 0 without gaps, please")
        self.classes_ = np.unique(y)
        share = np.bincount(y, sample_weight)
        self.share_ = share / share.sum()
        return self

    def predict_proba(self, X):
        return np.tile(self.share_, (len(X), 1))


@pytest.mark.parametrize("classes", LABELS.values(), ids=LABELS)
def test_one_that_refuses_labels_gets_numbers(classes):
    X, targets = soft(k=len(classes))

    student = fit(NumbersOnly(), X, targets, classes=classes)

    np.testing.assert_allclose(proba(student, X[:1])[0], targets.mean(0))
    assert student.estimator.classes_.tolist() == list(range(len(classes)))


@pytest.mark.parametrize("missing", [0, 1, 2])
@pytest.mark.parametrize(
    "estimator",
    [NumbersOnly(), DummyClassifier(), GaussianNB(), LinearDiscriminantAnalysis()],
    ids=lambda e: type(e).__name__,
)
def test_a_class_without_any_share_has_no_probability(estimator, missing):
    X, y = blobs(30, gap=0.5)
    there = np.delete(np.arange(3), missing)
    targets = np.eye(3)[there[y % 2]]

    student = fit(estimator, X, targets)

    said = proba(student, X)
    assert said[:, missing].max() < 1e-300
    np.testing.assert_allclose(said.sum(1), 1)
    assert (said[:, there].max(0) > 0.3).all()


def test_numbers_do_not_hide_what_is_wrong_with_a_parameter():
    """The keys 0 and 1 are not these labels, though they would be the numbers."""
    X, targets = soft(k=2)
    keys = LogisticRegression(class_weight={0: 1.0, 1: 2.0})

    with pytest.raises(ValueError, match="not in class_weight"):
        fit(keys, X, targets)


def test_targets_of_a_single_class_are_refused():
    X, targets = soft()
    targets[:] = [0, 1, 0]

    with refused(
        "Test: the student GaussianNB needs targets of at least 2 classes, got 1: "
        "'birch'."
    ):
        fit(GaussianNB(), X, targets)


# --- Learners without weights ---------------------------------------------------------


class Without(ClassifierMixin, BaseEstimator):
    """Takes no weights, and says the share of each class."""

    def fit(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.share_ = counts / counts.sum()
        return self

    def predict_proba(self, X):
        return np.tile(self.share_, (len(X), 1))


def test_one_without_weights_is_told_to_a_tenth():
    targets = np.array([[0.32, 0.68], [0.5, 0.5]])
    sentence = (
        "Test: the student Without takes no sample_weight; each row is repeated about "
        "10 times instead, with labels in proportion, so that soft targets and weights "
        "are rounded to tenths."
    )

    with pytest.warns(UnweightedStudentWarning, match=f"^{re.escape(sentence)}$"):
        student = fit(Without(), np.zeros((2, 1)), targets)

    assert student.strategy == "repeated_rows"
    np.testing.assert_allclose(proba(student, np.zeros((1, 1))), [[0.4, 0.6]])


def test_nobody_is_warned_where_nothing_is_rounded():
    targets = np.array([[0.25, 0.75], [0.5, 0.5]])

    student = fit(Without(), np.zeros((2, 1)), targets, np.array([2.0, 4.0]))

    expected = (targets[0] + 2 * targets[1]) / 3
    np.testing.assert_allclose(proba(student, np.zeros((1, 1)))[0], expected)


@pytest.mark.parametrize(
    "estimator", [LinearDiscriminantAnalysis(), KNeighborsClassifier(), Without()]
)
def test_labels_are_no_matter_of_copies(estimator):
    X, y = blobs(60, gap=0.7)
    plain = clone(estimator).fit(X, CLASSES[y])

    student = fit(estimator, X, np.eye(3)[y])

    np.testing.assert_allclose(
        proba(student, X), plain.predict_proba(X), rtol=1e-9, atol=1e-12
    )


def test_neighbours_are_counted_in_rows_not_copies():
    """Five neighbours say the mean of five soft targets."""
    X, _ = soft()
    tenths = np.random.default_rng(0).multinomial(10, [0.2, 0.3, 0.5], size=60) / 10
    expected = KNeighborsRegressor(5).fit(X, tenths).predict(X)

    student = fit(KNeighborsClassifier(5), X, tenths)

    np.testing.assert_allclose(proba(student, X), expected, atol=1e-12)


# --- Regressors of classes ------------------------------------------------------------


def centred(targets):
    logits = np.log(targets)
    return logits - logits.mean(1, keepdims=True)


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize(
    "estimator",
    [LinearRegression(), MultiOutputRegressor(LinearRegression())],
    ids=["together", "apart"],
)
def test_a_regressor_learns_centred_logits(estimator, k):
    X, targets = soft(k=k, sharpness=0.5)
    weight = np.random.default_rng(0).uniform(0.2, 3, size=60)
    targets = softmax(np.log(targets) + 0.3 * X[:, :1] ** 2 * np.arange(k), axis=1)
    assert targets.min() > 1e-4  # the floor
    plain = LinearRegression().fit(X, centred(targets), weight)

    student = fit(estimator, X, targets, weight)

    assert student.strategy == "regression"
    np.testing.assert_allclose(student.outputs(X), plain.predict(X), atol=1e-9)


@pytest.mark.parametrize("k", [2, 3])
def test_a_regressor_of_one_column_is_fitted_once_a_column(k):
    X, targets = soft(k=k)
    student = fit(HistGradientBoostingRegressor(max_iter=100), X, targets)

    assert isinstance(student.estimator, MultiOutputRegressor) == (k > 2)
    agreement = proba(student, X).argmax(1) == targets.argmax(1)
    assert agreement.mean() > 0.8


def test_a_gap_of_two_classes_is_one_column():
    X, targets = soft(k=2)

    student = fit(DecisionTreeRegressor(), X, targets)

    assert student.estimator.n_outputs_ == 1
    np.testing.assert_allclose(proba(student, X), targets, rtol=1e-9)


# --- Pipelines and containers ---------------------------------------------------------


def test_transformers_see_each_row_once():
    """A row with one label would otherwise count less than one with shares of three."""
    X, targets = soft()
    targets[:20] = [1, 0, 0]

    student = fit(make_pipeline(StandardScaler(), LogisticRegression()), X, targets)

    np.testing.assert_allclose(student.estimator[0].mean_, X.mean(0))
    assert student.estimator[0].n_samples_seen_ == 60


def test_transformers_that_ask_for_labels_see_the_most_probable_one():
    X, targets = soft()
    words = np.where(X[:, :1] > 0, "up", "down").astype(object)
    likely = CLASSES[targets.argmax(1)]
    encoder = TargetEncoder()
    expected = clone(encoder).fit(words, likely)

    student = fit(make_pipeline(encoder, GaussianNB()), words, targets)

    np.testing.assert_array_equal(student.estimator[0].encodings_, expected.encodings_)


def test_pipelines_in_pipelines_are_pipelines():
    X, targets = soft()
    inner = make_pipeline(StandardScaler(), LogisticRegression())
    nested = make_pipeline(StandardScaler(), inner)
    expected = fit(inner, (X - X.mean(0)) / X.std(0), targets)

    student = fit(nested, X, targets)

    np.testing.assert_allclose(
        student.outputs(X), expected.outputs((X - X.mean(0)) / X.std(0)), atol=1e-9
    )
    np.testing.assert_allclose(
        student.estimator.predict_proba(X), proba(student, X), atol=1e-12
    )


@pytest.mark.parametrize("last", [LogisticRegression(), Ridge()], ids=repr)
def test_a_pipeline_of_one_step_is_that_step(last):
    X, targets = soft()

    student = fit(make_pipeline(last), X, targets)

    np.testing.assert_allclose(
        student.outputs(X), fit(last, X, targets).outputs(X), atol=1e-12
    )


CONTAINERS = {
    "pandas": lambda X: pd.DataFrame(X, columns=list("abc"), index=[7] * len(X)),
    "polars": lambda X: pl.DataFrame(X, schema=list("abc")),
    "csr_array": sparse.csr_array,
    "csr_matrix": sparse.csr_matrix,
    "Fortran": np.asfortranarray,
    "big-endian": lambda X: X.astype(">f8"),
    "strided": lambda X: np.repeat(X, 2, axis=0)[::2],
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        DecisionTreeClassifier(max_depth=3, random_state=0),
        make_pipeline(StandardScaler(with_mean=False), LogisticRegression()),
        Ridge(),
        Without(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_containers_are_no_matter(estimator, container):
    X, targets = soft()
    targets = np.round(targets, 1)
    targets[:, 0] += 1 - targets.sum(1)
    targets = np.clip(targets, 0, 1)
    expected = fit(estimator, X, targets).outputs(X)
    held = container(X)

    said = fit(estimator, held, targets).outputs
    if isinstance(estimator, Without) and sparse.issparse(held):
        held = X  # which counts rows by len

    np.testing.assert_allclose(said(held), expected, atol=1e-5)


def test_what_was_passed_is_not_changed():
    X, targets = soft()
    estimator = make_pipeline(StandardScaler(), DecisionTreeClassifier())
    given = [X, targets, np.ones(60), CLASSES.copy()]
    before = [array.copy() for array in given]

    fit_classifier("Test", estimator, *given[:3], classes=given[3], seed=0)

    for array, copy in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    assert not hasattr(estimator[0], "mean_")
    assert estimator[1].random_state is None


def test_the_seed_is_all_that_is_random():
    X, targets = soft()
    forest = RandomForestClassifier(3)

    one, same, other = (fit(forest, X, targets, seed=s).outputs(X) for s in (1, 1, 2))

    assert (one == same).all()
    assert (one != other).any()


# --- Boosted trees of other packages, where they are installed ------------------------

GROUP = np.repeat([[0.0], [1.0], [2.0]], 20, axis=0)
PACKAGES = ["lightgbm", "xgboost", "catboost"]


def booster(package, kind, n_trees=200, **options):
    """A classifier or regressor that comes to the optimum on three groups of rows."""
    library = pytest.importorskip(package)
    settings = {
        "lightgbm": {
            "min_child_samples": 0,
            "min_child_weight": 1e-3,
            "min_data_in_bin": 1,
            "verbose": -1,
            "n_jobs": 1,
        },
        "xgboost": {"reg_lambda": 0, "min_child_weight": 0, "n_jobs": 1},
        "catboost": {
            "l2_leaf_reg": 0,
            "bootstrap_type": "No",
            "random_strength": 0,
            "leaf_estimation_method": "Gradient",
            "leaf_estimation_iterations": 1,
            "verbose": 0,
            "allow_writing_files": False,
            "thread_count": 1,
        },
    }[package]
    prefix = {"lightgbm": "LGBM", "xgboost": "XGB", "catboost": "CatBoost"}[package]
    settings |= {"n_estimators": n_trees, "learning_rate": 0.3} | options
    return getattr(library, prefix + kind)(**settings)


def native(package):
    """The package's learner of soft binary targets."""
    return {
        "lightgbm": ("Regressor", {"objective": "cross_entropy"}),
        "xgboost": ("Regressor", {"objective": "reg:logistic"}),
        "catboost": ("Classifier", {"loss_function": "CrossEntropy"}),
    }[package]


def groups(k, seed=0):
    """Shares and weights of 60 rows, and the weighted mean of each group's: (60, k)."""
    rng = np.random.default_rng(seed)
    targets, weight = rng.dirichlet(np.ones(k), 60), rng.uniform(0.5, 2, 60)
    means = [
        np.average(targets[rows], axis=0, weights=weight[rows])
        for rows in np.split(np.arange(60), 3)
    ]
    return targets, weight, np.repeat(means, 20, axis=0)


@pytest.mark.parametrize("form", ["native", "weighted_rows"])
@pytest.mark.parametrize("package", PACKAGES)
def test_boosted_trees_come_to_the_mean_of_soft_binary_targets(package, form):
    targets, weight, means = groups(2)
    kind, options = native(package) if form == "native" else ("Classifier", {})

    student = fit(booster(package, kind, **options), GROUP, targets, weight)

    assert student.strategy == form
    np.testing.assert_allclose(proba(student, GROUP), means, atol=2e-4)


@pytest.mark.parametrize("package", ["lightgbm", "xgboost"])
def test_shares_and_weighted_rows_grow_the_same_trees(package):
    X, targets = soft(600, k=2)
    weight = np.random.default_rng(0).uniform(0.5, 2, 600)
    kind, options = native(package)
    options = {"n_trees": 20, "max_depth": 2} | options
    rows = booster(package, "Classifier", n_trees=20, max_depth=2)
    expected = fit(rows, X, targets, weight).outputs(X)

    student = fit(booster(package, kind, **options), X, targets, weight)

    np.testing.assert_allclose(
        softmax(student.outputs(X), axis=1), softmax(expected, axis=1), atol=1e-4
    )


@pytest.mark.parametrize("classes", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("package", PACKAGES)
def test_boosted_trees_learn_soft_targets_under_any_labels(package, classes):
    targets, weight, means = groups(len(classes))
    estimator = booster(package, "Classifier")

    student = fit(estimator, GROUP, targets, weight, classes=classes)

    np.testing.assert_allclose(proba(student, GROUP), means, atol=1e-3)


@pytest.mark.parametrize("missing", [0, 1, 2])
@pytest.mark.parametrize("package", PACKAGES)
def test_boosted_trees_do_not_mistake_one_class_for_another(package, missing):
    """XGBoost wants numbers without gaps."""
    targets, weight, means = groups(2)
    there = np.delete(np.arange(3), missing)
    wide, expected = np.zeros((2, 60, 3))
    wide[:, there], expected[:, there] = targets, means

    student = fit(booster(package, "Classifier"), GROUP, wide, weight)

    np.testing.assert_allclose(proba(student, GROUP), expected, atol=1e-3)


@pytest.mark.parametrize(
    ("package", "parameter"),
    [
        ("lightgbm", "objective='cross_entropy'"),
        ("xgboost", "objective='reg:logistic'"),
        ("catboost", "loss_function='CrossEntropy'"),
    ],
)
def test_learners_of_two_classes_refuse_three(package, parameter):
    X, targets = soft()
    kind, options = native(package)
    estimator = booster(package, kind, **options)

    with refused(
        f"Test: the student {type(estimator).__name__} with {parameter} learns 2 "
        f"classes only, got 3. Pass a classifier of {package} with its default "
        f"{parameter.split('=')[0]}."
    ):
        fit(estimator, X, targets)


@pytest.mark.parametrize("package", PACKAGES)
def test_boosted_regressors_learn_gaps_and_columns(package):
    X, targets = soft()
    two = targets[:, :2] / targets[:, :2].sum(1, keepdims=True)

    for shares in (two, targets):
        student = fit(booster(package, "Regressor"), X, shares)

        assert student.strategy == "regression"
        np.testing.assert_allclose(proba(student, X), shares, atol=0.1)


@pytest.mark.parametrize("package", PACKAGES)
def test_boosted_trees_in_a_pipeline_give_margins(package):
    targets, weight, means = groups(2)
    kind, options = native(package)
    pipeline = make_pipeline(StandardScaler(), booster(package, kind, **options))

    student = fit(pipeline, GROUP, targets, weight)

    np.testing.assert_allclose(proba(student, GROUP), means, atol=2e-4)


@pytest.mark.parametrize("kind", ["Classifier", "Regressor"])
@pytest.mark.parametrize("package", PACKAGES)
def test_boosted_trees_leave_arrays_as_they_are(package, kind):
    """CatBoost locks what it was given, and XGBoost misreads another byte order."""
    X, targets = soft()
    ours, foreign = np.asfortranarray(X), X.astype(">f8")
    student = fit(booster(package, kind, n_trees=5), ours, targets)
    expected = student.outputs(ours)

    said = fit(booster(package, kind, n_trees=5), foreign, targets).outputs(foreign)

    assert ours.flags.writeable
    assert (said == expected).all()


@pytest.mark.parametrize("container", ["pandas", "csr_array", "csr_matrix"])
@pytest.mark.parametrize("package", PACKAGES)
def test_boosted_trees_take_tables(package, container):
    X, targets = soft()
    expected = fit(booster(package, "Classifier", n_trees=5), X, targets).outputs(X)
    held = CONTAINERS[container](X)

    student = fit(booster(package, "Classifier", n_trees=5), held, targets)

    np.testing.assert_allclose(student.outputs(held), expected, atol=1e-5)


# --- Errors ---------------------------------------------------------------------------


def test_what_fails_is_told_with_the_students_name():
    X, targets = soft()

    with refused(
        "Test: the student LogisticRegression cannot be fitted to X of shape (180, 3) "
        "(InvalidParameterError: The 'C' parameter of LogisticRegression must be a "
        "float in the range (0.0, inf]. Got -1 instead.)."
    ) as caught:
        fit(LogisticRegression(C=-1), X, targets)

    assert caught.value.__cause__ is not None


def test_a_wrong_type_stays_one():
    X, targets = soft()
    X = X.astype(object)
    X[0, 0] = {}

    with pytest.raises(TypeError, match="Test: the student LogisticRegression cannot "):
        fit(LogisticRegression(), X, targets)


def test_a_transformer_that_fails_is_told_too():
    X, targets = soft()
    X[0, 0] = np.inf

    with pytest.raises(ValueError, match=r"^Test: the student Pipeline cannot be fit"):
        fit(make_pipeline(StandardScaler(), GaussianNB()), X, targets)


@pytest.mark.parametrize(
    "estimator",
    [SVC(kernel="precomputed"), KNeighborsClassifier(metric="precomputed")],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.filterwarnings("ignore:.*takes no sample_weight:UserWarning")
def test_distances_between_rows_cannot_be_copied(estimator):
    X, targets = soft()

    with refused(
        f"Test: the student {type(estimator).__name__} takes distances or "
        "similarities between rows, and soft targets need copies of rows. Pass one "
        "that takes columns, or labels alone, by soft_weight=0."
    ):
        fit(estimator, X @ X.T, targets)


# --- Regressors -----------------------------------------------------------------------


@given(seed=st.integers(0, 999), share=st.floats(0, 1))
def test_the_blend_has_the_squared_errors_of_both_but_for_a_constant(seed, share):
    target, teacher, f, g = np.random.default_rng(seed).normal(scale=10, size=(4, 9))
    blend = (1 - share) * target + share * teacher

    def loss(values):
        label, soft = (values - target) ** 2, (values - teacher) ** 2
        return (1 - share) * label + share * soft

    np.testing.assert_allclose(
        loss(f) - loss(g), (blend - f) ** 2 - (blend - g) ** 2, atol=1e-9
    )
    constant = share * (1 - share) * (target - teacher) ** 2
    np.testing.assert_allclose(loss(f), (blend - f) ** 2 + constant, atol=1e-9)


@given(seed=st.integers(0, 99), share=st.sampled_from([0.0, 0.3, 1.0]))
def test_least_squares_minimises_the_distillation_loss(seed, share):
    """By its normal equations, over targets and teacher stacked."""
    rng = np.random.default_rng(seed)
    X, target, teacher = (rng.normal(size=(20, c)) for c in (3, 2, 2))
    weight = rng.uniform(0.1, 3, size=20)
    root = np.sqrt(np.r_[(1 - share) * weight, share * weight])[:, None]
    A = np.c_[X, np.ones(20)]
    expected, *_ = np.linalg.lstsq(
        root * np.r_[A, A], root * np.r_[target, teacher], rcond=None
    )

    blend = (1 - share) * target + share * teacher
    student = fit_regressor("Test", LinearRegression(), X, blend, weight, seed=0)

    np.testing.assert_allclose(student.outputs(X), A @ expected, atol=1e-9)
    assert student.strategy == "regression"


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize(
    "estimator",
    [
        Ridge(),
        DecisionTreeRegressor(max_depth=3, random_state=0),
        HistGradientBoostingRegressor(max_iter=5),
        make_pipeline(StandardScaler(), Ridge()),
    ],
    ids=lambda e: type(e).__name__,
)
def test_values_have_their_columns(estimator, columns):
    X, _ = soft()
    values = X @ np.arange(3.0 * columns).reshape(3, columns)

    student = fit_regressor("Test", estimator, X, values, np.ones(60), seed=0)

    assert student.outputs(X).shape == (60, columns)
    error = student.outputs(X).numpy() - values
    assert (error.var(axis=0) < 0.9 * values.var(axis=0)).all()
    assert student.estimator.predict(X).shape == ((60,) if columns == 1 else (60, 3))


def test_classifiers_that_predict_distances_or_margins_are_students():
    X, targets = soft()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnweightedStudentWarning)
        students = [fit(e, X, targets) for e in (LinearSVC(), NearestCentroid())]

    for student in students:
        agreement = student.outputs(X).argmax(1).numpy() == targets.argmax(1)
        assert agreement.mean() > 0.6
