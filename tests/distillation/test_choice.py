"""Trials on held-out rows: who sees which rows, what they cost, and what may fail."""

import numpy as np
import pytest
from distillation.doubles import blobs, classifier, outputs, quick, regressor, slopes
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB

from sklkd.distillation import _choice
from sklkd.distillation._course import Course
from sklkd.exceptions import DivergedError, TeacherError
from sklkd.objectives import Objective
from sklkd.transfer_sets import Jitter

FREE = {"soft_weight": "auto"}
TOO_FEW = "Too few groups, or all rows of a class in one, to hold any out."
KINDS = [(classifier, blobs), (regressor, slopes)]
both = pytest.mark.parametrize(("make", "rows"), KINDS, ids=["classifier", "regressor"])


def numbered(X):
    """The same rows, each with its number in the first column."""
    return np.column_stack([np.arange(len(X)), X])


def ids(X):
    return set(X[:, 0].astype(int).tolist())


@pytest.fixture
def calls(monkeypatch):
    """What teachers and students were fitted on and asked about: (what, rows)."""
    noted = []
    monkeypatch.setattr(_Noting, "noted", noted)
    return noted


class _Noting:
    """Notes the numbers of the rows that it sees."""

    noted = None
    called = "teacher"

    def fit(self, X, y, sample_weight=None):
        self.noted.append((f"{self.called} fit", ids(X)))
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X):
        self.noted.append((f"{self.called} asked", ids(X)))
        return super().predict_proba(X)

    def predict(self, X):
        self.noted.append((f"{self.called} asked", ids(X)))
        return super().predict(X)


class NotingBayes(_Noting, GaussianNB):
    """A teacher of classes."""


class NotingRidge(_Noting, Ridge):
    """A teacher of values."""


class NotingPrior(_Noting, DummyClassifier):
    """A student of classes."""

    called = "student"


class NotingStudentRidge(NotingRidge):
    """A student of values."""

    called = "student"


def noting(make, student=None, **params):
    teacher = NotingBayes() if make is classifier else NotingRidge()
    if student is None:
        student = NotingPrior() if make is classifier else NotingStudentRidge()
    return make(teacher, student, **FREE | params)


def rounds(calls):
    """What was noted each time that rows were held out, and these: [(held, calls)].

    The students of a round follow its teachers; that of the final fit is not asked.
    """
    found, current = [], []
    for what, rows in calls:
        if what.startswith("teacher") and any(w == "student asked" for w, _ in current):
            found, current = [*found, current], []
        current.append((what, rows))
    found.append(current)
    asked = [[i for i, (w, _) in enumerate(r) if w == "student asked"] for r in found]
    return [
        (noted[last[-1]][1], noted[: last[-1] + 1])
        for noted, last in zip(found, asked, strict=True)
        if last
    ]


def seen(noted):
    """The rows that teachers and students were fitted on or asked about, but judges."""
    return [rows for what, rows in noted if what != "student asked"]


# --- Who sees which rows --------------------------------------------------------------


@both
@pytest.mark.parametrize("targets", ["auto", "in_sample"])
def test_held_out_rows_are_seen_by_neither_teacher_nor_student(
    make, rows, targets, calls
):
    X, y = rows(240)

    noting(make, targets=targets).fit(numbered(X), y)

    assert len(rounds(calls)) == 2
    for held, noted in rounds(calls):
        assert len(held) == 60
        assert all(not rows & held for rows in seen(noted))
        assert set().union(*seen(noted)) | held == set(range(240))
        assert all(rows == held for what, rows in noted if what == "student asked")
    assert not rounds(calls)[0][0] & rounds(calls)[1][0]


@both
@pytest.mark.parametrize(("n_rows", "n_rounds"), [(999, 2), (1000, 1)])
def test_of_many_rows_a_quarter_is_held_out_once(make, rows, n_rows, n_rounds, calls):
    X, y = rows(n_rows)

    noting(make).fit(numbered(X), y)

    found = rounds(calls)
    assert len(found) == n_rounds
    assert all(abs(len(held) - n_rows / 4) <= 1 for held, _ in found)


def test_synthesised_rows_are_made_of_rows_that_are_not_held_out(calls):
    """New rows are in the range of their parents: held-out rows lie outside of it."""
    X, y = blobs(1000)
    noting(classifier).fit(numbered(X), y)
    ((held, _),) = rounds(calls)
    X = np.column_stack([np.zeros(1000), X])
    X[sorted(held), 0] = 1000
    calls.clear()

    noting(classifier, transfer_set="jitter").fit(X, y)

    ((held, noted),) = rounds(calls)
    assert held == {1000}
    assert set().union(*seen(noted)) == {0}


@both
def test_groups_are_held_out_together(make, rows, calls):
    X, y = rows(240)
    groups = np.arange(240) % 12

    noting(make, cv=2).fit(numbered(X), y, groups=groups)

    for held, noted in rounds(calls):
        assert len(held) == 60
        own = {i % 12 for i in held}
        assert len(own) == 3
        assert all(not {i % 12 for i in rows} & own for rows in seen(noted))


def test_every_class_is_held_out_in_its_share(calls):
    X, _ = blobs(240)
    y = np.repeat([0, 1, 2], [200, 36, 4])

    noting(classifier).fit(numbered(X), y)

    for held, _ in rounds(calls):
        assert np.bincount(y[sorted(held)]).tolist() == [50, 9, 1]


def test_a_class_of_one_row_is_learnt(calls):
    X, _ = blobs(240)
    y = np.repeat([0, 1, 2], [120, 119, 1])

    noting(classifier).fit(numbered(X), y)

    assert all(239 not in held for held, _ in rounds(calls))


@pytest.mark.parametrize("n_classes", [61, 90, 119])
def test_more_classes_than_held_out_rows_each_leave_a_row_to_learn(n_classes, calls):
    X, _ = blobs(240)
    y = np.arange(240) % n_classes

    noting(classifier, targets="in_sample").fit(numbered(X), y)

    for held, _ in rounds(calls):
        assert set(np.delete(y, sorted(held))) == set(range(n_classes))


@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_nothing_is_held_out_where_every_row_is_a_class():
    X, _ = blobs(240)

    model = classifier(targets="in_sample", **FREE).fit(X, np.arange(240))

    assert model.policy_.reason == TOO_FEW


@pytest.mark.parametrize("case", ["one group", "three groups", "a group is a class"])
def test_groups_that_cannot_be_held_out_are_not(case):
    X, y = blobs(240, n_classes=5)
    groups = {
        "one group": np.zeros(240),
        "three groups": np.arange(240) % 3,
        "a group is a class": y,
    }
    teacher = FrozenEstimator(GaussianNB().fit(X, y))

    policy = classifier(teacher, **FREE).fit(X, y, groups=groups[case]).policy_

    assert (policy.soft_weight, policy.transfer_set) == (0.1, None)
    assert policy.reason == TOO_FEW


def test_rows_without_a_label_are_learnt_and_never_judged_on(calls):
    X, y = blobs(300)
    some = np.where(np.arange(300) % 5, y, -1)

    noting(classifier, unlabeled=-1).fit(numbered(X), some)

    for held, noted in rounds(calls):
        assert len(held) == 60
        assert all(i % 5 for i in held)
        asked = [rows for what, rows in noted if what == "teacher asked"]
        assert set(range(0, 300, 5)) <= set().union(*asked)


def test_rows_of_weight_zero_are_never_judged_on(calls):
    X, y = blobs(300)

    noting(classifier).fit(numbered(X), y, np.where(np.arange(300) % 5, 1.0, 0.0))

    assert all(i % 5 for held, _ in rounds(calls) for i in held)


def test_held_out_rows_count_by_their_weights():
    """Labels of heavy rows are right and those of light ones wrong."""
    X, y = blobs(400)
    heavy = np.random.default_rng(0).random(400) < 0.5
    wrong = np.where(heavy, y, (y + 1) % 3)
    student, params = quick(max_epochs=60, lr=0.05), FREE

    weighted = classifier(student=student, **params)
    weighted.fit(X, wrong, np.where(heavy, 1.0, 1e-9))

    assert weighted.policy_.trials[-1]["accuracy"] > 0.8


@both
def test_a_few_rows_of_many_are_enough(make, rows, calls, monkeypatch):
    monkeypatch.setattr(_choice, "AT_MOST", 90)
    X, y = rows(400)

    noting(make).fit(numbered(X), y)

    for held, noted in rounds(calls):
        assert len(held) == 30
        students = [rows for what, rows in noted if what == "student fit"]
        assert {len(rows) for rows in students} == {90}
    # The final fit has all of them.
    assert max(len(rows) for what, rows in calls if what == "student fit") == 400


def test_a_few_rows_of_many_are_20_000():
    assert _choice.AT_MOST == 20_000


def test_a_few_rows_of_many_are_some_of_every_class(monkeypatch):
    monkeypatch.setattr(_choice, "AT_MOST", 90)
    X, _ = blobs(400)
    y = np.r_[np.arange(370) % 2, np.repeat(np.arange(2, 12), 3)]

    policy = classifier(targets="in_sample", **FREE).fit(X, y).policy_

    assert len(policy.trials) == 3


@both
@pytest.mark.parametrize("cv", [2, 4, 5])
def test_teachers_of_a_trial_have_their_share_of_its_rows(make, rows, cv, calls):
    """Rows are not held out by the teacher's own folds, which would leave it less."""
    X, y = rows(240)

    noting(make, cv=cv).fit(numbered(X), y)

    for _, noted in rounds(calls):
        sizes = [len(rows) for what, rows in noted if what == "teacher fit"]
        assert len(sizes) == cv
        assert all(abs(size - 180 * (1 - 1 / cv)) < 18 for size in sizes)


# --- What it costs --------------------------------------------------------------------


def counted(calls, what):
    return sum(noted == what for noted, _ in calls)


@pytest.mark.parametrize(
    ("params", "n_teacher", "n_student"),
    [
        ({}, 2, 3),
        ({"cv": 3}, 3, 3),
        ({"cv": None}, 5, 3),
        ({"targets": "in_sample"}, 1, 3),
        ({"transfer_set": "jitter"}, 2, 3),
        ({"transfer_set": "auto"}, 2, 4),
        ({"transfer_set": "auto", "soft_weight": 0.3}, 2, 2),
    ],
    ids=str,
)
@pytest.mark.parametrize("rows_and_rounds", [(240, 2), (1000, 1)])
def test_the_policy_says_how_many_fits_choosing_cost(
    params, n_teacher, n_student, rows_and_rounds, calls
):
    n_rows, n_rounds = rows_and_rounds
    X, y = blobs(n_rows)

    model = noting(classifier, **params).fit(numbered(X), y)

    policy, in_final = model.policy_, n_teacher if model.policy_.asks else 0
    assert policy.n_teacher_fits == n_teacher * n_rounds
    assert policy.n_student_fits == n_student * n_rounds
    assert counted(calls, "teacher fit") == n_teacher * n_rounds + in_final
    assert counted(calls, "student fit") == n_student * n_rounds + 1
    noted = [call for _, noted in rounds(calls) for call in noted]
    assert counted(noted, "teacher fit") == policy.n_teacher_fits
    assert counted(noted, "student fit") == policy.n_student_fits


def test_every_member_of_an_ensemble_counts(calls):
    X, y = blobs(240)
    frozen = FrozenEstimator(GaussianNB().fit(numbered(X), y))
    team = [("a", NotingBayes()), ("b", NotingBayes()), ("c", frozen)]

    model = classifier(team, NotingPrior(), **FREE).fit(numbered(X), y)

    noted = [call for _, noted in rounds(calls) for call in noted]
    assert counted(noted, "teacher fit") == model.policy_.n_teacher_fits == 8


def test_a_teacher_that_comes_fitted_costs_no_fits():
    X, y = blobs(240)
    teacher = FrozenEstimator(GaussianNB().fit(X, y))

    policy = classifier(teacher, **FREE).fit(X, y).policy_

    assert (policy.targets, policy.n_teacher_fits) == ("as_given", 0)
    assert policy.n_student_fits == 6


@both
@pytest.mark.parametrize("n_rows", [199, 200])
def test_below_200_labelled_rows_nothing_is_tried(make, rows, n_rows, calls):
    X, y = rows(230)
    weight = np.where(np.arange(230) < n_rows, 1.0, 0.0)

    model = noting(make, transfer_set="auto").fit(numbered(X), y, weight)

    policy = model.policy_
    if n_rows == 200:
        assert len(policy.trials) == 4
        return
    assert counted(calls, "student fit") == 1
    assert (policy.trials, policy.n_student_fits, policy.n_teacher_fits) == ((), 0, 0)
    assert (policy.soft_weight, policy.transfer_set) == (0.1, None)
    assert policy.reason == "199 labelled rows are too few to hold any out."


def test_nothing_is_tried_where_nothing_is_free(calls):
    X, y = blobs(240)

    model = noting(classifier, soft_weight=0.3).fit(numbered(X), y)

    assert counted(calls, "student fit") == 1
    assert model.policy_.reason == "As given."


@both
def test_folds_without_rows_to_learn_from_are_left_out(make, rows):
    """Each fold's teacher learns from one group of four; one is held out at a time."""
    X, y = rows(240)
    groups = np.arange(240) % 4
    folds = [np.flatnonzero(groups == k) for k in range(4)]
    cv = [(fold, np.setdiff1d(np.arange(240), fold)) for fold in folds]

    model = make(cv=cv, **FREE).fit(X, y, groups=groups)

    assert model.policy_.n_teacher_fits == 2 * 3


# --- Chance and order -----------------------------------------------------------------


@both
def test_the_same_choice_is_made_twice(make, rows):
    X, y = rows(240)
    model = make(transfer_set="auto", **FREE)

    one, other = clone(model).fit(X, y), clone(model).fit(X, y)

    # Transfer sets are compared by what they print.
    assert str(one.policy_) == str(other.policy_)
    assert np.array_equal(outputs(one, X), outputs(other, X))


@both
def test_processes_make_the_same_choice(make, rows):
    X, y = rows(220)
    fixed = {"student": quick(), "random_state": 0, **FREE}
    expected = make(**fixed).fit(X, y)

    model = make(**fixed, n_jobs=2).fit(X, y)

    assert model.policy_ == expected.policy_
    assert len(model.policy_.trials) > 1
    np.testing.assert_array_equal(outputs(model, X), outputs(expected, X))


@both
@pytest.mark.parametrize(("n_jobs", "n_here"), [(None, 7), (2, 1)])
def test_students_are_tried_in_other_processes(make, rows, n_jobs, n_here, monkeypatch):
    X, y = rows(220)
    train, here = Course.train, []

    def noted(*args, **params):
        here.append("trained")
        return train(*args, **params)

    monkeypatch.setattr(Course, "train", noted)
    make(student=quick(), n_jobs=n_jobs, **FREE).fit(X, y)

    assert len(here) == n_here  # another process has another Course


def test_bars_count_the_trials_too(capfd):
    X, y = blobs(220)

    classifier(student=quick(), verbose=1, transfer_set="auto", **FREE).fit(X, y)

    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.count("trials: 100%") == 2
    assert "4/4" in printed.err
    assert printed.err.count("teacher: 100%") == 3


@both
def test_the_same_rows_are_held_out_for_every_seed(make, rows, calls):
    X, y = rows(240)

    for seed in (1, 2):
        noting(make, random_state=seed).fit(numbered(X), y)

    judged = [rows for what, rows in calls if what == "student asked"]
    assert len(judged) == 12
    assert judged[:6] == judged[6:]


@both
def test_a_policy_that_is_chosen_is_the_same_as_if_it_had_been_asked_for(make, rows):
    X, y = rows(240)
    chosen = make(transfer_set="auto", **FREE).fit(X, y)
    policy = chosen.policy_

    asked = make(soft_weight=policy.soft_weight, transfer_set=policy.transfer_set)

    assert np.array_equal(outputs(asked.fit(X, y), X), outputs(chosen, X))


# --- What wins ------------------------------------------------------------------------


def test_labels_win_against_a_teacher_that_is_wrong():
    X, y = blobs(300)
    wrong = FrozenEstimator(GaussianNB().fit(X, (y + 1) % 3))

    model = classifier(wrong, quick(max_epochs=60, lr=0.05), **FREE).fit(X, y)

    assert model.policy_.soft_weight == 0.0
    assert not hasattr(model, "teacher_")


def test_a_teacher_that_knows_wins_against_noisy_labels():
    X, y = blobs(300)
    teacher = FrozenEstimator(GaussianNB().fit(X, y))
    noise = np.random.default_rng(0).random(300) < 0.4
    noisy = np.where(noise, np.random.default_rng(1).integers(0, 3, 300), y)

    model = classifier(teacher, quick(max_epochs=300, lr=0.05, hidden=(64,)), **FREE)

    assert model.fit(X, noisy).policy_.soft_weight == 0.5


class Exploding(Objective):
    """Its loss leaves the finite numbers after a few steps."""

    tasks = frozenset({"classification", "regression"})

    def __init__(self, *, weight=1.0):
        self.weight = weight

    def loss(self, batch):
        return (batch.student - batch.teacher).square().sum(1) * float("inf")


@both
def test_a_candidate_that_diverges_loses(make, rows):
    X, y = rows(240)

    policy = make(objective=Exploding(), **FREE).fit(X, y).policy_

    assert policy.soft_weight == 0.0
    losses = [trial["loss"] for trial in policy.trials]
    assert losses[0] == losses[1] == np.finfo(np.float32).max
    assert losses[2] < 100


@both
def test_where_all_diverge_the_fit_says_so_and_leaves_nothing(make, rows):
    X, y = rows(240)
    model = make(student=quick(lr=1e30, dtype="float32"), **FREE)

    with pytest.raises(DivergedError):
        model.fit(X, y)

    assert not hasattr(model, "policy_")


class Interrupting(Objective):
    """Ctrl-C in a step of the training, counted over all candidates and rounds."""

    tasks = frozenset({"classification", "regression"})

    def __init__(self, *, step=None, weight=1.0):
        self.step = step
        self.weight = weight

    def loss(self, batch):
        # The estimator does not clone its objective, so that a count is possible.
        self.count_ = getattr(self, "count_", 0) + 1
        if self.count_ == self.step:
            raise KeyboardInterrupt
        return (batch.student - batch.teacher).square().sum(1)


@both
@pytest.mark.parametrize("step", [1, 3, 8])
def test_ctrl_c_in_a_trial_leaves_what_was_before(make, rows, step):
    X, y = rows(240)
    model = make(soft_weight=0).fit(X, y)
    before = outputs(model, X)
    model.set_params(objective=Interrupting(step=step), **FREE)

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)

    assert np.array_equal(outputs(model, X), before)
    assert model.policy_.soft_weight == 0


@both
def test_ctrl_c_in_the_final_fit_keeps_the_student_so_far(make, rows):
    X, y = rows(240)
    model = make(soft_weight=0.5, transfer_set="auto", objective=Interrupting())
    model.fit(X, y)
    n_all = model.objective.count_
    made = model.policy_.transfer_set
    make(soft_weight=0.5, transfer_set=made, objective=model.objective).fit(X, y)
    n_epoch = (model.objective.count_ - n_all) // 5
    model.set_params(objective=Interrupting(step=n_all - 2 * n_epoch + 1))

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)

    assert model.n_iter_ == 3
    assert len(model.policy_.trials) == 2


# --- Numbers of a precomputed teacher -------------------------------------------------


@pytest.mark.parametrize("kind", [np.asarray, list, tuple, np.ndarray.tolist])
def test_precomputed_numbers_of_any_kind_are_cut_with_the_rows(kind):
    X, y = blobs(240)
    proba = GaussianNB().fit(X, y).predict_proba(X)

    told = classifier("precomputed", **FREE).fit(X, y, teacher_proba=kind(proba))

    frozen = classifier(FrozenEstimator(GaussianNB().fit(X, y)), **FREE).fit(X, y)
    assert str(told.policy_) == str(frozen.policy_)
    assert np.array_equal(outputs(told, X), outputs(frozen, X))


def test_precomputed_numbers_in_a_frame_are_cut_with_the_rows():
    pandas = pytest.importorskip("pandas")
    X, y = slopes(240)
    values = pandas.Series(Ridge().fit(X, y).predict(X), index=np.arange(240)[::-1])

    told = regressor("precomputed", **FREE).fit(X, y, teacher_prediction=values)

    array = values.to_numpy()
    same = regressor("precomputed", **FREE).fit(X, y, teacher_prediction=array)
    assert np.array_equal(outputs(told, X), outputs(same, X))


@pytest.mark.parametrize("n_rows", [100, 239, 480])
def test_precomputed_numbers_of_other_rows_are_refused_before_they_are_cut(n_rows):
    X, y = blobs(240)

    with pytest.raises(TeacherError) as caught:
        classifier("precomputed", **FREE).fit(
            X, y, teacher_proba=np.full((n_rows, 3), 1 / 3)
        )

    assert str(caught.value) == (
        "DistilledClassifier: teacher_proba must give an array of shape (240, 3), a "
        f"row for each row of X and a column for each class, got ({n_rows}, 3)."
    )


# --- What a trial leaves behind -------------------------------------------------------


def test_a_trial_leaves_no_checkpoint(tmp_path):
    X, y = blobs(240)
    student = quick(checkpoint=tmp_path / "checkpoints")

    classifier(student=student, **FREE).fit(X, y)

    assert len(list((tmp_path / "checkpoints").iterdir())) <= 1


def test_what_the_user_passed_is_left_as_it_is():
    X, y = blobs(240)
    teacher, student, made = GaussianNB(), LogisticRegression(), Jitter()

    classifier(teacher, student, transfer_set=made, **FREE).fit(X, y)

    assert not hasattr(teacher, "classes_")
    assert not hasattr(student, "classes_")
    assert vars(made) == vars(Jitter())
