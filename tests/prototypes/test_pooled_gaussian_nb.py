"""Pooled naive Bayes: moments by formula, its relatives, batches and soft labels."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax
from scipy.stats import norm
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from sklkd import DistilledClassifier
from sklkd.prototypes import PooledGaussianNB

TINY = 1e-15  # smoothing that makes no difference


@st.composite
def problems(draw):
    """Rows (n, p), labels of k classes that all occur, and weights."""
    n, p, k = draw(st.integers(8, 30)), draw(st.integers(1, 4)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    X = rng.normal(size=(n, p)) * 10.0 ** rng.integers(-2, 3, size=p)
    X += draw(st.sampled_from([0.0, 1e3]))
    y = rng.permutation(np.arange(n) % k)
    return X, y, rng.integers(1, 4, size=n).astype(float)


def by_formula(X, shares, weight=None):
    """Means, pooled variance and class shares, of soft labels: (n, p), (n, k)."""
    shares = shares * (1 if weight is None else weight[:, np.newaxis])
    count = shares.sum(axis=0)
    means = shares.T @ X / count[:, np.newaxis]
    apart = (X[:, np.newaxis] - means) ** 2
    variance = np.einsum("nk,nkp->p", shares, apart) / count.sum()
    return means, variance, count / count.sum()


def joint(X, means, variance, prior):
    """Log of class probability times Gaussian densities: (n, k)."""
    logs = norm.logpdf(X[:, np.newaxis], means, np.sqrt(variance)).sum(axis=2)
    return logs + np.log(prior)


@given(problems())
def test_it_is_bayes_rule_with_the_weighted_moments(problem):
    X, y, weight = problem
    moments = by_formula(X, np.eye(y.max() + 1)[y], weight)

    model = PooledGaussianNB(var_smoothing=TINY).fit(X, y, weight)

    np.testing.assert_allclose(model.theta_, moments[0], rtol=1e-9)
    np.testing.assert_allclose(model.var_, moments[1], rtol=1e-9)
    np.testing.assert_allclose(model.class_prior_, moments[2], rtol=1e-12)
    expected = log_softmax(joint(X, *moments), axis=1)
    np.testing.assert_allclose(model.predict_log_proba(X), expected, atol=1e-6)


@given(problems())
def test_the_scores_are_linear_and_the_logits_but_for_a_constant_a_row(problem):
    X, y, _ = problem
    model = PooledGaussianNB().fit(X, y)

    linear = X @ model.coef_.T + model.intercept_

    size = np.abs(X @ np.abs(model.coef_.T)).max()
    scores = model.decision_function(X)
    np.testing.assert_allclose(scores, linear.squeeze(), atol=1e-10 * (1 + size))
    if y.max() > 1:
        apart = model.predict_log_proba(X) - linear
        assert np.ptp(apart, axis=1).max() < 1e-10 * (1 + size)


@given(problems(), st.lists(st.integers(1, 29), max_size=4), st.booleans())
def test_batches_are_all_rows_at_once(problem, cuts, by_class):
    X, y, weight = problem
    order = np.argsort(y, kind="stable") if by_class else np.arange(len(y))
    whole = PooledGaussianNB().fit(X[order], y[order], weight[order])

    model = PooledGaussianNB()
    for part in np.split(order, sorted({c for c in cuts if c < len(y)})):
        model.partial_fit(X[part], y[part], np.unique(y), weight[part])

    for name in ("theta_", "var_", "class_count_", "coef_"):
        np.testing.assert_allclose(
            getattr(model, name), getattr(whole, name), rtol=1e-10, atol=1e-10
        )
    np.testing.assert_allclose(
        model.predict_proba(X), whole.predict_proba(X), atol=1e-10
    )


@given(problems())
def test_a_weight_of_two_is_a_row_twice(problem):
    X, y, weight = problem
    times = np.repeat(np.arange(len(y)), weight.astype(int))

    weighted = PooledGaussianNB().fit(X, y, weight)
    repeated = PooledGaussianNB().fit(X[times], y[times])

    np.testing.assert_allclose(weighted.var_, repeated.var_, rtol=1e-10)
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-8, atol=1e-12)
    assert weighted.class_count_.tolist() == repeated.class_count_.tolist()


@given(problems())
def test_soft_labels_are_learnt_exactly(problem):
    X, y, _ = problem
    k = y.max() + 1
    shares = np.random.default_rng(0).dirichlet(np.ones(k), size=len(y))
    expected = by_formula(X, shares)

    model = PooledGaussianNB(var_smoothing=TINY).fit(
        np.repeat(X, k, axis=0), np.tile(np.arange(k), len(X)), shares.ravel()
    )

    for found, value in zip(
        (model.theta_, model.var_, model.class_prior_), expected, strict=True
    ):
        np.testing.assert_allclose(found, value, rtol=1e-9)


@given(problems())
def test_units_do_not_matter(problem):
    X, y, _ = problem
    scale = 10.0 ** np.arange(-3, X.shape[1] - 3)

    model = PooledGaussianNB().fit(X, y)
    other = PooledGaussianNB().fit(X * scale - 7, y)

    np.testing.assert_allclose(
        other.predict_proba(X * scale - 7), model.predict_proba(X), atol=1e-8
    )


def test_it_is_gaussian_naive_bayes_where_classes_have_the_same_variance():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(20, 3)) * [1, 5, 0.2]
    X = np.vstack([noise, np.add(noise, [1, 2, 0.1]), noise - [0, 4, 0.3]])
    y = np.repeat(["a", "b", "c"], 20)

    model = PooledGaussianNB(var_smoothing=TINY).fit(X, y)
    curved = GaussianNB(var_smoothing=0).fit(X, y)

    np.testing.assert_allclose(curved.var_[1], model.var_, rtol=1e-10)
    np.testing.assert_allclose(
        model.predict_log_proba(X), curved.predict_log_proba(X), atol=1e-9
    )


def test_it_is_linear_discriminant_analysis_where_columns_are_independent():
    # A full factorial design in each class: columns are uncorrelated within it.
    design = np.stack(np.meshgrid([-1.0, 1], [-2.0, 0, 2], [-0.3, 0.3]), -1)
    design = design.reshape(-1, 3)
    twice = np.tile(design, (2, 1))
    X = np.vstack([design, np.add(design, [1, 0.5, 0]), twice - [0, 1, 1]])
    y = np.repeat([0, 1, 2], [12, 12, 24])

    model = PooledGaussianNB(var_smoothing=TINY).fit(X, y)
    other = LinearDiscriminantAnalysis(solver="lsqr").fit(X, y)

    np.testing.assert_allclose(
        model.predict_log_proba(X), other.predict_log_proba(X), atol=1e-9
    )


def test_dependent_columns_are_where_logistic_regression_ends_up_better():
    """The same column ten times counts ten times, as if it were ten witnesses."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 2000)
    noisy = rng.normal(size=(2000, 1)) + 0.7 * y[:, np.newaxis]
    clear = rng.normal(size=(2000, 1)) + 1.5 * y[:, np.newaxis]
    X = np.hstack([noisy.repeat(10, axis=1), clear])

    naive = PooledGaussianNB().fit(X[:1000], y[:1000]).score(X[1000:], y[1000:])
    other = LogisticRegression().fit(X[:1000], y[:1000]).score(X[1000:], y[1000:])

    assert other > naive + 0.05


def test_a_constant_column_says_nothing():
    X, y = load_iris(return_X_y=True)
    more = np.hstack([X, np.full((150, 1), 0.1)])

    model = PooledGaussianNB().fit(more, y)

    assert model.var_[4] == 0
    assert (model.coef_[:, 4] == 0).all()
    more[:, 4] = 99.0
    expected = PooledGaussianNB().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(more), expected, rtol=1e-10)


def test_a_column_far_from_zero_keeps_its_digits():
    X, y = load_iris(return_X_y=True)
    X = np.round(1024 * X)

    near = PooledGaussianNB().fit(X, y).predict_log_proba(X)
    far = PooledGaussianNB().fit(X + 2.0**40, y).predict_log_proba(X + 2.0**40)

    np.testing.assert_allclose(far, near, rtol=1e-8, atol=1e-10)


def test_given_priors_replace_the_shares():
    X, y = load_iris(return_X_y=True)
    priors = np.array([0.1, 0.2, 0.7])

    given_ = PooledGaussianNB(priors=priors).fit(X, y)

    shift = given_.decision_function(X) - PooledGaussianNB().fit(
        X, y
    ).decision_function(X)
    np.testing.assert_allclose(shift, np.tile(np.log(3 * priors), (150, 1)), atol=1e-9)
    assert given_.class_prior_.tolist() == priors.tolist()


@pytest.mark.parametrize(
    "priors", [[0.5, 0.5], [0.5, 0.6, 0.1], [0.0, 0.5, 0.5], [np.nan, 0.5, 0.5]]
)
def test_priors_that_are_no_probabilities_are_refused(priors):
    says = "PooledGaussianNB: priors must be 3 positive numbers that sum to 1, one for"

    with pytest.raises(ValueError, match=says):
        PooledGaussianNB(priors=priors).fit(*load_iris(return_X_y=True))


def test_smoothing_must_be_positive():
    says = "PooledGaussianNB: var_smoothing must be a real number in (0, inf), got 0."

    with pytest.raises(ValueError, match=re.escape(says)):
        PooledGaussianNB(var_smoothing=0).fit(*load_iris(return_X_y=True))


def test_a_row_a_class_is_enough():
    model = PooledGaussianNB().fit([[0.0, 5.0], [1.0, 5.0]], ["no", "yes"])

    assert model.predict([[0.1, 9.0], [0.9, 0.0]]).tolist() == ["no", "yes"]


def test_as_a_student_it_learns_the_shares_of_its_teacher():
    X, y = load_iris(return_X_y=True)
    teacher = LogisticRegression(max_iter=1000).fit(X, y)

    distilled = DistilledClassifier(
        clone(teacher),
        PooledGaussianNB(),
        soft_weight=1.0,
        targets="in_sample",
        transfer_set=None,
        calibration=None,
        proba_floor=1e-300,
        random_state=0,
    ).fit(X, y)

    student = distilled.student_.estimator
    means, variance, prior = by_formula(X, teacher.predict_proba(X))
    np.testing.assert_allclose(student.theta_, means, rtol=1e-6)
    np.testing.assert_allclose(student.var_, variance, rtol=1e-6)
    np.testing.assert_allclose(student.class_prior_, prior, rtol=1e-6)
