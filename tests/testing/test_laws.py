"""The laws of losses, and the mutants that prove them awake."""

import pytest
import torch
import torch.nn.functional as F

from sklkd.losses import LOSSES, kl_divergence
from sklkd.testing import LAWS, Violation, check_loss

# Mutants: losses that libraries have shipped, or that a slip of the pen would make.


def probabilities_with_arguments_swapped(
    student, teacher, target=None, *, temperature=4.0
):
    """KL of bare probabilities, teacher where torch wants the student's logarithms."""
    q, p = (student / temperature).softmax(1), (teacher / temperature).softmax(1)
    return temperature**2 * F.kl_div(p, q, reduction="none").sum(1)


def teacher_not_softened(student, teacher, target=None, *, temperature=4.0):
    """The student is softened, the teacher is not."""
    log_q = (student / temperature).log_softmax(1)
    return temperature**2 * F.kl_div(log_q, teacher.softmax(1), reduction="none").sum(1)


def without_the_squared_temperature(student, teacher, target=None, *, temperature=4.0):
    return kl_divergence(student / temperature, teacher / temperature)


def averaged_over_classes(student, teacher, target=None, *, temperature=4.0):
    divergence = kl_divergence(student / temperature, teacher / temperature)
    return temperature**2 * divergence / student.shape[1]


def squared_error_of_probabilities(student, teacher, target=None):
    return (student.softmax(1) - teacher.softmax(1)).square().mean(1)


def logarithm_of_a_softmax(student, teacher, target=None):
    p, q = teacher.softmax(1), student.softmax(1)
    return (p * (p.log() - q.log())).sum(1)


def logits_not_centred(student, teacher, target=None):
    return (student - teacher).square().mean(1) / 2


def averaged_over_the_batch(student, teacher, target=None):
    return kl_divergence(student, teacher).mean().expand(len(student))


def reduced_to_a_scalar(student, teacher, target=None):
    return kl_divergence(student, teacher).mean()


def only_the_top_class(student, teacher, target=None):
    """Zero wherever the two agree about the teacher's favourite."""
    top = teacher.argmax(1, keepdim=True)
    return (student - teacher).gather(1, top).square().squeeze(1)


MUTANTS = {
    probabilities_with_arguments_swapped: {
        "nonnegative",
        "zero_at_teacher",
        "minimised_only_at_teacher",
        "scale_pinned",
    },
    teacher_not_softened: {
        "zero_at_teacher",
        "minimised_only_at_teacher",
        "scale_pinned",
    },
    without_the_squared_temperature: {"scale_pinned"},
    averaged_over_classes: {"scale_pinned"},
    squared_error_of_probabilities: {"scale_pinned"},
    logarithm_of_a_softmax: {"finite_with_gradient"},
    logits_not_centred: {"shift_invariant", "scale_pinned"},
    averaged_over_the_batch: {"rows_independent"},
    reduced_to_a_scalar: {"rows_independent"},
    only_the_top_class: {"shift_invariant", "scale_pinned"},
}


@pytest.mark.parametrize(
    ("mutant", "law"),
    [(mutant, law) for mutant, laws in MUTANTS.items() for law in sorted(laws)],
)
def test_a_law_catches_the_mutants_that_break_it(mutant, law):
    with pytest.raises(Violation, match=f"^{mutant.__name__} breaks {law}: "):
        check_loss(mutant, [law])


def test_every_law_has_a_mutant():
    assert set.union(*MUTANTS.values()) == set(LAWS)


@pytest.mark.parametrize(
    ("mutant", "temperature", "teacher", "learnt"),
    [
        # softmax(p) = exp(0.7, 0.2, 0.1) / 4.3403
        (
            probabilities_with_arguments_swapped,
            1.0,
            [0.7, 0.2, 0.1],
            [0.464, 0.281, 0.255],
        ),
        # p ** 3 = (0.125, 0.064, 0.001), divided by its sum 0.19
        (teacher_not_softened, 3.0, [0.5, 0.4, 0.1], [0.658, 0.337, 0.005]),
        (LOSSES["soft_targets"].factory, 3.0, [0.5, 0.4, 0.1], [0.5, 0.4, 0.1]),
    ],
)
def test_what_a_free_student_learns(mutant, temperature, teacher, learnt):
    """The two mutants teach another distribution than the teacher's; ours does not."""
    logits = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    teacher_logits = torch.tensor([teacher], dtype=torch.float64).log()
    optimizer = torch.optim.LBFGS([logits], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = mutant(logits, teacher_logits, temperature=temperature).sum()
        loss.backward()
        return loss

    optimizer.step(closure)

    probabilities = logits.detach().softmax(1)[0].tolist()
    assert probabilities == pytest.approx(learnt, abs=1e-3)


def test_a_violation_names_the_smallest_batch():
    with pytest.raises(Violation) as caught:
        check_loss(reduced_to_a_scalar, ["rows_independent"])

    told = str(caught.value)
    assert "the shape (), and must give (1,). Student [[" in told
    assert told.startswith("reduced_to_a_scalar breaks rows_independent: 1 rows give")


def test_a_registered_loss_is_held_to_what_it_claims(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "sklkd.testing._laws.check_law", lambda law, *_, **__: asked.append(law)
    )

    check_loss("squared_error")

    assert {law.__name__ for law in asked} == LOSSES["squared_error"].laws


def test_an_error_inside_a_loss_breaks_the_law():
    def broken(student, teacher, target):
        raise IndexError("too few")

    with pytest.raises(Violation, match=r"broken breaks nonnegative: IndexError"):
        check_loss(broken, ["nonnegative"])


def test_an_unknown_law_is_named_with_the_nearest():
    with pytest.raises(ValueError, match=r"Did you mean 'nonnegative'\?"):
        check_loss("soft_targets", ["non_negative"])


def test_no_random_state_is_touched():
    before = torch.get_rng_state()

    check_loss("soft_targets", examples=3)

    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("law", LAWS)
def test_every_law_is_a_sentence(law):
    assert LAWS[law].__doc__.splitlines()[0].endswith(".")
