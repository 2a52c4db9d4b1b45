"""The rows of one fit, cut and continued together with labels, folds and parameters."""

import numpy as np
import pytest
from distillation.doubles import blobs
from hypothesis import given
from hypothesis import strategies as st

from sklkd.distillation._case import Case
from sklkd.estimators._encoded import Encoded
from sklkd.estimators._request import Request
from sklkd.training import Question
from sklkd.transfer_sets import Jitter, Spunge

SPLITS = [
    (np.array([0, 1, 2]), np.array([3, 4, 5])),
    (np.array([3, 4, 5]), np.array([0, 1, 2])),
]


def case(splits=None, n_unlabelled=0, weight=None, **params):
    """Six rows of two columns with labels, and others without."""
    X = np.arange(12.0).reshape(6, 2)
    y = np.array([0, 1, 0, 1, 0, 1])
    labelled = np.ones(6, dtype=bool)
    request = Request(X, X, y, weight, labelled, None, 6)
    encoded = Encoded(y, 2, np.ones(6), y, {"classes_": np.arange(2)})
    if n_unlabelled:
        request = request.followed_by(np.full((n_unlabelled, 2), 100.0))
        encoded = encoded.followed_by(n_unlabelled)
    question = Question("Someone", "classification", 2, np.arange(2))
    return Case(request, encoded, question, splits, {"teacher": params})


def as_lists(splits):
    return [(train.tolist(), test.tolist()) for train, test in splits]


def test_folds_of_some_rows_are_numbered_anew():
    some = case(SPLITS).taken(np.array([1, 2, 4, 5]))

    assert as_lists(some.splits) == [([0, 1], [2, 3]), ([2, 3], [0, 1])]
    assert some.request.y.tolist() == [1, 0, 0, 1]
    assert some.encoded.target.tolist() == [1, 0, 0, 1]


def test_a_fold_whose_training_rows_are_gone_is_none():
    some = case(SPLITS).taken(np.array([3, 5]))

    assert as_lists(some.splits) == [([0, 1], [])]
    assert some.n_fits == 1


@pytest.mark.parametrize(("splits", "n_fits"), [(None, 1), (SPLITS, 2), ([], 0)])
def test_each_fold_is_a_fit_and_so_is_none(splits, n_fits):
    assert case(splits).n_fits == n_fits


def test_without_folds_there_are_none():
    assert case().taken(np.arange(3)).splits is None


@given(rows=st.sets(st.integers(0, 5), min_size=1))
def test_folds_name_the_same_rows_as_before(rows):
    rows = np.array(sorted(rows))
    whole = case(SPLITS)

    some = whole.taken(rows)

    def named(part):
        X = part.request.X[:, 0]
        return [(set(X[train]), set(X[test])) for train, test in part.splits]

    left = set(whole.request.X[rows, 0])
    expected = [(train & left, test & left) for train, test in named(whole)]
    assert named(some) == [fold for fold in expected if fold[0]]


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_parameters_of_rows_are_cut_with_them(kind):
    some = case(tags=kind(range(6)), depth=3, name="six").taken(np.array([0, 4]))

    params = some.fit_params["teacher"]
    assert list(params.pop("tags")) == [0, 4]
    assert params == {"depth": 3, "name": "six"}


def test_parameters_are_of_the_rows_that_came_with_them():
    some = case(tags=np.arange(6), n_unlabelled=2).taken(np.array([0, 4, 6, 7]))

    assert some.fit_params["teacher"]["tags"].tolist() == [0, 4]
    assert some.request.n_given == 2
    lessons = some.lessons
    rows = np.flatnonzero(lessons.labelled)
    assert lessons.params(some.fit_params["teacher"], rows)["tags"].tolist() == [0, 4]


def test_weights_are_cut_with_the_rows():
    some = case(weight=np.arange(1.0, 7.0), n_unlabelled=1).taken(np.array([0, 5, 6]))

    assert some.request.sample_weight.tolist() == [1.0, 6.0]
    assert some.request.row_weight.tolist() == [1.0, 6.0, 3.5]
    assert some.lessons.weight.tolist() == [1.0, 6.0, 0.0]


def test_without_a_transfer_set_nothing_is_made_up():
    whole = case()

    assert whole.with_synthesised(None) is whole


def test_synthesised_rows_come_last_without_labels():
    whole = case(SPLITS, n_unlabelled=2, weight=np.full(6, 2.0))

    more = whole.with_synthesised(Jitter(size_factor=0.5))

    assert len(more.request.y) == 8 + 4
    assert more.request.real.tolist() == [True] * 8 + [False] * 4
    assert more.request.labelled.tolist() == [True] * 6 + [False] * 6
    assert more.request.row_weight.tolist() == [2.0] * 12
    assert len(more.encoded.target) == 12
    assert as_lists(more.splits) == as_lists(SPLITS)
    assert more.lessons.n_given == 6


def test_synthesised_rows_are_made_of_rows_of_weight_only():
    weight = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])

    more = case(weight=weight).with_synthesised(Spunge(size_factor=3.0))

    made = more.request.X[~more.request.real]
    assert made[:, 0].max() <= 4


def test_a_cut_before_synthesis_is_a_synthesis_of_the_cut():
    X, y = blobs(30)
    request = Request(X, X, y, None, np.ones(30, bool), None, 30)
    encoded = Encoded(y, 3, np.ones(30), y, {})
    question = Question("Someone", "classification", 3, np.arange(3))
    rows = np.arange(0, 30, 2)

    cut = Case(request, encoded, question, None, {}).taken(rows)

    made = cut.with_synthesised(Jitter()).request.X[15:]
    assert np.array_equal(made, Jitter().synthesise(X[rows]).X)
