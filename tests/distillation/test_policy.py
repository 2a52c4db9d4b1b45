"""What a student learns from: what is tried, what wins, and the record of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import log_softmax, softmax

from sklkd.distillation._policy import (
    HALF,
    LITTLE,
    Policy,
    Teaching,
    Trial,
    Wishes,
    decide,
)
from sklkd.exceptions import UnknownNameError
from sklkd.transfer_sets import Jitter, Spunge

FITTED_HERE = Teaching(is_fitted_here=True, can_be_asked=True)
FROZEN = Teaching(is_fitted_here=False, can_be_asked=True)
GIVEN = Teaching(is_fitted_here=False, can_be_asked=False)

ONES = np.ones(4)


def policy(soft_weight=0.5, transfer_set=None):
    return Policy("out_of_fold", soft_weight, transfer_set, None)


def trial(loss, soft_weight=0.5, hit=None):
    """A candidate with these losses, and hits where there are classes."""
    hit = None if hit is None else np.array(hit, dtype=bool)
    return Trial(policy(soft_weight), np.array(loss, dtype=float), hit)


def wishes(**params):
    free = {"targets": "auto", "soft_weight": "auto", "transfer_set": "auto"}
    return Wishes("Someone", **{**free, "calibration": "auto"} | params).checked()


def decided(trials, weight):
    return decide(trials, weight, n_teacher_fits=7, n_student_fits=len(trials))


# --- Decisions ------------------------------------------------------------------------


def test_the_least_loss_wins():
    first, other = trial([2, 2, 2, 2]), trial([1, 1, 1, 1], 0.1)

    chosen = decided([first, other], ONES)

    assert chosen.soft_weight == 0.1
    assert chosen.reason == "The least loss on held-out rows."


def test_of_equal_losses_the_first_wins():
    assert decided([trial(ONES), trial(ONES, 0.1)], ONES).soft_weight == 0.5


def test_noise_that_all_candidates_share_is_no_noise():
    """The gap is what has a standard error, and not each loss."""
    shared = np.array([0.0, 100.0, 10.0, 1000.0])

    chosen = decided([trial(shared + 0.01), trial(shared, 0.1)], ONES)

    assert chosen.soft_weight == 0.1
    assert chosen.trials[0]["loss_se"] == pytest.approx(0, abs=1e-12)


def test_what_is_less_accurate_than_labels_alone_is_out():
    first = trial([1, 1, 1, 1], 0.5, hit=[1, 0, 0, 0])
    other = trial([2, 2, 2, 2], 0.1, hit=[1, 1, 1, 1])
    alone = trial([3, 3, 3, 3], 0.0, hit=[1, 1, 1, 1])

    chosen = decided([first, other, alone], ONES)

    assert chosen.soft_weight == 0.1
    assert chosen.reason == (
        "The least loss on held-out rows among what is as accurate there as labels "
        "alone."
    )


def test_less_accurate_within_a_standard_error_is_accurate_enough():
    """Of 8 rows, 3 more and 2 fewer are right: a gap of 1/8.

    Its residuals are 7/8 (3 times), -9/8 (twice) and -1/8 (3 times), and so its
    standard error sqrt(4.875) / 8 = 0.28. With 3 more and none fewer the gap is 3/8,
    and sqrt(3 * (5/8)^2 + 5 * (3/8)^2) / 8 = 0.17.
    """
    first = trial(np.ones(8), 0.5, hit=[0, 0, 0, 1, 1, 1, 1, 1])
    noisy = trial(np.full(8, 3.0), 0.0, hit=[1, 1, 1, 0, 0, 1, 1, 1])
    better = trial(np.full(8, 3.0), 0.0, hit=np.ones(8))

    assert decided([first, noisy], np.ones(8)).soft_weight == 0.5
    assert decided([first, better], np.ones(8)).soft_weight == 0.0


def test_without_a_trial_of_labels_alone_accuracy_does_not_count():
    first = trial([1, 1, 1, 1], 0.5, hit=[0, 0, 0, 0])
    other = trial([2, 2, 2, 2], 0.1, hit=[1, 1, 1, 1])

    assert decided([first, other], ONES).soft_weight == 0.5


def test_values_have_no_accuracy():
    chosen = decided([trial([1, 1, 1, 1]), trial([2, 2, 2, 2], 0.0)], ONES)

    assert all("accuracy" not in record for record in chosen.trials)


def test_rows_count_by_their_weights():
    first, other = trial([0, 1, 1, 1]), trial([9, 0, 0, 0], 0.1)

    light = decided([first, other], np.array([1e-6, 1.0, 1.0, 1.0]))
    heavy = decided([first, other], np.array([1e6, 1.0, 1.0, 1.0]))

    assert (light.soft_weight, heavy.soft_weight) == (0.1, 0.5)


def test_accuracy_counts_rows_by_their_weights():
    first = trial([1, 1, 1, 1], 0.5, hit=[0, 1, 1, 1])
    alone = trial([2, 2, 2, 2], 0.0, hit=[1, 0, 0, 0])
    weight = np.array([10.0, 1.0, 1.0, 1.0])

    assert decided([first, alone], ONES).soft_weight == 0.5
    assert decided([first, alone], weight).soft_weight == 0.0


@given(
    losses=arrays(float, (2, 6), elements=st.floats(0, 10)),
    factor=st.sampled_from([0.25, 2.0, 1024.0]),
)
def test_only_the_proportions_of_weights_count(losses, factor):
    trials = list(map(trial, losses, (HALF, LITTLE)))
    weight = np.arange(1.0, 7.0)

    one, other = decided(trials, weight), decided(trials, factor * weight)

    assert one.soft_weight == other.soft_weight


@given(losses=arrays(float, (3, 5), elements=st.floats(0, 10)))
def test_exactly_one_record_is_chosen_and_none_loses_less(losses):
    trials = list(map(trial, losses, (HALF, LITTLE, 0)))

    chosen = decided(trials, np.ones(5))

    (record,) = [r for r in chosen.trials if r["chosen"]]
    assert record["soft_weight"] == chosen.soft_weight
    assert record["loss_se"] == 0
    assert record["loss"] == min(r["loss"] for r in chosen.trials)


def test_the_records_by_hand():
    first = trial([0, 2, 0, 2], 0.5, hit=[1, 0, 1, 0])
    alone = trial([4, 4, 0, 4], 0.0, hit=[0, 0, 1, 0])
    weight = np.array([1.0, 1.0, 2.0, 0.0])

    chosen = decided([first, alone], weight)

    assert chosen.trials[0] == {
        "soft_weight": 0.5,
        "transfer_set": None,
        "loss": 0.5,
        "loss_se": 0.0,
        "chosen": True,
        "accuracy": 0.75,
        "student_temperature": None,
    }
    assert chosen.trials[1]["loss"] == 2.0
    assert chosen.trials[1]["accuracy"] == 0.5
    # Gaps of 4, 2, 0 with shares of 1/4, 1/4, 1/2, mean 1.5: residuals 2.5, 0.5, -1.5.
    expected = np.sqrt((2.5 / 4) ** 2 + (0.5 / 4) ** 2 + (1.5 / 2) ** 2)
    assert chosen.trials[1]["loss_se"] == pytest.approx(expected)
    assert (chosen.n_teacher_fits, chosen.n_student_fits) == (7, 2)


def test_a_candidate_that_diverged_loses():
    worst = np.full(4, np.finfo(np.float32).max)

    chosen = decided([trial(worst), trial(np.full(4, 1e6), 0.1)], ONES)

    assert chosen.soft_weight == 0.1
    assert all(np.isfinite(record["loss_se"]) for record in chosen.trials)


# --- Wishes ---------------------------------------------------------------------------


def test_everything_free_is_half_out_of_fold_calibrated_with_synthesised_rows():
    first = wishes().first(FITTED_HERE)

    assert (first.targets, first.soft_weight) == ("out_of_fold", 0.5)
    assert isinstance(first.transfer_set, Spunge)
    assert first.calibration == "temperature"
    assert first.reason == "As given."
    assert first.asks


@pytest.mark.parametrize(
    ("targets", "teacher", "expected", "calibration"),
    [
        ("auto", FITTED_HERE, "out_of_fold", "temperature"),
        ("out_of_fold", FITTED_HERE, "out_of_fold", "temperature"),
        ("out_of_bag", FITTED_HERE, "out_of_bag", "temperature"),
        ("in_sample", FITTED_HERE, "in_sample", None),
        ("auto", FROZEN, "as_given", None),
        ("out_of_bag", FROZEN, "as_given", None),
        ("in_sample", GIVEN, "as_given", None),
    ],
)
def test_only_what_was_not_memorised_is_calibrated(
    targets, teacher, expected, calibration
):
    first = wishes(targets=targets).first(teacher)

    assert (first.targets, first.calibration) == (expected, calibration)


@pytest.mark.parametrize("teacher", [FITTED_HERE, FROZEN, GIVEN])
@pytest.mark.parametrize("calibration", ["temperature", None])
def test_a_calibration_that_was_asked_for_is_done(teacher, calibration):
    first = wishes(calibration=calibration, targets="in_sample").first(teacher)

    assert first.calibration == calibration


def test_labels_alone_need_no_synthesised_rows():
    first = wishes(soft_weight=0, transfer_set="jitter").first(FITTED_HERE)

    assert first.transfer_set is None
    assert not first.asks


def test_a_teacher_that_cannot_be_asked_has_no_synthesised_rows():
    assert wishes().first(GIVEN).transfer_set is None


def candidates(**params):
    free = wishes(**params)
    found = free.candidates(free.first(FITTED_HERE))
    return [(p.soft_weight, type(p.transfer_set).__name__) for p in found]


def test_shares_rows_as_they_are_and_labels_alone_are_tried():
    assert candidates() == [
        (0.5, "Spunge"),
        (0.1, "Spunge"),
        (0.5, "NoneType"),
        (0.0, "NoneType"),
    ]


def test_a_fixed_transfer_set_is_no_question():
    assert candidates(transfer_set="jitter") == [
        (0.5, "Jitter"),
        (0.1, "Jitter"),
        (0.0, "NoneType"),
    ]
    assert [share for share, _ in candidates(transfer_set=None)] == [0.5, 0.1, 0.0]


def test_a_fixed_share_leaves_the_question_of_synthesised_rows():
    assert candidates(soft_weight=0.3) == [(0.3, "Spunge"), (0.3, "NoneType")]


@pytest.mark.parametrize(
    "fixed",
    [
        {"soft_weight": 0.3, "transfer_set": None},
        {"soft_weight": 1, "transfer_set": "jitter"},
        {"soft_weight": 0},
    ],
)
def test_nothing_is_tried_where_nothing_is_free(fixed):
    assert len(candidates(**fixed)) == 1


def test_what_cannot_be_tried_is_a_tenth_without_synthesised_rows():
    free = wishes()

    policy = free.untried(free.first(FITTED_HERE), "Too few.")

    assert (policy.soft_weight, policy.transfer_set) == (0.1, None)
    assert policy.reason == "Too few."
    assert (policy.n_teacher_fits, policy.n_student_fits, policy.trials) == (0, 0, ())


def test_a_transfer_set_that_was_asked_for_needs_no_trial():
    free = wishes(transfer_set=Jitter(size_factor=2.0), soft_weight=0.7)

    policy = free.untried(free.first(FITTED_HERE), "Too few.")

    assert policy.transfer_set.size_factor == 2.0
    assert policy.soft_weight == 0.7


def test_trials_on_several_sets_of_rows_are_one():
    one, other = trial([1, 2], 0.1, hit=[1, 0]), trial([3], 0.1, hit=[1])

    joined = Trial.joined([one, other])

    assert joined.policy.soft_weight == 0.1
    assert joined.loss.tolist() == [1, 2, 3]
    assert joined.hit.tolist() == [True, False, True]
    assert Trial.joined([trial([1]), trial([2])]).hit is None


def test_no_rows_are_made_up_unasked():
    asked = wishes(transfer_set="jitter").without_auto_transfer()
    unasked = wishes().without_auto_transfer()

    assert isinstance(asked.first(FITTED_HERE).transfer_set, Jitter)
    assert unasked.first(FITTED_HERE).transfer_set is None


def test_what_was_chosen_goes_on_where_it_is_free():
    was = Policy("as_given", 0.1, Spunge(), None, 2.0, 1.5, "Because.", ({},), 5, 4)

    def resumed(teacher=FITTED_HERE, **params):
        free = wishes(**params)
        policy = free.resumed(free.first(teacher), was)
        return policy.soft_weight, type(policy.transfer_set).__name__, policy.reason

    assert resumed() == (0.1, "Spunge", "Because.")
    assert resumed(soft_weight=0.7) == (0.7, "Spunge", "Because.")
    assert resumed(transfer_set="jitter") == (0.1, "Jitter", "Because.")
    assert resumed(transfer_set=None) == (0.1, "NoneType", "Because.")
    assert resumed(GIVEN) == (0.1, "NoneType", "Because.")
    assert resumed(soft_weight=0) == (0.0, "NoneType", "As given.")


def test_labels_alone_go_on_alone():
    was = Policy("out_of_fold", 0.0, None, None)
    free = wishes(transfer_set="jitter")

    policy = free.resumed(free.first(FITTED_HERE), was)

    assert (policy.soft_weight, policy.transfer_set) == (0.0, None)


@pytest.mark.parametrize(
    ("wrong", "error", "sentence"),
    [
        (
            {"soft_weight": 1.5},
            ValueError,
            "Someone: soft_weight must be a real number in [0, 1], got 1.5.",
        ),
        (
            {"soft_weight": "half"},
            TypeError,
            "Someone: soft_weight must be a real number in [0, 1], got 'half'.",
        ),
        (
            {"targets": "oof"},
            ValueError,
            (
                "Someone: targets must be one of 'auto', 'in_sample', 'out_of_fold', "
                "'out_of_bag', got 'oof'."
            ),
        ),
        (
            {"calibration": "temprature"},
            ValueError,
            (
                "Someone: calibration must be one of 'auto', 'temperature', got "
                "'temprature'. Did you mean 'temperature'?"
            ),
        ),
        (
            {"transfer_set": "sponge"},
            UnknownNameError,
            (
                "sklkd.transfer_sets has no 'sponge'. Did you mean 'spunge'? Known: "
                "conditional, interpolation, jitter, mixup, munge, spunge."
            ),
        ),
    ],
)
def test_what_is_out_of_range_is_said_in_one_sentence(wrong, error, sentence):
    with pytest.raises(error) as caught:
        wishes(**wrong)

    assert str(caught.value) == sentence


def test_the_users_transfer_set_is_cloned():
    mine = Jitter()

    assert wishes(transfer_set=mine).synthesiser is not mine


# --- The student's own calibration ----------------------------------------------------


def unsure(n_rows, factor, seed=0):
    """Logits that are right if multiplied by a factor, and labels drawn by them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2.0, size=(n_rows, 3))
    proba = softmax(logits, axis=1)
    target = np.array([rng.choice(3, p=p) for p in proba])
    return logits / factor, target


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_a_student_that_is_too_unsure_is_made_surer(factor):
    logits, target = unsure(4000, factor)
    trial = Trial(policy(0.0), np.zeros(4000), None, logits)

    calibrated = trial.calibrated(target, np.ones(4000))

    assert calibrated.policy.student_temperature == pytest.approx(1 / factor, rel=0.1)


def test_calibrated_losses_are_those_of_the_divided_logits():
    logits, target = unsure(50, 3.0)
    weight = np.arange(50.0)

    trial = Trial(policy(0.5), np.zeros(50), None, logits).calibrated(target, weight)

    divided = logits / trial.policy.student_temperature
    expected = -log_softmax(divided, axis=1)[np.arange(50), target]
    np.testing.assert_allclose(trial.loss, expected, rtol=1e-12)


def test_no_other_temperature_loses_less():
    logits, target = unsure(200, 0.7)
    weight = np.ones(200)

    least = Trial(policy(0.5), np.zeros(200), None, logits).calibrated(target, weight)

    for temperature in np.geomspace(0.2, 5.0, 30):
        divided = log_softmax(logits / temperature, axis=1)
        loss = -divided[np.arange(200), target].mean()
        assert loss >= least.loss.mean() - 1e-12


def test_a_student_that_diverged_has_nothing_to_calibrate():
    trial = Trial(policy(0.5), np.ones(3), np.zeros(3, bool))

    assert trial.calibrated(np.zeros(3, int), np.ones(3)) is trial


@pytest.mark.parametrize(
    ("calibration", "does"), [("auto", True), ("temperature", False), (None, False)]
)
def test_only_auto_calibrates_the_student(calibration, does):
    assert wishes(calibration=calibration).calibrates_student is does
