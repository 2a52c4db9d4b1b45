"""What all surrogates share: rows held out, exports, local explanations, refusals."""

import json
import pickle
import sqlite3

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklkd import SurrogateClassifier
from sklkd.readable import from_dict
from sklkd.surrogates import RuleListClassifier, SoftTree, TrepanClassifier

X, y = load_iris(return_X_y=True)
NAMES = ["tree", "rules", "trepan", "linear", "additive", "prototypes"]


def fitted(surrogate="tree", teacher=None, **params):
    teacher = GaussianNB() if teacher is None else teacher
    params = {"random_state": 0, "importance": None} | params
    return SurrogateClassifier(teacher, surrogate, **params).fit(X, y)


@pytest.mark.parametrize("surrogate", NAMES)
def test_every_surrogate_is_faithful_to_a_simple_teacher(surrogate):
    model = fitted(surrogate)
    assert model.fidelity_.value > 0.8
    assert (model.predict(X) == model.teacher_.predict(X)).mean() > 0.9


@pytest.mark.parametrize("surrogate", NAMES)
def test_json_says_the_same(surrogate):
    model = fitted(surrogate)
    again = from_dict(json.loads(json.dumps(model.to_dict())))
    np.testing.assert_array_equal(again.outputs(X), model.surrogate_.outputs(X))


@pytest.mark.parametrize("surrogate", NAMES)
def test_python_says_the_same(surrogate):
    model = fitted(surrogate)
    module = {}
    exec(model.to_python(), module)
    rows = np.random.default_rng(0).uniform(0, 8, size=(50, 4))
    said = [
        module["predict_proba"](dict(zip(("x0", "x1", "x2", "x3"), r, strict=True)))
        for r in rows.tolist()
    ]
    np.testing.assert_allclose(said, model.predict_proba(rows), atol=1e-12)


@pytest.mark.parametrize("surrogate", NAMES)
def test_sql_says_the_same(surrogate):
    model = fitted(surrogate)
    rows = np.random.default_rng(0).uniform(0, 8, size=(50, 4))
    with sqlite3.connect(":memory:") as database:
        database.create_function("exp", 1, np.exp)
        database.execute('CREATE TABLE "rows" (x0 REAL, x1 REAL, x2 REAL, x3 REAL)')
        database.executemany('INSERT INTO "rows" VALUES (?, ?, ?, ?)', rows.tolist())
        found = database.execute(model.to_sql("rows", dialect="sqlite")).fetchall()
    proba = np.array(found, dtype=object)[:, -4:-1].astype(float)
    np.testing.assert_allclose(proba, model.predict_proba(rows), atol=1e-9)


@pytest.mark.parametrize("surrogate", NAMES)
def test_a_row_is_explained(surrogate):
    model = fitted(surrogate)
    why = model.explain_local(X[:20], background=X)
    np.testing.assert_array_equal(why.outputs.argmax(axis=1), model.predict(X[:20]))
    changed = [found for found in why.counterfactual if found is not None]
    assert changed
    for found in changed:  # the first 20 rows are all of class 0
        assert model.predict(np.array([found.row]))[0] != 0


def test_a_counterfactual_reaches_the_class_that_is_wanted():
    why = fitted().explain_local(X[:3], target=2, immutable=["x0", "x1"])
    for found in why.counterfactual:
        assert fitted().predict(np.array([found.row]))[0] == 2
        assert set(found.changed) <= {2, 3}


def test_a_class_or_a_column_that_there_is_not_is_refused():
    model = fitted()
    with pytest.raises(
        ValueError, match=r"target must be one of the classes \[0, 1, 2"
    ):
        model.explain_local(X, target=7)
    with pytest.raises(ValueError, match=r"immutable must be names of columns that"):
        model.explain_local(X, immutable=["age"])


def test_every_row_fulfils_exactly_one_rule():
    for model in (fitted("tree"), fitted("rules"), fitted("trepan")):
        held = np.sum([rule.holds(X) for rule in model.rules_], axis=0)
        np.testing.assert_array_equal(held, 1)


def test_a_tree_of_a_tree_is_that_tree():
    tree = DecisionTreeClassifier(max_leaf_nodes=6, random_state=0).fit(X, y)
    model = fitted(
        SoftTree(max_leaves=None, min_share=0, short_thresholds=False),
        FrozenEstimator(tree),
        validation_fraction=0,
    )
    np.testing.assert_array_equal(model.predict(X), tree.predict(X))


def test_the_same_model_on_all_columns_has_a_fidelity_of_1():
    nearly = LogisticRegression(max_iter=1000, C=1e4)
    teacher = FrozenEstimator(nearly.fit(X[:, 2:] @ np.ones((2, 4)), y))
    rows = X[:, 2:] @ np.ones((2, 4))
    model = SurrogateClassifier(
        teacher, DecisionTreeClassifier(), importance=None, random_state=0
    ).fit(rows, y)
    again = SurrogateClassifier(
        FrozenEstimator(model), DecisionTreeClassifier(), queries=None, random_state=0
    ).fit(rows, y)
    assert again.fidelity_.value == 1


def test_a_constant_teacher_is_explained_exactly():
    for surrogate in NAMES[:5]:
        model = fitted(surrogate, lambda rows: np.tile([0.2, 0.7, 0.1], (len(rows), 1)))
        assert model.fidelity_.value == 1
        np.testing.assert_allclose(
            model.predict_proba(X), np.tile([0.2, 0.7, 0.1], (150, 1)), atol=1e-4
        )


def test_fidelity_is_measured_on_rows_that_neither_saw():
    seen = []

    class Watched(DecisionTreeClassifier):
        def fit(self, X, y, sample_weight=None):
            seen.append(len(X))
            return super().fit(X, y, sample_weight)

    model = fitted("tree", Watched(), validation_fraction=0.2)
    assert seen == [120, 150]
    assert model.fidelity_.n_rows == 30


def test_nothing_is_held_out_where_nobody_asks():
    assert fitted(validation_fraction=0).fidelity_ is None


def test_rows_of_a_group_are_held_out_together():
    groups = np.arange(150) // 10
    seen = []

    class Watched(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            seen.append({tuple(row) for row in X})
            return super().fit(X, y, sample_weight)

    SurrogateClassifier(Watched(), importance=None, random_state=0).fit(
        X + np.arange(150)[:, np.newaxis], y, groups=groups
    )
    held = [
        i
        for i, row in enumerate(X + np.arange(150)[:, np.newaxis])
        if tuple(row) not in seen[0]
    ]
    assert len(held) == 30
    assert len(set(groups[held])) == 3


FRAMES = [pd.DataFrame, pl.DataFrame]


@pytest.mark.parametrize("frame", FRAMES)
def test_raw_columns_are_explained_in_their_own_words(frame):
    rng = np.random.default_rng(0)
    job = rng.choice(["clerk", "nurse", "smith"], 300)
    age = rng.integers(20, 60, 300)
    table = frame({"age": age, "job": job})
    rich = np.where((job == "smith") | (age > 50), "yes", "no")
    teacher = make_pipeline(
        OneHotEncoder(handle_unknown="ignore"), DecisionTreeClassifier(random_state=0)
    )
    model = SurrogateClassifier(teacher, importance=None, random_state=0)
    model.fit(table, rich)
    assert model.score(table, rich) > 0.95
    text = model.to_text()
    assert "smith" in text
    assert "missing" not in text


def test_a_search_looks_through_sizes():
    search = GridSearchCV(
        SurrogateClassifier(GaussianNB(), SoftTree(), importance=None, random_state=0),
        {"surrogate__max_leaves": [2, 6]},
        cv=3,
    ).fit(X, y)
    assert search.best_params_ == {"surrogate__max_leaves": 6}


def test_it_works_at_the_end_of_a_pipeline():
    model = make_pipeline(
        StandardScaler(), SurrogateClassifier(GaussianNB(), random_state=0)
    )
    assert cross_val_score(model, X, y).mean() > 0.9


def test_it_is_pickled_and_cloned():
    model = fitted()
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert not hasattr(clone(model), "student_")


def test_a_weight_of_2_is_a_repeated_row():
    rows, labels, times = X[::3], y[::3], np.arange(50) % 3 + 1
    for make in (
        lambda: SurrogateClassifier(
            LogisticRegression(max_iter=1000), queries=None, random_state=0
        ),
        lambda: TrepanClassifier(GaussianNB(), min_samples=100, random_state=0),
    ):
        weighted = make().fit(rows, labels, sample_weight=times)
        repeated = make().fit(rows.repeat(times, axis=0), labels.repeat(times))
        np.testing.assert_allclose(
            weighted.predict_proba(rows), repeated.predict_proba(rows), atol=1e-6
        )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_features": 5}, "n_features must be at most the number of columns of X, 4"),
        ({"n_features": 0}, "n_features must be an integer in [1, inf), got 0"),
        ({"n_features": "knee"}, "n_features must be one of 'elbow', 'cv', got 'knee'"),
        ({"n_features": 2, "importance": None}, "n_features=2 needs a ranking"),
        ({"importance": "permutatoin"}, "Did you mean 'permutation'?"),
        ({"validation_fraction": 1}, "validation_fraction must be a real number in"),
        ({"feature_groups": [["a"]]}, "feature_groups must be lists of names or"),
        ({"feature_groups": [[9]]}, "feature_groups must be lists of names or"),
        ({"queries": "mung"}, "Did you mean 'munge'?"),
        ({"surrogate": "treee"}, "Did you mean 'tree'?"),
        ({"surrogate": SoftTree(max_leaves=1)}, "max_leaves of SoftTree must be an"),
        ({"teacher": "precomputed"}, "asked about new rows, got 'precomputed'"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(params, message):
    model = SurrogateClassifier(**{"teacher": GaussianNB(), "random_state": 0} | params)
    with pytest.raises((ValueError, KeyError)) as caught:
        model.fit(X, y)
    assert message in str(caught.value)
    assert not hasattr(model, "classes_")


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="samples of at least 2 classes in y, got 1"):
        SurrogateClassifier(GaussianNB()).fit(X, np.zeros(150))


def test_a_teacher_of_one_class_is_refused():
    teacher = FrozenEstimator(DecisionTreeClassifier().fit(X[:50], y[:50]))
    with pytest.raises(
        ValueError, match=r"knows the classes \[0\], but y has \[0, 1, 2"
    ):
        SurrogateClassifier(teacher).fit(X, y)


def test_a_failed_fit_leaves_the_last_one():
    model = fitted()
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match="n_features"):
        model.set_params(n_features=99, importance="permutation").fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_the_forest_that_is_explained_is_kept():
    forest = RandomForestClassifier(5, random_state=0)
    model = RuleListClassifier(forest, random_state=0).fit(X, y)
    assert len(model.teacher_.estimators_) == 5
