"""The arguments of one fit: weights, groups, unlabelled rows, and routed metadata."""

import datetime
import warnings

import numpy as np
import pytest
from distillation.doubles import (
    Unweighted,
    Weighted,
    blobs,
    classifier,
    outputs,
    quick,
    regressor,
    slopes,
)
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_array

from sklkd.estimators._request import (
    check_further_rows,
    check_weights,
    is_frame,
    readable,
)
from sklkd.exceptions import UnweightedTeacherWarning

KINDS = [(classifier, blobs), (regressor, slopes)]
both = pytest.mark.parametrize(("make", "rows"), KINDS, ids=["classifier", "regressor"])


class Tagged(ClassifierMixin, BaseEstimator):
    """A teacher that wants to be told more than the labels."""

    def fit(self, X, y, tags=None):
        self.tags_ = tags
        self.classes_, self.counts_ = np.unique(y, return_counts=True)
        return self

    def predict_proba(self, X):
        return np.tile(self.counts_ / self.counts_.sum(), (len(X), 1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@pytest.fixture
def routing():
    with config_context(enable_metadata_routing=True):
        yield


def integer_weights(n_rows, low):
    return np.random.default_rng(0).integers(low, 4, n_rows)


# --- Weights --------------------------------------------------------------------------


@both
def test_a_weight_of_three_is_a_row_that_comes_three_times(make, rows):
    X, y = rows(40)
    weight = integer_weights(len(y), low=1)

    weighted = make(targets="in_sample").fit(X, y, weight)
    repeated = make(targets="in_sample").fit(
        X.repeat(weight, axis=0), y.repeat(weight, axis=0)
    )

    np.testing.assert_allclose(outputs(weighted, X), outputs(repeated, X), rtol=1e-7)


@both
def test_a_weight_of_zero_is_a_row_that_is_not_there(make, rows):
    X, y = rows()
    weight = integer_weights(len(y), low=0)
    there = weight > 0

    weighted = make(targets="in_sample").fit(X, y, weight)
    without = make(targets="in_sample").fit(X[there], y[there], weight[there])

    np.testing.assert_allclose(outputs(weighted, X), outputs(without, X), rtol=1e-7)


@both
def test_weights_of_folds_are_repeated_rows_in_the_same_folds(make, rows):
    X, y = rows()
    weight = integer_weights(len(y), low=0)
    fold = np.arange(len(y)) % 2
    copies = fold.repeat(weight)

    def splits(fold):
        return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in (0, 1)]

    weighted = make(cv=splits(fold)).fit(X, y, weight)
    repeated = make(cv=splits(copies)).fit(X.repeat(weight, axis=0), y.repeat(weight))

    np.testing.assert_allclose(outputs(weighted, X), outputs(repeated, X), rtol=1e-7)


@both
def test_a_class_or_value_of_weight_zero_does_not_exist(make, rows):
    X, y = rows()
    gone = y == y[0]

    model = make().fit(X, y, np.where(gone, 0.0, 1.0))

    if make is classifier:
        assert model.classes_.tolist() == sorted(set(y[~gone].tolist()))
    fresh = make().fit(X[~gone], y[~gone])
    np.testing.assert_allclose(outputs(model, X), outputs(fresh, X), rtol=1e-7)


@both
def test_weights_of_one_are_no_weights(make, rows):
    X, y = rows()

    weighted = make().fit(X, y, np.ones(len(y)))

    expected = outputs(make().fit(X, y), X)
    np.testing.assert_allclose(outputs(weighted, X), expected, rtol=1e-7)


@both
def test_only_the_proportions_of_weights_matter_to_the_student(make, rows):
    X, y = rows()
    weight = integer_weights(len(y), low=0)
    model = make(soft_weight=0)

    light = outputs(model.fit(X, y, weight), X)
    heavy = outputs(model.fit(X, y, 1e6 * weight), X)

    np.testing.assert_allclose(heavy, light, rtol=1e-7)


@both
@pytest.mark.parametrize("soft_weight", [0.0, 1.0])
def test_weights_weigh_both_terms(make, rows, soft_weight):
    X, y = rows()
    weight = integer_weights(len(y), low=0)
    teacher = FrozenEstimator(
        (GaussianNB() if make is classifier else Ridge()).fit(X, y)
    )
    model = make(teacher, soft_weight=soft_weight)

    weighted = outputs(model.fit(X, y, weight), X)

    assert not np.allclose(weighted, outputs(model.fit(X, y), X), rtol=1e-3)


WEIGHTS_LIKE = {
    "list": list,
    "tuple": tuple,
    "float32": lambda w: w.astype(np.float32),
    "integers": lambda w: w.astype(int),
    "strided": lambda w: np.repeat(w, 2)[::2],
    "reversed": lambda w: w[::-1].copy()[::-1],
    "big-endian": lambda w: w.astype(">f8"),
}


@pytest.mark.parametrize("like", WEIGHTS_LIKE.values(), ids=WEIGHTS_LIKE)
def test_weights_of_any_kind_are_the_same_weights(like):
    X, y = blobs()
    weight = integer_weights(len(y), low=0).astype(float)

    model = classifier().fit(X, y, like(weight))

    expected = outputs(classifier().fit(X, y, weight), X)
    assert np.array_equal(outputs(model, X), expected)


def test_weights_in_a_series_are_taken_by_position():
    pandas = pytest.importorskip("pandas")
    X, y = blobs()
    weight = integer_weights(len(y), low=0)
    series = pandas.Series(weight, index=np.arange(len(y))[::-1])

    model = classifier().fit(X, y, series)

    assert np.array_equal(outputs(model, X), outputs(classifier().fit(X, y, weight), X))


@given(
    n_rows=st.integers(1, 6),
    weight=st.floats(0.1, 10) | st.integers(1, 10) | st.just(np.float32(2)),
)
def test_one_number_is_the_weight_of_every_row(n_rows, weight):
    checked = check_weights("Someone", weight, n_rows)

    assert checked.tolist() == [float(weight)] * n_rows


def test_weights_are_copied():
    weight = np.ones(3)

    assert not np.shares_memory(check_weights("Someone", weight, 3), weight)


def test_no_weights_stay_none():
    assert check_weights("Someone", None, 3) is None


@pytest.mark.parametrize(
    ("weight", "sentence"),
    [
        (
            [1.0, 2.0],
            (
                "Someone: sample_weight must have the shape (3,), a weight for each "
                "row, got (2,)."
            ),
        ),
        (
            [[1.0], [2.0], [3.0]],
            (
                "Someone: sample_weight must have the shape (3,), a weight for each "
                "row, got (3, 1)."
            ),
        ),
        ([1.0, -0.5, 1.0], "Someone: sample_weight must not be negative, got -0.5."),
        (
            [0.0, 0.0, 0.0],
            "Someone: sample_weight must have a weight that is not zero, got 3 zeros.",
        ),
        (0, "Someone: sample_weight must have a weight that is not zero, got 3 zeros."),
        ([1.0, np.nan, 1.0], "Input sample_weight contains NaN."),
        (
            [1.0, np.inf, 1.0],
            (
                "Input sample_weight contains infinity or a value too large for "
                "dtype('float64')."
            ),
        ),
    ],
)
def test_bad_weights_are_refused_with_one_sentence(weight, sentence):
    with pytest.raises(ValueError, match="sample_weight") as caught:
        check_weights("Someone", weight, 3)

    assert str(caught.value) == sentence


# --- Class weights --------------------------------------------------------------------


def frozen(X, y):
    return FrozenEstimator(GaussianNB().fit(X, y))


def test_class_weights_are_the_same_weights_of_rows():
    X, y = blobs()
    factor = {0: 2.0, 1: 1.0, 2: 5.0}

    by_class = classifier(frozen(X, y), class_weight=factor).fit(X, y)
    by_row = classifier(frozen(X, y)).fit(X, y, [factor[label] for label in y])

    np.testing.assert_allclose(outputs(by_class, X), outputs(by_row, X), rtol=1e-7)


def test_class_weights_multiply_the_weights_of_rows():
    X, y = blobs()
    factor, weight = {0: 2.0, 1: 1.0, 2: 5.0}, np.linspace(1, 2, len(y))
    product = weight * [factor[label] for label in y]

    by_both = classifier(frozen(X, y), class_weight=factor).fit(X, y, weight)
    by_row = classifier(frozen(X, y)).fit(X, y, product)

    np.testing.assert_allclose(outputs(by_both, X), outputs(by_row, X), rtol=1e-7)


def test_balanced_class_weights_are_those_of_scikit_learn():
    X, y = blobs()
    X, y = X[y < 2 + np.arange(60) % 2], y[y < 2 + np.arange(60) % 2]
    classes = np.unique(y)
    factor = compute_class_weight("balanced", classes=classes, y=y)

    balanced = classifier(class_weight="balanced").fit(X, y)
    explicit = classifier(class_weight=dict(zip(classes, factor, strict=True)))

    np.testing.assert_allclose(
        outputs(balanced, X), outputs(explicit.fit(X, y), X), rtol=1e-7
    )


def test_balanced_counts_a_row_of_weight_two_as_two_rows():
    X, y = blobs(40)
    weight = integer_weights(len(y), low=1)
    teacher = frozen(X, y)

    weighted = classifier(teacher, class_weight="balanced").fit(X, y, weight)
    repeated = classifier(teacher, class_weight="balanced").fit(
        X.repeat(weight, axis=0), y.repeat(weight)
    )

    np.testing.assert_allclose(outputs(weighted, X), outputs(repeated, X), rtol=1e-7)


def test_class_weights_do_not_reach_the_teacher():
    X, y = blobs()

    model = classifier(
        Weighted(), targets="in_sample", class_weight={0: 9, 1: 1, 2: 1}
    ).fit(X, y)

    assert model.teacher_.sample_weight_ is None


# --- Weights and teachers -------------------------------------------------------------


def test_weights_reach_the_teacher():
    X, y = blobs()
    weight = np.linspace(0.5, 2, len(y))

    model = classifier(Weighted(), targets="in_sample").fit(X, y, weight)

    assert model.teacher_.sample_weight_.tolist() == weight.tolist()


def test_each_fold_gets_the_weights_of_its_rows():
    X, y = blobs()
    weight = np.linspace(0.5, 2, len(y))
    train = np.arange(20, 60)
    share = np.array([weight[train][y[train] == k].sum() for k in range(3)])
    proba = np.tile(share / share.sum(), (60, 1))

    asked = classifier(Weighted(), cv=[(train, np.arange(60))]).fit(X, y, weight)
    told = classifier("precomputed").fit(X, y, weight, teacher_proba=proba)

    np.testing.assert_allclose(outputs(asked, X), outputs(told, X), rtol=1e-7)


def test_weights_reach_the_last_step_of_a_pipeline():
    X, y = blobs()
    weight = np.linspace(0.5, 2, len(y))
    inner = Pipeline([("scale", StandardScaler()), ("last", Weighted())])
    teacher = Pipeline([("outer", StandardScaler()), ("inner", inner)])

    model = classifier(teacher, targets="in_sample").fit(X, y, weight)

    assert model.teacher_[-1][-1].sample_weight_.tolist() == weight.tolist()


def test_weights_reach_every_member_of_an_ensemble():
    X, y = blobs()
    weight = np.linspace(0.5, 2, len(y))
    share = np.array([weight[y == k].sum() for k in range(3)])
    proba = np.tile(share / share.sum(), (60, 1))
    pair = [("a", Weighted()), ("b", make_pipeline(StandardScaler(), Weighted()))]

    asked = classifier(pair, targets="in_sample").fit(X, y, weight)
    told = classifier("precomputed").fit(X, y, weight, teacher_proba=proba)

    np.testing.assert_allclose(outputs(asked, X), outputs(told, X), rtol=1e-7)


@pytest.mark.parametrize(
    ("model", "rows", "sentence"),
    [
        (
            classifier(KNeighborsClassifier()),
            blobs,
            (
                "DistilledClassifier: the teacher KNeighborsClassifier takes no "
                "sample_weight; it is fitted without, on the rows whose weight is not "
                "zero."
            ),
        ),
        (
            regressor(make_pipeline(StandardScaler(), Unweighted())),
            slopes,
            (
                "DistilledRegressor: the teacher Pipeline takes no sample_weight; it "
                "is fitted without, on the rows whose weight is not zero."
            ),
        ),
    ],
    ids=["estimator", "pipeline"],
)
def test_a_teacher_that_takes_no_weights_is_named_in_a_warning(model, rows, sentence):
    X, y = rows()

    with pytest.warns(UnweightedTeacherWarning) as caught:
        model.fit(X, y, np.linspace(0.5, 2, len(y)))

    assert [str(warning.message) for warning in caught] == [sentence]


@pytest.mark.parametrize("one", [1.0, 3.0])
def test_a_teacher_that_takes_no_weights_may_have_equal_ones_and_zeros(one):
    X, y = blobs()
    weight = np.where(np.arange(len(y)) % 3, one, 0.0)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier(KNeighborsClassifier()).fit(X, y, weight)


def test_a_teacher_that_takes_no_weights_is_not_fitted_on_rows_of_weight_zero():
    X, y = slopes()
    weight = np.where(y > 0, 1.0, 0.0)

    model = regressor(Unweighted(), targets="in_sample").fit(X, y, weight)

    assert model.teacher_.mean_ == pytest.approx(y[y > 0].mean())


def test_a_teacher_that_came_fitted_needs_no_weights():
    X, y = blobs()
    teacher = FrozenEstimator(KNeighborsClassifier().fit(X, y))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier(teacher).fit(X, y, np.linspace(0.5, 2, len(y)))


# --- Unlabelled rows ------------------------------------------------------------------


def test_a_row_without_a_label_learns_from_the_teacher_alone():
    """With soft_weight=1 every row does, so that the labels need not be there."""
    X, y = blobs()
    some = np.where(np.arange(len(y)) % 2, y, -1)

    labelled = classifier(frozen(X, y), soft_weight=1.0).fit(X, y)
    partly = classifier(frozen(X, y), soft_weight=1.0, unlabeled=-1).fit(X, some)

    assert np.array_equal(outputs(labelled, X), outputs(partly, X))
    assert partly.classes_.tolist() == [0, 1, 2]


def test_a_row_without_a_target_learns_from_the_teacher_alone():
    """The first loss by hand: half of the rows have no target."""
    X, y = slopes()
    teacher = Ridge().fit(X, y)
    some = np.where(np.arange(len(y)) % 2, y, -1.0)
    model = regressor(
        FrozenEstimator(teacher), quick(max_epochs=1, lr=1e-12), unlabeled=-1.0
    ).fit(X, some)
    scale = y[1::2].std()
    label = ((model.predict(X) - y) / scale) ** 2
    soft = ((model.predict(X) - teacher.predict(X)) / scale) ** 2
    expected = np.where(np.arange(len(y)) % 2, (label + soft) / 2, soft).mean()

    assert model.history_[0]["train_loss"] == pytest.approx(expected, rel=1e-7)


@both
def test_rows_without_a_label_and_without_a_teacher_are_not_there(make, rows):
    X, y = rows()
    some = np.where(np.arange(len(y)) % 2, y, -1)

    partly = make(soft_weight=0, unlabeled=-1).fit(X, some)
    without = make(soft_weight=0).fit(X[1::2], y[1::2])

    np.testing.assert_allclose(outputs(partly, X), outputs(without, X), rtol=1e-7)


def test_the_teacher_is_fitted_on_labelled_rows_only():
    X, y = blobs()
    some = np.where(np.arange(len(y)) % 2, y, -1)
    labelled = np.flatnonzero(some != -1)

    model = classifier(Weighted(), targets="in_sample", unlabeled=-1).fit(X, some)

    assert model.classes_.tolist() == [0, 1, 2]
    counts = np.unique(y[labelled], return_counts=True)[1]
    assert model.teacher_.share_ == pytest.approx(counts / counts.sum())


def test_a_teacher_is_never_shown_a_row_without_a_label_whatever_the_splits():
    class Strict(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            assert -1 not in y
            return super().fit(X, y, sample_weight)

    X, y = blobs()
    some = np.where(np.arange(len(y)) % 2, y, -1)
    splits = [(np.arange(30), np.arange(30, 60)), (np.arange(30, 60), np.arange(30))]

    model = classifier(Strict(), cv=splits, unlabeled=-1).fit(X, some)

    assert model.classes_.tolist() == [0, 1, 2]


def test_labels_that_are_strings_may_be_missing_too():
    X, y = blobs()
    names = np.array(["ham", "spam", "?"])[np.where(y == 2, 1, y)]
    names[::3] = "?"

    model = classifier(unlabeled="?").fit(X, names)

    assert model.classes_.tolist() == ["ham", "spam"]


def test_class_weights_leave_rows_without_a_label_alone():
    X, y = blobs()
    some = np.where(np.arange(len(y)) % 2, y, -1)
    weight = np.where(some == 0, 5.0, 1.0)
    teacher = frozen(X, y)

    by_class = classifier(teacher, unlabeled=-1, class_weight={0: 5, 1: 1, 2: 1})
    by_row = classifier(teacher, unlabeled=-1).fit(X, some, weight)

    np.testing.assert_allclose(
        outputs(by_class.fit(X, some), X), outputs(by_row, X), rtol=1e-7
    )


def test_a_column_of_targets_may_have_some_missing():
    X, y = slopes()
    some = np.where(np.arange(len(y)) % 2, y, -1.0)

    with pytest.warns(UserWarning, match="column-vector"):
        column = regressor(unlabeled=-1.0).fit(X, some[:, np.newaxis])

    flat = regressor(unlabeled=-1.0).fit(X, some)
    assert np.array_equal(column.predict(X), flat.predict(X))


def test_rows_without_any_of_several_targets_learn_from_the_teacher():
    X, y = slopes(n_targets=2)
    some = y.copy()
    some[::2] = -1.0

    partly = regressor(soft_weight=0, unlabeled=-1.0).fit(X, some)

    without = regressor(soft_weight=0).fit(X[1::2], y[1::2])
    np.testing.assert_allclose(partly.predict(X), without.predict(X), rtol=1e-7)


# --- Groups ---------------------------------------------------------------------------


class Apart(BaseEstimator):
    """Refuses questions about groups, told by the first column, that it knows."""

    def fit(self, X, y):
        self.known_, self.classes_ = set(X[:, 0]), np.unique(y)
        return self

    def predict(self, X):
        assert not self.known_ & set(X[:, 0])
        return np.full(len(X), self.classes_[0])


@pytest.mark.parametrize("cv", [3, GroupKFold(3)], ids=["int", "splitter"])
@pytest.mark.parametrize("routed", [False, True])
@both
def test_rows_of_a_group_are_never_on_both_sides(make, rows, cv, routed):
    X, y = rows()
    groups = np.arange(60) % 7
    X[:, 0] = groups

    with config_context(enable_metadata_routing=routed):
        model = make(Apart(), cv=cv).fit(X, y, groups=groups)

    assert model.n_iter_ == 5


def test_rows_of_a_group_are_on_both_sides_where_no_groups_are_told():
    """The guard of the law above."""
    X, y = blobs()
    X[:, 0] = np.arange(60) % 7

    with pytest.raises(AssertionError):
        classifier(Apart(), cv=3).fit(X, y)


@pytest.mark.usefixtures("routing")
def test_groups_may_have_rows_of_weight_zero_in_them():
    X, y = blobs()
    weight = np.where(np.arange(60) % 4, 1.0, 0.0)
    groups = np.arange(60) % 6
    teacher = Weighted().set_fit_request(sample_weight=True)

    model = classifier(teacher, cv=GroupKFold(2)).fit(X, y, weight, groups=groups)

    with config_context(enable_metadata_routing=False):
        plain = classifier(Weighted(), cv=GroupKFold(2))
        plain.fit(X, y, weight, groups=groups)
    assert np.array_equal(outputs(model, X), outputs(plain, X))


@pytest.mark.parametrize("kind", [list, np.array])
def test_groups_of_any_kind_are_the_same_groups(kind):
    X, y = blobs()
    groups = [f"group {i % 7}" for i in range(60)]

    model = classifier().fit(X, y, groups=kind(groups))

    expected = classifier().fit(X, y, groups=np.arange(60) % 7)
    assert outputs(model, X).shape == outputs(expected, X).shape


# --- Metadata routing -----------------------------------------------------------------


@pytest.mark.usefixtures("routing")
def test_a_teacher_that_asks_for_weights_gets_them():
    X, y = blobs()
    weight = np.linspace(0.5, 2, len(y))
    teacher = Weighted().set_fit_request(sample_weight=True)

    model = classifier(teacher, targets="in_sample").fit(X, y, sample_weight=weight)

    assert model.teacher_.sample_weight_.tolist() == weight.tolist()


@pytest.mark.usefixtures("routing")
def test_a_teacher_that_declines_weights_gets_none_and_the_student_does():
    X, y = blobs()
    weight = integer_weights(len(y), low=1)
    teacher = Weighted().set_fit_request(sample_weight=False)

    model = classifier(teacher, targets="in_sample").fit(X, y, sample_weight=weight)

    assert model.teacher_.sample_weight_ is None
    plain = classifier(teacher, targets="in_sample").fit(X, y)
    assert not np.allclose(outputs(model, X), outputs(plain, X))


@pytest.mark.usefixtures("routing")
def test_a_teacher_that_says_nothing_about_weights_is_an_error():
    X, y = blobs()

    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        classifier(Weighted()).fit(X, y, sample_weight=np.ones(len(y)))


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("kind", [np.array, list, tuple])
def test_a_teacher_gets_what_else_it_asks_for_row_by_row(kind):
    X, y = blobs()
    teacher = Tagged().set_fit_request(tags=True)
    splits = [(np.arange(30), np.arange(60))]

    whole = classifier(teacher, targets="in_sample").fit(X, y, tags=kind(range(60)))
    folds = classifier(teacher, cv=splits).fit(X, y, tags=kind(range(60)))

    assert list(whole.teacher_.tags_) == list(range(60))
    assert folds.n_iter_ == 5


@pytest.mark.usefixtures("routing")
def test_each_member_of_an_ensemble_gets_what_it_asks_for():
    X, y = blobs()
    pair = [
        ("tagged", Tagged().set_fit_request(tags=True)),
        ("weighted", Weighted().set_fit_request(sample_weight=True)),
    ]

    model = classifier(pair, targets="in_sample")
    model.fit(X, y, sample_weight=np.ones(60), tags=np.arange(60))

    assert model.teacher_weights_ == {"tagged": 0.5, "weighted": 0.5}


@pytest.mark.usefixtures("routing")
def test_weights_come_through_a_pipeline_to_student_and_teacher():
    X, y = blobs()
    weight = integer_weights(len(y), low=1)
    teacher = Weighted().set_fit_request(sample_weight=True)
    inner = classifier(teacher, targets="in_sample").set_fit_request(sample_weight=True)
    scaler = StandardScaler().set_fit_request(sample_weight=False)

    model = make_pipeline(scaler, inner).fit(X, y, sample_weight=weight)

    expected = classifier(teacher, targets="in_sample").fit(
        StandardScaler().fit_transform(X), y, sample_weight=weight
    )
    assert np.array_equal(
        model[-1].decision_function(scaler.fit_transform(X)),
        outputs(expected, StandardScaler().fit_transform(X)),
    )
    assert model[-1].teacher_.sample_weight_.tolist() == weight.tolist()


def test_without_routing_other_parameters_are_refused():
    X, y = blobs()

    with pytest.raises(TypeError) as caught:
        classifier(Tagged()).fit(X, y, tags=np.arange(60))

    assert str(caught.value) == (
        "DistilledClassifier.fit got unexpected arguments ['tags']. Other parameters "
        "reach the teacher by metadata routing, after "
        "sklearn.set_config(enable_metadata_routing=True)."
    )


# --- Frames ---------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_frame_is_known_by_its_columns(package):
    frames = pytest.importorskip(package)

    assert is_frame(frames.DataFrame({"a": [1.0, 2.0]}))


@pytest.mark.parametrize("X", [np.ones((2, 2)), [[1.0]], None, "frame"])
def test_other_things_are_no_frames(X):
    assert not is_frame(X)


MOMENTS = {
    "day": [datetime.date(2020, 1, 1), None],
    "moment": [datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 2)],
    "span": [datetime.timedelta(days=1), None],
    "time": [datetime.time(1), datetime.time(2)],
}
OTHERS = {"whole": [1, 2], "true": [True, None], "word": ["a", None], "gap": [None] * 2}


@given(names=st.permutations([*MOMENTS, *OTHERS]), n_columns=st.integers(1, 8))
def test_numpy_reads_moments_beside_anything_else(names, n_columns):
    polars = pytest.importorskip("polars")
    everything = MOMENTS | OTHERS
    frame = polars.DataFrame({name: everything[name] for name in names[:n_columns]})

    array = np.asarray(readable(frame))

    assert array.shape == (2, n_columns)
    kept = [name for name in frame.columns if name in OTHERS]
    assert readable(frame)[kept].equals(frame[kept])


@pytest.mark.parametrize("convert", [np.array, list, "pandas"])
def test_what_scikit_learn_can_read_is_left_as_it_is(convert):
    X = [[1.0, 2.0]]
    X = (
        pytest.importorskip("pandas").DataFrame(X)
        if convert == "pandas"
        else convert(X)
    )

    assert readable(X) is X


@pytest.mark.parametrize("as_category", [True, False])
def test_further_rows_take_the_categories_of_x(as_category):
    pandas = pytest.importorskip("pandas")
    size = pandas.CategoricalDtype(["small", "large"], ordered=True)
    X = pandas.DataFrame({0: pandas.Series(["large", "small"], dtype=size), 1: [1, 2]})
    words = pandas.Series(["large", "huge", None])
    column = words.astype("category") if as_category else words
    more = pandas.DataFrame({1: [3, 4, 5], 0: column})
    before = more.copy()

    found = check_further_rows("Test", X, more)

    assert found.dtypes.tolist() == X.dtypes.tolist()
    assert found[0].isna().tolist() == [False, True, True]
    assert found[0][0] == "large"
    assert more.equals(before)


def test_truth_values_beside_categories_of_words_are_readable():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {"a": [1.0, 2.0], "job": pd.Categorical(["x", "y"]), "b": [True, False]}
    )
    with pytest.raises(ValueError, match="float64"):  # of scikit-learn's own
        check_array(frame, dtype=None)
    checked = check_array(readable(frame), dtype=None)
    assert checked.tolist() == [[1.0, "x", True], [2.0, "y", False]]
