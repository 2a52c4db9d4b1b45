"""Teachers of every kind, from what the user passes to what the student learns."""

import numpy as np
import pytest
import torch
from distillation.doubles import (
    Small,
    Softmaxed,
    agreement,
    blobs,
    classifier,
    outputs,
    quick,
    regressor,
    slopes,
)
from joblib import parallel_config
from scipy.special import softmax
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, Ridge, RidgeClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from skorch import NeuralNet, NeuralNetClassifier, NeuralNetRegressor
from torch import nn

from sklkd import DistilledClassifier, TeacherEnsemble

FLOOR = 1e-4


def told(X, y, proba, **params):
    """What a student learns that is told these probabilities."""
    model = classifier("precomputed", soft_weight=1.0, **params)
    return outputs(model.fit(X, y, teacher_proba=proba), X)


def asked(X, y, teacher, **params):
    """What a student learns that asks this teacher, once about all rows but for cv."""
    targets = "out_of_fold" if "cv" in params else "in_sample"
    model = classifier(teacher, soft_weight=1.0, targets=targets, **params)
    return outputs(model.fit(X, y), X)


def skorch_net(module, kind=NeuralNetClassifier, n_outputs=3, **params):
    return kind(
        module,
        module__n_features=4,
        module__n_outputs=n_outputs,
        max_epochs=3,
        verbose=0,
        train_split=None,
        **params,
    )


# --- Estimators -----------------------------------------------------------------------

ESTIMATORS = [
    GaussianNB(),
    KNeighborsClassifier(3),
    RandomForestClassifier(5, random_state=0),
    make_pipeline(StandardScaler(), GaussianNB()),
    CalibratedClassifierCV(GaussianNB(), cv=2),
]
estimators = pytest.mark.parametrize(
    "teacher", ESTIMATORS, ids=lambda t: type(t).__name__
)


@estimators
def test_an_unfitted_estimator_is_fitted_and_its_probabilities_taken(teacher):
    X, y = blobs()
    proba = clone(teacher).fit(X, y).predict_proba(X)

    assert np.array_equal(asked(X, y, teacher), told(X, y, proba))


@estimators
def test_a_frozen_estimator_is_taken_as_it_is(teacher):
    X, y = blobs()
    elsewhere = clone(teacher).fit(*blobs(seed=0, n_rows=90))

    said = asked(X, y, FrozenEstimator(elsewhere), cv=5)

    assert np.array_equal(said, told(X, y, elsewhere.predict_proba(X)))


@estimators
def test_a_cross_fitted_student_agrees_with_its_teacher(teacher):
    X, y = blobs(150)
    student = quick(hidden=(16,), max_epochs=100, lr=0.03)

    model = classifier(teacher, student, soft_weight=1.0).fit(X, y)

    taught = clone(teacher).fit(X, y).predict(X)
    assert agreement(model.predict(X), taught) > 0.85


def test_two_classes_and_a_decision_function_are_a_sigmoid():
    X, y = blobs(n_classes=2)
    teacher = RidgeClassifier().fit(X, y)
    positive = 1 / (1 + np.exp(-teacher.decision_function(X)))

    said = asked(X, y, FrozenEstimator(teacher))

    expected = told(X, y, np.stack([1 - positive, positive], axis=1))
    np.testing.assert_allclose(said, expected, rtol=1e-9)


@pytest.mark.parametrize("teacher", [RidgeClassifier(), LinearSVC(random_state=0)])
def test_more_classes_and_a_decision_function_are_a_softmax(teacher):
    X, y = blobs()
    teacher = teacher.fit(X, y)
    proba = softmax(teacher.decision_function(X), axis=1)

    said = asked(X, y, FrozenEstimator(teacher), proba_floor=1e-300)

    np.testing.assert_allclose(said, told(X, y, proba, proba_floor=1e-300), rtol=1e-7)


def test_a_classifier_that_only_predicts_is_certain_up_to_the_floor():
    class Rule(BernoulliNB):
        predict_proba = property()
        predict_log_proba = property()

    X, y = blobs()
    teacher = Rule().fit(X > 0, y)
    certain = (teacher.predict(X)[:, np.newaxis] == np.arange(3)).astype(float)

    assert np.array_equal(asked(X, y, FrozenEstimator(teacher)), told(X, y, certain))


def test_a_nearest_centroid_can_teach():
    X, y = blobs()

    assert asked(X, y, NearestCentroid(), cv=2).shape == (60, 3)


@pytest.mark.parametrize(
    "teacher",
    [
        Ridge(),
        RandomForestRegressor(5, random_state=0),
        make_pipeline(StandardScaler(), LinearRegression()),
    ],
    ids=lambda teacher: type(teacher).__name__,
)
@pytest.mark.parametrize("n_targets", [1, 2])
def test_a_regressor_is_fitted_and_its_values_taken(teacher, n_targets):
    X, y = slopes(n_targets=n_targets)
    values = clone(teacher).fit(X, y).predict(X)

    model = regressor(teacher, targets="in_sample").fit(X, y)

    expected = regressor("precomputed").fit(X, y, teacher_prediction=values)
    assert np.array_equal(model.predict(X), expected.predict(X))


def test_a_regressor_may_not_teach_classes():
    """Its values are hardly ever a label, and would all be read as "no class"."""
    X, y = blobs()

    with pytest.raises((TypeError, ValueError), match="Ridge"):
        classifier(Ridge()).fit(X, y)


# --- Several --------------------------------------------------------------------------

PAIR = [("bayes", GaussianNB()), ("neighbours", KNeighborsClassifier(5))]


def of_pair(X, y):
    return np.stack([clone(t).fit(X, y).predict_proba(X) for _, t in PAIR])


@pytest.mark.parametrize("kind", [list, tuple, TeacherEnsemble])
def test_a_list_of_teachers_is_the_mean_of_their_probabilities(kind):
    X, y = blobs()
    mean = of_pair(X, y).clip(FLOOR, 1)
    mean = (mean / mean.sum(axis=2, keepdims=True)).mean(axis=0)

    said = asked(X, y, kind(PAIR))

    np.testing.assert_allclose(said, told(X, y, mean), rtol=1e-6, atol=1e-8)


def test_a_geometric_ensemble_is_the_mean_of_their_logarithms():
    X, y = blobs()
    teacher = TeacherEnsemble(PAIR, combine="geometric")
    mean = softmax(np.log(of_pair(X, y).clip(FLOOR, 1)).mean(axis=0), axis=1)

    said = asked(X, y, teacher, proba_floor=FLOOR)

    np.testing.assert_allclose(said, told(X, y, mean), rtol=1e-6, atol=1e-6)


def test_weights_of_members_are_as_given_and_sum_to_one():
    X, y = blobs()
    teacher = TeacherEnsemble(PAIR, weights=[3, 1])

    model = classifier(teacher).fit(X, y)

    assert model.teacher_weights_ == {"bayes": 0.75, "neighbours": 0.25}


def test_a_member_of_weight_one_is_the_only_teacher():
    X, y = blobs()

    said = asked(X, y, TeacherEnsemble(PAIR, weights=[1, 0]))

    np.testing.assert_allclose(said, asked(X, y, GaussianNB()), rtol=1e-6, atol=1e-6)


def half_blind(*columns):
    """A teacher that sees some of the columns."""
    some = ColumnTransformer([("some", "passthrough", list(columns))])
    return make_pipeline(some, GaussianNB())


@pytest.mark.parametrize("combine", ["arithmetic", "geometric"])
def test_out_of_fold_weights_have_the_least_log_loss(combine):
    X, y = blobs(120)
    pair = [("left", half_blind(0, 1)), ("right", half_blind(2, 3))]
    splits = list(StratifiedKFold(3).split(X, y))
    proba = np.stack([out_of_fold(t, X, y, splits) for _, t in pair])

    def loss(left):
        weights = [left, 1 - left]
        if combine == "arithmetic":
            return log_loss(y, np.tensordot(weights, proba, 1))
        return log_loss(y, softmax(np.tensordot(weights, np.log(proba), 1), axis=1))

    teacher = TeacherEnsemble(pair, combine=combine, weights="out_of_fold")
    model = classifier(teacher, cv=splits).fit(X, y)

    chosen = model.teacher_weights_["left"]
    assert 0.05 < chosen < 0.95
    assert loss(chosen) < min(map(loss, np.linspace(0, 1, 101))) + 1e-5


def test_out_of_fold_weights_of_regressors_go_to_the_member_that_knows():
    X, y = slopes(120)
    pair = [("knows", LinearRegression()), ("guesses", Ridge(alpha=1e9))]
    teacher = TeacherEnsemble(pair, weights="out_of_fold")

    model = regressor(teacher, cv=3).fit(X, y)

    assert model.teacher_weights_["knows"] > 0.95


def test_members_may_be_of_every_kind():
    X, y = blobs()
    proba = GaussianNB().fit(X, y).predict_proba(X)
    members = [
        ("fitted here", GaussianNB()),
        ("frozen", FrozenEstimator(KNeighborsClassifier().fit(X, y))),
        ("module", nn.Linear(4, 3)),
        ("callable", lambda X: np.full((len(X), 3), 1 / 3)),
        ("numbers", "precomputed"),
    ]

    model = classifier(members).fit(X, y, teacher_proba=proba)

    assert set(model.teacher_weights_) == {name for name, _ in members}


# --- Networks -------------------------------------------------------------------------


def test_a_module_puts_out_logits():
    X, y = blobs()
    module = Small(4, 3)
    with torch.no_grad():
        proba = module(torch.from_numpy(X).float()).double().softmax(1).numpy()

    said = asked(X, y, module)

    np.testing.assert_allclose(said, told(X, y, proba), rtol=1e-7)


def test_a_module_of_one_output_puts_out_the_logit_of_the_second_class():
    X, y = blobs(n_classes=2)
    module = nn.Linear(4, 1).double()
    with torch.no_grad():
        positive = module(torch.from_numpy(X)).sigmoid().numpy()
    proba = np.concatenate([1 - positive, positive], axis=1)

    said = asked(X, y, module, proba_floor=1e-12)

    np.testing.assert_allclose(said, told(X, y, proba, proba_floor=1e-12), rtol=1e-6)


@pytest.mark.parametrize("n_targets", [1, 2])
def test_a_module_puts_out_values_in_the_units_of_y(n_targets):
    X, y = slopes(n_targets=n_targets)
    linear = LinearRegression().fit(X, y)
    module = nn.Linear(4, n_targets).double()
    module.weight.data = torch.from_numpy(np.atleast_2d(linear.coef_))
    module.bias.data = torch.from_numpy(np.atleast_1d(linear.intercept_))

    model = regressor(module).fit(X, y)

    expected = regressor(FrozenEstimator(linear)).fit(X, y)
    np.testing.assert_allclose(model.predict(X), expected.predict(X), rtol=1e-9)


@pytest.mark.parametrize(
    ("module", "criterion"), [(Softmaxed, nn.NLLLoss), (Small, nn.CrossEntropyLoss)]
)
@pytest.mark.parametrize("frozen", [False, True])
def test_a_fitted_skorch_classifier_says_its_own_probabilities(
    module, criterion, frozen
):
    X, y = blobs()
    X32 = X.astype(np.float32)
    net = skorch_net(module, criterion=criterion).fit(X32, y)
    proba = net.predict_proba(X32)

    said = asked(X, y, FrozenEstimator(net) if frozen else net)

    np.testing.assert_allclose(said, told(X, y, proba), rtol=1e-5, atol=1e-6)


def test_a_fitted_skorch_net_of_no_kind_puts_out_logits():
    X, y = blobs()
    net = skorch_net(Small, NeuralNet, criterion=nn.CrossEntropyLoss)
    net.fit(X.astype(np.float32), y)
    logits = net.forward(X.astype(np.float32)).double()

    said = asked(X, y, net)

    expected = told(X, y, logits.softmax(1).numpy())
    np.testing.assert_allclose(said, expected, rtol=1e-5, atol=1e-6)


def test_a_fitted_skorch_regressor_says_its_own_values():
    X, y = slopes()
    X32, column = X.astype(np.float32), y[:, np.newaxis].astype(np.float32)
    net = skorch_net(Small, NeuralNetRegressor, n_outputs=1).fit(X32, column)

    model = regressor(net).fit(X, y)

    expected = regressor("precomputed").fit(
        X, y, teacher_prediction=net.predict(X32)[:, 0]
    )
    np.testing.assert_allclose(model.predict(X), expected.predict(X), rtol=1e-6)


def test_an_unfitted_skorch_net_is_fitted_like_any_estimator():
    X, y = blobs()
    net = skorch_net(Small, criterion=nn.CrossEntropyLoss)

    model = classifier(net).fit(X.astype(np.float32), y)

    assert not net.initialized_
    assert model.n_iter_ == 5


# --- Functions and numbers ------------------------------------------------------------


def test_a_callable_returns_probabilities():
    X, y = blobs()
    teacher = GaussianNB().fit(X, y)

    said = asked(X, y, teacher.predict_proba)

    assert np.array_equal(said, told(X, y, teacher.predict_proba(X)))


def test_a_callable_returns_values():
    X, y = slopes()
    teacher = Ridge().fit(X, y)

    model = regressor(teacher.predict).fit(X, y)

    expected = regressor(FrozenEstimator(teacher)).fit(X, y)
    assert np.array_equal(model.predict(X), expected.predict(X))


@pytest.mark.parametrize("like", [list, np.float32, np.asfortranarray])
def test_numbers_may_come_in_any_kind_of_array(like):
    X, y = blobs()
    proba = GaussianNB().fit(X, y).predict_proba(X)

    said = told(X, y, like(proba))

    np.testing.assert_allclose(said, told(X, y, proba), rtol=1e-5)


def test_probabilities_below_the_floor_are_raised_to_it():
    X, y = blobs()
    certain = np.eye(3)[y]

    said = told(X, y, certain, proba_floor=0.01)

    raised = np.where(certain == 1, 1.0, 0.01)
    raised /= raised.sum(axis=1, keepdims=True)
    expected = told(X, y, raised, proba_floor=1e-9)
    np.testing.assert_allclose(said, expected, rtol=1e-9)


# --- Labels and columns ---------------------------------------------------------------


def test_labels_not_in_their_order_of_appearance_are_matched_by_name():
    X, y = blobs()
    names = np.array(["spam", "eggs", "ham"])[y]
    teacher = GaussianNB().fit(X, names)
    student = quick(max_epochs=100, lr=0.03)

    model = classifier(FrozenEstimator(teacher), student, soft_weight=1.0)

    said = model.fit(X, names).predict(X)
    assert agreement(said, teacher.predict(X)) > 0.9


def test_a_teacher_whose_classes_are_in_another_order_is_understood():
    class Backwards(GaussianNB):
        """Lists its classes last to first."""

        def fit(self, X, y):
            super().fit(X, y)
            self.inner_ = GaussianNB().fit(X, y)
            self.classes_ = self.inner_.classes_[::-1]
            return self

        def predict_proba(self, X):
            return self.inner_.predict_proba(X)[:, ::-1]

    X, y = blobs()
    names = np.array(["spam", "eggs", "ham"])[y]

    said = asked(X, names, Backwards())

    assert np.array_equal(said, asked(X, names, GaussianNB()))


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_teacher_knows_columns_by_name(package):
    frames = pytest.importorskip(package)
    X, y = blobs()
    frame = frames.DataFrame(X, **{_names(package): list("abcd")})

    class ByName(GaussianNB):
        def fit(self, X, y):
            return super().fit(np.stack([X[c] for c in "ac"], axis=1), y)

        def predict_proba(self, X):
            return super().predict_proba(np.stack([X[c] for c in "ac"], axis=1))

    proba = GaussianNB().fit(X[:, [0, 2]], y).predict_proba(X[:, [0, 2]])
    assert np.array_equal(asked(frame, y, ByName()), told(frame, y, proba))


def _names(package):
    return "columns" if package == "pandas" else "schema"


# --- Folds ----------------------------------------------------------------------------


def out_of_fold(teacher, X, y, splits):
    """The mean of what each fold's teacher says of its test rows, floored first."""
    total, count = np.zeros((len(y), 3)), np.zeros((len(y), 1))
    for train, test in splits:
        proba = clone(teacher).fit(X[train], y[train]).predict_proba(X[test])
        proba = proba.clip(FLOOR, 1)
        total[test] += proba / proba.sum(axis=1, keepdims=True)
        count[test] += 1
    return total / count


SPLITTERS = {
    "int": (3, StratifiedKFold(3, shuffle=True, random_state=0)),
    "splitter": (KFold(4), KFold(4)),
    "overlapping": (
        ShuffleSplit(20, test_size=0.5, random_state=1),
        ShuffleSplit(20, test_size=0.5, random_state=1),
    ),
    "iterable": (list(KFold(3).split(np.zeros(60))), KFold(3)),
}


@pytest.mark.parametrize(("cv", "splitter"), SPLITTERS.values(), ids=SPLITTERS)
def test_folds_are_those_of_the_splitter(cv, splitter):
    X, y = blobs()
    teacher = KNeighborsClassifier(3)
    proba = out_of_fold(teacher, X, y, splitter.split(X, y))

    said = asked(X, y, teacher, cv=cv)

    np.testing.assert_allclose(said, told(X, y, proba), rtol=1e-6, atol=1e-6)


def test_rows_in_no_test_fold_learn_from_their_labels():
    """The first loss by hand: a half is asked about, with soft_weight=1."""
    X, y = blobs()
    train, test = np.arange(30), np.arange(30, 60)
    teacher = KNeighborsClassifier(3).fit(X[train], y[train])

    model = classifier(
        teacher,
        quick(max_epochs=1, lr=1e-12),
        soft_weight=1.0,
        cv=[(train, test)],
    ).fit(X, y)

    log_q = model.predict_log_proba(X)
    p = teacher.predict_proba(X).clip(FLOOR, 1)
    p /= p.sum(axis=1, keepdims=True)
    label, soft = -log_q[np.arange(60), y], (p * (np.log(p) - log_q)).sum(axis=1)
    expected = (label[train].sum() + soft[test].sum()) / 60
    assert model.history_[0]["train_loss"] == pytest.approx(expected, rel=1e-6)


def test_a_class_in_fewer_rows_than_folds_is_learnt_from_its_label():
    X, y = blobs()
    y = np.where(y == 2, 1, y)
    y[0] = 2
    student = quick(hidden=(32,), max_epochs=300, lr=0.03)

    model = classifier(GaussianNB(), student, cv=3, soft_weight=1.0).fit(X, y)

    assert model.classes_.tolist() == [0, 1, 2]
    assert model.predict(X[:1]) == [2]


def test_every_class_may_be_in_fewer_rows_than_folds():
    X, _ = blobs(12)
    y = np.repeat(np.arange(6), 2)

    model = classifier(KNeighborsClassifier(1), cv=4).fit(X, y)

    assert model.classes_.tolist() == list(range(6))


def test_a_fold_with_one_class_to_learn_from_is_passed_over():
    X, y = blobs(n_classes=2)
    one_class, rest = np.flatnonzero(y == 0), np.flatnonzero(y == 1)
    halves = np.arange(60) % 2 == 0
    splits = [
        (one_class, rest),
        (np.flatnonzero(halves), np.flatnonzero(~halves)),
    ]

    model = classifier(cv=splits).fit(X, y)

    only = classifier(cv=splits[1:]).fit(X, y)
    assert np.array_equal(outputs(model, X), outputs(only, X))


def test_folds_are_the_same_in_every_fit_whatever_the_seed():
    X, y = blobs()
    rows = []

    class Listening(KNeighborsClassifier):
        def fit(self, X, y):
            rows.append(X[:, 0].tolist())
            return super().fit(X, y)

    for seed in (0, 1):
        classifier(Listening(3), random_state=seed).fit(X, y)

    assert rows[:2] == rows[2:]


def test_splits_that_can_be_read_only_once_are_missed_on_a_refit():
    """Without a word, the refit would learn from labels alone."""
    X, y = blobs()
    splits = list(KFold(2).split(X))
    expected = outputs(classifier(cv=splits).fit(X, y), X)

    model = classifier(cv=iter(splits)).fit(X, y)

    with pytest.raises(ValueError, match=r"cv must be .*, got \[\]\.$"):
        model.fit(X, y)
    assert np.array_equal(outputs(model, X), expected)


@pytest.mark.parametrize("make", [classifier, regressor])
def test_folds_in_two_threads_are_those_in_one(make):
    X, y = blobs() if make is classifier else slopes()

    expected = outputs(make(cv=4).fit(X, y), X)

    with parallel_config("threading"):
        model = make(cv=4, n_jobs=2).fit(X, y)

    assert np.array_equal(outputs(model, X), expected)


def test_the_floor_is_a_probability_also_where_a_class_was_never_seen():
    """A teacher in a fold that lacks a class gives it the floor, no row of it asked."""
    X, y = blobs()
    train, test = np.flatnonzero(y != 2), np.arange(60)
    known = GaussianNB().fit(X[train], y[train]).predict_proba(X).clip(FLOOR, 1)
    proba = np.column_stack([known, np.full(60, FLOOR)])
    proba /= proba.sum(axis=1, keepdims=True)
    asked_about = y != 2

    model = classifier(
        GaussianNB(), quick(max_epochs=1, lr=1e-12), cv=[(train, test)], soft_weight=1
    ).fit(X, y)

    log_q = model.predict_log_proba(X)
    soft = (proba * (np.log(proba) - log_q)).sum(axis=1)
    expected = np.where(asked_about, soft, -log_q[np.arange(60), y]).mean()
    assert model.history_[0]["train_loss"] == pytest.approx(expected, rel=1e-6)


def test_the_default_is_five_folds():
    assert DistilledClassifier(GaussianNB()).cv == 5
