"""Reverse KL for sklkd: a student that says only what its teacher would say too."""

from __future__ import annotations

from torch import Tensor

from sklkd.losses import kl_divergence
from sklkd.objectives import Batch, Objective, SoftTargets

__all__ = ["ReverseKL"]


class ReverseKL(Objective):
    r"""KL(student || teacher), where `SoftTargets` is KL(teacher || student).

    With :math:`p = \mathrm{softmax}(z_\mathrm{teacher} / \tau)` and
    :math:`q = \mathrm{softmax}(z_\mathrm{student} / \tau)`, the loss of a row is

    .. math:: \tau^2 \sum_k q_k \, (\log q_k - \log p_k),

    in nats, non-negative, zero where student and teacher agree. Its gradient with
    respect to the student's logits is
    :math:`\tau \, q_k \, (\log q_k - \log p_k - \mathrm{KL}(q \,\|\, p))`.

    Parameters
    ----------
    temperature : float, default=1.0
        Above 0, softens both distributions; the loss is scaled by its square, so that
        gradients keep their size when it changes, as in `SoftTargets`.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    Notes
    -----
    A student that can imitate its teacher exactly ends at the teacher under either
    direction. They part where it is too small and one answer has to do for several
    rows. `SoftTargets` then learns the arithmetic mean of what the teacher says about
    them, and spreads over all the classes it names. Reverse KL learns the normalised
    geometric mean: a class that the teacher rules out for one of the rows is ruled out,
    and the student settles on a mode that all of them allow [1]_, [2]_. It is good for
    students that should rather be decided than calibrated, and that must not invent
    what the teacher thinks impossible.

    What "impossible" costs is the estimator's `proba_floor`: a class that a forest
    gives no probability costs the logarithm of that floor.

    References
    ----------
    .. [1] C. Bishop, "Pattern Recognition and Machine Learning", 2006, Sec. 10.1.2.
    .. [2] Y. Gu, L. Dong, F. Wei, M. Huang, "MiniLLM: Knowledge Distillation of Large
       Language Models", ICLR 2024, Sec. 2.1. arXiv:2306.08543

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklkd import DistilledClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(50, random_state=0)
    >>> student = DistilledClassifier(forest, objective="reverse_kl", random_state=0)
    >>> bool(student.fit(X, y).score(X, y) > 0.9)
    True
    """

    bounds = SoftTargets.bounds

    def __init__(self, temperature: float = 1.0, *, weight: float = 1.0) -> None:
        self.temperature = temperature
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return the reverse divergence of each sample: (n_samples,)."""
        softened_student = batch.student / self.temperature
        softened_teacher = batch.teacher / self.temperature
        # kl_divergence(a, b) is KL(b || a): the student stands where the teacher does.
        divergence = kl_divergence(softened_teacher, softened_student)
        return self.temperature**2 * divergence
