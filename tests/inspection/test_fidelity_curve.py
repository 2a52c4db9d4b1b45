"""Fidelity at several sizes is that of single fits; stability is counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris, make_regression
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from torch import nn

from sklkd import SurrogateClassifier, SurrogateRegressor, TeacherEnsemble
from sklkd.inspection import fidelity_curve, stability
from sklkd.inspection._fidelity_curve import (
    _bootstrap,
    _correlation,
    _jaccard,
    _shares,
)
from sklkd.readable import Literal, Node, ReadableTree, Test
from sklkd.surrogates import RuleListClassifier, SoftTree, Surrogate, TrepanClassifier

X, y = load_iris(return_X_y=True)
FAST = {"importance": None, "queries": None, "random_state": 0}


def explain(teacher=None, surrogate="tree", **params):
    teacher = GaussianNB() if teacher is None else teacher
    return SurrogateClassifier(teacher, surrogate, **FAST | params)


class Counting(GaussianNB):
    """Counts how many rows it was fitted to, each time."""

    fits: list[int] = []  # noqa: RUF012 - shared by clones

    def fit(self, X, y, sample_weight=None):
        self.fits.append(len(X))
        return super().fit(X, y, sample_weight)


@pytest.fixture
def fits(monkeypatch):
    monkeypatch.setattr(Counting, "fits", [])
    return lambda: Counting.fits


# --- A curve --------------------------------------------------------------------------


def test_the_numbers_are_those_of_single_fits_of_an_unfitted_teacher():
    weight = np.linspace(0.5, 2, len(y))

    curve = fidelity_curve(explain(), X, y, sizes=[2, 5], sample_weight=weight)

    for size, found in zip((2, 5), curve.fidelities, strict=True):
        one = explain(surrogate=SoftTree(max_leaves=size)).fit(X, y, weight)
        assert found == one.fidelity_


def test_the_numbers_are_those_of_single_fits_of_a_fitted_teacher():
    model = explain().fit(X[::2], y[::2])

    curve = fidelity_curve(model, X, y, sizes=[2, 5])

    teacher = FrozenEstimator(GaussianNB().fit(X[::2], y[::2]))
    for size, found in zip((2, 5), curve.fidelities, strict=True):
        one = explain(teacher, SoftTree(max_leaves=size)).fit(X, y)
        assert found == one.fidelity_


def test_a_ranking_that_leaves_columns_out_is_that_of_single_fits():
    params = {"importance": "permutation", "n_features": 2}

    curve = fidelity_curve(explain(**params), X, y, sizes=[2])

    one = explain(surrogate=SoftTree(max_leaves=2), **params).fit(X, y)
    assert curve.fidelities == (one.fidelity_,)


def test_a_ranking_that_leaves_none_out_changes_nothing():
    with_ranking = fidelity_curve(explain(importance="permutation"), X, y, sizes=[3])

    assert (
        with_ranking.fidelities == fidelity_curve(explain(), X, y, sizes=[3]).fidelities
    )


def test_a_fitted_teacher_is_not_fitted_again(fits):
    model = explain(Counting()).fit(X, y)
    before = list(fits())

    fidelity_curve(model, X, y, sizes=[2, 3])
    stability(model, X, y, n_bootstraps=2)

    assert before == [120, 150]
    assert fits() == before


def test_an_unfitted_teacher_is_fitted_for_each_size(fits):
    fidelity_curve(explain(Counting()), X, y, sizes=[2, 3])

    assert fits() == [120, 150, 120, 150]


def test_a_memory_keeps_the_teacher(fits, tmp_path):
    fidelity_curve(explain(Counting(), memory=str(tmp_path)), X, y, sizes=[2, 3])

    assert fits() == [120, 150]


def test_the_estimator_stays_as_it_was():
    model = explain().fit(X, y)
    before = (model.surrogate_, model.fidelity_, model.get_params())

    fidelity_curve(model, X, y, sizes=[2])
    stability(model, X, y, n_bootstraps=2)

    assert (model.surrogate_, model.fidelity_) == before[:2]
    assert model.get_params() == before[2]


def test_sizes_are_sorted_and_told_once():
    curve = fidelity_curve(explain(), X, y, sizes=iter([4, 2, np.int64(3), 2]))

    assert curve.sizes.tolist() == [2, 3, 4]
    assert (curve.complexity <= curve.sizes).all()
    assert len(curve.fidelities) == 3
    assert curve.parameter == "surrogate__max_leaves"


def test_complexity_is_what_there_came_to_be():
    """A teacher of two leaves is told by two."""
    stump = DecisionTreeClassifier(max_depth=1)

    curve = fidelity_curve(explain(stump), X, y, sizes=[2, 7])

    assert curve.complexity.tolist() == [2, 2]


def test_the_knee_is_furthest_above_the_chord(monkeypatch):
    """The best so far is 0.5, 0.9, 0.9 and 0.9: at 4 all the way up, the chord 0.25."""
    values = dict(zip((2, 4, 6, 10), (0.5, 0.9, 0.7, 0.5), strict=True))

    class Told(SurrogateClassifier):
        def fit(self, X, y, sample_weight=None):
            super().fit(X, y, sample_weight)
            found = values[self.surrogate.max_leaves]
            self.fidelity_ = type("Told", (), {"value": found})()
            return self

    curve = fidelity_curve(Told(GaussianNB(), **FAST), X, y, sizes=values)

    assert curve.knee == 4


def test_a_level_curve_has_its_knee_at_the_least_size():
    constant = explain(lambda rows: np.tile([0.2, 0.3, 0.5], (len(rows), 1)))

    assert fidelity_curve(constant, X, y, sizes=[2, 3, 4]).knee == 2


def test_one_size_is_enough():
    assert fidelity_curve(explain(), X, y, sizes=[3]).knee == 3


@pytest.mark.parametrize(
    ("surrogate", "sizes", "complexity"),
    [
        ("rules", [1, 2], [2, 3]),
        ("linear", [1, 3], [1, 3]),
        ("prototypes", [1, 2], [3, 6]),
        ("trepan", [2, 3], [2, 3]),
    ],
)
def test_surrogates_of_all_kinds_have_a_curve(surrogate, sizes, complexity):
    curve = fidelity_curve(explain(surrogate=surrogate), X, y, sizes=sizes)

    assert curve.complexity.tolist() == complexity


@pytest.mark.parametrize(
    ("make", "parameter"),
    [(TrepanClassifier, "max_leaves"), (RuleListClassifier, "max_rules")],
)
def test_estimators_of_one_kind_have_a_curve(make, parameter):
    model = make(GaussianNB(), random_state=0)

    curve = fidelity_curve(model, X, y, sizes=[2])

    one = make(GaussianNB(), **{parameter: 2}, random_state=0).fit(X, y)
    assert (curve.parameter, curve.fidelities) == (parameter, (one.fidelity_,))


def test_a_search_stands_for_its_best():
    params = {"surrogate__max_leaves": [2, 6]}
    search = GridSearchCV(explain(surrogate=SoftTree()), params, cv=2).fit(X, y)

    curve = fidelity_curve(search, X, y, sizes=[3])

    best = fidelity_curve(search.best_estimator_, X, y, sizes=[3])
    assert curve.fidelities == best.fidelities


def test_values_have_a_curve_and_a_stability():
    rows, values = make_regression(80, 3, random_state=0)
    model = SurrogateRegressor(LinearRegression(), **FAST).fit(rows, values)

    curve = fidelity_curve(model, rows, values, sizes=[2, 8])

    one = SurrogateRegressor(
        FrozenEstimator(model.teacher_), SoftTree(max_leaves=8), **FAST
    ).fit(rows, values)
    assert curve.fidelities[1] == one.fidelity_
    assert 0.5 < stability(model, rows, values, n_bootstraps=3).agreement < 1


def test_several_values_have_a_curve_and_a_stability():
    rows, values = make_regression(60, 3, n_targets=2, random_state=0)
    model = SurrogateRegressor(DecisionTreeRegressor(max_depth=2), **FAST)

    curve = fidelity_curve(model, rows, values, sizes=[2, 4])
    found = stability(model, rows, values, n_bootstraps=2)

    assert len(curve.fidelities) == 2
    assert 0 <= found.agreement <= 1


def teachers():
    pairs = [("bayes", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=2))]
    return {
        "list": pairs,
        "ensemble": TeacherEnsemble(pairs, combine="geometric", weights=[3, 1]),
        "network": nn.Linear(4, 3),
        "function": lambda rows: np.tile([0.2, 0.3, 0.5], (len(rows), 1)),
        "frozen": FrozenEstimator(GaussianNB().fit(X, y)),
    }


def as_it_is(model):
    """The teacher of a fitted surrogate, as a user would freeze it."""
    if not isinstance(model.teacher_, dict):
        return model.teacher_
    frozen = [(name, FrozenEstimator(own)) for name, own in model.teacher_.items()]
    given = model.teacher
    if isinstance(given, list):
        return frozen
    return TeacherEnsemble(frozen, combine=given.combine, weights=given.weights)


@pytest.mark.parametrize("kind", teachers())
def test_teachers_of_all_kinds_are_asked_as_they_are(kind):
    model = explain(teachers()[kind]).fit(X, y)

    curve = fidelity_curve(model, X, y, sizes=[2])

    one = explain(as_it_is(model), SoftTree(max_leaves=2)).fit(X, y)
    assert curve.fidelities == (one.fidelity_,)
    assert 0 < stability(model, X, y, n_bootstraps=2).agreement <= 1


def test_a_geometric_ensemble_stays_one():
    """Of two members one is sure, which counts as its weight and the mean say."""
    sure = FrozenEstimator(DecisionTreeClassifier(max_depth=1).fit(X, y))
    pairs = [("sure", sure), ("bayes", FrozenEstimator(GaussianNB().fit(X, y)))]
    ensemble = TeacherEnsemble(pairs, combine="geometric", weights=[1, 9])
    model = explain(ensemble).fit(X, y)

    curve = fidelity_curve(model, X, y, sizes=[15])

    assert curve.fidelities == (model.fidelity_,)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_tables_with_categories(frame):
    rng = np.random.default_rng(0)
    table = {"age": rng.integers(20, 60, 90), "job": rng.choice(["a", "b", "c"], 90)}
    rich = np.where((table["job"] == "a") | (table["age"] > 50), "yes", "no")
    encoder = OneHotEncoder(handle_unknown="ignore")
    teacher = make_pipeline(encoder, DecisionTreeClassifier(random_state=0))
    model = explain(teacher).fit(frame(table), rich)

    curve = fidelity_curve(model, frame(table), pd.Series(rich), sizes=[2, 4])
    found = stability(model, frame(table), rich, n_bootstraps=3, random_state=0)

    assert curve.fidelities[1].value >= curve.fidelities[0].value
    assert set(found.used) == {"age", "job"}


def test_lists_are_rows_too():
    rows, labels = X.tolist(), y.tolist()

    one = stability(explain(), rows, labels, n_bootstraps=2, random_state=0)

    assert one == stability(explain(), X, y, n_bootstraps=2, random_state=0)


def test_without_held_out_rows_there_is_no_curve():
    with pytest.raises(ValueError, match="fidelity_curve") as caught:
        fidelity_curve(explain(validation_fraction=0), X, y)

    assert str(caught.value) == (
        "fidelity_curve: validation_fraction of the estimator must be above 0, for "
        "fidelity is measured on held-out rows, got 0. Set it to 0.2, for instance."
    )


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ([], ValueError, "sizes must have at least one integer, got none."),
        (5, TypeError, "sizes must be a list of integers, got 5. Pass [5]."),
        (
            [2.5],
            ValueError,
            "each of the sizes must be an integer in [1, inf), got 2.5.",
        ),
        (
            [0, 2],
            ValueError,
            "each of the sizes must be an integer in [1, inf), got 0.",
        ),
        (
            [None],
            TypeError,
            "each of the sizes must be an integer in [1, inf), got None.",
        ),
    ],
)
def test_sizes_that_are_none_are_refused(sizes, error, message):
    with pytest.raises(error) as caught:
        fidelity_curve(explain(), X, y, sizes=sizes)

    assert str(caught.value) == f"fidelity_curve: {message}"


def test_a_size_that_the_surrogate_does_not_take_is_refused_by_it():
    with pytest.raises(ValueError, match="max_leaves of SoftTree must be an integer"):
        fidelity_curve(explain(), X, y, sizes=[1])


@pytest.mark.parametrize("ask", [fidelity_curve, stability])
def test_what_is_no_surrogate_is_refused(ask):
    with pytest.raises(TypeError, match=rf"^{ask.__name__}: estimator must be a Surr"):
        ask(GaussianNB().fit(X, y), X, y)


# --- Stability ------------------------------------------------------------------------


AB = Node((0.9, 0.1), 0.5), Node((0.1, 0.9), 0.5)
SCRIPT = [
    (Node((0.5, 0.5), 1.0, Test((Literal(0, 0.5),)), 1, 2), *AB),
    (
        Node((0.5, 0.5), 1.0, Test((Literal(0, 0.5),)), 1, 2),
        AB[0],
        Node((0.5, 0.5), 0.5, Test((Literal(1, 0.5),)), 3, 4),
        *AB,
    ),
    (Node((0.9, 0.1), 1.0),),
]


class Scripted(Surrogate):
    """Says what is written down, whatever the rows."""

    grown = 0

    def grow(self, evidence):
        nodes = SCRIPT[Scripted.grown % 3]
        Scripted.grown += 1
        return ReadableTree(evidence.columns, evidence.classes, evidence.targets, nodes)


def test_stability_by_hand(monkeypatch):
    """Rows 00, 01, 10, 11 are called aabb, aaab and aaaa.

    Two and two agree on 3/4, 1/2 and 3/4 of them; they use {x0}, {x0, x1} and nothing,
    and have 1/2, 0 and 0 of that in common.
    """
    monkeypatch.setattr(Scripted, "grown", 0)
    rows = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]])
    teacher = FrozenEstimator(GaussianNB().fit(rows, list("aabb")))

    found = stability(explain(teacher, Scripted()), rows, list("aabb"), n_bootstraps=3)

    assert found.agreement == pytest.approx(2 / 3)
    assert found.overlap == pytest.approx(1 / 6)
    assert found.used == pytest.approx({"x0": 2 / 3, "x1": 1 / 3})
    assert list(found.used) == ["x0", "x1"]
    assert found.n_bootstraps == 3


def test_a_surrogate_that_uses_nothing_is_stable():
    constant = explain(lambda rows: np.tile([0.2, 0.3, 0.5], (len(rows), 1)))

    found = stability(constant, X, y, n_bootstraps=2)

    assert (found.agreement, found.overlap, found.used) == (1.0, 1.0, {})


def test_a_seed_tells_the_bootstraps():
    one, same, other = (
        stability(explain(), X, y, n_bootstraps=3, random_state=seed)
        for seed in (0, 0, 1)
    )

    assert one == same
    assert one != other


def test_a_tree_of_scikit_learn_can_be_read_too():
    model = explain(surrogate=DecisionTreeClassifier(max_depth=1))

    found = stability(model, X, y, n_bootstraps=2, random_state=0)

    assert set(found.used) <= {"x2", "x3"}


def test_classes_of_one_row_are_in_every_bootstrap():
    """A teacher that comes fitted knows them, and refuses labels without them."""
    labels = np.append(y, ["rare", "rarer"])
    rows = np.vstack([X, [[9, 9, 9, 9], [0, 9, 0, 9]]])
    model = explain(DecisionTreeClassifier()).fit(rows, labels)

    found = stability(model, rows, labels, n_bootstraps=5, random_state=0)

    assert found.n_bootstraps == 5


def test_a_surrogate_that_cannot_be_read_is_refused():
    with pytest.raises(TypeError) as caught:
        stability(explain(surrogate=GaussianNB()), X, y)

    assert str(caught.value) == (
        "stability: surrogate of the estimator must be one that can be read, such as "
        "'tree', 'rules' or 'linear', got GaussianNB."
    )


@pytest.mark.parametrize("n_bootstraps", [1, 0, -3, 2.5])
def test_one_bootstrap_is_too_few(n_bootstraps):
    with pytest.raises(ValueError, match="stability") as caught:
        stability(explain(), X, y, n_bootstraps=n_bootstraps)

    assert str(caught.value) == (
        f"stability: n_bootstraps must be an integer in [2, inf), got {n_bootstraps!r}."
    )


def test_rows_and_labels_that_differ_in_number_are_refused():
    with pytest.raises(ValueError, match="stability") as caught:
        stability(explain(), X, y[:-1])

    assert str(caught.value) == (
        "stability: y must have a label or value for each of the 150 rows of X, got "
        "149."
    )


# --- Its parts ------------------------------------------------------------------------


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(0, 99))
def test_a_bootstrap_has_as_many_rows_of_each_kind(kinds, seed):
    kind = np.unique(kinds, return_inverse=True)[1]

    rows = _bootstrap(np.random.default_rng(seed), len(kind), kind)

    assert np.bincount(kind[rows]).tolist() == np.bincount(kind).tolist()
    assert (np.diff(rows) >= 0).all()


def test_a_bootstrap_repeats_rows():
    rows = _bootstrap(np.random.default_rng(0), 1000, None)

    assert len(np.unique(rows)) == pytest.approx(1000 * (1 - np.exp(-1)), abs=30)


def test_correlation_of_values():
    one = np.array([1.0, 2.0, 4.0])

    assert _correlation(one, 3 * one - 7) == pytest.approx(1)
    assert _correlation(one, one[::-1]) == pytest.approx(
        np.corrcoef(one, one[::-1])[0, 1] ** 2
    )


def test_correlation_of_several_values_is_their_mean_whatever_their_units():
    """Raveled together, the columns' different sizes alone would correlate."""
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 50, 2)) * [1, 1] + [0, 1000]
    other[:, 0] = one[:, 0]

    second = np.corrcoef(one[:, 1], other[:, 1])[0, 1] ** 2
    assert _correlation(one, other) == pytest.approx((1 + second) / 2)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [([0.1] * 3, [0.1] * 3, 1), ([0.1] * 3, [1, 2, 3], 0)],
)
def test_correlation_of_constants(one, other, expected):
    assert _correlation(np.array(one), np.array(other)) == expected


def test_correlation_of_huge_values():
    assert _correlation(np.array([0, 1e200]), np.array([0, 2e200])) == pytest.approx(1)


def test_shared_columns():
    assert _jaccard({"a", "b"}, {"b", "c"}) == pytest.approx(1 / 3)
    assert _jaccard(set(), set()) == 1
    assert _shares([{"b"}, {"a", "b"}, {"c"}, set()]) == {
        "b": 0.5,
        "a": 0.25,
        "c": 0.25,
    }
