"""Spread: columns and their order, units, losses by hand, and who learns a quantile."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Lasso, QuantileRegressor, Ridge, SGDRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from sklkd import DistilledRegressor
from sklkd.exceptions import TeacherError
from sklkd.objectives import Batch, SquaredError
from sklkd.training import Scaling, Signals
from sklkd.training._belief import Belief
from sklkd.training._spread import OnSpread, Spread, as_spread, quantile_level

LEVELS = st.lists(st.floats(0.01, 0.99), min_size=1, max_size=4, unique=True).map(
    lambda levels: tuple(sorted(levels))
)
SPREADS = st.builds(Spread, st.integers(1, 3), st.one_of(st.none(), LEVELS))


def refused(sentence, error=ValueError):
    return pytest.raises(error, match=f"^{re.escape(sentence)}$")


def said(spread, n_rows, seed=0):
    """Numbers that a teacher might say, in no order: (n_rows, width)."""
    return np.random.default_rng(seed).normal(size=(n_rows, spread.width))


# --- What the user passes -------------------------------------------------------------


@pytest.mark.parametrize(
    ("passed", "meant"),
    [
        (None, None),
        ("std", "std"),
        ([0.1, 0.9], (0.1, 0.9)),
        ((0.5,), (0.5,)),
        (np.array([0.25, 0.5, 0.75]), (0.25, 0.5, 0.75)),
    ],
    ids=str,
)
def test_levels_of_any_kind_become_a_tuple(passed, meant):
    assert as_spread("Test", passed) == meant


@pytest.mark.parametrize(
    ("passed", "hint"), [("sd", " Did you mean 'std'?"), ("quantiles", "")]
)
def test_another_word_is_refused(passed, hint):
    with refused(f"Test: spread must be one of 'std', got {passed!r}.{hint}"):
        as_spread("Test", passed)


@pytest.mark.parametrize("passed", [0.5, {0.1, 0.9}, True], ids=str)
def test_what_is_no_sequence_is_refused(passed):
    with refused(
        "Test: spread must be None, 'std' or a sequence of levels of quantiles, got "
        f"{passed!r}.",
        TypeError,
    ):
        as_spread("Test", passed)


@pytest.mark.parametrize("level", [0, 1, -0.1, 1.5, 10, np.nan, np.inf], ids=str)
def test_a_level_is_inside_0_and_1(level):
    with refused(
        f"Test: each level in spread must be a real number in (0, 1), got {level!r}."
    ):
        as_spread("Test", [level])


@pytest.mark.parametrize("level", [True, "0.5", None, [0.5]], ids=repr)
def test_a_level_is_a_number(level):
    with refused(
        f"Test: each level in spread must be a real number in (0, 1), got {level!r}.",
        TypeError,
    ):
        as_spread("Test", [level])


@pytest.mark.parametrize("passed", [(), (0.9, 0.1), (0.5, 0.5), [0.1, 0.3, 0.2]])
def test_levels_increase(passed):
    with refused(
        "Test: the levels in spread must be at least one, and increase, got "
        f"{passed!r}."
    ):
        as_spread("Test", passed)


# --- Columns --------------------------------------------------------------------------


def test_standard_deviations_come_after_the_means_of_all_targets():
    # Two rows of two targets: one normal each.
    belief = Belief(
        np.ones(1),
        np.array([[[1.0, 2.0], [3.0, 4.0]]]),
        np.array([[[0.1, 0.2], [0.3, 0.4]]]),
    )

    columns = Spread(2).columns(belief)

    np.testing.assert_allclose(columns, [[1.0, 2.0, 0.1, 0.2], [3.0, 4.0, 0.3, 0.4]])


def test_quantiles_come_level_by_level_for_all_targets():
    belief = Belief(np.ones(1), np.array([[[10.0, -5.0]]]), np.array([[[1.0, 2.0]]]))
    z = stats.norm.ppf(0.9)

    columns = Spread(2, (0.1, 0.9)).columns(belief)

    expected = [[10, -5, 10 - z, -5 - 2 * z, 10 + z, -5 + 2 * z]]
    np.testing.assert_allclose(columns, expected)


@given(spread=SPREADS)
def test_the_width_is_that_of_the_columns(spread):
    shape = (2, 5, spread.n_targets)
    belief = Belief(np.full(2, 0.5), np.zeros(shape), np.ones(shape))

    assert spread.columns(belief).shape == (5, spread.width)


@given(spread=SPREADS, seed=st.integers(0, 99))
def test_quantiles_are_put_in_order_for_each_target_and_row_apart(spread, seed):
    values = said(spread, 7, seed)

    ordered = spread.rearranged(values)

    k = spread.n_targets
    np.testing.assert_array_equal(ordered[:, :k], values[:, :k])
    for target in range(k):
        own = slice(k + target, None, k)
        expected = np.sort(values[:, own], axis=1)
        if spread.levels is None:
            expected = np.maximum(values[:, own], 0)
        np.testing.assert_array_equal(ordered[:, own], expected)


@given(spread=SPREADS, seed=st.integers(0, 99))
def test_what_is_in_order_stays(spread, seed):
    once = spread.rearranged(said(spread, 7, seed))

    np.testing.assert_array_equal(spread.rearranged(once), once)


def test_what_is_passed_stays_as_it_is():
    values = np.array([[0.0, 3.0, 1.0], [0.0, -3.0, 1.0]])
    before = values.copy()

    Spread(1, (0.1, 0.9)).rearranged(values)
    Spread(1).rearranged(values[:, :2])

    np.testing.assert_array_equal(values, before)


def test_a_member_that_gives_means_alone_is_certain():
    values = np.array([[1.0, 2.0]])

    assert Spread(2, None, is_member=True).completed(values).tolist() == [[1, 2, 0, 0]]
    assert Spread(2).completed(values) is values


# --- Units ----------------------------------------------------------------------------


@given(
    spread=SPREADS,
    scale=st.sampled_from([1e-6, 0.5, 1e6]),
    shift=st.sampled_from([0.0, -7.0, 1e3]),
)
def test_what_is_standardised_knows_no_unit(spread, scale, shift):
    """Of a·y + b the standard deviation is a times, the quantiles are moved too."""
    rng = np.random.default_rng(0)
    y, values = rng.normal(2, 3, size=(20, spread.n_targets)), said(spread, 20)
    moved = values * scale
    moved[:, : spread.n_targets] += shift
    if spread.levels is not None:
        moved[:, spread.n_targets :] += shift

    plain = spread.scaling(Scaling.fit(y, np.ones(20)))
    other = spread.scaling(Scaling.fit(scale * y + shift, np.ones(20)))

    atol = 1e-9 * (1 + abs(shift) / scale)
    np.testing.assert_allclose(
        other.standardised(moved), plain.standardised(values), atol=atol
    )
    np.testing.assert_allclose(
        other.inverse(other.standardised(moved)), moved, atol=1e-9 * abs(shift)
    )


def test_a_standard_deviation_is_in_units_of_that_of_y():
    units = Scaling.fit(np.array([[2.0, 0.0], [4.0, 20.0]]), np.ones(2))

    standardised = Spread(2).scaling(units).standardised(np.array([[5, 10, 2, 5]]))

    assert standardised.tolist() == [[2.0, 0.0, 2.0, 0.5]]


def test_a_constant_target_has_no_spread():
    units = Scaling.fit(np.array([[7.0], [7.0]]), np.ones(2))

    for spread, expected in [(Spread(1), [7, 0]), (Spread(1, (0.1, 0.9)), [7, 7, 7])]:
        scaling = spread.scaling(units)
        values = np.arange(1.0, 1 + spread.width)[np.newaxis]
        assert scaling.standardised(values).tolist() == [[0] * spread.width]
        assert scaling.inverse(values).tolist() == [expected]


# --- Losses ---------------------------------------------------------------------------


def test_labels_say_nothing_of_a_standard_deviation():
    output = torch.tensor([[1.0, 100.0], [2.0, -100.0]], requires_grad=True)

    loss = Spread(1).label_loss(output, torch.tensor([[0.0], [0.0]]))
    loss.sum().backward()

    assert loss.tolist() == [1.0, 4.0]
    assert output.grad[:, 1].tolist() == [0.0, 0.0]


def test_labels_lose_the_mean_pinball_of_the_levels_by_hand():
    # Target 3: mean 1 loses 4; level 0.1 at 2 loses 0.1; level 0.8 at 5 loses 0.4.
    output = torch.tensor([[1.0, 2.0, 5.0]])

    loss = Spread(1, (0.1, 0.8)).label_loss(output, torch.tensor([[3.0]]))

    assert loss.item() == pytest.approx(4 + (0.1 + 0.4) / 2)


def test_labels_of_two_targets_by_hand():
    # Means lose (1 + 9) / 2; level 0.5 loses half of (2 + 4) / 2.
    output = torch.tensor([[1.0, 3.0, 2.0, 4.0]])

    loss = Spread(2, (0.5,)).label_loss(output, torch.tensor([[0.0, 0.0]]))

    assert loss.item() == pytest.approx(5 + 1.5)


@given(spread=SPREADS, seed=st.integers(0, 99), factor=st.sampled_from([0.3, 1.0, 5.0]))
def test_terms_add_up_to_the_means_share_and_all_of_the_spread(spread, seed, factor):
    """Each row's share of the mean is its own; its spread has all of its weight."""
    rng = np.random.default_rng(seed)
    student, teacher = torch.from_numpy(rng.normal(size=(2, 6, spread.width)))
    share, weight = torch.from_numpy(rng.uniform(size=(2, 6)))
    k, gap = spread.n_targets, (student - teacher).square()
    expected = factor * share * gap[:, :k].mean(1) + gap[:, k:].mean(1)
    heard = torch.cat([teacher, share[:, None]], dim=1)
    signals = Signals(torch.zeros(6, k), heard, 1 - weight, weight)

    terms = spread.terms(SquaredError(weight=factor).terms(), signals)

    batch = Batch(student, heard, signals.target)
    total = sum(term.weight * term.loss(batch) for term in terms.values())
    torch.testing.assert_close(total, expected)


def test_where_nobody_hears_there_are_no_terms():
    nothing = Signals(*(torch.zeros(shape) for shape in [(2, 1), (2, 3), 2, 2]))

    assert Spread(1).terms(SquaredError().terms(), nothing) == {}


def test_where_only_the_spread_is_heard_there_is_no_term_of_the_mean():
    heard = torch.tensor([[1.0, 2.0, 0.0], [1.0, 2.0, 0.0]])
    signals = Signals(torch.zeros(2, 1), heard, torch.ones(2), torch.ones(2))

    assert list(Spread(1).terms(SquaredError().terms(), signals)) == ["spread"]


def test_a_users_own_term_of_that_name_keeps_it():
    heard = torch.ones(2, 3)
    signals = Signals(torch.zeros(2, 1), heard, torch.zeros(2), torch.ones(2))

    terms = Spread(1).terms({"spread": SquaredError()}, signals)

    assert list(terms) == ["spread", "spread_2"]
    assert isinstance(terms["spread_2"], OnSpread)


@given(
    normals=st.tuples(*[st.floats(-3, 3), st.floats(0.1, 3)] * 2),
    how=st.sampled_from(["std", "quantiles"]),
)
def test_it_is_the_squared_wasserstein_distance_of_two_normals(normals, how):
    """Which is the mean squared gap of quantiles, over all levels."""
    mean, std, other_mean, other_std = normals
    levels = (np.arange(2000) + 0.5) / 2000
    quantiles = stats.norm.ppf(levels)
    expected = np.square(mean - other_mean + (std - other_std) * quantiles).mean()
    parts = [
        [m, s] if how == "std" else [m, *(m + s * quantiles)]
        for m, s in [(mean, std), (other_mean, other_std)]
    ]
    student, teacher = (torch.tensor([part], dtype=torch.float64) for part in parts)
    heard = torch.cat([teacher, torch.ones(1, 1, dtype=torch.float64)], dim=1)

    loss = OnSpread(1).loss(Batch(student, heard, student[:, :1])).item()

    if how == "std":
        loss += (mean - other_mean) ** 2
    assert loss == pytest.approx(expected, rel=3e-3, abs=1e-12)


# --- Quantile learners ----------------------------------------------------------------


class Cat(BaseEstimator):
    """Parameters as CatBoost names them."""

    def __init__(self, loss_function="RMSE"):
        self.loss_function = loss_function


class Booster(BaseEstimator):
    """Parameters as LightGBM and XGBoost name them."""

    def __init__(self, objective=None, alpha=None, quantile_alpha=None):
        self.objective = objective
        self.alpha = alpha
        self.quantile_alpha = quantile_alpha


def histogram(level):
    return HistGradientBoostingRegressor(loss="quantile", quantile=level, max_iter=2)


@pytest.mark.parametrize(
    "teacher",
    [
        histogram(0.3),
        GradientBoostingRegressor(loss="quantile", alpha=0.3),
        QuantileRegressor(quantile=0.3, alpha=0.7),
        Booster("quantile", alpha=0.3),
        Booster("reg:quantileerror", quantile_alpha=0.3),
        Cat("Quantile:alpha=0.3"),
        FrozenEstimator(histogram(0.3)),
        make_pipeline(StandardScaler(), histogram(0.3)),
        MultiOutputRegressor(make_pipeline(histogram(0.3))),
        GridSearchCV(histogram(0.3), {"max_depth": [1, 2]}),
        BaggingRegressor(histogram(0.3)),
        TransformedTargetRegressor(histogram(0.3), func=np.log, inverse_func=np.exp),
    ],
    ids=lambda teacher: type(teacher).__name__,
)
def test_the_level_of_a_quantile_learner_is_known(teacher):
    assert quantile_level(teacher) == 0.3


@pytest.mark.parametrize(
    "teacher",
    [
        HistGradientBoostingRegressor(),
        GradientBoostingRegressor(alpha=0.3),
        Ridge(alpha=0.3),
        Lasso(alpha=0.3),
        SGDRegressor(alpha=0.3),
        BaggingRegressor(),
        RandomForestRegressor(),
        Booster("huber", alpha=0.3),
        Booster("reg:quantileerror", quantile_alpha=[0.1, 0.9]),
        Cat(),
        Cat("MultiQuantile:alpha=0.1,0.9"),
        DistilledRegressor(Ridge(), objective="squared_error"),
        nn.Linear(3, 1),
        np.sin,
        "precomputed",
    ],
    ids=lambda teacher: type(teacher).__name__,
)
def test_any_other_teacher_speaks_of_the_mean(teacher):
    assert quantile_level(teacher) is None


def test_members_without_quantile_learners_are_asked_for_normals():
    for spread in (Spread(2), Spread(2, (0.1, 0.9))):
        own = spread.of_members("Test", [Ridge(), RandomForestRegressor()])
        assert own == Spread(2, None, is_member=True)


def test_a_list_of_one_is_asked_as_the_one():
    spread = Spread(1, (0.1, 0.9))

    assert spread.of_members("Test", [RandomForestRegressor()]) is spread


def test_beside_quantile_learners_all_are_asked_for_values():
    spread = Spread(1, (0.1, 0.9))

    assert spread.of_members("Test", [histogram(0.9), Ridge(), histogram(0.1)]) is None


@pytest.mark.parametrize(
    ("levels", "learnt", "with_mean"),
    [
        (None, (0.9,), True),
        ((0.1, 0.9), (0.9,), True),
        ((0.9,), (0.1, 0.9), True),
        ((0.1,), (0.1, 0.1), True),
        ((0.1, 0.9), (0.1, 0.8), True),
        ((0.1, 0.9), (0.1, 0.9), False),
        ((0.5,), (0.5,), False),
    ],
    ids=str,
)
def test_quantile_learners_are_one_for_each_level_beside_a_mean(
    levels, learnt, with_mean
):
    teachers = [*map(histogram, learnt), *[Ridge()] * with_mean]
    asked = "std" if levels is None else levels

    with refused(
        "Test: among several teachers quantile learners must be one for each level of "
        f"spread, beside one at least that speaks of the mean, got spread={asked!r} "
        f"and learners of the levels {list(learnt)} among {len(teachers)} teachers. "
        f"Pass spread={learnt!r}, and ('mean', regressor) in the list.",
        TeacherError,
    ):
        Spread(1, levels).of_members("Test", teachers)
