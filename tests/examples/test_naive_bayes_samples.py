"""The script of samples needed: its problem, its best error, and a quick run."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis


@pytest.fixture
def script(imported):
    return imported("naive_bayes_samples")


def test_classes_lie_where_the_paper_puts_them(script):
    assert script.places(5).tolist() == [-1, 1, 2, 4, 8]
    assert script.variances(5).tolist() == [5, 5, 1, 1, 1]


def test_rows_have_these_means_and_variances(script):
    X, y = script.rows(3, 4, 20_000, np.random.default_rng(0))

    means = np.array([X[y == k].mean(axis=0) for k in range(3)])
    spread = (X - means[y]).var(axis=0)

    np.testing.assert_allclose(means, np.tile([[-1], [1], [2]], 4), atol=0.05)
    np.testing.assert_allclose(spread, [4, 4, 1, 1], rtol=0.03)


@pytest.mark.parametrize(("k", "n"), [(2, 2), (3, 6)])
def test_the_least_error_is_what_a_linear_classifier_reaches_with_many_rows(
    script, k, n
):
    X, y = script.rows(k, n, 40_000, np.random.default_rng(0))

    error = 1 - LinearDiscriminantAnalysis().fit(X, y).score(X, y)

    assert error == pytest.approx(script.least_error(k, n), abs=0.004)


def test_numbers_of_rows_grow_one_by_one_and_then_faster(script):
    sizes = list(script.ladder(2, 50))

    assert sizes[:3] == [2, 3, 4]
    assert (np.diff(sizes) > 0).all()
    assert sizes[-1] * 2 <= script.LIMIT * 50 < 1.3 * sizes[-1] * 2


def test_naive_bayes_needs_fewer_rows_than_logistic_regression(script):
    naive, error = script.needed("pooled naive Bayes", 2, 60, 3)
    logistic, _ = script.needed("logistic regression", 2, 60, 3)

    assert error <= script.least_error(2, 60) + script.EXCESS
    assert naive <= 12
    assert logistic >= 3 * naive


def test_a_goal_that_is_not_reached_is_none(script, monkeypatch):
    monkeypatch.setattr(script, "LIMIT", 1)

    assert script.needed("logistic regression", 2, 40, 1)[0] is None


def test_a_quick_run_prints_every_arm(script, capsys):
    script.main(["--quick"])

    printed = capsys.readouterr().out
    assert all(f"| {arm}" in printed for arm in script.ARMS)
    assert "1 repeat(s)" in printed
