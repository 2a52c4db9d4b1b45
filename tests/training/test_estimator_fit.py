"""What fitting needs to know of any estimator: its weights, parts, columns, errors."""

import re

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeClassifier
from training.classroom import CLASSES, blobs

from sklkd.exceptions import UnweightedStudentWarning
from sklkd.training._estimator_fit import (
    fit_labels,
    fit_transformers,
    fit_values,
    takes_weight,
    with_end,
)
from sklkd.training._soft_labels import LabelledRows, weighted_rows

X, Y = blobs(60, gap=0.7)
WEIGHT = np.random.default_rng(0).uniform(0.2, 3, size=60)
VALUES = X @ np.array([[1.0, 0.0], [2.0, -1.0], [0.0, 3.0]]) + X[:, :1] ** 2


def by_logistic(*others):
    return VotingClassifier([("a", LogisticRegression()), *others])


TAKES = {
    "logistic": (LogisticRegression(), True),
    "k-NN": (KNeighborsClassifier(), False),
    "bagging": (BaggingClassifier(), True),
    "calibration": (CalibratedClassifierCV(), True),
    "voting": (by_logistic(("b", GaussianNB())), True),
    "voting, one dropped": (by_logistic(("b", "drop")), True),
    "voting, one without": (by_logistic(("b", KNeighborsClassifier())), False),
    "voting, a Pipeline": (by_logistic(("b", make_pipeline(GaussianNB()))), False),
    "stacking": (StackingRegressor([("a", Ridge())]), True),
    "stacking, last without": (
        StackingRegressor([("a", Ridge())], KNeighborsRegressor()),
        False,
    ),
    "logarithms": (TransformedTargetRegressor(Ridge()), True),
    "logarithms of least squares": (TransformedTargetRegressor(), True),
    "logarithms without": (TransformedTargetRegressor(KNeighborsRegressor()), False),
    "search": (GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}), True),
    "search without": (GridSearchCV(KNeighborsClassifier(), {"p": [1]}), False),
}


@pytest.mark.parametrize(("estimator", "takes"), TAKES.values(), ids=TAKES)
def test_who_takes_weights(estimator, takes):
    assert takes_weight(estimator) == takes


@pytest.mark.parametrize("name", [name for name, (_, takes) in TAKES.items() if takes])
def test_who_takes_weights_is_fitted_with_them(name):
    """Rows of a weight of almost nothing are as good as not there."""
    estimator = TAKES[name][0]
    weight = np.where(Y == 2, 1e-9, 1.0)
    y = VALUES[:, 0] if sklearn.base.is_regressor(estimator) else Y

    fitted = sklearn.clone(estimator).fit(X, y, sample_weight=weight)

    assert hasattr(fitted, "n_features_in_") or hasattr(fitted, "estimators_")


@pytest.mark.parametrize("requested", [True, False, None])
def test_with_routing_it_is_the_parts_that_ask_for_weights(requested):
    with sklearn.config_context(enable_metadata_routing=True):
        part = LogisticRegression().set_fit_request(sample_weight=requested)
        voting = VotingClassifier([("a", part)])

        assert takes_weight(voting) == bool(requested)
        assert takes_weight(part)


# --- Pipelines ------------------------------------------------------------------------


def test_transformers_are_fitted_and_the_last_step_is_not():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())

    given = fit_transformers("Test", pipeline, X, Y, WEIGHT)

    np.testing.assert_allclose(given, (X - X.mean(0)) / X.std(0))
    np.testing.assert_allclose(pipeline[0].mean_, X.mean(0))
    assert not hasattr(pipeline[-1], "coef_")


def test_with_routing_transformers_that_ask_for_weights_get_them():
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        pipeline = make_pipeline(scaler, LogisticRegression())

        fit_transformers("Test", pipeline, X, Y, WEIGHT)

    np.testing.assert_allclose(pipeline[0].mean_, np.average(X, axis=0, weights=WEIGHT))


def test_a_cached_transformer_is_the_fitted_one(tmp_path):
    """The cache gives back another object than the one that was to be fitted."""
    steps = [("scale", StandardScaler()), ("last", GaussianNB())]
    for _ in range(2):
        pipeline = sklearn.clone(Pipeline(steps, memory=str(tmp_path)))

        fit_transformers("Test", pipeline, X, Y, WEIGHT)

        np.testing.assert_allclose(pipeline[0].mean_, X.mean(0))


def test_the_innermost_end_is_exchanged():
    pipeline = make_pipeline(StandardScaler(), make_pipeline(Ridge()))
    end = GaussianNB()

    changed = with_end(pipeline, end)

    assert changed is pipeline
    assert pipeline[-1][-1] is end
    assert with_end(Ridge(), end) is end


# --- Values ---------------------------------------------------------------------------


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize(
    "estimator",
    [
        SVR(tol=1e-9),
        MultiOutputRegressor(LinearRegression()),
        VotingRegressor([("a", LinearRegression())]),
        TransformedTargetRegressor(LinearRegression()),
    ],
    ids=lambda e: type(e).__name__,
)
def test_each_column_is_learnt_with_the_weights(estimator, routing):
    with sklearn.config_context(enable_metadata_routing=routing):
        if routing:
            for part in (*getattr(estimator, "estimators", []), ("", estimator)):
                inner = getattr(part[1], "regressor", getattr(part[1], "estimator", 0))
                for one in (part[1], inner):
                    if hasattr(one, "set_fit_request"):
                        one.set_fit_request(sample_weight=True)
        plain = SVR(tol=1e-9) if isinstance(estimator, SVR) else LinearRegression()
        expected = [plain.fit(X, v, WEIGHT).predict(X) for v in VALUES.T]

        fitted = fit_values("Test", sklearn.clone(estimator), X, VALUES, WEIGHT)

        np.testing.assert_allclose(fitted.predict(X), np.transpose(expected), atol=1e-6)


def test_one_without_weights_warns_where_they_differ():
    sentence = (
        "Test: the student KNeighborsRegressor takes no sample_weight; it is fitted "
        "without, on the rows whose weight is not zero."
    )

    with pytest.warns(UnweightedStudentWarning, match=f"^{re.escape(sentence)}$"):
        fit_values("Test", KNeighborsRegressor(), X, VALUES, WEIGHT)


def test_one_without_weights_does_not_see_rows_of_weight_zero():
    kept = np.arange(60) % 3 > 0
    expected = KNeighborsRegressor().fit(X[kept], VALUES[kept]).predict(X)

    fitted = fit_values("Test", KNeighborsRegressor(), X, VALUES, 2.0 * kept)

    np.testing.assert_array_equal(fitted.predict(X), expected)


# --- Labels ---------------------------------------------------------------------------


def labels_fitted(estimator, targets, weight=WEIGHT, classes=CLASSES, inputs=X):
    rows = weighted_rows(targets, weight)
    balanced = np.ones(len(classes))
    return fit_labels(
        "Test", estimator, inputs, rows, classes=classes, balanced=balanced
    )


@given(seed=st.integers(0, 99))
def test_labelled_rows_are_rows_by_their_number(seed):
    rng = np.random.default_rng(seed)
    index = rng.integers(60, size=90)
    rows = LabelledRows(index, Y[index], rng.uniform(size=90))
    expected = GaussianNB().fit(X[index], Y[index], rows.weight)

    fitted, columns, _ = fit_labels(
        "Test", GaussianNB(), X, rows, classes=CLASSES, balanced=np.ones(3)
    )

    np.testing.assert_allclose(fitted.theta_, expected.theta_)
    assert columns.tolist() == sorted(set(Y[index].tolist()))


def test_the_estimator_itself_stays_unfitted():
    estimator = GaussianNB()

    labels_fitted(estimator, np.eye(3)[Y])

    assert not hasattr(estimator, "classes_")


class Joining(GaussianNB):
    """Puts two tables side by side, which pandas does by the labels of rows."""

    def fit(self, X, y, sample_weight=None):
        others = pd.DataFrame(-X.to_numpy(), columns=["d", "e", "f"])
        return super().fit(pd.concat([X, others], axis=1), y, sample_weight)


def test_copies_of_a_frames_rows_can_be_joined():
    frame = pd.DataFrame(X, np.arange(60) + 5, ["a", "b", "c"])
    targets = np.full((60, 3), 1 / 3)

    fitted, *_ = labels_fitted(Joining(), targets, inputs=frame)

    assert fitted.n_features_in_ == 6
    assert frame.index[0] == 5


class Forgetful(GaussianNB):
    """Knows the last of its classes by another name."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.classes_ = np.append(self.classes_[:-1], 999)
        return self


def test_one_that_knows_other_classes_than_it_was_given_is_refused():
    sentence = (
        "Test: the student Forgetful was fitted on the classes ['ash', 'birch', "
        "'cedar'], but knows ['ash', 'birch', '999']."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        labels_fitted(Forgetful(), np.eye(3)[Y])


class Anonymous(GaussianNB):
    """Does not say which classes it knows."""

    def predict_proba(self, X):
        self.classes_ = np.arange(3)
        return super().predict_proba(X)

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        del self.classes_
        return self


def test_one_that_does_not_say_its_classes_knows_them_sorted():
    _, columns, known = labels_fitted(Anonymous(), np.eye(3)[Y])

    assert columns.tolist() == [0, 1, 2]
    assert known.tolist() == CLASSES.tolist()


@pytest.mark.parametrize(
    ("whole", "names"), [(AdaBoostClassifier, CLASSES), (BaggingClassifier, range(3))]
)
def test_nested_parts_are_balanced_too_in_the_words_that_they_meet(whole, names):
    """Bagging hands its parts numbers, boosting the labels."""
    tree = DecisionTreeClassifier(class_weight="balanced", max_depth=1)
    weights = [1.0, 2.0, 3.0]

    fitted, *_ = fit_labels(
        "Test",
        whole(tree, n_estimators=2),
        X,
        weighted_rows(np.eye(3)[Y], np.ones(60)),
        classes=CLASSES,
        balanced=np.array(weights),
    )

    assert fitted.estimator.class_weight == dict(zip(names, weights, strict=True))
    assert tree.class_weight == "balanced"
