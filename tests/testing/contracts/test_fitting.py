"""Fitting: what counts as valid, and what is another's matter."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB

from sklkd.testing import CONTRACTS, STYLES, Case, Subject, check_contracts


def result(estimator, contract, **options):
    report = check_contracts(estimator, include=[contract], on_fail=None, **options)
    return report[0]


def test_every_style_of_table_is_tried():
    assert set(CONTRACTS["A01"].variants_for(Subject(Ridge()))) == set(STYLES)


@pytest.mark.parametrize("estimator", [GaussianNB(), LogisticRegression(), Ridge()])
@pytest.mark.parametrize("contract", ["A01", "A03"])
def test_estimators_of_scikit_learn_hold_it(estimator, contract):
    assert result(estimator, contract).status == "passed"


def test_a_density_without_spread_is_no_concern():
    assert result(PCA(n_components=1), "A01").status == "passed"


def test_a_logarithm_of_zero_is_no_concern():
    subject = Subject(GaussianNB())
    X, y = subject.data(Case())

    CONTRACTS["A01"].run_case(subject, Case(variant="blobs"))

    far = subject.fitted(X, y).predict_log_proba(1e6 * X)
    assert far.min() < -1e6


class Majority(ClassifierMixin, BaseEstimator):
    """Predicts the most frequent label."""

    def fit(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.n_features_in_ = np.shape(X)[1]
        self.label_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X):
        return np.full(len(X), self.label_)


def test_a_constant_is_not_worse_than_a_constant():
    assert result(Majority(), "A04", declared={"accurate"}).status == "passed"


def test_accuracy_must_be_claimed():
    told = result(Majority(), "A04")

    assert (told.status, told.reason) == (
        "not_applicable",
        "it does not declare 'accurate'",
    )


class Refuses(Majority):
    def fit(self, X, y):
        raise ValueError("not today")


def test_an_error_in_fit_is_reported_here_and_nowhere_else():
    here, elsewhere = (result(Refuses(), contract) for contract in ("A01", "B01"))

    assert here.status == "failed"
    assert here.message.endswith("ValueError: not today")
    assert elsewhere.status == "not_applicable"
