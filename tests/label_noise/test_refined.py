"""Refined labels: one round by hand, folds that hold, and models of every kind."""

import joblib
import numpy as np
import pytest
import torch
from distillation.doubles import Small, blobs, outputs, quick
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_blobs
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklkd import RefinedClassifier, RegularizedClassifier, StudentNet
from sklkd.exceptions import UnweightedStudentWarning

X, Y = blobs()
ONE_HOT = np.eye(3)[Y]
FOLDS = list(KFold(3, shuffle=True, random_state=0).split(X))


def refined(student=None, X=X, y=Y, sample_weight=None, groups=None, **params):
    model = RefinedClassifier(
        GaussianNB() if student is None else student, **{"random_state": 0} | params
    )
    return model.fit(X, y, sample_weight, groups=groups)


def out_of_fold(student, X, y, splits):
    """What clones that were fitted on the other rows say: (n, k)."""
    said = np.zeros((len(y), len(np.unique(y))))
    for train, test in splits:
        said[test] = clone(student).fit(X[train], y[train]).predict_proba(X[test])
    return said


class Apart(ClassifierMixin, BaseEstimator):
    """Refuses questions about groups, told by the first column, that it knows."""

    def fit(self, X, y, sample_weight=None):
        self.known_, self.classes_ = set(X[:, 0]), np.unique(y)
        return self

    def predict_proba(self, X):
        final = len(self.known_) == 7
        assert final or not self.known_ & set(X[:, 0])
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


# --- Where nothing is refined ---------------------------------------------------------


@pytest.mark.parametrize(
    "params", [{"mix": 0}, {"n_rounds": 0}, {"anchor": 1.0}], ids=str
)
@pytest.mark.parametrize(
    "student", [quick(), quick(batch_size=16, dropout=0.3)], ids=["small", "drawing"]
)
def test_a_network_is_then_the_plain_classifier(params, student):
    plain = RegularizedClassifier(student, random_state=0).fit(X, Y)

    model = refined(student, **params)

    assert np.array_equal(outputs(model, X), outputs(plain, X))
    assert np.array_equal(model.label_distributions_, ONE_HOT)
    assert not model.label_noise_score_.any()


@pytest.mark.parametrize("params", [{"mix": 0}, {"n_rounds": 0}, {"anchor": 1.0}])
@pytest.mark.parametrize(
    "student",
    [
        GaussianNB(),
        DecisionTreeClassifier(random_state=3, max_depth=2),
        KNeighborsClassifier(),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ],
    ids=lambda student: type(student).__name__,
)
def test_a_model_is_then_itself(params, student):
    model = refined(student, **params)

    expected = clone(student).fit(X, Y).predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-9, atol=1e-300)


def test_without_rounds_folds_are_not_looked_at():
    model = refined(n_rounds=0, cv=100)

    assert model.predict(X).shape == (60,)


# --- A round --------------------------------------------------------------------------


@pytest.mark.parametrize("mix", [0.3, 1.0])
@pytest.mark.parametrize("anchor", [0.0, 0.25])
def test_a_round_by_hand(mix, anchor):
    model = refined(n_rounds=1, mix=mix, anchor=anchor, cv=FOLDS)

    said = out_of_fold(GaussianNB(), X, Y, FOLDS)
    moved = (1 - mix) * ONE_HOT + mix * said
    expected = (1 - anchor) * moved + anchor * ONE_HOT
    np.testing.assert_allclose(model.label_distributions_, expected, atol=1e-9)
    np.testing.assert_allclose(
        model.label_noise_score_, 1 - expected[np.arange(60), Y], atol=1e-9
    )
    assert np.array_equal(model.transduction_, expected.argmax(1))


def test_the_second_round_is_fitted_to_the_labels_of_the_first():
    """By rows once a class, weighted by shares, as naive Bayes takes them."""
    first = refined(n_rounds=1, cv=FOLDS).label_distributions_
    rows, labels = np.repeat(np.arange(60), 3), np.tile(np.arange(3), 60)
    said = np.zeros((60, 3))
    for train, test in FOLDS:
        mine = np.isin(rows, train)
        fitted = GaussianNB().fit(
            X[rows[mine]], labels[mine], sample_weight=first.ravel()[mine]
        )
        said[test] = fitted.predict_proba(X[test])

    model = refined(n_rounds=2, cv=FOLDS)

    np.testing.assert_allclose(
        model.label_distributions_, (first + said) / 2, atol=1e-7
    )


def test_the_last_student_is_fitted_to_the_refined_labels():
    model = refined(n_rounds=2, cv=FOLDS)
    rows, labels = np.repeat(np.arange(60), 3), np.tile(np.arange(3), 60)

    shares = model.label_distributions_.ravel()
    fitted = GaussianNB().fit(X[rows], labels, sample_weight=shares)

    np.testing.assert_allclose(
        model.predict_proba(X), fitted.predict_proba(X), atol=1e-7
    )


@settings(max_examples=8)
@given(row=st.integers(0, 59))
@pytest.mark.parametrize(
    "student", [GaussianNB(), quick(max_epochs=2)], ids=["model", "network"]
)
def test_what_is_said_of_a_row_in_the_first_round_does_not_depend_on_its_label(
    student, row
):
    other = np.where(np.arange(60) == row, (Y + 1) % 3, Y)

    before = refined(student, n_rounds=1, mix=1.0, cv=FOLDS).label_distributions_
    after = refined(student, y=other, n_rounds=1, mix=1.0, cv=FOLDS)

    (fold,) = (test for _, test in FOLDS if row in test)
    np.testing.assert_allclose(
        after.label_distributions_[fold], before[fold], rtol=1e-9, atol=1e-12
    )
    elsewhere = np.setdiff1d(np.arange(60), fold)
    assert not np.allclose(after.label_distributions_[elsewhere], before[elsewhere])


@settings(max_examples=8)
@given(
    mix=st.floats(0, 1),
    anchor=st.floats(0, 1),
    n_rounds=st.integers(0, 4),
    seed=st.integers(0, 99),
)
def test_labels_stay_distributions(mix, anchor, n_rounds, seed):
    student = DecisionTreeClassifier(max_depth=2)

    model = refined(
        student,
        n_rounds=n_rounds,
        mix=mix,
        anchor=anchor,
        cv=2,
        random_state=seed,
    )

    shares = model.label_distributions_
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(1), 1)
    assert ((model.label_noise_score_ >= 0) & (model.label_noise_score_ <= 1)).all()


@pytest.mark.parametrize("mix", [0.5, 1.0])
def test_one_who_always_says_the_shares_moves_all_labels_there(mix):
    y = np.repeat([0, 1], [40, 20])
    model = refined(DummyClassifier(), y=y, n_rounds=30, mix=mix, cv=StratifiedKFold(4))

    expected = np.tile([2 / 3, 1 / 3], (60, 1))
    np.testing.assert_allclose(model.label_distributions_, expected, atol=1e-6)
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-6)


def test_weights_reach_what_is_fitted_on_folds():
    weight = np.random.default_rng(0).uniform(0.5, 2, 60)

    model = refined(DummyClassifier(), sample_weight=weight, n_rounds=1, cv=FOLDS)

    for train, test in FOLDS:
        share = np.bincount(Y[train], weight[train]) / weight[train].sum()
        expected = (ONE_HOT[test] + share) / 2
        np.testing.assert_allclose(model.label_distributions_[test], expected)


def test_a_row_in_several_folds_gets_the_mean_of_what_was_said():
    splits = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    listed = list(splits.split(X))

    model = refined(n_rounds=1, mix=1.0, cv=splits)

    halves = [
        out_of_fold(GaussianNB(), X, Y, part) for part in (listed[:3], listed[3:])
    ]
    np.testing.assert_allclose(
        model.label_distributions_, np.mean(halves, axis=0), atol=1e-9
    )


def test_rows_in_no_fold_keep_their_labels():
    splits = [(np.arange(30, 60), np.arange(30))]

    model = refined(n_rounds=2, cv=splits)

    assert np.array_equal(model.label_distributions_[30:], ONE_HOT[30:])
    assert (model.label_distributions_[:30] != ONE_HOT[:30]).any()


# --- Rare classes, weights of zero, groups --------------------------------------------


@pytest.mark.parametrize("n_rounds", [1, 4])
@pytest.mark.parametrize(
    "student", [GaussianNB(), quick(max_epochs=2)], ids=["model", "network"]
)
def test_the_one_row_of_a_class_keeps_its_label(student, n_rounds):
    """Later rounds give the class a share of other rows; that is not knowing it."""
    y = np.where(np.arange(60) == 17, 9, Y)

    model = refined(student, y=y, n_rounds=n_rounds, cv=5)

    assert model.classes_.tolist() == [0, 1, 2, 9]
    assert model.label_distributions_[17].tolist() == [0, 0, 0, 1]
    assert model.label_noise_score_[17] == 0


def test_a_class_of_fewer_rows_than_folds_is_refined():
    y = np.where(np.arange(60) < 2, 9, Y)

    model = refined(y=y, cv=5)

    assert model.classes_.tolist() == [0, 1, 2, 9]
    np.testing.assert_allclose(model.label_distributions_.sum(1), 1)


def test_rows_without_weight_are_not_learnt_from_and_keep_their_labels():
    weight = np.where(np.arange(60) % 3, 1.0, 0.0)

    model = refined(sample_weight=weight, cv=3)

    without = refined(X=X[weight > 0], y=Y[weight > 0], cv=3)
    np.testing.assert_allclose(
        model.label_distributions_[weight > 0],
        without.label_distributions_,
        atol=1e-9,
    )
    assert np.array_equal(model.label_distributions_[weight == 0], ONE_HOT[weight == 0])
    np.testing.assert_allclose(
        model.predict_proba(X), without.predict_proba(X), atol=1e-9
    )


def test_of_a_class_without_weight_nothing_is_known():
    y = np.where(np.arange(60) == 5, 9, Y)

    model = refined(y=y, sample_weight=(y != 9).astype(float))

    assert model.classes_.tolist() == [0, 1, 2]
    np.testing.assert_allclose(model.label_distributions_[5], 1 / 3)
    assert model.label_noise_score_[5] == 1


@pytest.mark.parametrize("cv", [3, GroupKFold(3)], ids=["int", "splitter"])
def test_rows_of_a_group_are_never_on_both_sides(cv):
    rows = X.copy()
    rows[:, 0] = np.arange(60) % 7

    model = refined(Apart(), rows, groups=rows[:, 0], cv=cv)

    assert model.predict(rows).shape == (60,)


def test_rows_of_a_group_are_on_both_sides_where_no_groups_are_told():
    """The guard of the law above."""
    rows = X.copy()
    rows[:, 0] = np.arange(60) % 8  # so that no student may be asked what it knows

    with pytest.raises(AssertionError):
        refined(Apart(), rows, cv=3)


# --- Students and searches ------------------------------------------------------------


MODELS = [
    GaussianNB(),
    KNeighborsClassifier(),
    LinearDiscriminantAnalysis(),
    HistGradientBoostingClassifier(max_iter=5),
    RandomForestClassifier(10),
    make_pipeline(StandardScaler(), LogisticRegression()),
    StudentNet(hidden=(16,), max_epochs=60, lr=0.02),
    make_pipeline(StandardScaler(), StudentNet(Small, max_epochs=60, lr=0.05)),
]


@pytest.mark.filterwarnings("ignore", category=UnweightedStudentWarning)
@pytest.mark.parametrize(
    "student", MODELS, ids=[f"{type(m).__name__} {i}" for i, m in enumerate(MODELS)]
)
def test_students_of_any_kind_find_wrong_labels(student):
    rows, y = make_blobs(
        90, centers=[[0, 0, 0], [6, 0, 0], [0, 6, 0]], cluster_std=1.5, random_state=0
    )
    wrong = np.random.default_rng(0).permutation(90) < 18
    words = np.array(["elm", "fir", "oak"])
    given = words[np.where(wrong, (y + 1) % 3, y)]

    model = refined(student, rows, given, n_rounds=2, cv=3)

    assert roc_auc_score(wrong, model.label_noise_score_) > 0.9
    assert (model.transduction_ == words[y]).mean() > 0.85
    assert set(model.predict(rows)) == set(words)


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_models_behind_a_pipeline_see_the_frame(package):
    frames = pytest.importorskip(package)
    skrub = pytest.importorskip("skrub")
    words = np.array(["elm", "fir", "oak"])
    table = frames.DataFrame({"size": X[:, 0], "tree": words[Y]})

    model = refined(
        make_pipeline(skrub.TableVectorizer(), LogisticRegression()), table, n_rounds=1
    )

    assert model.feature_names_in_.tolist() == ["size", "tree"]
    assert model.score(table, Y) > 0.9


@pytest.mark.parametrize("student", [GaussianNB(), quick(max_epochs=3)], ids=str)
def test_processes_refine_the_same_labels(student):
    alone = refined(student, n_rounds=1)

    together = refined(student, n_rounds=1, n_jobs=2)

    np.testing.assert_allclose(
        together.label_distributions_, alone.label_distributions_, rtol=1e-7
    )


def test_folds_of_rounds_and_seeds_differ():
    student = DecisionTreeClassifier(max_depth=2, random_state=0)

    one, same, other = (
        refined(student, n_rounds=1, random_state=seed).label_distributions_
        for seed in (0, 0, 1)
    )

    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_splits_that_are_listed_once_serve_all_rounds():
    """A generator is used up by the first."""
    model = refined(cv=(split for split in FOLDS))

    assert np.array_equal(
        model.label_distributions_, refined(cv=FOLDS).label_distributions_
    )


def test_a_checkpoint_is_of_the_last_student_alone(tmp_path):
    refined(quick(checkpoint=tmp_path), cv=2, n_rounds=1)

    assert len(list(tmp_path.iterdir())) == 1


def test_global_generators_are_left_alone():
    states = joblib.hash(np.random.get_state()), torch.get_rng_state()  # noqa: NPY002

    refined(RandomForestClassifier(3), n_rounds=1)
    refined(quick(dropout=0.5), n_rounds=1, cv=2)

    assert joblib.hash(np.random.get_state()) == states[0]  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), states[1])


def test_verbose_shows_rounds_and_folds(capfd):
    refined(n_rounds=2, cv=2, verbose=1)

    out, err = capfd.readouterr()
    assert out == ""
    assert "RefinedClassifier, round 1 of 2" in err
    assert "RefinedClassifier, round 2 of 2" in err


# --- What is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "error", "sentence"),
    [
        (
            {"n_rounds": -1},
            ValueError,
            "n_rounds must be an integer in [0, inf), got -1",
        ),
        ({"n_rounds": 1.5}, ValueError, "n_rounds must be an integer in [0, inf), got"),
        ({"n_rounds": "x"}, TypeError, "n_rounds must be an integer in [0, inf), got"),
        ({"mix": 1.1}, ValueError, "mix must be a real number in [0, 1], got 1.1"),
        ({"mix": None}, TypeError, "mix must be a real number in [0, 1], got None"),
        ({"anchor": -1}, ValueError, "anchor must be a real number in [0, 1], got -1"),
        ({"cv": 1}, ValueError, "cv must be at least 2 folds, a splitter, splits"),
        ({"cv": []}, ValueError, "cv must be at least 2 folds, a splitter, splits"),
    ],
)
def test_a_parameter_out_of_range_is_refused(params, error, sentence):
    with pytest.raises(error) as caught:
        refined(**params)

    assert str(caught.value).startswith(f"RefinedClassifier: {sentence}")


@pytest.mark.parametrize(
    ("rows", "params", "sentence"),
    [
        (60, {"cv": 61}, "cv=61 needs at least 61 rows with a weight, got 60."),
        (2, {"cv": None}, "cv=5 needs at least 5 rows with a weight, got 2."),
        (
            60,
            {"groups": np.arange(60) % 4},
            "cv=5 needs at least 5 groups with a weight, got 4.",
        ),
        (
            60,
            {"sample_weight": (np.arange(60) < 4).astype(float)},
            "cv=5 needs at least 5 rows with a weight, got 4.",
        ),
    ],
)
def test_fewer_rows_than_folds_are_refused(rows, params, sentence):
    y = np.arange(60) % 2

    with pytest.raises(ValueError, match="cv=") as caught:
        refined(X=X[:rows], y=y[:rows], **params)

    assert str(caught.value) == (
        f"RefinedClassifier: {sentence} Pass fewer folds, or n_rounds=0 to leave the "
        "labels as they are."
    )


def test_groups_of_another_length_are_refused():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        refined(groups=np.arange(50))


def test_an_error_in_a_fold_leaves_the_old_student():
    model = refined().set_params(student=GaussianNB(var_smoothing=-1.0))
    before = dict(vars(model))

    with pytest.raises(ValueError, match="var_smoothing"):
        model.fit(X, Y)

    assert vars(model) == before
