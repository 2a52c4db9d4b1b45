"""What is chosen where nothing is said: every parameter but the teacher its default."""

import pickle
import random

import numpy as np
import pytest
import torch
from distillation.doubles import blobs, outputs, slopes
from sklearn import config_context
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB

from sklkd import DistilledClassifier, DistilledRegressor, StudentNet
from sklkd.distillation._policy import Policy
from sklkd.transfer_sets import Spunge

# As small as the default student may be, so that tests take no minutes.
SMALL = StudentNet(hidden=(8,), max_epochs=10)


def automatic(make, teacher=None, student=SMALL, **params):
    if teacher is None:
        teacher = GaussianNB() if make is DistilledClassifier else Ridge()
    return make(teacher, student, **{"random_state": 0} | params)


KINDS = [(DistilledClassifier, blobs), (DistilledRegressor, slopes)]
both = pytest.mark.parametrize(("make", "rows"), KINDS, ids=["classifier", "regressor"])


@both
def test_the_policy_says_what_was_done_and_why(make, rows):
    X, y = rows(240)

    policy = automatic(make).fit(X, y).policy_

    assert isinstance(policy, Policy)
    assert policy.targets == "out_of_fold"
    assert policy.soft_weight in (0.0, 0.1, 0.5)
    assert policy.transfer_set is None or isinstance(policy.transfer_set, Spunge)
    assert policy.reason.endswith(".")
    (chosen,) = [trial for trial in policy.trials if trial["chosen"]]
    assert chosen["soft_weight"] == policy.soft_weight
    assert policy.n_student_fits == 2 * len(policy.trials) == 8
    assert policy.n_teacher_fits == 2 * 5
    if make is DistilledClassifier:
        assert policy.calibration == "temperature"
        assert (policy.temperature is not None) == policy.asks


@both
def test_the_whole_student_by_default_is_as_small_as_it_says(make, rows):
    X, y = rows(60)

    model = make(GaussianNB() if make is DistilledClassifier else Ridge())

    assert model.fit(X, y).n_iter_ == 300


@both
def test_records_are_a_table(make, rows):
    pandas = pytest.importorskip("pandas")
    X, y = rows(240)

    table = pandas.DataFrame(automatic(make).fit(X, y).policy_.trials)

    assert table["chosen"].sum() == 1
    assert (table["loss_se"][~table["chosen"]] > 0).all()
    assert ("accuracy" in table) == (make is DistilledClassifier)


def disturb(seed):
    """Put every global generator somewhere."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the global generator is the subject
    torch.manual_seed(seed)


@both
def test_one_seed_makes_one_choice_and_one_student_whatever_the_global_state(
    make, rows
):
    X, y = rows(240)
    found = []
    for seed in (1, 2):
        disturb(seed)
        found.append(automatic(make).fit(X, y))

    assert np.array_equal(outputs(found[0], X), outputs(found[1], X))
    assert str(found[0].policy_) == str(found[1].policy_)


@both
def test_choosing_leaves_every_global_generator_alone(make, rows):
    X, y = rows(240)
    disturb(3)
    before = (
        random.getstate(),
        np.random.get_state()[1].tolist(),  # noqa: NPY002 - as above
        torch.get_rng_state().tolist(),
    )

    automatic(make).fit(X, y)

    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002 - as above
    assert torch.get_rng_state().tolist() == before[2]


@both
@pytest.mark.parametrize("n_rows", [6, 12, 60])
def test_of_few_rows_a_tenth_of_the_teacher_is_listened_to(make, rows, n_rows):
    X, y = rows(n_rows)

    model = automatic(make, cv=2).fit(X, y)

    policy = model.policy_
    assert (policy.soft_weight, policy.transfer_set, policy.trials) == (0.1, None, ())
    assert policy.reason == f"{n_rows} labelled rows are too few to hold any out."
    assert np.isfinite(outputs(model, X)).all()


@both
def test_a_teacher_that_came_fitted_is_taken_as_it_is(make, rows):
    X, y = rows(240)
    teacher = (GaussianNB() if make is DistilledClassifier else Ridge()).fit(X, y)

    policy = automatic(make, FrozenEstimator(teacher)).fit(X, y).policy_

    assert (policy.targets, policy.calibration) == ("as_given", None)
    assert (policy.n_teacher_fits, policy.temperature) == (0, None)


def test_of_precomputed_numbers_shares_are_tried():
    X, y = blobs(240)
    proba = GaussianNB().fit(X, y).predict_proba(X)

    model = automatic(DistilledClassifier, "precomputed")
    policy = model.fit(X, y, teacher_proba=proba).policy_

    shares = [trial["soft_weight"] for trial in policy.trials]
    assert shares == [0.5, 0.1, 0.0]
    assert all(trial["transfer_set"] is None for trial in policy.trials)
    assert policy.targets == "as_given"


def test_precomputed_values_are_tried_too():
    X, y = slopes(240)
    model = automatic(DistilledRegressor, "precomputed")

    policy = model.fit(X, y, teacher_prediction=y).policy_

    assert len(policy.trials) == 3


def test_several_targets_are_one_choice():
    X, y = slopes(240, n_targets=3)

    model = automatic(DistilledRegressor).fit(X, y)

    assert len(model.policy_.trials) == 4
    assert model.predict(X).shape == (240, 3)


def test_values_of_any_unit_are_one_choice():
    X, y = slopes(240)

    small = automatic(DistilledRegressor).fit(X, y)
    large = automatic(DistilledRegressor).fit(X, y * 2.0**20)

    losses = [[t["loss"] for t in m.policy_.trials] for m in (small, large)]
    np.testing.assert_allclose(*losses, rtol=1e-6)


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 5.0, 2: 1.0}])
def test_classes_may_have_weights(class_weight):
    X, y = blobs(240)

    model = automatic(DistilledClassifier, class_weight=class_weight).fit(X, y)

    assert len(model.policy_.trials) == 4


@both
def test_sparse_rows_are_not_made_up(make, rows):
    sparse = pytest.importorskip("scipy.sparse")
    X, y = rows(240)
    teacher = LogisticRegression() if make is DistilledClassifier else Ridge()

    policy = automatic(make, teacher).fit(sparse.csr_array(X), y).policy_

    assert {trial["transfer_set"] for trial in policy.trials} == {None}
    assert len(policy.trials) == 3


@both
def test_a_search_may_look_beside_what_is_automatic(make, rows):
    X, y = rows(120)
    grid = {"soft_weight": ["auto", 0.0, 0.5, 1], "transfer_set": ["auto", None]}

    found = GridSearchCV(automatic(make), grid, cv=2).fit(X, y)

    assert len(found.cv_results_["params"]) == 8
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()


@both
def test_a_choice_survives_pickle_and_clone(make, rows):
    X, y = rows(240)
    model = automatic(make).fit(X, y)

    again = pickle.loads(pickle.dumps(model))

    assert str(again.policy_) == str(model.policy_)
    assert np.array_equal(outputs(again, X), outputs(model, X))
    assert not hasattr(clone(model), "policy_")


@both
def test_a_shipped_student_still_says_what_was_chosen(make, rows):
    X, y = rows(240)
    model = automatic(make).fit(X, y)

    assert model.without_teacher().policy_ is model.policy_


@both
def test_the_teacher_of_a_choice_comes_from_the_cache(make, rows, tmp_path):
    X, y = rows(240)
    model = automatic(make, memory=tmp_path)
    first = outputs(clone(model).fit(X, y), X)

    again = clone(model).fit(X, y)

    assert np.array_equal(outputs(again, X), first)
    plain = automatic(make).fit(X, y)
    assert np.array_equal(outputs(plain, X), first)


@both
@pytest.mark.parametrize("routed", [False, True])
def test_groups_and_weights_go_along(make, rows, routed):
    X, y = rows(240)
    weight = np.linspace(0.5, 2, 240)

    with config_context(enable_metadata_routing=routed):
        model = automatic(make)
        if routed:
            model.teacher.set_fit_request(sample_weight=True)
        model.fit(X, y, weight, groups=np.arange(240) % 12)

    assert len(model.policy_.trials) == 4


@both
def test_cross_validation_works_with_every_default(make, rows):
    X, y = rows(90)

    scores = cross_val_score(automatic(make), X, y, cv=3)

    assert np.isfinite(scores).all()


# --- Warm starts ----------------------------------------------------------------------


@both
def test_a_warm_start_goes_on_with_what_was_chosen(make, rows):
    X, y = rows(240)
    model = automatic(make, warm_start=True).fit(X, y)
    chosen = model.policy_

    model.fit(X, y)

    assert model.n_iter_ == 20
    assert (model.policy_.soft_weight, str(model.policy_.transfer_set)) == (
        chosen.soft_weight,
        str(chosen.transfer_set),
    )
    assert str(model.policy_.trials) == str(chosen.trials)


@both
@pytest.mark.parametrize("soft_weight", [0.0, 0.3, 1.0])
def test_a_warm_start_listens_to_a_share_that_is_set(make, rows, soft_weight):
    X, y = rows(60)
    model = automatic(make, warm_start=True, soft_weight=0.5).fit(X, y)

    model.set_params(soft_weight=soft_weight).fit(X, y)

    assert model.policy_.soft_weight == soft_weight
    assert model.n_iter_ == 20
