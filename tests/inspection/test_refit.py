"""Surrogates that are fitted again: which one, its size, a teacher that stays."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
from skorch import NeuralNetClassifier
from torch import nn

from sklkd import DistilledClassifier, SurrogateClassifier, TeacherEnsemble
from sklkd.inspection._refit import asking_the_same, size_parameter, surrogate_within
from sklkd.surrogates import RuleListClassifier, SoftTree, Surrogate, TrepanClassifier

WHO = "Somebody"
X, y = load_iris(return_X_y=True)
FAST = {"importance": None, "queries": None, "random_state": 0}


def fitted(teacher=None, **params):
    teacher = GaussianNB() if teacher is None else teacher
    return SurrogateClassifier(teacher, **FAST | params).fit(X, y)


# --- Which is meant -------------------------------------------------------------------


def test_a_surrogate_is_itself_fitted_or_not():
    model = SurrogateClassifier(GaussianNB())

    assert surrogate_within(WHO, model) is model


def test_of_a_search_the_best_is_meant():
    inner = SurrogateClassifier(GaussianNB(), SoftTree(), **FAST)
    search = GridSearchCV(inner, {"surrogate__max_leaves": [2, 4]}, cv=2).fit(X, y)

    assert surrogate_within(WHO, search) is search.best_estimator_


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (GaussianNB(), "GaussianNB"),
        (DistilledClassifier(GaussianNB()), "DistilledClassifier"),
        (make_pipeline(SurrogateClassifier(GaussianNB())), "Pipeline"),
        (GridSearchCV(SurrogateClassifier(GaussianNB()), {}), "GridSearchCV"),
        (SurrogateClassifier, "the class SurrogateClassifier"),
        ("tree", "str"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_surrogate_is_refused(estimator, name):
    with pytest.raises(TypeError) as caught:
        surrogate_within(WHO, estimator)

    assert str(caught.value) == (
        "Somebody: estimator must be a SurrogateClassifier, a SurrogateRegressor, one "
        f"of their kind or a fitted search around one, got {name}. Of a pipeline pass "
        "the last step, and X as it gets there."
    )


# --- Its size -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("surrogate", "parameter"),
    [
        (None, "max_leaves"),
        ("tree", "max_leaves"),
        ("trepan", "max_leaves"),
        ("rules", "max_rules"),
        ("linear", "max_terms"),
        ("additive", "max_terms"),
        ("prototypes", "n_prototypes"),
        (SoftTree(max_depth=3), "max_leaves"),
    ],
)
def test_every_surrogate_of_ours_has_a_size(surrogate, parameter):
    model = SurrogateClassifier(GaussianNB(), surrogate)

    assert size_parameter(WHO, model) == f"surrogate__{parameter}"


def test_estimators_of_one_kind_have_it_themselves():
    assert size_parameter(WHO, TrepanClassifier(GaussianNB())) == "max_leaves"
    assert size_parameter(WHO, RuleListClassifier(GaussianNB())) == "max_rules"


class Sizeless(Surrogate):
    def grow(self, evidence):
        raise NotImplementedError


@pytest.mark.parametrize("surrogate", [DecisionTreeClassifier(), Sizeless()])
def test_one_without_a_size_is_refused(surrogate):
    with pytest.raises(TypeError) as caught:
        size_parameter(WHO, SurrogateClassifier(GaussianNB(), surrogate))

    assert str(caught.value) == (
        "Somebody: surrogate of the estimator must be one with a size, such as 'tree', "
        f"'rules' or 'linear', got {type(surrogate).__name__}."
    )


# --- The copy -------------------------------------------------------------------------


def test_the_copy_is_another_and_the_estimator_stays_as_it_is():
    model = fitted(surrogate="tree")
    before = model.get_params()

    copy = asking_the_same(WHO, model).set_params(surrogate__max_leaves=2)

    assert copy is not model
    assert not hasattr(copy, "surrogate_")
    assert {name: model.get_params()[name] for name in before} == before
    assert model.surrogate == "tree"


def test_an_unfitted_teacher_is_still_one_to_be_fitted():
    copy = asking_the_same(WHO, SurrogateClassifier(GaussianNB(var_smoothing=0.1)))

    assert isinstance(copy.teacher, GaussianNB)
    assert copy.teacher.var_smoothing == 0.1


def test_a_fitted_teacher_is_the_very_same_also_of_a_clone():
    model = fitted()

    copy = clone(asking_the_same(WHO, model))

    assert isinstance(copy.teacher, FrozenEstimator)
    assert copy.teacher.estimator is model.teacher_


def test_a_frozen_teacher_is_not_frozen_twice():
    model = fitted(FrozenEstimator(GaussianNB().fit(X, y)))

    assert asking_the_same(WHO, model).teacher is model.teacher_


def test_a_function_is_asked_as_it_is():
    def teacher(rows):
        return np.tile([0.2, 0.3, 0.5], (len(rows), 1))

    for model in (SurrogateClassifier(teacher), fitted(teacher)):
        assert asking_the_same(WHO, model).teacher is teacher


def test_a_network_says_the_same():
    network = nn.Linear(4, 3)

    copy = asking_the_same(WHO, fitted(network))

    for own, other in zip(copy.teacher.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(own, other)


@pytest.mark.parametrize("is_fitted", [False, True])
def test_a_skorch_net_that_has_been_trained_is_not_trained_again(is_fitted):
    """A clone of such a net has other weights: it must not be cloned."""
    net = NeuralNetClassifier(
        nn.Linear,
        module__in_features=4,
        module__out_features=3,
        criterion=nn.CrossEntropyLoss,
    ).initialize()
    model = SurrogateClassifier(net, **FAST)
    if is_fitted:
        model = model.fit(X.astype(np.float32), y)

    copy = clone(asking_the_same(WHO, model))

    assert copy.teacher.estimator.initialized_
    weight = copy.teacher.estimator.module_.weight
    torch.testing.assert_close(weight, net.module_.weight)


def test_members_of_an_ensemble_stay_with_their_weights():
    pairs = [("bayes", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=1))]
    ensemble = TeacherEnsemble(pairs, combine="geometric", weights=[3, 1])
    model = fitted(ensemble)

    teacher = asking_the_same(WHO, model).teacher

    members = {name: member.estimator for name, member in teacher.teachers}
    assert members == model.teacher_
    assert (teacher.combine, teacher.weights) == ("geometric", [3, 1])


def test_a_list_is_an_ensemble_of_which_some_may_come_fitted():
    done = FrozenEstimator(GaussianNB().fit(X, y))
    pairs = [("bayes", done), ("tree", DecisionTreeClassifier())]

    teacher = asking_the_same(WHO, SurrogateClassifier(pairs)).teacher

    assert teacher.teachers[0] == ("bayes", done)
    assert isinstance(teacher.teachers[1][1], DecisionTreeClassifier)


@pytest.mark.parametrize("random_state", [7, np.int64(7)])
def test_a_seed_is_kept(random_state):
    model = SurrogateClassifier(GaussianNB(), random_state=random_state)

    assert asking_the_same(WHO, model).random_state == 7


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
def test_without_a_seed_the_copy_has_one(random_state):
    model = SurrogateClassifier(GaussianNB(), random_state=random_state)

    assert isinstance(asking_the_same(WHO, model).random_state, int)


def test_the_callers_random_state_is_not_advanced():
    state = np.random.RandomState(0)

    asking_the_same(WHO, SurrogateClassifier(GaussianNB(), random_state=state))

    assert state.randint(1000) == np.random.RandomState(0).randint(1000)


@pytest.mark.parametrize(
    ("n_features", "importance"), [(None, None), (2, "permutation")]
)
def test_columns_are_ranked_only_where_some_are_left_out(n_features, importance):
    model = SurrogateClassifier(
        LogisticRegression(), n_features=n_features, importance="permutation"
    )

    assert asking_the_same(WHO, model).importance == importance
