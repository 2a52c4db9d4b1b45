"""Several teachers as one: means by scipy, weights on the simplex, names, errors."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import log_softmax, logsumexp, softmax
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, QuantileRegressor, Ridge
from sklearn.naive_bayes import GaussianNB
from torch import nn

from sklkd import DistilledRegressor, StudentNet
from sklkd.training import TeacherEnsemble, TeacherTargets
from sklkd.training._spread import Spread


@st.composite
def panels(draw, values=False):
    """What m members say about n rows (m, n, k), and class indices (n,)."""
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(2, 4)))
    rng = np.random.default_rng([draw(st.integers(0, 999)), *shape])
    said = rng.normal(scale=draw(st.sampled_from([0.1, 1.0, 5.0])), size=shape)
    target = rng.normal(size=shape[1:])
    return said, target if values else rng.integers(shape[2], size=shape[1])


def combine(said, target, *, task="classification", known=None, row_weight=None, **how):
    """What an ensemble makes of its members' outputs (m, n, k)."""
    m, n, _ = said.shape
    known = np.ones((m, n), bool) if known is None else known
    members = [TeacherTargets(s, k) for s, k in zip(said, known, strict=True)]
    ensemble = TeacherEnsemble([(f"t{i}", None) for i in range(m)], **how)
    row_weight = np.ones(n) if row_weight is None else row_weight
    return ensemble.combined(members, task, target, row_weight)


def log_loss(logits, target):
    return -log_softmax(logits, axis=1)[np.arange(len(target)), target]


@given(panel=panels())
def test_the_arithmetic_mean_is_that_of_probabilities(panel):
    said, target = panel

    outputs = combine(said, target).outputs

    np.testing.assert_allclose(
        softmax(outputs, axis=1), softmax(said, axis=2).mean(axis=0), rtol=1e-9
    )


@given(panel=panels())
def test_the_geometric_mean_is_that_of_probabilities_normalised(panel):
    said, target = panel
    mean = stats.gmean(softmax(said, axis=2), axis=0)

    outputs = combine(said, target, combine="geometric").outputs

    np.testing.assert_allclose(
        softmax(outputs, axis=1), mean / mean.sum(axis=1, keepdims=True), rtol=1e-9
    )


@given(panel=panels(), seed=st.integers(0, 99))
def test_weights_need_not_sum_to_one(panel, seed):
    said, target = panel
    weights = np.random.default_rng(seed).uniform(0.1, 5, size=len(said))
    log_proba = log_softmax(said, axis=2)
    shares = weights / weights.sum()
    expected = logsumexp(log_proba, axis=0, b=shares[:, None, None])

    targets = combine(said, target, weights=weights.tolist())

    np.testing.assert_allclose(targets.outputs, expected, rtol=1e-9, atol=1e-12)
    assert targets.weights == pytest.approx(
        {f"t{i}": share for i, share in enumerate(shares)}
    )


@given(panel=panels(values=True))
def test_values_have_an_arithmetic_mean_whatever_combine_says(panel):
    said, target = panel

    for how in ["arithmetic", "geometric"]:
        outputs = combine(said, target, task="regression", combine=how).outputs
        np.testing.assert_allclose(outputs, said.mean(axis=0), rtol=1e-9, atol=1e-12)


@given(panel=panels(), how=st.sampled_from(["arithmetic", "geometric"]))
def test_copies_of_one_teacher_speak_as_the_one(panel, how):
    said, target = panel

    outputs = combine(np.stack([said[0]] * 3), target, combine=how).outputs

    np.testing.assert_allclose(
        softmax(outputs, axis=1), softmax(said[0], axis=1), rtol=1e-9
    )


@given(panel=panels())
def test_the_arithmetic_mean_loses_no_more_than_its_members_on_average(panel):
    """Jensen's inequality."""
    said, target = panel
    members = np.mean([log_loss(member, target).mean() for member in said])

    loss = log_loss(combine(said, target).outputs, target).mean()

    assert loss <= members + 1e-12


def test_a_certain_member_leaves_finite_logits():
    said = np.array([[[0.0, -800.0]], [[0.0, -900.0]]])

    outputs = combine(said, np.array([0])).outputs

    np.testing.assert_allclose(outputs, [[0.0, -800.0 - np.log(2)]])


def test_a_row_is_known_where_all_members_know_it():
    known = np.array([[True, True, False], [True, False, False]])

    targets = combine(np.zeros((2, 3, 2)), np.zeros(3, int), known=known)

    assert targets.known.tolist() == [True, False, False]


def test_rows_that_are_not_known_are_zero():
    known = np.array([[True, True], [True, False]])

    outputs = combine(np.ones((2, 2, 2)), np.zeros(2, int), known=known).outputs

    assert outputs[1].tolist() == [0.0, 0.0]


def test_alike_is_the_default_and_weights_are_named():
    assert combine(np.zeros((4, 2, 2)), np.zeros(2, int)).weights == {
        "t0": 0.25,
        "t1": 0.25,
        "t2": 0.25,
        "t3": 0.25,
    }


def perfect_and_useless(n=60, k=3):
    """A member that says 99 % of the truth, and one that says nothing of it."""
    rng = np.random.default_rng(0)
    target = rng.integers(k, size=n)
    perfect = np.log(np.where(np.eye(k)[target] > 0, 0.99, 0.005))
    return np.stack([perfect, rng.normal(scale=3.0, size=(n, k))]), target


@pytest.mark.parametrize("how", ["arithmetic", "geometric"])
def test_all_weight_goes_to_the_member_that_knows(how):
    said, target = perfect_and_useless()

    weights = combine(said, target, combine=how, weights="out_of_fold").weights

    assert weights["t0"] == pytest.approx(1.0, abs=0.02)


def test_all_weight_goes_to_the_regressor_that_knows():
    rng = np.random.default_rng(0)
    target = 100 + rng.normal(size=(50, 1))
    said = np.stack([target, 100 + rng.normal(scale=10, size=(50, 1))])

    weights = combine(said, target, task="regression", weights="out_of_fold").weights

    assert weights["t0"] == pytest.approx(1.0, abs=1e-3)


@given(
    panel=panels(),
    how=st.sampled_from(["arithmetic", "geometric"]),
    seed=st.integers(0, 9),
)
def test_chosen_weights_are_on_the_simplex_and_no_worse_than_equal_ones(
    panel, how, seed
):
    said, target = panel
    row_weight = np.random.default_rng(seed).uniform(0.1, 2, size=len(target))
    options = {"combine": how, "row_weight": row_weight}

    chosen = combine(said, target, weights="out_of_fold", **options)

    equal = combine(said, target, **options)
    shares = np.array(list(chosen.weights.values()))
    assert shares.sum() == pytest.approx(1.0)
    assert (shares >= 0).all()
    losses = [
        np.average(log_loss(t.outputs, target), weights=row_weight)
        for t in (chosen, equal)
    ]
    assert losses[0] <= losses[1] + 1e-6


@given(panel=panels(values=True))
def test_two_regressors_have_the_weight_of_least_squares(panel):
    """For b + w (a - b) it is the projection of y - b on a - b, cut to [0, 1]."""
    said, target = panel
    a, b = (said[0], said[-1])
    gap = a - b
    if not gap.any():
        return
    best = np.clip((gap * (target - b)).sum() / (gap**2).sum(), 0, 1)

    weights = combine(
        np.stack([a, b]), target, task="regression", weights="out_of_fold"
    ).weights

    assert weights["t0"] == pytest.approx(best, abs=2e-3)


@pytest.mark.parametrize("unit", [1e-6, 1e-3, 1.0, 1e3, 1e6])
def test_chosen_weights_do_not_depend_on_the_unit_of_y(unit):
    rng = np.random.default_rng(0)
    target = rng.normal(size=(50, 1))
    said = target + np.array([0.5, 1.0])[:, None, None] * rng.normal(size=(2, 50, 1))
    gap = said[0] - said[1]
    best = (gap * (target - said[1])).sum() / (gap**2).sum()

    weights = combine(
        unit * said, unit * target, task="regression", weights="out_of_fold"
    ).weights

    assert 0 < best < 1
    assert weights["t0"] == pytest.approx(best, abs=0.01)


def test_rows_without_a_label_or_not_known_choose_no_weights():
    """In those rows alone the second member would be the better one."""
    said, target = perfect_and_useless()
    said, target = np.concatenate([said, said[::-1]], axis=1), np.tile(target, 2)
    row_weight = np.ones(120)
    row_weight[60:90] = 0
    known = np.ones((2, 120), bool)
    known[1, 90:] = False

    weights = combine(
        said, target, known=known, row_weight=row_weight, weights="out_of_fold"
    ).weights

    assert weights["t0"] == pytest.approx(1.0, abs=0.02)


def test_without_any_row_to_choose_by_all_weigh_alike():
    known = np.zeros((2, 3), bool)

    weights = combine(
        np.zeros((2, 3, 2)), np.zeros(3, int), known=known, weights="out_of_fold"
    ).weights

    assert weights == {"t0": 0.5, "t1": 0.5}


def test_a_regressor_far_from_zero_is_not_weighed_down():
    """Weights are chosen in the units in which the teachers speak."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = 1000 + X @ [3.0, -2.0]
    truth = FrozenEstimator(Ridge(alpha=1e-9).fit(X, y))
    zero = FrozenEstimator(DummyRegressor(strategy="constant", constant=0).fit(X, y))
    teacher = TeacherEnsemble([("truth", truth), ("zero", zero)], weights="out_of_fold")

    student = DistilledRegressor(
        teacher, StudentNet(hidden=(2,), max_epochs=1), random_state=0
    ).fit(X, y)

    assert student.teacher_weights_["truth"] == pytest.approx(1.0, abs=1e-3)


def mixed(said, spread, *, target=None, teachers=None, **how):
    """What an ensemble believes, from its members' columns (m, n, k)."""
    m, n, _ = said.shape
    members = [TeacherTargets(own, np.ones(n, bool)) for own in said]
    teachers = [None] * m if teachers is None else teachers
    named = [(f"t{i}", teacher) for i, teacher in enumerate(teachers)]
    target = np.zeros((n, spread.n_targets)) if target is None else target
    ensemble = TeacherEnsemble(named, **how)
    return ensemble.combined(members, "regression", target, np.ones(n), spread)


@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 3)),
    weighted=st.booleans(),
)
def test_the_variance_of_a_mixture_is_that_within_and_between_members(shape, weighted):
    """The law of total variance: that of draws is E[v + m²] - E[m]²."""
    rng = np.random.default_rng(shape)
    means, stds = rng.normal(size=shape), rng.uniform(0.1, 2, size=shape)
    shares = rng.uniform(0.1, 1, len(means)) if weighted else np.ones(len(means))
    weights = shares.tolist() if weighted else None
    shares = shares / shares.sum()
    mean = np.tensordot(shares, means, 1)
    second = np.tensordot(shares, stds**2 + means**2, 1)

    said = mixed(
        np.concatenate([means, stds], axis=2), Spread(shape[2]), weights=weights
    )

    expected = np.hstack([mean, np.sqrt(second - mean**2)])
    np.testing.assert_allclose(said.outputs, expected, rtol=1e-7, atol=1e-9)


def test_quantiles_of_a_mixture_are_not_the_means_of_its_members_quantiles():
    """Of two normals far apart a quarter is at the median of the lower one."""
    said = np.array([[[0.0, 1.0]], [[100.0, 1.0]]])

    outputs = mixed(said, Spread(1, (0.25, 0.75))).outputs

    np.testing.assert_allclose(outputs, [[50.0, 0.0, 100.0]], atol=1e-6)


def test_one_member_speaks_as_it_is():
    said = np.array([[[1.0, 0.5, 3.0], [2.0, 0.0, 1.0]]])

    outputs = mixed(said, Spread(1, (0.1, 0.9)), teachers=[Ridge()]).outputs

    np.testing.assert_array_equal(outputs, said[0])


LEARNERS = [QuantileRegressor(quantile=0.9), Ridge(), QuantileRegressor(quantile=0.1)]


def test_who_learns_a_quantile_has_no_part_in_the_mean():
    said = np.array([[[9.0], [1.0]], [[5.0], [5.0]], [[1.0], [9.0]], [[7.0], [7.0]]])
    options = {"teachers": [*LEARNERS, Ridge()], "weights": [5.0, 1.0, 5.0, 3.0]}

    targets = mixed(said, Spread(1, (0.1, 0.9)), **options)

    assert targets.weights == {"t0": 0.0, "t1": 0.25, "t2": 0.0, "t3": 0.75}
    # The second row's quantiles came crossed.
    assert targets.outputs.tolist() == [[6.5, 1.0, 9.0], [6.5, 1.0, 9.0]]


def test_weights_are_chosen_by_the_mean_and_among_those_that_speak_of_it():
    """A quantile learner that happens to be right has none."""
    rng = np.random.default_rng(0)
    target = rng.normal(size=(50, 1))
    noise = rng.normal(size=(50, 1))
    said = np.stack([target, target + noise, target, target + 3 + noise])
    teachers = [*LEARNERS, Ridge()]

    weights = mixed(
        said,
        Spread(1, (0.1, 0.9)),
        target=target,
        teachers=teachers,
        weights="out_of_fold",
    ).weights

    assert weights["t0"] == weights["t2"] == 0.0
    assert weights["t1"] == pytest.approx(1.0, abs=1e-3)


def test_standard_deviations_choose_no_weights():
    rng = np.random.default_rng(0)
    target = rng.normal(size=(50, 2))
    right, wrong = target + 0.01 * rng.normal(size=(2, 50, 2)) * [[[1.0]], [[300.0]]]
    wild, calm = np.full((50, 2), 1e6), np.zeros((50, 2))
    said = np.stack([np.hstack([right, wild]), np.hstack([wrong, calm])])

    weights = mixed(said, Spread(2), target=target, weights="out_of_fold").weights

    assert weights["t0"] == pytest.approx(1.0, abs=1e-3)


def test_some_weight_is_on_who_speaks_of_the_mean():
    with refused(
        ValueError,
        "TeacherEnsemble: one teacher at least that speaks of the mean, and learns no "
        "quantile, must have a weight above 0, got [1, 0, 1].",
    ):
        mixed(
            np.zeros((3, 2, 1)),
            Spread(1, (0.1, 0.9)),
            teachers=LEARNERS,
            weights=[1, 0, 1],
        )


def test_without_a_spread_all_speak():
    targets = combine(np.array([[[1.0]], [[3.0]]]), np.zeros((1, 1)), task="regression")

    assert targets.weights == {"t0": 0.5, "t1": 0.5}
    assert targets.outputs.tolist() == [[2.0]]


def ensemble():
    return TeacherEnsemble([("linear", LogisticRegression()), ("bayes", GaussianNB())])


def test_parameters_of_members_are_reached_by_name():
    params = ensemble().set_params(linear__C=0.1).get_params()

    assert params["linear__C"] == 0.1
    assert params["bayes__var_smoothing"] == 1e-9
    assert params["combine"] == "arithmetic"


def test_a_member_is_replaced_by_name():
    other = LogisticRegression(C=7.0)

    changed = ensemble().set_params(bayes=other, bayes__C=8.0)

    assert [name for name, _ in changed.teachers] == ["linear", "bayes"]
    assert changed.teachers[1][1] is other
    assert other.C == 8.0


def test_a_clone_has_members_of_its_own():
    original = ensemble()

    copy = clone(original).set_params(linear__C=0.1)

    assert original.get_params()["linear__C"] == 1.0
    assert copy.get_params()["linear__C"] == 0.1


@pytest.mark.parametrize(
    "member", [np.ones_like, nn.Linear(2, 2), "precomputed"], ids=["call", "net", "str"]
)
def test_members_without_parameters_are_members_too(member):
    panel = TeacherEnsemble([("linear", LogisticRegression()), ("other", member)])

    params = panel.set_params(linear__C=0.1).get_params()

    assert params["linear__C"] == 0.1
    assert params["other"] is member


def refused(error, sentence):
    return pytest.raises(error, match=f"^{re.escape(sentence)}$")


def test_sound_parameters_pass():
    ensemble().check("Test")
    TeacherEnsemble([("a", 1), ("b", 2)], weights=[0, 3.5]).check("Test")
    TeacherEnsemble([("a", 1)], combine="geometric", weights="out_of_fold").check("T")


def test_an_unknown_mean_is_refused():
    with refused(
        ValueError,
        "Test: combine must be one of 'arithmetic', 'geometric', got 'geometrc'. Did "
        "you mean 'geometric'?",
    ):
        TeacherEnsemble([("a", 1)], combine="geometrc").check("Test")


@pytest.mark.parametrize("names", [[], ["a", "a"], ["a", "b", "a"]])
def test_names_are_at_least_one_and_differ(names):
    with refused(
        ValueError,
        "Test: a list of teachers must have at least one, each with a name of its own, "
        f"got {names}.",
    ):
        TeacherEnsemble([(name, None) for name in names]).check("Test")


@pytest.mark.parametrize(
    "teachers",
    [[GaussianNB()], [("a", 1, 2)], ["ab"], [(1, GaussianNB())]],
    ids=["nameless", "triple", "word", "number"],
)
def test_teachers_are_pairs_of_a_name_and_a_teacher(teachers):
    with refused(
        TypeError,
        f"Test: a list of teachers must hold pairs (name, teacher), got {teachers!r}.",
    ):
        TeacherEnsemble(teachers).check("Test")


@pytest.mark.parametrize(
    "weights",
    [[1.0], [1, 2, 3], [0, 0], [1, -0.5], [np.nan, 1], [[1, 2]], 1.0, [np.inf, 1]],
    ids=str,
)
def test_weights_are_one_a_teacher_not_negative_and_not_all_zero(weights):
    with refused(
        ValueError,
        "Test: weights must be one number for each of the 2 teachers, none negative "
        f"and not all 0, got {weights!r}.",
    ):
        TeacherEnsemble([("a", 1), ("b", 2)], weights=weights).check("Test")


@pytest.mark.parametrize("weights", ["out_of_folds", ""])
def test_an_unknown_way_to_weights_is_refused(weights):
    hint = " Did you mean 'out_of_fold'?" if weights else ""

    with refused(
        ValueError,
        f"Test: weights must be one of 'out_of_fold', got {weights!r}.{hint}",
    ):
        TeacherEnsemble([("a", 1)], weights=weights).check("Test")
