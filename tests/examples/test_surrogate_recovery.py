"""Recovery of columns: counts by hand, the same tree as of n_features, and a run."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from sklkd import SurrogateClassifier


@pytest.fixture
def script(imported, monkeypatch):
    """The script with 200 rows and one fast teacher."""
    script = imported("surrogate_recovery")
    monkeypatch.setattr(script, "N_ROWS", 200)
    return script


def test_the_told_columns_are_those_that_tell(script, monkeypatch):
    monkeypatch.setattr(script, "N_ROWS", 4000)

    (X, y), (X_new, y_new), informative = script.data(40, 0)

    noise = np.setdiff1d(np.arange(40), informative)
    deviation = np.vstack([X, X_new]).std(axis=0)
    assert len(informative) == 10
    np.testing.assert_allclose(deviation[noise], 1, atol=0.05)
    assert (deviation[informative] > 1.2).all()
    assert len(X) == len(X_new) == len(y) == len(y_new) == 4000


def test_columns_among_the_first_by_hand(script, monkeypatch):
    monkeypatch.setattr(script, "TOP", (1, 2, 4))
    ranks = np.array([3.0, 1.0, 4.0, 2.0])

    found = script.recalled("gradient", ranks, np.array([0, 1]))

    assert found == {"gradient 1": 1, "gradient 2": 1, "gradient 4": 2}


def test_an_interval_of_rows_by_hand(script):
    # 1.96 deviations of the mean of 2 times 200 rows, half of them right.
    assert script.of_rows([0.5, 0.5]) == "50.0 ± 4.9"
    assert script.of_rows([1.0]) == "100.0 ± 0.0"


def test_the_tree_is_that_of_as_many_features(script):
    (X, y), (X_new, _), _ = script.data(12, 0)
    frozen = FrozenEstimator(LogisticRegression().fit(X, y))
    tree = script.SoftTree(max_leaves=script.N_LEAVES)
    params = {"importance": "permutation", "validation_fraction": 0, "random_state": 0}
    expected = SurrogateClassifier(frozen, tree, n_features=3, **params).fit(X, y)

    model = script.Explained(frozen, X, y, 0).tree(expected.ranking_.kept)

    np.testing.assert_allclose(
        model.predict_proba(X_new), expected.predict_proba(X_new)
    )


@pytest.mark.parametrize("name", ["network", "perceptron", "boosting", "linear svm"])
def test_a_teacher_learns_something_the_same_way_twice(script, name, recwarn):
    (X, y), (X_new, _), _ = script.data(20, 0)

    said = [script.teacher(name, 20, seed=0).fit(X, y).predict(X_new) for _ in range(2)]

    np.testing.assert_array_equal(*said)
    assert len(np.unique(said[0])) == 2


def test_a_run_tells_of_its_teachers_and_a_second_one_finds_them(script, told, capsys):
    options = told("--quick", "--columns", "60", "--teachers", "network", "linear svm")
    script.main(options)
    first = capsys.readouterr().out

    script.main(options)

    again = capsys.readouterr()
    assert again.err.count("found in") == 2
    assert again.out == first
    assert "| network: gradient" in first
    assert "| linear svm: gradient" not in first
    assert "### 60 columns, 1 seed(s)" in first


def test_a_teacher_that_takes_hours_is_left_out(script, told, capsys, monkeypatch):
    monkeypatch.setattr(script, "measure", lambda *_: pytest.fail("was asked"))
    monkeypatch.setattr(script, "report", lambda _, names: f"of {names}")

    script.main(told("--quick", "--columns", "5000", "--teachers", "svm"))

    assert "of []" in capsys.readouterr().out
