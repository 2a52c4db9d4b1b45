"""Beliefs: mixtures by hand, the law of total variance, and quantile forests."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats
from sklearn.ensemble import (
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    RandomForestRegressor,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import ARDRegression, BayesianRidge, LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from sklkd.exceptions import TeacherError
from sklkd.training._belief import Belief, belief_of

SQUARE = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
HEIGHTS = np.array([0.0, 2.0, 4.0, 10.0])


def rows(n_rows=80, n_targets=1, seed=0):
    """Rows (n, 3), and a noisy function of them: (n,) or (n, k)."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 3))
    y = X @ rng.normal(size=(3, n_targets)) + rng.normal(size=(n_rows, n_targets))
    return X, y[:, 0] if n_targets == 1 else y


def moments(teacher, X, **options):
    """Mean and standard deviation of a single target: 2 x (n,)."""
    mean, std = belief_of("Test", teacher, X, **options).moments()
    return mean[:, 0], std[:, 0]


def column(i):
    return FunctionTransformer(lambda X: X[:, [i]])


def forest_weights(forest, X, X_new, drawn):
    """Meinshausen's weights of the training rows, of those that the trees drew."""
    total = np.zeros((len(X_new), len(X)))
    for tree, own in zip(forest.estimators_, drawn, strict=True):
        same = tree.apply(X_new)[:, None] == tree.apply(X)[None]
        inside = same * np.bincount(own, minlength=len(X))
        total += inside / inside.sum(axis=1, keepdims=True)
    return total / len(forest.estimators_)


@st.composite
def beliefs(draw):
    """Mixtures of normals and atoms: up to 4 parts, 3 rows, 2 targets."""
    m, n, k = draw(st.tuples(*(st.integers(1, high) for high in (4, 3, 2))))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    weight = rng.uniform(0.1, 1, m)
    atoms = rng.uniform(size=(m, n, k)) < draw(st.sampled_from([0.0, 0.5, 1.0]))
    scale = draw(st.sampled_from([1e-6, 1.0, 1e6]))
    mean, std = rng.normal(size=(m, n, k)), rng.uniform(0.1, 2, (m, n, k))
    std = np.where(atoms, 0.0, std)
    return Belief(weight / weight.sum(), scale * mean, scale * std)


# --- Mixtures -------------------------------------------------------------------------


def test_moments_by_hand():
    # Means 0 and 4 with weights 3/4 and 1/4: mean 1, between 3; inside 3/4 * 4 = 3.
    belief = Belief(
        np.array([0.75, 0.25]),
        np.array([[[0.0]], [[4.0]]]),
        np.array([[[2.0]], [[0.0]]]),
    )

    mean, std = belief.moments()

    assert mean.item() == 1.0
    assert std.item() == pytest.approx(np.sqrt(6))


def test_quantiles_of_one_normal_are_its_own():
    belief = Belief(np.ones(1), np.full((1, 2, 1), 3.0), np.full((1, 2, 1), 2.0))

    found = belief.quantiles((0.1, 0.5, 0.9))

    expected = stats.norm(3, 2).ppf([0.1, 0.5, 0.9])
    np.testing.assert_allclose(found[:, 0, 0], expected)


def test_quantiles_of_atoms_are_the_least_that_have_enough_below():
    atoms = np.array([5.0, 1.0, 3.0, 2.0, 4.0]).reshape(5, 1, 1)
    belief = Belief(np.full(5, 0.2), atoms, np.zeros((5, 1, 1)))

    found = belief.quantiles((0.1, 0.2, 0.21, 0.6, 0.99))

    expected = np.quantile(
        atoms.ravel(), [0.1, 0.2, 0.21, 0.6, 0.99], method="inverted_cdf"
    )
    assert found.ravel().tolist() == expected.tolist() == [1.0, 1.0, 2.0, 3.0, 5.0]


@settings(deadline=None)
@given(belief=beliefs(), level=st.floats(0.02, 0.98))
def test_at_a_quantile_the_share_below_passes_the_level(belief, level):
    (quantile,) = belief.quantiles((level,))
    step = 1e-7 * (np.abs(belief.mean).max() + belief.std.max())

    def below(value):
        std = np.maximum(belief.std, 1e-300)
        return np.einsum(
            "m,mnk->nk", belief.weight, stats.norm.cdf(value, belief.mean, std)
        )

    assert (below(quantile + step) >= level - 1e-9).all()
    assert (below(quantile - step) <= level + 1e-9).all()


@settings(deadline=None)
@given(belief=beliefs())
def test_quantiles_increase_with_their_levels(belief):
    """Two of them in one atom are found from brackets of their own, of 40 halvings."""
    levels = (0.05, 0.3, 0.5, 0.7, 0.95)
    own = belief.mean + stats.norm.ppf(levels)[:, None, None, None] * belief.std

    found = belief.quantiles(levels)

    inexact = 2.0**-40 * np.ptp(own, axis=1).max(axis=0) + np.spacing(np.abs(own).max())
    assert (np.diff(found, axis=0) >= -inexact).all()


def test_quantiles_of_atoms_increase_exactly():
    rng = np.random.default_rng(0)
    belief = Belief(np.full(4, 0.25), rng.normal(size=(4, 50, 2)), np.zeros((4, 50, 2)))

    found = belief.quantiles((0.05, 0.3, 0.5, 0.7, 0.95))

    assert (np.diff(found, axis=0) >= 0).all()


@settings(deadline=None)
@given(belief=beliefs(), shift=st.sampled_from([0.0, -3.0]))
def test_a_mixture_of_one_normal_many_times_is_that_normal(belief, shift):
    one = Belief(np.ones(1), belief.mean[:1] + shift, belief.std[:1])
    many = Belief(
        np.full(3, 1 / 3), np.repeat(one.mean, 3, 0), np.repeat(one.std, 3, 0)
    )

    np.testing.assert_allclose(many.moments()[0], one.moments()[0])
    # Thirds of the mean add up to it but for its last digit, by which all disagree.
    digit = 2 * np.spacing(np.abs(one.mean).max())
    np.testing.assert_allclose(many.moments()[1], one.moments()[1], atol=digit)
    np.testing.assert_allclose(many.quantiles((0.2,)), one.quantiles((0.2,)))


# --- Trees ----------------------------------------------------------------------------


def test_two_stumps_by_hand():
    """Leaves {0, 2} and {4, 10} of the first, {0, 4} and {2, 10} of the second."""
    stumps = VotingRegressor(
        [
            ("rows", make_pipeline(column(0), DecisionTreeRegressor(max_depth=1))),
            ("columns", make_pipeline(column(1), DecisionTreeRegressor(max_depth=1))),
        ]
    ).fit(SQUARE, HEIGHTS)

    mean, std = moments(stumps, SQUARE)

    # Means 1, 7 and 2, 6; variances 1, 9 and 4, 16.
    assert mean.tolist() == [1.5, 3.5, 4.5, 6.5]
    np.testing.assert_allclose(
        np.square(std),
        [2.5 + 0.5**2, 8.5 + 2.5**2, 6.5 + 2.5**2, 12.5 + 0.5**2],
    )


def test_the_weights_of_a_vote_count():
    tree, flat = (
        DecisionTreeRegressor(max_depth=1),
        DecisionTreeRegressor(max_leaf_nodes=2),
    )
    stumps = VotingRegressor(
        [
            ("rows", make_pipeline(column(0), tree)),
            ("gone", "drop"),
            ("columns", make_pipeline(column(1), flat)),
        ],
        weights=[3, 100, 1],
    ).fit(SQUARE, HEIGHTS)

    mean, std = moments(stumps, SQUARE[:1])

    # 3/4 of N(1, 1) and 1/4 of N(2, 4).
    assert mean.item() == pytest.approx(stumps.predict(SQUARE[:1]).item()) == 1.25
    assert std.item() ** 2 == pytest.approx(1.75 + 0.75 * 0.25**2 + 0.25 * 0.75**2)


@pytest.mark.parametrize("kind", [RandomForestRegressor, ExtraTreesRegressor])
@pytest.mark.parametrize("leaf", [1, 7])
@pytest.mark.parametrize("bootstrap", [True, False])
def test_a_forests_variance_is_that_of_meinshausens_weights(kind, leaf, bootstrap):
    X, y = rows()
    forest = kind(7, min_samples_leaf=leaf, bootstrap=bootstrap, random_state=0)
    X_new, _ = rows(20, seed=1)
    forest.fit(X, y)
    drawn = forest.estimators_samples_ if bootstrap else [np.arange(len(X))] * 7
    weights = forest_weights(forest, X, X_new, drawn)

    mean, std = moments(forest, X_new)

    np.testing.assert_allclose(mean, weights @ y)
    np.testing.assert_allclose(mean, forest.predict(X_new))
    expected = weights @ y**2 - (weights @ y) ** 2
    np.testing.assert_allclose(np.square(std), expected, atol=1e-12)


def test_a_grown_forests_quantiles_are_those_of_a_quantile_regression_forest():
    X, y = rows()
    forest = RandomForestRegressor(23, random_state=0).fit(X, y)
    X_new, _ = rows(20, seed=1)
    weights = forest_weights(forest, X, X_new, forest.estimators_samples_)
    levels = (0.1, 0.5, 0.9)

    found = belief_of("Test", forest, X_new).quantiles(levels)[:, :, 0]

    order = y.argsort()
    below = weights[:, order].cumsum(axis=1)
    expected = [y[order][(below < level - 1e-9).sum(axis=1)] for level in levels]
    np.testing.assert_allclose(found, expected)


def test_weights_of_rows_are_in_the_variance_of_leaves():
    X, y = rows()
    weight = np.random.default_rng(0).integers(1, 4, size=len(y))
    tree = DecisionTreeRegressor(min_samples_leaf=10, max_depth=1)
    weighted = tree.fit(X, y, weight)
    leaf = weighted.apply(X)

    _, std = moments(weighted, X)

    for own in np.unique(leaf):
        many = np.repeat(y[leaf == own], weight[leaf == own])
        np.testing.assert_allclose(std[leaf == own], many.std())


@pytest.mark.parametrize("shift", [0.0, 1e6, -1e9])
def test_leaves_of_one_value_have_no_variance_however_far_from_zero(shift):
    X, y = rows()

    _, std = moments(DecisionTreeRegressor().fit(X, y + shift), X)

    assert (std == 0).all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("constant", [0.1, -1 / 3, 1e9 / 7])
@pytest.mark.parametrize("n_rows", [2, 80, 5000])
def test_a_constant_is_believed_to_be_one(n_rows, constant, seed):
    """The sums of n equal numbers are inexact by n roundings; their variance is not."""
    X, _ = rows(n_rows)
    forest = RandomForestRegressor(5, random_state=seed)

    mean, std = moments(forest.fit(X, np.full(n_rows, constant)), X)

    inexact = n_rows * np.finfo(float).eps
    np.testing.assert_allclose(mean, constant, rtol=inexact)
    np.testing.assert_allclose(std, 0.0, atol=inexact * abs(constant))


def test_a_small_spread_in_a_large_leaf_is_not_taken_for_rounding():
    y = 1000 + 0.1 * np.arange(2).repeat(1000)
    tree = DecisionTreeRegressor().fit(np.zeros((2000, 1)), y)

    _, std = moments(tree, np.zeros((1, 1)))

    np.testing.assert_allclose(std, 0.05, rtol=1e-3)


def test_a_bag_of_trees_on_some_columns_each():
    X, y = rows()
    bag = BaggingRegressor(
        DecisionTreeRegressor(min_samples_leaf=9), 5, max_features=2, random_state=0
    ).fit(X, y)

    mean, std = moments(bag, X)

    np.testing.assert_allclose(mean, bag.predict(X))
    trees = [
        moments(tree, X[:, own])
        for tree, own in zip(bag.estimators_, bag.estimators_features_, strict=True)
    ]
    means, stds = np.array(trees).transpose(1, 0, 2)
    np.testing.assert_allclose(np.square(std), means.var(0) + np.square(stds).mean(0))


def test_a_bag_of_forests_is_a_mixture_of_all_their_trees():
    X, y = rows()
    bag = BaggingRegressor(RandomForestRegressor(3), 4, random_state=0).fit(X, y)

    belief = belief_of("Test", bag, X)

    np.testing.assert_allclose(belief.weight, np.full(12, 1 / 12))
    np.testing.assert_allclose(belief.moments()[0][:, 0], bag.predict(X))


def test_grown_trees_of_several_targets_are_taken():
    X, y = rows(n_targets=2)
    forest = ExtraTreesRegressor(6, random_state=0).fit(X, y)

    mean, std = belief_of("Test", forest, X[:5] + 0.1).moments()

    trees = np.stack([tree.predict(X[:5] + 0.1) for tree in forest.estimators_])
    np.testing.assert_allclose(mean, trees.mean(axis=0))
    np.testing.assert_allclose(std, trees.std(axis=0), atol=1e-12)


def test_leaves_of_several_targets_are_refused_in_one_sentence():
    X, y = rows(n_targets=2)
    forest = RandomForestRegressor(3, min_samples_leaf=5).fit(X, y)

    with pytest.raises(TeacherError) as caught:
        belief_of("Test", forest, X)

    assert str(caught.value) == (
        "Test: trees of several targets keep one variance for all of them. Pass the "
        "teacher as MultiOutputRegressor(teacher), which has trees for each."
    )


def test_what_is_told_to_do_about_several_targets_works():
    X, y = rows(n_targets=2)
    forest = RandomForestRegressor(3, min_samples_leaf=5, random_state=0)

    belief = belief_of("Test", MultiOutputRegressor(forest).fit(X, y), X)

    for i in range(2):
        mean, std = moments(forest.fit(X, y[:, i]), X)
        np.testing.assert_allclose(belief.moments()[0][:, i], mean)
        np.testing.assert_allclose(belief.moments()[1][:, i], std)


@pytest.mark.filterwarnings("ignore:.*friedman_mse:FutureWarning")
@pytest.mark.parametrize("criterion", ["absolute_error", "poisson"])
def test_a_tree_whose_impurity_is_no_variance_is_refused_in_one_sentence(criterion):
    X, y = rows()
    forest = RandomForestRegressor(2, criterion=criterion).fit(X, np.abs(y))

    with pytest.raises(TeacherError) as caught:
        belief_of("Test", forest, X)

    assert str(caught.value) == (
        "Test: spread needs trees that know the variance in their leaves; pass a "
        f"teacher with criterion='squared_error', got {criterion!r}."
    )


# --- Others ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "teacher", [GaussianProcessRegressor(alpha=0.5), BayesianRidge(), ARDRegression()]
)
def test_a_regressor_that_returns_std_is_believed(teacher):
    X, y = rows()
    expected = teacher.fit(X, y).predict(X, return_std=True)

    found = moments(teacher, X)

    np.testing.assert_allclose(found, expected)


def test_a_gaussian_process_of_several_targets():
    X, y = rows(n_targets=2)
    teacher = GaussianProcessRegressor(alpha=0.5, normalize_y=True).fit(X, y)

    found = belief_of("Test", teacher, X).moments()

    np.testing.assert_allclose(found, teacher.predict(X, return_std=True))


@pytest.mark.parametrize(
    "wrap",
    [
        FrozenEstimator,
        lambda teacher: make_pipeline(StandardScaler(), teacher),
        lambda teacher: make_pipeline(make_pipeline(StandardScaler(), teacher)),
        lambda teacher: GridSearchCV(teacher, {"alpha_1": [1e-6]}, cv=2),
        MultiOutputRegressor,
    ],
)
def test_what_is_inside_is_asked(wrap):
    X, y = rows()
    X = StandardScaler().fit_transform(X)
    plain = BayesianRidge().fit(X, y)
    fitted = wrap(plain)
    fitted.fit(X, y[:, None] if isinstance(fitted, MultiOutputRegressor) else y)

    np.testing.assert_allclose(moments(fitted, X), moments(plain, X))


def test_members_that_know_nothing_disagree():
    X, y = rows()
    bag = BaggingRegressor(LinearRegression(), 6, random_state=0).fit(X, y)

    _, std = moments(bag, X)

    said = [member.predict(X) for member in bag.estimators_]
    np.testing.assert_allclose(std, np.std(said, axis=0))


@pytest.mark.parametrize(
    "teacher",
    [
        Ridge(),
        GradientBoostingRegressor(n_estimators=2),
        BaggingRegressor(Ridge(), 1),
        make_pipeline(StandardScaler(), Ridge()),
    ],
)
def test_a_teacher_without_any_spread_is_refused_in_one_sentence(teacher):
    X, y = rows()

    with pytest.raises(TeacherError) as caught:
        belief_of("Test", teacher.fit(X, y), X)

    assert str(caught.value) == (
        f"Test: the teacher {type(teacher).__name__} says nothing about the spread of "
        "y. Pass one that does (a forest, a regressor whose predict takes return_std, "
        "several teachers as a list), or spread=None."
    )


def test_one_of_several_may_know_nothing():
    X, y = rows()

    mean, std = moments(Ridge().fit(X, y), X, is_member=True)

    np.testing.assert_allclose(mean, Ridge().fit(X, y).predict(X))
    assert (std == 0).all()


@pytest.mark.parametrize("convert", [pd.DataFrame, pl.DataFrame, sparse.csr_array])
def test_tables_and_sparse_rows_are_believed_alike(convert):
    X, y = rows()
    names = {} if convert is sparse.csr_array else {"abc"[i]: X[:, i] for i in range(3)}
    table = convert(names or X)
    forest = RandomForestRegressor(4, min_samples_leaf=4, random_state=0)
    expected = moments(forest.fit(X, y), X)

    found = moments(forest.fit(table, y), table)

    np.testing.assert_allclose(found, expected)


def test_rows_with_missing_values_are_believed_where_the_forest_takes_them():
    X, y = rows()
    X[::3, 0] = np.nan
    forest = RandomForestRegressor(4, min_samples_leaf=4, random_state=0).fit(X, y)

    mean, std = moments(forest, X)

    np.testing.assert_allclose(mean, forest.predict(X))
    assert (std > 0).all()
