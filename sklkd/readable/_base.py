"""Models that a person can read: what they all have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from sklkd.readable._columns import Column, Floats


@dataclass(frozen=True, slots=True)
class ReadableModel(ABC):
    """A fitted model, as numbers and words: no estimator, no randomness.

    Attributes
    ----------
    columns : tuple of Column
        What the model's rows consist of, in order.
    classes : tuple or None
        Labels in the order of the outputs, which are their probabilities; None where
        outputs are values.
    targets : tuple of str
        How the outputs are called: the labels as strings, or names of values.
    """

    columns: tuple[Column, ...]
    classes: tuple[Any, ...] | None
    targets: tuple[str, ...]

    @abstractmethod
    def outputs(self, Z: Floats) -> Floats:
        """Return probabilities or values: (n, n_columns) -> (n, n_outputs)."""

    @property
    @abstractmethod
    def complexity(self) -> int:
        """How much there is to read: leaves, terms or prototypes."""

    @property
    @abstractmethod
    def used(self) -> tuple[int, ...]:
        """The columns that can change an output, ascending."""
