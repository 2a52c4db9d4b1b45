"""Candidates: nodes of trees as scikit-learn reaches them, and which trees are read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sklkd.readable import Column
from sklkd.surrogates._evidence import Evidence
from sklkd.surrogates._rule_candidates import candidates, trees_of
from sklkd.surrogates._rule_spans import Ranks

SHORT = {"max_conditions": 3, "min_coverage": 0.0, "limit": 10_000}


def evidence_of(Z, said, weight=None, *, seed=0, columns=None, classes=None):
    n, p = Z.shape
    columns = columns or tuple(Column(f"x{j}", j) for j in range(p))
    weight = np.ones(n) if weight is None else weight
    targets = tuple(f"y{k}" for k in range(said.shape[1]))
    return Evidence(
        columns, Z, said, weight, n, classes, targets, lambda rows: rows, seed=seed
    )


def from_teacher(Z, teacher, columns=None):
    """Candidates that are there for the teacher alone, and the ranks."""
    evidence = evidence_of(Z, np.zeros((len(Z), 1)), columns=columns)  # trees of roots
    ranks = Ranks.of(evidence)
    return candidates(ranks, evidence, teacher, **SHORT), ranks


def covers(ranks, rules):
    return {ranks.matches(rule).tobytes() for rule in rules}


def reached(tree, X):
    """Rows that come to each node but the root, as scikit-learn says."""
    return tree.decision_path(X).toarray()[:, 1:].T.astype(bool)


@st.composite
def labelled(draw):
    """Rows that may be equal, huge or missing, and labels."""
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    n, p = draw(st.integers(2, 30)), draw(st.integers(1, 3))
    X = np.round(rng.normal(size=(n, p)), draw(st.integers(0, 3)))
    X *= draw(st.sampled_from([1e-30, 1.0, 1e30]))
    X[rng.random(X.shape) < draw(st.sampled_from([0.0, 0.3]))] = np.nan
    return X, rng.integers(0, 3, n)


@settings(max_examples=100)
@given(labelled())
def test_every_shallow_node_of_a_tree_is_a_candidate(problem):
    X, y = problem
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, y)

    rules, ranks = from_teacher(X, tree)

    found = covers(ranks, rules)
    assert all(rows.tobytes() in found for rows in reached(tree, X))


@settings(max_examples=100)
@given(labelled())
def test_every_condition_of_a_tree_is_a_candidate_alone(problem):
    """What remains of a path when earlier rules have done with its beginning."""
    X, y = problem
    tree = DecisionTreeClassifier(random_state=0).fit(X, y).tree_

    rules, ranks = from_teacher(X, DecisionTreeClassifier(random_state=0).fit(X, y))

    found = covers(ranks, rules)
    for node in np.flatnonzero(tree.children_left >= 0):
        values = X[:, tree.feature[node]]
        left = values.astype(np.float32) <= tree.threshold[node]
        left[np.isnan(values)] = tree.missing_go_to_left[node]
        assert left.all() or left.tobytes() in found
        assert left.all() or (~left).tobytes() in found


@pytest.mark.parametrize(
    "teacher",
    [
        RandomForestClassifier(5, max_depth=3, random_state=0),
        ExtraTreesClassifier(5, max_depth=3, random_state=0),
        GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=0),
        GradientBoostingRegressor(n_estimators=3, max_depth=2, random_state=0),
        RandomForestRegressor(5, max_depth=3, random_state=0),
        DecisionTreeRegressor(max_depth=3, random_state=0),
        FrozenEstimator(FrozenEstimator(DecisionTreeClassifier(max_depth=3))),
    ],
    ids=lambda teacher: type(teacher).__name__,
)
def test_all_trees_of_a_teacher_are_read(teacher):
    X, y = load_iris(return_X_y=True)
    if isinstance(teacher, FrozenEstimator):
        teacher.estimator.estimator.fit(X, y)
        members = [teacher.estimator.estimator]
    else:
        teacher.fit(X, y)
        members = list(np.ravel(getattr(teacher, "estimators_", [teacher])))

    rules, ranks = from_teacher(X, teacher)

    assert len(trees_of(teacher)) == len(members)
    found = covers(ranks, rules)
    for member in members:
        assert all(rows.tobytes() in found for rows in reached(member, X))


@pytest.mark.parametrize(
    "teacher",
    [
        None,
        "a word",
        DecisionTreeClassifier(),  # unfitted
        LogisticRegression().fit([[0.0], [1.0]], [0, 1]),
        HistGradientBoostingClassifier(max_iter=1).fit([[0.0], [1.0]], [0, 1]),
        DecisionTreeClassifier().fit([[0.0, 0], [1.0, 0]], [0, 1]),  # other columns
        make_pipeline(StandardScaler(), DecisionTreeClassifier()).fit(
            [[0.0], [1.0]], [0, 1]
        ),
    ],
    ids=["none", "word", "unfitted", "linear", "hist", "columns", "pipeline"],
)
def test_what_has_no_trees_on_these_columns_is_not_looked_into(teacher):
    rules, _ = from_teacher(np.array([[0.0], [1.0]]), teacher)

    assert rules == []


def test_trees_do_not_see_categories_as_we_do():
    Z = np.array([[0.0], [1.0]])
    tree = DecisionTreeClassifier().fit(Z, [0, 1])

    rules, _ = from_teacher(Z, tree, (Column("x", 0, ("a", "b")),))

    assert rules == []


def test_columns_may_stand_in_another_order_than_the_teachers():
    X = np.array([[0.0, 5.0], [0.0, 6.0], [1.0, 5.0], [1.0, 6.0]])
    tree = DecisionTreeClassifier().fit(X, [0, 0, 1, 1])
    columns = Column("second", 1), Column("first", 0)

    rules, ranks = from_teacher(X[:, ::-1], tree, columns)

    assert covers(ranks, rules) == {
        np.array([False, False, True, True]).tobytes(),
        np.array([True, True, False, False]).tobytes(),
    }


def test_rare_nodes_are_left_out():
    X = np.arange(100.0)[:, np.newaxis]
    tree = DecisionTreeClassifier().fit(X, X[:, 0] > 97)
    evidence = evidence_of(X, np.zeros((100, 1)))
    ranks = Ranks.of(evidence)

    def found(least):
        args = {**SHORT, "min_coverage": least}
        return len(candidates(ranks, evidence, tree, **args))

    assert (found(0.02), found(0.03)) == (2, 1)


@settings(max_examples=30)
@given(labelled(), st.integers(1, 4))
def test_our_own_rules_are_short_and_different(problem, max_conditions):
    Z, y = problem
    evidence = evidence_of(Z, np.eye(3)[y], classes=(0, 1, 2))
    ranks = Ranks.of(evidence)

    rules = candidates(
        ranks, evidence, max_conditions=max_conditions, min_coverage=0, limit=100
    )

    assert len(rules) <= 100
    assert len(set(rules)) == len(rules)
    assert all(0 < ranks.size(rule) <= max_conditions for rule in rules)


@settings(max_examples=30)
@given(labelled())
def test_a_repeated_row_has_weight_two(problem):
    Z, y = problem
    said = np.eye(3)[y]
    twice = np.arange(0, len(Z), 2)
    weight = np.ones(len(Z))
    weight[twice] = 2.0
    weighted = evidence_of(Z, said, weight, classes=(0, 1, 2))
    repeated = evidence_of(
        np.vstack([Z, Z[twice]]), np.vstack([said, said[twice]]), classes=(0, 1, 2)
    )

    found = [candidates(Ranks.of(e), e, **SHORT) for e in (weighted, repeated)]

    assert found[0] == found[1]


def test_seeds_draw_other_columns_and_thresholds():
    rng = np.random.default_rng(0)
    Z, said = rng.normal(size=(80, 6)), rng.dirichlet(np.ones(2), 80)
    found = []
    for seed in (0, 0, 1):
        evidence = evidence_of(Z, said, seed=seed, classes=(0, 1))
        found.append(candidates(Ranks.of(evidence), evidence, **SHORT))

    assert found[0] == found[1]
    assert found[0] != found[2]


def test_a_column_without_any_value_is_no_obstacle():
    Z = np.column_stack([np.full(6, np.nan), np.arange(6.0)])
    evidence = evidence_of(Z, np.eye(2)[[0, 0, 0, 1, 1, 1]], classes=(0, 1))
    ranks = Ranks.of(evidence)

    rules = candidates(ranks, evidence, **SHORT)

    assert {span.column for rule in rules for span in rule} == {1}


def test_of_a_wide_table_each_tree_but_the_first_sees_some_columns(monkeypatch):
    """Time does not grow with both sides of a table."""
    seen = []
    fit = DecisionTreeRegressor.fit

    def spy(self, X, *args, **kwargs):
        seen.append(X.shape[1])
        return fit(self, X, *args, **kwargs)

    monkeypatch.setattr(DecisionTreeRegressor, "fit", spy)
    rng = np.random.default_rng(0)
    evidence = evidence_of(rng.normal(size=(2000, 400)), rng.normal(size=(2000, 1)))

    candidates(Ranks.of(evidence), evidence, **SHORT)

    assert seen[0] == 400
    assert max(seen[1:]) <= 150
