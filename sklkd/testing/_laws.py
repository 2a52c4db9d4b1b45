"""Laws of losses: what a function of student's and teacher's logits may claim."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from sklkd._validation import check_choice
from sklkd.losses import LOSSES
from sklkd.testing._fence import fenced
from sklkd.testing._same import Violation
from sklkd.testing._search import search

Loss = Callable[..., Tensor]
ROUNDING = 1e-12


@st.composite
def batches(draw: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Draw a student's and a teacher's logits, (n, k) each, and class indices (n,)."""
    n, k = draw(st.integers(1, 5)), draw(st.integers(2, 6))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 999)))
    scale = draw(st.sampled_from([0.1, 1.0, 5.0]))
    student, teacher = scale * torch.randn(
        2, n, k, generator=generator, dtype=torch.float64
    )
    return student, teacher, torch.randint(k, (n,), generator=generator)


def nonnegative(loss: Loss, student: Tensor, teacher: Tensor, target: Tensor) -> None:
    """No value is below zero, up to rounding."""
    least = loss(student, teacher, target).min().item()
    if not least >= -ROUNDING:
        raise Violation(f"a value is {least:.3g}, below zero.")


def zero_at_teacher(loss: Loss, _: Tensor, teacher: Tensor, target: Tensor) -> None:
    """A student that says what the teacher says has nothing to lose."""
    values = loss(teacher, teacher, target)
    _near(values, torch.zeros_like(values), "the loss of the teacher itself", 0.0)


def minimised_only_at_teacher(
    loss: Loss, student: Tensor, teacher: Tensor, target: Tensor
) -> None:
    """The slope vanishes at the teacher, and everybody else is worse off."""
    at_teacher = teacher.clone().requires_grad_()
    least = loss(at_teacher, teacher, target)
    (slope,) = torch.autograd.grad(least.sum(), at_teacher)
    _near(slope, torch.zeros_like(slope), "the slope at the teacher", 0.0, atol=1e-10)
    if not (loss(student, teacher, target) > least).all():
        raise Violation("another student loses no more than the teacher itself.")


def shift_invariant(
    loss: Loss, student: Tensor, teacher: Tensor, target: Tensor
) -> None:
    """A constant added to a row of logits says nothing, on either side."""
    shift = torch.arange(1.0, len(student) + 1, dtype=student.dtype).unsqueeze(1)
    expected = loss(student, teacher, target)
    moved = {
        "student": loss(student + shift, teacher, target),
        "teacher": loss(student, teacher - shift, target),
    }
    for who, values in moved.items():
        _near(values, expected, f"the loss with a shifted {who}", 1e-9, atol=1e-9)


def finite_with_gradient(
    loss: Loss, student: Tensor, teacher: Tensor, target: Tensor
) -> None:
    """Logits of 1e4 in float32 break neither the value nor the gradient."""
    student, teacher = (
        (1e4 * values / values.abs().max()).float() for values in (student, teacher)
    )
    student.requires_grad_()
    values = loss(student, teacher, target)
    (gradient,) = torch.autograd.grad(values.sum(), student)
    for what, found in {"value": values, "gradient": gradient}.items():
        if not found.isfinite().all():
            raise Violation(f"a {what} is not finite at logits of 1e4 in float32.")


def rows_independent(
    loss: Loss, student: Tensor, teacher: Tensor, target: Tensor
) -> None:
    """A row's value is the same alone as in company, and each row has one."""
    together = loss(student, teacher, target)
    if together.shape != (len(student),):
        raise Violation(
            f"{len(student)} rows give the shape {tuple(together.shape)}, and must "
            f"give ({len(student)},)."
        )
    alone = [
        loss(student[i : i + 1], teacher[i : i + 1], target[i : i + 1])
        for i in range(len(student))
    ]
    _near(torch.cat(alone), together, "the loss of rows one by one", 1e-9)


def scale_pinned(loss: Loss, student: Tensor, teacher: Tensor, target: Tensor) -> None:
    """In the hot limit it is half the mean squared gap of centred logits.

    So losses of different temperatures, and different losses, may be weighed against
    each other: Hinton, Vinyals and Dean 2015, Sec. 2.1 (arXiv:1503.02531).
    """
    takes_temperature = "temperature" in inspect.signature(loss).parameters
    hot = {"temperature": 1e4} if takes_temperature else {}
    values = loss(student, teacher, target, **hot)
    expected = (student - teacher).var(dim=1, correction=0) / 2
    _near(values, expected, "the loss in the hot limit", 2e-2, atol=1e-4)


LAWS: dict[str, Callable[[Loss, Tensor, Tensor, Tensor], None]] = {
    law.__name__: law
    for law in (
        nonnegative,
        zero_at_teacher,
        minimised_only_at_teacher,
        shift_invariant,
        finite_with_gradient,
        rows_independent,
        scale_pinned,
    )
}


def check_loss(
    loss: Loss | str,
    laws: Collection[str] | None = None,
    *,
    examples: int = 25,
    seed: int = 0,
) -> None:
    """Look for logits at which a loss breaks a law.

    Parameters
    ----------
    loss : callable or str
        ``loss(student_logits, teacher_logits, target)`` with shapes (n, k), (n, k) and
        (n,), which returns (n,); or the name of a registered one.
    laws : collection of str, default=None
        Keys of `LAWS`. None takes what a registered loss claims, and for others all.
    examples : int, default=25
        Batches that are drawn for each law.
    seed : int, default=0
        Of what is drawn.

    Raises
    ------
    Violation
        With the law, the smallest batch found, and what is wrong there.
    ValueError
        If a law is unknown.

    Examples
    --------
    The error that two libraries have shipped, of a teacher that is not softened as the
    student is:

    >>> import torch.nn.functional as F
    >>> from sklkd.testing import check_loss
    >>> def sharp(student, teacher, target, temperature=4.0):
    ...     log_q = (student / temperature).log_softmax(1)
    ...     return F.kl_div(log_q, teacher.softmax(1), reduction="none").sum(1)
    >>> check_loss("soft_targets")
    >>> check_loss(sharp, ["zero_at_teacher"])
    Traceback (most recent call last):
    sklkd.testing._same.Violation: sharp breaks zero_at_teacher: ...
    """
    if isinstance(loss, str):
        plugin = LOSSES[loss]
        loss, laws = plugin.factory, plugin.laws if laws is None else laws
    name = getattr(loss, "__name__", type(loss).__name__)
    for law in LAWS if laws is None else laws:
        check_choice("check_loss", "each law", law, LAWS)
        check_law(LAWS[law], loss, name=name, examples=examples, seed=seed)


def check_law(
    law: Callable[..., None], subject: Any, *, name: str, examples: int, seed: int
) -> None:
    """Look for a batch at which `subject` breaks one law.

    Raises
    ------
    Violation
        With the smallest batch found.
    """

    def example(batch: tuple[Tensor, Tensor, Tensor]) -> None:
        try:
            law(subject, *batch)
        except Exception as error:
            told = str(error) if isinstance(error, Violation) else repr(error)
            student, teacher, target = (part.tolist() for part in batch)
            raise Violation(
                f"{name} breaks {law.__name__}: {told} Student {student}, teacher "
                f"{teacher}, labels {target}."
            ) from error

    with fenced():
        search(batches(), example, examples=examples, seed=seed)


def _near(
    found: Tensor, expected: Tensor, what: str, rtol: float, *, atol: float = ROUNDING
) -> None:
    if found.shape != expected.shape:
        raise Violation(
            f"{what} has the shape {tuple(found.shape)}, and must have "
            f"{tuple(expected.shape)}."
        )
    if not torch.allclose(found, expected, rtol=rtol, atol=atol):
        gap = (found - expected).abs().max().item()
        raise Violation(f"{what} is off by {gap:.3g}.")
