"""Input: which tables are the same, and when names are no concern."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import FunctionTransformer, Normalizer, StandardScaler

from sklkd.testing import CONTRACTS, Subject, Violation, check_contracts
from sklkd.testing.contracts._inputs import CHANGES, _check_in_order, checks_nothing

IDS = ["B06", "B07", "B10", "B11", "B12"]


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        Ridge(),
        KNeighborsClassifier(algorithm="brute"),
        HistGradientBoostingRegressor(max_iter=10),
        StandardScaler(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_estimators_of_scikit_learn_hold_them(estimator):
    report = check_contracts(estimator, include=IDS, profile="quick", on_fail=None)

    assert report.failures == []


def test_one_that_needs_no_fitting_knows_no_table():
    assert checks_nothing(Subject(Normalizer())) == (
        "it needs no fitting, and so knows no table"
    )
    assert "no_validation" in str(checks_nothing(Subject(FunctionTransformer())))
    assert checks_nothing(Subject(Ridge())) is None


def test_changes_of_columns_are_what_their_names_say():
    frame = pd.DataFrame({"a": [1.0], "b": [2.0]})

    changed = {name: list(change(frame).columns) for name, change in CHANGES.items()}

    assert changed == {
        "permuted": ["b", "a"],
        "renamed": ["a", "another"],
        "missing": ["a"],
        "extra": ["a", "b", "another"],
    }
    assert list(frame.columns) == ["a", "b"]


def test_columns_that_are_put_in_order_are_fine():
    class ByName(Ridge):
        def _table(self, X):
            if not isinstance(X, pd.DataFrame):
                return X
            if set(X.columns) == set(self.feature_names_in_):
                return X[list(self.feature_names_in_)]
            return X

        def predict(self, X):
            return super().predict(self._table(X))

    report = check_contracts(ByName(), include=["B11"], on_fail=None)

    assert report.counts == {"passed": 1}


def test_a_wrong_order_is_told():
    expected = {"predict": np.array([1.0, 2.0])}

    with pytest.raises(Violation, match="permuted columns are taken as they come: "):
        _check_in_order(Subject(Ridge()), {"predict": np.array([2.0, 1.0])}, expected)


def test_layouts_at_fit_are_tried_on_calm_data_only():
    assert CONTRACTS["B07"].data is not None
    assert CONTRACTS["B06"].data is None
