"""The laws that losses claim, and KL itself."""

import pytest
import torch
from hypothesis import given
from scipy import stats
from strategies import batches, extreme_batches, slope

from sklkd.losses import LOSSES, kl_divergence
from sklkd.testing import LAWS, Violation, check_loss

DISTRIBUTION_LAWS = {"shift_invariant", "scale_pinned"}
OF_THE_TEACHER = {"zero_at_teacher", "minimised_only_at_teacher", "scale_pinned"}
OF_LABELS = set(LAWS) - OF_THE_TEACHER
IMITATING = [name for name, p in LOSSES.items() if "zero_at_teacher" in p.laws]
ALONE = sorted(set(LOSSES) - set(IMITATING))  # which look at no teacher


@pytest.mark.parametrize(
    ("name", "law"),
    [(name, law) for name, plugin in LOSSES.items() for law in sorted(plugin.laws)],
)
def test_a_loss_obeys_the_laws_it_claims(name, law):
    check_loss(name, [law])


@pytest.mark.parametrize(
    ("name", "laws"),
    [
        ("soft_targets", set(LAWS)),
        ("logit_matching", set(LAWS)),
        ("squared_error", set(LAWS) - DISTRIBUTION_LAWS),
        ("bootstrapping", OF_LABELS),
        ("confidence_penalty", OF_LABELS),
        ("generalized_cross_entropy", OF_LABELS),
        ("label_smoothing", OF_LABELS),
        ("symmetric_cross_entropy", OF_LABELS),
        ("orthogonal", {"finite_with_gradient", "rows_independent"}),
        ("gaussian_classes", {"finite_with_gradient", "nonnegative"}),
        ("glvq", OF_LABELS - {"shift_invariant"}),
        ("components_margin", OF_LABELS - {"shift_invariant"}),
    ],
)
def test_the_claims_are_the_intended_ones(name, laws):
    assert LOSSES[name].laws == laws


@pytest.mark.parametrize(
    ("name", "law"),
    [(name, law) for name in ALONE for law in sorted(set(LAWS) - LOSSES[name].laws)],
)
def test_what_a_loss_without_a_teacher_does_not_claim_does_not_hold(name, law):
    with pytest.raises(Violation, match=law):
        check_loss(name, [law])


@pytest.mark.parametrize("name", IMITATING)
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


@pytest.mark.parametrize("name", ALONE)
@given(batch=batches())
def test_a_loss_without_a_teacher_needs_none(name, batch):
    student, teacher, target = batch

    alone = LOSSES[name].factory(student, target=target)

    assert torch.equal(alone, LOSSES[name].factory(student, teacher, target))


@pytest.mark.parametrize("name", ALONE)
@given(batch=extreme_batches())
def test_logits_of_1e4_break_no_loss(name, batch):
    student, target = batch
    loss = LOSSES[name].factory

    values = loss(student, target=target)

    assert values.dtype == student.dtype
    assert values.isfinite().all()
    assert slope(lambda z: loss(z, target=target), student).isfinite().all()


@pytest.mark.parametrize("name", ALONE)
def test_no_rows_have_no_losses(name):
    values = LOSSES[name].factory(
        torch.zeros(0, 3), target=torch.zeros(0, dtype=torch.int64)
    )

    assert values.shape == (0,)


@pytest.mark.parametrize("name", LOSSES)
@given(batch=batches())
def test_inputs_are_not_written_to(name, batch):
    before = [tensor.clone() for tensor in batch]

    LOSSES[name].factory(*batch)

    for tensor, copy in zip(batch, before, strict=True):
        assert torch.equal(tensor, copy)


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
