"""The laws that losses claim, the mutants that prove the laws awake, and KL itself."""

import inspect

import pytest
import torch
import torch.nn.functional as F
from hypothesis import Phase, given, settings
from scipy import stats
from strategies import batches

from sklkd.losses import LOSSES, kl_divergence

DISTRIBUTION_LAWS = {"shift_invariant", "scale_pinned"}


def check_nonnegative(loss, student, teacher, target):
    """No value is below zero, up to rounding."""
    assert (loss(student, teacher, target) >= -1e-12).all()


def check_zero_at_teacher(loss, student, teacher, target):
    """A student that says what the teacher says has nothing to lose."""
    torch.testing.assert_close(
        loss(teacher, teacher, target),
        torch.zeros(len(teacher), dtype=teacher.dtype),
        rtol=0,
        atol=1e-12,
    )


def check_minimised_only_at_teacher(loss, student, teacher, target):
    """The slope vanishes at the teacher, and everybody else is worse off."""
    at_teacher = teacher.clone().requires_grad_()
    least = loss(at_teacher, teacher, target)

    (slope,) = torch.autograd.grad(least.sum(), at_teacher)

    torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-10)
    assert (loss(student, teacher, target) > least).all()


def check_shift_invariant(loss, student, teacher, target):
    """A constant added to a row of logits says nothing, on either side."""
    shift = torch.arange(1.0, len(student) + 1, dtype=student.dtype).unsqueeze(1)
    expected = loss(student, teacher, target)

    shifted_student = loss(student + shift, teacher, target)
    shifted_teacher = loss(student, teacher - shift, target)

    torch.testing.assert_close(shifted_student, expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(shifted_teacher, expected, rtol=1e-9, atol=1e-9)


def check_finite_with_gradient(loss, student, teacher, target):
    """Logits of 1e4 in float32 break neither the value nor the gradient."""
    student, teacher = (
        (1e4 * logits / logits.abs().max()).float() for logits in (student, teacher)
    )
    student.requires_grad_()

    values = loss(student, teacher, target)
    (gradient,) = torch.autograd.grad(values.sum(), student)

    assert values.isfinite().all()
    assert gradient.isfinite().all()


def check_rows_independent(loss, student, teacher, target):
    """A row's value is the same alone as in company."""
    together = loss(student, teacher, target)

    alone = [
        loss(student[i : i + 1], teacher[i : i + 1], target[i : i + 1])
        for i in range(len(student))
    ]

    assert together.shape == (len(student),)
    torch.testing.assert_close(torch.cat(alone), together, rtol=1e-9, atol=1e-12)


def check_scale_pinned(loss, student, teacher, target):
    """In the hot limit it is half the mean squared gap of centred logits."""
    takes_temperature = "temperature" in inspect.signature(loss).parameters
    hot = {"temperature": 1e4} if takes_temperature else {}
    gap = student - teacher

    values = loss(student, teacher, target, **hot)

    torch.testing.assert_close(
        values, gap.var(dim=1, correction=0) / 2, rtol=2e-2, atol=1e-4
    )


LAWS = {
    "nonnegative": check_nonnegative,
    "zero_at_teacher": check_zero_at_teacher,
    "minimised_only_at_teacher": check_minimised_only_at_teacher,
    "shift_invariant": check_shift_invariant,
    "finite_with_gradient": check_finite_with_gradient,
    "rows_independent": check_rows_independent,
    "scale_pinned": check_scale_pinned,
}


@pytest.mark.parametrize(
    ("name", "law"),
    [(name, law) for name, plugin in LOSSES.items() for law in sorted(plugin.laws)],
)
@given(batch=batches())
def test_a_loss_obeys_the_laws_it_claims(name, law, batch):
    LAWS[law](LOSSES[name].factory, *batch)


@pytest.mark.parametrize(
    ("name", "laws"),
    [
        ("soft_targets", set(LAWS)),
        ("logit_matching", set(LAWS)),
        ("squared_error", set(LAWS) - DISTRIBUTION_LAWS),
    ],
)
def test_the_claims_are_the_intended_ones(name, laws):
    assert LOSSES[name].laws == laws


@pytest.mark.parametrize("name", LOSSES)
def test_a_teacher_that_torch_would_broadcast_is_refused(name):
    with pytest.raises(ValueError, match="one shape") as caught:
        LOSSES[name].factory(torch.zeros(4, 3), torch.zeros(1, 3))

    assert str(caught.value) == (
        "student (4, 3) and teacher (1, 3) must have one shape, (n_samples, n_outputs)."
    )


@pytest.mark.parametrize("name", LOSSES)
@given(batch=batches())
def test_the_teacher_gets_a_gradient_only_when_asked(name, batch):
    student, teacher, target = batch
    student.requires_grad_()

    LOSSES[name].factory(student, teacher, target).sum().backward()

    assert student.grad is not None
    assert teacher.grad is None


@pytest.mark.parametrize("name", LOSSES)
@given(batch=batches())
def test_inputs_are_not_written_to(name, batch):
    before = [tensor.clone() for tensor in batch]

    LOSSES[name].factory(*batch)

    for tensor, copy in zip(batch, before, strict=True):
        assert torch.equal(tensor, copy)


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
    @settings(phases=[Phase.generate], report_multiple_bugs=False)
    @given(batch=batches())
    def the_law_holds(batch):
        LAWS[law](mutant, *batch)

    with pytest.raises(AssertionError):
        the_law_holds()


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


def test_kl_divergence_by_hand():
    # p = (3/4, 1/4), q = (1/2, 1/2): the direction shows, the other way gives 0.1438.
    teacher = torch.tensor([[3.0, 1.0]], dtype=torch.float64).log()
    student = torch.zeros(1, 2, dtype=torch.float64)

    divergence = kl_divergence(student, teacher)

    assert divergence.item() == pytest.approx(0.13081203594113694)  # ln 2 - H(p)


@given(batch=batches())
def test_kl_divergence_is_scipys_relative_entropy(batch):
    student, teacher, _ = batch
    q, p = student.softmax(1).numpy(), teacher.softmax(1).numpy()

    divergence = kl_divergence(student, teacher)

    torch.testing.assert_close(
        divergence, torch.from_numpy(stats.entropy(p, q, axis=1)), rtol=1e-9, atol=1e-12
    )


def test_kl_divergence_of_a_certain_teacher_stays_finite():
    # p = (1, 0) and q = (0, 1) up to e**-200, which float32 cannot hold.
    teacher, student = torch.tensor([[200.0, 0.0]]), torch.tensor([[0.0, 200.0]])

    assert kl_divergence(student, teacher).item() == pytest.approx(200.0)


def test_kl_divergence_refuses_a_teacher_that_torch_would_broadcast():
    with pytest.raises(ValueError, match="must have one shape"):
        kl_divergence(torch.zeros(4, 3), torch.zeros(1, 3))
