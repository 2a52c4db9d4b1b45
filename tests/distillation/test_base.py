"""What makes it a distiller, and what state, chance and faults may never do."""

import copy
import io
import pickle
import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import joblib
import numpy as np
import pytest
import torch
from distillation.doubles import (
    Centroids,
    Unasked,
    agreement,
    blobs,
    classifier,
    outputs,
    quick,
    regressor,
    slopes,
)
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from sklkd import DistilledClassifier, SoftTargets
from sklkd.objectives import Objective

KINDS = [(classifier, blobs), (regressor, slopes)]
both = pytest.mark.parametrize(("make", "rows"), KINDS, ids=["classifier", "regressor"])


class Interrupting(Objective):
    """Squared gap to the teacher, until somebody presses Ctrl-C."""

    tasks = frozenset({"classification", "regression"})

    def __init__(self, *, step=None, error=KeyboardInterrupt, weight=1.0):
        self.step = step
        self.error = error
        self.weight = weight

    def loss(self, batch):
        # The estimator does not clone its objective, so that a count is possible.
        self.count_ = getattr(self, "count_", 0) + 1
        if self.count_ == self.step:
            raise self.error
        return (batch.student - batch.teacher).square().sum(1)


# --- The teacher and the labels -------------------------------------------------------


def test_imitates_the_teacher_and_not_the_labels():
    """With soft_weight=1 the labels are invisible, even when they are noise."""
    X, y = load_iris(return_X_y=True)
    teacher = RandomForestClassifier(20, random_state=0).fit(X, y)
    noise = np.random.default_rng(0).permutation(y)
    student = DistilledClassifier(
        FrozenEstimator(teacher), soft_weight=1.0, random_state=0
    )

    said = student.fit(X, noise).predict(X)

    assert agreement(said, teacher.predict(X)) > 0.9


def test_a_regressor_imitates_the_teacher_and_not_the_targets():
    X, y = slopes(100)
    teacher = Ridge().fit(X, y)
    noise = np.random.default_rng(0).permutation(y)
    student = regressor(
        FrozenEstimator(teacher), quick(max_epochs=400, lr=0.03), soft_weight=1.0
    )

    student.fit(X, noise)

    said, wanted = student.predict(X), teacher.predict(X)
    assert np.corrcoef(said, wanted)[0, 1] > 0.99


def test_with_soft_weight_one_other_labels_make_the_same_student_to_the_bit():
    X, y = blobs()
    proba = GaussianNB().fit(X, y).predict_proba(X)
    student = classifier("precomputed", soft_weight=1.0)
    noise = np.random.default_rng(0).permutation(y)

    honest = clone(student).fit(X, y, teacher_proba=proba)
    misled = clone(student).fit(X, noise, teacher_proba=proba)

    assert np.array_equal(outputs(honest, X), outputs(misled, X))


@both
def test_with_soft_weight_zero_no_teacher_is_fitted_or_asked(make, rows):
    X, y = rows()

    student = make(Unasked(), soft_weight=0).fit(X, y)

    assert student.n_iter_ == 5


@pytest.mark.parametrize(
    ("make", "rows", "teachers"),
    [
        (classifier, blobs, [GaussianNB(), KNeighborsClassifier()]),
        (regressor, slopes, [Ridge(), RandomForestRegressor(3)]),
    ],
)
def test_with_soft_weight_zero_any_teacher_makes_the_same_student(make, rows, teachers):
    X, y = rows()

    one, other = (make(t, soft_weight=0).fit(X, y) for t in teachers)

    assert np.array_equal(outputs(one, X), outputs(other, X))


@both
def test_the_teacher_matters_otherwise(make, rows):
    """The guard of the law above."""
    X, y = rows()

    without, with_teacher = (make(soft_weight=w).fit(X, y) for w in (0, 0.5))

    assert not np.array_equal(outputs(without, X), outputs(with_teacher, X))


@pytest.mark.parametrize("soft_weight", [0.0, 0.3, 1.0])
def test_the_first_loss_is_the_weighted_sum_by_hand(soft_weight):
    """The record of the first epoch is about a network that has not moved yet."""
    X, y = blobs()
    teacher = GaussianNB().fit(X, y)
    student = classifier(
        FrozenEstimator(teacher),
        quick(max_epochs=1, lr=1e-12),
        objective=SoftTargets(2.0),
        soft_weight=soft_weight,
    ).fit(X, y)
    log_q = student.predict_log_proba(X)
    label = -log_q[np.arange(len(y)), y].mean()
    p, q = (z**0.5 for z in (teacher.predict_proba(X).clip(1e-4, 1), np.exp(log_q)))
    p, q = (z / z.sum(1, keepdims=True) for z in (p, q))
    soft = 4 * (p * np.log(p / q)).sum(1).mean()

    loss = student.history_[0]["train_loss"]

    expected = (1 - soft_weight) * label + soft_weight * soft
    assert loss == pytest.approx(expected, rel=1e-9)


def test_precomputed_targets_of_a_frozen_teacher_make_the_same_student():
    X, y = blobs()
    teacher = KNeighborsClassifier().fit(X, y)

    asked = classifier(FrozenEstimator(teacher)).fit(X, y)
    told = classifier("precomputed").fit(X, y, teacher_proba=teacher.predict_proba(X))

    assert np.array_equal(outputs(asked, X), outputs(told, X))


def test_precomputed_values_of_a_frozen_teacher_make_the_same_student():
    X, y = slopes()
    teacher = Ridge().fit(X, y)

    asked = regressor(FrozenEstimator(teacher)).fit(X, y)
    told = regressor("precomputed").fit(X, y, teacher_prediction=teacher.predict(X))

    assert np.array_equal(outputs(asked, X), outputs(told, X))


def test_what_a_cross_fitted_teacher_says_is_out_of_fold():
    """A nearest neighbour knows its own rows by heart, and no others."""
    X, y = blobs()
    teacher = KNeighborsClassifier(1)
    splits = [(np.arange(30), np.arange(30, 60)), (np.arange(30, 60), np.arange(30))]
    proba = np.empty((60, 3))
    for train, test in splits:
        proba[test] = clone(teacher).fit(X[train], y[train]).predict_proba(X[test])

    cross_fitted = classifier(teacher, cv=splits).fit(X, y)
    told = classifier("precomputed").fit(X, y, teacher_proba=proba)

    np.testing.assert_allclose(outputs(cross_fitted, X), outputs(told, X), atol=1e-8)


# --- The teacher afterwards -----------------------------------------------------------


@both
def test_a_frozen_teacher_is_unchanged(make, rows):
    X, y = rows()
    inner = GaussianNB() if make is classifier else Ridge()
    teacher = FrozenEstimator(inner.fit(X, y))
    state, said = joblib.hash(vars(inner)), inner.predict(X)

    make(teacher, targets="in_sample").fit(X, y)

    assert joblib.hash(vars(inner)) == state
    assert np.array_equal(inner.predict(X), said)


@both
def test_an_unfitted_teacher_stays_unfitted(make, rows):
    X, y = rows()
    teacher = GaussianNB() if make is classifier else Ridge()

    make(teacher).fit(X, y)

    assert vars(teacher) == vars(clone(teacher))


def test_a_module_teacher_keeps_its_weights_mode_and_gradients():
    X, y = blobs()
    teacher = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Dropout())
    before = copy.deepcopy(teacher.state_dict())

    classifier(teacher).fit(X, y)

    torch.testing.assert_close(teacher.state_dict(), before, rtol=0, atol=0)
    assert teacher.training
    assert all(p.requires_grad and p.grad is None for p in teacher.parameters())


@both
def test_a_module_teacher_is_asked_in_evaluation_mode(make, rows):
    X, y = rows()
    width = 3 if make is classifier else 1
    linear = torch.nn.Linear(4, width)
    noisy = torch.nn.Sequential(linear, torch.nn.Dropout(0.9)).train()

    plain, dropping = (make(module).fit(X, y) for module in (linear, noisy))

    assert np.array_equal(outputs(plain, X), outputs(dropping, X))


def test_a_student_does_not_carry_the_rows():
    sizes = []
    for n_rows in (100, 400):
        X, y = blobs(n_rows)
        student = classifier(KNeighborsClassifier(), cv=3).fit(X, y)
        sizes.append(len(pickle.dumps(student)))

    # Not to the byte: a record's numbers may be pickled longer or shorter.
    assert abs(sizes[1] - sizes[0]) < 500


@pytest.mark.parametrize("frozen", [False, True])
def test_without_teacher_predicts_the_same_and_is_small(frozen):
    X, y = blobs(200)
    forest = RandomForestClassifier(100, random_state=0)
    teacher = FrozenEstimator(forest.fit(X, y)) if frozen else forest
    student = classifier(teacher, targets="in_sample").fit(X, y)

    shipped = student.without_teacher()

    assert np.array_equal(shipped.predict_proba(X), student.predict_proba(X))
    assert not hasattr(shipped, "teacher_")
    assert hasattr(student, "teacher_")
    assert len(pickle.dumps(shipped)) < len(pickle.dumps(student)) / 10


def test_without_teacher_needs_a_fitted_student():
    with pytest.raises(NotFittedError):
        classifier().without_teacher()


@pytest.mark.parametrize("frozen", [False, True])
def test_the_one_teacher_that_spoke_for_all_rows_is_kept(frozen):
    X, y = blobs()
    teacher = GaussianNB().fit(X, y)

    student = classifier(
        FrozenEstimator(teacher) if frozen else teacher, targets="in_sample"
    )

    kept = student.fit(X, y).teacher_
    assert np.array_equal(kept.predict_proba(X), teacher.predict_proba(X))


def test_many_teachers_of_folds_are_not_kept():
    X, y = blobs()

    student = classifier().fit(X, y)

    assert not hasattr(student, "teacher_")


# --- The record -----------------------------------------------------------------------


@both
def test_history_has_one_record_an_epoch_with_each_term_by_name(make, rows):
    X, y = rows()

    student = make(student=quick(max_epochs=7)).fit(X, y)

    term = "soft_targets" if make is classifier else "squared_error"
    assert student.n_iter_ == len(student.history_) == 7
    assert [record["epoch"] for record in student.history_] == list(range(1, 8))
    assert all({"train_loss", "label", term} <= set(r) for r in student.history_)


def test_history_names_the_terms_of_a_sum_by_name():
    X, y = blobs()
    objective = SoftTargets(2.0) + 0.5 * SoftTargets(4.0)

    student = classifier(objective=objective, soft_weight=0.25).fit(X, y)

    record = student.history_[-1]
    soft = record["soft_targets"] + 0.5 * record["soft_targets_2"]
    assert record["train_loss"] == pytest.approx(0.75 * record["label"] + 0.25 * soft)


def test_history_names_what_held_out_rows_say():
    X, y = blobs()

    student = classifier(student=quick(early_stopping=True)).fit(X, y)

    held_out = {"valid_loss", "valid_label", "valid_soft_targets"}
    assert all(held_out <= set(record) for record in student.history_)


def test_history_has_no_label_where_only_the_teacher_is_listened_to():
    X, y = blobs()

    student = classifier(soft_weight=1.0).fit(X, y)

    assert "label" not in student.history_[0]


def test_history_makes_a_data_frame():
    pandas = pytest.importorskip("pandas")
    X, y = blobs()

    student = classifier().fit(X, y)

    assert pandas.DataFrame(student.history_)["train_loss"].notna().all()


def test_training_lowers_the_loss():
    X, y = blobs()

    losses = [
        r["train_loss"] for r in classifier(student=quick(lr=0.03)).fit(X, y).history_
    ]

    assert losses == sorted(losses, reverse=True)


# --- What it prints -------------------------------------------------------------------


def test_nothing_is_printed(capfd):
    X, y = blobs()

    classifier(student=quick(early_stopping=True)).fit(X, y).predict(X)

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("where", ["estimator", "student"])
def test_verbose_shows_a_bar_on_standard_error_only(where, capfd):
    X, y = blobs()
    verbose = {"verbose": 1}

    model = (
        classifier(**verbose)
        if where == "estimator"
        else classifier(student=quick(**verbose))
    )
    model.fit(X, y)

    printed = capfd.readouterr()
    assert printed.out == ""
    assert "DistilledClassifier: 100%" in printed.err


# --- Going on -------------------------------------------------------------------------


@both
def test_warm_start_goes_on_from_the_last_student(make, rows):
    X, y = rows()
    student = quick(lr_schedule="constant", optimizer=torch.optim.SGD)

    going_on = make(student=student, warm_start=True).fit(X, y).fit(X, y)
    at_once = make(student=clone(student).set_params(max_epochs=10)).fit(X, y)

    # Plain gradient descent has no memory: five steps and five steps are ten.
    np.testing.assert_allclose(outputs(going_on, X), outputs(at_once, X), rtol=1e-12)
    assert going_on.n_iter_ == 10


def test_warm_start_takes_a_new_number_of_epochs_along():
    X, y = blobs()
    model = classifier(warm_start=True).fit(X, y)

    model.set_params(student__max_epochs=2).fit(X, y)

    assert model.n_iter_ == 5 + 2


def test_warm_start_takes_a_new_learning_rate_along():
    X, y = blobs()
    model = classifier(warm_start=True).fit(X, y)
    before = outputs(model, X)

    model.set_params(student__lr=1e-12).fit(X, y)

    np.testing.assert_allclose(outputs(model, X), before, rtol=1e-6)


def test_warm_start_does_not_change_the_students_that_it_started_from():
    X, y = blobs()
    first = classifier(warm_start=True).fit(X, y)
    kept, before = copy.copy(first), outputs(first, X)

    first.fit(X, y)

    assert np.array_equal(outputs(kept, X), before)
    assert not np.array_equal(outputs(first, X), before)


def test_without_warm_start_a_refit_is_a_fresh_fit():
    X, y = blobs()
    X_other, y_other = blobs(40, n_classes=2, seed=1)

    refitted = classifier().fit(X_other[:, :3], y_other).fit(X, y)

    fresh = classifier().fit(X, y)
    assert np.array_equal(outputs(refitted, X), outputs(fresh, X))
    assert set(vars(refitted)) == set(vars(fresh))


def test_a_refit_that_asks_no_single_teacher_forgets_the_last():
    X, y = blobs()
    model = classifier(targets="in_sample").fit(X, y)

    model.set_params(targets="out_of_fold").fit(X, y)

    assert not hasattr(model, "teacher_")


# --- Chance ---------------------------------------------------------------------------


def disturb(seed):
    """Put every global generator somewhere."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the global generator is the subject
    torch.manual_seed(seed)


def global_state():
    """Everything global that a fit could change, as one comparable value."""
    return (
        random.getstate(),
        joblib.hash(np.random.get_state()),  # noqa: NPY002
        joblib.hash(torch.get_rng_state().numpy()),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        tuple(warnings.filters),
        tuple(np.geterr().items()),
    )


STUDENTS = {
    "full batch": quick(),
    "batches": quick(batch_size=16),
    "dropout": quick(dropout=0.5, batch_size=16),
    "early stopping": quick(early_stopping=True),
}
students = pytest.mark.parametrize("student", STUDENTS.values(), ids=STUDENTS)


@students
@both
def test_one_seed_makes_one_student_whatever_the_global_generators(make, rows, student):
    X, y = rows()
    disturb(1)
    one = make(student=student).fit(X, y)
    disturb(2)
    other = make(student=student).fit(X, y)

    assert np.array_equal(outputs(one, X), outputs(other, X))
    assert one.history_ == other.history_


@students
def test_another_seed_makes_another_student(student):
    X, y = blobs()

    one, other = (classifier(student=student, random_state=s).fit(X, y) for s in (0, 1))

    assert not np.array_equal(outputs(one, X), outputs(other, X))


def test_a_seed_reaches_what_the_teacher_leaves_unset():
    X, y = blobs()
    forest = RandomForestClassifier(3)

    one, other = (classifier(forest, cv=2).fit(X, y) for _ in range(2))

    assert np.array_equal(outputs(one, X), outputs(other, X))
    assert forest.random_state is None


def test_equal_streams_make_equal_students_and_the_stream_goes_on():
    X, y = blobs()
    stream = np.random.RandomState(3)

    first = classifier(random_state=stream)
    first.fit(X, y)
    once = outputs(first, X)
    again = classifier(random_state=np.random.RandomState(3)).fit(X, y)

    assert np.array_equal(once, outputs(again, X))
    assert first.random_state is stream
    assert not np.array_equal(outputs(first.fit(X, y), X), once)


def test_the_students_own_seed_comes_first():
    X, y = blobs()
    student = quick(random_state=5)

    one, other = (classifier(student=student, random_state=s).fit(X, y) for s in (0, 1))

    assert np.array_equal(outputs(one, X), outputs(other, X))


@students
@both
def test_fit_and_predict_leave_everything_global_alone(make, rows, student):
    X, y = rows()
    before = global_state()

    make(student=student).fit(X, y).predict(X)

    assert global_state() == before


AMBIENT = {
    "nothing": nullcontext,
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
}


@pytest.mark.parametrize("ambient", AMBIENT.values(), ids=AMBIENT)
@students
def test_the_callers_modes_make_no_difference(ambient, student):
    X, y = blobs()
    expected = outputs(classifier(student=student).fit(X, y), X)

    with ambient():
        said = outputs(classifier(student=student).fit(X, y), X)

    assert np.array_equal(said, expected)


@students
def test_the_default_dtype_makes_no_difference(student):
    X, y = blobs()
    expected = outputs(classifier(student=student).fit(X, y), X)

    torch.set_default_dtype(torch.float64)
    try:
        said = outputs(classifier(student=student).fit(X, y), X)
    finally:
        torch.set_default_dtype(torch.float32)

    assert np.array_equal(said, expected)


# --- Copies ---------------------------------------------------------------------------


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


COPIES = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "oldest pickle": lambda model: pickle.loads(pickle.dumps(model, protocol=2)),
    "joblib": through_joblib,
    "deepcopy": copy.deepcopy,
}
copies = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)


@copies
@both
def test_a_copy_of_a_fitted_student_answers_the_same(make, rows, copied):
    X, y = rows()
    model = make(student=quick(dropout=0.1, early_stopping=True)).fit(X, y)

    again = copied(model)

    assert np.array_equal(outputs(again, X), outputs(model, X))


@copies
@both
def test_a_copy_of_an_unfitted_student_learns_the_same(make, rows, copied):
    X, y = rows()

    again = copied(make()).fit(X, y)

    assert np.array_equal(outputs(again, X), outputs(make().fit(X, y), X))


@both
def test_a_clone_of_a_fitted_student_is_unfitted_and_learns_the_same(make, rows):
    X, y = rows()
    model = make().fit(X, y)

    again = clone(model)

    with pytest.raises(NotFittedError):
        again.predict(X)
    assert np.array_equal(outputs(again.fit(X, y), X), outputs(model, X))


def test_a_copy_of_a_warm_student_goes_on_the_same():
    X, y = blobs()
    model = classifier(warm_start=True).fit(X, y)

    again = pickle.loads(pickle.dumps(model)).fit(X, y)

    assert np.array_equal(outputs(again, X), outputs(model.fit(X, y), X))


# --- Threads --------------------------------------------------------------------------


def test_threads_that_ask_one_student_are_answered_as_one_would_be():
    X, y = blobs()
    model = classifier().fit(X, y)
    expected = model.predict_proba(X)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(model.predict_proba, [X] * 20))

    assert all(np.array_equal(answer, expected) for answer in answers)


@students
def test_fits_in_two_threads_are_those_in_one(student):
    X, y = blobs()
    seeds = range(4)

    def said(seed):
        return outputs(classifier(student=student, random_state=seed).fit(X, y), X)

    with ThreadPoolExecutor(2) as pool:
        threaded = list(pool.map(said, seeds))

    assert all(map(np.array_equal, threaded, map(said, seeds)))


# --- Faults ---------------------------------------------------------------------------

REJECTED = {
    "nan": lambda X, y: (np.full_like(X, np.nan), y),
    "short y": lambda X, y: (X, y[:-1]),
    "no rows": lambda X, y: (X[:0], y[:0]),
    "flat X": lambda X, y: (X[:, 0], y),
    "other width, nan": lambda X, y: (np.full((len(X), 2), np.nan), y),
    "no y": lambda X, y: (X, None),
    "complex": lambda X, y: (X * 1j, y),
    "nan in y": lambda X, y: (X, np.where(y == y[0], np.nan, y)),
    "bad weights": lambda X, y: (X, y, -np.ones(len(y))),
    "zero weights": lambda X, y: (X, y, np.zeros(len(y))),
    "one row": lambda X, y: (X[:1, :2], y[:1]),
}


@pytest.mark.parametrize("spoilt", REJECTED.values(), ids=REJECTED)
@both
def test_a_rejected_refit_leaves_the_old_student_answering(make, rows, spoilt):
    X, y = rows()
    model = make().fit(X, y)
    expected, attributes = outputs(model, X), set(vars(model))

    with pytest.raises(ValueError, match=r"\w"):
        model.fit(*spoilt(X, y))

    assert np.array_equal(outputs(model, X), expected)
    assert set(vars(model)) == attributes
    assert model.n_features_in_ == 4


@pytest.mark.parametrize("spoilt", REJECTED.values(), ids=REJECTED)
def test_a_rejected_first_fit_leaves_an_unfitted_estimator(spoilt):
    X, y = blobs()
    model = classifier()

    with pytest.raises(ValueError, match=r"\w"):
        model.fit(*spoilt(X, y))

    assert vars(model) == vars(classifier()) | model.get_params(deep=False)


def test_a_rejected_refit_keeps_the_names_of_the_columns():
    pandas = pytest.importorskip("pandas")
    X, y = blobs()
    known = pandas.DataFrame(X, columns=list("abcd"))
    model = classifier().fit(known, y)
    expected = outputs(model, known)

    with pytest.raises(ValueError, match="NaN"):
        model.fit(pandas.DataFrame(X * np.nan, columns=list("wxyz")), y)

    assert list(model.feature_names_in_) == list("abcd")
    assert np.array_equal(outputs(model, known), expected)


@both
def test_an_error_in_the_middle_of_a_refit_leaves_the_old_student(make, rows):
    X, y = rows()
    model = make().fit(X, y)
    expected = outputs(model, X)

    model.set_params(objective=Interrupting(step=3, error=ZeroDivisionError))
    with pytest.raises(ZeroDivisionError):
        model.fit(X[:, :2], y)

    assert np.array_equal(outputs(model, X), expected)


@both
def test_an_error_in_the_middle_of_the_first_fit_leaves_it_unfitted(make, rows):
    X, y = rows()
    model = make(objective=Interrupting(step=3, error=ZeroDivisionError))

    with pytest.raises(ZeroDivisionError):
        model.fit(X, y)

    assert set(vars(model)) == set(model.get_params(deep=False))
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_an_error_in_the_teacher_leaves_it_unfitted():
    X, y = blobs()
    model = classifier(Unasked())

    with pytest.raises(AssertionError):
        model.fit(X, y)

    assert set(vars(model)) == set(model.get_params(deep=False))


@both
def test_an_error_leaves_everything_global_alone(make, rows):
    X, y = rows()
    before = global_state()

    with pytest.raises(ZeroDivisionError):
        make(objective=Interrupting(step=2, error=ZeroDivisionError)).fit(X, y)

    assert global_state() == before


@both
def test_ctrl_c_in_the_third_epoch_keeps_the_student_so_far(make, rows):
    X, y = rows()
    model = make(objective=Interrupting(step=3))

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)

    assert model.n_iter_ == len(model.history_) == 2
    assert np.isfinite(outputs(model, X)).all()


def test_the_student_so_far_is_what_two_epochs_make():
    X, y = blobs()
    student = quick(lr_schedule="constant")
    model = classifier(student=student, objective=Interrupting(step=3))

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)

    two = clone(student).set_params(max_epochs=2)
    wanted = classifier(student=two, objective=Interrupting()).fit(X, y)
    assert np.array_equal(outputs(model, X), outputs(wanted, X))


def test_ctrl_c_in_the_first_epoch_leaves_it_unfitted():
    X, y = blobs()
    model = classifier(objective=Interrupting(step=1))

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)

    assert set(vars(model)) == set(model.get_params(deep=False))


def test_ctrl_c_in_the_first_epoch_of_a_refit_leaves_the_old_student():
    X, y = blobs()
    model = classifier().fit(X, y)
    expected = outputs(model, X)

    model.set_params(objective=Interrupting(step=1))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)

    assert np.array_equal(outputs(model, X), expected)


def test_ctrl_c_while_the_teacher_is_fitted_leaves_the_old_student(tmp_path):
    X, y = blobs()
    model = classifier().fit(X, y)
    expected = outputs(model, X)

    class Slow(Centroids):
        def fit(self, X, y):
            raise KeyboardInterrupt

    model.set_params(teacher=Slow(tmp_path / "log"))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)

    assert np.array_equal(outputs(model, X), expected)


# --- Nothing is shared with the caller ------------------------------------------------


@both
def test_fit_and_predict_change_nothing_of_what_they_get(make, rows):
    X, y = rows()
    weight = np.linspace(0, 2, len(y))
    before = joblib.hash((X, y, weight))
    model = make()
    params = joblib.hash(model.get_params())

    model.fit(X, y, weight).predict(X)

    assert joblib.hash((X, y, weight)) == before
    assert joblib.hash(model.get_params()) == params


@both
def test_overwriting_the_rows_after_fit_changes_nothing(make, rows):
    X, y = rows()
    mine, labels = X.copy(), y.copy()
    model = make().fit(mine, labels)
    expected = outputs(model, X)

    mine[:], labels[:] = 7, 0

    assert np.array_equal(outputs(model, X), expected)


@both
def test_overwriting_an_answer_changes_nothing(make, rows):
    X, y = rows()
    model = make().fit(X, y)
    expected = outputs(model, X).copy()

    outputs(model, X)[:] = 7

    assert np.array_equal(outputs(model, X), expected)


@both
def test_predicting_changes_nothing_of_the_student(make, rows):
    X, y = rows()
    model = make().fit(X, y)
    before = pickle.dumps(model)

    outputs(model, X)

    assert pickle.dumps(model) == before
