"""Smoothed leaves: by hand, and with no pseudo-count what scikit-learn's trees say."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from training.classroom import CLASSES, blobs, question

from sklkd.exceptions import TeacherError
from sklkd.training._leaves import smoothed_proba

X, Y = blobs(60, gap=0.7)
NEARLY_NONE = 1e-12

TREES = {
    "tree": DecisionTreeClassifier(random_state=0),
    "extra tree": ExtraTreeClassifier(random_state=0),
    "entropy": DecisionTreeClassifier(criterion="entropy", max_depth=3),
    "pruned": DecisionTreeClassifier(ccp_alpha=0.02, random_state=0),
    "forest": RandomForestClassifier(5, random_state=0),
    "balanced": RandomForestClassifier(
        5, class_weight="balanced_subsample", max_depth=3, random_state=0
    ),
    "small bags": RandomForestClassifier(5, max_samples=4, random_state=0),
    "extra trees": ExtraTreesClassifier(5, random_state=0, max_depth=3),
    "bag": BaggingClassifier(n_estimators=5, random_state=0),
    "columns": BaggingClassifier(
        DecisionTreeClassifier(max_depth=2),
        n_estimators=7,
        max_features=2,
        random_state=0,
    ),
    "repeated columns": BaggingClassifier(
        n_estimators=5, max_features=2, bootstrap_features=True, random_state=0
    ),
    "few rows": BaggingClassifier(n_estimators=5, max_samples=3, random_state=0),
    "one tree": BaggingClassifier(n_estimators=1, random_state=0),
    "pipeline": make_pipeline(StandardScaler(), RandomForestClassifier(5)),
    "pipelines": make_pipeline(
        StandardScaler(), make_pipeline(StandardScaler(), DecisionTreeClassifier())
    ),
    "no transformer": make_pipeline(RandomForestClassifier(5)),
}
EVERY_TREE = pytest.mark.parametrize("trees", TREES.values(), ids=TREES)


def smoothed(trees, X=X, pseudo_count=1.0):
    return smoothed_proba("Test", trees, X, pseudo_count)


def stump(**options):
    """Left of 1/2: two ash and a birch. Right: three birches."""
    x = np.array([0, 0, 0, 1, 1, 1.0])[:, np.newaxis]
    y = CLASSES[[0, 0, 1, 1, 1, 1]]
    return DecisionTreeClassifier(max_depth=1).fit(x, y, **options)


def test_a_stump_by_hand():
    proba = smoothed(stump(), np.array([[0.0], [1.0]]), pseudo_count=1.0)

    np.testing.assert_allclose(proba, [[3 / 5, 2 / 5], [1 / 5, 4 / 5]])


def test_a_leafs_size_is_that_of_its_weights():
    tree = stump(sample_weight=[0.5, 0.5, 2, 1, 1, 2])

    proba = smoothed(tree, np.array([[0.0], [1.0]]), pseudo_count=0.5)

    np.testing.assert_allclose(proba, [[1.5 / 4, 2.5 / 4], [0.5 / 5, 4.5 / 5]])


def test_a_bags_members_smooth_before_they_vote():
    """Two whole copies of the stump's rows make the same stump twice."""
    x = np.array([0, 0, 0, 1, 1, 1.0])[:, np.newaxis]
    bag = BaggingClassifier(
        DecisionTreeClassifier(max_depth=1), n_estimators=2, bootstrap=False
    ).fit(x, CLASSES[[0, 0, 1, 1, 1, 1]])

    proba = smoothed(bag, np.array([[0.0], [1.0]]))

    np.testing.assert_allclose(proba, [[3 / 5, 2 / 5], [1 / 5, 4 / 5]])


def test_a_class_that_a_bag_missed_has_its_pseudo_count():
    """A bag of one row knows one class, with a count of 1 of 1."""
    bag = BaggingClassifier(n_estimators=1, max_samples=1, random_state=0)
    bag.fit(X, CLASSES[Y])
    only = CLASSES.tolist().index(bag.predict(X[:1])[0])

    proba = smoothed(bag, X[:1], pseudo_count=0.5)

    np.testing.assert_allclose(proba[0], np.where(np.arange(3) == only, 0.6, 0.2))


@EVERY_TREE
@pytest.mark.parametrize("labels", [CLASSES, np.array([7, -2, 40]), [5.0, -1.0, 3.0]])
def test_without_a_pseudo_count_it_is_what_the_trees_say(trees, labels):
    trees.fit(X, np.asarray(labels)[Y])

    proba = smoothed(trees, pseudo_count=NEARLY_NONE)

    np.testing.assert_allclose(proba, trees.predict_proba(X), atol=1e-10)


@EVERY_TREE
def test_probabilities_are_a_distribution_without_zeros(trees):
    trees.fit(X, CLASSES[Y])

    proba = smoothed(trees, pseudo_count=0.1)

    assert proba.shape == (60, 3)
    assert (proba > 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)


@EVERY_TREE
def test_a_large_pseudo_count_leaves_nothing_but_itself(trees):
    trees.fit(X, CLASSES[Y])

    np.testing.assert_allclose(smoothed(trees, pseudo_count=1e9), 1 / 3, atol=1e-6)


@given(st.integers(0, 99), st.sampled_from([0.1, 1.0, 5.0]), st.integers(1, 6))
def test_it_is_a_mean_of_what_the_leaf_says_and_of_nothing(seed, pseudo_count, depth):
    """Of n + a K votes, n are the leaf's and a K are even."""
    tree = DecisionTreeClassifier(max_depth=depth, random_state=seed)
    tree.fit(*blobs(50, seed=seed, gap=0.5))
    size = tree.tree_.n_node_samples[tree.apply(X)][:, np.newaxis]
    share = size / (size + 3 * pseudo_count)
    expected = share * tree.predict_proba(X) + (1 - share) / 3

    np.testing.assert_allclose(smoothed(tree, X, pseudo_count), expected)


@pytest.mark.parametrize("name", ["tree", "forest", "columns", "extra trees"])
@pytest.mark.parametrize(
    "container",
    [
        sparse.csr_array,
        sparse.csc_array,
        sparse.coo_array,
        sparse.coo_matrix,
        lambda X: pd.DataFrame(X, columns=list("abc")),
        lambda X: pl.DataFrame(X, schema=list("abc")),
        lambda X: X.astype("f4"),
        np.asfortranarray,
    ],
    ids=["csr", "csc", "coo", "matrix", "pandas", "polars", "float32", "fortran"],
)
def test_rows_are_the_same_in_any_container(name, container):
    expected = smoothed(TREES[name].fit(X.astype("f4"), CLASSES[Y]), X)

    proba = smoothed(TREES[name].fit(container(X), CLASSES[Y]), container(X))

    np.testing.assert_allclose(proba, expected)


@pytest.mark.parametrize("name", ["tree", "forest", "bag"])
def test_missing_values_go_where_the_trees_send_them(name):
    table = pd.DataFrame(X, columns=list("abc"))
    table["b"] = table["b"].round().astype("Int64")
    table["c"] = table["c"] > 0
    table.loc[::5, "b"] = pd.NA
    trees = TREES[name].fit(table, CLASSES[Y])

    proba = smoothed(trees, table, NEARLY_NONE)

    np.testing.assert_allclose(proba, trees.predict_proba(table), atol=1e-10)


def test_a_pipelines_transformers_know_columns_by_name():
    table = pd.DataFrame(X, columns=list("abc"))
    steps = FunctionTransformer(lambda table: table[["c", "a"]])
    trees = make_pipeline(steps, RandomForestClassifier(3, random_state=0))
    expected = RandomForestClassifier(3, random_state=0).fit(X[:, [2, 0]], Y)

    proba = smoothed(trees.fit(table, CLASSES[Y]), table)

    np.testing.assert_array_equal(proba, smoothed(expected, X[:, [2, 0]]))


def test_a_single_row_and_a_single_constant_column_will_do():
    forest = RandomForestClassifier(3, bootstrap=False).fit(
        np.ones((4, 1)), list("aabb")
    )

    np.testing.assert_allclose(smoothed(forest, np.ones((1, 1))), [[0.5, 0.5]])


def test_the_teacher_and_the_rows_stay_as_they_are():
    forest, rows = RandomForestClassifier(3).fit(X, CLASSES[Y]), X.copy()
    said = forest.predict_proba(X)

    smoothed(forest, rows)

    np.testing.assert_array_equal(rows, X)
    np.testing.assert_array_equal(forest.predict_proba(X), said)


TREE = DecisionTreeClassifier(max_depth=2)


@pytest.mark.parametrize(
    "teacher",
    [
        LogisticRegression(),
        GradientBoostingClassifier(n_estimators=2),
        HistGradientBoostingClassifier(max_iter=2),
        AdaBoostClassifier(TREE, n_estimators=3),
        VotingClassifier([("a", TREE), ("b", TREE)], voting="soft", weights=[5, 1]),
        StackingClassifier([("a", TREE)], stack_method="predict_proba"),
        OneVsRestClassifier(TREE),
        BaggingClassifier(LogisticRegression(), n_estimators=2),
        BaggingClassifier(make_pipeline(TREE), n_estimators=2),
    ],
    ids=lambda teacher: type(teacher).__name__,
)
@pytest.mark.parametrize("labels", [CLASSES, np.arange(3)], ids=["words", "numbers"])
def test_what_is_no_vote_of_trees_is_refused(teacher, labels):
    """Some are made of trees, whose votes are weighted or are of other classes."""
    teacher.fit(X, labels[Y])
    sentence = (
        "Test: leaf_smoothing needs a teacher made of decision trees that vote, such "
        f"as RandomForestClassifier, got {type(teacher).__name__}. Pass "
        "leaf_smoothing=0, and perhaps a higher proba_floor."
    )

    with pytest.raises(TeacherError, match=f"^{re.escape(sentence)}$"):
        smoothed(teacher)


def test_a_regressor_in_a_pipeline_is_refused():
    teacher = make_pipeline(StandardScaler(), RandomForestRegressor(2)).fit(X, Y)

    with pytest.raises(TeacherError, match=r"got RandomForestRegressor\."):
        smoothed(teacher)


@pytest.mark.parametrize("freeze", [lambda t: t, FrozenEstimator], ids=["", "frozen"])
def test_a_question_smooths_and_aligns(freeze):
    y = np.where(Y == 1, 2, Y)
    forest = RandomForestClassifier(5, random_state=0).fit(X, CLASSES[y])
    ask = question(leaf_smoothing=0.5, proba_floor=1e-6)

    logits = ask.ask(freeze(forest), X)

    np.testing.assert_allclose(
        np.exp(logits[:, [0, 2]]), smoothed(forest, pseudo_count=0.5)
    )
    assert np.exp(logits[:, 1]) == pytest.approx(1e-6)
