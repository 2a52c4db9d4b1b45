"""DataFrames of words, categories, dates, truths and gaps, end to end."""

import builtins
import datetime
import pickle

import numpy as np
import pytest
from distillation.doubles import agreement, classifier, outputs, quick, regressor
from sklearn.base import clone
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sklkd import DistilledClassifier, DistilledRegressor, StudentNet
from sklkd.transfer_sets import TRANSFER_SETS, Jitter

skrub = pytest.importorskip("skrub")
frames = pytest.mark.parametrize("package", ["pandas", "polars"])

N_ROWS = 120
Y = np.arange(N_ROWS) % 3


def columns(n_rows=N_ROWS, seed=0):
    """Columns of every kind, each of which tells the classes apart, with gaps."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % 3
    start = datetime.date(2020, 1, 1)

    def gappy(values):
        gone = rng.random(n_rows) < 0.1
        return [None if g else v for v, g in zip(values, gone, strict=True)]

    return {
        "amount": gappy((y + rng.normal(size=n_rows)).tolist()),
        "count": (y * 3 + rng.integers(0, 3, n_rows)).tolist(),
        "sure": gappy((y > 0).tolist()),
        "colour": gappy(np.array(["red", "green", "blue"])[y].tolist()),
        "note": gappy([f"{'abc'[k]} number {i} of many" for i, k in enumerate(y)]),
        "day": gappy([start + datetime.timedelta(days=int(300 * k)) for k in y]),
    }


def table(package, n_rows=N_ROWS, seed=0):
    """The columns as a DataFrame."""
    library, made = pytest.importorskip(package), columns(n_rows, seed)
    if package == "polars":
        frame = library.DataFrame(made)
        return frame.with_columns(library.col("colour").cast(library.Categorical))
    frame = library.DataFrame(made)
    frame["amount"] = frame["amount"].astype(float)
    frame["sure"] = frame["sure"].astype("boolean")
    frame["colour"] = frame["colour"].astype("category")
    frame["day"] = library.to_datetime(frame["day"])
    return frame


def boosted(make=classifier):
    """A teacher that reads all of it, and silently words that its fold lacks."""
    kind = HistGradientBoostingClassifier
    if make is regressor:
        kind = HistGradientBoostingRegressor
    few = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(
        skrub.TableVectorizer(low_cardinality=few),
        kind(max_iter=10, min_samples_leaf=5, random_state=0),
    )


def reading(make=classifier, **params):
    """A default student, but for its epochs."""
    student = quick(hidden=(16,), max_epochs=30, lr=0.02)
    return make(boosted(make), **{"student": student} | params)


# --- Fitted, and asked ----------------------------------------------------------------


@frames
@pytest.mark.parametrize("make", [classifier, regressor])
def test_the_default_student_reads_every_kind_of_column(make, package):
    frame = table(package)

    model = reading(make).fit(frame, Y)

    assert model.score(frame, Y) > 0.8
    assert model.feature_names_in_.tolist() == list(columns())
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(outputs(again, frame), outputs(model, frame))
    shipped = model.without_teacher()
    assert np.array_equal(outputs(shipped, frame), outputs(model, frame))


@frames
@pytest.mark.parametrize("make", [DistilledClassifier, DistilledRegressor])
def test_everything_automatic_reads_it_too(make, package):
    frame = table(package, 240)
    kind = classifier if make is DistilledClassifier else regressor
    student = StudentNet(hidden=(8,), max_epochs=5)

    model = make(boosted(kind), student, cv=2, random_state=0)
    model.fit(frame, np.arange(240) % 3)

    assert len(model.policy_.trials) == 4
    assert model.policy_.trials[0]["transfer_set"] is not None


@frames
def test_it_is_the_same_to_the_bit_twice(package):
    frame, model = table(package), reading()

    one, other = clone(model).fit(frame, Y), clone(model).fit(frame, Y)

    assert np.array_equal(outputs(one, frame), outputs(other, frame))


@frames
def test_the_table_is_left_as_it_is(package):
    frame, again = table(package), table(package)

    reading(transfer_set="spunge").fit(frame, Y, X_unlabeled=frame[:20]).predict(frame)

    assert frame.equals(again)


@frames
def test_rows_are_predicted_one_by_one(package):
    frame = table(package)
    model = reading().fit(frame, Y)

    rows = [outputs(model, frame[i : i + 1]) for i in range(10)]

    expected = outputs(model, frame[:10])
    np.testing.assert_allclose(np.concatenate(rows), expected, rtol=1e-5, atol=1e-6)


@frames
def test_what_was_never_seen_may_be_asked_about(package):
    library = pytest.importorskip(package)
    model = reading().fit(table(package), Y)
    new = columns(9, seed=1)
    new["colour"] = ["violet"] * 9
    new["note"] = ["never read before"] * 9
    new["amount"] = [1e6] * 9
    new["day"] = [datetime.date(2050, 1, 1)] * 9
    frame = library.DataFrame(new)
    if package == "pandas":
        frame["day"] = library.to_datetime(frame["day"])
        frame["sure"] = frame["sure"].astype("boolean")
        frame["colour"] = frame["colour"].astype("category")
    else:
        frame = frame.with_columns(library.col("colour").cast(library.Categorical))

    assert model.predict_proba(frame).shape == (9, 3)


@frames
def test_a_column_may_be_all_gaps(package):
    library = pytest.importorskip(package)
    frame = table(package)
    nothing = [None] * N_ROWS
    if package == "pandas":
        frame["nothing"] = library.Series(nothing, dtype=object)
    else:
        frame = frame.with_columns(library.Series("nothing", nothing))

    model = reading().fit(frame, Y)

    assert np.isfinite(outputs(model, frame)).all()


@frames
def test_a_single_column_of_words_is_enough(package):
    frame = table(package)[["colour"]]

    model = reading().fit(frame, Y)

    assert model.score(frame, Y) > 0.8


@frames
def test_other_columns_are_refused(package):
    frame = table(package)
    model = reading().fit(frame, Y)
    names = list(columns())

    with pytest.raises(ValueError, match="same order"):
        model.predict(frame[names[::-1]])
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[names[1:]])
    changes = {"note": "remark"}
    how = {"columns": changes} if package == "pandas" else {"mapping": changes}
    renamed = frame.rename(**how)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(renamed)


# --- Parts of scikit-learn ------------------------------------------------------------


@frames
def test_a_search_and_a_pipeline_hand_it_on(package, tmp_path):
    frame = table(package)
    model = reading(memory=tmp_path)
    grid = {"soft_weight": [0.0, 0.5], "transfer_set": [None, Jitter(size_factor=0.5)]}

    found = GridSearchCV(model, grid, cv=2, error_score="raise").fit(frame, Y)
    piped = make_pipeline("passthrough", clone(model)).fit(frame, Y)

    assert found.best_score_ > 0.6
    expected = outputs(clone(model).fit(frame, Y), frame)
    assert np.array_equal(outputs(piped, frame), expected)


@frames
def test_cross_validation_of_the_whole(package):
    scores = cross_val_score(reading(), table(package), Y, cv=3, error_score="raise")

    assert (scores > 0.6).all()


@frames
def test_a_frozen_teacher_reads_what_it_read_before(package):
    frame = table(package)
    teacher = boosted().fit(frame, Y)

    model = reading(soft_weight=1.0).set_params(teacher=FrozenEstimator(teacher))
    model.fit(frame, np.random.default_rng(0).permutation(Y))

    assert agreement(model.predict(frame), teacher.predict(frame)) > 0.8


@frames
@pytest.mark.parametrize("name", list(TRANSFER_SETS))
def test_rows_are_made_up_of_every_kind_of_column(package, name):
    frame = table(package)

    model = reading(transfer_set=name).fit(frame, Y)

    assert model.score(frame, Y) > 0.6


@frames
def test_further_rows_may_have_categories_and_gaps_of_their_own(package):
    library = pytest.importorskip(package)
    frame, more = table(package), table(package, 30, seed=2)
    words = ["violet", None, "red"] * 10
    if package == "pandas":
        more["colour"] = library.Categorical(words)
    else:
        series = library.Series("colour", words, dtype=library.Categorical)
        more = more.with_columns(series)

    model = reading().fit(frame, Y, X_unlabeled=more[list(columns())[::-1]])

    assert model.score(frame, Y) > 0.6


def test_categories_of_further_rows_that_x_lacks_are_gaps():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"c": pandas.Categorical(list("ab") * 30), "x": range(60)})
    more = pandas.DataFrame({"x": [0, 1], "c": pandas.Categorical(["z", "a"])})
    seen = []

    def teacher(X):
        seen.append(X)
        return np.full((len(X), 2), 0.5)

    reading().set_params(teacher=teacher).fit(X, np.arange(60) % 2, X_unlabeled=more)

    assert seen[0]["c"].dtype == X["c"].dtype
    assert seen[0]["c"].isna().tolist() == [False] * 60 + [True, False]


def test_polars_enums_are_matched_by_word():
    polars = pytest.importorskip("polars")
    own, other = polars.Enum(["a", "b"]), polars.Enum(["z", "b"])
    X = polars.DataFrame({"c": polars.Series(["a", "b"] * 30, dtype=own)})
    more = polars.DataFrame({"c": polars.Series(["z", "b"], dtype=other)})
    seen = []

    def teacher(X):
        seen.append(X)
        return np.full((len(X), 2), 0.5)

    reading().set_params(teacher=teacher).fit(X, np.arange(60) % 2, X_unlabeled=more)

    assert seen[0]["c"].to_list()[-2:] == [None, "b"]
    assert seen[0].schema == X.schema


# --- Numbers with gaps ----------------------------------------------------------------


def gappy_numbers():
    X = np.random.default_rng(0).normal(size=(N_ROWS, 3)) + Y[:, np.newaxis]
    X[::7, 1] = np.nan
    return X


@pytest.mark.parametrize("make", [classifier, regressor])
@pytest.mark.parametrize("transfer_set", [None, "spunge"])
def test_gaps_in_an_array_are_filled_where_the_teacher_takes_them(make, transfer_set):
    X = gappy_numbers()
    teacher = boosted(make)[-1]

    model = make(teacher, quick(max_epochs=60, lr=0.05), transfer_set=transfer_set)
    model.fit(X, Y, X_unlabeled=X[:20])

    assert model.__sklearn_tags__().input_tags.allow_nan
    assert model.score(X, Y) > 0.5
    shipped = model.without_teacher()
    assert np.array_equal(outputs(shipped, X), outputs(model, X))


@pytest.mark.parametrize(
    "teacher",
    [
        LogisticRegression(),
        [("a", HistGradientBoostingClassifier()), ("b", LogisticRegression())],
    ],
    ids=["one", "one of two"],
)
def test_gaps_are_refused_where_a_teacher_takes_none(teacher):
    X = gappy_numbers()
    model = classifier(teacher)

    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(X, Y)

    assert not model.__sklearn_tags__().input_tags.allow_nan


@frames
def test_whole_numbers_and_truths_with_gaps_are_numbers(package):
    frame = table(package)[["amount", "count", "sure"]]
    if package == "pandas":
        frame["count"] = frame["count"].astype("Int64").mask(frame["count"] == 4)
    teacher = HistGradientBoostingClassifier(max_iter=5)

    model = reading(transfer_set="spunge").set_params(teacher=teacher)
    model.fit(frame, Y, X_unlabeled=frame[:30])

    assert model.student_.steps is None
    assert np.isfinite(outputs(model, frame)).all()


def test_infinity_is_no_gap():
    X = gappy_numbers()
    X[3, 0] = np.inf

    with pytest.raises(ValueError, match="infinity"):
        classifier(boosted()[-1]).fit(X, Y)


# --- Without skrub --------------------------------------------------------------------


@frames
def test_without_skrub_a_sentence_says_what_to_install(package, monkeypatch):
    imported = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.split(".")[0] == "skrub":
            raise ImportError("No module named 'skrub'")
        return imported(name, *args, **kwargs)

    frame, model = table(package), reading()
    monkeypatch.setattr(builtins, "__import__", missing)

    with pytest.raises(ImportError) as caught:
        model.fit(frame, Y)

    named = ["colour", "note", "day"]
    assert str(caught.value) == (
        f"DistilledClassifier: X has columns that hold no numbers, {named}. The "
        "default student needs skrub to read them: pip install 'sklkd[tables]'. Or "
        "pass a Pipeline as student, with transformers of your own."
    )


@frames
def test_numbers_need_no_skrub(package, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "skrub", None)
    frame = table(package)[["amount", "count"]]
    teacher = HistGradientBoostingClassifier(max_iter=5)

    model = classifier(teacher).fit(frame, Y)

    assert model.predict(frame).shape == (N_ROWS,)
