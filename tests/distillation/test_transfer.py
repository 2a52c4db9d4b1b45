"""Further rows, made up or given, from every table that they may come in."""

import pickle

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
from scipy import sparse
from sklearn import config_context
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from sklkd import StudentNet
from sklkd.transfer_sets import TRANSFER_SETS, Jitter, Spunge

KINDS = [(classifier, blobs), (regressor, slopes)]
both = pytest.mark.parametrize(("make", "rows"), KINDS, ids=["classifier", "regressor"])
MORE = blobs(40, seed=1)[0]


def teacher_of(make, X, y):
    return FrozenEstimator((GaussianNB() if make is classifier else Ridge()).fit(X, y))


def assert_same(said, expected):
    """Up to the order of summation, which is that of the rows in memory."""
    np.testing.assert_allclose(said, expected, rtol=1e-7, atol=1e-9)


# --- Rows that are made up ------------------------------------------------------------


@both
@pytest.mark.parametrize("name", list(TRANSFER_SETS))
def test_a_name_is_the_object_with_its_defaults(make, rows, name):
    X, y = rows()

    by_name = make(transfer_set=name).fit(X, y)

    made = TRANSFER_SETS[name].factory()
    by_object = make(transfer_set=made).fit(X, y)
    assert type(by_name.policy_.transfer_set) is type(made)
    assert np.array_equal(outputs(by_name, X), outputs(by_object, X))
    without = make().fit(X, y)
    assert not np.array_equal(outputs(by_name, X), outputs(without, X))


@both
def test_made_up_rows_are_as_if_they_had_been_given(make, rows):
    X, y = rows()
    teacher, made = teacher_of(make, X, y), Jitter(size_factor=0.5)

    synthesised = make(teacher, transfer_set=made).fit(X, y)

    given = make(teacher).fit(X, y, X_unlabeled=made.synthesise(X).X)
    assert np.array_equal(outputs(synthesised, X), outputs(given, X))


@both
def test_made_up_rows_teach_what_the_labels_do_not_say(make, rows):
    """Of twelve rows little is learnt; of 2 000 more, what the teacher knows."""
    X, y = rows(200)
    teacher, some = teacher_of(make, X, y), np.arange(12)
    student = quick(hidden=(16,), max_epochs=60, lr=0.02)

    def gap(transfer_set):
        model = make(teacher, student, soft_weight=1.0, transfer_set=transfer_set)
        said = model.fit(X[some], y[some]).predict(X)
        return np.mean(np.square(said - teacher.predict(X)))

    assert gap(Jitter(size_factor=170)) < gap(None)


def test_held_out_rows_of_the_student_are_real_ones():
    X, y = blobs()
    student = quick(early_stopping=True, validation_fraction=0.25)
    teacher = teacher_of(classifier, X, y)

    model = classifier(teacher, student, transfer_set=Jitter(size_factor=3)).fit(X, y)

    assert "valid_loss" in model.history_[-1]


def test_made_up_images_are_images():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 1, 4, 4)), np.arange(20) % 2
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    seen = []

    def teacher(X):
        seen.append(X.shape)
        return np.full((len(X), 2), 0.5)

    classifier(teacher, StudentNet(net, max_epochs=1), transfer_set="mixup").fit(X, y)

    assert seen[0][0] > 20
    assert seen[0][1:] == (1, 4, 4)


def test_sparse_rows_cannot_be_made_up():
    X, y = blobs()
    model = classifier(LogisticRegression(), transfer_set="spunge")

    with pytest.raises(TypeError) as caught:
        model.fit(sparse.csr_array(X), y)

    assert str(caught.value) == (
        "DistilledClassifier: Spunge cannot synthesise rows of a sparse X. Pass a "
        "dense one, or transfer_set=None."
    )


def test_labels_alone_make_nothing_up():
    X, y = blobs()

    model = classifier(soft_weight=0, transfer_set="jitter").fit(X, y)

    assert model.policy_.transfer_set is None
    assert np.array_equal(
        outputs(model, X), outputs(classifier(soft_weight=0).fit(X, y), X)
    )


@pytest.mark.parametrize("targets", ["out_of_fold", "in_sample"])
def test_a_search_over_the_number_of_rows_fits_a_teacher_once_a_fold(targets, tmp_path):
    X, y = blobs()
    log = tmp_path / "log"
    model = classifier(
        Centroids(log),
        targets=targets,
        transfer_set=Jitter(),
        memory=tmp_path / "cache",
    )
    grid = {"transfer_set__size_factor": [0.5, 1, 2], "soft_weight": [0.5, 1.0]}

    GridSearchCV(model, grid, cv=3, refit=False).fit(X, y)

    assert n_fits(log) == 3 * (2 if targets == "out_of_fold" else 1)


def test_a_search_over_transfer_sets_finds_them_by_name():
    X, y = blobs()
    grid = {"transfer_set": [None, "jitter", Spunge(size_factor=0.5)]}

    found = GridSearchCV(classifier(), grid, cv=2).fit(X, y)

    assert np.isfinite(found.cv_results_["mean_test_score"]).all()


# --- Rows that are given --------------------------------------------------------------


def framed(package, X):
    frames = pytest.importorskip(package)
    names = list("abcd")[: X.shape[1]]
    kind = "columns" if package == "pandas" else "schema"
    return frames.DataFrame(X, **{kind: names})


TABLES = {
    "array": np.asarray,
    "list": np.ndarray.tolist,
    "Fortran": np.asfortranarray,
    "pandas": lambda X: framed("pandas", X),
    "polars": lambda X: framed("polars", X),
}


@both
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_further_rows_of_any_kind_are_the_same_rows(make, rows, table):
    X, y = rows()

    model = make().fit(table(X), y, X_unlabeled=table(MORE))

    expected = make().fit(X, y, X_unlabeled=MORE)
    assert_same(outputs(model, table(X)), outputs(expected, X))
    assert not np.array_equal(outputs(expected, X), outputs(make().fit(X, y), X))


@both
def test_sparse_further_rows_are_the_same_rows(make, rows):
    X, y = rows()
    teacher = LogisticRegression() if make is classifier else Ridge(tol=1e-12)
    csr = sparse.csr_array

    model = make(teacher).fit(csr(X), y, X_unlabeled=sparse.csc_array(MORE))

    expected = make(teacher).fit(csr(np.r_[X, MORE][:60]), y, X_unlabeled=csr(MORE))
    assert np.array_equal(outputs(model, csr(X)), outputs(expected, csr(X)))


@both
def test_further_rows_are_rows_without_a_label(make, rows):
    """With labels equal to unlabeled= for them, they are the same."""
    X, y = rows()
    padded = np.r_[y, np.full(40, -1, dtype=y.dtype)]
    splits = [(np.arange(30), np.arange(30, 60)), (np.arange(30, 60), np.arange(30))]

    given = make(cv=splits).fit(X, y, X_unlabeled=MORE)

    marked = make(cv=splits, unlabeled=-1).fit(np.r_[X, MORE], padded)
    assert np.array_equal(outputs(given, X), outputs(marked, X))


def test_both_kinds_of_rows_without_a_label_go_together():
    X, y = blobs()
    some = np.where(np.arange(60) % 2, y, -1)

    model = classifier(unlabeled=-1, transfer_set="jitter", soft_weight=1.0)
    model.fit(X, some, np.linspace(1, 2, 60), X_unlabeled=MORE, groups=np.arange(60))

    assert np.isfinite(outputs(model, X)).all()


def test_whole_numbers_may_be_followed_by_others():
    X, y = blobs()
    whole, seen = np.rint(X).astype(int), []

    def teacher(X):
        seen.append(X)
        return np.full((len(X), 3), 1 / 3)

    classifier(teacher).fit(whole, y, X_unlabeled=MORE)

    assert np.array_equal(seen[0], np.r_[whole, MORE])


def test_whole_numbers_in_a_frame_may_be_followed_by_others():
    pandas = pytest.importorskip("pandas")
    X, y = blobs()
    names = list("abcd")
    whole = pandas.DataFrame(np.rint(X).astype(int), columns=names)
    more = pandas.DataFrame(MORE, columns=names)

    model = classifier().fit(whole, y, X_unlabeled=more)

    expected = classifier().fit(whole.to_numpy(float), y, X_unlabeled=MORE)
    assert_same(outputs(model, whole), outputs(expected, whole.to_numpy(float)))


def test_single_precision_stays_single():
    X, y = blobs()
    seen = []

    def teacher(X):
        seen.append(X.dtype)
        return np.full((len(X), 3), 1 / 3)

    classifier(teacher).fit(X.astype(np.float32), y, X_unlabeled=MORE)

    assert seen == [np.float32]


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_columns_may_come_in_another_order(package):
    X, y = blobs()
    frame, more = framed(package, X), framed(package, MORE)

    model = classifier().fit(frame, y, X_unlabeled=more[["d", "b", "a", "c"]])

    expected = classifier().fit(X, y, X_unlabeled=MORE)
    assert_same(outputs(model, frame), outputs(expected, X))


def test_row_labels_of_further_rows_may_be_any():
    pandas = pytest.importorskip("pandas")
    X, y = blobs()
    more = pandas.DataFrame(MORE, columns=list("abcd"), index=np.zeros(40))

    model = classifier().fit(framed("pandas", X), y, X_unlabeled=more)

    expected = classifier().fit(X, y, X_unlabeled=MORE)
    assert_same(outputs(model, framed("pandas", X)), outputs(expected, X))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            lambda X: X[:, :3],
            "rows of the shape of those of X, (4,), got (3,).",
        ),
        (lambda X: X[:, 0], "rows of the shape of those of X, (4,), got ()."),
        (
            lambda X: framed("pandas", X),
            "a table of the kind of X, a ndarray, got a DataFrame. Convert it.",
        ),
        (
            sparse.csr_array,
            "a table of the kind of X, a ndarray, got a csr_array. Convert it.",
        ),
    ],
)
def test_rows_of_another_kind_are_refused(wrong, sentence):
    X, y = blobs()

    with pytest.raises(ValueError, match="X_unlabeled") as caught:
        classifier().fit(X, y, X_unlabeled=wrong(MORE))

    assert (
        str(caught.value) == f"DistilledClassifier: X_unlabeled must {_verb(sentence)}"
    )


def _verb(sentence):
    return f"have {sentence}" if sentence.startswith("rows") else f"be {sentence}"


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_other_columns_are_refused_by_name(package):
    X, y = blobs()
    more = framed(package, MORE).rename({"b": "x"} if package == "polars" else str)
    more = more.rename(columns={"b": "x"}) if package == "pandas" else more

    with pytest.raises(ValueError, match="X_unlabeled") as caught:
        classifier().fit(framed(package, X), y, X_unlabeled=more)

    assert str(caught.value) == (
        "DistilledClassifier: X_unlabeled must have the columns of X; it lacks ['b'], "
        "and has ['x'] besides."
    )


def test_a_frame_of_another_package_is_refused():
    X, y = blobs()

    with pytest.raises(ValueError, match="a table of the kind of X"):
        classifier().fit(framed("pandas", X), y, X_unlabeled=framed("polars", MORE))


@both
def test_a_precomputed_teacher_cannot_be_asked_about_further_rows(make, rows):
    X, y = rows()
    name = "teacher_proba" if make is classifier else "teacher_prediction"
    given = {name: np.full((60, 3), 1 / 3) if make is classifier else y}
    who = "DistilledClassifier" if make is classifier else "DistilledRegressor"
    tail = (
        "was passed. Put the rows into X, with a label equal to unlabeled=, and their "
        f"numbers into {name}."
    )

    with pytest.raises(ValueError, match="precomputed") as caught:
        make("precomputed").fit(X, y, X_unlabeled=MORE, **given)

    start = f"{who}: teacher='precomputed' cannot be asked about further rows, but "
    assert str(caught.value) == f"{start}X_unlabeled {tail}"
    with pytest.raises(ValueError, match="precomputed") as caught:
        make("precomputed", transfer_set="jitter").fit(X, y, **given)
    assert str(caught.value) == f"{start}transfer_set {tail}"


def test_further_rows_with_gaps_are_refused_where_the_teacher_takes_none():
    X, y = blobs()
    gappy = MORE.copy()
    gappy[3, 1] = np.nan

    with pytest.raises(ValueError, match="contains NaN"):
        classifier().fit(X, y, X_unlabeled=gappy)


def test_no_further_rows_are_refused():
    X, y = blobs()

    with pytest.raises(ValueError, match="0 sample"):
        classifier().fit(X, y, X_unlabeled=MORE[:0])


@pytest.mark.parametrize("unlabelled", [{}, {"X_unlabeled": MORE}])
def test_without_any_label_an_unfitted_teacher_has_nothing_to_learn(unlabelled):
    X, _ = blobs()

    with pytest.raises(ValueError, match="label") as caught:
        classifier(unlabeled=-1).fit(X, np.full(60, -1), **unlabelled)

    assert str(caught.value) == (
        "DistilledClassifier needs samples of at least 2 classes in y, got no label."
    )
    with pytest.raises(ValueError, match="target") as caught:
        regressor(unlabeled=-1.0).fit(X, np.full(60, -1.0), **unlabelled)
    assert str(caught.value) == (
        "DistilledRegressor needs at least 2 rows with a target, got no sample."
    )


def test_further_rows_weigh_what_others_do_on_average():
    X, y = blobs()
    teacher = teacher_of(classifier, X, y)
    weight = np.r_[np.full(30, 1.0), np.full(30, 3.0)]

    given = classifier(teacher, soft_weight=1.0).fit(X, y, weight, X_unlabeled=MORE)

    whole = classifier(teacher, soft_weight=1.0, unlabeled=-1)
    whole.fit(
        np.r_[X, MORE], np.r_[y, np.full(40, -1)], np.r_[weight, np.full(40, 2.0)]
    )
    np.testing.assert_allclose(outputs(given, X), outputs(whole, X), rtol=1e-12)


def test_a_teacher_of_folds_says_their_mean_of_further_rows():
    """In float64: the second fold's teacher was fitted on the first, and vice versa."""
    X, y = blobs()
    folds = [(np.arange(30), np.arange(30, 60)), (np.arange(30, 60), np.arange(30))]
    proba = [GaussianNB().fit(X[t], y[t]).predict_proba(MORE) for t, _ in folds]
    proba = [p.clip(1e-4, 1) / p.clip(1e-4, 1).sum(1, keepdims=True) for p in proba]

    model = classifier(cv=folds, soft_weight=1.0).fit(X, y, X_unlabeled=MORE)

    own = np.concatenate(
        [GaussianNB().fit(X[t], y[t]).predict_proba(X[s]) for t, s in folds[::-1]]
    )
    told = classifier("precomputed", soft_weight=1.0, unlabeled=-1).fit(
        np.r_[X, MORE],
        np.r_[y, np.full(40, -1)],
        teacher_proba=np.r_[own, np.mean(proba, axis=0)],
    )
    np.testing.assert_allclose(
        outputs(model, X), outputs(told, X), rtol=1e-4, atol=1e-6
    )


def test_out_of_bag_teachers_speak_of_further_rows_too():
    X, y = blobs()
    forest = RandomForestClassifier(20, random_state=0)

    model = classifier(forest, targets="out_of_bag").fit(X, y, X_unlabeled=MORE)

    assert not np.array_equal(
        outputs(model, X),
        outputs(classifier(forest, targets="out_of_bag").fit(X, y), X),
    )


# --- On their way ---------------------------------------------------------------------


@both
@pytest.mark.parametrize("routed", [False, True])
def test_a_search_hands_further_rows_to_every_fold(make, rows, routed):
    X, y = rows()
    grid = {"soft_weight": [0.5]}

    with config_context(enable_metadata_routing=routed):
        model = make()
        if routed:
            model.set_fit_request(X_unlabeled=True)
        found = GridSearchCV(model, grid, cv=[(np.arange(50), np.arange(50, 60))])
        found.fit(X, y, X_unlabeled=MORE)

    one = make(soft_weight=0.5).fit(X[:50], y[:50], X_unlabeled=MORE)
    expected = one.score(X[50:], y[50:])
    assert found.cv_results_["mean_test_score"][0] == pytest.approx(expected, rel=1e-9)


def test_a_pipeline_transforms_further_rows_where_it_is_told_to():
    X, y = blobs()

    with config_context(enable_metadata_routing=True):
        inner = classifier().set_fit_request(X_unlabeled=True)
        model = make_pipeline(StandardScaler(), inner, transform_input=["X_unlabeled"])
        model.fit(X, y, X_unlabeled=MORE)

    scaler = StandardScaler().fit(X)
    expected = classifier().fit(
        scaler.transform(X), y, X_unlabeled=scaler.transform(MORE)
    )
    assert np.array_equal(
        model.decision_function(X), outputs(expected, scaler.transform(X))
    )


def test_without_transformers_a_pipeline_hands_them_on():
    X, y = blobs()

    model = make_pipeline(classifier())
    model.fit(X, y, distilledclassifier__X_unlabeled=MORE)

    expected = classifier().fit(X, y, X_unlabeled=MORE)
    assert np.array_equal(model.decision_function(X), outputs(expected, X))


def test_further_rows_are_not_kept():
    X, y = blobs()
    more = np.random.default_rng(0).normal(size=(20_000, 4))

    small = classifier().fit(X, y)
    large = classifier().fit(X, y, X_unlabeled=more)

    assert len(pickle.dumps(large)) < 2 * len(pickle.dumps(small))
