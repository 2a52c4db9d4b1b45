"""Out-of-fold: what scikit-learn's own cross-validation predicts, and its edges."""

import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from joblib import Memory
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from training.classroom import CLASSES, Centroids, blobs, lessons, n_fits, question

from sklkd.training import Lessons, Question, make_splits
from sklkd.training._cross_fit import cross_fit, fit_teacher, take, take_params

X, Y = blobs(60, gap=0.7)
TEACHER = LogisticRegression()
ASK = question(proba_floor=1e-12)
VALUES = Question("Test", "regression", 2)


def logits_of(splits, X=X, labels=Y, teacher=TEACHER, **options):
    """Out-of-fold logits and which are known, of class indices."""
    fit_params = options.pop("fit_params", {})
    lesson = lessons(X, labels, **options)
    return cross_fit(teacher, lesson, fit_params, splits, ASK)


@pytest.mark.parametrize("cv", [2, 5, StratifiedKFold(3), KFold(4)], ids=str)
def test_out_of_fold_is_what_scikit_learn_predicts(cv):
    splits = make_splits(ASK, cv, lessons(X, Y))
    expected = cross_val_predict(
        TEACHER, X, CLASSES[Y], cv=splits, method="predict_proba"
    )

    logits, known = logits_of(splits)

    assert known.all()
    np.testing.assert_allclose(np.exp(logits), expected, rtol=1e-9)


def test_values_out_of_fold_are_what_scikit_learn_predicts():
    values = X @ np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]]) + Y[:, None] ** 2
    lesson = Lessons(X, values, values, np.ones(60))
    splits = make_splits(VALUES, 5, lesson)
    expected = cross_val_predict(LinearRegression(), X, values, cv=splits)

    outputs, known = cross_fit(LinearRegression(), lesson, {}, splits, VALUES)

    assert known.all()
    np.testing.assert_allclose(outputs, expected)


def test_the_teacher_is_not_changed():
    teacher = LogisticRegression()

    logits_of(make_splits(ASK, 3, lessons(X, Y)), teacher=teacher)

    assert vars(teacher) == vars(LogisticRegression())


def test_folds_at_a_time_change_nothing():
    lesson = lessons(X, Y)
    splits = make_splits(ASK, 3, lesson)
    alone, _ = cross_fit(TEACHER, lesson, {}, splits, ASK)

    together, _ = cross_fit(TEACHER, lesson, {}, splits, ASK, n_jobs=1)

    np.testing.assert_array_equal(together, alone)


def test_rows_of_a_class_that_a_fold_lacks_are_unknown():
    """One birch: the fold that tests it has never seen one."""
    y = np.where(Y == 1, 0, Y)
    y[7] = 1
    train, test = np.arange(30, 60), np.arange(30)

    logits, known = logits_of([(train, test)], labels=y)

    assert not known[7]
    assert known[np.delete(test, 7)].all()
    assert logits[7].tolist() == [0.0, 0.0, 0.0]


def test_a_class_that_a_fold_lacks_has_the_floor_for_the_others():
    y = np.where(Y == 1, 0, Y)
    y[7] = 1
    train, test = np.arange(30, 60), np.delete(np.arange(30), 7)
    proba = TEACHER.fit(X[train], y[train]).predict_proba(X[test])
    ask = question(proba_floor=1e-3)

    logits, _ = cross_fit(TEACHER, lessons(X, y), {}, [(train, test)], ask)

    assert np.exp(logits[test, 1]) == pytest.approx(1e-3)
    np.testing.assert_allclose(np.exp(logits[test][:, [0, 2]]), proba, rtol=2e-3)


def test_the_order_of_classes_in_a_fold_does_not_matter():
    """In the first fold there is no ash, in the second no cedar."""
    y = np.repeat([1, 2, 0, 1], 15)
    splits = [
        (np.arange(30), np.arange(30, 60)),
        (np.arange(30, 60), np.arange(30)),
    ]
    second = TEACHER.fit(X[:30], y[:30]).predict_proba(X[45:])
    first = TEACHER.fit(X[30:], y[30:]).predict_proba(X[:15])

    logits, known = logits_of(splits, labels=y)

    assert known.tolist() == [True] * 15 + [False] * 30 + [True] * 15
    np.testing.assert_allclose(np.exp(logits[45:, 1:]), second, rtol=1e-9)
    np.testing.assert_allclose(np.exp(logits[:15, :2]), first, rtol=1e-9)


def test_a_fold_with_a_single_class_has_no_teacher():
    alike = np.flatnonzero(Y == 0)[:5]
    others = np.setdiff1d(np.arange(60), alike)

    logits, known = logits_of([(alike, others)])

    assert not known.any()
    assert not logits.any()


def test_rows_that_are_never_tested_are_unknown():
    splits = make_splits(ASK, TimeSeriesSplit(3), lessons(X, Y))
    first = np.arange(60) < splits[0][1][0]

    logits, known = logits_of(splits)

    assert first.sum() == 15
    np.testing.assert_array_equal(known, ~first)
    assert not logits[first].any()


def test_repeated_folds_give_the_mean_of_probabilities():
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    splits = make_splits(ASK, cv, lessons(X, Y))
    halves = [
        cross_val_predict(TEACHER, X, Y, cv=half, method="predict_proba")
        for half in (splits[:3], splits[3:])
    ]

    logits, known = logits_of(splits)

    assert known.all()
    np.testing.assert_allclose(np.exp(logits), np.mean(halves, axis=0), rtol=1e-9)


def test_rows_without_a_label_are_asked_in_every_fold_and_averaged():
    weight = np.ones(60)
    weight[::4] = 0
    labelled = weight > 0
    splits = make_splits(ASK, 3, lessons(X, Y, weight=weight))
    said = [
        TEACHER.fit(X[train], Y[train]).predict_proba(X[~labelled])
        for train, _ in splits
    ]

    logits, known = logits_of(splits, weight=weight)

    assert known.all()
    assert set(np.concatenate([t for _, t in splits])) == set(np.flatnonzero(labelled))
    np.testing.assert_allclose(
        np.exp(logits[~labelled]), np.mean(said, axis=0), rtol=1e-9
    )


def test_explicit_splits_never_train_on_rows_without_a_label():
    weight = np.ones(60)
    weight[:10] = 0
    y = Y.copy()
    y[:10] = 0
    train, test = np.arange(40), np.arange(30, 60)
    expected = TEACHER.fit(X[10:40], Y[10:40]).predict_proba(X[test])

    logits, _ = logits_of([(train, test)], labels=y, weight=weight)

    np.testing.assert_allclose(np.exp(logits[test]), expected, rtol=1e-9)


def test_a_fold_without_any_row_to_ask_is_passed_over():
    nobody = np.arange(0)

    _, known = logits_of([(np.arange(60), nobody), (np.arange(30), np.arange(30, 60))])

    assert known.tolist() == [False] * 30 + [True] * 30


class Weighted(ClassifierMixin, BaseEstimator):
    """Says each class's share of the weights, and nothing of X."""

    def fit(self, X, y, sample_weight=None, *, note=None):
        assert len(sample_weight) == len(X)
        assert note == "for all"
        self.classes_ = np.unique(y)
        total = [sample_weight[y == label].sum() for label in self.classes_]
        self.share_ = np.array(total) / sum(total)
        return self

    def predict_proba(self, X):
        return np.tile(self.share_, (len(X), 1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def test_parameters_as_long_as_x_are_sliced_and_others_are_not():
    weight = np.linspace(1, 2, 60)
    train, test = np.arange(0, 60, 2), np.arange(1, 60, 2)
    total = np.bincount(Y[train], weight[train])

    logits, _ = logits_of(
        [(train, test)],
        teacher=Weighted(),
        fit_params={"sample_weight": weight, "note": "for all"},
    )

    np.testing.assert_allclose(np.exp(logits[test[0]]), total / total.sum())


@pytest.mark.parametrize(
    "frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"]
)
def test_a_teacher_sees_a_data_frame_as_it_was_passed(frame):
    table = frame({name: X[:, i] for i, name in enumerate("abc")})
    columns = FunctionTransformer(lambda table: np.asarray(table[["c", "a"]]))
    splits = make_splits(ASK, 3, lessons(X, Y))
    expected, _ = logits_of(splits, X=X[:, [2, 0]])

    logits, _ = logits_of(splits, X=table, teacher=make_pipeline(columns, TEACHER))

    np.testing.assert_allclose(logits, expected)


def test_sparse_rows_are_dense_rows():
    splits = make_splits(ASK, 3, lessons(X, Y))
    expected, _ = logits_of(splits)

    logits, _ = logits_of(splits, X=sparse.csr_array(X))

    np.testing.assert_allclose(logits, expected, atol=1e-3)


def test_a_bar_of_folds_is_shown_on_request_on_standard_error(capfd):
    lesson = lessons(X, Y)
    splits = make_splits(ASK, 3, lesson)

    cross_fit(GaussianNB(), lesson, {}, splits, ASK)
    silent = capfd.readouterr()
    cross_fit(GaussianNB(), lesson, {}, splits, ASK, verbose=1)
    shown = capfd.readouterr()

    assert silent == ("", "")
    assert shown.out == ""
    assert "teacher: 100%" in shown.err
    assert "3/3" in shown.err


def test_a_teacher_fitted_is_a_clone():
    teacher = LogisticRegression(C=0.3)

    fitted = fit_teacher(teacher, X, Y, {"sample_weight": np.ones(60)})

    assert fitted is not teacher
    np.testing.assert_array_equal(
        fitted.coef_, LogisticRegression(C=0.3).fit(X, Y).coef_
    )
    assert not hasattr(teacher, "coef_")


ROWS = np.array([3, 0, 3])
CONTAINERS = {
    "array": np.array,
    "csr": sparse.csr_array,
    "pandas": pd.DataFrame,
    "relabelled": lambda x: pd.DataFrame(x, index=np.arange(len(x))[::-1]),
    "polars": pl.DataFrame,
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_rows_are_taken_by_position_in_their_container(container):
    array = np.arange(10.0).reshape(5, 2)

    taken = take(container(array), ROWS)

    assert type(taken) is type(container(array))
    dense = taken.toarray() if sparse.issparse(taken) else np.asarray(taken)
    assert dense.tolist() == [[6.0, 7.0], [0.0, 1.0], [6.0, 7.0]]


@pytest.mark.parametrize(
    "values",
    [
        np.arange(5),
        pd.Series(range(5), index=list("edcba")),
        pl.Series(range(5)),
        np.arange(10).reshape(5, 2)[:, 0] // 2,
        [0, 1, 2, 3, 4],
        (0, 1, 2, 3, 4),
    ],
    ids=["array", "pandas", "polars", "strided", "list", "tuple"],
)
def test_parameters_of_every_kind_are_sliced(values):
    params = take_params({"p": values}, ROWS, 5)

    assert list(params["p"]) == [3, 0, 3]


@pytest.mark.parametrize(
    "value",
    [None, "words", 5, 5.0, [1, 2], np.arange(4), {"a": 1}, len, [[1], [1, 2]]],
    ids=str,
)
def test_parameters_that_are_not_one_a_row_stay_themselves(value):
    assert take_params({"p": value}, ROWS, 5)["p"] is value


def test_no_cv_is_five_folds():
    default, five = (make_splits(ASK, cv, lessons(X, Y)) for cv in (None, 5))

    assert len(default) == 5
    for (train, test), (train_of_five, test_of_five) in zip(default, five, strict=True):
        np.testing.assert_array_equal(train, train_of_five)
        np.testing.assert_array_equal(test, test_of_five)


def test_no_cv_is_five_folds_for_values_and_by_groups():
    groups = np.arange(60) // 4
    lesson = Lessons(X, X[:, 0], X[:, :1], np.ones(60))

    splits = make_splits(Question("Test", "regression", 1), None, lesson, groups)

    assert len(splits) == 5
    for train, test in splits:
        assert not set(groups[train]) & set(groups[test])


def test_whole_folds_are_shuffled_stratified_and_the_same_in_every_fit():
    first, again = (make_splits(ASK, 5, lessons(X, Y)) for _ in range(2))

    state = np.random.get_state()[1].copy()  # noqa: NPY002 - the global one is watched
    for (train, test), (train_again, test_again) in zip(first, again, strict=True):
        np.testing.assert_array_equal(test, test_again)
        np.testing.assert_array_equal(train, train_again)
        assert np.bincount(Y[test]).tolist() == [4, 4, 4]
        assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(60))
    assert not np.array_equal(first[0][1], np.arange(12))
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002


def test_a_regressors_folds_are_shuffled_too():
    lesson = Lessons(X, X[:, 0], X[:, :1], np.ones(60))

    splits = make_splits(Question("Test", "regression", 1), 5, lesson)

    assert [len(test) for _, test in splits] == [12] * 5
    assert any((np.diff(test) > 1).any() for _, test in splits)


@pytest.mark.parametrize("y", [Y, Y % 2], ids=["three", "two"])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_groups_are_never_split(task, y):
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(12), 5))
    weight = np.ones(60)
    weight[5:9] = 0
    asked = ASK if task == "classification" else VALUES

    splits = make_splits(asked, 4, lessons(X, y, weight=weight), groups.tolist())

    assert len(splits) == 4
    for train, test in splits:
        assert not set(groups[train]) & set(groups[test])
    tested = np.sort(np.concatenate([test for _, test in splits]))
    np.testing.assert_array_equal(tested, np.flatnonzero(weight))


def test_a_splitter_gets_the_groups_of_the_labelled_rows():
    groups = np.repeat([0, 1, 2], 20)
    weight = np.ones(60)
    weight[:5] = 0

    splits = make_splits(ASK, LeaveOneGroupOut(), lessons(X, Y, weight=weight), groups)

    tests = [test.tolist() for _, test in splits]
    assert tests == [list(range(5, 20)), list(range(20, 40)), list(range(40, 60))]


def test_groups_that_are_routed_to_the_splitter_are_those_of_the_labelled_rows():
    groups = np.repeat([0, 1, 2], 20)
    weight = np.ones(60)
    weight[:5] = 0

    splits = make_splits(
        ASK, GroupKFold(3), lessons(X, Y, weight=weight), groups, {"groups": groups}
    )

    assert sorted(len(test) for _, test in splits) == [15, 20, 20]


def test_splits_of_the_users_own_are_taken_as_they_are():
    given = [([0, 1, 2], [3, 4]), (np.array([5, 6]), range(7, 9))]

    splits = make_splits(ASK, iter(given), lessons(X, Y))

    assert [(t.tolist(), s.tolist()) for t, s in splits] == [
        ([0, 1, 2], [3, 4]),
        ([5, 6], [7, 8]),
    ]


def test_a_class_in_fewer_rows_than_folds_is_no_warning():
    y = np.where(Y == 1, 0, Y)
    y[:2] = 1

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        splits = make_splits(ASK, 5, lessons(X, y))

    assert len(splits) == 5


def test_classes_in_fewer_rows_than_folds_each_are_not_stratified():
    lesson = Lessons(X[:6], np.arange(6) // 2, np.arange(6) // 2, np.ones(6))

    splits = make_splits(ASK, 5, lesson)

    assert sorted(len(test) for _, test in splits) == [1, 1, 1, 1, 2]


def refused(sentence):
    return pytest.raises(ValueError, match=f"^{re.escape(sentence)}$")


@pytest.mark.parametrize("cv", [1, 0, -3, True, np.int64(1)])
def test_one_fold_is_refused(cv):
    with refused(
        "Test: cv must be at least 2 folds, a splitter, splits or None for 5 folds, "
        f"got {cv!r}."
    ):
        make_splits(ASK, cv, lessons(X, Y))


@pytest.mark.parametrize(("n", "rows"), [(4, "4 samples"), (1, "1 sample")])
def test_more_folds_than_rows_are_refused(n, rows):
    with refused(
        f"Test: cv=5 needs at least 5 samples, got {rows}. Pass fewer folds, or "
        "targets='in_sample' for those of a teacher fitted on all rows."
    ):
        make_splits(ASK, 5, lessons(X[:n], Y[:n]))


@pytest.mark.parametrize(("n", "kinds"), [(3, "3 groups"), (1, "1 group")])
def test_more_folds_than_groups_are_refused(n, kinds):
    with refused(
        f"Test: cv=5 needs at least 5 groups, got {kinds}. Pass fewer folds, or "
        "targets='in_sample' for those of a teacher fitted on all rows."
    ):
        make_splits(ASK, 5, lessons(X, Y), np.arange(60) % n)


@pytest.mark.parametrize("cv", ["stratified", 2.5])
def test_what_is_no_cv_is_refused_by_scikit_learn(cv):
    with refused(
        "Expected `cv` as an integer, a cross-validation object (from "
        "sklearn.model_selection), or an iterable yielding (train, test) splits as "
        f"arrays of indices. Got {cv}."
    ):
        make_splits(ASK, cv, lessons(X, Y))


@pytest.mark.parametrize("cv", [[3, 5], [(1, 2, 3)], {"folds": 5}, []], ids=repr)
def test_splits_that_are_no_pairs_are_refused(cv):
    with refused(
        "Test: cv must be at least 2 folds, a splitter, splits or None for 5 folds, "
        f"got {cv!r}."
    ):
        make_splits(ASK, cv, lessons(X, Y))


def test_an_iterator_of_splits_that_is_used_up_is_refused():
    cv = iter([(np.arange(30), np.arange(30, 60))])
    make_splits(ASK, cv, lessons(X, Y))

    with refused(
        "Test: cv must be at least 2 folds, a splitter, splits or None for 5 folds, "
        "got []."
    ):
        make_splits(ASK, cv, lessons(X, Y))


def followed(n_more, *, seed=1):
    """The rows, and after them others without a label, which parameters do not know."""
    more = np.random.default_rng(seed).normal(size=(n_more, 3))
    labels = np.concatenate([Y, np.zeros(n_more, int)])
    return Lessons(
        np.concatenate([X, more]),
        CLASSES[labels],
        labels,
        np.repeat([1.0, 0.0], [60, n_more]),
        n_given=60,
    )


@pytest.mark.parametrize("n_more", [0, 1, 30, 60])
def test_parameters_are_sliced_by_the_rows_that_came_with_them(n_more):
    """Also where as many rows came without."""
    weight = np.linspace(1, 2, 60)
    rows = np.array([3, 59, 3])

    params = followed(n_more).params({"w": weight, "other": np.arange(61)}, rows)

    np.testing.assert_array_equal(params["w"], weight[rows])
    assert params["other"].shape == (61,)


def test_without_a_number_of_given_rows_it_is_all_of_them():
    weight = (np.arange(60) % 2).astype(float)
    lesson = lessons(X, Y, weight=weight)

    params = lesson.params({"w": np.arange(60)}, np.flatnonzero(lesson.labelled))

    np.testing.assert_array_equal(params["w"], np.arange(1, 60, 2))


def test_a_value_for_each_of_all_rows_is_none_for_each_given_row():
    params = followed(3).params({"p": np.arange(63)}, np.array([0, 1]))

    assert params["p"].shape == (63,)


def test_further_rows_change_no_fold_and_nothing_that_is_said_of_the_others():
    weight = np.linspace(1, 3, 60)
    params = {"sample_weight": weight}
    alone, more = lessons(X, Y), followed(25)
    splits = make_splits(ASK, 4, alone)
    again = make_splits(ASK, 4, more)
    expected, _ = cross_fit(TEACHER, alone, params, splits, ASK)
    said = [
        LogisticRegression()
        .fit(X[train], Y[train], sample_weight=weight[train])
        .predict_proba(more.X[60:])
        for train, _ in splits
    ]

    logits, known = cross_fit(TEACHER, more, params, again, ASK)

    assert known.all()
    np.testing.assert_array_equal(logits[:60], expected)
    np.testing.assert_allclose(np.exp(logits[60:]), np.mean(said, axis=0), rtol=1e-9)


def test_groups_and_splitters_know_the_given_rows_only():
    groups = np.repeat([0, 1, 2], 20)

    splits = make_splits(
        ASK, GroupKFold(3), followed(7), groups, {"groups": groups.tolist()}
    )

    tested = np.sort(np.concatenate([test for _, test in splits]))
    np.testing.assert_array_equal(tested, np.arange(60))


def test_teachers_that_are_kept_are_asked_about_other_rows(tmp_path):
    """They say what teachers say that were fitted for them."""
    keep, log = Memory(tmp_path / "memory", verbose=0), tmp_path / "log"
    splits = make_splits(ASK, 3, lessons(X, Y))

    for seed in (1, 2):
        more = followed(10, seed=seed)
        expected, _ = cross_fit(Centroids(tmp_path / "other"), more, {}, splits, ASK)
        logits, _ = cross_fit(Centroids(log), more, {}, splits, ASK, keep=keep)
        np.testing.assert_array_equal(logits, expected)

    assert n_fits(log) == 3
    assert n_fits(tmp_path / "other") == 6


def test_teachers_of_rows_that_have_all_a_label_are_not_kept(tmp_path):
    """Their answers are, by whoever calls."""
    keep, log = Memory(tmp_path / "memory", verbose=0), tmp_path / "log"
    splits = make_splits(ASK, 3, lessons(X, Y))

    for _ in range(2):
        cross_fit(Centroids(log), lessons(X, Y), {}, splits, ASK, keep=keep)

    assert n_fits(log) == 6


@pytest.mark.parametrize("keep", [None, Memory(None)], ids=["none", "nowhere"])
def test_without_a_folder_no_teacher_is_kept(keep, tmp_path):
    log, splits = tmp_path / "log", make_splits(ASK, 3, lessons(X, Y))

    for _ in range(2):
        cross_fit(Centroids(log), followed(5), {}, splits, ASK, keep=keep)

    assert n_fits(log) == 6


def test_a_kept_teacher_is_of_its_rows_labels_parameters_and_of_itself(tmp_path):
    keep, log = Memory(tmp_path / "memory", verbose=0), tmp_path / "log"
    splits = make_splits(ASK, 3, lessons(X, Y))
    more = followed(5)
    other_rows = Lessons(more.X + 1, more.y, more.target, more.weight, 60)
    other_labels = Lessons(more.X, more.y[::-1].copy(), more.target, more.weight, 60)

    for lesson in (more, other_rows, other_labels):
        cross_fit(Centroids(log), lesson, {}, splits, ASK, keep=keep)
    cross_fit(Centroids(log, scale=2.0), more, {}, splits, ASK, keep=keep)
    cross_fit(Centroids(log), more, {"note": 1}, splits, ASK, keep=keep)

    assert n_fits(log) == 15


def test_teachers_are_kept_for_values_too(tmp_path):
    keep = Memory(tmp_path, verbose=0)
    weight = np.repeat([1.0, 0.0], [40, 20])
    lesson = Lessons(X, X[:, 0], X[:, :1], weight)
    asked = Question("Test", "regression", 1)
    splits = make_splits(asked, 3, lesson)

    outputs = [
        cross_fit(LinearRegression(), lesson, {}, splits, asked, keep=keep)[0]
        for _ in range(2)
    ]

    np.testing.assert_allclose(outputs[0], X[:, :1], atol=1e-9)
    np.testing.assert_array_equal(*outputs)
