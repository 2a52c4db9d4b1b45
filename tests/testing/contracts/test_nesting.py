"""Nesting: folds and wrappers that are tried, and who is left alone."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from sklkd import DistilledClassifier, StudentNet
from sklkd.testing import ContractTags, Subject, check_contracts
from sklkd.testing.contracts._nesting import _folds, _requesting, _wrappers


def checked(model, name):
    (result,) = check_contracts(model, include=[name], profile="quick", on_fail=None)
    return result


def test_every_row_is_asked_about_once_and_every_class_is_in_every_fold():
    y = np.array([0, 0, 0, 2, 2, 1, 1, 1])

    folds = _folds(Subject(GaussianNB()), y)

    tested = np.concatenate([test for _, test in folds])
    assert sorted(tested) == list(range(8))
    assert all(set(y[train]) == {0, 1, 2} for train, _ in folds)


@pytest.mark.parametrize(
    ("model", "some"),
    [
        (GaussianNB(), "CalibratedClassifierCV"),
        (LinearRegression(), "TransformedTargetRegressor"),
        (StandardScaler(), "FeatureUnion"),
    ],
)
def test_wrappers_are_those_of_the_kind(model, some):
    assert some in _wrappers(Subject(model))


def test_weights_are_asked_for_by_every_part():
    model = DistilledClassifier(GaussianNB(), StudentNet(max_epochs=1))

    with config_context(enable_metadata_routing=True):
        asking = _requesting(Subject(model))

    assert asking.teacher.get_metadata_routing().fit.requests["sample_weight"] is True


def test_routing_is_a_matter_of_those_who_take_part():
    assert checked(KNeighborsClassifier(), "G04").reason == (
        "its fit takes no sample_weight"
    )
    assert checked(AdaBoostClassifier(n_estimators=2), "G04").reason == (
        "it takes no part in metadata routing"
    )


def test_what_needs_more_to_fit_is_not_nested():
    class Needs(GaussianNB):
        def fit(self, X, y, mark):
            return super().fit(X, y)

        def __sklkd_contracts__(self):
            return ContractTags(fit_params=lambda X, y: {"mark": 1})

    for name in ("G01", "G02", "G03", "G07"):
        assert checked(Needs(), name).reason == "its fit needs more than X and y"
