"""How many columns a surrogate sees, and where curves have their knee."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from sklkd import SurrogateClassifier
from sklkd.surrogates._study import _counts, knee

X, y = make_classification(
    300, 20, n_informative=3, n_redundant=0, shuffle=False, random_state=0
)


@pytest.mark.parametrize("n_features", [3, "elbow", "cv"])
def test_the_informative_columns_are_kept(n_features):
    fitted = SurrogateClassifier(
        LogisticRegression(C=0.1), n_features=n_features, random_state=0
    ).fit(X, y)
    kept = fitted.ranking_.kept
    assert 1 <= len(kept) <= 6
    assert len(set(kept.tolist()) & {0, 1, 2}) >= min(2, len(kept))
    assert fitted.get_feature_names_out().tolist() == [f"x{j}" for j in kept]


def test_the_knee_is_furthest_above_the_chord():
    assert knee(np.arange(5), np.array([0, 6, 8, 9, 10.0])) == 1
    assert knee(np.arange(3), np.array([1.0, 1, 1])) == 0
    assert knee(np.array([1.0]), np.array([3.0])) == 0


def test_counts_grow_up_to_all_columns():
    assert _counts(1) == [1]
    assert _counts(10) == [1, 2, 3, 5, 8, 10]


def test_a_ranking_may_be_left_out():
    fitted = SurrogateClassifier(LogisticRegression(), importance=None).fit(X, y)
    assert not hasattr(fitted, "ranking_")
