"""Tags: what is tried, and of whom."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Perceptron, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted, validate_data

from sklkd.testing import CONTRACTS, Subject, check_contracts
from sklkd.testing.contracts._tags import FORMATS


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        Perceptron(),
        OneVsRestClassifier(LogisticRegression()),  # of two targets, if of two classes
        Ridge(),
        HistGradientBoostingRegressor(max_iter=10),
        RandomForestClassifier(n_estimators=5),
        SVC(),
        StandardScaler(with_mean=False),
    ],
    ids=lambda e: type(e).__name__,
)
def test_estimators_of_scikit_learn_hold_them(estimator):
    report = check_contracts(estimator, include=["B20", "B21"], on_fail=None)

    assert report.failures == []


def test_sparse_rows_are_asked_of_those_that_say_so():
    law = CONTRACTS["B20"]

    assert law.reason_against(Subject(LogisticRegression())) is None
    assert (
        law.reason_against(Subject(GaussianNB()))
        == "its tags say that it is not sparse"
    )


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_formats_hold_the_same_rows(form):
    X = np.eye(3)

    held = form(X)

    assert sparse.issparse(held)
    np.testing.assert_array_equal(held.toarray(), X)


class TwoClasses(ClassifierMixin, BaseEstimator):
    """The nearer of two means; refuses a third class, and says so."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X, y):
        X, y = validate_data(self, X, y)
        self.classes_ = np.unique(y)
        if len(self.classes_) != 2:
            raise ValueError("Only binary classification is supported.")
        self.means_ = np.stack([X[y == label].mean(axis=0) for label in self.classes_])
        return self

    def predict(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        gap = ((X[:, np.newaxis] - self.means_) ** 2).sum(axis=2)
        return self.classes_[gap.argmin(axis=1)]


def test_one_that_takes_two_classes_only_is_believed():
    report = check_contracts(TwoClasses(), include=["B21", "D01"], on_fail=None)

    assert report.counts == {"passed": 2}
