"""Virtual adversarial training as an objective: smooth where it is most bent."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from sklkd._validation import COUNT, NON_NEGATIVE, POSITIVE, Interval
from sklkd.losses import kl_divergence
from sklkd.objectives._base import Batch, Objective, Setting
from sklkd.objectives._draws import DrawingTerm


class VirtualAdversarial(Objective):
    r"""Let the prediction change least in the direction in which it changes most.

    .. math:: \mathrm{KL}\big(p(x) \,\|\, p(x + r)\big), \quad
       r = \arg\max_{\|r\| \le \epsilon} \mathrm{KL}\big(p(x) \,\|\, p(x + r)\big),

    where :math:`p(x)` counts as given. It needs no label, and so rows without one
    take part: `RegularizedClassifier` with ``unlabeled=`` is semi-supervised [1]_.

    Parameters
    ----------
    epsilon : float, default=1.0
        Length of :math:`r`, not negative, in units of the network's inputs: standard
        deviations for the default network.
    xi : float, default=0.1
        Length of the step by which the direction is found, above 0. The paper takes
        1e-6; in float32 larger steps are safer.
    n_power_iterations : int, default=1
        Steps of the power iteration that finds it, at least 1. Each costs a forward and
        a backward pass of the module; beside them, the loss costs two and one.
    columns : sequence of int or of bool, default=None
        Which inputs may be moved, the others stay: as indices, or as a mask. None means
        all. Leave out columns that are codes of categories.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    Notes
    -----
    The passes that look for the direction leave no trace: dropout is off in them, and
    batch normalisation takes the batch's statistics and keeps none. Directions are
    drawn by a generator of their own, so that with ``weight=0`` the training is the
    same as without the term. To second order the loss is :math:`\epsilon^2 / 2` times
    the largest eigenvalue of the Fisher information of the inputs.

    The default network is kept smooth by a strong weight decay. Where that is to be
    this loss's work, take it away: ``StudentNet(weight_decay=0)``.

    References
    ----------
    .. [1] T. Miyato et al., "Virtual Adversarial Training: A Regularization Method for
       Supervised and Semi-Supervised Learning", TPAMI 2018, Sec. 3.
       arXiv:1704.03976

    Examples
    --------
    >>> from sklkd.objectives import VirtualAdversarial
    >>> VirtualAdversarial(0.5, columns=[0, 1])
    VirtualAdversarial(columns=[0, 1], epsilon=0.5)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "epsilon": NON_NEGATIVE,
        "xi": POSITIVE,
        "n_power_iterations": COUNT,
    }
    needs: ClassVar[frozenset[str]] = frozenset()
    laws: ClassVar[frozenset[str]] = frozenset({"nonnegative", "finite_with_gradient"})
    in_validation: ClassVar[bool] = False

    def __init__(
        self,
        epsilon: float = 1.0,
        *,
        xi: float = 0.1,
        n_power_iterations: int = 1,
        columns: Sequence[int] | Sequence[bool] | None = None,
        weight: float = 1.0,
    ) -> None:
        self.epsilon = epsilon
        self.xi = xi
        self.n_power_iterations = n_power_iterations
        self.columns = columns
        self.weight = weight

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of each sample, with directions drawn from a fixed seed."""
        return self._term(0, batch.student.device, None).loss(batch)

    def bound(self, setting: Setting) -> Adversary:
        """Return the term that draws its directions by a generator of its own."""
        mask = self._mask(setting.who, setting.row_shape)
        mask = None if mask is None else mask.to(setting.dtype)
        return self._term(setting.seed, setting.device, mask)

    def _term(self, seed: int, device: torch.device, mask: Tensor | None) -> Adversary:
        return Adversary(
            seed,
            device,
            mask,
            epsilon=float(self.epsilon),
            xi=float(self.xi),
            n_steps=int(self.n_power_iterations),
        )

    def _mask(self, who: str, row_shape: tuple[int, ...]) -> Tensor | None:
        """1 where an input may be moved, else 0: (n_inputs,)."""
        if self.columns is None:
            return None
        mask = torch.zeros(row_shape[-1])
        try:
            columns = np.asarray(self.columns)
            kind = bool if columns.dtype.kind == "b" else np.int64
            mask[torch.from_numpy(columns.astype(kind, casting="safe"))] = 1.0
        except (IndexError, TypeError, ValueError):
            mask.zero_()
        if not mask.any():
            raise ValueError(
                f"{who}: columns of VirtualAdversarial must be indices below "
                f"{row_shape[-1]}, the number of the network's inputs, or a mask of as "
                f"many, and name one at least, got {self.columns!r}."
            )
        return mask


class Adversary(DrawingTerm):
    """Virtual adversarial training in one training.

    Parameters
    ----------
    seed : int
        Of the directions from which the search sets out.
    device : torch.device
        Where they are drawn.
    mask : Tensor of shape (n_inputs,) or None
        1 where an input may be moved.
    epsilon, xi : float
        Length of the perturbation, and of a step towards it.
    n_steps : int
        Steps of the power iteration.
    """

    mask: Tensor | None

    def __init__(
        self,
        seed: int,
        device: torch.device,
        mask: Tensor | None,
        *,
        epsilon: float,
        xi: float,
        n_steps: int,
    ) -> None:
        super().__init__(seed, device)
        self.register_buffer("mask", mask, persistent=False)
        self.epsilon = epsilon
        self.xi = xi
        self.n_steps = n_steps

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of each sample: (n_samples,)."""
        ask = batch.forward
        assert ask is not None
        with _still(batch.module):
            with torch.no_grad():
                clean = ask(batch.inputs)  # what the student said may have noise in it
            direction = self._direction(batch.inputs)
            for _ in range(self.n_steps):
                step = (self.xi * direction).requires_grad_()
                gap = kl_divergence(ask(batch.inputs + step), clean).sum()
                # With respect to the step: with respect to the direction the slope
                # would be smaller by xi, and drown in rounding.
                (slope,) = torch.autograd.grad(gap, step)
                direction = self._unit(slope)
            return kl_divergence(ask(batch.inputs + self.epsilon * direction), clean)

    def _direction(self, inputs: Tensor) -> Tensor:
        """Draw a direction for each row: (n, ...), of length 1."""
        drawn = torch.empty_like(inputs).normal_(generator=self.generator)
        return self._unit(drawn)

    def _unit(self, values: Tensor) -> Tensor:
        """Rows of length 1 in the inputs that may be moved; a row of zeros stays."""
        if self.mask is not None:
            values = values * self.mask
        rows = values.flatten(1)
        # By the largest first: squares of tiny slopes are zero.
        rows = rows / rows.abs().amax(dim=1, keepdim=True).clamp_min(_tiny(rows))
        length = rows.norm(dim=1, keepdim=True).clamp_min(_tiny(rows))
        return (rows / length).view_as(values)


def _tiny(values: Tensor) -> float:
    return torch.finfo(values.dtype).tiny


@contextlib.contextmanager
def _still(module: nn.Module) -> Iterator[None]:
    """Inside, a module draws nothing and remembers nothing.

    Batch normalisation goes on with the statistics of the batch.
    """
    training: list[Any] = [part for part in module.modules() if part.training]
    keeping = [part for part in training if getattr(part, "track_running_stats", False)]
    for part in training:
        part.training = hasattr(part, "track_running_stats")
    for part in keeping:
        part.track_running_stats = False
    try:
        yield
    finally:
        for part in training:
            part.training = True
        for part in keeping:
            part.track_running_stats = True
