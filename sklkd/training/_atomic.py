"""All or nothing: a fit that fails leaves the estimator as it was."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import torch

T = TypeVar("T")


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C in training; the student so far is worth keeping."""

    def __init__(self, student: Any) -> None:
        super().__init__()
        self.student = student


def atomic(fit: Callable[..., T]) -> Callable[..., T]:
    """Decorate a ``fit``: on any exception its attributes are what they were before.

    An interrupt in the middle of training is the exception: the student as trained so
    far is kept, and the interrupt goes on to the caller. The whole fit runs outside
    the caller's no-grad and inference modes, whose tensors could not be trained.
    """

    @functools.wraps(fit)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> T:
        before = dict(vars(self))
        try:
            with torch.inference_mode(False), torch.enable_grad():
                return fit(self, *args, **kwargs)
        except TrainingInterrupted:
            raise KeyboardInterrupt from None
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return wrapper
