"""Prediction: when the score is not compared, and who may write into rows."""

import sys
import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from sklkd.testing import CONTRACTS, Subject, check_contracts
from sklkd.testing.contracts._prediction import _content, _hasty_threads, rows_of

IDS = ["B01", "B02", "B03", "B04", "B05", "B14", "B15"]


@pytest.mark.parametrize(
    "estimator",
    [GaussianNB(), KNeighborsClassifier(), Ridge(), StandardScaler()],
    ids=lambda e: type(e).__name__,
)
def test_estimators_of_scikit_learn_hold_them(estimator):
    report = check_contracts(estimator, include=IDS, profile="quick", on_fail=None)

    assert report.failures == []


class NoDensity(StandardScaler):
    """Has no density where a column is constant, as principal components have none."""

    def score_samples(self, X):
        if (self.var_ == 0).any():
            raise np.linalg.LinAlgError("singular")
        return np.zeros(len(X))


@pytest.mark.parametrize("contract", ["B01", "B02", "B03", "B04", "B05", "B15"])
def test_what_cannot_be_asked_is_another_contracts_matter(contract):
    report = check_contracts(NoDensity(), include=[contract], on_fail=None)

    assert report.counts == {"passed": 1}


def reason(contract, estimator):
    return CONTRACTS[contract].reason_against(Subject(estimator))


def test_one_that_may_write_into_rows_is_left_alone():
    assert reason("B05", StandardScaler(copy=False)) == (
        "copy=False allows it to write into X"
    )
    assert reason("B05", StandardScaler()) is None
    assert reason("B05", Ridge(copy_X=False)) == (
        "copy_X=False allows it to write into X"
    )


def test_a_search_scores_by_its_own_measure():
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, scoring="neg_log_loss")

    assert reason("B14", search) == (
        "it scores by a measure of its own, scoring='neg_log_loss'"
    )
    assert reason("B14", GridSearchCV(LogisticRegression(), {"C": [1.0]})) is None
    assert reason("B14", StandardScaler()) == "it neither classifies nor regresses"


def test_a_callable_measure_is_its_own_too():
    assert "of its own" in reason("B14", LogisticRegressionCV(scoring=lambda *_: 0.0))


def test_the_switching_of_threads_is_put_back():
    interval, show = sys.getswitchinterval(), warnings.showwarning

    with pytest.raises(RuntimeError, match="stop"), _hasty_threads():
        raise RuntimeError("stop")

    assert sys.getswitchinterval() == interval
    assert warnings.showwarning is show


def test_content_tells_a_lock_from_a_change():
    array = np.zeros(3)
    before = _content(array)
    array.flags.writeable = False

    assert _content(array) != before
    assert _content(array)[:-1] == before[:-1]


def test_rows_of_outputs_are_rows_of_each():
    outputs = rows_of({"predict": [1, 2, 3], "transform": [[1], [2], [3]]}, [2, 0])

    assert outputs["predict"].tolist() == [3, 1]
    assert outputs["transform"].tolist() == [[3], [1]]
