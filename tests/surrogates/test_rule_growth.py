"""Lists of rules: lists worked out by hand are found, and what holds of every list."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sklkd.readable import Column, Literal
from sklkd.surrogates import _rule_growth
from sklkd.surrogates._evidence import Evidence
from sklkd.surrogates._rule_growth import grow_rule_list
from sklkd.surrogates._rule_score import Score, Tally
from sklkd.surrogates._rule_spans import Ranks, Span

LABELS = "a", "b", "c", "d"


def evidence_of(Z, said, weight=None, **kwargs):
    """Evidence of probabilities, unless there are no `classes`."""
    n, p = Z.shape
    classes = kwargs.pop("classes", LABELS[: said.shape[1]])
    options = {
        "columns": tuple(Column(f"x{j}", j) for j in range(p)),
        "weight": np.ones(n) if weight is None else weight,
        "n_real": n,
        "targets": tuple(f"y{k}" for k in range(said.shape[1])),
        "oracle": lambda rows: rows,
    }
    return Evidence(Z=Z, said=said, classes=classes, **{**options, **kwargs})


def rules_of(found):
    """The tests, in order."""
    return [node.test for node in found.nodes if node.test is not None]


def leaves_of(found):
    return [node for node in found.nodes if node.test is None]


def grid(*sizes):
    """All combinations of whole numbers below `sizes`: (n, p)."""
    return np.stack([g.ravel() for g in np.meshgrid(*map(np.arange, sizes))], 1) * 1.0


@st.composite
def problems(draw):
    """Evidence of any kind: gaps, categories, weights, rows made up, few rows."""
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    n, k = draw(st.integers(2, 40)), draw(st.integers(1, 3))
    Z = np.column_stack(
        [
            np.round(rng.normal(size=n), 1) * draw(st.sampled_from([1.0, 1e300])),
            rng.integers(0, 4, n),
            np.full(n, 7.0),
        ]
    )
    Z[rng.random(Z.shape) < draw(st.sampled_from([0.0, 0.2, 0.9]))] = np.nan
    values = draw(st.booleans())
    said = rng.normal(size=(n, k)) if values else rng.dirichlet(np.ones(k + 1), n)
    return evidence_of(
        Z,
        said,
        rng.integers(1, 4, n) * 1.0,
        classes=None if values else LABELS[: k + 1],
        columns=(Column("n", 0), Column("c", 1, tuple("wxyz")), Column("same", 2)),
        n_real=draw(st.integers(1, n)),
    )


# --- What holds of every list ---------------------------------------------------------


@settings(max_examples=20)
@given(problems(), st.integers(1, 4), st.integers(1, 3), st.sampled_from([0.0, 0.2]))
def test_the_form_of_every_list(evidence, max_rules, max_conditions, least):
    found = grow_rule_list(
        evidence,
        max_rules=max_rules,
        max_conditions=max_conditions,
        min_coverage=least,
        n_candidates=100,
    )

    assert found.is_list
    assert len(rules_of(found)) == found.complexity - 1 <= max_rules
    for position, node in enumerate(found.nodes):
        assert node.test is None or position < node.yes < node.no
    for test in rules_of(found):
        bounds = [(literal.column, literal.above) for literal in test.literals]
        assert test.m == len(test.literals) <= max_conditions
        assert len(set(bounds)) == len(bounds)
        assert "same" not in {evidence.columns[c].name for c, _ in bounds} or any(
            np.isnan(evidence.Z[:, 2])
        )


@settings(max_examples=20)
@given(problems(), st.sampled_from([0.0, 0.2]))
def test_nodes_say_the_mean_of_their_rows_and_how_many_are_real(evidence, least):
    found = grow_rule_list(evidence, min_coverage=least, n_candidates=100)

    leaf = found.apply(evidence.Z)
    real = evidence.weight.copy()
    real[evidence.n_real :] = 0.0
    for position, node in enumerate(found.nodes):
        here = leaf == position if node.test is None else leaf > position
        mean = np.average(evidence.said[here], axis=0, weights=evidence.weight[here])
        np.testing.assert_allclose(node.value, mean, atol=1e-12)
        assert node.share == pytest.approx(real[here].sum() / real.sum())
    taken = leaves_of(found)
    assert sum(node.share for node in taken) == pytest.approx(1.0)
    assert all(node.share > 0 and node.share > least - 1e-9 for node in taken[:-1])


@settings(max_examples=20)
@given(problems())
def test_every_row_fulfils_exactly_one_rule_or_none_of_them(evidence):
    """Those of which no earlier one holds; rows that nobody has seen, too."""
    found = grow_rule_list(evidence, n_candidates=100)
    unseen = np.array([[np.nan, np.nan, np.nan], [1e9, 9.0, -1e9], [-np.inf, 0.0, 0]])
    Z = np.vstack([evidence.Z, unseen])
    open_ = np.ones(len(Z), dtype=bool)
    expected = np.empty((len(Z), evidence.said.shape[1]))

    for test, leaf in zip([*rules_of(found), None], leaves_of(found), strict=True):
        here = open_ & (test.holds(Z) if test else True)
        expected[here] = leaf.value
        open_ &= ~here

    np.testing.assert_array_equal(found.outputs(Z), expected)
    assert not open_.any()


@settings(max_examples=20)
@given(problems())
def test_a_repeated_row_has_weight_two(evidence):
    """Also where columns tie, as they do in small nodes of trees."""
    found, expected = (
        grow_rule_list(e, n_candidates=100) for e in (_repeated(evidence), evidence)
    )

    assert rules_of(found) == rules_of(expected)
    np.testing.assert_allclose(
        [node.value for node in found.nodes], [node.value for node in expected.nodes]
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_repeated_row_has_weight_two_among_values(seed):
    rng = np.random.default_rng(seed)
    Z, weight = rng.normal(size=(60, 3)), rng.integers(1, 4, 60) * 1.0
    weighted = evidence_of(Z, Z @ rng.normal(size=(3, 2)), weight, classes=None)

    found, expected = (
        grow_rule_list(e, n_candidates=300) for e in (_repeated(weighted), weighted)
    )

    assert rules_of(found) == rules_of(expected)


def _repeated(evidence):
    """The same with rows instead of weights."""
    times = evidence.weight.astype(int)
    order = np.repeat(np.arange(len(times)), times)
    return replace(
        evidence,
        Z=evidence.Z[order],
        said=evidence.said[order],
        weight=np.ones(len(order)),
        n_real=int(times[: evidence.n_real].sum()),
    )


@settings(max_examples=20)
@given(problems())
def test_only_the_order_of_numbers_matters(evidence):
    """Thresholds move with them; the same rows come to the same rules."""
    sizes = evidence.Z / np.nanmax(np.abs(evidence.Z), axis=0, initial=1.0)
    Z = evidence.Z.copy()
    Z[:, 0] = np.exp(3 * sizes[:, 0])
    bent = evidence_of(
        Z,
        evidence.said,
        evidence.weight,
        classes=evidence.classes,
        columns=evidence.columns,
        n_real=evidence.n_real,
    )

    found, other = (grow_rule_list(e, n_candidates=100) for e in (evidence, bent))

    np.testing.assert_array_equal(found.apply(evidence.Z), other.apply(Z))


@settings(max_examples=20)
@given(problems(), st.sampled_from([0.003, 0.03, 0.3, 1.0]))
def test_a_list_is_never_worth_less_than_none(evidence, penalty):
    """What it explains pays for what there is to read."""
    found = grow_rule_list(evidence, penalty=penalty, n_candidates=100)

    weight, said = evidence.weight, evidence.said
    outputs = found.outputs(evidence.Z)
    if evidence.classes is None:
        mean = np.average(said, axis=0, weights=weight)
        spread = np.sqrt(np.average((said - mean) ** 2, axis=0, weights=weight))
        varies = spread > 0
        left = ((said - outputs)[:, varies] / spread[varies]) ** 2
        whole = ((said - mean)[:, varies] / spread[varies]) ** 2
    else:
        mean = np.average(said, axis=0, weights=weight)
        left = said * np.log(said / outputs)
        whole = said * np.log(said / mean)
    share = (weight @ left.sum(axis=1)) / max(weight @ whole.sum(axis=1), 1e-300)
    n_read = sum(1 + len(test.literals) for test in rules_of(found))
    if n_read:
        assert share + penalty * n_read < 1 + 1e-9


# --- Lists worked out by hand ---------------------------------------------------------


def test_a_constant_teacher_needs_no_rule():
    evidence = evidence_of(grid(4, 4), np.full((16, 2), 0.5))

    found = grow_rule_list(evidence)

    assert len(found.nodes) == 1
    assert found.nodes[0].value == (0.5, 0.5)
    assert found.nodes[0].share == 1.0


def test_two_rows_are_told_apart():
    evidence = evidence_of(np.array([[1.0], [2.0]]), np.array([[0.9, 0.1], [0.2, 0.8]]))

    found = grow_rule_list(evidence)

    assert len(rules_of(found)) == 1
    np.testing.assert_allclose(found.outputs(evidence.Z), evidence.said)


def test_rows_that_are_alike_cannot_be_told_apart():
    evidence = evidence_of(np.zeros((2, 1)), np.eye(2))

    found = grow_rule_list(evidence)

    assert len(found.nodes) == 1
    assert found.nodes[0].value == (0.5, 0.5)


@pytest.mark.parametrize("seed", range(3))
def test_a_list_of_two_rules_is_found_again(seed):
    """If x0 <= 2: a, elif x1 <= 4: c, else b; c has more rows than b."""
    Z = grid(7, 7)
    said = np.where(Z[:, [0]] <= 2, [1.0, 0, 0], np.where(Z[:, [1]] > 4, [0, 1, 0], 0))
    said[:, 2] = 1 - said.sum(axis=1)

    found = grow_rule_list(evidence_of(Z, said, seed=seed))

    assert [test.literals for test in rules_of(found)] == [
        (Literal(0, 2.5),),
        (Literal(1, 4.5),),
    ]
    assert [node.share for node in leaves_of(found)] == pytest.approx(
        [21 / 49, 20 / 49, 8 / 49]
    )
    np.testing.assert_array_equal(found.outputs(Z), said)


def test_a_rule_of_two_columns_and_a_range_is_found_again():
    """If 1 < x0 <= 4 and x1 > 3: b, else a; soft words stay soft."""
    Z = grid(8, 8)
    hit = (Z[:, 0] > 1) & (Z[:, 0] <= 4) & (Z[:, 1] > 3)
    said = np.where(hit[:, np.newaxis], [0.2, 0.8], [0.7, 0.3])

    found = grow_rule_list(evidence_of(Z, said), max_conditions=3)

    assert [test.literals for test in rules_of(found)] == [
        (Literal(0, 1.5, above=True), Literal(0, 4.5), Literal(1, 3.5, above=True))
    ]
    np.testing.assert_allclose(found.outputs(Z), said)


def test_the_order_of_rules_matters_where_they_overlap():
    """If x0 > 4: a, elif x1 > 4: b, elif x2 > 2: c, else d."""
    Z = grid(6, 6, 6)
    code = np.select([Z[:, 0] > 4, Z[:, 1] > 4, Z[:, 2] > 2], [0, 1, 2], 3)

    found = grow_rule_list(evidence_of(Z, np.eye(4)[code]), max_conditions=1)

    np.testing.assert_allclose(found.outputs(Z), np.eye(4)[code])
    assert len(rules_of(found)) == 3


def test_categories_are_found_again():
    codes = np.arange(60.0) % 5
    said = np.where(np.isin(codes, [1, 4])[:, np.newaxis], [0.9, 0.1], [0.3, 0.7])
    evidence = evidence_of(
        codes[:, np.newaxis], said, columns=(Column("c", 0, tuple("abcde")),)
    )

    found = grow_rule_list(evidence)

    (test,) = rules_of(found)
    assert test.literals[0].codes in ((1, 4), (0, 2, 3))
    np.testing.assert_allclose(found.outputs(evidence.Z), said)


def test_missing_values_are_found_again():
    """If x0 is missing: b, else a; and if x0 <= 3 or missing: b, else a."""
    values = np.arange(12.0)
    values[6:] = np.nan
    Z = values[:, np.newaxis]
    for hit in (np.isnan(values), np.isnan(values) | (values <= 3)):
        said = np.eye(2)[hit.astype(int)]

        found = grow_rule_list(evidence_of(Z, said))

        assert len(rules_of(found)) == 1
        np.testing.assert_array_equal(found.outputs(Z), said)


def test_values_are_found_again():
    """Two outputs of very different size."""
    Z = grid(6, 6)
    said = np.where(Z[:, [0]] > 2, [1e6, 0.0], np.where(Z[:, [1]] > 1, [0, 1e-6], 0))

    found = grow_rule_list(evidence_of(Z, said, classes=None))

    assert len(rules_of(found)) == 2
    np.testing.assert_allclose(found.outputs(Z), said, atol=1e-20)


@pytest.mark.parametrize("max_conditions", [1, 2])
def test_a_tree_that_leans_to_one_side_is_found_again(max_conditions):
    """Five rules, of which a path has up to five conditions, and a rule but one."""
    Z = grid(3, 3, 3, 3, 3)
    code = np.full(len(Z), 0)
    for column in reversed(range(5)):
        code[Z[:, column] > 1] = column % 3
    tree = DecisionTreeClassifier(random_state=0).fit(Z, code)
    evidence = evidence_of(Z, tree.predict_proba(Z))

    found = grow_rule_list(
        evidence, tree, max_conditions=max_conditions, min_coverage=0.0
    )

    np.testing.assert_allclose(found.outputs(Z), evidence.said, atol=1e-12)
    assert len(rules_of(found)) <= 5


def test_rows_that_were_made_up_count_but_do_not_cover():
    """Nine of ten rows are made up; a rule for them alone is none for real ones."""
    Z = np.arange(10.0)[:, np.newaxis]
    said = np.eye(2)[(Z[:, 0] > 4).astype(int)]

    some = grow_rule_list(evidence_of(Z, said, n_real=6))
    one = grow_rule_list(evidence_of(Z, said, n_real=1))

    assert sorted(node.share for node in leaves_of(some)) == pytest.approx(
        [1 / 6, 5 / 6]
    )
    assert [node.share for node in leaves_of(one)] == [1.0, 0.0]


def test_short_rules_win_ties():
    """Two columns are equal: no rule has both of them."""
    Z = np.repeat(np.arange(20.0)[:, np.newaxis], 2, axis=1)
    said = np.eye(2)[(Z[:, 0] > 8).astype(int)]

    found = grow_rule_list(evidence_of(Z, said), penalty=0.0)

    assert [len(test.literals) for test in rules_of(found)] == [1]


@settings(max_examples=20)
@given(problems())
def test_neighbours_without_a_common_row_stand_by_coverage_times_precision(evidence):
    found = grow_rule_list(evidence, n_candidates=100, penalty=1e-4)

    at, tests = found.apply(evidence.Z), rules_of(found)
    for i, (test, after) in enumerate(pairwise(tests)):
        reached = at > 2 * i  # past the rules before
        both = test.holds(evidence.Z) & after.holds(evidence.Z) & reached
        own, next_ = (_merit(evidence, at == 2 * j + 1) for j in (i, i + 1))
        assert both.any() or own >= next_ - 1e-8


def _merit(evidence, here):
    """Coverage times precision; of values coverage."""
    share = evidence.weight[here].sum() / evidence.weight.sum()
    if evidence.classes is None:
        return share
    mean = np.average(evidence.said[here], axis=0, weights=evidence.weight[here])
    return share * mean.max()


# --- Limits ---------------------------------------------------------------------------


def test_no_rule_pays_for_itself_at_the_highest_price():
    Z = grid(5, 5)
    said = np.eye(2)[(Z[:, 0] > 2).astype(int)]

    assert len(grow_rule_list(evidence_of(Z, said), penalty=0.49).nodes) == 3
    assert len(grow_rule_list(evidence_of(Z, said), penalty=0.51).nodes) == 1


def test_a_rule_takes_the_share_that_it_must():
    Z = np.arange(20.0)[:, np.newaxis]
    said = np.eye(2)[(Z[:, 0] > 18).astype(int)]

    first = grow_rule_list(evidence_of(Z, said), min_coverage=0.5)

    assert leaves_of(first)[0].share >= 0.5


@pytest.mark.parametrize(("n_candidates", "least"), [(1, 0.66), (7, 0.9)])
def test_few_candidates_are_enough_for_a_list(n_candidates, least):
    X, y = load_iris(return_X_y=True)
    found = grow_rule_list(evidence_of(X, np.eye(3)[y]), n_candidates=n_candidates)

    assert np.mean(found.outputs(X).argmax(axis=1) == y) > least


def test_the_same_seed_gives_the_same_list():
    X, y = load_breast_cancer(return_X_y=True)
    teacher = RandomForestClassifier(10, random_state=0).fit(X, y)
    evidence = evidence_of(X, teacher.predict_proba(X), seed=3)

    found = [grow_rule_list(evidence, teacher, n_candidates=200) for _ in range(2)]

    assert found[0] == found[1]


def test_nothing_that_is_given_changes():
    X, y = load_iris(return_X_y=True)
    said, weight = np.eye(3)[y], np.arange(150.0) + 1
    copies = X.copy(), said.copy(), weight.copy()
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - that it is left alone

    grow_rule_list(evidence_of(X, said, weight), n_candidates=50)

    for given_, copy in zip((X, said, weight), copies, strict=True):
        np.testing.assert_array_equal(given_, copy)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


# --- Of forests -----------------------------------------------------------------------


def unexplained(said, outputs):
    """What outputs leave of the variance."""
    return ((said - outputs) ** 2).sum() / ((said - said.mean(axis=0)) ** 2).sum()


@pytest.mark.parametrize("with_teacher", [True, False])
@pytest.mark.parametrize("load", [load_iris, load_breast_cancer, load_diabetes])
def test_a_list_says_more_than_a_tree_of_as_many_leaves(load, with_teacher):
    X, y = load(return_X_y=True)
    values = load is load_diabetes
    forest = RandomForestRegressor if values else RandomForestClassifier
    teacher = forest(30, min_samples_leaf=3, random_state=0).fit(X, y)
    said = teacher.predict(X)[:, None] if values else teacher.predict_proba(X)
    evidence = evidence_of(X, said, classes=None if values else LABELS[: said.shape[1]])

    found = grow_rule_list(evidence, teacher if with_teacher else None)

    tree = DecisionTreeRegressor(
        max_leaf_nodes=found.complexity, min_weight_fraction_leaf=0.01, random_state=0
    ).fit(X, said)
    as_tree = tree.predict(X).reshape(said.shape)
    assert unexplained(said, found.outputs(X)) < unexplained(said, as_tree)


@pytest.mark.parametrize(
    ("name", "without"), [("ROUNDS", 0), ("_moved", lambda score, rules: rules)]
)
def test_searching_on_from_rules_added_one_by_one_explains_more(
    monkeypatch, name, without
):
    X, y = load_diabetes(return_X_y=True)
    teacher = RandomForestRegressor(50, min_samples_leaf=3, random_state=0).fit(X, y)
    said = teacher.predict(X)[:, np.newaxis]
    evidence = evidence_of(X, said, classes=None)
    searched = grow_rule_list(evidence, teacher)

    monkeypatch.setattr(_rule_growth, name, without)
    hasty = grow_rule_list(evidence, teacher)

    assert unexplained(said, searched.outputs(X)) < unexplained(said, hasty.outputs(X))


def test_rules_change_places_where_that_helps():
    """If x0 > 3: a, elif x1 > 3: b, else c; not the other way round."""
    Z = grid(5, 5)
    evidence = evidence_of(
        Z, np.eye(3)[np.select([Z[:, 0] > 3, Z[:, 1] > 3], [0, 1], 2)]
    )
    score = Score(Ranks.of(evidence), Tally.of(evidence), 0.001, 0.0)
    first, second = (Span(0, 3, 4, missing=False),), (Span(1, 3, 4, missing=False),)

    moved = _rule_growth._moved(score, (second, first))

    assert moved == (first, second)


# --- Errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"max_rules": 0}, "max_rules must be an integer in [1, inf), got 0."),
        ({"max_conditions": 0}, "max_conditions must be an integer in [1, inf), got 0"),
        ({"min_coverage": 1.0}, "min_coverage must be a real number in [0, 1), got 1."),
        ({"min_coverage": -0.1}, "min_coverage must be a real number in [0, 1), got -"),
        ({"n_candidates": 0}, "n_candidates must be an integer in [1, inf), got 0."),
        ({"penalty": -1.0}, "penalty must be a real number in [0, inf), got -1.0."),
    ],
)
def test_numbers_out_of_range_are_named(wrong, message):
    evidence = evidence_of(grid(2, 2), np.full((4, 2), 0.5))

    with pytest.raises(ValueError, match=re.escape(f"RuleListClassifier: {message}")):
        grow_rule_list(evidence, **wrong)


def test_a_wrong_type_is_named():
    evidence = evidence_of(grid(2, 2), np.full((4, 2), 0.5))

    with pytest.raises(TypeError, match=r"^Who: max_rules must be an integer in "):
        grow_rule_list(evidence, max_rules="many", who="Who")
