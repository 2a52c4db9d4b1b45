"""Noise on gradients, which fades as the training goes on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from torch import nn

from sklkd._validation import NON_NEGATIVE, check_interval
from sklkd.training._callbacks import QuietCallback
from sklkd.training._rows import Rows
from sklkd.training._seeds import Randomness, draw_seed


class GradientNoise(QuietCallback):
    r"""A skorch callback that adds normal noise to every gradient.

    In step :math:`t`, counted from 0, each number of each gradient gets noise of its
    own, of mean 0 and **variance**

    .. math:: \sigma_t^2 = \frac{\eta}{(1 + t)^\gamma}

    [1]_. It is for deep networks and plain gradient descent, where it helps out of a
    bad start. It belongs in ``StudentNet(callbacks=[...])``, or among the callbacks
    of a skorch net.

    Parameters
    ----------
    eta : float, default=0.01
        Variance in the first step, not negative; the paper searches 0.01, 0.3 and 1.
        With 0 there is no noise, and the training is the same to the bit.
    gamma : float, default=0.55
        How fast the variance fades, not negative; with 0 it stays.
    random_state : int, RandomState instance or None, default=None
        Of the noise. None takes the seed of the fit that it is part of, so that the
        estimator's `random_state` rules over it; in a skorch net that is trained by
        itself it is a fixed one. No global generator is read, seeded or advanced.

    Notes
    -----
    Put it after `skorch.callbacks.GradientNormClipping`: what is to be clipped is the
    gradient, and not the noise.

    The noise of a step is a function of seed, step and device, not of what was drawn
    before. So a training that goes on from a checkpoint gets the noise that it would
    have got, and an optimizer that asks twice in a step gets the same answer. skorch's
    ``partial_fit`` counts on; whatever builds the net anew, ``warm_start`` too, counts
    from 0.

    Gradients are looked at in every batch, and so skorch's own epoch runs, which is
    slower than ours.

    References
    ----------
    .. [1] A. Neelakantan et al., "Adding Gradient Noise Improves Learning for Very Deep
       Networks", 2015, Sec. 3. arXiv:1511.06807

    Examples
    --------
    >>> import torch
    >>> from sklkd import StudentNet
    >>> from sklkd.training import GradientNoise
    >>> student = StudentNet(
    ...     hidden=(50,) * 20, optimizer=torch.optim.SGD, callbacks=[GradientNoise()]
    ... )
    """

    def __init__(
        self, eta: float = 0.01, gamma: float = 0.55, random_state: Any = None
    ) -> None:
        self.eta = eta
        self.gamma = gamma
        self.random_state = random_state

    def initialize(self) -> GradientNoise:
        """Check the parameters, and count from 0.

        Raises
        ------
        TypeError, ValueError
            If a parameter is out of range.
        """
        check_interval("GradientNoise", "eta", self.eta, NON_NEGATIVE)
        check_interval("GradientNoise", "gamma", self.gamma, NON_NEGATIVE)
        own = self.random_state
        self.seed_ = None if own is None else draw_seed(own)
        self.noise_step_ = 0
        return self

    def on_train_begin(self, *_: Any, X: Any = None, **__: Any) -> None:
        """Take the fit's seed, if there is no other."""
        if self.seed_ is None:
            self.seed_ = _seed_of_fit(X)

    def on_grad_computed(
        self,
        *_: Any,
        named_parameters: Iterable[tuple[str, nn.Parameter]],
        **__: Any,
    ) -> None:
        """Add the step's noise."""
        if self.eta == 0:
            return
        scale = math.sqrt(self.eta * (1 + self.noise_step_) ** -self.gamma)
        seeds = np.random.SeedSequence([self.seed_ or 0, self.noise_step_])
        randomness = Randomness(int(seeds.generate_state(1)[0]))
        for _name, parameter in named_parameters:
            if parameter.grad is not None:
                noise = parameter.grad.new_empty(parameter.grad.shape)
                generator = randomness.generator(noise.device)
                parameter.grad += noise.normal_(0.0, scale, generator=generator)

    def on_batch_end(self, *_: Any, training: bool = False, **__: Any) -> None:
        """Count the step."""
        self.noise_step_ += int(training)


def _seed_of_fit(rows: Any) -> int:
    """The seed that rows to train on are shuffled by; 0 of rows that are not ours."""
    if isinstance(rows, Rows) and rows.generator is not None:
        return rows.generator.initial_seed()
    return 0
