"""A term that draws numbers, by a generator of its own that checkpoints keep."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from sklkd.objectives._base import Batch


class DrawingTerm(nn.Module, ABC):
    """A term of one training that draws numbers.

    Where its generator stands is part of its state, so that a training that is resumed
    from a checkpoint draws what it would have drawn.

    Parameters
    ----------
    seed : int
        Of the generator.
    device : torch.device
        Where numbers are drawn.
    """

    def __init__(self, seed: int, device: torch.device | str) -> None:
        super().__init__()
        self.generator = torch.Generator(device=device).manual_seed(seed)

    @abstractmethod
    def loss(self, batch: Batch) -> Tensor:
        """Return one value per sample: (n_samples,)."""

    def get_extra_state(self) -> Tensor:
        """Return where the generator stands."""
        return self.generator.get_state()

    def set_extra_state(self, state: Tensor) -> None:
        """Put the generator back."""
        self.generator.set_state(state.cpu())

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: a generator itself cannot be, on every version."""
        device, state = str(self.generator.device), self.get_extra_state()
        return self.__dict__ | {"generator": (device, state)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Build the generator anew; a machine without its device gets a fresh one."""
        device, place = state["generator"]
        there = torch.device(device).type == "cpu" or torch.cuda.is_available()
        generator = torch.Generator(device=device if there else "cpu")
        if there:
            generator.set_state(place)
        super().__setstate__(state | {"generator": generator})
