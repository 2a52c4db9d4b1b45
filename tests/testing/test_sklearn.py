"""The checks of scikit-learn, those that it keeps to itself among them."""

import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from sklkd.testing import Subject
from sklkd.testing._sklearn import sklearn_checks_of


class Silent(BaseEstimator):
    """It returns nothing from fit."""

    def fit(self, X, y=None):
        self.fitted_ = True


def checks(estimator):
    return {check.id: check for check in sklearn_checks_of(Subject(estimator))}


@pytest.mark.parametrize("estimator", [GaussianNB(), StandardScaler()])
def test_every_check_has_an_id_of_its_own(estimator):
    yielded = list(estimator_checks_generator(estimator, legacy=True, mark=None))

    found = sklearn_checks_of(Subject(estimator))

    assert len({check.id for check in found}) == len(found)
    assert len(found) > len(yielded)


def test_those_that_are_kept_for_scikit_learn_are_among_them():
    assert "check_dataframe_column_names_consistency" in checks(GaussianNB())
    assert "check_set_output_transform_pandas" in checks(StandardScaler())
    assert "check_param_validation" in checks(LogisticRegression())


def test_a_check_that_fails_says_what_scikit_learn_says():
    subject = Subject(Silent())
    check = checks(Silent())["check_estimators_fit_returns_self"]

    result = check.result(subject)

    assert (result.status, result.contract) == ("failed", check.id)
    assert result.message.startswith("AssertionError")
    with pytest.raises(AssertionError):
        check()


def test_a_check_that_holds_passes():
    check = checks(GaussianNB())["check_estimator_cloneable"]

    assert check.result(Subject(GaussianNB())).status == "passed"
    assert check(GaussianNB()) is None


def test_a_check_that_is_skipped_says_why():
    subject = Subject(StandardScaler())
    skipped = [
        result
        for check in sklearn_checks_of(subject)
        if "array_api" in check.id
        and (result := check.result(subject)).status == "not_applicable"
    ]

    assert skipped
    assert all(result.reason for result in skipped)
